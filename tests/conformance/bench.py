# SPDX-License-Identifier: GPL-2.0
"""The workbench of the rows: both sides of the gateway (wire.py of the traffic
tests), set up anew for each row, and the book in which an RFC's rows stand."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bats/tool"))

# pylint: disable=unused-import,wrong-import-position
from wire import (GATEWAY, ICMP, INSIDE, INSIDE2, IP, OUTSIDE, OUTSIDE2, PATIENCE, STRANGER, TCP, UDP,
                  Failure, Lab, Raw, Side, Tcp, ask, fail, mapping, portico, raw, reason, run, same,
                  show, state)

MUST, SHOULD, MAY = "MUST", "SHOULD", "MAY"
SLOW = int(os.environ.get("SLOW", "1"))
INSIDE3 = "192.168.0.52"
MARKER = "192.168.0.59"
LAN = "192.168.0.1"
POOL = "address 203.0.113.8/29"


class Row:
    def __init__(self, name, ident, level, text):
        self.name, self.ident, self.level, self.text = name, ident, level, text
        self.test, self.kind, self.why = None, None, ""
        self.uplink = self.inside = ""
        self.results = {}


class Book:
    """The rows of one RFC, in its order."""

    def __init__(self, number, title):
        self.number, self.title, self.rows = number, "RFC %d: %s" % (number, title), []

    def row(self, ident, level, text, uplink="", inside=""):
        """A test: it returns what it measured, or raises Failure."""
        def enter(test):
            row = Row(test.__name__, ident, level, text)
            row.test, row.uplink, row.inside = test, uplink, inside
            self.rows.append(row)
            return test
        return enter

    def without(self, kind, ident, level, text, why):
        """No test: kind says whether by reasoning, not applicable or not built."""
        name = "rfc%d_%s" % (self.number, ident.lower().replace("-", "").replace(".", "_"))
        row = Row(name, ident, level, text)
        row.kind, row.why = kind, why
        self.rows.append(row)

    def reasoned(self, *words):
        self.without("reasoned", *words)

    def not_applicable(self, *words):
        self.without("n/a", *words)

    def not_built(self, *words):
        self.without("not built", *words)


def audit():
    return subprocess.run([os.environ["PORTICO"], "-n", "gw", "audit"],
                          stdout=subprocess.DEVNULL, check=False).returncode == 0


class Bench(Lab):
    # pylint: disable=super-init-not-called # it is set up by fresh()
    def __init__(self, way):
        self.way = way
        self.inside = Side("a", "lan", [INSIDE, INSIDE2, INSIDE3, MARKER])
        self.outside = Side("srv", "wan", [OUTSIDE, OUTSIDE2, STRANGER])
        self.marks = 0
        self.scenes = {}
        self.undo = []
        self.carried = self.ingress()

    def ingress(self):
        return sum(row["packets"] for row in ask("reason", "show")
                   if row["hook"] == "ingress" and row["verdict"] == "translated")

    def fast_packets(self):
        return self.ingress() - self.carried

    def fresh(self, uplink="", inside=""):
        """A gateway that knows nothing yet, set as the words say."""
        if ask("uplink", "show"):
            # Ports at rest stand in one queue: leave none there for long.
            self.set("timeout hold 1s")
            portico("uplink", "del", "wan")
        if ask("inside", "show"):
            portico("inside", "del", "192.168.0.0/24")
        portico("uplink", "add", "wan", "fastpath", self.way, *uplink.split())
        portico("inside", "add", "192.168.0.0/24", *inside.split())
        for side in (self.inside, self.outside):
            side.drain()
        # Marks go by a privileged port, which leaves the uplink's range alone,
        # and by a host of their own, which leaves the others' quotas alone.
        self.mark_out = IP(src=MARKER, dst=OUTSIDE) / UDP(sport=999, dport=999)
        first = self.out(self.mark_out / Raw(b"mark"))
        self.mark_in = IP(src=OUTSIDE, dst=first.src) / UDP(sport=999, dport=first.sport)

    def set(self, *words):
        portico("uplink", "set", "wan", *" ".join(words).split())

    @staticmethod
    def nothing_rests():
        """Ports at rest stand in one queue: what other rows left there would be in the way."""
        was = ask("status", "show")["held_max"]
        portico("status", "set", "held-max", "0")
        portico("status", "set", "held-max", str(was))
        return was

    def until_end(self, *words):
        """Undo this after the row, however it ends."""
        self.undo.append(words)

    def restore(self):
        while self.undo:
            run(*self.undo.pop())

    def scene(self, act):
        """What several rows look at is played once for each way."""
        if act not in self.scenes:
            self.scenes[act] = act(self)
        return self.scenes[act]

    # ------------------------------------------------------------- traffic
    def udp(self, sport=5000, dst=OUTSIDE, dport=53, src=INSIDE, data=b"question", **ip):
        """A datagram outwards; returns the external endpoint."""
        pkt = IP(src=src, dst=dst, **ip) / UDP(sport=sport, dport=dport) / Raw(data)
        got = self.out(pkt, "%s:%d outwards" % (src, sport))
        same((got.dst, got[UDP].dport, bytes(got[UDP].payload)), (dst, dport, data), "what arrived")
        return got.src, got[UDP].sport

    def syn(self, sport=5000, dst=OUTSIDE, dport=80, src=INSIDE):
        got = self.out(IP(src=src, dst=dst) / TCP(sport=sport, dport=dport, flags="S", seq=1000),
                       "SYN of %s:%d" % (src, sport))
        return got.src, got[TCP].sport

    def ping(self, ident=500, dst=OUTSIDE, src=INSIDE):
        got = self.out(IP(src=src, dst=dst) / ICMP(id=ident, seq=1) / Raw(b"ping"),
                       "echo request of %s" % src)
        return got.src, got[ICMP].id

    def answer(self, external, src=OUTSIDE, sport=53, data=b"answer"):
        """An inbound datagram, not yet sent."""
        return IP(src=src, dst=external[0]) / UDP(sport=sport, dport=external[1]) / Raw(data)

    def reaches(self, external, inside, src=OUTSIDE, sport=53):
        got = self.back(self.answer(external, src, sport), "from %s:%d" % (src, sport))
        same((got.src, got[UDP].sport, got.dst, got[UDP].dport), (src, sport) + inside, "endpoints")

    def refused(self, pkt, why, side=None, what="a refused packet"):
        """From outside (or @side), dropped and counted as this."""
        before = reason(why)
        (side or self.outside).send(pkt)
        other = self.outside if side is self.inside else self.inside
        self.nothing(other, what)
        same(reason(why), before + 1, why)
        if side is self.inside:
            side.drain()	# it may have been told

    def idle(self, port, proto="udp"):
        return mapping(proto, port)["idle_ms"] / 1000

    def left(self, port, proto="udp"):
        return mapping(proto, port)["expires_ms"] / 1000


def error(about, typ=3, code=1, src=STRANGER, dst=None, **fields):
    """An ICMP error about a packet, as a router on the way writes it."""
    return IP(src=src, dst=dst or about.src) / ICMP(type=typ, code=code, **fields) / Raw(raw(about))


def inner(pkt):
    return IP(bytes(pkt[ICMP].payload))


def sound(pkt):
    """Is the header checksum of this (embedded) packet right?"""
    again = IP(raw(pkt))
    del again.chksum
    return IP(raw(again)).chksum == pkt.chksum


def timeouts():
    return ask("uplink", "show")[0]["timeouts"]


def default(name, least):
    got = timeouts()[name]
    if got < least:
        fail("default %s: %d s, at least %d wanted" % (name, got, least))
    return got


def measured_life(bench, name):
    """Seconds that a mapping of this kind lived idle, of those it was set to."""
    lived, given = bench.scene(lifetimes)[name]
    if not given <= lived <= given + 2 + SLOW:
        fail("%s: lived %.1f s, set to %d" % (name, lived, given))
    return "%.1f s when set to %d" % (lived, given)


def lifetimes(bench):
    """One mapping of every kind, left alone: when does each end?"""
    given = {"udp": 2, "icmp": 2, "tcp-opening": 2, "tcp-established": 3, "tcp-closing": 2}
    bench.fresh("timeout hold 1s " + " ".join("timeout %s %ds" % item for item in given.items()))
    born = {}
    external = bench.udp(6000)
    born["udp"] = time.monotonic()
    bench.ping(6001)
    born["icmp"] = time.monotonic()
    bench.syn(6002)
    born["tcp-opening"] = time.monotonic()
    open_tcp(bench, 6003)
    born["tcp-established"] = time.monotonic()
    c = open_tcp(bench, 6004)
    c.send("in", "FA")
    c.send("out", "FA")
    c.send("in", "A")
    born["tcp-closing"] = time.monotonic()
    ports = {6000: "udp", 6001: "icmp", 6002: "tcp-opening", 6003: "tcp-established",
             6004: "tcp-closing"}
    # Close to its end it still works; from outside, which is no refreshment.
    time.sleep(max(0, born["udp"] + 1.7 - time.monotonic()))
    if time.monotonic() < born["udp"] + 1.9:
        bench.reaches(external, (INSIDE, 6000))
    lived = {}
    end = time.monotonic() + 10 * SLOW
    while ports and time.monotonic() < end:
        live = {row["internal"]["port"] for row in ask("mapping", "show", "internal", INSIDE)}
        now = time.monotonic()
        for port in [p for p in ports if p not in live]:
            name = ports.pop(port)
            lived[name] = now - born[name], given[name]
        time.sleep(0.05)
    for name in ports.values():
        lived[name] = float("inf"), given[name]
    return lived


def open_tcp(bench, sport=5000, dport=80, src=INSIDE, dst=OUTSIDE):
    """An open connection, without a look at its state in between."""
    c = Tcp(bench, sport, dport, src, dst)
    c.send("in", "S")
    c.send("out", "SA")
    c.send("in", "A")
    return c
