#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Events: one for each thing that happens, numbered without a gap.
load lib

setup_file()
{
	begin
	net_up
	gw_up ports 20000-20003
	serve srv 7000
	events_from_now
}

# event CONDITION: jq finds such an event.
event()
{
	jq -es "[.[] | select($1)] | length > 0" "$RUN/events"
}

@test "a mapping made and ended" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	wait_for 'mapping-add' event '.event == "mapping-add" and .internal.port == 5000 and .external.address == "203.0.113.1" and .dev == "wan"'
	portico mapping del internal :5000
	wait_for 'mapping-del' event '.event == "mapping-del" and .internal.port == 5000 and .counters.out_packets == 1 and .counters.in_packets == 1'
}

@test "a mapping refused, with the reason" {
	a "$TOOL/udp-from" 6000 6009 203.0.113.100:7000
	wait_for 'mapping-refused' event '.event == "mapping-refused" and .reason == "ports-exhausted" and .internal.address == "192.168.0.10"'
}

@test "refusals of one host: at most one a second" {
	before=$(jq -s '[.[] | select(.event == "mapping-refused")] | length' "$RUN/events")
	start=$SECONDS
	b "$TOOL/udp-from" 6100 6199 203.0.113.100:7000
	wait_for 'all refused' refused_are 100
	after=$(jq -s '[.[] | select(.event == "mapping-refused")] | length' "$RUN/events")
	holds 'few' "$after - $before <= $SECONDS - $start + 2"
}

refused_are()
{
	[ "$(q 'host show' '.[] | select(.host == "192.168.0.11") | .refused')" = "$1" ]
}

@test "configuration" {
	portico inside add 10.1.0.0/16
	portico inside set 10.1.0.0/16 max-ports 7
	portico inside del 10.1.0.0/16
	for what in add set del; do
		wait_for "inside-$what" event ".event == \"inside-$what\" and .prefix == \"10.1.0.0/16\""
	done
	portico uplink set wan hairpin off
	wait_for 'uplink-set' event '.event == "uplink-set" and .dev == "wan"'
	ip -n gw addr add 203.0.113.7/24 dev wan
	portico uplink del wan
	wait_for 'uplink-del' event '.event == "uplink-del" and .dev == "wan"'
	portico uplink add wan
	wait_for 'uplink-add' event '.event == "uplink-add" and .dev == "wan"'
}

@test "the numbers have no gap" {
	jq -es '[.[].seq] | . == [range(.[0]; .[0] + length)]' "$RUN/events"
	is "$(q 'status show' .events_lost)" 0 'events lost'
}
