# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The network of lib.bash over IPv6: `net_up six`, after `far` and `peer` where
# those are wanted.
#
#  a  fd01:203:405:1::10 --+                                  +-- 2001:db8:ff::100  srv
#                          |  ...:1::1        2001:db8:ff::1  |
#                          +---- lan     gw     wan ----------+
#  b  fd01:203:405:1::11 --+                                  +-- 2001:db8:ff::101  peer
#
# far, behind srv, is 2001:db8:fa::100. Nobody outside knows a way to fd01::/16.
load lib

A6=fd01:203:405:1::10
B6=fd01:203:405:1::11
GW6=2001:db8:ff::1
SRV6=2001:db8:ff::100
export A6 B6 GW6 SRV6

# six NS DEV ADDRESS...: that interface speaks IPv6, at once and to itself.
six()
{
	local ns=$1 dev=$2 address

	shift 2
	ip netns exec "$ns" sysctl -qw "net.ipv6.conf.$dev.accept_ra=0" \
		"net.ipv6.conf.$dev.accept_dad=0" "net.ipv6.conf.$dev.router_solicitations=0" \
		"net.ipv6.conf.$dev.disable_ipv6=0" net.ipv6.icmp.ratelimit=0
	for address in "$@"; do
		ip -n "$ns" addr add "$address" dev "$dev" nodad
	done
}

net_up_six()
{
	six a eth0 $A6/64
	six b eth0 $B6/64
	six gw lan fd01:203:405:1::1/64
	six gw wan $GW6/64
	six srv eth0 $SRV6/64
	ip -n a route add default via fd01:203:405:1::1
	ip -n b route add default via fd01:203:405:1::1
	ip netns exec gw sysctl -qw net.ipv6.conf.all.forwarding=1
	if ip netns list | grep -qw peer; then
		six peer eth0 2001:db8:ff::101/64
	fi
	if ip netns list | grep -qw far; then
		six far eth0 2001:db8:fa::100/64
		six srv far 2001:db8:fa::1/64
		ip netns exec srv sysctl -qw net.ipv6.conf.all.forwarding=1
		ip -n far route add default via 2001:db8:fa::1
		ip -n gw route add 2001:db8:fa::/64 via $SRV6
	fi
}

# The gateway of gw_up, and the inside prefix; arguments go to `inside add`.
gw_up_six()
{
	gw_up
	portico inside add fd01:203:405::/48 "$@"
}

serve6()
{
	local ns=$1 port

	shift
	bg "serve6-$ns" "$ns" "$TOOL/serve" -6 "$@"
	for port in "$@"; do
		wait_for "$ns serves UDP $port" listening "$ns" u "$port"
		wait_for "$ns serves TCP $port" listening "$ns" t "$port"
	done
}

udp6()
{
	in_ns "$1" "$TOOL/udp" -6 "${@:2}"
}

# From now on count what reaches srv, and what of it has an inside source.
watch_wire()
{
	in_ns srv nft -f - <<-'NFT'
		table ip6 wire
		delete table ip6 wire
		table ip6 wire {
			counter inside { }
			counter seen { }
			chain in {
				type filter hook prerouting priority -500;
				counter name seen
				ip6 saddr fc00::/7 counter name inside
			}
		}
	NFT
}

wire_count()
{
	ip netns exec srv nft -j list counter ip6 wire "$1" |
		jq -r '.nftables[] | select(.counter).counter.packets'
}

# With `net_up far six`: a traces the way to far.
traceroute6_sees_all()
{
	a traceroute -6 -n -q 1 -w 5 -m 4 2001:db8:fa::100 | tee "$RUN/trace"
	is "$(awk 'NR > 1 { print $2 }' "$RUN/trace" | xargs)" "fd01:203:405:1::1 $SRV6 2001:db8:fa::100"
}

# Packet too big comes to a, from a router outside and from the gateway.
# shellcheck disable=SC2154 # run sets lines
too_big_outwards()
{
	ip -n srv link set far mtu 1300
	ip -n far link set eth0 mtu 1300
	run -0 udp6 a -d -n 1400 '[2001:db8:fa::100]:7000'
	is "${lines[-1]}" 'icmp 2/0 1300'
	ip -n gw link set wan mtu 1280
	ip -n a route flush cache
	run -0 udp6 a -d -n 1300 "[$SRV6]:7000"
	is "${lines[-1]}" 'icmp 2/0 1280'
	ip -n gw link set wan mtu 1500
	ip -n a route flush cache
}
