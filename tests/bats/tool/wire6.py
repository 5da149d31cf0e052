# SPDX-License-Identifier: GPL-2.0
"""wire.py over IPv6: packets made by hand on both sides of the gateway."""
import socket
import time

from scapy.compat import raw
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
                                ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded, IPv6,
                                in6_chksum)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from wire import (PACKET_OUTGOING, PATIENCE, Failure, Lab, Netns, Side, ask, fail, mac, main, portico,
                  reason, run, same)

__all__ = ["ICMPv6DestUnreach", "ICMPv6EchoReply", "ICMPv6EchoRequest", "ICMPv6PacketTooBig",
           "ICMPv6ParamProblem", "ICMPv6TimeExceeded", "TCP", "UDP", "IPv6", "Raw", "Lab6", "ask",
           "fail", "main", "mapping6", "portico", "raw", "reason", "run", "same", "transport",
           "Failure", "INSIDE6", "INSIDE6B", "OUTSIDE6", "OTHER6", "GATEWAY6"]

ETH_P_IPV6 = 0x86dd
INSIDE6 = "fd01:203:405:1::50"
INSIDE6B = "fd01:203:405:1::51"
OUTSIDE6 = "2001:db8:ff::150"
OTHER6 = "2001:db8:ff::151"
GATEWAY6 = "2001:db8:ff::1"
EXTENSIONS = {0, 43, 60}


def transport(pkt):
    """Protocol and bytes of what follows the extension headers."""
    data, nh = raw(pkt), raw(pkt)[6]
    at = 40
    while nh in EXTENSIONS:
        nh, at = data[at], at + 8 + 8 * data[at + 1]
    return nh, data[at:]


def checksum_ok(pkt):
    """What is there sums up to nothing, its pseudo header included."""
    nh, data = transport(pkt)
    if nh not in (6, 17, 58) or (nh == 17 and data[6:8] == b"\0\0"):
        return True
    # A sum over data that holds its own right checksum is zero.
    return in6_chksum(nh, IPv6(src=pkt.src, dst=pkt.dst, nh=nh), data) in (0, 0xffff)


class Side6(Side):
    """One end of the lab: a's link (inside) or srv's (outside)."""

    def __init__(self, ns, gateway_dev, hosts):
        # pylint: disable=super-init-not-called
        here = mac(ns, "eth0")
        self.head = bytes.fromhex((mac("gw", gateway_dev) + here).replace(":", "")) + b"\x86\xdd"
        self.name, self.hosts = ns, hosts
        for host in hosts:
            run("ip", "-n", "gw", "-6", "neigh", "replace", host, "lladdr", here,
                "dev", gateway_dev, "nud", "permanent")
        with Netns(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IPV6))
            self.sock.bind(("eth0", ETH_P_IPV6))

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
            if IPv6 not in pkt or pkt[IPv6].dst not in self.hosts:
                continue
            pkt = pkt[IPv6]
            pkt = IPv6(raw(pkt)[:40 + pkt.plen])
            if not checksum_ok(pkt):
                fail("wrong checksum at %s: %s" % (self.name, pkt.show(dump=True)))
            return pkt
        return None

    def expect(self, what, match=lambda p: True):
        pkt = self.receive(PATIENCE)
        if not pkt:
            fail("%s: nothing came at %s" % (what, self.name))
        if not match(pkt):
            fail("%s: came at %s: %s" % (what, self.name, pkt.summary()))
        return pkt


class Lab6(Lab):
    """The lab over IPv6; @inside2 sends the marks."""

    def __init__(self, inside=(INSIDE6, INSIDE6B), outside=(OUTSIDE6, OTHER6)):
        # pylint: disable=super-init-not-called
        self.inside = Side6("a", "lan", list(inside))
        self.outside = Side6("srv", "wan", list(outside))
        self.marks = 0
        self.mark_out = IPv6(src=inside[1], dst=outside[0]) / UDP(sport=9999, dport=9999)
        self.inside.send(self.mark_out / Raw(b"mark"))
        first = self.outside.expect("the first mark", lambda p: UDP in p and p[UDP].dport == 9999)
        self.mark_in = IPv6(src=outside[0], dst=first.src) / UDP(sport=9999, dport=first.sport)


def mapping6(proto, port, host=INSIDE6):
    """The one mapping of this internal endpoint, or None."""
    rows = ask("mapping", "show", "proto", proto, "internal", "[%s]:%d" % (host, port))
    if len(rows) > 1:
        fail("several mappings of [%s]:%d" % (host, port))
    return rows[0] if rows else None
