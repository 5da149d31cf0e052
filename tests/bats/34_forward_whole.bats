#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Forwards of whole addresses, 1:1: one inside host is known by one external
# address, all of it and always, and nobody else is.
load six

E=203.0.113.9
E6=2001:db8:ff::9

setup_file()
{
	begin
	net_up peer six
	gw_up address 203.0.113.8-203.0.113.9
	portico inside add fd01:203:405::/48
	ip -n srv route add 203.0.113.8/29 via 203.0.113.1
	ip -n peer route add 203.0.113.8/29 via 203.0.113.1
	serve a 80 7100
	serve b 80
	serve srv 7000
}

forward()
{
	q 'forward show' ".[] | select(.external.address == \"$1\") | .$2"
}

@test "what another host uses there is in the way, and is named" {
	portico uplink set wan address $E
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)" "$E 5000"
	forward_refused "another host's mapping" add $E to 192.168.0.10
	is "$(b "$TOOL/udp" -s 5000 203.0.113.100:7000)" "$E 5000"
	portico mapping flush
	# What rests of it is not: nobody but the new owner can be given it.
	portico forward add $E to 192.168.0.10
	is "$(forward $E placed)" 1
	portico uplink set wan address 203.0.113.8-203.0.113.9
}

@test "all that the host sends leaves from there, ports and identifiers as they are" {
	for port in 5000 500 5001 40000 65535; do
		is "$(a "$TOOL/udp" -s $port 203.0.113.100:7000)" "$E $port"
	done
	is "$(a "$TOOL/tcp" -s 5000 203.0.113.100:7000)" "$E 5000"
	a ping -c 2 -i 0.05 -W 10 203.0.113.100
	is "$(q 'mapping show internal 192.168.0.10' '[.[] | select(.external.address != "203.0.113.9" or .external.port != .internal.port)] | length')" 0
	is "$(q 'mapping show proto icmp internal 192.168.0.10' length)" 1
}

@test "a range of ports of the uplink does not bind it" {
	portico uplink set wan ports 20000-20099
	is "$(a "$TOOL/udp" -s 6000 203.0.113.100:7000)" "$E 6000"
	is "$(b "$TOOL/udp" -s 20001 203.0.113.100:7000)" '203.0.113.8 20001'
	portico uplink set wan ports 1024-65535
}

@test "a stranger reaches it at any port, by TCP, UDP and ping" {
	portico mapping flush
	is "$(peer "$TOOL/tcp" -s 5100 $E:80)" '203.0.113.101 5100'
	is "$(peer "$TOOL/udp" -s 5101 $E:7100)" '203.0.113.101 5101'
	is "$(peer "$TOOL/udp" -s 5102 $E:80)" '203.0.113.101 5102'
	run -0 peer ping -c 3 -i 0.05 -W 10 $E
	[[ $output == *'3 received'* ]]
	is "$(q 'mapping show proto icmp internal 192.168.0.10' '.[0] | "\(.in_packets) \(.out_packets)"')" '3 3'
	# Nobody listens: it is the host that says so.
	is "$(peer "$TOOL/tcp" -s 5103 $E:81)" refused
	run -0 peer "$TOOL/udp" -s 5104 $E:81
	is "${lines[-1]}" 'icmp 3/3'
	is "$(reason local)" 0 'packets left to the gateway'
}

@test "what comes in the middle of a connection is delivered too" {
	before=$(reason not-opening)
	peer python3 -c "from scapy.all import *; send(IP(dst='$E') / TCP(sport=5105, dport=82, flags='A', seq=7, ack=9), verbose=0)"
	wait_for 'its mapping' mappings_are 1 proto tcp internal 192.168.0.10:82
	# The host's reset, which is the middle of nothing either.
	is "$(q 'mapping show proto tcp internal 192.168.0.10:82' '.[0] | "\(.in_packets) \(.out_packets)"')" '1 1'
	is "$(reason not-opening)" "$before"
}

@test "a flow from outside takes the fast path in both directions" {
	[ "${WAY:-}" != slow ] || skip 'without the fast path'
	bg talk a socat -T 30 UDP-LISTEN:7300,fork,reuseaddr PIPE
	wait_for 'the echo' listening a u 7300
	for _ in 1 2 3; do
		peer python3 -c "import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 5106)); s.settimeout(10)
s.sendto(b'x', ('$E', 7300)); s.recv(10)"
	done
	is "$(q 'session show proto udp internal :7300' '.[0].flags | map(select(startswith("fast"))) | sort | join(" ")')" 'fast-in fast-out'
}

@test "no other host is given a port there, however many there are" {
	for i in {20..39}; do
		ip -n b addr add "192.168.0.$i/24" dev eth0
		quiet_ns b "$TOOL/udp" -q -a "192.168.0.$i" -s 5200 203.0.113.100:7000
	done
	wait_for 'their mappings' mappings_are 20 internal :5200
	is "$(q "mapping show internal :5200 external $E" length)" 0
	is "$(b "$TOOL/udp" -s 5201 203.0.113.100:7000)" '203.0.113.8 5201'
}

@test "another inside host reaches it by that address, and so does it itself" {
	run -0 b "$TOOL/tcp" -s 5300 $E:80
	is "${lines[-1]}" '203.0.113.8 5300'
	run -0 a "$TOOL/udp" -s 5301 $E:7100
	is "${lines[-1]}" "$E 5301"
	# And is known by it to others that are reached so.
	portico forward add tcp 203.0.113.8:80 to 192.168.0.11:80
	run -0 a "$TOOL/tcp" -s 5302 203.0.113.8:80
	is "${lines[-1]}" "$E 5302"
	portico forward del tcp 203.0.113.8:80
}

@test "ICMP errors find their way, both ways" {
	run -0 a "$TOOL/udp" -s 5310 203.0.113.100:9
	is "${lines[-1]}" 'icmp 3/3'
	run -0 b "$TOOL/udp" -s 5311 $E:83
	is "${lines[-1]}" 'icmp 3/3'
}

@test "caps on ports do not count it" {
	portico inside set 192.168.0.0/24 max-ports 1
	for port in 5320 5321 5322; do
		is "$(a "$TOOL/udp" -s $port 203.0.113.100:7000)" "$E $port"
	done
	before=$(reason host-ports)
	b "$TOOL/udp" -w 1 -s 5323 203.0.113.100:7000
	is "$(reason host-ports)" $((before + 1)) 'refused to the other host'
	portico inside set 192.168.0.0/24 max-ports 0
}

@test "but its sessions are capped like others'" {
	portico inside set 192.168.0.0/24 max-sessions 1
	before=$(reason host-sessions)
	a "$TOOL/udp" -w 1 -s 5324 203.0.113.100:7000
	is "$(reason host-sessions)" $((before + 1)) 'refused'
	portico inside set 192.168.0.0/24 max-sessions 0
	is "$(a "$TOOL/udp" -s 5324 203.0.113.100:7000)" "$E 5324"
}

@test "a mapping that has ended can be made again at once" {
	portico uplink set wan timeout udp 1
	is "$(a "$TOOL/udp" -s 5330 203.0.113.100:7000)" "$E 5330"
	wait_for 'its end' mappings_are 0 internal 192.168.0.10:5330
	is "$(a "$TOOL/udp" -s 5330 203.0.113.100:7000)" "$E 5330"
	portico uplink set wan timeout udp 5m
}

@test "what it carried is counted from its placing on, ended mappings too" {
	portico forward del $E
	is "$(a "$TOOL/udp" -s 5340 203.0.113.100:7000 | cut -d' ' -f2)" 5340
	portico forward add $E to 192.168.0.10
	is "$(forward $E 'in_packets')" 0
	a "$TOOL/udp" -q -n 100 -s 5341 203.0.113.100:7001
	wait_for 'the mapping' mappings_are 1 internal :5341
	is "$(forward $E out_packets)" 1
	is "$(forward $E out_bytes)" 128
	portico mapping flush
	is "$(q 'forward show' '.[0] | "\(.out_packets) \(.out_bytes)"')" '1 128'
}

@test "what stands against it is named, and nothing of it is done" {
	forward_refused 'overlaps a forward' add $E to 192.168.0.11
	forward_refused 'overlaps a forward' add tcp $E:80 to 192.168.0.10:80
	forward_refused 'overlaps a forward' add udp $E:9000-9010 to 192.168.0.11:9000
	forward_refused 'another address of that uplink as a whole' add 203.0.113.8 to 192.168.0.10
	forward_refused 'another address of that uplink as a whole' add tcp 203.0.113.8:90 to 192.168.0.10:90
	forward_refused 'not an external address' add 203.0.113.77 to 192.168.0.11
	forward_refused 'not in an inside prefix' add 203.0.113.8 to 10.9.9.9
	forward_refused 'no forward begins there' del 203.0.113.8
	forward_refused 'no forward begins there' del tcp $E:80
	portico mapping flush
	portico forward add tcp 203.0.113.8:90 to 192.168.0.11:90
	forward_refused 'overlaps a forward' add 203.0.113.8 to 192.168.0.11
	portico uplink set wan address 203.0.113.8-203.0.113.10
	forward_refused 'is forwarded at another address' add 203.0.113.10 to 192.168.0.11
	portico forward del tcp 203.0.113.8:90
	is "$(a "$TOOL/udp" -s 5350 203.0.113.100:7000)" "$E 5350"
	portico uplink set wan address 203.0.113.8-203.0.113.9
}

@test "a mapping cannot be restored into it, but as it would be" {
	for line in "192.168.0.11:5360 $E:5360" "192.168.0.10:5360 $E:5361" '192.168.0.10:5360 203.0.113.8:5360'; do
		run -2 --separate-stderr portico mapping restore - <<<"tcp $line"
		# shellcheck disable=SC2154 # stderr is set by run
		[[ $stderr == *'forwarded as a whole'* ]]
	done
	mappings_are 0 internal :5360
	portico mapping restore - <<<"tcp 192.168.0.10:5360 $E:5360"
	mappings_are 1 internal :5360
}

@test "shown, dumped, and applied from the dump; who is behind it" {
	is "$(q 'forward show' '.[0] | "\(.proto) \(.external.port) \(.internal.address) \(.placed)"')" 'null null 192.168.0.10 1'
	portico forward show | grep -Eq "^- +$E +192.168.0.10 +1"
	portico dump >"$RUN/dump"
	grep -qx "forward add $E to 192.168.0.10" "$RUN/dump"
	[[ $(portico who $E:22/tcp) == *'forwarded as a whole to inside host 192.168.0.10'* ]]
	portico check "$RUN/dump"
	portico apply "$RUN/dump"
	is "$(portico dump)" "$(cat "$RUN/dump")"
}

@test "applied again: its connections live on, from outside and from inside" {
	bg in peer "$TOOL/tcp" -s 5370 -k 60 $E:80
	bg out a "$TOOL/tcp" -s 5371 -k 60 203.0.113.100:7000
	wait_for 'one' mappings_are 1 external $E:80 state established
	wait_for 'the other' mappings_are 1 external $E:5371 state established
	portico apply "$RUN/dump"
	mappings_are 1 external $E:80 state established
	mappings_are 1 external $E:5371 state established
}

@test "applied: from one host to another, and back, and as one that waits" {
	sed "s/ to 192.168.0.10/ to 192.168.0.11/" "$RUN/dump" | portico apply -
	is "$(peer "$TOOL/udp" -s 5380 $E:80)" '203.0.113.101 5380'
	is "$(q "mapping show external $E" '[.[].internal.address] | unique | join(" ")')" 192.168.0.11
	is "$(b "$TOOL/udp" -s 5381 203.0.113.100:7000)" "$E 5381"
	is "$(a "$TOOL/udp" -s 5382 203.0.113.100:7000)" '203.0.113.8 5382'
	# Both in one file clash, and nothing is changed.
	before=$(portico dump)
	run -2 --separate-stderr portico apply - < <(cat "$RUN/dump"; echo "forward add udp $E:500 to 192.168.0.11:500")
	[[ $stderr == *'overlaps an earlier forward'* ]]
	run -2 --separate-stderr portico apply - < <(cat "$RUN/dump"; echo "forward add udp 203.0.113.8:500 to 192.168.0.10:500")
	[[ $stderr == *'overlaps an earlier forward'* ]]
	is "$(portico dump)" "$before"
	portico apply "$RUN/dump"
	is "$(a "$TOOL/udp" -s 5383 203.0.113.100:7000)" "$E 5383"
	(cat "$RUN/dump"; echo 'forward add 203.0.113.77 to 192.168.0.11') | portico apply -
	is "$(forward 203.0.113.77 placed)" 0
	portico apply "$RUN/dump"
}

@test "flows that are as they would be go on when the address is given" {
	portico forward del $E
	portico mapping flush
	portico uplink set wan address $E
	bg early a "$TOOL/tcp" -s 5390 -k 60 203.0.113.100:7000
	wait_for 'it' mappings_are 1 external $E:5390 state established
	portico forward add $E to 192.168.0.10
	mappings_are 1 external $E:5390 state established
	portico uplink set wan address 203.0.113.8-203.0.113.9
}

@test "the address goes, the host has another; it comes back, and is all its own again" {
	portico uplink set wan address 203.0.113.8
	is "$(forward $E placed)" 0
	is "$(a "$TOOL/udp" -s 5400 203.0.113.100:7000)" '203.0.113.8 5400'
	portico uplink set wan address 203.0.113.8-203.0.113.9
	is "$(forward $E placed)" 1
	mappings_are 0 internal 192.168.0.10 external 203.0.113.8
	is "$(a "$TOOL/udp" -s 5400 203.0.113.100:7000)" "$E 5400"
	is "$(peer "$TOOL/udp" -s 5401 $E:80)" '203.0.113.101 5401'
	portico uplink del wan
	portico uplink add wan address 203.0.113.8-203.0.113.9
	is "$(forward $E placed)" 1
	is "$(peer "$TOOL/udp" -s 5401 $E:80)" '203.0.113.101 5401'
}

@test "taken back: nobody comes in any more, and others may have the address" {
	is "$(peer "$TOOL/udp" -s 5410 $E:80)" '203.0.113.101 5410'
	portico forward del $E
	mappings_are 0 external $E
	before=$(reason unsolicited)
	is "$(peer "$TOOL/udp" -w 1 -s 5410 $E:80)" -
	is "$(peer "$TOOL/udp" -w 1 -s 5411 $E:7100)" -
	is "$(reason unsolicited)" $((before + 2))
	mappings_are 0 external $E
	portico uplink set wan address $E
	is "$(b "$TOOL/udp" -s 5412 203.0.113.100:7000)" "$E 5412"
}

@test "on an address of the gateway's own its sockets are in the way" {
	portico mapping flush
	ip -n gw addr add $E/24 dev wan
	bg sock1 gw socat -u TCP-LISTEN:9500,bind=$E,reuseaddr -
	wait_for 'the socket' listening gw t 9500
	forward_refused 'a socket of the gateway holds' add $E to 192.168.0.10
	run -2 --separate-stderr portico apply - < <(portico dump; echo "forward add $E to 192.168.0.10")
	[[ $stderr == *'a socket of the gateway holds'* ]]
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'its end' gone gw t 9500
	bg sock2 gw socat -u UDP-LISTEN:9501 -
	wait_for 'the socket' listening gw u 9501
	forward_refused 'or at every address' add $E to 192.168.0.10
	kill "$(tail -n 1 "$RUN/pids")"
	wait_for 'its end' gone gw u 9501
	# At another address: not.
	bg sock3 gw socat -u TCP-LISTEN:9502,bind=203.0.113.1,reuseaddr -
	bg sock4 gw socat -u UDP-LISTEN:9502,bind=192.168.0.1 -
	wait_for 'one' listening gw t 9502
	wait_for 'the other' listening gw u 9502
	portico forward add $E to 192.168.0.10
	is "$(peer "$TOOL/tcp" -s 5500 $E:80)" '203.0.113.101 5500'
	is "$(peer "$TOOL/tcp" -s 5501 $E:9502)" refused
	is "$(a "$TOOL/udp" -s 45000 203.0.113.100:7000)" "$E 45000"
	run -0 peer ping -c 1 -W 10 $E
	is "$(q 'mapping show proto icmp internal 192.168.0.10' length)" 1
	# What is opened there later comes first, for new mappings.
	serve gw 9503
	is "$(peer "$TOOL/tcp" -s 5502 $E:9503)" '203.0.113.101 5502'
	mappings_are 0 external $E:9503
	portico forward del $E
	ip -n gw addr del $E/24 dev wan
}

@test "IPv6 the same" {
	ip -n srv route add 2001:db8:ff::8/125 via "$GW6"
	serve6 a 8080
	serve6 srv 7006
	portico uplink set wan address 203.0.113.8-203.0.113.9,2001:db8:ff::8-$E6
	portico forward add $E6 to "$A6"
	is "$(udp6 a -s 5000 "[$SRV6]:7006")" "$E6 5000"
	is "$(a "$TOOL/tcp" -a :: -s 5001 "[$SRV6]:7006")" "$E6 5001"
	is "$(udp6 b -s 5000 "[$SRV6]:7006")" '2001:db8:ff::8 5000'
	is "$(udp6 srv -s 5002 "[$E6]:8080")" "$SRV6 5002"
	run -0 srv ping -6 -c 2 -i 0.05 -W 10 $E6
	[[ $output == *'2 received'* ]]
	run -0 udp6 b -s 5003 "[$E6]:8080"
	is "${lines[-1]}" '2001:db8:ff::8 5003'
	portico mapping flush
	forward_refused 'another address of that uplink' add 2001:db8:ff::8 to "$A6"
	portico dump | grep -qx "forward add $E6 to $A6"
	portico forward del $E6
	is "$(udp6 srv -w 1 -s 5004 "[$E6]:8080")" -
}
