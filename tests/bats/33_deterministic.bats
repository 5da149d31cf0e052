#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Deterministic ports (RFC 7422): whose a port is, is said by the configuration.
load lib

A=192.168.0.10

# Four addresses, 126 blocks of 512 ports from 1024 on each.
ADDRESSES=(203.0.113.8 203.0.113.9 203.0.113.10 203.0.113.11)
SIZE=512

setup_file()
{
	begin
	net_up
	configure
	ip -n srv route add 203.0.113.8/30 via 203.0.113.1
	serve srv 7000
}

configure()
{
	gw_up address 203.0.113.8/30 block $SIZE deterministic on timeout hold 1s
}

# place NUMBER: address and first port of the block, counted here on our own.
place()
{
	local each=$(((65536 - 1024) / SIZE))

	echo "${ADDRESSES[$1 / each]} $((1024 + $1 % each * SIZE))"
}

# block FILTER...: address and first port of the one block shown.
block()
{
	q "block show $*" 'if length == 1 then .[0] | "\(.external) \(.first)" else length end'
}

# from LAST [PORT]: ADDRESS and BLOCK by which the server knows 192.168.0.LAST.
from()
{
	local at=192.168.0.$1 seen

	ip -n a addr replace "$at/24" dev eth0
	seen=$(quiet_ns a "$TOOL/udp" -a "$at" -s "${2:-5000}" 203.0.113.100:7000)
	echo "${seen% *} $((${seen#* } / SIZE * SIZE))"
}

@test "each host has the block of its number" {
	for n in 10 20 125 126 200 254; do
		is "$(from $n)" "$(place $n)" "block of .$n"
		is "$(block host 192.168.0.$n)" "$(place $n)"
	done
	is "$(q 'block show' 'map(.deterministic) | unique[]')" true
	is "$(q 'block show' 'map(select(.used > 0)) | length')" 6
}

@test "TCP and ICMP too, and whatever the port" {
	read -r at first <<<"$(place 10)"
	for port in 80 5001 40000; do
		is "$(from 10 $port)" "$at $first"
	done
	seen=$(a "$TOOL/tcp" -s 5002 203.0.113.100:7000)
	is "${seen% *} $((${seen#* } / SIZE * SIZE))" "$at $first"
	a ping -c 1 -W 5 -e 500 203.0.113.100
	is "$(q "mapping show internal $A" "map(select(.external.address != \"$at\" or .external.port < $first or
		.external.port >= $first + $SIZE)) | length")" 0
}

@test "told before anybody has used it, from either side" {
	read -r at first <<<"$(place 77)"
	is "$(block host 192.168.0.77)" "$at $first"
	for port in $first $((first + SIZE - 1)); do
		is "$(q "block show external $at:$port" '.[] | "\(.host) \(.used) \(.deterministic)"')" '192.168.0.77 0 true'
	done
	is "$(q "block show external $at:$((first + SIZE))" '.[].host')" 192.168.0.78
	[[ $(portico who "$at:$((first + 9))/udp") == *"lies in the block $first-$((first + SIZE - 1)) of inside host 192.168.0.77 by uplink wan" ]]
	is "$(q "who $at:$((first + 9))" '.found[] | "\(.kind) \(.host)"')" 'block 192.168.0.77'
	# Not inside, below the range, and beyond the last host: nobody's.
	for what in 'host 10.1.2.3' "external $at:1023" 'external 203.0.113.11:60000' 'external 203.0.113.1:5000'; do
		is "$(q "block show $what" length)" 0 "$what"
	done
	# The host's own port, where it lies in its block.
	is "$(from 77 $((first + 7)))" "$at $first"
	is "$(q 'mapping show internal 192.168.0.77' '.[0].flags | index("preserved") != null')" true
}

@test "the same after the module was loaded anew, whoever comes first" {
	rmmod portico
	configure
	for n in 254 77 10; do
		is "$(from $n)" "$(place $n)" "block of .$n"
	done
}

@test "a full block: refused, and others go on" {
	SIZE=64
	portico uplink set wan block 64
	portico mapping flush
	wait_for 'no block' no_block
	a "$TOOL/udp-from" 5000 5099 203.0.113.100:7000
	wait_for 'all of it' mappings_are 64 internal $A proto udp
	is "$(block host $A)" "$(place 10)"
	before=$(reason host-blocks)
	run a "$TOOL/udp" -a $A -s 5300 203.0.113.100:7000
	[[ ${lines[-1]} == 'icmp 3/13' ]]
	is "$(reason host-blocks)" $((before + 1))
	is "$(from 20)" "$(place 20)"
}

no_block()
{
	[ "$(q 'block show' length)" = 0 ]
}

@test "beyond the last block: refused, and the last one is served" {
	SIZE=8192
	portico uplink set wan block 8192
	portico mapping flush
	wait_for 'no block' no_block
	is "$(from 27)" '203.0.113.11 57344'
	ip -n a addr replace 192.168.0.28/24 dev eth0
	before=$(reason blocks-exhausted)
	run a "$TOOL/udp" -a 192.168.0.28 -s 5000 203.0.113.100:7000
	[[ ${lines[-1]} == 'icmp 3/13' ]]
	is "$(reason blocks-exhausted)" $((before + 1))
	is "$(q 'block show host 192.168.0.28' length)" 0
}

@test "a forward keeps its port, the block's host the others" {
	SIZE=64
	portico uplink set wan block 64
	portico mapping flush
	wait_for 'no block' no_block
	read -r at first <<<"$(place 10)"
	portico forward add udp "$at:$((first + 5))" to 192.168.0.20:53
	a "$TOOL/udp-from" 5000 5099 203.0.113.100:7000
	wait_for 'all but one' mappings_are 63 internal $A proto udp
	is "$(q "block show host $A" '.[0].used')" 64
	# In what is another's by now there are no more of them.
	run portico forward add tcp "$at:$((first + 6))" to 192.168.0.20:53
	[ "$status" = 2 ]
	[[ $output == *'in a block that another host has'* ]]
	portico forward del udp "$at:$((first + 5))"
	is "$(q "block show host $A" '.[0].used')" 63
	is "$(from 10 5200)" "$at $first"
}

@test "another prefix moves blocks: who has mappings keeps them, new ones follow" {
	SIZE=512
	portico uplink set wan block 512
	portico mapping flush
	wait_for 'no block' no_block
	is "$(from 10)" "$(place 10)"
	portico inside add 10.0.0.0/28
	is "$(q 'block show external 203.0.113.8:1024' '.[].host')" 10.0.0.0
	is "$(block host $A | tail -n 1)" 2
	is "$(from 10)" "$(place 10)" 'as it was'
	is "$(from 10 5001)" "$(place 26)" 'a new one'
	# Only by another uplink: it does not count here.
	portico inside set 10.0.0.0/28 uplink other
	is "$(from 10 5002)" "$(place 10)"
	portico inside del 10.0.0.0/28
}

@test "moved onto one that a neighbour has: his gives way, his mappings stay" {
	for n in 20 21; do
		is "$(from $n 5010)" "$(place $n)"
	done
	portico inside add 10.0.0.0/32
	is "$(from 20 5011)" "$(place 21)"
	is "$(from 21 5011)" "$(place 22)"
	is "$(from 21 5010)" "$(place 21)" 'as it was'
	read -r at first <<<"$(place 21)"
	is "$(q "block show external $at:$first" '.[] | "\(.host) \(.deterministic)"')" '192.168.0.20 true'
	portico inside del 10.0.0.0/32
	portico mapping flush
	wait_for 'no block' no_block
	balanced
}

@test "an address that is one host's as a whole has no blocks" {
	portico forward add 203.0.113.9 to 192.168.0.30
	is "$(q 'block show external 203.0.113.9:2000' length)" 0
	is "$(block host 192.168.0.126)" '203.0.113.10 1024'
	is "$(from 126)" '203.0.113.10 1024'
	portico forward del 203.0.113.9
	is "$(block host 192.168.0.127)" "$(place 127)"
}

@test "on the gateway's own address what the kernel may give is left out" {
	SIZE=4096
	portico mapping flush
	wait_for 'no block' no_block
	gw sysctl -qw net.ipv4.ip_local_port_range='32768 60999'
	portico uplink set wan follow block 4096
	portico inside del 192.168.0.0/24
	portico inside add 192.168.0.8/29
	# 4096 to 28672, and 61440: eight of them.
	is "$(from 14)" '203.0.113.1 28672'
	is "$(from 15)" '203.0.113.1 61440'
	is "$(q 'block show external :40000' length)" 0
}

@test "dumped and applied, shown; without blocks refused" {
	line=$(portico dump | grep '^uplink add wan')
	[[ $line == *' block 4096 max-blocks 8 deterministic on'* ]]
	portico dump >"$RUN/conf"
	run portico uplink set wan block off
	[ "$status" = 2 ]
	[[ $output == *'deterministic ports need the size of a block'* ]]
	portico uplink set wan block off deterministic off
	is "$(q 'uplink show' '.[0] | "\(.block) \(.deterministic)"')" '0 false'
	portico apply "$RUN/conf"
	is "$(portico dump)" "$(cat "$RUN/conf")"
}

@test "switched off and on among mappings; nothing is left of it" {
	SIZE=4096
	portico uplink set wan deterministic off
	from 14 5100
	is "$(q 'block show' 'map(.deterministic) | unique[]')" false
	portico uplink set wan deterministic on
	is "$(from 14 5101)" '203.0.113.1 28672'
	portico mapping flush
	wait_for 'no block' no_block
	balanced
}
