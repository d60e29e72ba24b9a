// A cloud for one parcel: node parcel.mjs cloud.json TRACKING (docs/integration.md).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import mqtt from "mqtt";
import sodium from "libsodium-wrappers";
import { judge, newPast, signed } from "./contract.mjs";

const k = JSON.parse(readFileSync(process.argv[2])), tracking = process.argv[3], past = newPast(), known = { acked: "" };
const raw = (base64) => Buffer.from(base64, "base64"), time = (later) => new Date(Date.now() + later).toISOString();
const cloud = await mqtt.connectAsync(k.broker, { clientId: "example", clean: false });
const say = (topic, what, payload) =>
  cloud.publishAsync(`lockerd/v1/${k.cabinet}/${topic}`, signed(raw(k.issuer_seed), k.issuer, what, { cabinet: k.cabinet, ...payload }), { qos: 1 });
const order = (kind, body, personal) =>
  say("orders", "lockerd-order", { id: `${kind}-${Date.now()}`, kind, issued: time(0), expires: time(300_000), body, personal });
cloud.on("message", (_topic, payload) => {
  const [line, personal] = payload.toString().split("\n"), r = JSON.parse(line);
  const hash = createHash("sha256").update(payload.subarray(0, Buffer.byteLength(line))).digest("hex"), verdict = judge(past, k.cabinet, r, hash);
  console.log(r.epoch, r.seq, r.kind, verdict);
  if (verdict === "midway" && (known.resend ??= hash) === hash) order("resend", { after: 0 });
  if (verdict === "taken" && r.kind === "parcel.stored" && r.event.tracking === tracking) {
    const code = sodium.crypto_box_seal_open(raw(JSON.parse(personal).code), raw(k.operator_public), raw(k.operator_private), "text");
    Object.assign(known, { code, door: r.event.door });
    order("door.unlock", { door: known.door, reason: "the recipient is on the phone" });
  }
  if (verdict === "taken" && r.kind === "unlock.ended" && r.event.door === known.door) known.outcome = r.event.outcome;
});
await cloud.subscribeAsync(`lockerd/v1/${k.cabinet}/events`, { qos: 1 });
const phone = sodium.crypto_box_seal('{"phone":"+4915112345678"}', raw(k.cabinet_public));
await order("parcel.announce", { tracking, size: "S" }, Buffer.from(phone).toString("base64"));
for (; !known.outcome || known.acked !== past.last.hash; await new Promise((later) => setTimeout(later, 1000))) {
  if (known.acked === past.last.hash) continue;
  known.acked = past.last.hash;
  await say("acks", "lockerd-ack", { ...past.last });
}
console.log("door", known.door, "code", known.code, known.outcome);
await cloud.endAsync();
