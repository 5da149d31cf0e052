# SPDX-License-Identifier: GPL-2.0
"""RFC 5382, section 8: what a NAT does with TCP."""
import time

from bench import (GATEWAY, ICMP, INSIDE, INSIDE2, INSIDE3, IP, MAY, MUST, OUTSIDE, OUTSIDE2, SHOULD,
                   STRANGER, TCP, Book, Raw, Tcp, default, error, fail, inner,
                   measured_life, open_tcp, raw, same, sound, state)

book = Book(5382, "TCP")
REMOTES = [(OUTSIDE, 80), (OUTSIDE, 81), (OUTSIDE2, 80), (STRANGER, 4000)]


@book.row("REQ-1", MUST, "one external endpoint, whatever the remote")
def rfc5382_req1(bench):
    seen = {bench.syn(5000, dst, dport) for dst, dport in REMOTES}
    same(seen, {(GATEWAY, 5000)}, "external endpoints")
    return "%d for %d remotes" % (len(seen), len(REMOTES))


def life(c):
    """Data both ways, closing by the inside, data once more, the end."""
    c.send("in", "PA", b"question")
    c.send("out", "PA", b"answer" * 100)
    c.send("in", "FA")
    c.send("out", "A")
    c.send("out", "PA", b"more")
    c.send("in", "A")
    c.send("out", "FA")
    c.send("in", "A")


@book.row("REQ-2", MUST, "every valid sequence passes, begun on either side",
          uplink="filtering tcp endpoint-independent")
def rfc5382_req2(bench):
    life(open_tcp(bench, 5000))
    back = Tcp(bench, 5000, 2000, INSIDE, STRANGER)
    back.external = (GATEWAY, 5000)
    back.send("out", "S")
    back.send("in", "SA")
    back.send("out", "A")
    life(back)
    return "2 connections from SYN to the last ACK"


@book.row("REQ-2a", MUST, "simultaneous open")
def rfc5382_req2a(bench):
    c = Tcp(bench, 5000)
    c.send("in", "S")
    c.send("out", "S")
    for end in ("in", "out"):
        c.seq[end] -= 1
        c.send(end, "SA")
    life(c)
    return "SYNs cross, then SYN-ACKs"


def inbound_syn(external, src, sport=2000, **fields):
    return IP(src=src, dst=external[0]) / TCP(sport=sport, dport=external[1], flags="S",
                                              seq=7000, **fields)


@book.row("REQ-3", SHOULD, "filtering: anybody, or any port of an address contacted")
def rfc5382_req3(bench):
    external = bench.syn(5000)
    bench.back(inbound_syn(external, OUTSIDE))
    bench.refused(inbound_syn(external, STRANGER), "filtered")
    bench.set("filtering endpoint-independent")
    bench.back(inbound_syn(external, STRANGER))
    return "address-dependent by default, endpoint-independent when set"


@book.row("REQ-3a", MAY, "filtering is the admin's choice")
def rfc5382_req3a(bench):
    external = bench.syn(5000)
    bench.set("filtering address-and-port-dependent")
    bench.refused(inbound_syn(external, OUTSIDE), "filtered")
    return "3 kinds"


@book.row("REQ-3b", MAY, "apart from that of UDP",
          uplink="filtering tcp address-and-port-dependent filtering udp endpoint-independent")
def rfc5382_req3b(bench):
    external = bench.udp(5000)
    bench.reaches(external, (INSIDE, 5000), STRANGER)
    bench.refused(inbound_syn(bench.syn(5000), STRANGER), "filtered")


QUIET = 6
KNOCKS = {5000: "filtered by a mapping", 5001: "to a port without a mapping",
          5002: "followed by an outbound SYN"}


def knock(port):
    return inbound_syn((GATEWAY, port), STRANGER, 2000 + port)


def six_seconds(bench):
    """Inbound SYNs of every kind: {port: (seconds, ICMP error)} of those answered."""
    bench.fresh()
    bench.syn(5000)
    start = time.monotonic()
    for port in (5000, 5001, 5002):
        bench.refused(knock(port), "filtered" if port == 5000 else "unsolicited")
    bench.syn(5002, STRANGER, 2000 + 5002)
    answers = {}
    while (left := start + QUIET + 3 - time.monotonic()) > 0:
        got = bench.outside.receive(left)
        if got:
            about = inner(got) if ICMP in got else None
            port = about[TCP].dport if about and TCP in about else got.summary()
            answers[port] = time.monotonic() - start, got
    return answers


@book.row("REQ-4", MUST, "an unsolicited SYN has no answer for 6 s, none at all if an outbound SYN follows")
def rfc5382_req4(bench):
    answers = bench.scene(six_seconds)
    for port, (seconds, got) in answers.items():
        if port not in KNOCKS or seconds < QUIET:
            fail("%s after %.1f s" % (got.summary(), seconds))
    same(5002 in answers, False, "answer to the SYN followed by an outbound one")
    return "silent for %d s" % QUIET


@book.row("REQ-4s", SHOULD, "and else gets ICMP 3/3")
def rfc5382_req4s(bench):
    answers = bench.scene(six_seconds)
    for port in (5000, 5001):
        if port not in answers:
            fail("no answer to the SYN %s" % KNOCKS[port])
        got = answers[port][1]
        same((got.src, got.dst, got[ICMP].type, got[ICMP].code), (GATEWAY, STRANGER, 3, 3),
             "answer")
        about = inner(got)
        same((about.src, about[TCP].sport, about.dst, about[TCP].dport, about[TCP].seq),
             (STRANGER, 2000 + port, GATEWAY, port, 7000), "embedded SYN")
    return "after %.1f s" % max(answers[port][0] for port in (5000, 5001))


@book.row("REQ-4a", MUST, "where policy says so, there is none at all", uplink="syn-answer off")
def rfc5382_req4a(bench):
    external = bench.syn(5000)
    bench.refused(knock(external[1]), "filtered")
    bench.refused(knock(5003), "unsolicited")
    got = bench.outside.receive(QUIET + 2)
    if got:
        fail("answered: %s" % got.summary())
    return "syn-answer off: silent for %d s" % (QUIET + 2)


@book.row("REQ-5", MUST, "established: at least 2 h 4 min; opening and closing: 4 min")
def rfc5382_req5(bench):
    open_tcp(bench, 5000)
    left = bench.left(5000, "tcp")
    if not 7439 < left <= 7440.25:
        fail("expires in %.1f s" % left)
    return "default %d, %d and %d s; established %s, opening %s, closing %s" % (
        default("tcp_established", 7440), default("tcp_opening", 240), default("tcp_closing", 240),
        measured_life(bench, "tcp-established"), measured_life(bench, "tcp-opening"),
        measured_life(bench, "tcp-closing"))


@book.row("REQ-5a", MAY, "time-outs are configurable",
          uplink="timeout tcp-established 99s timeout tcp-opening 55s")
def rfc5382_req5a(bench):
    bench.syn(5000)
    open_tcp(bench, 5001)
    for port, given in ((5000, 55), (5001, 99)):
        left = bench.left(port, "tcp")
        if not given - 1 < left <= given + 0.25:
            fail("expires in %.1f s, set to %d" % (left, given))
    return "55 and 99 s set"


@book.row("REQ-6", SHOULD, "no ALG for TCP is at work by default: payload stays as it is")
def rfc5382_req6(bench):
    words = b"PORT 192,168,0,50,19,136\r\n"
    open_tcp(bench, 5000, 21).send("in", "PA", words)
    sip = b"INVITE sip:b@203.0.113.150 SIP/2.0\r\nContact: <sip:a@192.168.0.50:5001>\r\n\r\n"
    open_tcp(bench, 5001, 5060).send("in", "PA", sip)
    return "FTP and SIP unchanged"


@book.row("REQ-7", MUST, "no external port is shared", uplink="ports 20000-20001")
def rfc5382_req7(bench):
    same(len({bench.syn(5000, src=src) for src in (INSIDE, INSIDE2)}), 2, "external endpoints")
    for dst in (OUTSIDE, OUTSIDE2):
        bench.refused(IP(src=INSIDE3, dst=dst) / TCP(sport=5000, dport=80, flags="S"),
                      "ports-exhausted", bench.inside)
    return "2 of 2 ports used once, the 3rd endpoint refused"


def hairpin(bench):
    """A connection of INSIDE to the external endpoint of INSIDE2."""
    a, b = bench.syn(5000), bench.syn(5001, src=INSIDE2)
    bench.set("filtering endpoint-independent")
    ends = {INSIDE: (INSIDE, 5000, b), INSIDE2: (INSIDE2, 5001, a)}
    seen = set()
    for src, flags, data in ((INSIDE, "S", b""), (INSIDE2, "SA", b""), (INSIDE, "A", b""),
                             (INSIDE, "PA", b"hello"), (INSIDE2, "PA", b"hello too")):
        own, port, to = ends[src]
        bench.inside.send(IP(src=own, dst=to[0]) / TCP(sport=port, dport=to[1], flags=flags) /
                          Raw(data))
        got = bench.inside.expect(flags + " hairpinned")
        other = INSIDE2 if src == INSIDE else INSIDE
        same((got.dst, got[TCP].dport), ends[other][:2], "destination of " + flags)
        same(bytes(got[TCP].payload), data, "data of " + flags)
        seen.add((own, got.src, got[TCP].sport))
    return seen, a, b


@book.row("REQ-8", MUST, "inside hosts reach each other by external endpoints")
def rfc5382_req8(bench):
    hairpin(bench)
    return "SYN, SYN-ACK, ACK and data both ways"


@book.row("REQ-8a", MUST, "and are seen by their external endpoint")
def rfc5382_req8a(bench):
    seen, a, b = hairpin(bench)
    same(seen, {(INSIDE,) + a, (INSIDE2,) + b}, "sources")
    return "source %s:%d" % a


@book.row("REQ-9", SHOULD, "ICMP Destination Unreachable is translated")
def rfc5382_req9(bench):
    c = open_tcp(bench, 5000)
    sent = c.send("in", "PA", b"data")
    got = bench.back(error(sent, 3, 1))
    about = inner(got)
    same((got.dst, got[ICMP].type, got[ICMP].code), (INSIDE, 3, 1), "destination, type, code")
    same((about.src, about[TCP].sport, about.dst, about[TCP].dport), (INSIDE, 5000, OUTSIDE, 80),
         "embedded endpoints")
    again = IP(raw(about))
    del again[TCP].chksum
    same(IP(raw(again))[TCP].chksum, about[TCP].chksum, "embedded TCP checksum")
    same(sound(about), True, "embedded header checksum")
    return "3/1, embedded segment in its inside form"


@book.row("REQ-10", MUST, "no ICMP error ends mapping or connection")
def rfc5382_req10(bench):
    c = open_tcp(bench, 5000)
    sent = c.send("in", "PA", b"data")
    kinds = [(3, code) for code in range(16)] + [(4, 0), (11, 0), (11, 1), (12, 0)]
    for typ, code in kinds:
        bench.back(error(sent, typ, code))
    same(state(5000), "established", "state")
    if bench.left(5000, "tcp") < 7430:
        fail("expires in %.1f s" % bench.left(5000, "tcp"))
    c.send("out", "PA", b"still here")
    return "%d types and codes" % len(kinds)
