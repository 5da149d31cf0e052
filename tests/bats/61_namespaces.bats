#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Each network namespace has books of its own; one that goes leaves nothing.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

@test "what one is told, another does not know" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	is "$("$PORTICO" -n srv -j uplink show | jq length)" 0 "srv's uplinks"
	is "$("$PORTICO" -n srv -j mapping show | jq length)" 0 "srv's mappings"
	is "$("$PORTICO" -n srv -j host show side inside | jq length)" 0 "srv's inside hosts"
	mappings_are 1 proto udp
}

@test "a namespace is deleted under traffic, with mappings, timers and a reader" {
	for round in {1..3}; do
		ip netns add "x$round"
		ip -n "x$round" link add dum0 type dummy
		ip -n "x$round" addr add 198.51.100.5/24 dev dum0
		ip -n "x$round" link set dum0 up
		"$PORTICO" -n "x$round" uplink add dum0
		"$PORTICO" -n "x$round" inside add 192.168.7.0/24
		is "$("$PORTICO" -n "x$round" -j uplink show | jq -r '.[0].addresses[0]')" 198.51.100.5
		ip netns delete "x$round"
	done
}

@test "the gateway's own namespace goes while packets are on their way" {
	bg flood-a a "$TOOL/knock" 203.0.113.100:7000
	bg flood-b b "$TOOL/knock" 203.0.113.100:7000
	"$PORTICO" -n gw monitor >/dev/null 2>&1 3>&- &
	monitor=$!
	wait_for 'traffic' many
	kill "$monitor"
	wait "$monitor" || true
	ip netns delete gw
	wait_for 'its end' no_more_gw
	rmmod portico
	[ ! -d /sys/module/portico ]
	# A new gateway is a new book.
	new_ns gw
	insmod "$PORTICO_KO"
	is "$(q 'mapping show' length)" 0
}

many()
{
	[ "$(q 'mapping show' length)" -ge 5 ]
}

no_more_gw()
{
	! ip netns list | grep -qw gw
}
