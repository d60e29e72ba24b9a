"""Runs the test vectors of ../contract: python3 vectors.py FOLDER. It prints what is wrong, and ends with an exit status."""
import base64, hashlib, json, sys
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.signing import SigningKey, VerifyKey
from contract import judge, new_past, signed
from packed import records, state
from tariff import counted, moment, owed

wrong = []
def want(name, wanted, got):
    if wanted != got:
        wrong.append(f"{name}: want {wanted!r}, got {got!r}")

def lines(name):
    return [json.loads(line) for line in open(f"{sys.argv[1]}/{name}", encoding="utf-8")]

def raw(text):
    return base64.b64decode(text)

def verified(jws, key):
    """Whether a JWS has the form and the signature of one by this key."""
    try:
        header, payload, signature = (base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)) for p in jws.split("."))
        VerifyKey(key).verify(jws.rpartition(".")[0].encode(), signature)
        return json.loads(header)["alg"] in ("EdDSA", "Ed25519")
    except (ValueError, CryptoError):
        return False

k = json.load(open(f"{sys.argv[1]}/keys.json"))
for pair in "issuer", "stranger":
    want(pair, k[pair + "_public"], base64.b64encode(bytes(SigningKey(raw(k[pair + "_seed"])).verify_key)).decode())
for pair in "operator", "cabinet":
    want(pair, k[pair + "_public"], base64.b64encode(bytes(PrivateKey(raw(k[pair + "_private"])).public_key)).decode())

for s in lines("receiving.jsonl"):
    past = new_past()
    for i, step in enumerate(s["steps"]):
        public = step["payload"].encode().partition(b"\n")[0]
        want(f"{s['name']}, step {i + 1}", step["verdict"], judge(past, s["cabinet"], json.loads(public), hashlib.sha256(public).hexdigest()))
    want(s["name"], (s["head"]["epoch"], s["head"]["seq"], s["head"]["hash"]), past["last"])

for i, b in enumerate(json.load(open(f"{sys.argv[1]}/boxes.json", encoding="utf-8"))):
    try:
        got = SealedBox(PrivateKey(raw(k[b["to"] + "_private"]))).decrypt(raw(b["box"])).decode()
    except (CryptoError, ValueError, TypeError):
        got = None
    want(f"box {i}", b["plain"], got)

# What is refused for another reason than its signature has a good one.
for v in lines("orders.jsonl"):
    unsigned = v["name"] in ("unsigned", "by a stranger", "another algorithm", "no algorithm", "cut off")
    want("order " + v["name"], not unsigned, verified(v["message"], raw(k["issuer_public"])))
for v in lines("acks.jsonl"):
    want("ack " + v["name"], v["name"] not in ("unsigned", "by a stranger"), verified(v["message"], raw(k["issuer_public"])))
for v in lines("tokens.jsonl"):
    want("token " + v["name"], v["name"] not in ("by a stranger", "another algorithm"), verified(v["text"], raw(k["issuer_public"])))
for v in lines("tariffs.jsonl"):
    seconds = counted(v["tariff"], moment(v["begin"]), moment(v["now"]), v.get("stops", []))
    want("tariff " + v["name"], (v["sum"]["counted_s"], v["sum"]["amount"]), (seconds, owed(v["tariff"], seconds)))
for v in lines("packed.jsonl"):
    payload, dictionary = bytes.fromhex(v["packed"]), f"{sys.argv[1]}/dictionary-{v['dictionary']}.zstd"
    plain = v.get("plain")
    try:
        got = records(payload, dictionary) if v["topic"] == "events" else [state(payload, dictionary)]
    except (ValueError, AttributeError, IndexError, KeyError):
        got = None
    want("packed " + v["name"], plain and v["topic"] == "state" and [json.loads(p) for p in plain] or plain, got)
want("a signature of our own", True, verified(signed(raw(k["issuer_seed"]), k["issuer"], "lockerd-ack", {"a": 1}).decode(), raw(k["issuer_public"])))

print("\n".join(wrong) or "all as it should be")
sys.exit(bool(wrong))
