"""What every cloud needs: a signature, and the rules by which records are taken, each once and in order (docs/cloud.md). docs/contract tries both."""
import base64
import json

from nacl.signing import SigningKey


def signed(seed, issuer, what, payload):
    """A JWS in compact form of a payload (a dict): "lockerd-order" or "lockerd-ack", by the issuer's seed of 32 bytes."""
    header = {"alg": "EdDSA", "kid": issuer, "typ": what}
    text = b".".join(_part(json.dumps(p).encode()) for p in (header, payload))
    return text + b"." + _part(SigningKey(seed).sign(text).signature)


def _part(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def new_past():
    """What a receiver remembers of one cabinet's records: keep it where the records are kept, in the same transaction."""
    return {"newest": {}, "seqs": {}, "last": ("", 0, "")}


def judge(past, cabinet, record, digest):
    """The verdict on a record, whose public line has this SHA-256 in hex. One that is taken is remembered."""
    epoch, seq, newest = record["epoch"], record["seq"], past["newest"].get(record["epoch"])
    if record["cabinet"] != cabinet:
        return "stranger"
    if newest is None and record["kind"] != "journal.epoch_begun":
        return "midway"
    if newest is not None and seq <= newest:
        return "seen" if digest in past["seqs"] else "differs"
    if newest is not None and seq > newest + 1:
        return "early"
    if newest is not None and past["last"][0] != epoch:
        verdict = "taken: goes_on"
    elif newest is not None:
        verdict = "taken" if record["prev"] == past["last"][2] else "taken: chain"
    elif record["prev"].strip("0") == "":
        verdict = "taken"
    elif record["prev"] not in past["seqs"]:
        verdict = "taken: unknown"
    else:
        verdict = "taken" if seq == past["seqs"][record["prev"]] + 1 else "taken: misnamed"
    past["newest"][epoch], past["seqs"][digest], past["last"] = seq, seq, (epoch, seq, digest)
    return verdict
