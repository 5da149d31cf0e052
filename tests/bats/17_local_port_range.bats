#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The gateway's own ephemeral ports are not for hosts, and the rest is drawn evenly.
load lib

setup_file()
{
	begin
	net_up
	ip netns exec gw sysctl -qw net.ipv4.ip_local_port_range='32768 60999'
	gw_up timeout hold 1s
	ip -n srv route add 198.51.100.8/29 via 203.0.113.1
}

# draw FIRST LAST: external ports of UDP from these internal ports.
draw()
{
	portico mapping flush >&2
	# Both hosts send from every port: the second one must get another.
	for host in a b; do
		quiet_ns $host "$TOOL/udp-from" "$1" "$2" 203.0.113.100:7000
	done
	wait_for 'all mappings' mappings_are $((2 * ($2 - $1 + 1))) proto udp >&2
	q 'mapping show proto udp' '.[] | select(.internal.address == "192.168.0.11") | .external.port'
}

@test "none of a thousand lies in ip_local_port_range" {
	draw 2000 2999 >"$RUN/ports"
	is "$(wc -l <"$RUN/ports")" 1000 ports
	is "$(awk '$1 >= 32768 && $1 <= 60999' "$RUN/ports" | wc -l)" 0 'ports of the kernel'
}

@test "internal ports of that range are not kept either" {
	draw 40000 40099 >"$RUN/kept"
	is "$(awk '$1 >= 32768 && $1 <= 60999' "$RUN/kept" | wc -l)" 0 'ports of the kernel'
}

# 36,280 ports may be drawn. In a fair draw of 1,000, the 2,000 ports after the
# kernel's range get 55 (standard deviation 7); 150 never happens by chance.
@test "the draw does not crowd beside the kernel's range" {
	beside=$(awk '$1 >= 61000 && $1 < 63000' "$RUN/ports" | wc -l)
	say "$beside of 1000 in 61000-62999"
	holds 'no crowd' "$beside < 150"
}

@test "a changed range is heeded" {
	ip netns exec gw sysctl -qw net.ipv4.ip_local_port_range='10000 60999'
	draw 3000 3199 >"$RUN/ports2"
	is "$(awk '$1 >= 10000 && $1 <= 60999' "$RUN/ports2" | wc -l)" 0 'ports of the kernel'
	ip netns exec gw sysctl -qw net.ipv4.ip_local_port_range='32768 60999'
}

@test "on an address that is not the gateway's own, all ports are for hosts" {
	portico uplink set wan address 198.51.100.9
	draw 40000 40099 >/dev/null
	is "$(q 'mapping show proto udp' '[.[] | select(.internal.address == "192.168.0.10") |
		select(.internal.port == .external.port)] | length')" 100 'preserved ports'
}
