#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Malformed netlink messages: each refused with its own words, none changes anything.
load lib

setup_file()
{
	begin
	net_up
	gw_up
}

@test "every message of the table gets its errno and its text" {
	gw tests/fuzz/netlink-table | tee "$RUN/out"
	holds 'at least sixty' "$(sed -n 's/ messages, .*//p' "$RUN/out") >= 60"
}

@test "an unprivileged user may do nothing" {
	gw setpriv --reuid 65534 --regid 65534 --clear-groups tests/fuzz/netlink-denied
}

@test "root without CAP_NET_ADMIN may do nothing" {
	gw setpriv --inh-caps=-net_admin --bounding-set=-net_admin tests/fuzz/netlink-denied
}

@test "root of a user namespace may do nothing in the gateway's network" {
	gw unshare -Ur tests/fuzz/netlink-denied
}

@test "root of a user namespace may do nothing in a network of its own" {
	gw unshare -Urn tests/fuzz/netlink-denied
}

@test "and the gateway works as before" {
	serve srv 7000
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 5000'
}
