#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Names are resolved across the gateway, over UDP and over TCP.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	bg dnsmasq srv dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
		--user=root --pid-file= --bind-interfaces --listen-address=203.0.113.100 \
		--log-queries --log-facility=- --address=/www.example.net/203.0.113.80
	wait_for dnsmasq listening srv u 53
}

@test "dig over UDP" {
	is "$(a dig +short +tries=1 @203.0.113.100 www.example.net)" 203.0.113.80
}

@test "dig over TCP" {
	is "$(a dig +short +tcp +tries=1 @203.0.113.100 www.example.net)" 203.0.113.80
}

@test "fifty questions from two hosts at once" {
	for host in a b; do
		for i in {1..25}; do
			quiet_ns $host dig +short +tries=1 @203.0.113.100 "n$i.www.example.net"
		done >"$RUN/answers-$host" &
	done
	wait
	is "$(sort "$RUN"/answers-? | uniq -c | xargs)" '50 203.0.113.80' answers
}

@test "the server saw the gateway only" {
	grep 'from 203\.0\.113\.1$' "$RUN/dnsmasq" >"$RUN/seen"
	holds 'it saw it' "$(wc -l <"$RUN/seen") >= 52"
	absent 'from 192\.168' "$RUN/dnsmasq"
}
