#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# A pool of external addresses: one for each host, whatever the protocol.
load lib

setup_file()
{
	begin
	net_up
	gw_up address 203.0.113.8/30,203.0.113.20
	ip -n srv route add 203.0.113.8/30 via 203.0.113.1
	ip -n srv route add 203.0.113.20 via 203.0.113.1
	serve srv 7000
}

@test "five addresses of two ranges are in use" {
	is "$(q 'uplink show' '.[0].addresses | join(" ")')" \
		'203.0.113.8 203.0.113.9 203.0.113.10 203.0.113.11 203.0.113.20'
}

@test "paired: UDP, TCP and ICMP of a host have one address" {
	for port in {5000..5009}; do
		quiet_ns a "$TOOL/udp" -s "$port" 203.0.113.100:7000
		quiet_ns a "$TOOL/tcp" -s "$port" 203.0.113.100:7000
	done | cut -d' ' -f1 | sort -u >"$RUN/addresses"
	a ping -c 2 -i 0.05 -W 10 203.0.113.100
	is "$(wc -l <"$RUN/addresses")" 1 'addresses that the server saw'
	is "$(q 'mapping show internal 192.168.0.10' '[.[].external.address] | unique | length')" 1
}

hosts_are()
{
	[ "$(q 'host show side inside' length)" = "$1" ]
}

@test "hosts spread over the pool" {
	for i in {20..59}; do
		ip -n a addr add "192.168.0.$i/24" dev eth0
		quiet_ns a "$TOOL/udp" -q -a "192.168.0.$i" -s 5000 203.0.113.100:7000
	done
	wait_for 'forty mappings more' hosts_are 41
	q 'mapping show internal :5000' '[.[].external.address] | group_by(.) | map(length) | tostring' | tee "$RUN/spread"
	# Nobody has all of them, everybody has some.
	is "$(jq length "$RUN/spread")" 5 'addresses used'
	holds 'none has more than half' "$(jq max "$RUN/spread") <= 20"
}

@test "all of them keep the port that is theirs alone" {
	holds 'preserved' "$(q 'mapping show internal :5000' '[.[] | select(.external.port == 5000)] | length') >= 5"
}

@test "an address taken out of the pool ends its mappings and no others" {
	mine=$(q 'mapping show internal 192.168.0.10' '.[0].external.address')
	other=203.0.113.20
	[ "$mine" != 203.0.113.20 ] || other=203.0.113.8
	# shellcheck disable=SC2016 # $o is jq's
	kept=$(q 'mapping show' --arg o "$other" '[.[] | select(.external.address != $o)] | length')
	case $other in
	203.0.113.20)	portico uplink set wan address 203.0.113.8/30 ;;
	*)		portico uplink set wan address 203.0.113.9-203.0.113.11,203.0.113.20 ;;
	esac
	wait_for 'its end' mappings_are 0 external "$other"
	mappings_are "$kept"
}
