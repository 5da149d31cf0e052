#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Port control, NAT-PMP (RFC 6886), asked by its own client.
load lib

setup_file()
{
	begin
	net_up peer
	gw_up
	bg pcpd gw "$PORTICO-pcpd" --refresh 1s --rate 1000
	wait_for 'the daemon listens' listening gw u 5351
}

# pmp NS ARGUMENT...: the client, which finds its gateway itself.
pmp()
{
	"$1" natpmpc "${@:2}"
}

leased()
{
	q "mapping show proto $1 internal 192.168.0.10:$2" \
		'.[0].flags // [] | index("leased") != null'
}

@test "the external address" {
	pmp a | grep -q 'Public IP address : 203.0.113.1$'
}

@test "UDP: the port asked for, open to anybody" {
	pmp a -a 16000 5000 udp 600 |
		grep -q 'Mapped public port 16000 protocol UDP to local port 5000 liftime 600'
	is "$(leased udp 5000)" true
	bg ear a "$TOOL/udp" -s 5000 -r -w 600
	wait_for 'the ear' listening a u 5000
	peer "$TOOL/udp" -q -s 7001 203.0.113.1:16000
	wait_for 'it came in' grep -q '^203\.0\.113\.101 7001 ' "$RUN/ear"
}

@test "TCP" {
	pmp a -a 17000 7000 tcp 600 |
		grep -q 'Mapped public port 17000 protocol TCP to local port 7000 liftime 600'
	serve a 7000
	is "$(peer "$TOOL/tcp" -s 7002 203.0.113.1:17000)" '203.0.113.101 7002'
}

@test "a taken port: another one" {
	pmp b -a 16000 5001 udp 600 | tee "$RUN/out"
	grep -q 'Mapped public port [0-9]* protocol UDP to local port 5001' "$RUN/out"
	absent 'public port 16000 ' "$RUN/out"
}

@test "a lifetime is never made longer, and not longer than a day" {
	pmp a -a 16002 5002 udp 3 | grep -q 'liftime 3$'
	pmp a -a 16003 5003 udp 2000000 | grep -q 'liftime 86400$'
}

@test "when it is over the mapping is gone" {
	wait_for 'the end of it' mappings_are 0 internal 192.168.0.10:5002
	is "$(leased udp 5003)" true
}

@test "used and over: open no more, gone when its session ends" {
	portico uplink set wan timeout udp 6s
	pmp a -a 16004 5004 udp 3
	peer "$TOOL/udp" -q -s 7001 203.0.113.1:16004
	a "$TOOL/udp" -q -s 5004 203.0.113.101:7001
	wait_for 'the end of the lease' over 5004
	mappings_are 1 internal 192.168.0.10:5004
	srv "$TOOL/udp" -q -s 7001 203.0.113.1:16004
	wait_for 'filtered' holds 'so' "$(reason filtered) > 0"
	wait_for 'the end of it' mappings_are 0 internal 192.168.0.10:5004
	portico uplink set wan timeout udp 5m
}

over()
{
	[ "$(leased udp "$1")" = false ]
}

@test "deletion" {
	pmp a -a 0 5003 udp 0
	mappings_are 0 internal 192.168.0.10:5003
	is "$(leased udp 5000)" true
}

@test "deletion of all, protocol by protocol" {
	pmp a -a 16005 5005 udp 600
	pmp a -a 0 0 udp 0
	is "$(leased udp 5000)" false
	mappings_are 0 internal 192.168.0.10:5005
	is "$(leased tcp 7000)" true
	pmp a -a 0 0 tcp 0
	is "$(leased tcp 7000)" false
	# The other host's are not ours to delete.
	mappings_are 1 internal 192.168.0.11:5001
}

@test "the cap of the host" {
	portico mapping flush
	portico inside set 192.168.0.0/24 max-ports 1
	pmp a -a 16006 5006 udp 600
	run ! pmp a -a 16007 5007 udp 600
	[[ $output == *'nat-pmp server out of resources'* ]]
	portico inside set 192.168.0.0/24 max-ports 0
}
