// What every cloud needs: a signature, and the rules by which records are taken, each once and in order (docs/cloud.md). docs/contract tries both.
import sodium from "libsodium-wrappers";
await sodium.ready;

/** A JWS in compact form of a payload: "lockerd-order" or "lockerd-ack", by the issuer's seed of 32 bytes. */
export function signed(seed, issuer, what, payload) {
  const part = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");
  const text = part({ alg: "EdDSA", kid: issuer, typ: what }) + "." + part(payload);
  const key = sodium.crypto_sign_seed_keypair(seed).privateKey;
  return text + "." + Buffer.from(sodium.crypto_sign_detached(text, key)).toString("base64url");
}

/** What a receiver remembers of one cabinet's records: keep it where the records are kept, in the same transaction. */
export const newPast = () => ({ newest: new Map(), seqs: new Map(), last: { epoch: "", seq: 0, hash: "" } });

/** The verdict on a record, whose public line has this SHA-256 in hex. One that is taken is remembered. */
export function judge(past, cabinet, record, hash) {
  const { epoch, seq, prev } = record, newest = past.newest.get(epoch);
  if (record.cabinet !== cabinet) return "stranger";
  if (newest === undefined && record.kind !== "journal.epoch_begun") return "midway";
  if (newest !== undefined && seq <= newest) return past.seqs.has(hash) ? "seen" : "differs";
  if (newest !== undefined && seq > newest + 1) return "early";
  let verdict = "taken";
  if (newest !== undefined && past.last.epoch !== epoch) verdict = "taken: goes_on";
  else if (newest !== undefined && prev !== past.last.hash) verdict = "taken: chain";
  else if (newest === undefined && /[^0]/.test(prev)) {
    if (!past.seqs.has(prev)) verdict = "taken: unknown";
    else if (seq !== past.seqs.get(prev) + 1) verdict = "taken: misnamed";
  }
  past.newest.set(epoch, seq);
  past.seqs.set(hash, seq);
  past.last = { epoch, seq, hash };
  return verdict;
}
