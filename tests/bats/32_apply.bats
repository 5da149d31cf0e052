#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# apply: a file becomes the configuration, all of it or nothing, and what stays
# allowed lives on.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve a 80 81
	serve srv 7000
}

# config LINE...: the network's own configuration and these lines.
config()
{
	printf '%s\n' 'uplink add wan' 'inside add 192.168.0.0/24' "$@"
}

apply()
{
	config "$@" | portico apply -
}

# refused TEXT LINE...: not applied, for this reason, and nothing has changed.
refused()
{
	local text=$1 before after

	shift
	before=$(portico dump)
	run -2 --separate-stderr apply "$@"
	# shellcheck disable=SC2154 # stderr is set by run
	say "$stderr"
	[[ $stderr == *"$text"* ]]
	after=$(portico dump)
	is "$after" "$before" 'the configuration'
}

# Of the monitor's lines, those after the first $mark.
events()
{
	tail -n +$((mark + 1)) "$RUN/monitor" | jq -r .event | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs
}

seen()
{
	[[ $(events) == *"$1="* ]]
}

shown()
{
	"$PORTICO" -n gw inside add 10.255.0.0/16
	"$PORTICO" -n gw inside del 10.255.0.0/16
	grep -q inside-del "$RUN/monitor"
}

@test "what is there already is not touched: no event, no session lost" {
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80'
	bg live srv "$TOOL/tcp" -s 5000 -k 60 203.0.113.1:8080
	bg out a "$TOOL/tcp" -s 5001 -k 60 203.0.113.100:7000
	wait_for 'both' mappings_are 1 internal 192.168.0.10:5001 state established
	bg monitor gw "$PORTICO" -j monitor uplink inside forward
	# It listens when it has shown something.
	wait_for 'the monitor' shown
	mark=$(wc -l <"$RUN/monitor")
	before=$(q 'mapping show' '[.[] | [.proto, .internal.port, .external.port]] | sort')
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80'
	is "$(q 'mapping show' '[.[] | [.proto, .internal.port, .external.port]] | sort')" "$before"
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80' 'inside add 10.0.0.0/8 max-ports 5'
	wait_for 'the one event' seen inside-add
	is "$(events)" 'inside-add=1'
	is "$(q 'mapping show' '[.[] | [.proto, .internal.port, .external.port]] | sort')" "$before"
}

@test "what differs is changed, what is missing goes, and each is an event" {
	mark=$(wc -l <"$RUN/monitor")
	printf '%s\n' 'uplink add wan filtering endpoint-independent timeout udp 9m' \
		'inside add 192.168.0.0/24 max-ports 100' \
		'forward add tcp 203.0.113.1:8081 to 192.168.0.10:80' | portico apply -
	is "$(q 'uplink show' '.[0] | "\(.filtering_udp) \(.timeouts.udp)"')" 'endpoint-independent 540'
	is "$(q 'inside show' '.[] | "\(.prefix) \(.max_ports)"')" '192.168.0.0/24 100'
	is "$(q 'forward show' '.[] | .external.port')" 8081
	is "$(srv "$TOOL/tcp" -s 5003 203.0.113.1:8081)" '203.0.113.100 5003'
	wait_for 'the last event' seen forward-add
	is "$(events)" 'forward-add=1 forward-del=1 inside-del=1 inside-set=1 uplink-set=1'
	# What is not said has its default again.
	apply
	is "$(q 'uplink show' '.[0] | "\(.filtering_udp) \(.timeouts.udp)"')" 'address-dependent 300'
	mappings_are 1 internal 192.168.0.10:5001 state established
}

@test "one wrong line, and nothing is changed; the line is named" {
	refused 'stdin:4: kernel: not in an inside prefix' \
		'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80' \
		'forward add tcp 203.0.113.1:8082 to 8.8.8.8:80'
	refused 'stdin:4: kernel: it overlaps an earlier forward' \
		'forward add tcp 203.0.113.1:8080-8090 to 192.168.0.10:80-90' \
		'forward add tcp 203.0.113.1:8085 to 192.168.0.11:80'
	refused 'stdin:4: kernel: another inside prefix is exchanged' \
		'inside add fd00::/48 npt 2001:db8::/48' 'inside add fd01::/56 npt 2001:db8:0:100::/56'
}

@test "a port that a mapping uses is in the way; its session goes on" {
	is "$(a "$TOOL/udp" -s 6000 203.0.113.100:7000)" '203.0.113.1 6000'
	refused 'stdin:4: kernel: an external port of it belongs to a mapping' \
		'forward add udp 203.0.113.1:5999 to 192.168.0.11:5999' \
		'forward add udp 203.0.113.1:6000 to 192.168.0.11:6000'
	is "$(a "$TOOL/udp" -s 6000 203.0.113.100:7000)" '203.0.113.1 6000'
	refused 'an internal endpoint of it has another mapping' \
		'forward add udp 203.0.113.1:6001 to 192.168.0.10:6000'
}

@test "check says the same and changes nothing" {
	before=$(portico dump)
	config 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80' 'inside add 10.0.0.0/8' |
		portico check -
	is "$(portico dump)" "$before"
	run -2 --separate-stderr portico check - <<<'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80'
	[[ $stderr == *'stdin:1: kernel: not in an inside prefix'* ]]
	is "$(portico dump)" "$before"
}

@test "a forward is taken from one host and given to another at once" {
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.11:80'
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80'
	is "$(srv "$TOOL/tcp" -s 5004 203.0.113.1:8080)" '203.0.113.100 5004'
	# The two swap their ports.
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:80' 'forward add tcp 203.0.113.1:8081 to 192.168.0.10:81'
	apply 'forward add tcp 203.0.113.1:8080 to 192.168.0.10:81' 'forward add tcp 203.0.113.1:8081 to 192.168.0.10:80'
	is "$(q 'forward show' '[.[] | "\(.external.port)>\(.internal.port) \(.placed)"] | sort | join(", ")')" '8080>81 1, 8081>80 1'
}

@test "before the uplink has its address: it applies, and waits" {
	apply 'forward add tcp 203.0.113.77:80 to 192.168.0.10:80'
	is "$(q 'forward show' '.[0].placed')" 0
	ip -n gw addr add 203.0.113.77/24 dev wan
	printf '%s\n' 'uplink add wan address 203.0.113.77' 'inside add 192.168.0.0/24' \
		'forward add tcp 203.0.113.77:80 to 192.168.0.10:80' | portico apply -
	is "$(q 'forward show' '.[0].placed')" 1
	is "$(srv "$TOOL/tcp" -s 5005 203.0.113.77:80)" '203.0.113.100 5005'
	ip -n gw addr del 203.0.113.77/24 dev wan
	apply
}

@test "an address moves from one uplink to another" {
	ip -n gw link add spare type dummy
	ip -n gw link set spare up
	printf '%s\n' 'uplink add wan address 203.0.113.8,203.0.113.9' 'uplink add spare address 203.0.113.10' \
		'inside add 192.168.0.0/24' | portico apply -
	printf '%s\n' 'uplink add wan address 203.0.113.8' 'uplink add spare address 203.0.113.9-203.0.113.10' \
		'inside add 192.168.0.0/24' | portico apply -
	is "$(q 'uplink show' '.[] | "\(.dev) \(.addresses | join(" "))"' | sort | xargs)" \
		'spare 203.0.113.9 203.0.113.10 wan 203.0.113.8'
	# And one replaces the other.
	printf '%s\n' 'uplink add spare address 203.0.113.8' 'inside add 192.168.0.0/24' | portico apply -
	is "$(q 'uplink show' '.[] | "\(.dev) \(.addresses | join(" "))"')" 'spare 203.0.113.8'
	apply
	ip -n gw link del spare
	is "$(a "$TOOL/udp" -s 6005 203.0.113.100:7000)" '203.0.113.1 6005'
}

@test "an empty file takes everything away" {
	portico apply - </dev/null
	is "$(portico dump)" ''
	mappings_are 0
	apply
}

@test "a large configuration: a thousand prefixes, four thousand forwards" {
	awk 'BEGIN {
		print "uplink add wan address 203.0.113.64-203.0.113.71"
		print "inside add 192.168.0.0/24"
		for (i = 0; i < 1000; i++)
			printf "inside add 10.%d.%d.0/24 max-ports 9\n", i / 256, i % 256
		for (i = 0; i < 4000; i++)
			printf "forward add tcp 203.0.113.%d:%d to 10.0.%d.%d:80\n", 64 + i % 8, 2000 + i / 8, i / 250, 1 + i % 250
	}' >"$RUN/large"
	portico apply "$RUN/large"
	is "$(q 'forward show' '[.[].placed] | add')" 4000
	portico dump | grep -v '^uplink ' | sort >"$RUN/dumped"
	grep -v '^uplink ' "$RUN/large" | sort | cmp - "$RUN/dumped"
	portico apply "$RUN/large"
	mappings_are 4000
	apply
	mappings_are 0
}
