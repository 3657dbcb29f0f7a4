"""Computes vectors.json from docs/derivation.md alone, by other means than the implementation's. Run by hand:

    python3 test/derive/vectors.py > test/derive/vectors.json
"""
import hashlib, hmac, json, re
from pathlib import Path

DOC = (Path(__file__).parents[2] / "docs/derivation.md").read_text()
WELL_KNOWN = {int(n) for n in re.search(r"```ports\n(.*?)```", DOC, re.S).group(1).split()}


def hkdf(key, info, length):
    prk = hmac.new(bytes(32), key, hashlib.sha256).digest()
    block, out, count = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([count]), hashlib.sha256).digest()
        out, count = out + block, count + 1
    return out[:length]


def info(*fields):
    texts = ["pulumi-portknock derivation 1", *fields]
    return b"".join(len(t.encode()).to_bytes(4, "big") + t.encode() for t in texts)


def scattered(numbers):
    if len(set(numbers)) < len(numbers):
        return False
    if any(abs(a - b) == 1 for a, b in zip(numbers, numbers[1:])):
        return False
    return not any(a < b < c or a > b > c for a, b, c in zip(numbers, numbers[1:], numbers[2:]))


def vector(master, door, host, epoch, steps, protocols, ports, exclude, keepers):
    allowed = [p for p in range(1024, 65536) if any(a <= p <= b for a, b in ports)
               and p not in WELL_KNOWN and not any(a <= p <= b for a, b in exclude)]
    ranges, start = [], None
    for p in allowed:
        if start is None or p != last + 1:
            if start is not None:
                ranges.append((start, last))
            start = p
        last = p
    ranges.append((start, last))
    sizes = list(range(64, 1233))
    kinds = [protocols[i % len(protocols)] for i in range(steps)]
    subkey = hkdf(master.encode(), info("subkey", door, host), 32)
    kept = [t for name in sorted(keepers, key=str.encode) for t in (name, keepers[name])]
    attempt = 0
    while True:
        data = hkdf(subkey, info("sequence", str(epoch), str(attempt), ",".join(kinds),
                                 ",".join(f"{a}-{b}" for a, b in ranges), *kept), 4 * steps)
        steps_found, biased = [], False
        for i, kind in enumerate(kinds):
            pool = sizes if kind == "icmp" else allowed
            x = int.from_bytes(data[4 * i:4 * i + 4], "big")
            biased |= x // len(pool) == 2**32 // len(pool)
            steps_found.append((kind, pool[x % len(pool)]))
        if not biased and scattered([n for k, n in steps_found if k != "icmp"]) \
                and scattered([n for k, n in steps_found if k == "icmp"]):
            break
        attempt += 1
    text = lambda pairs: [f"{a}-{b}" for a, b in pairs]
    return {"master": master, "door": door, "host": host, "epoch": epoch, "steps": steps, "protocols": protocols,
            "ports": text(ports), "exclude": text(exclude), "keepers": keepers, "subkey": subkey.hex(),
            "attempt": attempt, "sequence": ",".join(f"{k}/{n}" for k, n in steps_found)}


MASTER = "b2f1d7a4c9e0835566aa01cc7de4f98213579bdf02468ace00112233445566ff"
WEB, DB = "acme/fleet/prod/web", "acme/fleet/prod/db"
DEFAULT = [(20000, 60999)]
CASES = [
    (MASTER, WEB, "192.0.2.11", 690, 4, ["tcp", "udp"], DEFAULT, [], {}),
    (MASTER, WEB, "192.0.2.11", 691, 4, ["tcp", "udp"], DEFAULT, [], {}),
    (MASTER, WEB, "192.0.2.12", 690, 4, ["tcp", "udp"], DEFAULT, [], {}),
    (MASTER, DB, "192.0.2.11", 690, 4, ["tcp", "udp"], DEFAULT, [], {}),
    ("another master secret of 32 or more characters", WEB, "192.0.2.11", 690, 4, ["tcp", "udp"], DEFAULT, [], {}),
    (MASTER, WEB, "192.0.2.11", 690, 4, ["tcp", "udp"], DEFAULT, [], {"leak": "2026-11-25"}),
    (MASTER, WEB, "192.0.2.11", 690, 4, ["tcp", "udp"], DEFAULT, [], {"a": "bc", "é": "", "Z": "ü"}),
    (MASTER, WEB, "2001:db8::11", 0, 5, ["tcp", "udp", "icmp"], DEFAULT, [(30000, 39999)], {}),
    (MASTER, WEB, "h1.example", 9007199254740991, 6, ["icmp", "tcp"], [(1024, 65535)], [(2, 2048), (65000, 65535)], {}),
    (MASTER, WEB, "192.0.2.11", 690, 16, ["tcp"], DEFAULT, [], {}),
    (MASTER, WEB, "192.0.2.11", 690, 3, ["udp", "tcp"], [(40000, 59999), (30000, 45000)], [(50000, 50001)], {}),
    # A calendar's window of an hour: 2026-11-25, 13:00.
    (MASTER, WEB, "192.0.2.11", 498781, 4, ["tcp", "udp"], DEFAULT, [], {}),
]
print(json.dumps([vector(*case) for case in CASES], indent=2, ensure_ascii=False))
