"""Reads the packed form of ../contract/packed.md, with Debian's zstd command for the frame."""
import base64, hashlib, json, re, subprocess
from datetime import datetime, timedelta, timezone

TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|T(-?\d+)|([RB])(\d+)(?:@(\d+))?')  # a string is passed over
FIRST = re.compile(r'\{"cabinet":(.*),"epoch":(".*"),"seq":(\d+),"at":(-?\d+),"known":(true|false),"up":(-?\d+),"prev":(R\d+(?:@\d+)?|".*")\}')
RECORD = re.compile(r'(-?\d+)(\+|-|:-?\d+)?(?:,(R\d+(?:@\d+)?))? (\S+) (.*)')
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

def when(ms):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"

class Message:
    """The chance and the lines of one packed message."""
    def __init__(self, payload, dictionary):
        if payload[:1] != b"\x01":
            raise ValueError("this is not packed")
        n = shift = 0
        for at, byte in enumerate(payload[1:6], 2):
            n |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if at + n > len(payload):
            raise ValueError("more chance than there is")
        self.chance, self.next = payload[at:at + n], 0
        run = subprocess.run(["zstd", "-d", "-c", "-q", "--no-check", "-D", dictionary], input=b"\x28\xb5\x2f\xfd" + payload[at + n:], capture_output=True)
        if run.returncode:
            raise ValueError("zstd: " + run.stderr.decode(errors="replace").strip())
        if len(run.stdout) > 1 << 20:
            raise ValueError("more than a mebibyte of text")
        self.text = run.stdout.decode()

    def take(self, n, at=None):
        if at is None:
            at, self.next = self.next, self.next + n
        if at + n > len(self.chance):
            raise ValueError(f"{n} bytes of chance wanted at {at} of {len(self.chance)}")
        return self.chance[at:at + n]

    def plain(self, text, base):
        """The text with each token replaced by its string."""
        def string(m):
            if m[1]:
                return '"' + re.sub(r"\.?0*Z$", "Z", when(base + int(m[1]))) + '"'
            if m[2]:
                some = self.take(int(m[3]), m[4] and int(m[4]))
                return '"' + (some.hex() if m[2] == "R" else base64.b64encode(some).decode()) + '"'
            return m[0]
        return TOKENS.sub(string, text)

def records(payload, dictionary):
    """The records of an events message: each the bytes of its plain form."""
    m, found, first = Message(payload, dictionary), [], None
    if m.text and not m.text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in m.text.split("\n")[:-1]:
        if line.startswith("!"):
            found.append(m.take(int(line[1:])).decode())
            first = None
        elif line.startswith("{"):
            first = FIRST.fullmatch(line)
            cabinet, epoch, seq, at, known, up = first[1], first[2], int(first[3]), int(first[4]), first[5], int(first[6])
            prev = json.loads(m.plain(first[7], 0))
        elif not first:
            raise ValueError("a record without a first line")
        elif line.startswith("+"):
            found[-1] += "\n" + m.plain(line[1:], at)
        else:
            later, grown, sealed, kind, event = RECORD.fullmatch(line).groups()
            at += int(later)
            up += int(grown[1:]) if (grown or "").startswith(":") else int(later) + {"+": 1, "-": -1, None: 0}[grown]
            sealed = f'"sealed":{m.plain(sealed, 0)},' if sealed else ""
            found.append(f'{{"v":1,"cabinet":{cabinet},"epoch":{epoch},"seq":{seq},"at":"{when(at)}","known":{known},"up":{up},"prev":"{prev}",'
                         f'{sealed}"kind":"{kind}","event":{m.plain(event, at)}}}')
            prev, seq = hashlib.sha256(found[-1].encode()).hexdigest(), seq + 1
    return found

def state(payload, dictionary):
    """The plain state of a state message."""
    m = Message(payload, dictionary)
    told = json.loads(m.plain(m.text, 0))
    doors = told.get("doors")
    if isinstance(doors, dict):
        rows = doors["numbers"]
        numbers = [n for a, b in zip(rows[::2], rows[1::2]) for n in range(a, b + 1)]
        told["doors"] = [{"door": n, **doors["looks"][LETTERS.index(c)]} for n, c in zip(numbers, doors["are"], strict=True)]
    return told
