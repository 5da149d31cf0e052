#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Everything at once: flows of all kinds through the gateway and to it, sockets
# that come and go, settings and tables that change under them, namespaces that
# begin and end, and others who read. After each round the books balance.
# `make soak` does it for ten minutes.
load books

ROUND=8
LIMIT=$((ROUND + 5))
# How fast is a matter of the soak, which has the machine for itself.
CONNECTIONS=1000
[ -z "${SOAK:-}" ] || CONNECTIONS=$((12500 / ${SLOW:-1}))

setup_file()
{
	books_up
	gw_up
	portico uplink set wan timeout udp 3s timeout icmp 3s timeout tcp-closing 3s timeout hold 1s
	portico account add all 192.168.0.0/16,203.0.113.0/24
	serve srv 7000
	bg churn-srv srv "$TOOL/churn" serve 7100 99999
	bg churn-gw gw "$TOOL/churn" serve 7200 99999
	bg burst-gw gw "$TOOL/burst" serve 7300
	bg iperf srv iperf3 -s -p 7400
	wait_for 'iperf3' listening srv t 7400
	wait_for 'churn outside' listening srv t 7100
	wait_for 'churn on the gateway' listening gw t 7200
	wait_for 'burst on the gateway' listening gw t 7300
}

# go NS command...: one of the round's programs.
go()
{
	local ns=$1

	shift
	# Whatever loses its mapping on the way waits longer than we do.
	ip netns exec "$ns" timeout "$LIMIT" "$@" >>"$RUN/noise" 2>&1 3>&- 4>&- </dev/null &
	going+=($!)
}

traffic()
{
	go a iperf3 -c 203.0.113.100 -p 7400 -t "$ROUND"
	go a ping -q -i 0.05 -w "$ROUND" 203.0.113.100
	go a "$TOOL/churn" call 203.0.113.100 7100 "$ROUND"
	go b "$TOOL/churn" call 203.0.113.100 7100 "$ROUND"
	go b "$TOOL/udp-from" 20000 20999 203.0.113.100:7000
	go srv "$TOOL/churn" call 203.0.113.1 7200 "$ROUND"
	go srv "$TOOL/churn" call 2001:db8::1 7200 "$ROUND"
	go gw "$TOOL/churn" call 127.0.0.1 7200 "$ROUND"
	go gw "$TOOL/churn" call 203.0.113.100 7100 "$ROUND"
}

# What an admin might do, and should not all at once.
changes()
{
	local way=off

	[ $((SECONDS % 2)) = 0 ] || way=on
	portico uplink set wan fastpath $way filtering endpoint-independent
	portico mapping flush >/dev/null
	# A well-known port: none that a host's mapping had, and that rests now.
	portico forward add tcp 203.0.113.1:800 to 192.168.0.10:80
	portico status set mappings-max 40 sessions-max 60 sockets-max 20 history-max 50 \
		ended-max 20 remotes-max 10
	portico session flush >/dev/null
	ip netns add passing
	ip -n passing link set lo up
	"$PORTICO" -n passing uplink add wan
	ip netns exec passing "$TOOL/burst" udp 127.0.0.1 9 1 1 >/dev/null 2>&1 || true
	readers
	portico status set mappings-max 4194304 sessions-max 4194304 sockets-max 262144 \
		history-max 65536 ended-max 65536 remotes-max 16384
	portico uplink set wan fastpath on filtering address-dependent
	portico forward del tcp 203.0.113.1:800
	portico mapping flush >/dev/null
	portico account reset all >/dev/null
	ip netns delete passing
	readers
}

readers()
{
	local what

	for what in 'mapping show' 'mapping show --ended' 'session show' 'host show side any' \
		'socket show' 'socket show --closed top 10' 'port show sort bytes' 'account show'; do
		# shellcheck disable=SC2086 # words
		portico -j $what >/dev/null
	done
}

# Rows that do not hold; [] is none.
wrong()
{
	"$PORTICO" -n gw -j audit | jq -c 'if length > 20 then map(select(.ok | not)) else error end'
}

@test "mixed traffic, and after each round the books balance" {
	local round=0 end finish=$((SECONDS + ${SOAK:-2 * ROUND})) going=()

	while ((SECONDS < finish)); do
		((++round))
		end=$((SECONDS + ROUND))
		traffic
		while ((SECONDS < end)); do
			changes
		done
		wait "${going[@]}" || true
		going=()
		is "$(wrong)" '[]' "equations that fail after round $round"
	done
	echo "# $round rounds" >&3
	holds 'flows were carried' "$(reason outbound) > 1000 && $(reason inbound) > 1000"
	holds 'sockets were booked' "$(reason socket) > 1000"
	holds 'tables were full' "$(reason mappings-full) + $(reason sessions-full) > 0"
	holds 'so were those of sockets' "$(reason sockets-full) > 0"
}

@test "sockets opened and closed, each counted" {
	local before start took pid going=()

	wait_for 'the other sockets to go' few_left
	before=$(port_row tcp 7300 '"\(.established) \(.listener) \(.wildcard)"')
	start=${EPOCHREALTIME/./}
	LIMIT=$((120 * SLOW))
	# Two at a time; each is two sockets, one of either end, both on the gateway.
	go gw "$TOOL/burst" tcp 127.0.0.1 7300 "$CONNECTIONS" 10
	go gw "$TOOL/burst" tcp 203.0.113.1 7300 "$CONNECTIONS" 10
	for pid in "${going[@]}"; do
		wait "$pid"
	done
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# $((4 * CONNECTIONS * 60000 / took)) sockets a minute" >&3
	is "$(wrong)" '[]' 'equations that fail'
	is "$(port_row tcp 7300 '.wildcard')" $((${before##* } + 2 * CONNECTIONS)) 'connections that found the listener'
	[ -z "${SOAK:-}" ] || holds 'fast enough' "$took < 60000"
}

few_left()
{
	[ "$(q status .sockets.used)" -lt 20 ]
}
