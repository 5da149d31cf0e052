# SPDX-License-Identifier: GPL-2.0
"""RFC 5508, section 9: what a NAT does with ICMP."""
import time

from bench import (GATEWAY, ICMP, INSIDE, INSIDE2, INSIDE3, IP, LAN, MAY, MUST, OUTSIDE, OUTSIDE2, POOL,
                   SHOULD, STRANGER, UDP, Book, Raw, default, error, fail, inner,
                   measured_life, raw, reason, same, sound)

book = Book(5508, "ICMP")


def sent(bench, port=5000, **ip):
    return bench.out(IP(src=INSIDE, dst=OUTSIDE, **ip) / UDP(sport=port, dport=53) / Raw(b"q" * 40))


@book.row("REQ-1", MUST, "queries and their replies pass")
def rfc5508_req1(bench):
    for query, reply in ((8, 0), (13, 14)):
        got = bench.out(IP(src=INSIDE, dst=OUTSIDE) / ICMP(type=query, id=500 + query, seq=7))
        same((got.src, got[ICMP].type, got[ICMP].seq), (GATEWAY, query, 7), "the query")
        back = bench.back(IP(src=OUTSIDE, dst=got.src) / ICMP(type=reply, id=got[ICMP].id, seq=7))
        same((back.dst, back[ICMP].type, back[ICMP].id), (INSIDE, reply, 500 + query), "the reply")
    return "echo and timestamp"


@book.row("REQ-1a", SHOULD, "one external identifier, whatever the remote")
def rfc5508_req1a(bench):
    bench.ping(500, src=INSIDE2)
    seen = {bench.ping(500, dst) for dst in (OUTSIDE, OUTSIDE2, STRANGER)}
    same(len(seen), 1, "external identifiers")
    return "1 for 3 remotes, its own being taken"


@book.row("REQ-2", MUST, "a query session lives at least 60 s")
def rfc5508_req2(bench):
    return "default %d s; %s" % (default("icmp", 60), measured_life(bench, "icmp"))


@book.row("REQ-2a", SHOULD, "its time-out is configurable", uplink="timeout icmp 77s")
def rfc5508_req2a(bench):
    bench.ping(500)
    left = bench.left(500, "icmp")
    if not 76 < left <= 77.25:
        fail("expires in %.1f s" % left)
    return "77 s set, expires in %.1f s" % left


@book.row("REQ-3", SHOULD, "an error with a wrong ICMP checksum is dropped silently")
def rfc5508_req3(bench):
    bench.refused(error(sent(bench), chksum=0x1234), "bad-checksum")


@book.row("REQ-3a", SHOULD, "and one about a packet with a wrong header checksum")
def rfc5508_req3a(bench):
    wrong = IP(raw(sent(bench)))
    wrong.chksum ^= 1
    bench.refused(error(wrong), "bad-packet")


@book.row("REQ-3b", MUST, "embedded IP options are skipped")
def rfc5508_req3b(bench):
    from scapy.all import IPOption_NOP, IPOption_Router_Alert
    for options in ([IPOption_Router_Alert()], [IPOption_NOP()] * 12, [IPOption_NOP()] * 40):
        about = inner(bench.back(error(sent(bench, options=options))))
        same((about.src, about[UDP].sport), (INSIDE, 5000), "embedded source")
    return "4, 12 and 40 bytes of options"


@book.row("REQ-3c", SHOULD, "the embedded transport checksum is not looked at")
def rfc5508_req3c(bench):
    wrong = IP(raw(sent(bench)))
    wrong[UDP].chksum ^= 0x5555
    about = inner(bench.back(error(wrong)))
    again = IP(raw(about))
    del again[UDP].chksum
    same(IP(raw(again))[UDP].chksum == about[UDP].chksum, False, "still wrong")
    return "delivered, as wrong as it was"


@book.row("REQ-3d", MUST, "RFC 4884 extensions are no part of the embedded packet")
def rfc5508_req3d(bench):
    from scapy.all import checksum
    pkt = sent(bench)
    # 128 bytes for the datagram, padded, then an extension structure with one object.
    field = raw(pkt).ljust(128, b"\0")
    body = b"\x20\0\0\0" + b"\0\x08\x01\x01\x00\x03\x21\x01"
    body = body[:2] + checksum(body).to_bytes(2, "big") + body[4:]
    got = bench.back(IP(src=STRANGER, dst=pkt.src) /
                     ICMP(type=11, code=0, length=32) / Raw(field + body))
    data = bytes(raw(got)[28:])
    same(raw(got)[25], 32, "length field")
    same(data[128:], body, "extension")
    same(data[len(raw(pkt)):128], field[len(raw(pkt)):], "padding")
    about = IP(data[:len(raw(pkt))])
    again = IP(raw(about))
    del again[UDP].chksum, again.chksum
    same(raw(IP(raw(again))), raw(about), "embedded datagram with checksums made anew")
    return "128 bytes and an MPLS label stack object, unchanged"


@book.row("REQ-4", MUST, "an error from outside about no mapping is dropped silently")
def rfc5508_req4(bench):
    pkt = IP(src=GATEWAY, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"never sent")
    before = bench.udp(5001)
    bench.outside.send(error(pkt))
    bench.nothing(bench.inside, "an error about nothing")
    bench.nothing(bench.outside, "an answer to it")
    return "also with a mapping of another port, %d" % before[1]


@book.row("REQ-4a", MUST, "the embedded packet is restored to its inside form")
def rfc5508_req4a(bench):
    about = inner(bench.back(error(sent(bench))))
    same((about.src, about[UDP].sport, about.dst, about[UDP].dport), (INSIDE, 5000, OUTSIDE, 53),
         "embedded endpoints")
    again = IP(raw(about))
    del again[UDP].chksum
    same(IP(raw(again))[UDP].chksum, about[UDP].chksum, "embedded UDP checksum")
    same(sound(about), True, "embedded header checksum")


@book.row("REQ-4b", MUST, "type and code stay")
def rfc5508_req4b(bench):
    pkt = sent(bench)
    kinds = [(3, code) for code in range(16)] + [(11, 0), (11, 1), (12, 0)]
    for kind in kinds:
        got = bench.back(error(pkt, *kind))
        same((got[ICMP].type, got[ICMP].code), kind, "type and code")
    return "%d of them" % len(kinds)


@book.row("REQ-4c", MUST, "it goes to the embedded source")
def rfc5508_req4c(bench):
    got = bench.back(error(sent(bench)))
    same((got.dst, got.src), (INSIDE, STRANGER), "destination and source")
    return INSIDE


def came(bench):
    """A datagram as it reached INSIDE, and the external endpoint it was sent to."""
    external = bench.udp(5000)
    return bench.back(bench.answer(external)), external


@book.row("REQ-5", MUST, "an error from inside about no mapping is dropped silently")
def rfc5508_req5(bench):
    fake = IP(src=OUTSIDE2, dst=INSIDE) / UDP(sport=53, dport=5000) / Raw(b"never came")
    bench.refused(IP(src=INSIDE, dst=OUTSIDE2) / ICMP(type=3, code=3) / Raw(raw(fake)),
                  "icmp-unrelated", bench.inside)
    bench.nothing(bench.inside, "an answer to it")


@book.row("REQ-5a", MUST, "the embedded packet is restored to its outside form")
def rfc5508_req5a(bench):
    pkt, external = came(bench)
    about = inner(bench.out(error(pkt, 3, 3, src=INSIDE)))
    same((about.src, about[UDP].sport, about.dst, about[UDP].dport), (OUTSIDE, 53) + external,
         "embedded endpoints")
    again = IP(raw(about))
    del again[UDP].chksum
    same(IP(raw(again))[UDP].chksum, about[UDP].chksum, "embedded UDP checksum")
    same(sound(about), True, "embedded header checksum")


@book.row("REQ-5b", MUST, "type and code stay")
def rfc5508_req5b(bench):
    pkt, _ = came(bench)
    kinds = [(3, code) for code in (0, 1, 2, 3, 4, 9, 10, 13)] + [(11, 1), (12, 0)]
    for kind in kinds:
        got = bench.out(error(pkt, *kind, src=INSIDE))
        same((got[ICMP].type, got[ICMP].code), kind, "type and code")
    return "%d of them" % len(kinds)


@book.row("REQ-5c", MUST, "its source is the NAT's public address", uplink=POOL)
def rfc5508_req5c(bench):
    pkt, external = came(bench)
    got = bench.out(error(pkt, 3, 3, src=INSIDE))
    same(got.src, external[0], "source")
    # An inside router on the way to the host has no mapping of its own.
    got = bench.out(error(pkt, 11, 0, src=INSIDE3))
    same(got.src, external[0], "source of a router's error")
    return "the mapping's, for the host and for a router before it"


@book.row("REQ-6", MUST, "an error about a query neither refreshes nor ends its session")
def rfc5508_req6(bench):
    got = bench.out(IP(src=INSIDE, dst=OUTSIDE) / ICMP(id=500, seq=1) / Raw(b"ping"))
    time.sleep(0.6)
    back = bench.back(error(got, 3, 1))
    same((back.dst, inner(back)[ICMP].id), (INSIDE, 500), "the error")
    idle = bench.idle(500, "icmp")
    if idle < 0.6:
        fail("idle %.2f s after it" % idle)
    back = bench.back(IP(src=OUTSIDE, dst=got.src) / ICMP(type=0, id=got[ICMP].id, seq=1))
    same((back.dst, back[ICMP].id), (INSIDE, 500), "a reply after it")
    return "idle time goes on, a reply still passes"


@book.row("REQ-7", MUST, "errors about hairpinned packets pass, and look as they should",
          uplink="filtering endpoint-independent")
def rfc5508_req7(bench):
    a, b = bench.udp(5000), bench.udp(5001, src=INSIDE2)
    bench.inside.send(IP(src=INSIDE, dst=b[0]) / UDP(sport=5000, dport=b[1]) / Raw(b"hairpin"))
    got = bench.inside.expect("the hairpinned datagram")
    same((got.src, got[UDP].sport), a, "its source")
    bench.inside.send(error(got, 3, 3, src=INSIDE2))
    got = bench.inside.expect("the error about it")
    same(got.src, b[0], "source")
    about = inner(got)
    same((about.dst, about[UDP].dport), b, "embedded destination")
    same(sound(about), True, "embedded header checksum")
    return "source and embedded destination are external"


@book.row("REQ-7a", MUST, "its destination is the embedded source after translation",
          uplink="filtering endpoint-independent")
def rfc5508_req7a(bench):
    bench.udp(5000)
    b = bench.udp(5001, src=INSIDE2)
    bench.inside.send(IP(src=INSIDE, dst=b[0]) / UDP(sport=5000, dport=b[1]) / Raw(b"hairpin"))
    bench.inside.send(error(bench.inside.expect("the hairpinned datagram"), 3, 3, src=INSIDE2))
    got = bench.inside.expect("the error about it")
    about = inner(got)
    same((got.dst, about.src, about[UDP].sport), (INSIDE, INSIDE, 5000), "destination and source")
    return INSIDE


def told(bench, code):
    """Refused for want of ports: what the sender gets."""
    bench.udp(5000)
    pkt = IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"refused")
    before = reason("ports-exhausted")
    bench.inside.send(pkt)
    got = bench.inside.expect("the ICMP error")
    same((got.dst, got.src, got[ICMP].type, got[ICMP].code), (INSIDE2, LAN, 3, code), "the error")
    about = inner(got)
    same((about.src, about[UDP].sport, about.dst, about[UDP].dport), (INSIDE2, 5000, OUTSIDE, 53),
         "embedded endpoints")
    bench.nothing(bench.outside, "the refused packet")
    same(reason("ports-exhausted"), before + 1, "ports-exhausted")


@book.row("REQ-8", SHOULD, "a refused packet is dropped, and its sender gets ICMP 3/13",
          uplink="ports 20000-20000")
def rfc5508_req8(bench):
    told(bench, 13)
    return "3/13"


@book.row("REQ-9", MAY, "ICMP made by the NAT can be switched off",
          uplink="ports 20000-20000 icmp-code none")
def rfc5508_req9(bench):
    bench.udp(5000)
    bench.refused(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=5000, dport=53), "ports-exhausted",
                  bench.inside)
    bench.nothing(bench.inside, "an ICMP error")
    return "icmp-code none"


@book.row("REQ-10a", MUST, "Destination Unreachable, Time Exceeded and echo are supported")
def rfc5508_req10a(bench):
    # Made by the gateway itself: towards either side in the form that side knows.
    bench.inside.send(IP(src=INSIDE, dst=OUTSIDE, ttl=1) / UDP(sport=5000, dport=53) / Raw(b"ttl"))
    got = bench.inside.expect("Time Exceeded inwards")
    same((got.src, got.dst, got[ICMP].type, got[ICMP].code), (LAN, INSIDE, 11, 0), "inwards")
    same(inner(got).src, INSIDE, "embedded source")
    external = bench.udp(5000)
    bench.outside.send(IP(src=OUTSIDE, dst=external[0], ttl=1) /
                       UDP(sport=53, dport=external[1]) / Raw(b"ttl"))
    got = bench.outside.expect("Time Exceeded outwards")
    same((got.src, got.dst, got[ICMP].type, got[ICMP].code), (GATEWAY, OUTSIDE, 11, 0), "outwards")
    about = inner(got)
    same((about.dst, about[UDP].dport), external, "embedded destination")
    bench.outside.send(IP(src=OUTSIDE, dst=GATEWAY) / ICMP(id=77, seq=1) / Raw(b"ping"))
    got = bench.outside.expect("the gateway's own echo reply")
    same((got.src, got[ICMP].type, got[ICMP].id), (GATEWAY, 0, 77), "echo reply")
    return "11/0 to both sides, echo reply"


@book.row("REQ-10b", MAY, "Timestamp and Parameter Problem pass")
def rfc5508_req10b(bench):
    same(bench.out(IP(src=INSIDE, dst=OUTSIDE) / ICMP(type=13, id=500))[ICMP].type, 13, "timestamp")
    same(bench.back(error(sent(bench), 12, 0, ptr=20))[ICMP].ptr, 20, "pointer")
    return "13 and 12/0"


@book.row("REQ-10c", SHOULD, "no Source Quench is made", uplink="ports 20000-20000")
def rfc5508_req10c(bench):
    bench.udp(5000)
    for n in range(100):
        bench.inside.send(IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=6000 + n, dport=53))
    quenched = count = 0
    while got := bench.inside.receive(0.3):
        count += 1
        quenched += got[ICMP].type == 4
    same(quenched, 0, "Source Quench")
    return "none among %d answers to 100 refused packets" % count


book.reasoned("REQ-10d", SHOULD, "RFC 1812: DS field, when not to send, rate limit",
              "errors are made by the kernel's own icmp_send(), which keeps these rules "
              "(net.ipv4.icmp_ratelimit)")


@book.row("REQ-11", MAY, "other ICMP types are dropped, and counted")
def rfc5508_req11(bench):
    for typ in (10, 15, 17):
        bench.refused(IP(src=INSIDE, dst=OUTSIDE) / ICMP(type=typ, id=1, seq=1), "icmp-unknown",
                      bench.inside)
    return "types 10, 15, 17"
