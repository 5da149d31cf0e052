# SPDX-License-Identifier: GPL-2.0
"""RFC 6888, section 3: what a carrier's NAT does beyond the other RFCs."""
import json
import os
import subprocess
import tempfile
import time

from bench import (GATEWAY, ICMP, INSIDE, INSIDE2, INSIDE3, IP, MAY, MUST, OUTSIDE, OUTSIDE2, POOL,
                   SHOULD, SLOW, STRANGER, TCP, UDP, Book, Raw, ask, default, fail, inner, mapping,
                   portico, raw, reason, same)

# The kernel of the inside room is one of its hosts too.
PCP_CLIENT = "192.168.0.10"

book = Book(6888, "carrier-grade NAT")


@book.row("REQ-1", MUST, "what is carried behaves after its own RFC, the rest is not carried")
def rfc6888_req1(bench):
    for proto in (4, 51):
        bench.refused(IP(src=INSIDE, dst=OUTSIDE, proto=proto) / Raw(b"\x13\x88\x10" + b"\0" * 29),
                      "proto-unknown", bench.inside)
    for proto in (33, 132):
        got = bench.out(IP(src=INSIDE, dst=OUTSIDE, proto=proto) / Raw(b"\x13\x88\x10\0" + b"\0" * 28))
        same((got.src, bytes(got.payload)[:4]), (GATEWAY, b"\x13\x88\x10\0"), "protocol %d" % proto)
    for proto in (47, 50):
        got = bench.out(IP(src=INSIDE, dst=OUTSIDE, proto=proto) / Raw(b"\0\0\x08\0" + b"\0" * 28))
        same((got.src, bytes(got.payload)[:4]), (GATEWAY, b"\0\0\x08\0"), "protocol %d" % proto)
    return "TCP, UDP, ICMP: see above; SCTP, DCCP: by their ports; GRE, ESP: by address; others: dropped"


@book.row("REQ-2", MUST, "pooling is paired, across TCP, UDP and ICMP", uplink=POOL)
def rfc6888_req2(bench):
    for src in (INSIDE, INSIDE2, INSIDE3):
        seen = {bench.udp(5000, src=src)[0], bench.udp(5001, OUTSIDE2, src=src)[0],
                bench.syn(5000, src=src)[0], bench.syn(5001, OUTSIDE2, src=src)[0],
                bench.ping(500, src=src)[0]}
        same(len(seen), 1, "external addresses of %s" % src)
    return "3 hosts, 5 mappings each: 1 address each"


@book.row("REQ-3", MUST, "a pool may be several ranges of any size",
          uplink="address 203.0.113.8/30,203.0.113.20,198.51.100.240-198.51.100.242")
def rfc6888_req3(bench):
    used = [a for a in ask("uplink", "show")[0]["addresses"] if "." in a]
    same(len(used), 8, "addresses in use")
    bench.udp(5000)
    return "8 addresses of 3 ranges"


@book.row("REQ-4", MUST, "a cap on the external ports of a host, identifiers too",
          inside="max-ports 3")
def rfc6888_req4(bench):
    bench.udp(5000)
    bench.syn(5000)
    bench.ping(500)
    for pkt in (UDP(sport=5001, dport=53), TCP(sport=5001, dport=80, flags="S"), ICMP(id=501)):
        bench.refused(IP(src=INSIDE, dst=OUTSIDE) / pkt, "host-ports", bench.inside)
    bench.udp(5000, src=INSIDE2)
    return "3 of 3 given, the 4th of each protocol refused"


@book.row("REQ-4a", MUST, "which the admin sets", inside="max-ports 1")
def rfc6888_req4a(bench):
    bench.udp(5000)
    bench.refused(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5001, dport=53), "host-ports",
                  bench.inside)
    portico("inside", "set", "192.168.0.0/24", "max-ports", "2")
    bench.udp(5001)
    return "1, then 2"


book.not_built("REQ-4b", MAY, "apart for each protocol", "one cap for all protocols together")


@book.row("REQ-4c", SHOULD, "a cap on the rate of new mappings of a host", inside="max-rate 5/s")
def rfc6888_req4c(bench):
    before, start = reason("host-rate"), time.monotonic()
    for n in range(50):
        bench.inside.send(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5000 + n, dport=53))
    time.sleep(0.2)
    made = len(ask("mapping", "show", "internal", INSIDE))
    most = 5 + 5 * (time.monotonic() - start + 0.1)
    # What a host has saved up it may have used in an earlier row.
    if not 1 <= made <= most:
        fail("%d made, %.1f at most" % (made, most))
    same(reason("host-rate"), before + 50 - made, "host-rate")
    return "5/s set, at most 6 of 50 at once"


@book.row("REQ-5", SHOULD, "caps on memory: sessions, mappings and hosts")
def rfc6888_req5(bench):
    limits = {row: ask("status", "show")[row]["max"] for row in ("mappings", "sessions", "hosts")}
    now = ask("status", "show")["sessions"]["used"]
    bench.undo.append((os.environ["PORTICO"], "-n", "gw", "status", "set", "sessions-max",
                       str(limits["sessions"])))
    portico("status", "set", "sessions-max", str(now + 2))
    bench.udp(5000, OUTSIDE)
    bench.udp(5000, OUTSIDE2)
    bench.refused(IP(src=INSIDE, dst=STRANGER) / UDP(sport=5000, dport=53), "sessions-full",
                  bench.inside)
    return "for all hosts together; defaults " + ", ".join("%s %d" % i for i in limits.items())


@book.row("REQ-5a", SHOULD, "which the admin sets for each host", inside="max-sessions 2")
def rfc6888_req5a(bench):
    bench.udp(5000, OUTSIDE)
    bench.udp(5000, OUTSIDE2)
    for sport in (5000, 5001):
        bench.refused(IP(src=INSIDE, dst=STRANGER) / UDP(sport=sport, dport=53),
                      "host-sessions", bench.inside)
    bench.udp(5000, STRANGER, src=INSIDE2)
    portico("inside", "set", "192.168.0.0/24", "max-sessions", "3")
    bench.udp(5000, STRANGER)
    return "sessions: 2, then 3; mappings: REQ-4a"


@book.row("REQ-5b", SHOULD, "a limit on the rate at which memory is taken", inside="max-rate 5/s")
def rfc6888_req5b(bench):
    return rfc6888_req4c(bench)


@book.row("REQ-6", MUST, "translation can be off for chosen destinations",
          uplink="exempt 198.51.100.0/24,203.0.113.150:443,:8443")
def rfc6888_req6(bench):
    def source(dst, dport):
        got = bench.out(IP(src=INSIDE, dst=dst) / UDP(sport=5000, dport=dport))
        return got.src, got[UDP].sport
    for dst, dport in ((OUTSIDE2, 53), (OUTSIDE, 443), (STRANGER, 8443)):
        same(source(dst, dport), (INSIDE, 5000), "to %s:%d" % (dst, dport))
    for dst, dport in ((OUTSIDE, 53), (STRANGER, 443)):
        same(source(dst, dport)[0], GATEWAY, "to %s:%d" % (dst, dport))
    # An error to an exempt destination is not translated either.
    about = IP(src=OUTSIDE2, dst=INSIDE) / UDP(sport=53, dport=5000) / Raw(b"answer")
    got = bench.out(IP(src=INSIDE, dst=OUTSIDE2) / ICMP(type=3, code=3) / Raw(raw(about)))
    same((got.src, inner(got).dst), (INSIDE, INSIDE), "an error")
    bench.set("exempt none")
    same(source(OUTSIDE2, 53)[0], GATEWAY, "after exempt none")
    return "by prefix, by address and port, by port"


@book.row("REQ-7", SHOULD, "endpoint-independent filtering",
          uplink="filtering endpoint-independent")
def rfc6888_req7(bench):
    bench.reaches(bench.udp(5000), (INSIDE, 5000), STRANGER, 9)
    return "when set; the default is address-dependent, as the RFC allows where it does no harm"


@book.row("REQ-8", SHOULD, "a freed port rests for 120 s",
          uplink=POOL.replace("/29", "") + " ports 20000-20000 timeout hold 1s")
def rfc6888_req8(bench):
    bench.nothing_rests()
    bench.udp(5000)
    portico("mapping", "del", "internal", INSIDE)
    start = time.monotonic()
    pkt = IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53)
    bench.refused(pkt, "ports-exhausted", bench.inside)
    while mapping("udp", 5000, INSIDE2) is None:
        if time.monotonic() > start + 5 * SLOW:
            fail("still at rest")
        time.sleep(0.1)
        bench.inside.send(pkt)
    rested = time.monotonic() - start
    if rested < 1:
        fail("rested %.1f s" % rested)
    bench.fresh()
    return "default %d s; %.1f s when set to 1" % (default("hold", 120), rested)


@book.row("REQ-8c", MUST, "how long and how many is configurable",
          uplink=POOL.replace("/29", "") + " ports 20000-20001 timeout hold 60s")
def rfc6888_req8c(bench):
    was = bench.nothing_rests()
    bench.until_end(os.environ["PORTICO"], "-n", "gw", "status", "set", "held-max", str(was))
    portico("status", "set", "held-max", "1")
    for port in (5000, 5001):
        bench.udp(port)
        portico("mapping", "del", "proto", "udp", "internal", "%s:%d" % (INSIDE, port))
    # Two ports are all: the first rests no more when the second begins to.
    same(ask("status", "show")["held"], 1, "ports at rest")
    bench.udp(5002)
    pkt = IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53)
    bench.refused(pkt, "ports-exhausted", bench.inside)
    portico("status", "set", "held-max", "0")
    bench.udp(5000, src=INSIDE2)
    return "timeout hold, 1 s to a week; held-max, 0 to 65,536: 1 and 0 set"


def pcp_asks(bench):
    """The answer to a MAP request, as the tool prints it; the daemon may still begin."""
    end = time.monotonic() + 10 * SLOW
    while time.monotonic() < end:
        got = subprocess.run(["ip", "netns", "exec", "a", os.environ["TOOL"] + "/pcp", "map",
                              "-i", "5000", "-e", "16000", "-w", "1"],
                             capture_output=True, text=True, check=False).stdout.split()
        if got and got[0] == "success":
            return got
        time.sleep(0.1)
    fail("no mapping was given: %s" % got)
    return None


@book.row("REQ-9", MUST, "hosts can ask for mappings (PCP)")
def rfc6888_req9(bench):
    daemon = subprocess.Popen(["ip", "netns", "exec", "gw", os.environ["PORTICO"] + "-pcpd"],
                              stderr=subprocess.DEVNULL)
    try:
        asked = pcp_asks(bench)
    finally:
        daemon.terminate()
        daemon.wait()
    # The lease lives in the module: without the daemon it is as good.
    pkt = IP(src=STRANGER, dst=asked[3]) / UDP(sport=7001, dport=int(asked[4])) / Raw(b"hello")
    before = mapping("udp", 5000, PCP_CLIENT)["in_packets"]
    bench.outside.send(pkt)
    end = time.monotonic() + 5 * SLOW
    while mapping("udp", 5000, PCP_CLIENT)["in_packets"] == before:
        if time.monotonic() > end:
            fail("a stranger did not get in")
        time.sleep(0.05)
    portico("mapping", "flush")
    return "MAP of %s:5000: %s:%s for %s s, a stranger let in" % (PCP_CLIENT, asked[3], asked[4],
                                                                asked[1])


@book.row("REQ-10", SHOULD, "it can be managed and watched")
def rfc6888_req10(bench):
    bench.udp(5000)
    lines = portico("metrics").splitlines()
    names = {line.split("{")[0].split()[0] for line in lines if line and line[0] != "#"}
    if len(names) < 10:
        fail("only %d metrics" % len(names))
    return "netlink, JSON, events, %d metrics; no MIB" % len(names)


@book.row("REQ-11a", MUST, "refused for want of a port: the packet is dropped",
          uplink="ports 20000-20000")
def rfc6888_req11a(bench):
    bench.udp(5000)
    bench.refused(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53), "ports-exhausted",
                  bench.inside)


@book.row("REQ-11b", SHOULD, "and the sender told: ICMP 3/1", uplink="ports 20000-20000 icmp-code 1")
def rfc6888_req11b(bench):
    bench.udp(5000)
    bench.inside.send(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"refused"))
    got = bench.inside.expect("the ICMP error")
    same((got.dst, got[ICMP].type, got[ICMP].code), (INSIDE2, 3, 1), "the error")
    same(inner(got).dst, OUTSIDE, "embedded destination")
    return "with icmp-code 1; the default is 13, as RFC 5508 REQ-8 says"


class Events:
    """What the gateway tells those who listen."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(mode="r", suffix=".events")
        with open(self.file.name, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen([os.environ["PORTICO"], "-n", "gw", "-j", "monitor"],
                                          stdout=out)
        # It listens once it has shown something.
        end = time.monotonic() + 10 * SLOW
        while not self.all():
            if time.monotonic() > end:
                fail("the monitor shows nothing")
            portico("inside", "add", "10.255.0.0/16")
            portico("inside", "del", "10.255.0.0/16")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        self.file.close()

    def all(self):
        self.file.seek(0)
        return [json.loads(line) for line in self.file if line.endswith("\n")]

    def of(self, kind, count):
        """Events of this kind about one of the hosts, when there are so many."""
        end = time.monotonic() + 10 * SLOW
        while time.monotonic() < end:
            found = [e for e in self.all() if e["event"] == kind and
                     e["internal"]["address"] in (INSIDE, INSIDE2, INSIDE3)]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        fail("no %s event" % kind)


@book.row("REQ-11c", SHOULD, "and management notified", uplink="ports 20000-20000")
def rfc6888_req11c(bench):
    with Events() as events:
        bench.udp(5000)
        # Each host has one such event a second: not one of a host refused before.
        bench.refused(IP(src=INSIDE3, dst=OUTSIDE) / UDP(sport=5000, dport=53), "ports-exhausted",
                      bench.inside)
        event = events.of("mapping-refused", 1)[0]
        same((event["reason"], event["internal"]["address"]), ("ports-exhausted", INSIDE3), "event")
    return "mapping-refused event, with the reason"


@book.row("REQ-11d", MUST, "and no mapping ends to make room", uplink="ports 20000-20001")
def rfc6888_req11d(bench):
    had = [bench.udp(5000 + i) for i in range(2)]
    for n in range(100):
        bench.inside.send(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=6000 + n, dport=53))
    bench.nothing(bench.outside, "refused packets")
    same([bench.udp(5000 + i) for i in range(2)], had, "the mappings that were")
    return "2 mappings, 100 refused"


@book.row("REQ-12", SHOULD, "a mapping's record tells no destination", uplink="timeout hold 1s")
def rfc6888_req12(bench):
    with Events() as events:
        bench.udp(5000, OUTSIDE, 53)
        portico("mapping", "del", "internal", INSIDE)
        for event in events.of("mapping-add", 1) + events.of("mapping-del", 1):
            if OUTSIDE in json.dumps(event):
                fail("%s carries the remote endpoint" % event["event"])
    return "mapping-add, mapping-del"


@book.row("REQ-13", SHOULD, "every port is used before one is refused",
          uplink="ports 20000-20063 " + POOL.replace("/29", ""))
def rfc6888_req13(bench):
    seen = {bench.udp(5000 + i) for i in range(64)}
    same(len(seen), 64, "external endpoints")
    bench.refused(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53), "ports-exhausted",
                  bench.inside)
    return "64 of 64"


@book.row("REQ-14", SHOULD, "few log records: blocks or fixed ranges of ports",
          uplink=POOL.replace("/29", "") + " block 512 timeout hold 1s")
def rfc6888_req14(bench):
    hosts = (INSIDE, INSIDE2)
    bench.nothing_rests()
    with Events() as events:
        seen = {src: {bench.udp(5000 + n, src=src) for n in range(64)} |
                {bench.syn(5000 + n, src=src) for n in range(16)} |
                {bench.ping(500 + n, src=src) for n in range(16)} for src in hosts}
        portico("mapping", "flush")
        end = time.monotonic() + 10 * SLOW
        while len([e for e in events.all() if e["event"] == "block-del" and e["host"] in hosts]) < 2:
            if time.monotonic() > end:
                fail("blocks are not given back")
            time.sleep(0.05)
        records = [e for e in events.all() if e.get("host") in hosts or
                   e.get("internal", {}).get("address") in hosts]
    same([e["event"] for e in records], ["block-add"] * 2 + ["block-del"] * 2, "records")
    ranges = {e["host"]: range(e["first"], e["first"] + e["count"]) for e in records}
    for src in hosts:
        for _, port in seen[src]:
            if port not in ranges[src]:
                fail("%d is not in the block of %s, %s" % (port, src, ranges[src]))
    if set(ranges[INSIDE]) & set(ranges[INSIDE2]):
        fail("one block, two hosts")
    return "192 mappings of 2 hosts: 4 records, where 384 would be; off by default"


def drawn(bench, count=512):
    """External ports given where the internal one was taken already."""
    for src in (INSIDE, INSIDE2):
        head = bytes(raw(IP(src=src, dst=OUTSIDE, len=28) / UDP(sport=0, dport=53, chksum=0)))
        for n in range(count):
            bench.inside.sock.send(bench.inside.head + head[:20] + (10000 + n).to_bytes(2, "big") +
                                   head[22:])
            # Let the receiver's queue not overflow with what nobody reads.
            if n % 64 == 63:
                bench.outside.drain()
    bench.outside.drain()
    rows = {row["internal"]["port"]: row["external"]["port"]
            for row in ask("mapping", "show", "proto", "udp", "internal", INSIDE2)}
    same(len(rows), count, "mappings")
    return [rows[10000 + n] for n in range(count)]


@book.row("REQ-15", SHOULD, "the next port is hard to guess", uplink=POOL.replace("/29", ""))
def rfc6888_req15(bench):
    ports = drawn(bench)
    bins = [0] * 16
    for port in ports:
        bins[(port - 1024) * 16 // (65536 - 1024)] += 1
    expected = len(ports) / 16
    chi = sum((n - expected) ** 2 / expected for n in bins)
    # 15 degrees of freedom: beyond 60 once in three million.
    if chi > 60:
        fail("ports are not spread evenly: chi-square %.0f over %s" % (chi, bins))
    steps = {b - a for a, b in zip(ports, ports[1:])}
    if len(steps) < len(ports) * 0.95:
        fail("only %d different steps among %d ports" % (len(steps), len(ports)))
    return "%d ports: spread evenly over 16 parts, no step repeats itself" % len(ports)


@book.row("s. 4", MUST, "a record has protocol, host, external address and port, and time",
          uplink="timeout hold 1s")
def rfc6888_s4(bench):
    with Events() as events:
        external = bench.udp(5000)
        portico("mapping", "del", "internal", INSIDE)
        for event in events.of("mapping-add", 1) + events.of("mapping-del", 1):
            same((event["proto"], event["internal"]["address"], event["external"]["address"],
                  event["external"]["port"]), ("udp", INSIDE) + external, "record")
            if abs(event["at_ms"] / 1000 - time.time()) > 10 * SLOW:
                fail("a record of another time")
    return "mapping-add, mapping-del"
