#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# New mappings per second and host.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	portico inside set 192.168.0.0/24 max-rate 20/s
	serve srv 7000
}

# In T seconds a host gets at most 20 * T, and the 20 it has saved up.
@test "a burst of 300 gets what its time allows, the rest is refused" {
	start=${EPOCHREALTIME/./}
	a "$TOOL/udp-from" 5000 5299 203.0.113.100:7000
	wait_for 'all 300 judged' judged 300
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	made=$(q 'host show' '.[0].created')
	say "$made mappings in $ms ms"
	holds 'not too many' "$made <= 20 + 20 * ($ms + 100) / 1000"
	holds 'at least the burst' "$made >= 20"
	is "$(reason host-rate)" $((300 - made)) refused
}

judged()
{
	[ $(($(q 'host show' '.[0].created + .[0].refused'))) = "$1" ]
}

@test "what exists already is not a new mapping" {
	port=$(q 'mapping show proto udp' '.[0].internal.port')
	before=$(reason host-rate)
	for _ in {1..50}; do
		quiet_ns a "$TOOL/udp" -q -s "$port" 203.0.113.100:7000
	done
	is "$(reason host-rate)" "$before"
}

@test "another host has a rate of its own" {
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000 | cut -d' ' -f1)" 203.0.113.1
}
