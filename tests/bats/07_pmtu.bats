#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Path MTU discovery: whoever sends too much is told the right MTU.
load lib

setup_file()
{
	begin
	net_up far
	gw_up
	serve far 7000
}

setup()
{
	ip -n a route flush cache
	narrow_uplink 1500
	ip -n srv link set far mtu 1500
	ip -n far link set eth0 mtu 1500
}

# A link is as narrow at one end as at the other.
narrow_uplink()
{
	ip -n gw link set wan mtu "$1"
	ip -n srv link set eth0 mtu "$1"
}

@test "the uplink is the narrow place: ICMP 3/4 from the gateway" {
	narrow_uplink 1300
	run a ping -c 1 -W 5 -M "do" -s 1400 192.0.2.100
	[ "$status" -ne 0 ]
	[[ $output == *'From 192.168.0.1 '* ]]
	[[ $output == *'mtu = 1300'* ]] || [[ $output == *'mtu=1300'* ]]
}

@test "a router outside is the narrow place: its ICMP 3/4 comes through" {
	ip -n srv link set far mtu 1280
	run a ping -c 1 -W 5 -M "do" -s 1400 192.0.2.100
	[ "$status" -ne 0 ]
	[[ $output == *'From 203.0.113.100 '* ]]
	[[ $output == *'mtu = 1280'* ]] || [[ $output == *'mtu=1280'* ]]
}

@test "the host's socket learns it: UDP" {
	ip -n srv link set far mtu 1280
	run -0 a "$TOOL/udp" -d -n 1400 192.0.2.100:7000
	is "${lines[-1]}" 'icmp 3/4 1280'
}

@test "TCP finds its size and the transfer arrives" {
	ip -n srv link set far mtu 1280
	bg sink far "$TOOL/stream" receive 9000
	wait_for 'the receiver' listening far t 9000
	sent=$(a "$TOOL/stream" send 192.0.2.100 9000 4)
	wait_for 'the hash' grep -q . "$RUN/sink"
	is "$(cat "$RUN/sink")" "$sent"
	a ip route get 192.0.2.100 | tee /dev/stderr | grep -q 'mtu 1280'
}

@test "without DF the packet is fragmented and arrives" {
	narrow_uplink 1300
	a ping -c 2 -i 0.1 -W 10 -M dont -s 1400 192.0.2.100
}
