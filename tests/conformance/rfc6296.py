# SPDX-License-Identifier: GPL-2.0
"""RFC 6296: IPv6 prefixes exchanged. It numbers no requirements: by section.

What is expected is reckoned here anew, over whole addresses in one's complement,
so that the module is not its own witness."""
import ipaddress
import os

from bench import MUST, SHOULD, Book, fail, portico, reason, run, same
from wire6 import (OTHER6, OUTSIDE6, TCP, UDP, ICMPv6DestUnreach, ICMPv6EchoRequest,
                   ICMPv6ParamProblem, IPv6, Lab6, Raw, raw, transport)

book = Book(6296, "IPv6 prefix translation")
INSIDE48, OUTSIDE48 = "fd01:203:405::/48", "2001:db8:1::/48"


def words(address):
    data = ipaddress.IPv6Address(address).packed
    return [int.from_bytes(data[i:i + 2], "big") for i in range(0, 16, 2)]


def add(*numbers):
    """In one's complement; of its two zeros the one that is written 0."""
    total = sum(numbers)
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return 0 if total == 0xffff else total


def exchanged(address, from_, to):
    """The address with the other prefix, the sum of its words the same."""
    from_, to = ipaddress.IPv6Network(from_), ipaddress.IPv6Network(to)
    address = int(ipaddress.IPv6Address(address))
    new = words(address & int(from_.hostmask) | int(to.network_address))
    at = 3 if to.prefixlen <= 48 else next(i for i in range(4, 8) if new[i] != 0xffff)
    difference = add(*words(from_.network_address), *(0xffff - w for w in words(to.network_address)))
    new[at] = add(new[at], difference)
    return str(ipaddress.IPv6Address(b"".join(w.to_bytes(2, "big") for w in new)))


class Exchange(Lab6):
    """A gateway that exchanges one prefix; marks go by a host of their own."""

    def __init__(self, bench, hosts, inside=INSIDE48, outside=OUTSIDE48):
        self.prefixes = inside, outside
        net = ipaddress.IPv6Network(inside)
        self.marker = str(net.network_address + (1 << 64 if net.prefixlen < 64 else 0) + 0x99)
        portico("inside", "add", inside, "npt", outside)
        bench.until_end(os.environ["PORTICO"], "-n", "gw", "inside", "del", inside)
        # A route's own first address is a router's: nobody is told anything there.
        route = str(net.supernet())
        run("ip", "-n", "gw", "-6", "route", "replace", route, "dev", "lan")
        bench.until_end("ip", "-n", "gw", "-6", "route", "del", route, "dev", "lan")
        hosts = [str(ipaddress.IPv6Address(h)) for h in hosts]
        super().__init__(hosts[:1] + [self.marker] + hosts[1:], [OUTSIDE6, OTHER6])
        self.mark_out = IPv6(src=self.marker, dst=OUTSIDE6) / UDP(sport=9999, dport=9999)

    def outwards(self, host):
        return exchanged(host, *self.prefixes)

    def there(self, host, payload=UDP(sport=5000, dport=53) / Raw(b"question")):
        got = self.out(IPv6(src=host, dst=OUTSIDE6) / payload, "from " + host)
        same((got.src, got.dst), (self.outwards(host), OUTSIDE6), "addresses outside")
        return got

    def and_back(self, host, payload=UDP(sport=53, dport=5000) / Raw(b"answer")):
        got = self.back(IPv6(src=OUTSIDE6, dst=self.outwards(host)) / payload, "to " + host)
        same((got.src, got.dst), (OUTSIDE6, host), "addresses inside")
        return got

    def unmappable(self, side, pkt, kind):
        """Dropped, counted, and its sender told by an error of this kind."""
        before = reason("npt-unmappable")
        side.send(pkt)
        told = side.expect("an answer", lambda p: kind in p)
        same(raw(IPv6(transport(told)[1][8:]))[8:40], raw(pkt)[8:40], "addresses that it speaks of")
        self.nothing(self.outside if side is self.inside else self.inside, "what cannot be mapped")
        same(reason("npt-unmappable"), before + 1, "npt-unmappable")
        return told


def hosts_of(subnets, iid="50"):
    return [str(ipaddress.IPv6Address("fd01:203:405:%s::%s" % (s, iid))) for s in subnets]


@book.row("2", MUST, "stateless: the same prefixes give the same result, from either side first")
def rfc6296_2(bench):
    host = hosts_of("1")[0]
    lab = Exchange(bench, [host])
    lab.and_back(host)
    lab.there(host)
    bench.restore()
    lab = Exchange(bench, [host])
    lab.and_back(host)
    same(portico("-j", "mapping", "show", "internal", "[%s]:5000" % host).strip(), "[]", "mappings")
    return "inbound first, and again after a new beginning; no mapping"


@book.row("2.6", MUST, "transport checksums stay right unchanged")
def rfc6296_2_6(bench):
    host = hosts_of("7")[0]
    lab = Exchange(bench, [host])
    for payload in (UDP(sport=5000, dport=53) / Raw(b"question"),
                    TCP(sport=5000, dport=80, flags="S", seq=1000),
                    ICMPv6EchoRequest(id=7, seq=1, data=b"ping")):
        sent = IPv6(raw(IPv6(src=host, dst=OUTSIDE6) / payload))
        same(transport(lab.there(host, payload)), transport(sent), "every byte behind the header")
    return "UDP, TCP and ICMPv6: not a byte behind the header changes"


@book.row("3.1", MUST, "the adjustment is the difference of the two prefixes' sums")
def rfc6296_3_1(bench):
    host = "fd01:203:405:1::1234"
    lab = Exchange(bench, [host])
    got = lab.there(host).src
    same(got, "2001:db8:1:d550::1234", "the RFC's example (3.6)")
    return "%s -> %s" % (host, got)


@book.row("3.2", MUST, "outwards: source prefix exchanged, adjustment added, 0xffff becomes 0")
def rfc6296_3_2(bench):
    hosts = hosts_of(["0", "1", "2aaf", "2ab0", "2ab1", "7fff", "8000", "fffe"])
    lab = Exchange(bench, hosts)
    seen = [lab.there(host).src for host in hosts]
    same(seen[3], "2001:db8:1::50", "the subnet whose sum is 0xffff")
    return "%d subnets; %s -> %s" % (len(hosts), hosts[3], seen[3])


@book.row("3.2s", SHOULD, "what cannot be mapped is answered by Destination Unreachable")
def rfc6296_3_2s(bench):
    host = hosts_of(["ffff"])[0]
    lab = Exchange(bench, [host])
    told = lab.unmappable(lab.inside, IPv6(src=host, dst=OUTSIDE6) / UDP(sport=5000, dport=53),
                          ICMPv6DestUnreach)
    return "code %d, address unreachable" % told[ICMPv6DestUnreach].code


@book.row("3.3", MUST, "inwards: exactly the reverse")
def rfc6296_3_3(bench):
    hosts = hosts_of(["0", "1", "2aaf", "2ab0", "2ab1", "7fff", "8000", "fffe"])
    lab = Exchange(bench, hosts)
    for host in hosts:
        lab.there(host)
        lab.and_back(host)
    return "%d subnets there and back" % len(hosts)


@book.row("3.4", MUST, "/48 or shorter: the subnet is adjusted, the interface identifier kept")
def rfc6296_3_4(bench):
    for inside, outside, host in ((INSIDE48, OUTSIDE48, "fd01:203:405:1:ffff:ffff:0:1"),
                                  ("fd01:203:400::/40", "2001:db8:100::/40", "fd01:203:405:1::1234"),
                                  ("fd01::/16", "2002::/16", "fd01:203:405:1::1234")):
        lab = Exchange(bench, [host], inside, outside)
        same(words(lab.there(host).src)[4:], words(host)[4:], "interface identifier")
        lab.and_back(host)
        bench.restore()
    return "/48, /40 and /16"


@book.row("3.5", SHOULD, "longer: the first word of the identifier that is not 0xffff")
def rfc6296_3_5(bench):
    for inside, outside, host in (
            ("fd01:203:405:100::/56", "2001:db8:1:900::/56", "fd01:203:405:1ab:1::1"),
            ("fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1::1234"),
            ("fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1:ffff::1234"),
            ("fd01:203:405:1::/64", "2001:db8:1:2::/64", "fd01:203:405:1:ffff:ffff:ffff:1")):
        lab = Exchange(bench, [host], inside, outside)
        lab.there(host)
        lab.and_back(host)
        bench.restore()
    return "/56 and /64, words 4, 5 and 7"


@book.row("3.7", MUST, "an identifier of zeros with a longer prefix is dropped")
def rfc6296_3_7(bench):
    # Not of the gateway's own subnet: there it is a router's address (RFC 4291 2.6.1).
    host = "fd01:203:405:5::"
    lab = Exchange(bench, [host + "50", host], host + "/64", "2001:db8:1:2::/64")
    told = lab.unmappable(lab.inside, IPv6(src=host, dst=OUTSIDE6) / UDP(sport=5000, dport=53),
                          ICMPv6ParamProblem)
    same(told[ICMPv6ParamProblem].ptr, 8, "pointer: the source address")
    told = lab.unmappable(lab.outside, IPv6(src=OUTSIDE6, dst="2001:db8:1:2::") / UDP(sport=53, dport=5000),
                          ICMPv6ParamProblem)
    same(told[ICMPv6ParamProblem].ptr, 24, "pointer: the destination address")
    return "both ways, with a Parameter Problem"


@book.row("4.1", MUST, "any unicast prefixes can be set")
def rfc6296_4_1(bench):
    for inside, outside in (("fd01:203:405::/48", "2001:db8:1::/48"), ("2001:db8:77::/48", "fd99:1:2::/48"),
                            ("fd01:203:405::/48", "fd99:1:2::/48"), ("2600::/32", "2a00::/32")):
        host = str(ipaddress.IPv6Network(inside).network_address + 0x50)
        lab = Exchange(bench, [host], inside, outside)
        lab.there(host)
        lab.and_back(host)
        bench.restore()
    return "unique local and global ones, either side"


@book.row("4.2", MUST, "/48: subnet 0xffff is not translated")
def rfc6296_4_2(bench):
    lab = Exchange(bench, hosts_of(["1", "ffff"]))
    lab.unmappable(lab.inside, IPv6(src=hosts_of(["ffff"])[0], dst=OUTSIDE6) / UDP(sport=5000, dport=53),
                   ICMPv6DestUnreach)
    lab.unmappable(lab.outside, IPv6(src=OUTSIDE6, dst="2001:db8:1:ffff::50") / UDP(sport=53, dport=5000),
                   ICMPv6DestUnreach)
    return "neither way"


@book.row("4.3", MUST, "hairpin: both ways by the external prefix")
def rfc6296_4_3(bench):
    host, other = hosts_of(["1", "2"])
    lab = Exchange(bench, [host, other])
    lab.inside.send(IPv6(src=host, dst=lab.outwards(other)) / UDP(sport=5000, dport=53) / Raw(b"q"))
    got = lab.inside.expect("hairpinned")
    same((got.src, got.dst), (lab.outwards(host), other), "addresses")
    lab.inside.send(IPv6(src=other, dst=lab.outwards(host)) / UDP(sport=53, dport=5000) / Raw(b"a"))
    got = lab.inside.expect("the answer")
    same((got.src, got.dst), (lab.outwards(other), host), "addresses of the answer")
    # An error about it comes to its sender as from outside.
    lab.inside.send(IPv6(src=other, dst=lab.outwards(host)) / ICMPv6DestUnreach(code=4) /
                    Raw(raw(IPv6(src=lab.outwards(host), dst=other) / UDP(sport=5000, dport=53) / Raw(b"q"))))
    got = lab.inside.expect("the error")
    about = IPv6(transport(got)[1][8:])
    same((got.src, got.dst, about.src, about.dst),
         (lab.outwards(other), host, host, lab.outwards(other)), "addresses of the error")
    if not reason("npt-hairpin"):
        fail("not counted as npt-hairpin")
    return "there, the answer, and an ICMPv6 error about it"
