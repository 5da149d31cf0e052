#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The addresses that are not inside: remote ones, and the gateway's own.
load books

setup_file()
{
	books_up
	net_up_peer
	"$PORTICO" -n gw inside add 192.168.0.0/24
	"$PORTICO" -n gw uplink add wan timeout icmp 1s
	ip netns exec gw sysctl -qw net.ipv4.ip_forward=1
	serve srv 7000
	serve peer 7000
}

# side SIDE ADDRESS JQ
side()
{
	q "host show side $1 address $2" ".[0] | $3"
}

# All that a side shows, the row of the others too: "out bytes, in bytes".
whole()
{
	q "host show side $1" '"\(map(.out_bytes) | add // 0) \(map(.in_bytes) | add // 0)"'
}

sessions()
{
	q 'host show' '"\(map(.in_bytes) | add // 0) \(map(.out_bytes) | add // 0)"'
}

@test "a remote: what it sent and got by live sessions, to the byte" {
	a "$TOOL/udp" -s 5000 203.0.113.100:7000 >&2
	b "$TOOL/udp" -s 5000 203.0.113.100:7000 >&2
	a "$TOOL/udp" -s 5001 203.0.113.101:7000 >&2
	is "$(side remote 203.0.113.100 '"\(.side) \(.out_packets) \(.in_packets) \(.mappings)"')" 'remote 2 2 null'
	is "$(side remote 203.0.113.101 '"\(.out_packets) \(.in_packets)"')" '1 1'
	is "$(whole remote)" "$(sessions)"
	balanced
}

@test "ended sessions and live ones together" {
	local before

	before=$(side remote 203.0.113.100 '"\(.out_bytes) \(.in_bytes)"')
	portico mapping del internal 192.168.0.10
	is "$(side remote 203.0.113.100 '"\(.out_bytes) \(.in_bytes)"')" "$before"
	is "$(side remote 203.0.113.100 '.last_at_ms > 0')" true
	a "$TOOL/udp" -s 5002 203.0.113.100:7000 >&2
	is "$(side remote 203.0.113.100 '"\(.out_packets) \(.in_packets)"')" '3 3'
	is "$(whole remote)" "$(sessions)"
	is "$(q 'host show side remote --by 24' length)" 1
}

@test "one mapping, many remotes: each has its own" {
	local i

	for i in 1 2 3; do
		a "$TOOL/udp" -s 5010 "203.0.113.$((99 + (i + 1) / 2)):7000" >&2
	done
	a "$TOOL/udp" -s 5010 198.51.100.100:7000 >&2
	is "$(side remote 198.51.100.100 '"\(.out_packets) \(.in_packets)"')" '1 1'
	portico mapping flush
	is "$(side remote 198.51.100.100 '"\(.out_packets) \(.in_packets)"')" '1 1'
	is "$(whole remote)" "$(sessions)"
	balanced
}

@test "the gateway's own sockets: on both sides, live, closed and forgotten" {
	bg server gw "$TOOL/burst" serve 8080
	wait_for 'the server' listening gw t 8080
	far_counts tcp 8080
	srv "$TOOL/burst" tcp 203.0.113.1 8080 20 100
	wait_for 'the closes' closed_are 20
	is "$(own '"\(map(.in_packets) | add) \(map(.in_bytes) | add)"')" "$(far sent)"
	is "$(side local 203.0.113.1 '"\(.out_packets) \(.out_bytes)"')" "$(far got)"
	is "$(q 'host show side local' '.[] | select(.host == "::").in_packets')" 20 'the SYNs reach a socket bound to any'
	portico status set history-max 0
	wait_for 'the fold' closed_are 0
	is "$(own '"\(map(.in_packets) | add) \(map(.in_bytes) | add)"')" "$(far sent)" 'forgotten ones'
	is "$(side remote 203.0.113.100 '.out_packets > 20')" true
	balanced
}

own()
{
	q 'host show side local' "map(select(.host == \"203.0.113.1\" or .host == \"::\")) | $1"
}

closed_are()
{
	[ "$(q status .sockets_closed.used)" = "$1" ]
}

@test "each side is whole: own addresses = ports, remotes = hosts + ports" {
	local ports

	srv "$TOOL/burst" udp 203.0.113.1 8080 20 100
	ports=$(q 'port show' '"\(map(.out_bytes) | add // 0) \(map(.in_bytes) | add // 0)"')
	is "$(whole local)" "$ports" 'own addresses'
	read -r out in <<<"$ports"
	read -r hin hout <<<"$(sessions)"
	is "$(whole remote)" "$((in + hin)) $((out + hout))" 'remotes'
	balanced
}

@test "IPv6, and IPv4 in an IPv6 socket" {
	bg server6 gw "$TOOL/burst" serve 8090
	wait_for 'the server' listening gw t 8090
	srv "$TOOL/burst" tcp 2001:db8::1 8090 5 10
	is "$(side local 2001:db8::1 '.in_packets > 5')" true
	is "$(side remote 2001:db8::100 '.out_packets > 5')" true
	is "$(q 'host show side any' '[.[] | select(.host | startswith("::ffff:"))] | length')" 0
}

@test "bounded: the oldest makes room, the others keep its numbers" {
	local before

	before=$(whole remote)
	portico status set remotes-max 1
	is "$(whole remote)" "$before"
	is "$(q status '"\(.remotes.used) \(.remotes.max)"')" '1 1'
	a "$TOOL/udp" -s 5020 203.0.113.100:7000 >&2
	a "$TOOL/udp" -s 5021 203.0.113.101:7000 >&2
	portico mapping flush
	is "$(q 'host show side remote' '[.[] | select(.host != "other")] | length')" 1
	is "$(q 'host show side remote' '[.[] | select(.host == "other").out_bytes > 0] | length')" 1
	portico status set remotes-max 0
	is "$(q 'host show side remote' '[.[].host] | join(" ")')" other
	balanced
}

@test "sessions that end while it is read: each byte once" {
	portico status set remotes-max 1000
	local i

	bg far srv "$TOOL/burst" serve 7100
	wait_for 'the server' listening srv t 7100
	a "$TOOL/burst" tcp 203.0.113.100 7100 100 10 >&2
	for i in 1 2 3 4 5; do
		portico mapping del internal 192.168.0.10 external ":$((i * 2000))/tcp" >/dev/null &
		whole remote >/dev/null
		wait $!
		portico mapping flush >/dev/null &
		is "$(whole remote)" "$(whole remote)"
		wait $!
		a "$TOOL/burst" tcp 203.0.113.100 7100 20 10 >&2
	done
	read -r out in <<<"$(q 'port show' '"\(map(.out_bytes) | add // 0) \(map(.in_bytes) | add // 0)"')"
	read -r hin hout <<<"$(sessions)"
	is "$(whole remote)" "$((in + hin)) $((out + hout))"
	balanced
}
