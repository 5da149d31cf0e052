#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# A host that draws one source address after the other: what becomes of the table
# of hosts, and of what those had that are forgotten.
load lib

setup_file()
{
	begin
	net_up
	local n

	for n in {20..31}; do
		printf 'addr add 192.168.0.%s/24 dev eth0\n' "$n"
	done | ips a
	gw_up
	portico status set hosts-max 8
	portico account add office 192.168.0.0/24
	serve srv 7000
}

# from N: what a datagram from that address brings.
from()
{
	a "$TOOL/udp" -a "192.168.0.$1" -s 5000 203.0.113.100:7000
}

sums()
{
	q "$1" '[.[] | [.out_packets, .out_bytes, .in_packets, .in_bytes]] | transpose | map(add) | map(tostring) | join(" ")'
}

forgotten()
{
	[ "$(q status .hosts_forgotten)" = "$1" ]
}

@test "a full table refuses the ninth, and says why" {
	local n

	for n in {20..27}; do
		from "$n"
	done
	run -0 from 28
	is "${lines[-1]}" 'icmp 3/13'
	is "$(reason hosts-full)" 1
	is "$(q status .hosts.used)" 8
}

@test "nobody is forgotten within ten seconds" {
	portico mapping del internal 192.168.0.0/24 proto udp
	# This one still has something: it began again.
	from 20
	sums 'host show side inside' >"$RUN/hosts"
	sleep 5
	is "$(q status .hosts.used)" 8
}

@test "then those that have nothing left make room, for others" {
	# However few of the eight are left meanwhile, ten seconds are enough.
	portico status set hosts-max 1
	wait_for 'room' forgotten 7
	portico status set hosts-max 8
	is "$(q 'host show address 192.168.0.20' '.[0].mappings')" 1
	run -0 from 28
	is "${lines[-1]% *}" 203.0.113.1
}

@test "what they had is the row's without an address, and their account's" {
	portico mapping del internal 192.168.0.28
	# All is there, and an exchange of 28 has come.
	local was now

	read -ra was <"$RUN/hosts"
	read -ra now < <(sums 'host show side inside')
	is "$((now[0] - was[0])) $((now[2] - was[2]))" '1 1'
	is "$(sums 'account show')" "${now[*]}" 'account and hosts'
	is "$(q 'host show side inside' '[.[] | select(.host == "other")] | length')" 1
	portico status show | grep -F 'hosts forgotten'
}

@test "below half nobody is forgotten" {
	portico status set hosts-max 100
	portico mapping del internal 192.168.0.0/24
	sleep 12
	is "$(q status .hosts_forgotten)" 7
	is "$(q status .hosts.used)" 2
}
