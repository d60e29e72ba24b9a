// Runs the test vectors of ../contract: node vectors.mjs FOLDER. It prints what is wrong, and ends with an exit status.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import sodium from "libsodium-wrappers";
import { judge, newPast, signed } from "./contract.mjs";

const read = (name) => readFileSync(`${process.argv[2]}/${name}`, "utf8");
const lines = (name) => read(name).trim().split("\n").map((line) => JSON.parse(line));
const raw = (base64) => Buffer.from(base64, "base64");
const wrong = [];
const want = (name, wanted, got) => {
  if (JSON.stringify(wanted) !== JSON.stringify(got)) wrong.push(`${name}: want ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
};

const k = JSON.parse(read("keys.json"));
// Node's own Ed25519, which is OpenSSL's.
const issuer = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw(k.issuer_public).toString("base64url") }, format: "jwk" });
const verified = (jws) => {
  const [header, payload, signature] = jws.split(".");
  if (!signature) return false;
  if (!["EdDSA", "Ed25519"].includes(JSON.parse(Buffer.from(header, "base64url")).alg)) return false;
  return verify(null, Buffer.from(`${header}.${payload}`), issuer, Buffer.from(signature, "base64url"));
};

for (const s of lines("receiving.jsonl")) {
  const past = newPast();
  s.steps.forEach((step, i) => {
    const line = step.payload.split("\n")[0];
    want(`${s.name}, step ${i + 1}`, step.verdict, judge(past, s.cabinet, JSON.parse(line), createHash("sha256").update(line).digest("hex")));
  });
  want(s.name, s.head, past.last);
}
for (const [i, b] of JSON.parse(read("boxes.json")).entries()) {
  let got = null;
  try {
    got = sodium.crypto_box_seal_open(raw(b.box), raw(k[b.to + "_public"]), raw(k[b.to + "_private"]), "text");
  } catch { /* it does not open */ }
  want(`box ${i}`, b.plain, got);
}
// What is refused for another reason than its signature has a good one.
for (const [file, field, bad] of [
  ["orders.jsonl", "message", ["unsigned", "by a stranger", "another algorithm", "no algorithm", "cut off"]],
  ["acks.jsonl", "message", ["unsigned", "by a stranger"]],
  ["tokens.jsonl", "text", ["by a stranger", "another algorithm"]],
])
  for (const v of lines(file)) want(`${file}: ${v.name}`, !bad.includes(v.name), verified(v[field]));
want("a signature of our own", true, verified(signed(raw(k.issuer_seed), k.issuer, "lockerd-ack", { a: 1 })));

console.log(wrong.join("\n") || "all as it should be");
process.exit(wrong.length ? 1 : 0);
