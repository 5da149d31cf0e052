#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Wrong words: every class of them has its own text, exit status 1, and reaches
# no kernel. Each line is one class: `words => exact text`.
# shellcheck disable=SC2154 # run sets stderr_lines
bats_require_minimum_version 1.5.0
load cli

@test "wrong objects, commands and options" {
	refuses <<'TABLE'
 => object is missing
'' => empty object
'' show => empty object
nonsense => unknown object 'nonsense'
maping show => unknown object 'maping', did you mean 'mapping'?
map show => unknown object 'map'
mapping shw => unknown command 'mapping shw', did you mean 'show'?
mapping s => unknown command 'mapping s'
mapping '' => unknown command 'mapping '
who => endpoint is missing
-x status => unknown option '-x'
--jsn status => unknown option '--jsn'
status -x => unknown command 'status -x'
mapping show -x => unknown option '-x'
mapping show --closed => unknown option '--closed'
-n => option '-n' needs a value
status -b => option '-b' needs a value
--json=yes status => option '--json' takes no value
-c=red status => bad color 'red': none of auto, always, never
-p status => option '-p' is for JSON: give '-j' too
-j -o mapping show => options '-j' and '-o' exclude each other
audit now => unexpected word 'now'
status show now => unexpected word 'now'
$'st\ntus' => unknown object 'st\x0atus', did you mean 'status'?
$'\033[31mred' => unknown object '\x1b[31mred'
$'\377\376' => unknown object '\xff\xfe'
TABLE
}

@test "wrong addresses" {
	refuses <<'TABLE'
mapping show internal 192.168.0.300 => bad address '192.168.0.300': octet 300 is above 255
mapping show internal 192.168.0 => bad address '192.168.0': only 3 octets of 4
mapping show internal 192.168.0.1.2 => bad address '192.168.0.1.2': more than 4 octets
mapping show internal 192.168..1 => bad address '192.168..1': an octet is empty
mapping show internal 192.168.0.1a => bad address '192.168.0.1a': 'a' is not a digit
mapping show internal 192.168.010.1 => bad address '192.168.010.1': octet 010 begins with a zero
mapping show internal 192.168.0.-1 => bad address '192.168.0.-1': '-' is not a digit
mapping show internal 99999999999999999999.1.1.1 => bad address '99999999999999999999.1.1.1': octet 99999999999999999999 is above 255
mapping show internal gateway => bad address 'gateway': neither IPv4 nor IPv6
mapping show internal '' => empty endpoint
mapping show internal 2001:db8::g => bad address '2001:db8::g': 'g' is not a hexadecimal digit
mapping show internal 2001::db8::1 => bad address '2001::db8::1': '::' is there twice
mapping show internal 2001:db8:1:2:3:4:5 => bad address '2001:db8:1:2:3:4:5': fewer than 8 groups and no '::'
mapping show internal 1:2:3:4:5:6:7:8:9 => bad address '1:2:3:4:5:6:7:8:9': more than 8 groups
mapping show internal 2001:12345::1 => bad address '2001:12345::1': group 12345 has more than 4 digits
mapping show internal fe80::1%eth0 => bad address 'fe80::1%eth0': an interface (%) cannot be part of it
mapping show internal $'10.0.0.1\n' => bad address '10.0.0.1\x0a': '\x0a' is not a digit
TABLE
}

@test "wrong endpoints and ports" {
	refuses <<'TABLE'
mapping show external 203.0.113.8:65536 => bad port '65536': above 65535
mapping show external :x => bad port 'x': 'x' is not a digit
mapping show external 203.0.113.8: => empty port
mapping show external :080 => bad port '080': begins with a zero
mapping show external :99999999999999999999999 => bad port '99999999999999999999999': above 65535
mapping show external '[2001:db8::1:80' => bad endpoint '[2001:db8::1:80': ']' is missing
mapping show external '[2001:db8::1]80' => bad endpoint '[2001:db8::1]80': ':' must follow ']'
mapping show external '[203.0.113.8]:80' => bad endpoint '[203.0.113.8]:80': brackets are for IPv6
mapping show external :80/quic => unknown protocol 'quic'
mapping show proto tcp external :80/udp => bad external ':80/udp': another protocol is given already
mapping show external :80/24 => bad endpoint ':80/24': either a port or a prefix, not both
mapping show external 203.0.113.0/33 => bad prefix '203.0.113.0/33': length 33 is above 32
mapping show external 203.0.113.9/24 => bad prefix '203.0.113.9/24': bits after the first 24 are set, did you mean 203.0.113.0/24?
mapping show external 203.0.113.0/ => empty prefix length
who 203.0.113.8 => bad endpoint '203.0.113.8': its port is missing
who :80 => bad endpoint ':80': its address is missing
who 203.0.113.0/24 => bad endpoint '203.0.113.0/24': its port is missing
who 203.0.113.8:80/tcp now => unexpected word 'now'
host show address 203.0.113.8:80 => bad endpoint '203.0.113.8:80': a port does not belong here
TABLE
}

@test "wrong filters" {
	refuses <<'TABLE'
mapping show proto => 'proto' needs a value
mapping show proto '' => empty protocol
mapping show proto quic => unknown protocol 'quic'
mapping show proto 256 => bad protocol '256': above 255
mapping show proto 0 => bad protocol '0': below 1
mapping show proto tcp proto udp => 'proto' is given twice
mapping show internl :80 => unknown keyword 'internl', did you mean 'internal'?
mapping show state open => bad state 'open': none of none, active, replied, opening-out, opening-in, established, fin-out, fin-in, closing, reset
mapping show dev abcdefghijklmnop => bad interface name 'abcdefghijklmnop': longer than 15 characters
mapping show dev a/b => bad interface name 'a/b': '/' cannot be in it
mapping show dev '' => empty interface name
mapping del => say which mappings; 'mapping flush' removes all
session show remote 1.2.3 => bad address '1.2.3': only 3 octets of 4
session flush all => unknown keyword 'all'
host show side outside => bad side 'outside': none of inside, local, remote
host show --by 129 => bad prefix length '129': above 128
host show sort size => bad sort 'size': none of bytes, packets, rate, mappings, sessions, created, refused, last, address
host show top 0 => bad top '0': below 1
host show top many => bad top 'many': 'm' is not a digit
socket show pid 0 => bad pid '0': below 1
socket show uid -1 => bad uid '-1': '-' is not a digit
socket show --by inode => bad --by 'inode': none of process, user, cgroup, port
socket show state dead => bad state 'dead': none of established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listen, closing, connected, open, raw
socket show sort sockets => bad sort 'sockets': none of bytes, packets, drops, retrans, backlog, first, last
socket show --by port sort first => bad sort 'first': none of bytes, packets, sockets, drops, retrans
socket show top 0 => bad top '0': below 1
socket show comm => 'comm' needs a value
port show sort owner => bad sort 'owner': none of bytes, packets, sockets, misses, sources, last, port
port show top x => bad top 'x': 'x' is not a digit
inside add 192.168.0.0/16 max-sessions -1 => bad max-sessions '-1': '-' is not a digit
port show port 65536 => bad port '65536': above 65535
port show proto => 'proto' needs a value
reason show hook input => bad hook 'input': none of ingress, pre-routing, post-routing, local-in, local-out
reason show verdict deny => bad verdict 'deny': none of pass, translated, drop
reason show name '' => empty reason name
reason reset all => unexpected word 'all'
monitor mappings => bad object 'mappings': none of mapping, uplink, inside, forward, socket, host, account, block
monitor socket socket => 'socket' is given twice
-j -p monitor => option '-p' is not for monitor: one JSON object is one line
TABLE
}

@test "wrong uplinks" {
	refuses <<'TABLE'
uplink add => interface name is missing
uplink add '' => empty interface name
uplink add .. => bad interface name '..'
uplink add 'et h0' => bad interface name 'et h0': ' ' cannot be in it
uplink add eth0 adress 203.0.113.8 => unknown keyword 'adress', did you mean 'address'?
uplink add eth0 address => 'address' needs a value
uplink add eth0 address '' => empty address
uplink add eth0 address 203.0.113.8, => empty address
uplink add eth0 address 203.0.113.9/29 => bad prefix '203.0.113.9/29': bits after the first 29 are set, did you mean 203.0.113.8/29?
uplink add eth0 address 10.0.0.0/8 => bad address '10.0.0.0/8': more than 4096 addresses on one uplink
uplink add eth0 address 10.0.0.9-10.0.0.1 => bad address range '10.0.0.9-10.0.0.1': the first is above the last
uplink add eth0 address 10.0.0.1-2001:db8::1 => bad address range '10.0.0.1-2001:db8::1': both ends must be of one family
uplink add eth0 address 10.0.0.1 follow => 'address' and 'follow' exclude each other
uplink add eth0 ports 1024 65535 => unknown keyword '65535'
uplink add eth0 ports 9-8 => bad port range '9-8': 9 is above 8
uplink add eth0 ports 0-9 => bad port '0': below 1
uplink add eth0 ports 1-65536 => bad port '65536': above 65535
uplink add eth0 ports - => empty port
uplink add eth0 filtering none => bad filtering 'none': none of endpoint-independent, address-dependent, address-and-port-dependent
uplink add eth0 filtering tcp => 'tcp' needs a value
uplink add eth0 filtering tcp address-dependent filtering tcp address-dependent => 'filtering tcp' is given twice
uplink add eth0 timeout dns 5 => unknown timeout 'dns': none of udp, tcp-opening, tcp-established, tcp-closing, icmp, hold, other
uplink add eth0 timeout udp => 'udp' needs a value
uplink add eth0 timeout udp '' => empty duration
uplink add eth0 timeout udp 0 => bad duration '0': below 1
uplink add eth0 timeout udp 0s => bad duration '0s': below 1s
uplink add eth0 timeout udp 2w => bad duration '2w': above 604800s
uplink add eth0 timeout udp 5x => bad duration '5x': unit 'x' is none of s, m, h, d, w
uplink add eth0 timeout udp 5m2h => bad duration '5m2h': larger units come first, each once
uplink add eth0 timeout udp 5m3 => bad duration '5m3': its last number has no unit
uplink add eth0 timeout udp m => bad duration 'm': a number is missing before 'm'
uplink add eth0 timeout udp 99999999999999999999h => bad duration '99999999999999999999h': above 604800s
uplink add eth0 timeout udp 5 timeout udp 6 => 'timeout udp' is given twice
uplink add eth0 fastpath yes => bad fastpath 'yes': neither 'on' nor 'off'
uplink add eth0 hairpin => 'hairpin' needs a value
uplink add eth0 mss 63 => bad mss '63': below 64
uplink add eth0 icmp-code 16 => bad icmp-code '16': above 15
uplink add eth0 address-loss keep => bad address-loss 'keep': none of drop, hold
uplink add eth0 address-loss hold => 'hold' needs a value
uplink add eth0 address-loss hold 0s => bad duration '0s': below 1s
uplink add eth0 block 100 => bad block '100': not a power of two
uplink add eth0 block 32 => bad block '32': below 64
uplink add eth0 deterministic 1 => bad deterministic '1': neither 'on' nor 'off'
uplink add eth0 address-change keep => bad address-change 'keep': none of drop, migrate
block show host => 'host' needs a value
block show host 10.0.0.0/8 => bad address '10.0.0.0/8': '/' is not a digit
block show external 10.0.0.0/8 => bad external '10.0.0.0/8': one address, not a prefix
block show external 10.0.0.1:70000 => bad port '70000': above 65535
uplink add eth0 max-blocks 65 => bad max-blocks '65': above 64
uplink set eth0 => nothing to set
uplink del eth0 now => unexpected word 'now'
uplink show eth0 eth1 => unexpected word 'eth1'
TABLE
}

@test "more ranges than one uplink has" {
	list=$(printf '10.0.%d.1,' {0..64})
	refuses <<<"uplink add eth0 address ${list%,} => bad address '10.0.64.1': more than 64 ranges on one uplink"
}

@test "wrong accounts" {
	refuses <<'TABLE'
account add => account name is missing
account add office => prefix is missing
account add a/b 10.0.0.0/8 => bad account name 'a/b': only letters, digits, '-', '_' and '.'
account add .a 10.0.0.0/8 => bad account name '.a': begins with '.'
account add office 10.0.0.0 => bad prefix '10.0.0.0': its length is missing, as in 10.0.0.0/24
account add office 10.0.0.0/8,,fd00::/8 => empty prefix
account add office 10.0.0.0/8 fd00::/8 => unexpected word 'fd00::/8'
account add aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 10.0.0.0/8 => bad account name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': longer than 31 bytes
account del office home => unexpected word 'home'
account reset => account name is missing
TABLE
}

@test "wrong inside prefixes" {
	refuses <<'TABLE'
inside add => prefix is missing
inside add '' => empty prefix
inside add 192.168.0.0 => bad prefix '192.168.0.0': its length is missing, as in 192.168.0.0/24
inside add 2001:db8:: => bad prefix '2001:db8::': its length is missing, as in 2001:db8::/64
inside add 192.168.0.0/ => empty prefix length
inside add 192.168.0.0/x => bad prefix length 'x': 'x' is not a digit
inside add 192.168.0.0/33 => bad prefix '192.168.0.0/33': length 33 is above 32
inside add fd00::/129 => bad prefix 'fd00::/129': length 129 is above 128
inside add 192.168.1.0/16 => bad prefix '192.168.1.0/16': bits after the first 16 are set, did you mean 192.168.0.0/16?
inside add 192.168.0.300/16 => bad address '192.168.0.300': octet 300 is above 255
inside add 192.168.0.0/16 max-ports 4294967296 => bad max-ports '4294967296': above 4294967295
inside add 192.168.0.0/16 max-rate 5/m => bad max-rate '5/m': only '/s' may follow the number
inside add 192.168.0.0/16 quota 10X => bad quota '10X': 'X' is not a digit
inside add 192.168.0.0/16 quota 0 => bad quota '0': below 1
inside add 192.168.0.0/16 quota M => empty quota
inside add 192.168.0.0/16 quota 99999999999T => bad quota '99999999999': above 18446744
inside add 192.168.0.0/16 quota 10G/month => bad duration 'month': a number is missing before 'm'
inside add 192.168.0.0/16 quota 10G/32d => bad duration '32d': above 2678400s
inside add 192.168.0.0/16 over-quota drop => bad over-quota 'drop': none of notify, refuse
inside add 192.168.0.0/16 npt 2001:db8::/48 => bad npt '2001:db8::/48': both prefixes must be IPv6
inside add fd00:1::/48 npt 2001:db8::/56 => bad npt '2001:db8::/56': length 56 differs from the inside prefix's 48
inside set 192.168.0.0/16 => nothing to set
inside del 192.168.0.0/16 now => unexpected word 'now'
TABLE
}

@test "wrong forwards" {
	refuses <<'TABLE'
forward add => external endpoint is missing
forward add tcp => external endpoint is missing
forward add quic 203.0.113.8:80 to 192.168.0.10:80 => unknown protocol 'quic'
forward add icmp 203.0.113.8 to 192.168.0.10 => protocol 'icmp' has no ports to forward
forward add tcp 203.0.113.8:80 => 'to' is missing
forward add tcp 203.0.113.8:80 into 192.168.0.10:80 => expected 'to' instead of 'into'
forward add tcp 203.0.113.8:80 to => internal endpoint is missing
forward add tcp 203.0.113.8 to 192.168.0.10:80 => bad endpoint '203.0.113.8': with a protocol, its port is missing
forward add gre 203.0.113.8:80 to 192.168.0.10 => bad endpoint '203.0.113.8:80': GRE and ESP have no ports
forward add esp 203.0.113.8 to 192.168.0.10:80 => bad endpoint '192.168.0.10:80': GRE and ESP have no ports
forward add 203.0.113.8:80 to 192.168.0.10:80 => bad endpoint '203.0.113.8:80': a port needs a protocol before it
forward add tcp 203.0.113.8:80 to 192.168.0.300:80 => bad address '192.168.0.300': octet 300 is above 255
forward add tcp 203.0.113.8:0 to 192.168.0.10:80 => bad port '0': below 1
forward add tcp 203.0.113.8:80/tcp to 192.168.0.10:80 => bad endpoint '203.0.113.8:80/tcp': a protocol does not belong here
forward add tcp 203.0.113.8:80 to [fd00::1]:80 => both endpoints must be of one family
forward add tcp 203.0.113.8:8099-8000 to 192.168.0.10:80 => bad port range '8099-8000': 8099 is above 8000
forward add tcp 203.0.113.8:8000-8099 to 192.168.0.10:80-90 => the ranges differ in size: 100 external ports, 11 internal
forward add tcp 203.0.113.8:8000-8099 to 192.168.0.10:65500 => the internal range ends above port 65535
forward add tcp 203.0.113.8:80 to 192.168.0.10:80 now => unexpected word 'now'
forward del tcp 203.0.113.8:80 to 192.168.0.10:80 => unexpected word 'to'
TABLE
}

@test "wrong settings" {
	refuses <<'TABLE'
status set => nothing to set
status set mappings-max lots => bad mappings-max 'lots': 'l' is not a digit
status set mappings-max 4294967296 => bad mappings-max '4294967296': above 4294967295
status set accounting 1 => bad accounting '1': neither 'on' nor 'off'
TABLE
}

@test "too long a word is cut, not believed" {
	long=$(printf 'a%.0s' {1..5000})
	run --separate-stderr "$PORTICO" mapping show internal "$long"
	[ "$status" = 1 ]
	[ "${#stderr_lines[0]}" -lt 400 ]
	[[ ${stderr_lines[0]} == *"...': too long" ]]
}

@test "what looks like a number after the object is no option" {
	refuses <<<"socket show uid -5 => bad uid '-5': '-' is not a digit"
}
