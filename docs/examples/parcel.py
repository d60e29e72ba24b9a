"""A cloud for one parcel: python3 parcel.py cloud.json TRACKING (docs/integration.md)."""
import hashlib, json, sys, time
from base64 import b64decode, b64encode
import nacl.public, paho.mqtt.client
from contract import judge, new_past, signed

k, tracking, past, known = json.load(open(sys.argv[1])), sys.argv[2], new_past(), {"acked": ("", 0, "")}
def say(topic, what, payload):
    cloud.publish(f"lockerd/v1/{k['cabinet']}/{topic}", signed(b64decode(k["issuer_seed"]), k["issuer"], what, {"cabinet": k["cabinet"], **payload}), qos=1)
def order(kind, body, **personal):
    issued, expires = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + later)) for later in (0, 300))
    say("orders", "lockerd-order", {"id": f"{kind}-{time.time_ns()}", "kind": kind, "issued": issued, "expires": expires, "body": body, **personal})
def take(_client, _data, message):
    public, _, personal = message.payload.partition(b"\n")
    verdict = judge(past, k["cabinet"], r := json.loads(public), digest := hashlib.sha256(public).hexdigest())
    print(r["epoch"], r["seq"], r["kind"], verdict, flush=True)
    if verdict == "midway" and known.setdefault("resend", digest) == digest:
        order("resend", {"after": 0})
    if verdict == "taken" and r["kind"] == "parcel.stored" and r["event"]["tracking"] == tracking:
        box = nacl.public.SealedBox(nacl.public.PrivateKey(b64decode(k["operator_private"])))
        known.update(door=r["event"]["door"], code=box.decrypt(b64decode(json.loads(personal)["code"])).decode())
        order("door.unlock", {"door": known["door"], "reason": "the recipient is on the phone"})
    if verdict == "taken" and r["kind"] == "unlock.ended" and r["event"]["door"] == known.get("door"): known["outcome"] = r["event"]["outcome"]

cloud = paho.mqtt.client.Client("example", clean_session=False)
cloud.on_message = take
cloud.connect(k["broker"].split("/")[2].split(":")[0], int(k["broker"].split(":")[2]))
cloud.subscribe(f"lockerd/v1/{k['cabinet']}/events", qos=1)
phone = nacl.public.SealedBox(nacl.public.PublicKey(b64decode(k["cabinet_public"]))).encrypt(b'{"phone":"+4915112345678"}')
order("parcel.announce", {"tracking": tracking, "size": "S"}, personal=b64encode(phone).decode())
cloud.loop_start()
while "outcome" not in known or known["acked"] != past["last"]:
    time.sleep(1)
    if past["last"] != known["acked"]:
        known["acked"], (epoch, seq, digest) = past["last"], past["last"]
        say("acks", "lockerd-ack", {"epoch": epoch, "seq": seq, "hash": digest})
print("door", known["door"], "code", known["code"], known["outcome"])
