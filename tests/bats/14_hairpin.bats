#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# Inside hosts reach each other by their external endpoints.
load lib

setup_file()
{
	begin
	net_up
	gw_up filtering endpoint-independent
	serve srv 7000
	serve b 7200
	# b is known outside as 203.0.113.1:7200, by UDP and by TCP.
	b "$TOOL/udp" -s 7201 203.0.113.100:7000
}

@test "UDP: the answer comes, and b saw the external endpoint of a" {
	in_ns b "$TOOL/udp" -s 5300 203.0.113.100:7000
	bg inbox b "$TOOL/udp" -s 5300 -r -w 600
	wait_for 'the inbox' listening b u 5300
	a "$TOOL/udp" -q -s 5301 -n 99 203.0.113.1:5300
	wait_for 'the datagram' grep -q . "$RUN/inbox"
	is "$(cat "$RUN/inbox")" '203.0.113.1 5301 99'
}

@test "TCP: both ways, with the external source" {
	# A mapping for b's server: its own connection out from that port.
	in_ns b "$TOOL/tcp" -s 7202 203.0.113.100:7000
	bg server b socat -u TCP-LISTEN:7202,reuseaddr,fork SYSTEM:'env | sed -n s/^SOCAT_PEER//p; cat'
	wait_for 'the server' listening b t 7202
	in_ns a socat -u - TCP:203.0.113.1:7202,sourceport=5302,connect-timeout=20 <<<'through the hairpin'
	wait_for 'the line' grep -q hairpin "$RUN/server"
	grep -qx ADDR=203.0.113.1 "$RUN/server"
	grep -qx PORT=5302 "$RUN/server"
}

@test "counted as hairpin, in both accounts" {
	holds 'hairpinned packets' "$(reason hairpin) >= 6"
	holds 'b got them' "$(q 'mapping show proto udp internal :5300' '.[0].in_packets') >= 2"
}

@test "an error about a hairpinned packet comes back in the same form" {
	in_ns b "$TOOL/udp" -s 5304 203.0.113.100:7000
	# b's socket is gone: its port unreachable must look like the gateway's.
	run -0 a "$TOOL/udp" -s 5305 203.0.113.1:5304
	is "${lines[-1]}" 'icmp 3/3'
}

@test "ping of an external address answers" {
	a ping -c 2 -i 0.05 -W 10 203.0.113.1
}

@test "switched off, it is refused with a reason" {
	portico uplink set wan hairpin off
	before=$(reason hairpin-off)
	run -0 a "$TOOL/udp" -w 1 -s 5306 203.0.113.1:5300
	is "${lines[-1]}" -
	is "$(reason hairpin-off)" $((before + 1))
}
