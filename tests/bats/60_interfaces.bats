#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Interfaces are renamed, go and come back: the uplink is the name.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

works()
{
	[[ $(quiet_ns a "$TOOL/udp" -w 1 -s "$1" 203.0.113.100:7000) == '203.0.113.1 '* ]]
}

uplink_index_is()
{
	[ "$(q 'uplink show' '.[0].ifindex')" = "$1" ]
}

@test "the interface is renamed away: the uplink waits without it" {
	works 5000
	ip -n gw link set wan down
	ip -n gw link set wan name other
	ip -n gw link set other up
	ip -n gw route add 198.51.100.0/24 dev other
	wait_for 'its absence' uplink_index_is 0
	run -1 works 5001
}

@test "renamed back: at work again" {
	ip -n gw link set other down
	ip -n gw link set other name wan
	ip -n gw link set wan up
	wait_for 'the uplink' works 5002
}

@test "removed and made anew, with another index" {
	old=$(q 'uplink show' '.[0].ifindex')
	ip -n gw link del wan
	wait_for 'its absence' uplink_index_is 0
	plug gw wan wan0
	ip -n gw addr add 203.0.113.1/24 dev wan
	ip -n srv neigh flush dev eth0
	wait_for 'the uplink' works 5003
	[ "$(q 'uplink show' '.[0].ifindex')" != "$old" ]
}

@test "the inside interface goes and comes while a mapping lives" {
	a "$TOOL/udp" -s 5004 203.0.113.100:7000
	ip -n gw link del lan
	plug gw lan lan0
	ip -n gw addr add 192.168.0.1/24 dev lan
	# The new interface has another hardware address.
	ip -n a neigh flush dev eth0
	wait_for 'traffic' works 5004
	is "$(a "$TOOL/udp" -s 5004 203.0.113.100:7000)" '203.0.113.1 5004'
}

@test "down and up, thirty times, under traffic" {
	bg flood a "$TOOL/knock" 203.0.113.100:7000
	for _ in {1..30}; do
		ip -n gw link set wan down
		ip -n gw link set wan up
	done
	wait_for 'traffic' works 5005
}

@test "an uplink may be named before its interface exists" {
	portico uplink add later
	is "$(q 'uplink show later' '.[0].ifindex')" 0
	ip -n gw link add later type dummy
	ip -n gw addr add 203.0.113.200/32 dev later
	ip -n gw link set later up
	wait_for 'its address' later_has 203.0.113.200
	portico uplink del later
}

later_has()
{
	[ "$(q 'uplink show later' '.[0].addresses[0]')" = "$1" ]
}
