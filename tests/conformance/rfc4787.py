# SPDX-License-Identifier: GPL-2.0
"""RFC 4787, section 12: what a NAT does with UDP."""
import time

from scapy.all import fragment

from bench import (GATEWAY, ICMP, INSIDE, INSIDE2, INSIDE3, IP, MAY, MUST, OUTSIDE, OUTSIDE2, POOL,
                   SHOULD, STRANGER, UDP, Book, Raw, default, error, fail, inner,
                   measured_life, raw, run, same, sound)

book = Book(4787, "UDP")
SYSCTL = ("ip", "netns", "exec", "gw", "sysctl", "-qw")
NOBODY = "203.0.113.152"
REMOTES = [(OUTSIDE, 53), (OUTSIDE, 54), (OUTSIDE2, 53), (STRANGER, 4000)]


@book.row("REQ-1", MUST, "one external endpoint, whatever the remote")
def rfc4787_req1(bench):
    seen = {bench.udp(5000, dst, dport) for dst, dport in REMOTES}
    same(seen, {(GATEWAY, 5000)}, "external endpoints")
    return "%d for %d remotes" % (len(seen), len(REMOTES))


@book.row("REQ-2", SHOULD, "a pool is used paired: one external address for each host", uplink=POOL)
def rfc4787_req2(bench):
    seen = {bench.udp(5000 + i)[0] for i in range(20)}
    same(len(seen), 1, "external addresses of one host")
    return "1 address for 20 ports, pool of 8"


@book.row("REQ-3", MUST, "no external port is shared, also when none is left",
          uplink="ports 20000-20003")
def rfc4787_req3(bench):
    seen = [bench.udp(5000 + i, src=src) for src in (INSIDE, INSIDE2) for i in range(2)]
    same(len(set(seen)), 4, "external endpoints")
    bench.refused(IP(src=INSIDE3, dst=OUTSIDE) / UDP(sport=5000, dport=53),
                  "ports-exhausted", bench.inside)
    # To another remote neither: that would be overloading.
    bench.refused(IP(src=INSIDE3, dst=OUTSIDE2) / UDP(sport=5000, dport=54),
                  "ports-exhausted", bench.inside)
    return "4 of 4 ports used once, the 5th endpoint refused"


def collide(bench, ports):
    """The same ports from two hosts: (internal, external) of the second."""
    for port in ports:
        bench.udp(port, src=INSIDE)
    return [(port, bench.udp(port, src=INSIDE2)[1]) for port in ports]


@book.row("REQ-3a", SHOULD, "0-1023 stay in 0-1023, 1024-65535 in 1024-65535")
def rfc4787_req3a(bench):
    pairs = collide(bench, [1, 2, 53, 1023, 1024, 1025, 40000, 65535])
    for port, external in pairs:
        if (port < 1024) != (external < 1024) or not external:
            fail("%d became %d" % (port, external))
        if port == external:
            fail("%d is shared" % port)
    return "%d ports, each taken already" % len(pairs)


@book.row("REQ-4", SHOULD, "even ports become even, odd ones odd")
def rfc4787_req4(bench):
    pairs = collide(bench, list(range(5000, 5020)) + [20, 21, 40000, 40001])
    for port, external in pairs:
        same(external % 2, port % 2, "parity of what %d became" % port)
    return "%d ports, each taken already" % len(pairs)


@book.row("REQ-5", MUST, "an idle mapping lives at least 2 minutes")
def rfc4787_req5(bench):
    return "default %d s; %s" % (default("udp", 120), measured_life(bench, "udp"))


@book.row("REQ-5b", MAY, "the timer is configurable", uplink="timeout udp 77s")
def rfc4787_req5b(bench):
    bench.udp(5000)
    left = bench.left(5000)
    if not 76 < left <= 77.25:
        fail("expires in %.1f s" % left)
    return "77 s set, expires in %.1f s" % left


@book.row("REQ-5c", SHOULD, "the default is 5 minutes or more")
def rfc4787_req5c(bench):
    bench.udp(5000)
    left = bench.left(5000)
    if not 299 < left <= default("udp", 300) + 0.25:
        fail("expires in %.1f s" % left)
    return "expires in %.0f s" % left


@book.row("REQ-6", MUST, "an outbound packet restarts the timer")
def rfc4787_req6(bench):
    bench.udp(5000)
    time.sleep(0.6)
    idle = bench.idle(5000)
    bench.udp(5000)
    after = bench.idle(5000)
    if idle < 0.6 or after > 0.4:
        fail("idle %.2f s before and %.2f s after it" % (idle, after))
    return "idle 0.6 s before it, 0.0 s after it"


@book.row("REQ-6a", MAY, "an inbound packet restarts it only where so set")
def rfc4787_req6a(bench):
    external = bench.udp(5000)
    time.sleep(0.6)
    bench.reaches(external, (INSIDE, 5000))
    if bench.idle(5000) < 0.6:
        fail("restarted by an inbound packet")
    bench.set("refresh-inbound on")
    bench.reaches(external, (INSIDE, 5000))
    if bench.idle(5000) > 0.4:
        fail("not restarted with refresh-inbound on")
    return "off: idle goes on; on: begins anew"


book.reasoned("REQ-7", MUST, "inside and outside prefixes that clash",
              "the inside prefixes are the admin's choice: Portico hands out no addresses, so it "
              "cannot cause a clash, and an outside source inside of them is dropped as martian")


@book.row("REQ-8", SHOULD, "filtering: anybody, or any port of an address contacted")
def rfc4787_req8(bench):
    external = bench.udp(5000)
    bench.reaches(external, (INSIDE, 5000), OUTSIDE, 9)
    bench.refused(bench.answer(external, STRANGER), "filtered")
    bench.set("filtering endpoint-independent")
    bench.reaches(external, (INSIDE, 5000), STRANGER, 9)
    return "address-dependent by default, endpoint-independent when set"


@book.row("REQ-8a", MAY, "filtering is the admin's choice, of a mapping that lives too")
def rfc4787_req8a(bench):
    external = bench.udp(5000)
    bench.set("filtering address-and-port-dependent")
    bench.refused(bench.answer(external, OUTSIDE, 9), "filtered")
    bench.set("filtering address-dependent")
    bench.reaches(external, (INSIDE, 5000), OUTSIDE, 9)
    return "3 kinds"


def hairpin(bench, port_a=5000, port_b=5001):
    """A datagram from INSIDE to the external endpoint of INSIDE2, as it arrived."""
    a = bench.udp(port_a, src=INSIDE)
    b = bench.udp(port_b, src=INSIDE2)
    bench.set("filtering endpoint-independent")
    bench.inside.send(IP(src=INSIDE, dst=b[0]) / UDP(sport=port_a, dport=b[1]) / Raw(b"hairpin"))
    got = bench.inside.expect("the hairpinned datagram")
    same((got.dst, got[UDP].dport), (INSIDE2, port_b), "destination")
    return a, b, got


@book.row("REQ-9", MUST, "inside hosts reach each other by external endpoints")
def rfc4787_req9(bench):
    hairpin(bench)
    # And back, by what it was seen as.
    bench.inside.send(IP(src=INSIDE2, dst=GATEWAY) / UDP(sport=5001, dport=5000) / Raw(b"back"))
    got = bench.inside.expect("the answer")
    same((got.src, got[UDP].sport, got.dst, got[UDP].dport), (GATEWAY, 5001, INSIDE, 5000),
         "endpoints of the answer")


@book.row("REQ-9a", MUST, "and are seen by their external endpoint")
def rfc4787_req9a(bench):
    a, _, got = hairpin(bench)
    same((got.src, got[UDP].sport), a, "source")
    return "source %s:%d" % a


@book.row("REQ-10", SHOULD, "no ALG for UDP is at work by default: payload stays as it is")
def rfc4787_req10(bench):
    sip = (b"INVITE sip:b@203.0.113.150 SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.0.50:5060\r\n"
           b"Contact: <sip:a@192.168.0.50:5060>\r\n\r\nc=IN IP4 192.168.0.50\r\n")
    external = bench.udp(5060, dport=5060, data=sip)
    same(external, (GATEWAY, 5060), "external endpoint")
    return "SIP, %d bytes, unchanged" % len(sip)


book.not_applicable("REQ-10a", SHOULD, "each ALG can be switched by itself", "there are no ALGs")


@book.row("REQ-11", MUST, "behaviour is the same after a collision and when ports run out",
          uplink="ports 20000-20001")
def rfc4787_req11(bench):
    externals = {}
    for src in (INSIDE, INSIDE2):
        seen = {bench.udp(5000, dst, dport, src) for dst, dport in REMOTES[:3]}
        same(len(seen), 1, "external endpoints of %s" % src)
        externals[src] = seen.pop()
    bench.refused(IP(src=INSIDE3, dst=OUTSIDE) / UDP(sport=5000, dport=53),
                  "ports-exhausted", bench.inside)
    for src, external in externals.items():
        same(bench.udp(5000, OUTSIDE, 77, src), external, "external endpoint when full")
        bench.reaches(external, (src, 5000), OUTSIDE2, 7)
        bench.refused(bench.answer(external, STRANGER), "filtered")
    return "mapping and filtering of 2 hosts, 2 ports, both taken"


@book.row("REQ-12", MUST, "no ICMP error ends a mapping")
def rfc4787_req12(bench):
    sent = bench.out(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"q" * 40))
    left = bench.left(5000)
    kinds = [(3, code) for code in range(16)] + [(4, 0), (11, 0), (11, 1), (12, 0)]
    for typ, code in kinds:
        bench.back(error(sent, typ, code))
    if not left - 5 < bench.left(5000) <= left:
        fail("expires in %.1f s, was %.1f s" % (bench.left(5000), left))
    bench.reaches((sent.src, sent[UDP].sport), (INSIDE, 5000))
    return "%d types and codes" % len(kinds)


@book.row("REQ-12a", SHOULD, "ICMP errors are not filtered by their source")
def rfc4787_req12a(bench):
    sent = bench.out(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"q" * 40))
    got = bench.back(error(sent, 11, 0, src=STRANGER))
    same(got.src, STRANGER, "source")
    return "from a router never contacted"


@book.row("REQ-12b", SHOULD, "Destination Unreachable is translated and delivered")
def rfc4787_req12b(bench):
    sent = bench.out(IP(src=INSIDE, dst=OUTSIDE, ttl=33) / UDP(sport=5000, dport=53) / Raw(b"q" * 40))
    got = bench.back(error(sent, 3, 3))
    about = inner(got)
    same((got[ICMP].type, got[ICMP].code, got.dst), (3, 3, INSIDE), "type, code, destination")
    same((about.src, about[UDP].sport, about.dst, about[UDP].dport), (INSIDE, 5000, OUTSIDE, 53),
         "embedded endpoints")
    same(sound(about), True, "embedded checksum")
    return "3/3, embedded packet in its inside form"


def narrow(bench, mtu):
    bench.until_end("ip", "-n", "gw", "link", "set", "wan", "mtu", "1500")
    run("ip", "-n", "gw", "link", "set", "wan", "mtu", str(mtu))


@book.row("REQ-13", MUST, "too big with DF: ICMP 3/4 with the right MTU")
def rfc4787_req13(bench):
    bench.udp(5000)
    narrow(bench, 1300)
    bench.inside.send(IP(src=INSIDE, dst=OUTSIDE, flags="DF") / UDP(sport=5000, dport=53) /
                      Raw(b"x" * 1372))
    got = bench.inside.expect("the ICMP error")
    same((got[ICMP].type, got[ICMP].code, got[ICMP].nexthopmtu), (3, 4, 1300), "type, code, MTU")
    about = inner(got)
    same((about.src, about[UDP].sport, about.dst), (INSIDE, 5000, OUTSIDE), "embedded")
    bench.nothing(bench.outside, "the packet itself")
    return "MTU 1300"


def whole(pieces, what):
    """Put fragments together by hand; (payload, were they in order)."""
    offsets = [p.frag * 8 for p in pieces]
    data = b"".join(bytes(p.payload) for p in sorted(pieces, key=lambda p: p.frag))
    same(len({p.id for p in pieces}), 1, what + ": identifications")
    return data, offsets == sorted(offsets)


def fragments(side, what):
    """The fragments of one datagram as they come."""
    pieces, size, got = [], None, 0
    while size is None or got < size:
        p = side.expect(what)
        pieces.append(p)
        got += p.len - 20
        if not p.flags.MF:
            size = p.frag * 8 + p.len - 20
    return pieces


@book.row("REQ-13a", MUST, "too big without DF: fragmented, fragments in order")
def rfc4787_req13a(bench):
    bench.udp(5000)
    narrow(bench, 1300)
    bench.inside.send(IP(src=INSIDE, dst=OUTSIDE) / UDP(sport=5000, dport=53) / Raw(b"x" * 1372))
    pieces = fragments(bench.outside, "fragments")
    data, ordered = whole(pieces, "fragments")
    same(data[8:], b"x" * 1372, "payload")
    same(ordered, True, "in order")
    same(max(p.len for p in pieces) <= 1300, True, "each fits")
    return "%d fragments" % len(pieces)


def send_fragments(bench, side, pkt, order):
    pieces = fragment(pkt, fragsize=1000)
    for i in order(range(len(pieces))):
        side.send(pieces[i])


@book.row("REQ-14", MUST, "fragments in order and out of order pass, both ways")
def rfc4787_req14(bench):
    external = bench.udp(5000)
    ident = 100
    for name, order in (("in order", list), ("reversed", lambda r: list(r)[::-1]),
                        ("mixed", lambda r: [1, 2, 0])):
        ident += 1
        data = bytes(i & 255 for i in range(2800))
        send_fragments(bench, bench.inside, IP(src=INSIDE, dst=OUTSIDE, id=ident) /
                       UDP(sport=5000, dport=53) / Raw(data), order)
        got, _ = whole(fragments(bench.outside, name + " outwards"), name)
        same(got[:4], b"\x13\x88\x00\x35", name + ": ports outwards")
        same(got[8:], data, name + ": payload outwards")
        send_fragments(bench, bench.outside, IP(src=OUTSIDE, dst=external[0], id=ident) /
                       UDP(sport=53, dport=external[1]) / Raw(data), order)
        pieces = fragments(bench.inside, name + " inwards")
        same({p.dst for p in pieces}, {INSIDE}, name + ": destination inwards")
        got, _ = whole(pieces, name)
        same(got[8:], data, name + ": payload inwards")
    return "2808 bytes in 3 fragments, 3 orders"


def flood(bench, count):
    """First fragments without an end, more than the kernel keeps. They come from where
    nobody is: the gateway tells of them when it gives them up, and no other row is to
    hear it."""
    pkt = bytearray(raw(IP(src=NOBODY, dst=GATEWAY, flags="MF") / UDP(sport=1, dport=2, chksum=0) /
                        Raw(b"f" * 1000)))
    for ident in range(count):
        pkt[4:6] = ident.to_bytes(2, "big")
        pkt[10:12] = b"\0\0"
        total = sum(int.from_bytes(pkt[i:i + 2], "big") for i in range(0, 20, 2))
        total = (total & 0xffff) + (total >> 16)
        pkt[10:12] = ((~total) & 0xffff).to_bytes(2, "big")
        bench.outside.sock.send(bench.outside.head + pkt)


@book.row("REQ-14a", MUST, "a flood of fragments does not stop what is whole")
def rfc4787_req14a(bench):
    external = bench.udp(5000)
    run(*SYSCTL, "net.ipv4.ipfrag_time=3")
    bench.until_end(*SYSCTL, "net.ipv4.ipfrag_time=30")
    flood(bench, 3000)
    same(bench.udp(5000), external, "external endpoint")
    bench.reaches(external, (INSIDE, 5000))
    same(bench.udp(5001)[0], GATEWAY, "a new mapping")
    time.sleep(4)	# and there is room for those of other rows
    return "3000 datagrams without an end"
