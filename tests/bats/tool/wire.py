# SPDX-License-Identifier: GPL-2.0
"""Both sides of the gateway in one program: packets made by hand go in at one
side, and what comes out at the other is looked at.

The hosts here have addresses that no kernel owns, so nobody but the program
answers. Every packet received has its checksums verified. Nothing is waited for
blindly: expect() fails when its time is over, nothing() sends a marker after
the packet that must not come through, and the marker must come first.
"""
import ctypes
import json
import os
import socket
import subprocess
import sys
import time

# Not scapy.all: the rest of scapy takes a slow guest a second and a half.
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, TCP, UDP, in4_chksum
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import checksum

PATIENCE = 10 * int(os.environ.get("SLOW", "1"))
CLONE_NEWNET = 0x40000000
ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33

INSIDE = "192.168.0.50"
INSIDE2 = "192.168.0.51"
OUTSIDE = "203.0.113.150"
OUTSIDE2 = "198.51.100.150"
STRANGER = "203.0.113.151"
GATEWAY = "203.0.113.1"


class Failure(Exception):
    pass


def fail(text):
    raise Failure(text)


def same(got, wanted, what):
    if got != wanted:
        fail("%s: got %r, expected %r" % (what, got, wanted))


class Netns:
    """with Netns("gw"): what is opened here belongs to that namespace."""
    libc = ctypes.CDLL(None, use_errno=True)

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        fd = os.open("/run/netns/" + self.name, os.O_RDONLY)
        if self.libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + self.name)
        os.close(fd)

    def __exit__(self, *_):
        self.libc.setns(self.home, CLONE_NEWNET)
        os.close(self.home)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def portico(*words):
    """Output of the tool, in the gateway's namespace."""
    return run(os.environ["PORTICO"], "-n", "gw", *words)


def ask(*words):
    return json.loads(portico("-j", *words) or "[]")


def reason(name):
    return sum(row["packets"] for row in ask("reason", "show") if row["reason"] == name)


def mac(ns, dev):
    return json.loads(run("ip", "-n", ns, "-j", "link", "show", dev))[0]["address"]


def checksums_ok(pkt):
    """Over the bytes as they came: built again, odd options would come out even."""
    data = raw(pkt)
    head = pkt.ihl * 4
    if checksum(data[:head]):
        return False
    # A fragment has only a part of what its transport's checksum is over.
    if pkt.flags.MF or pkt.frag:
        return True
    # Only the outermost transport: what an error carries may be cut short.
    if isinstance(pkt.payload, ICMP):
        return not checksum(data[head:])
    if isinstance(pkt.payload, TCP) or (isinstance(pkt.payload, UDP) and pkt[UDP].chksum):
        return not in4_chksum(pkt.proto, pkt, data[head:])
    return True


def show(pkt):
    return pkt.summary() if pkt else "nothing"


class Side:
    """One end of the lab: a's link (inside) or srv's (outside)."""

    def __init__(self, ns, gateway_dev, hosts):
        here = mac(ns, "eth0")
        self.head = bytes.fromhex((mac("gw", gateway_dev) + here).replace(":", "")) + b"\x08\x00"
        self.name = ns
        for host in hosts:
            run("ip", "-n", "gw", "neigh", "replace", host, "lladdr", here,
                "dev", gateway_dev, "nud", "permanent")
        self.hosts = hosts
        with Netns(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
            # Some cases send faster than this program reads.
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
            self.sock.bind(("eth0", ETH_P_IP))

    def send(self, pkt):
        self.sock.send(self.head + raw(pkt))

    def drain(self):
        """Forget what has come so far."""
        self.sock.setblocking(False)
        try:
            while self.sock.recv(65536):
                pass
        except BlockingIOError:
            pass

    def receive(self, seconds):
        """The next packet to one of our hosts, or None."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.sock.settimeout(left)
            try:
                frame, where = self.sock.recvfrom(65536)
            except (TimeoutError, socket.timeout):
                return None
            if where[2] == PACKET_OUTGOING:
                continue
            pkt = Ether(frame)
            if IP not in pkt or pkt[IP].dst not in self.hosts:
                continue
            pkt = pkt[IP]
            # Ethernet pads short frames.
            pkt = IP(raw(pkt)[:pkt.len])
            if not checksums_ok(pkt):
                fail("wrong checksum at %s: %s" % (self.name, pkt.show(dump=True)))
            return pkt
        return None

    def expect(self, what, match=lambda p: True):
        """The next packet must be the one that is meant."""
        pkt = self.receive(PATIENCE)
        if not pkt:
            fail("%s: nothing came at %s" % (what, self.name))
        if not match(pkt):
            fail("%s: came at %s: %s" % (what, self.name, show(pkt)))
        return pkt


class Lab:
    def __init__(self):
        self.inside = Side("a", "lan", [INSIDE, INSIDE2])
        self.outside = Side("srv", "wan", [OUTSIDE, OUTSIDE2, STRANGER])
        self.marks = 0
        # Two directions for marks: a UDP mapping made once.
        self.mark_out = IP(src=INSIDE2, dst=OUTSIDE) / UDP(sport=9999, dport=9999)
        self.inside.send(self.mark_out / Raw(b"mark"))
        first = self.outside.expect("the first mark", lambda p: UDP in p and p[UDP].dport == 9999)
        self.mark_in = IP(src=OUTSIDE, dst=first.src) / UDP(sport=9999, dport=first.sport)

    def nothing(self, side, what):
        """Nothing has come at this side: a mark sent now is the next packet."""
        self.marks += 1
        text = b"mark %d" % self.marks
        if side is self.outside:
            self.inside.send(self.mark_out / Raw(text))
        else:
            self.outside.send(self.mark_in / Raw(text))
        side.expect(what, lambda p: UDP in p and Raw in p and p[Raw].load == text)

    def out(self, pkt, what="outbound"):
        """Send from inside, expect at the outside."""
        self.inside.send(pkt)
        return self.outside.expect(what)

    def back(self, pkt, what="inbound"):
        self.outside.send(pkt)
        return self.inside.expect(what)


def mapping(proto, port, host=INSIDE):
    """The one mapping of this internal endpoint, or None."""
    rows = ask("mapping", "show", "proto", proto, "internal", "%s:%d" % (host, port))
    if len(rows) > 1:
        fail("several mappings of %s:%d" % (host, port))
    return rows[0] if rows else None


def state(port, host=INSIDE):
    row = mapping("tcp", port, host)
    return row["state"] if row else None


class Tcp:
    """A TCP connection of which both ends are ours, with the gateway between."""

    def __init__(self, lab, sport, dport=80, src=INSIDE, dst=OUTSIDE):
        self.lab, self.src, self.dst = lab, src, dst
        self.sport, self.dport = sport, dport
        self.seq = {"in": 1000000, "out": 5000000}	# next of each end
        self.external = None

    def segment(self, end, flags, data=b"", seq=None, ack=None, window=8192, options=()):
        """A segment as that end ("in" side host, "out" side host) writes it."""
        other = "out" if end == "in" else "in"
        seq = self.seq[end] if seq is None else seq
        ack = self.seq[other] if ack is None else ack
        tcp = TCP(flags=flags, seq=seq % 2**32, ack=(ack if "A" in flags else 0) % 2**32,
                  window=window, options=list(options))
        if end == "in":
            tcp.sport, tcp.dport = self.sport, self.dport
            ip = IP(src=self.src, dst=self.dst)
        else:
            tcp.sport, tcp.dport = self.dport, self.external[1]
            ip = IP(src=self.dst, dst=self.external[0])
        return ip / tcp / Raw(data) if data else ip / tcp

    def send(self, end, flags, data=b"", **other):
        """Send it; it must come out at the other side, rewritten, else the same."""
        moves = "seq" not in other
        pkt = self.segment(end, flags, data, **other)
        if end == "in":
            got = self.lab.out(pkt, flags + " outwards")
            if not self.external:
                self.external = (got.src, got.sport)
            wanted = self.external + (self.dst, self.dport)
        else:
            got = self.lab.back(pkt, flags + " inwards")
            wanted = (self.dst, self.dport, self.src, self.sport)
        same((got.src, got.sport, got.dst, got.dport), wanted, "endpoints of " + flags)
        for field in ("seq", "ack", "flags", "window", "options"):
            same(getattr(got[TCP], field), getattr(IP(raw(pkt))[TCP], field), field + " of " + flags)
        same(bytes(got[TCP].payload), data, "data of " + flags)
        if moves:
            self.seq[end] += len(data) + ("S" in flags) + ("F" in flags)
        return got

    def open(self):
        self.send("in", "S")
        same(state(self.sport), "opening-out", "state after SYN")
        self.send("out", "SA")
        same(state(self.sport), "established", "state after SYN-ACK")
        self.send("in", "A")
        return self


def main(cases, doc, lab=Lab):
    """Run the case that is named on the command line."""
    if len(sys.argv) != 2 or sys.argv[1] not in cases:
        sys.exit("%s\ncases: %s" % (doc, " ".join(sorted(cases))))
    case = cases[sys.argv[1]]
    print("#", case.__doc__)
    try:
        case(lab())
    except Failure as failure:
        sys.exit("# " + str(failure))
