#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Idle mappings end when they should: time-outs scaled down, lifetimes measured.
load lib

setup_file()
{
	begin
	net_up
	gw_up timeout udp 3s timeout icmp 2s timeout tcp-opening 2s timeout tcp-established 4s \
		timeout tcp-closing 2s
	serve srv 7000
	monitor mapping
}

# An event of that kind about that internal port is there.
event()
{
	# shellcheck disable=SC2016 # jq's
	jq -e --arg e "$1" --argjson p "$2" 'select(.event == $e and .internal.port == $p)' "$RUN/events"
}

# lived PORT: how long its mapping lived, in milliseconds.
lived()
{
	wait_for "the end of :$1" event mapping-del "$1" >&2
	jq -s --argjson p "$1" '[.[] | select(.internal.port == $p) | .at_ms] | last - first' "$RUN/events"
}

# within MS LOW: not before its time, and not 3 s after it.
within()
{
	say "lived $1 ms"
	holds 'not before its time' "$1 >= $2"
	holds 'soon after it' "$1 <= $2 + 3000 * ${SLOW:-1}"
}

@test "UDP: three seconds after the last packet out" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000
	within "$(lived 5000)" 3000
}

@test "ICMP query: two seconds" {
	a ping -c 1 -W 5 -e 501 203.0.113.100
	within "$(lived 501)" 2000
}

@test "TCP opening: two seconds" {
	ip -n gw route add blackhole 192.0.2.0/24 2>/dev/null || true
	ip netns exec srv nft -f - <<-END
		table ip deaf {
			chain in { type filter hook input priority 0; tcp dport 7777 drop; }
		}
	END
	a timeout "$((SLOW > 1 ? SLOW : 1))" "$TOOL/tcp" -s 5002 203.0.113.100:7777 || true
	within "$(lived 5002)" 2000
}

@test "TCP established: four seconds; then it is gone" {
	bg tcp a "$TOOL/tcp" -s 5003 -k 60 203.0.113.100:7000
	within "$(lived 5003)" 4000
}

@test "TCP closing: two seconds after both FINs" {
	a "$TOOL/tcp" -s 5004 203.0.113.100:7000
	within "$(lived 5004)" 2000
}

@test "a packet out every second keeps it alive" {
	for _ in {1..6}; do
		last=$(date +%s%3N)
		quiet_ns a "$TOOL/udp" -q -s 5005 203.0.113.100:7000
		sleep 1
	done
	wait_for 'its end' event mapping-del 5005
	within $(($(jq -s '[.[] | select(.internal.port == 5005) | .at_ms] | last' "$RUN/events") - last)) 2700
}

@test "packets in alone do not" {
	before=$(reason unsolicited)
	bg flood srv timeout $((8 * ${SLOW:-1})) "$TOOL/knock" 203.0.113.1:5006
	wait_for 'the first knocks' knocked "$before"
	a "$TOOL/udp" -s 5006 203.0.113.100:7000
	within "$(lived 5006)" 3000
	holds 'they did come in' "$(jq -s '[.[] | select(.internal.port == 5006)] | last.counters.in_packets' "$RUN/events") > 10"
}

@test "unless refresh-inbound is on" {
	portico uplink set wan refresh-inbound on
	wait_for 'the end of the other flood' gone srv u 7001
	before=$(reason unsolicited)
	bg flood2 srv timeout $((8 * SLOW)) "$TOOL/knock" 203.0.113.1:5007
	wait_for 'the first knocks' knocked "$before"
	a "$TOOL/udp" -s 5007 203.0.113.100:7000
	ms=$(lived 5007)
	portico uplink set wan refresh-inbound off
	say "lived $ms ms"
	holds 'it lived longer' "$ms >= 6000"
}

knocked()
{
	[ "$(reason unsolicited)" -gt "$1" ]
}

@test "a shorter time-out counts at once for those that live" {
	portico uplink set wan timeout udp 300s
	a "$TOOL/udp" -s 5008 203.0.113.100:7000
	mappings_are 1 internal :5008
	portico uplink set wan timeout udp 1s
	wait_for 'its end' mappings_are 0 internal :5008
}
