#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# The guest itself: what every other test takes for granted.

@test "the module loads and unloads" {
	[ -e "$PORTICO_KO" ]
	insmod "$PORTICO_KO"
	[ -d /sys/module/portico ]
	rmmod portico
	[ ! -d /sys/module/portico ]
}

@test "loading twice is refused and harms nothing" {
	insmod "$PORTICO_KO"
	run insmod "$PORTICO_KO"
	[ "$status" -ne 0 ]
	rmmod portico
}

@test "there is room to write, and the host's tree is out of reach" {
	touch /tmp/x /run/x /mnt/x "$OUT/x"
	# virtme-ng lays a scratch layer of its own over everything
	case $KIND in vng*) return ;; esac
	run touch "$TREE/x"
	[ "$status" -ne 0 ]
}

@test "namespaces and virtual links work" {
	ip netns add a
	ip link add v type veth peer name w netns a
	ip addr add 192.0.2.1/30 dev v
	ip link set v up
	ip -n a addr add 192.0.2.2/30 dev w
	ip -n a link set w up
	ping -c 1 -W 5 192.0.2.2
	ip netns delete a
}
