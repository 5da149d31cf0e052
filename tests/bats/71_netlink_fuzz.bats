#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Spoiled netlink messages by the ten thousand: the kernel keeps quiet.
load lib

# A run of its own for more: tests/fuzz/netlink-fuzz -n 1000000 in a namespace.
COUNT=$((100000 / (SLOW * SLOW)))

setup_file()
{
	begin
	new_ns gw
	insmod "$PORTICO_KO"
}

@test "they are all answered, and the family still is there" {
	gw tests/fuzz/netlink-fuzz -n $COUNT
}

@test "in a namespace that goes in the middle of it" {
	ip netns add fuzz
	ip netns exec fuzz tests/fuzz/netlink-fuzz -n 1000000 >/dev/null 2>&1 3>&- &
	pid=$!
	wait_for 'a first uplink' fuzzed
	ip netns delete fuzz
	kill "$pid"
	wait "$pid" || true
}

fuzzed()
{
	[ "$("$PORTICO" -n fuzz -j uplink show | jq length)" -gt 0 ]
}

@test "whatever it made, unloading leaves nothing of it" {
	rmmod portico
	run ! grep '^portico' /proc/slabinfo
}
