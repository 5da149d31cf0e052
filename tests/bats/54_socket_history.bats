#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The history of closed sockets is bounded, what leaves it stays in the sums, and
# so does what had no room for a record.
load books

setup_file()
{
	books_up
	bg server gw "$TOOL/burst" serve 8080
	wait_for 'the server' listening gw t 8080
	far_counts tcp 8080
}

closed_are()
{
	[ "$(q status .sockets_closed.used)" = "$1" ]
}

same_sums()
{
	is "$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')" "$(far sent)" 'in'
	is "$(port_row tcp 8080 '"\(.out_packets) \(.out_bytes)"')" "$(far got)" 'out'
}

@test "50 closed sockets in a history of 20: 20 kept, 30 lost, sums whole" {
	portico status set history-max 20
	srv "$TOOL/burst" tcp 203.0.113.1 8080 50 10
	wait_for 'the closes' closed_are 20
	is "$(q status .history_lost)" 30
	is "$(socks 'local :8080' 'map(select(.closed)) | length')" 20
	same_sums
}

@test "the oldest went first" {
	sleep 0.1
	srv "$TOOL/burst" tcp 203.0.113.1 8080 1 10
	wait_for 'its close' lost_are 31
	newest=$(socks 'local :8080' 'map(select(.closed)) | max_by(.first_at_ms) | .cookie')
	srv "$TOOL/burst" tcp 203.0.113.1 8080 19 10
	wait_for 'the last' lost_are 50
	is "$(socks 'local :8080' "map(select(.cookie == $newest)) | length")" 1
	srv "$TOOL/burst" tcp 203.0.113.1 8080 1 10
	wait_for 'the last' lost_are 51
	is "$(socks 'local :8080' "map(select(.cookie == $newest)) | length")" 0
	same_sums
}

lost_are()
{
	[ "$(q status .history_lost)" = "$1" ]
}

@test "made smaller, it lets go at once" {
	portico status set history-max 5
	is "$(q status .sockets_closed.used)" 5
	is "$(q status .history_lost)" 66
	portico status set history-max 0
	is "$(q status .sockets_closed.used)" 0
	same_sums
}

@test "no room for a record: booked on the port, with the reason" {
	open=$(q status .sockets.used)
	portico status set sockets-max "$open"
	srv "$TOOL/burst" tcp 203.0.113.1 8080 20 10
	wait_for 'the end' ended
	same_sums
	holds 'sockets-full' "$(reason sockets-full) >= 120"
	is "$(q status .sockets.used)" "$open"
}

# TIME_WAIT and last ACKs take their moment.
ended()
{
	[ "$(port_row tcp 8080 .in_packets)" = "$(far sent | cut -d' ' -f1)" ]
}

@test "a flood of handshakes that nobody completes does not wash it out" {
	portico status set sockets-max 262144 history-max 4096
	srv "$TOOL/burst" tcp 203.0.113.1 8080 3 10
	wait_for 'the closes' closed_are 3
	sysctl -qw net.ipv4.tcp_syncookies=0
	ip netns exec gw sysctl -qw net.ipv4.tcp_synack_retries=0
	# The far end's kernel would answer the SYN-ACKs by resets: it must not.
	ip -n srv addr add 203.0.113.77/24 dev eth0
	ip netns exec srv nft add chain inet far mute '{ type filter hook input priority -400; }'
	ip netns exec srv nft add rule inet far mute ip daddr 203.0.113.77 drop
	srv timeout 60 hping3 -q -S -p 8080 -a 203.0.113.77 -c 200 -i u2000 203.0.113.1 >/dev/null 2>&1 || true
	holds 'they are booked' "$(port_row tcp 8080 .wildcard) >= 200"
	wait_for 'their end' no_embryos
	is "$(q status .sockets_closed.used)" 3
}

no_embryos()
{
	[ "$(socks 'remote 203.0.113.77' length)" = 0 ]
}

@test "books closed: nothing is counted; open again: counted from then on" {
	portico status set accounting off
	before=$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')
	srv "$TOOL/burst" tcp 203.0.113.1 8080 5 10
	is "$(port_row tcp 8080 '"\(.in_packets) \(.in_bytes)"')" "$before"
	portico status set accounting on
	far_counts tcp 8080
	srv "$TOOL/burst" tcp 203.0.113.1 8080 5 10
	wait_for 'the end' grown "${before% *}"
}

grown()
{
	[ "$(port_row tcp 8080 .in_packets)" = $(($1 + $(far sent | cut -d' ' -f1))) ]
}

@test "a socket that closed while the books were closed is found out" {
	portico status set accounting on
	bg held srv "$TOOL/burst" hold 203.0.113.1 8080 3
	wait_for 'connections' grep -q held "$RUN/held"
	is "$(socks 'local :8080' 'map(select(.state == "established")) | length')" 3
	portico status set accounting off
	kill "$(tail -n 1 "$RUN/pids")"
	sleep 0.5
	portico status set accounting on
	wait_for 'the sweep' none_established
}

none_established()
{
	[ "$(socks 'local :8080' 'map(select(.state == "established")) | length')" = 0 ]
}
