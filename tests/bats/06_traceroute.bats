#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# traceroute: Time Exceeded from outside finds its way to the host.
load lib

setup_file()
{
	begin
	net_up far
	gw_up
}

# hops ARGS: the addresses of all hops, in order.
hops()
{
	a traceroute -n -q 1 -w 5 "$@" 192.0.2.100 >"$RUN/trace"
	sed 's/^/# /' "$RUN/trace" >&2
	awk 'NR > 1 { print $2 }' "$RUN/trace" | xargs
}

@test "with UDP" {
	is "$(hops -U)" '192.168.0.1 203.0.113.100 192.0.2.100'
}

@test "with ICMP" {
	is "$(hops -I)" '192.168.0.1 203.0.113.100 192.0.2.100'
}

@test "with TCP" {
	serve far 80
	is "$(hops -T -p 80)" '192.168.0.1 203.0.113.100 192.0.2.100'
}

@test "the errors were translated, not let through by chance" {
	holds 'some ICMP errors' "$(reason icmp-error) >= 3"
}
