# SPDX-License-Identifier: GPL-2.0
"""RFC 7857: what the older RFCs left open."""
import time

from bench import (GATEWAY, ICMP, INSIDE, INSIDE2, IP, MAY, MUST, OUTSIDE, POOL, SHOULD, STRANGER, UDP,
                    Book, Raw, Tcp, ask, error, fail, open_tcp, same, state)
from rfc4787 import fragments, send_fragments, whole
from rfc5382 import inbound_syn
from rfc6888 import drawn

book = Book(7857, "updates of the above")


@book.row("2.1", SHOULD, "TCP's states are tracked")
def rfc7857_2_1(bench):
    c = Tcp(bench, 5000)
    story = [("in", "S", "opening-out"), ("out", "SA", "established"), ("in", "A", "established"),
             ("in", "FA", "fin-out"), ("out", "A", "fin-out"), ("out", "FA", "closing"),
             ("in", "A", "closing")]
    for end, flags, wanted in story:
        c.send(end, flags)
        same(state(5000), wanted, "state after %s" % flags)
    c = open_tcp(bench, 5001)
    c.send("out", "FA")
    same(state(5001), "fin-in", "state after the server's FIN")
    c.send("out", "R")
    same(state(5001), "reset", "state after RST")
    return "opening-out, established, fin-out, fin-in, closing, reset"


@book.row("2.2", SHOULD, "opening and closing have time-outs of their own",
          uplink="timeout tcp-opening 55s timeout tcp-closing 66s")
def rfc7857_2_2(bench):
    bench.syn(5000)
    c = open_tcp(bench, 5001)
    c.send("in", "FA")
    c.send("out", "FA")
    for port, given in ((5000, 55), (5001, 66)):
        left = bench.left(port, "tcp")
        if not given - 1 < left <= given + 0.25:
            fail("expires in %.1f s, set to %d" % (left, given))
    return "55 and 66 s set"


@book.row("2.3", MUST, "RST passes")
def rfc7857_2_3(bench):
    for port, end in ((5000, "in"), (5001, "out")):
        open_tcp(bench, port).send(end, "R")
    return "in both directions"


@book.row("2.3s", SHOULD, "state stays 4 minutes after it, and data revives it")
def rfc7857_2_3s(bench):
    c = open_tcp(bench, 5000)
    c.send("out", "R")
    left = bench.left(5000, "tcp")
    if not 239 < left <= 240.25:
        fail("expires in %.1f s" % left)
    c.send("in", "PA", b"did not hear that")
    same(state(5000), "established", "state after data")
    return "expires in %.0f s; established again" % left


book.not_applicable("3", MAY, "one port for several remotes", "not offered: it would break RFC 4787 REQ-1")


@book.row("4", SHOULD, "paired, and no port left: the new mapping is refused",
          uplink="address 203.0.113.8-203.0.113.9 ports 20000-20001")
def rfc7857_4(bench):
    same(len({bench.udp(5000 + i)[0] for i in range(2)}), 1, "external addresses")
    bench.refused(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5002, dport=53), "ports-exhausted",
                  bench.inside)
    return "the other address of the pool stays for others"


@book.row("5", SHOULD, "mappings of TCP and UDP are apart")
def rfc7857_5(bench):
    bench.udp(5000, src=INSIDE)
    same(bench.syn(5000, src=INSIDE2), (GATEWAY, 5000), "TCP endpoint of another host")
    same(bench.udp(5000, src=INSIDE), (GATEWAY, 5000), "UDP endpoint")
    return "port 5000 of two hosts"


@book.row("6", SHOULD, "and what reaches one does not reach the other",
          uplink="filtering endpoint-independent")
def rfc7857_6(bench):
    external = bench.udp(5000)
    bench.refused(inbound_syn(external, STRANGER), "unsolicited")
    external = bench.syn(5001)
    bench.refused(bench.answer(external, STRANGER), "unsolicited")
    return "SYN to a UDP mapping, datagram to a TCP one"


@book.row("7", SHOULD, "what filtering refuses does not refresh the mapping",
          uplink="refresh-inbound on")
def rfc7857_7(bench):
    external = bench.udp(5000)
    bench.syn(5000)
    time.sleep(0.6)
    bench.refused(bench.answer(external, STRANGER), "filtered")
    bench.refused(inbound_syn(external, STRANGER), "filtered")
    for proto in ("udp", "tcp"):
        if bench.idle(5000, proto) < 0.6:
            fail("%s: refreshed" % proto)
    return "UDP and TCP, with refresh-inbound on"


@book.row("7.1", SHOULD, "nor does an ICMP error or RST in answer to what came",
          uplink="filtering endpoint-independent")
def rfc7857_7_1(bench):
    external = bench.udp(5000)
    came = bench.back(bench.answer(external))
    time.sleep(0.6)
    bench.out(error(came, 3, 3, src=INSIDE))
    idle = bench.idle(5000)
    if idle < 0.6:
        fail("an ICMP error refreshed: idle %.2f s" % idle)
    external = bench.syn(5001)
    back = Tcp(bench, 5001, 2000, INSIDE, STRANGER)
    back.external = external
    back.send("out", "S")
    time.sleep(0.6)
    back.send("in", "RA", seq=0)
    idle = max(row["idle_ms"] for row in ask("session", "show", "internal", "%s:5001" % INSIDE)
               if row["remote"]["address"] == STRANGER) / 1000
    if idle < 0.6:
        fail("a RST refreshed: idle %.2f s" % idle)
    return "3/3, and RST for a SYN"


book.reasoned("8", SHOULD, "parity of dynamic mappings off, except where asked for",
              "RFC 4787 REQ-4 asks for it: kept where that costs nothing, and the other parity is "
              "taken before a mapping is refused")


@book.row("9", SHOULD, "ports are preserved, or else drawn at random within the parity",
          uplink=POOL.replace("/29", ""))
def rfc7857_9(bench):
    ports = drawn(bench, 256)
    wrong = [n for n, port in enumerate(ports) if port % 2 != n % 2]
    same(wrong, [], "ports of the wrong parity")
    steps = {b - a for a, b in zip(ports, ports[1:])}
    if len(steps) < len(ports) * 0.95:
        fail("only %d different steps among %d ports" % (len(steps), len(ports)))
    return "256 drawn, parity kept, no step repeats itself"


@book.row("10", SHOULD, "no IPv4 identification is sent twice (RFC 6864)")
def rfc7857_10(bench):
    def sent(src, flags=0, size=100):
        return bench.out(IP(src=src, dst=OUTSIDE, id=77, flags=flags) /
                         UDP(sport=5000, dport=53) / Raw(b"x" * size)).id

    seen = [sent(src) for _ in range(20) for src in (INSIDE, INSIDE2)]
    same(len(set(seen)), len(seen), "different ones among those that may be fragmented")
    pieces = set()
    for src in (INSIDE, INSIDE2):
        send_fragments(bench, bench.inside, IP(src=src, dst=OUTSIDE, id=77) /
                       UDP(sport=5000, dport=53) / Raw(b"x" * 2800), list)
        got = fragments(bench.outside, "fragments of " + src)
        whole(got, src)
        pieces.add(got[0].id)
    same(len(pieces | set(seen)), len(seen) + 2, "with those of two in fragments")
    # Nobody puts these together: theirs says nothing.
    same((sent(INSIDE, flags="DF"), sent(INSIDE, size=8)), (77, 77), "with DF, and of 36 octets")
    return "42 datagrams of 2 hosts, all 77 inside: 42 outside"


book.not_applicable("11", MAY, "a query mapping ends with its last session",
                    "both end by the same timer")


@book.row("12", MUST, "hairpinned ICMP queries pass")
def rfc7857_12(bench):
    external = bench.ping(500, src=INSIDE2)
    mine = bench.ping(501, src=INSIDE)
    bench.set("filtering endpoint-independent")
    bench.inside.send(IP(src=INSIDE, dst=external[0]) / ICMP(id=external[1], seq=3) / Raw(b"hair"))
    got = bench.inside.expect("the hairpinned query")
    same((got.dst, got.src, got[ICMP].type, got[ICMP].seq), (INSIDE2, GATEWAY, 8, 3), "query")
    return "seen from %s" % mine[0]
