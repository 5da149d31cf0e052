#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Port control, PCP (RFC 6887): what inside hosts ask for is what they get, what
# they get works, and nobody else gets anything.
load six

setup_file()
{
	begin
	net_up peer six
	gw_up
	portico inside add fd01:203:405::/48
	ip -n srv route add 192.168.0.0/24 via 203.0.113.1
	serve srv 7000
	pcpd --rate 1000
}

# pcpd OPTION...: start the daemon; its process id is in $RUN/pcpd-pid.
pcpd()
{
	bg pcpd gw "$PORTICO-pcpd" --refresh 1s "$@"
	tail -n 1 "$RUN/pids" >"$RUN/pcpd-pid"
	wait_for 'the daemon listens' listening gw u 5351
}

pcpd_ends()
{
	kill "$(<"$RUN/pcpd-pid")"
	wait_for 'the daemon is gone' gone gw u 5351
}

# map NS OPTION...: RESULT LIFETIME ADDRESS PORT of the answer.
map()
{
	"$1" "$TOOL/pcp" map "${@:2}" | cut -d' ' -f1,2,4,5
}

epoch()
{
	a "$TOOL/pcp" announce | cut -d' ' -f3
}

# One field of the mapping of a UDP port of a.
of()
{
	q "mapping show proto udp internal 192.168.0.10:$1" ".[0] | $2"
}

leased()
{
	of "$1" '.flags // [] | index("leased") != null'
}

# hears PORT NS EXTERNAL: does what NS sends to the external port get to a:PORT?
hears()
{
	local before

	bg "hears-$1" a "$TOOL/udp" -s "$1" -r -w 600
	wait_for 'the ear' listening a u "$1"
	before=$(of "$1" .in_packets)
	"$2" "$TOOL/udp" -q -s 7001 "203.0.113.1:$3"
	wait_for 'it came in' more_in "$1" "$before"
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'the ear is gone' gone a u "$1"
}

more_in()
{
	(($(of "$1" .in_packets) > $2))
}

# drops REASON NS EXTERNAL: what NS sends there is dropped for that.
drops()
{
	local before

	before=$(reason "$1")
	"$2" "$TOOL/udp" -q -s 7001 "203.0.113.1:$3"
	wait_for "dropped: $1" reason_is "$1" $((before + 1))
}

@test "it listens on inside addresses only, as nobody with one capability" {
	is "$(quiet_ns gw ss -Hlun 'sport = :5351' | awk '{ print $4 }' | sort | xargs)" \
		'192.168.0.1:5351 [fd01:203:405:1::1]:5351'
	is "$(awk '/^Uid:|^Gid:/ { print $2, $3, $4 }' "/proc/$(<"$RUN/pcpd-pid")/status" | sort -u)" \
		'65534 65534 65534'
	# CAP_NET_ADMIN is bit 12.
	is "$(awk '/^Cap(Eff|Prm):/ { print $2 }' "/proc/$(<"$RUN/pcpd-pid")/status" | sort -u)" \
		0000000000001000
	is "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$(<"$RUN/pcpd-pid")/status")" 1
}

@test "MAP: the suggested port, kept, and open to anybody" {
	is "$(map a -i 5000 -e 16000)" 'success 3600 203.0.113.1 16000'
	is "$(leased 5000)" true
	holds 'it lasts an hour' "$(of 5000 .expires_ms) > 3500000 && $(of 5000 .expires_ms) <= 3600000"
	is "$(q 'uplink show' '.[0].filtering_udp')" address-dependent
	hears 5000 srv 16000
	hears 5000 peer 16000
}

@test "what its host sends from there leaves by the same port" {
	is "$(a "$TOOL/udp" -s 5000 203.0.113.100:7000)" '203.0.113.1 16000'
}

@test "TCP: a connection from outside" {
	is "$(map a -p tcp -i 7000 -e 17000)" 'success 3600 203.0.113.1 17000'
	serve a 7000
	is "$(peer "$TOOL/tcp" -s 7002 203.0.113.1:17000)" '203.0.113.101 7002'
}

@test "without a suggestion: the internal port" {
	is "$(map a -i 5001)" 'success 3600 203.0.113.1 5001'
}

@test "a taken port: another one, or with PREFER_FAILURE none" {
	read -r result _ _ port <<<"$(map b -i 5002 -e 16000)"
	is "$result" success
	holds 'another one' "$port != 16000 && $port >= 1024"
	is "$(map b -i 5003 -e 16000 -f)" 'cannot-provide-external 30 - 0'
	is "$(map b -i 5003 -e 16003 -f)" 'success 3600 203.0.113.1 16003'
}

@test "a suggestion that is taken costs no more of the host's rate than it gets" {
	portico inside set 192.168.0.0/24 max-rate 1/s
	# Its second's worth is one.
	sleep 2
	read -r result _ _ port <<<"$(map b -i 5106 -e 16000)"
	portico inside set 192.168.0.0/24 max-rate 0
	is "$result" success
	holds 'another one' "$port != 16000"
}

@test "asked at another address of the same interface: answered from there" {
	ip -n gw addr add 192.168.0.254/24 dev lan
	wait_for 'it listens there' listens_at 192.168.0.254
	is "$(map a -s 192.168.0.254 -i 5107)" 'success 3600 203.0.113.1 5107'
	ip -n gw addr del 192.168.0.254/24 dev lan
	wait_for 'no longer there' deaf_at 192.168.0.254
}

listens_at()
{
	quiet_ns gw ss -Hlun "src $1 sport = :5351" | grep -q .
}

deaf_at()
{
	! listens_at "$1"
}

@test "ports of the gateway's own programs, and well-known ones, are not given" {
	bg local gw "$TOOL/serve" 16004
	wait_for 'the local service' listening gw u 16004
	is "$(map a -i 5004 -e 16004 -f)" 'cannot-provide-external 30 - 0'
	is "$(map a -i 5004 -e 53 -f)" 'cannot-provide-external 30 - 0'
	is "$(map a -i 53 -e 53 -f)" 'success 3600 203.0.113.1 53'
	is "$(map a -i 5004 -e 16005 -a 203.0.113.77 -f)" 'cannot-provide-external 30 - 0'
	is "$(map a -i 5004 -e 16005 -a 203.0.113.77)" 'success 3600 203.0.113.1 16005'
}

@test "asked again: the same mapping, whatever is suggested" {
	is "$(map a -i 5000 -e 16009 -l 600)" 'success 600 203.0.113.1 16000'
	holds 'the new lifetime' "$(of 5000 .expires_ms) <= 600000"
	is "$(map a -i 5000 -e 16009 -f)" 'cannot-provide-external 30 - 0'
	is "$(map a -i 5000 -e 16000 -f)" 'success 3600 203.0.113.1 16000'
}

@test "the nonce: another one changes nothing and deletes nothing" {
	is "$(map a -i 5000 -n 000102030405060708090a0b)" 'not-authorized 1800 - 0'
	is "$(map a -i 5000 -n 000102030405060708090a0b -l 0)" 'not-authorized 1800 - 0'
	# NAT-PMP, which has none, neither.
	a natpmpc -g 192.168.0.1 -a 0 5000 udp 0 || true
	is "$(leased 5000)" true
}

@test "a mapping that packets made can be leased, and stays where it is" {
	is "$(a "$TOOL/udp" -s 5005 203.0.113.100:7000)" '203.0.113.1 5005'
	drops filtered peer 5005
	is "$(map a -i 5005 -e 16010)" 'success 3600 203.0.113.1 5005'
	hears 5005 peer 5005
}

@test "lifetimes have limits" {
	is "$(map a -i 5006 -l 1)" 'success 120 203.0.113.1 5006'
	is "$(map a -i 5006 -l 4294967295)" 'success 86400 203.0.113.1 5006'
}

@test "lifetime 0 deletes; twice is no error" {
	is "$(map a -i 5006 -l 0)" 'success 0 203.0.113.1 5006'
	mappings_are 0 internal 192.168.0.10:5006
	drops unsolicited peer 5006
	is "$(map a -i 5006 -l 0 | cut -d' ' -f1,2)" 'success 0'
}

@test "deleted under a conversation: that goes on, others are out" {
	is "$(map a -i 5007 -e 16007)" 'success 3600 203.0.113.1 16007'
	is "$(a "$TOOL/udp" -s 5007 203.0.113.100:7000)" '203.0.113.1 16007'
	is "$(map a -i 5007 -l 0)" 'success 0 203.0.113.1 16007'
	is "$(leased 5007)" false
	is "$(a "$TOOL/udp" -s 5007 203.0.113.100:7000)" '203.0.113.1 16007'
	drops filtered peer 16007
}

@test "delete all of one protocol, and of all" {
	is "$(map a -p tcp -i 5008)" 'success 3600 203.0.113.1 5008'
	is "$(map a -p udp -i 5008)" 'success 3600 203.0.113.1 5008'
	is "$(map a -p udp -i 5009 -n 000102030405060708090a0b)" 'success 3600 203.0.113.1 5009'
	map a -p udp -i 0 -l 0
	is "$(leased 5008)" false
	# Others' stay: another protocol's, another nonce's, another host's.
	mappings_are 1 proto tcp internal 192.168.0.10:5008
	is "$(leased 5009)" true
	mappings_are 1 internal 192.168.0.11:5003
	map a -p all -i 0 -l 0
	mappings_are 0 proto tcp internal 192.168.0.10:5008
	mappings_are 1 internal 192.168.0.11:5003
}

@test "the host's cap of ports holds" {
	portico inside set 192.168.0.0/24 max-ports 3
	portico mapping flush
	for port in 5020 5021 5022; do
		is "$(map b -i $port)" "success 3600 203.0.113.1 $port"
	done
	is "$(map b -i 5023)" 'user-ex-quota 30 - 0'
	is "$(map b -i 5023 -e 16023)" 'user-ex-quota 30 - 0'
	is "$(map b -i 5022)" 'success 3600 203.0.113.1 5022'
	portico inside set 192.168.0.0/24 max-ports 0
}

@test "PEER: the session outlives its time-out, the filter stays" {
	portico uplink set wan timeout udp 2s
	a "$TOOL/udp" -s 5030 203.0.113.100:7000
	a "$TOOL/udp" -s 5031 203.0.113.100:7000
	is "$(a "$TOOL/pcp" peer -i 5031 -l 300 -r 203.0.113.100,7000 | cut -d' ' -f1,2,4,5)" \
		'success 300 203.0.113.1 5031'
	is "$(map a -i 5032)" 'success 3600 203.0.113.1 5032'
	wait_for 'the end of the other one' mappings_are 0 internal 192.168.0.10:5030
	holds 'it is kept' "$(of 5031 .expires_ms) > 250000"
	hears 5031 srv 5031
	drops filtered peer 5031
	# MAP's lease, unused, neither ended with the time-out.
	hears 5032 peer 5032
	portico uplink set wan timeout udp 5m
}

@test "PEER makes a mapping where none was, and lets its remote in" {
	is "$(a "$TOOL/pcp" peer -i 5033 -e 16033 -l 300 -r 203.0.113.100,7001 | cut -d' ' -f1,2,4,5)" \
		'success 300 203.0.113.1 16033'
	is "$(leased 5033)" false
	hears 5033 srv 16033
	drops filtered peer 16033
	is "$(a "$TOOL/pcp" peer -i 5034 -e 16033 -l 300 -r 203.0.113.100,7001 | cut -d' ' -f1,2)" \
		'cannot-provide-external 30'
}

@test "over IPv6" {
	is "$(map a -s fd01:203:405:1::1 -a :: -i 5040 -e 16040)" "success 3600 $GW6 16040"
	is "$(q "mapping show internal [$A6]:5040" '.[0].flags | index("leased") != null')" true
	is "$(map a -s fd01:203:405:1::1 -a :: -i 5040 -l 0)" "success 0 $GW6 16040"
}

@test "every datagram of the table gets its answer, or none" {
	portico mapping flush
	a "$TOOL/pcp-table" | tee "$RUN/table"
	holds 'at least thirty' "$(sed -n 's/ datagrams, .*//p' "$RUN/table") >= 30"
	mappings_are 0
}

@test "nothing for those outside, for strangers and for the gateway itself" {
	is "$(srv "$TOOL/pcp" announce -s 203.0.113.1 -w 1)" silence 'by the external address'
	is "$(srv "$TOOL/pcp" announce -s 192.168.0.1 -w 1)" silence 'by the inside address'
	ip -n b addr add 10.9.9.9/32 dev lo
	ip -n gw route add 10.9.9.9/32 via 192.168.0.11
	is "$(b "$TOOL/pcp" announce -b 10.9.9.9 -w 1)" silence 'no inside prefix'
	is "$(gw "$TOOL/pcp" announce -w 1)" silence 'the gateway'
	is "$(b "$TOOL/pcp" announce | cut -d' ' -f1)" success 'a host'
}

@test "a client that asks too often is not answered, the others are" {
	pcpd_ends
	pcpd --rate 5
	run a timeout 20 "$TOOL/pcp-flood" 200
	say "$output"
	holds 'some were' "${lines[-1]} >= 5"
	holds 'most were not' "${lines[-1]} <= 60"
	is "$(b "$TOOL/pcp" announce | cut -d' ' -f1)" success
	pcpd_ends
	pcpd --rate 1000
}

@test "the daemon begins anew: a new epoch, the leases as they were" {
	is "$(map a -i 5050 -e 16050)" 'success 3600 203.0.113.1 16050'
	pcpd_ends
	is "$(leased 5050)" true
	pcpd --rate 1000
	holds 'the epoch is young' "$(epoch) < 5 * ${SLOW:-1}"
	is "$(map a -i 5050 -n 000102030405060708090a0b)" 'not-authorized 1800 - 0'
	is "$(map a -i 5050)" 'success 3600 203.0.113.1 16050'
}

@test "a new external address: the epoch begins again, and all are told" {
	bg told a "$TOOL/pcp" listen -w 600
	wait_for 'the ear' listening a u 5350
	wait_for 'the epoch is older' older 2
	ip -n gw addr del 203.0.113.1/24 dev wan
	ip -n gw addr add 203.0.113.9/24 dev wan
	ip -n gw route replace 198.51.100.0/24 dev wan
	# PCP's ANNOUNCE: version 2, response 0, success; NAT-PMP's new address.
	wait_for 'ANNOUNCE' grep -Eq '^192\.168\.0\.1 5351 0280000000000000000000(0[0-9])' "$RUN/told"
	wait_for 'the address' grep -Eq '^192\.168\.0\.1 5351 00800000[0-9a-f]{8}cb007109$' "$RUN/told"
	is "$(map a -i 5050 -e 16050)" 'success 3600 203.0.113.9 16050'
	ip -n gw addr del 203.0.113.9/24 dev wan
	ip -n gw addr add 203.0.113.1/24 dev wan
}

older()
{
	(($(epoch) >= $1))
}

@test "a real client (libtorrent) gets its ports" {
	wait_for 'the address' address_is 203.0.113.1
	# Now and then Debian's libtorrent crashes by itself (signal 11): not our answer.
	for _ in 1 2 3; do
		status=0
		a timeout $((60 * SLOW)) "$TOOL/torrent" 192.168.0.10 6881 >"$RUN/torrent" || status=$?
		cat "$RUN/torrent"
		[ "$status" = 139 ] || break
	done
	is "$status" 0 'the client'
	grep -q '^mapped tcp 6881 pcp$' "$RUN/torrent"
	grep -q '^mapped udp 6881 pcp$' "$RUN/torrent"
}

address_is()
{
	# shellcheck disable=SC2016 # $a is jq's
	[ "$(q 'uplink show' '.[0].addresses | index($a) != null' --arg a "$1")" = true ]
}

@test "the module goes and comes: the daemon waits for it" {
	rmmod portico
	wait_for 'nothing to serve' gone gw u 5351
	gw_up
	wait_for 'the daemon listens' listening gw u 5351
	is "$(map a -i 5060)" 'success 3600 203.0.113.1 5060'
}

@test "an ordinary user cannot start it" {
	run gw setpriv --reuid 65534 --regid 65534 --clear-groups "$PORTICO-pcpd"
	is "$status" 2
	[[ $output == *'cannot keep CAP_NET_ADMIN'* ]]
}
