#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What an uplink carried, ended mappings too, and how many hosts a prefix has.
load lib

setup_file()
{
	begin
	net_up peer
	gw_up timeout udp 1
	portico inside add 192.168.0.8/30
	portico inside add 10.0.0.0/8
	serve srv 7000
	serve peer 7000
}

sum()
{
	q "$1" '[.[] | [.out_packets, .out_bytes, .in_packets, .in_bytes]] | transpose |
		map(add // 0) | join(" ")'
}

same()
{
	is "$(sum 'uplink show')" "$(sum 'host show side inside')" "$1"
}

@test "nothing yet" {
	is "$(sum 'uplink show')" '0 0 0 0'
	is "$(q 'inside show' '[.[].hosts] | join(" ")')" '0 0 0'
}

@test "live mappings: the uplink's traffic is that of its hosts" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	a "$TOOL/udp" -s 5000 203.0.113.101:7000
	b "$TOOL/tcp" -s 5001 203.0.113.100:7000
	holds 'packets' "$(q 'uplink show' '.[0].out_packets') >= 6"
	same 'live'
}

@test "ended mappings stay counted" {
	before=$(q 'uplink show' '.[0].out_bytes')
	portico mapping flush
	mappings_are 0
	is "$(q 'uplink show' '.[0].out_bytes')" "$before"
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	wait_for 'its end' mappings_are 0
	holds 'more' "$(q 'uplink show' '.[0].out_bytes') > $before"
	same 'ended'
}

@test "an address that went keeps nothing back" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	ip -n gw addr add 203.0.113.2/24 dev wan
	before=$(sum 'uplink show')
	portico uplink set wan address 203.0.113.2
	is "$(sum 'uplink show')" "$before"
	same 'another address'
}

@test "hosts are counted in every prefix that holds them" {
	is "$(q 'inside show' '[.[] | "\(.prefix) \(.hosts)"] | sort | join(" ")')" \
		'10.0.0.0/8 0 192.168.0.0/24 2 192.168.0.8/30 2'
}
