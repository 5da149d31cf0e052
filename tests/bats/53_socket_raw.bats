#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Raw and ping sockets: records of their own, what each sent and was given, and no
# row and no sum that would count a packet twice.
load books

GW6=2001:db8::1

setup_file()
{
	books_up
}

# raws FILTER: of the raw and ping sockets in JSON.
raws()
{
	q 'socket show' "map(select(.proto == \"icmp\" or .proto == \"ipv6-icmp\" or .proto == \"icmpv6\" or
		.proto == \"ospf\" or .proto == \"89\")) | $1"
}

figures()
{
	raws "map(select(.comm == \"$1\" or .create_comm == \"$1\") | \"\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)\") | sort[]"
}

figures_are()
{
	[ "$(figures "$1")" = "$2" ]
}

@test "ping by a raw socket: what it sent and got" {
	gw sysctl -qw net.ipv4.ping_group_range='1 0'
	gw ping -q -c 5 -i 0.05 -s 100 203.0.113.100
	is "$(figures ping)" '5 640 5 640'
	is "$(raws '.[0] | "\(.raw) \(.local.port) \(.comm) \(.uid)"')" 'true null ping 0'
	wait_for 'its end' closed_are 1
	is "$(figures ping)" '5 640 5 640' 'afterwards'
}

closed_are()
{
	[ "$(raws 'map(select(.closed)) | length')" = "$1" ]
}

@test "ping by a ping socket: the identifier is its port" {
	gw sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	gw ping -q -c 7 -i 0.05 -s 200 203.0.113.100
	is "$(raws 'map(select(.raw | not)) | map("\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes) \(.local.port > 0)")[]')" \
		'7 1596 7 1596 true'
	run gw "$PORTICO" socket show proto icmp state open
	[[ $output == *ping* ]]
}

@test "IPv6: both kinds" {
	gw ping -6 -q -c 3 -i 0.05 -s 100 2001:db8::100
	is "$(raws 'map(select(.family == "inet6")) | map("\(.raw) \(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)")[]')" \
		'false 3 444 3 444'
	bg six gw "$TOOL/raw" -6 listen 89
	wait_for 'the socket' listening_raw 6
	srv "$TOOL/raw" -6 send 89 $GW6 4 60
	wait_for 'four' is_in6 '4 400'
}

is_in6()
{
	[ "$(raws 'map(select(.raw and .family == "inet6" and (.closed | not))) | map("\(.in_packets) \(.in_bytes)")[]')" = "$1" ]
}

listening_raw()
{
	quiet_ns gw ss -w -H -a | grep -q .
}

@test "one that only listens: found, with its process; two get a copy each" {
	bg one gw "$TOOL/raw" listen 89
	bg two gw "$TOOL/raw" listen 89
	wait_for 'two' raw_open_are 3
	srv "$TOOL/raw" send 89 203.0.113.1 6 80
	wait_for 'six each' is_in4 $'6 600\n6 600'
	is "$(raws 'map(select(.raw and .family == "inet" and (.closed | not))) | map("\(.comm) \(.pid > 0)") | unique[]')" \
		'python3 true'
}

raw_open_are()
{
	[ "$(raws 'map(select(.raw and (.closed | not))) | length')" = "$1" ]
}

is_in4()
{
	[ "$(raws 'map(select(.raw and .proto != "icmp" and .family == "inet" and (.closed | not))) | map("\(.in_packets) \(.in_bytes)")[]')" = "$1" ]
}

@test "what a filter keeps from it is not counted" {
	bg open gw "$TOOL/raw" listen 1
	bg shut gw "$TOOL/raw" -b 8 listen 1
	wait_for 'both' raw_open_are 5
	srv ping -q -c 3 -i 0.05 203.0.113.1
	is "$(raws 'map(select(.raw and .proto == "icmp" and (.closed | not))) | map(.in_packets) | sort | join(" ")')" '0 3'
}

@test "no port has a row of them, no address a sum; the books balance" {
	is "$(q 'port show' 'map(select(.proto != "tcp" and .proto != "udp")) | length')" 0
	holds 'no port' "$(reason no-port) > 0"
	balanced
	remote=$(q 'host show side remote' 'map(select(.host == "203.0.113.100") | .out_packets) | add // 0')
	is "$remote" 0 'of the remote'
}

@test "closed when their processes are gone; those from before the module are found" {
	bg early gw "$TOOL/raw" listen 89
	wait_for 'it' raw_open_are 6
	rmmod portico
	books_again
	wait_for 'found' raw_open_are 6
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'closed' closed_are 1
	balanced
}

books_again()
{
	insmod "$PORTICO_KO"
}

@test "an identifier that another socket has now: the first one is closed at once" {
	gw sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	cat >"$RUN/twice.py" <<-'PY'
		import socket, time
		for n in 1, 2:
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
		    s.bind(("0.0.0.0", 4321))
		    for _ in range(n):
		        s.sendto(b"\x08" + bytes(7), ("203.0.113.100", 0))
		        s.recv(100)
		    if n == 1:
		        s.close()
		print("done", flush=True)
		time.sleep(100)
	PY
	bg twice gw python3 "$RUN/twice.py"
	wait_for 'both' grep -q 'done' "$RUN/twice"
	is "$(q 'socket show proto icmp local :4321' 'map("\(.closed) \(.out_packets) \(.in_packets)") | sort | join(", ")')" \
		'false 2 2, true 1 1'
	is "$(q 'socket show proto icmp local :4321' 'map(select(.closed | not)) | .[0].inode > 0')" true
	wait_for 'ten seconds of silence' silent
}

silent()
{
	[ "$(q 'socket show proto icmp local :4321' 'map(select(.closed)) | length')" = 2 ]
}

@test "disconnected and bound anew: replies are found by the new identifier" {
	cat >"$RUN/anew.py" <<-'PY'
		import ctypes, socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
		ids = []
		for n in range(2):
		    s.sendto(b"\x08" + bytes(7), ("203.0.113.100", 0))
		    s.recv(100)
		    ids.append(s.getsockname()[1])
		    ctypes.CDLL(None).connect(s.fileno(), bytes(16), 16)
		print(ids[0] != ids[1], ids[1])
	PY
	run -0 gw python3 "$RUN/anew.py"
	[[ ${lines[-1]} == 'True '* ]]
	is "$(q "socket show proto icmp local :${lines[-1]#* }" '.[] | "\(.out_packets) \(.in_packets)"')" '2 2'
}

@test "churn: 60 sockets of either kind, and nothing is left but history" {
	for _ in {1..10}; do
		for _ in {1..5}; do
			quiet_ns gw "$TOOL/raw" send 89 203.0.113.100 1 20 &
		done
		quiet_ns gw ping -q -c 1 -W 1 203.0.113.100 >/dev/null &
		wait $!
	done
	wait_for 'all gone' no_senders
	balanced
	portico status set history-max 0
	balanced
}

no_senders()
{
	[ "$(raws 'map(select(.raw and .out_packets > 0 and (.closed | not))) | length')" = 0 ]
}
