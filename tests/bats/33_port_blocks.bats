#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Ports by blocks, each of one host: few records say who had which.
load lib

A=192.168.0.10 B=192.168.0.11

setup_file()
{
	begin
	net_up
	gw_up block 64 max-blocks 2 timeout hold 1s
	serve srv 7000
	events_from_now
}

# events KIND HOST: how many.
events()
{
	# shellcheck disable=SC2016 # $k and $h are jq's
	jq -s --arg k "$1" --arg h "$2" '[.[] | select(.event == $k and (.host == $h or .internal.address == $h))] | length' "$RUN/events"
}

events_are()
{
	[ "$(events "$1" "$2")" = "$3" ]
}

# blocks HOST: the numbers of those it has, of 64 ports, after its events.
blocks()
{
	# shellcheck disable=SC2016 # $h is jq's
	jq -s --arg h "$1" '[.[] | select(.host == $h)] |
		(map(select(.event == "block-add") | .first / 64) -
		 map(select(.event == "block-del") | .first / 64)) | unique | join(" ")' -r "$RUN/events"
}

# used HOST: the numbers of those that its mappings have ports of.
used()
{
	q "mapping show internal $1" '[.[] | select(.proto == "udp" or .proto == "tcp" or .proto == "icmp") |
		.external.port / 64 | floor] | unique | join(" ")'
}

blocks_are()
{
	# shellcheck disable=SC2016 # $h is jq's
	[ "$(q 'host show' --arg h "$1" '.[] | select(.host == $h) | .blocks')" = "$2" ]
}

@test "each host has a block, for all of its protocols, and one record of it" {
	a "$TOOL/udp-from" 5000 5039 203.0.113.100:7000
	b "$TOOL/udp-from" 5000 5009 203.0.113.100:7000
	for ns in a b; do
		quiet_ns "$ns" "$TOOL/tcp" -s 5000 203.0.113.100:7000
		quiet_ns "$ns" ping -c 1 -W 5 -e 500 203.0.113.100
	done
	wait_for 'forty of UDP' mappings_are 42 internal $A
	wait_for 'ten of UDP' mappings_are 12 internal $B
	for host in $A $B; do
		wait_for 'a record' events_are block-add "$host" 1
		is "$(used "$host")" "$(blocks "$host")" "blocks of $host"
		is "$(events mapping-add "$host")" 0 'records of mappings'
		blocks_are "$host" 1
	done
	[ "$(blocks $A)" != "$(blocks $B)" ]
	is "$(jq -sr '[.[] | select(.event == "block-add") | "\(.external) \(.count) \(.dev)"] | unique[]' "$RUN/events")" \
		'203.0.113.1 64 wan'
}

@test "another block when the first is full, then no more; others go on" {
	a "$TOOL/udp-from" 5100 5199 203.0.113.100:7000
	# 140 of UDP wanted, 2 * 64 to be had.
	wait_for 'all of two blocks' mappings_are 128 internal $A proto udp
	blocks_are $A 2
	is "$(used $A)" "$(blocks $A)"
	before=$(reason host-blocks)
	run a "$TOOL/udp" -s 5300 203.0.113.100:7000
	[[ ${lines[-1]} == 'icmp 3/13' ]]
	is "$(reason host-blocks)" $((before + 1))
	wait_for 'an event' jq -es '[.[] | select(.event == "mapping-refused" and .reason == "host-blocks")] | length > 0' "$RUN/events"
	b "$TOOL/udp" -s 5300 203.0.113.100:7000
	is "$(used $B)" "$(blocks $B)"
	# What it has goes on.
	a "$TOOL/udp" -s 5000 198.51.100.100:7000
}

@test "a port of a block is forwarded to its host alone" {
	port=$(($(blocks $B) * 64))
	while [ "$(q "mapping show external :$port" length)" != 0 ]; do
		port=$((port + 1))
	done
	run portico forward add udp "203.0.113.1:$port" to $A:9000
	[ "$status" = 2 ]
	[[ $output == *'in a block that another host has'* ]]
	portico forward add udp "203.0.113.1:$port" to $B:9000
	portico forward del udp "203.0.113.1:$port"
}

@test "the last port freed and rested: the block is gone, with a record" {
	mine=$(blocks $A)
	portico mapping del internal $A
	wait_for 'both blocks free' blocks_are $A 0
	wait_for 'two records' events_are block-del $A 2
	is "$(events mapping-del $A)" 0 'records of mappings'
	is "$(blocks $A)" ''
	say "were $mine"
	blocks_are $B 1
}

@test "no block is free: refused, and those who have one go on" {
	portico mapping flush
	wait_for 'no block' blocks_are $B 0
	# 20032 to 20095 and 20096 to 20159; a forward takes the second out.
	portico uplink set wan ports 20000-20200
	portico forward add tcp 203.0.113.1:20100 to $B:80
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	is "$(used $A)" 313
	before=$(reason blocks-exhausted)
	run b "$TOOL/udp" -s 5000 203.0.113.100:7000
	[[ ${lines[-1]} == 'icmp 3/13' ]]
	is "$(reason blocks-exhausted)" $((before + 1))
	a "$TOOL/udp" -s 5001 203.0.113.100:7000
	portico forward del tcp 203.0.113.1:20100
	b "$TOOL/udp" -s 5000 203.0.113.100:7000
	is "$(used $B)" 314
	portico uplink set wan ports 1024-65535
}

@test "saved mappings come back in blocks around them" {
	portico mapping save internal $B >"$RUN/saved"
	portico mapping flush
	wait_for 'no block' blocks_are $B 0
	portico mapping restore "$RUN/saved"
	is "$(used $B)" 314
	blocks_are $B 1
}

@test "dumped and applied, it is the same" {
	line=$(portico dump | grep '^uplink add wan')
	[[ $line == *' block 64 max-blocks 2'* ]]
	portico dump >"$RUN/conf"
	portico uplink set wan block off max-blocks 8
	[[ $(portico dump) == *' block off max-blocks 8'* ]]
	portico apply "$RUN/conf"
	is "$(portico dump)" "$(cat "$RUN/conf")"
	is "$(q 'uplink show' '.[0] | "\(.block) \(.max_blocks)"')" '64 2'
}

@test "switched off: mappings have records again, and keep out of what blocks there are" {
	portico uplink set wan block off ports 20000-20159
	theirs=$(used $B)
	a "$TOOL/udp-from" 5000 5200 203.0.113.100:7000
	# 160 ports, less the 64 of a block.
	wait_for 'all others' mappings_are 96 internal $A proto udp
	[[ " $(used $A) " != *" $theirs "* ]]
	wait_for 'records' events_are mapping-add $A 96
}

@test "nothing is left of it" {
	portico mapping flush
	wait_for 'no block' blocks_are $B 0
	balanced
}
