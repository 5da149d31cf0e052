#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Many sockets: a listening server with thousands of connections is shown whole,
# each once, quickly, and while connections come and go.
load books

N=$((30000 / SLOW))
STAY=$((1000 / SLOW))

setup_file()
{
	books_up
	sysctl -qw fs.file-max=500000 fs.nr_open=200000
	ip netns exec srv sysctl -qw net.ipv4.ip_local_port_range='10000 64999'
	ip netns exec gw sysctl -qw net.core.somaxconn=4096
	ulimit -n 150000
	bg server gw "$TOOL/burst" serve 8080
	wait_for 'the server' listening gw t 8080
	bg held srv "$TOOL/burst" hold 203.0.113.1 8080 "$N"
	tail -n 1 "$RUN/pids" >"$RUN/held.pid"
	PATIENCE=$((PATIENCE * 30)) wait_for "$N connections" grep -q held "$RUN/held"
}

@test "all are shown, each once, with their process" {
	socks 'proto tcp' '.[].cookie' >"$RUN/cookies"
	is "$(sort -u "$RUN/cookies" | wc -l)" $((N + 1))
	is "$(wc -l <"$RUN/cookies")" $((N + 1))
	is "$(socks 'proto tcp' '[.[] | select(.pid == null)] | length')" 0
}

@test "in less than two seconds" {
	start=${EPOCHREALTIME/./}
	"$PORTICO" -n gw -N -o socket show >/dev/null
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	say "$((N + 1)) sockets in $took ms"
	echo "# $((N + 1)) sockets in $took ms" >&3
	holds 'quick' "$took < 2000 * SLOW"
}

@test "the ten that moved most, in less than a third of a second" {
	start=${EPOCHREALTIME/./}
	"$PORTICO" -n gw -N -j socket show top 10 >"$RUN/top"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# ten of $((N + 1)) sockets in $took ms" >&3
	is "$(jq -c 'map(.out_bytes + .in_bytes) | [length, . == (sort | reverse)]' "$RUN/top")" '[10,true]'
	holds 'quick' "$took < 300 * SLOW"
}

@test "those of a state, and of a command" {
	is "$(socks 'state listen comm python3' '.[] | "\(.state) \(.comm) \(.local.port)"')" 'listen python3 8080'
	is "$(socks 'state established comm python3' length)" "$N"
	is "$(socks 'state syn-sent' length)" 0
}

@test "the port table too" {
	start=${EPOCHREALTIME/./}
	is "$(port_row tcp 8080 .sockets)" $((N + 1))
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# the port table over $((N + 1)) sockets in $took ms" >&3
	holds 'quick' "$took < 2000 * SLOW"
}

@test "while others come and go, those that stay are shown exactly once" {
	kill "$(<"$RUN/held.pid")"
	bg stay srv "$TOOL/burst" hold 203.0.113.1 8080 "$STAY"
	PATIENCE=$((PATIENCE * 6)) wait_for 'connections' grep -q held "$RUN/stay"
	# None of those that are on their way out is to be looked for below.
	PATIENCE=$((PATIENCE * 6)) wait_for 'the others to go' few_open
	portico status set history-max 100
	socks '' '.[] | select(.closed | not).cookie' | sort >"$RUN/cookies"
	bg churn srv "$TOOL/burst" tcp 203.0.113.1 8080 100000 10
	for _ in {1..10}; do
		socks '' '.[].cookie' | sort >"$RUN/seen"
		is "$(uniq -d "$RUN/seen" | wc -l)" 0 'shown twice'
		is "$(comm -23 "$RUN/cookies" "$RUN/seen" | wc -l)" 0 'missing'
	done
	kill "$(tail -n 1 "$RUN/pids")"
}

few_open()
{
	[ "$(q status .sockets.used)" -le $((STAY + 2)) ]
}
