#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Forwards: the outside reaches an inside host by a port that an admin gave it.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve a 80 7000 7001 7002
	serve b 80
	serve srv 7000
}

forward()
{
	q 'forward show' ".[] | select(.external.port == $1) | .$2"
}

idle()
{
	[ "$(q "session show external $1" length)" = 0 ]
}

@test "TCP and UDP from outside, from anybody, the server sees who" {
	is "$(srv "$TOOL/tcp" -s 5000 203.0.113.1:8080)" refused
	portico forward add tcp 203.0.113.1:8080 to 192.168.0.10:80
	portico forward add udp 203.0.113.1:8080 to 192.168.0.10:80
	is "$(srv "$TOOL/tcp" -s 5001 203.0.113.1:8080)" '203.0.113.100 5001'
	is "$(srv "$TOOL/udp" -s 5002 203.0.113.1:8080)" '203.0.113.100 5002'
}

@test "it is counted, to the byte, and shown as static and without an end" {
	is "$(q 'forward show' '.[] | select(.proto == "udp") | "\(.in_packets) \(.in_bytes) \(.out_packets) \(.placed)"')" '1 32 1 1'
	is "$(q 'mapping show proto udp internal :80' '.[0] | "\(.flags | index("static") != null) \(.expires_ms)"')" 'true null'
	balanced
}

@test "its sessions end like others, and it stays" {
	portico uplink set wan timeout udp 2s
	portico forward add udp 203.0.113.1:8070 to 192.168.0.10:7000
	sleep 4		# longer than it would live if it were to end
	is "$(srv "$TOOL/udp" -s 5010 203.0.113.1:8070)" '203.0.113.100 5010'
	is "$(q 'session show external :8070' length)" 1
	wait_for 'the end of the session' idle :8070
	is "$(q 'host show address 192.168.0.10' '.[0].sessions')" "$(q 'session show internal 192.168.0.10' length)"
	is "$(srv "$TOOL/udp" -s 5010 203.0.113.1:8070)" '203.0.113.100 5010'
	portico forward del udp 203.0.113.1:8070
	portico uplink set wan timeout udp 5m
	balanced
}

@test "the host answers and calls from that endpoint, to whomever" {
	is "$(a "$TOOL/udp" -s 8081 203.0.113.100:7000)" '203.0.113.1 8081'
	portico forward add udp 203.0.113.1:8090 to 192.168.0.10:8090
	is "$(a "$TOOL/udp" -s 8090 203.0.113.100:7000)" '203.0.113.1 8090'
}

@test "another inside host reaches it by the external address" {
	run -0 b "$TOOL/tcp" -s 5003 203.0.113.1:8080
	[[ ${lines[-1]} == '203.0.113.1 '* ]]
}

@test "a range, port by port" {
	portico forward add udp 203.0.113.1:9000-9002 to 192.168.0.10:7000
	for i in 0 1 2; do
		is "$(srv "$TOOL/udp" -s 5004 203.0.113.1:900$i)" '203.0.113.100 5004'
		is "$(q "mapping show external :900$i" '.[0].internal.port')" "700$i"
	done
	is "$(forward 9000 placed)" 3
}

@test "what is in its way is named, and nothing of it is done" {
	serve gw 9102
	b "$TOOL/udp" -s 9201 203.0.113.100:7000
	forward_refused 'overlaps a forward' add udp 203.0.113.1:9002 to 192.168.0.11:1
	forward_refused 'a socket of the gateway holds' add udp 203.0.113.1:9100-9103 to 192.168.0.11:9100
	forward_refused 'belongs to a mapping' add udp 203.0.113.1:9200-9203 to 192.168.0.10:9200
	forward_refused 'has another mapping' add udp 203.0.113.1:9300 to 192.168.0.10:7000
	forward_refused 'ip_local_port_range' add tcp 203.0.113.1:40000 to 192.168.0.10:22
	forward_refused 'not an external address' add tcp 203.0.113.77:80 to 192.168.0.10:80
	forward_refused 'not in an inside prefix' add tcp 203.0.113.1:81 to 10.9.9.9:80
	forward_refused 'overlaps a forward' add 203.0.113.1 to 192.168.0.10
	forward_refused 'no forward begins there' del udp 203.0.113.1:9001
	is "$(q 'mapping show external :9100' length)" 0 'mappings left of it'
	is "$(q 'mapping show external :9200' length)" 0 'mappings left of it'
}

@test "flushing mappings leaves it; the address goes and comes: so does it" {
	portico mapping flush
	is "$(srv "$TOOL/udp" -s 5005 203.0.113.1:8080)" '203.0.113.100 5005'
	ip -n gw addr del 203.0.113.1/24 dev wan
	is "$(forward 9000 placed)" 0
	ip -n gw addr add 203.0.113.1/24 dev wan
	is "$(forward 9000 placed)" 3
	is "$(srv "$TOOL/udp" -s 5006 203.0.113.1:9001)" '203.0.113.100 5006'
	portico uplink del wan
	is "$(forward 9000 placed)" 0
	portico uplink add wan
	is "$(srv "$TOOL/udp" -s 5007 203.0.113.1:9001)" '203.0.113.100 5007'
}

@test "the configuration as dumped has it, and another gateway reads it" {
	portico dump | grep '^forward add' >"$RUN/lines"
	is "$(wc -l <"$RUN/lines")" 4
	while read -r line; do
		# shellcheck disable=SC2046 # words
		portico forward del $(sed 's/^forward add //; s/ to .*//; s/-[0-9]*$//' <<<"$line")
	done <"$RUN/lines"
	is "$(q 'forward show' length)" 0
	is "$(q 'mapping show' '[.[] | select(.flags | index("static"))] | length')" 0
	portico -b "$RUN/lines"
	is "$(portico dump | grep '^forward add')" "$(cat "$RUN/lines")"
	is "$(srv "$TOOL/udp" -s 5008 203.0.113.1:9001)" '203.0.113.100 5008'
}

@test "taken back: the door is shut, and the port free at once" {
	portico forward del udp 203.0.113.1:8080
	before=$(reason unsolicited)
	is "$(srv "$TOOL/udp" -w 1 -s 5009 203.0.113.1:8080)" -
	is "$(reason unsolicited)" $((before + 1)) 'dropped as unsolicited'
	portico forward add udp 203.0.113.1:8080 to 192.168.0.11:80
	is "$(srv "$TOOL/udp" -s 5010 203.0.113.1:8080)" '203.0.113.100 5010'
	is "$(q 'mapping show proto udp external :8080' '.[0].internal.address')" 192.168.0.11
	balanced
}
