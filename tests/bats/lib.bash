# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the traffic tests share. Sourced by every file here.
#
#  a     192.168.0.10 --+                                 +-- 203.0.113.100  srv
#                       |   192.168.0.1    203.0.113.1    |   198.51.100.100
#                       +--- lan     gw     wan ----------+
#                       |                                 |
#  b     192.168.0.11 --+                                 +-- 203.0.113.101  peer
#                                                             198.51.100.101
#
# Six network namespaces; the sixth, `wire`, holds the two bridges (lan0, wan0)
# into which everybody plugs. Nobody outside knows a way to 192.168.0.0/24, so
# what comes back came back through the gateway. With `net_up far` there is one
# hop more: srv routes to `far` 192.0.2.100.
#
# Helpers print what they run, so a failed test tells its story. Waiting means
# asking again until a condition holds, or failing loudly: see wait_for().

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=$LIB/tool
export LIB TOOL
bats_require_minimum_version 1.5.0

# How long a condition may take before its test fails, in seconds.
PATIENCE=$((10 * ${SLOW:-1}))

say()
{
	echo "# $*"
}

# Run a command in a namespace, and say so.
in_ns()
{
	local ns=$1

	shift
	say "$ns: $*" >&2
	ip netns exec "$ns" "$@"
}

# The same without a word: for polling.
quiet_ns()
{
	ip netns exec "$1" "${@:2}"
}

a() { in_ns a "$@"; }
b() { in_ns b "$@"; }
gw() { in_ns gw "$@"; }
srv() { in_ns srv "$@"; }
peer() { in_ns peer "$@"; }

# The tool under test, in the gateway's namespace. WAY=slow or WAY=batch runs any
# file without the fast path, or with packets always in batches.
portico()
{
	say "portico $*" >&2
	case ${WAY:-},$1,${2:-} in
	slow,uplink,add)	"$PORTICO" -n gw "$@" fastpath off ;;
	batch,uplink,add)	"$PORTICO" -n gw "$@" && "$PORTICO" -n gw status set batch-from 0 ;;
	*)			"$PORTICO" -n gw "$@" ;;
	esac
}

# jq over JSON output: q "host show" '.[0].out.bytes'
q()
{
	local what=$1

	shift
	# shellcheck disable=SC2086 # a command is words
	"$PORTICO" -n gw -j $what | jq -r "$@"
}

# Ask until the answer is yes: wait_for 'what it is' command...
wait_for()
{
	local what=$1 end=$((SECONDS + PATIENCE))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS > end)); then
			say "waited $PATIENCE s in vain: $what"
			return 1
		fi
		sleep 0.05
	done
}

# is GOT EXPECTED [WHAT]: equal, not close.
is()
{
	if [ "$1" != "$2" ]; then
		say "${3:-value}: got '$1', expected '$2'"
		return 1
	fi
}

# holds WHAT EXPRESSION: an arithmetic truth.
holds()
{
	if ! (($2)); then
		say "not so: $1 ($2)"
		return 1
	fi
}

# ---------------------------------------------------------------- the network

# Few programs do much here: in a debug kernel each costs a twentieth of a second.

# Commands of ip(8), a line each, in a namespace.
ips()
{
	ip -n "$1" -batch -
}

# plug NS DEV BRIDGE: a cable from there to a port of a bridge, both ends up.
plug()
{
	local ns=$1 dev=$2 bridge=$3 port=$1-$2

	ips wire <<-IP
		link add $port type veth peer name $dev netns $ns
		link set $port master $bridge up
	IP
	ip -n "$ns" link set "$dev" up
}

new_ns()
{
	local ns

	printf 'netns add %s\n' "$@" | ip -batch -
	for ns in "$@"; do
		ip -n "$ns" link set lo up
		# What the tests count is what the tests send.
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 \
			net.ipv4.icmp_msgs_burst=10000
	done
}

# net_up [peer] [far]: the picture above.
net_up()
{
	local ns

	say "network: a b gw srv $*"
	new_ns wire a b gw srv
	ips wire <<-IP
		link add lan0 type bridge forward_delay 0
		link add wan0 type bridge forward_delay 0
		link set lan0 up
		link set wan0 up
		link add a-eth0 type veth peer name eth0 netns a
		link add b-eth0 type veth peer name eth0 netns b
		link add gw-lan type veth peer name lan netns gw
		link add gw-wan type veth peer name wan netns gw
		link add srv-eth0 type veth peer name eth0 netns srv
		link set a-eth0 master lan0 up
		link set b-eth0 master lan0 up
		link set gw-lan master lan0 up
		link set gw-wan master wan0 up
		link set srv-eth0 master wan0 up
	IP
	ips a <<-IP
		link set eth0 up
		addr add 192.168.0.10/24 dev eth0
		route add default via 192.168.0.1
	IP
	ips b <<-IP
		link set eth0 up
		addr add 192.168.0.11/24 dev eth0
		route add default via 192.168.0.1
	IP
	ips gw <<-IP
		link set lan up
		link set wan up
		addr add 192.168.0.1/24 dev lan
		addr add 203.0.113.1/24 dev wan
		route add 198.51.100.0/24 dev wan
	IP
	ips srv <<-IP
		link set eth0 up
		addr add 203.0.113.100/24 dev eth0
		addr add 198.51.100.100/24 dev eth0
	IP
	# Inside hosts of one LAN must not be told to talk past the gateway.
	ip netns exec gw sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.lan.send_redirects=0 \
		net.ipv4.conf.wan.send_redirects=0
	for ns in "$@"; do
		"net_up_$ns"
	done
}

net_up_peer()
{
	new_ns peer
	plug peer eth0 wan0
	ips peer <<-IP
		addr add 203.0.113.101/24 dev eth0
		addr add 198.51.100.101/24 dev eth0
	IP
}

# srv is a router too, and behind it is a network of its own.
net_up_far()
{
	new_ns far
	ips far <<-IP
		link add eth0 type veth peer name far netns srv
		link set eth0 up
		addr add 192.0.2.100/24 dev eth0
	IP
	ips srv <<-IP
		link set far up
		addr add 192.0.2.1/24 dev far
	IP
	ip netns exec srv sysctl -qw net.ipv4.ip_forward=1
	ip -n far route add default via 192.0.2.1
	ip -n gw route add 192.0.2.0/24 via 203.0.113.100
}

far() { in_ns far "$@"; }

# offload on|off: off, one buffer is one packet everywhere.
offload()
{
	local ns

	for ns in a b gw srv; do
		# shellcheck disable=SC2016 # words of the inner shell
		ip netns exec "$ns" sh -c 'for dev in eth0 lan wan; do
			[ ! -e /sys/class/net/$dev ] ||
				ethtool -K $dev tso "$1" gso "$1" gro "$1" >/dev/null || exit
		done' sh "$1"
	done
}

# No ARP: what crosses a's and the gateway's links is what programs send.
static_neighbours()
{
	local ns

	for ns in a b; do
		ip -n $ns neigh replace 192.168.0.1 lladdr "$(mac gw lan)" dev eth0 nud permanent
		ip -n gw neigh replace "$(address_of $ns)" lladdr "$(mac $ns eth0)" dev lan nud permanent
	done
	ip -n gw neigh replace 203.0.113.100 lladdr "$(mac srv eth0)" dev wan nud permanent
	ip -n srv neigh replace 203.0.113.1 lladdr "$(mac gw wan)" dev eth0 nud permanent
}

mac()
{
	ip -n "$1" -j link show "$2" | jq -r '.[0].address'
}

address_of()
{
	case $1 in
	a)	echo 192.168.0.10 ;;
	b)	echo 192.168.0.11 ;;
	esac
}

# The gateway of most tests; arguments go to `uplink add wan`.
gw_up()
{
	say "insmod portico.ko" >&2
	[ -d /sys/module/portico ] || insmod "$PORTICO_KO"
	portico uplink add wan "$@"
	portico inside add 192.168.0.0/24
}

# ---------------------------------------------------- programs in the background

# bg NAME NS command...: its output goes to $RUN/NAME.
bg()
{
	local name=$1 ns=$2

	shift 2
	say "$ns: $* &"
	ip netns exec "$ns" "$@" >"$RUN/$name" 2>&1 3>&- 4>&- </dev/null &
	echo $! >>"$RUN/pids"
}

listening()
{
	quiet_ns "$1" ss -Hln"$2" "sport = :$3" | grep -q .
}

gone()
{
	! listening "$@"
}

# serve NS PORT...: a UDP and TCP service that answers everybody with the
# endpoint that it sees; what it saw stands in $RUN/serve-NS.
serve()
{
	local ns=$1 port

	shift
	bg "serve-$ns" "$ns" "$TOOL/serve" "$@"
	for port in "$@"; do
		wait_for "$ns serves UDP $port" listening "$ns" u "$port"
		wait_for "$ns serves TCP $port" listening "$ns" t "$port"
	done
}

# monitor [OBJECT...]: the gateway's events go to $RUN/events, as JSON.
# shellcheck disable=SC2120 # tests name objects
monitor()
{
	ip netns exec gw "$PORTICO" -j monitor "$@" >"$RUN/events" 3>&- &
	echo $! >>"$RUN/pids"
}

# All events, from now on: it listens when it has shown something.
events_from_now()
{
	monitor
	wait_for 'the monitor' marked
}

marked()
{
	"$PORTICO" -n gw inside add 10.255.0.0/16
	"$PORTICO" -n gw inside del 10.255.0.0/16
	grep -q inside-del "$RUN/events"
}

# --------------------------------------------------------------- what is refused

# refused TEXT WORD...: the kernel refuses that forward with this, and nothing has
# changed.
forward_refused()
{
	local text=$1 before after

	shift
	before=$(portico dump)
	run -2 --separate-stderr portico forward "$@"
	# shellcheck disable=SC2154 # stderr is set by run
	say "$stderr"
	[[ $stderr == *"$text"* ]]
	after=$(portico dump)
	is "$after" "$before" 'the configuration'
}

# ------------------------------------------------------------- what was counted

# Packets booked for a reason, over all hooks.
reason()
{
	# shellcheck disable=SC2016 # $r is jq's
	q 'reason show' --arg r "$1" '[.[] | select(.reason == $r) | .packets] | add // 0'
}

reason_is()
{
	[ "$(reason "$1")" = "$2" ]
}

# mappings_are N [FILTER...]
mappings_are()
{
	[ "$(q "mapping show ${*:2}" length)" = "$1" ]
}

# absent PATTERN FILE: a line alone must not be trusted to `!` in bats.
absent()
{
	if grep -- "$1" "$2"; then
		say "'$1' is in ${2##*/}"
		return 1
	fi
}

# What NS's own link sent and got, layer 3: "PACKETS BYTES PACKETS BYTES".
wire_counts()
{
	ip -n "$1" -s -j link show eth0 | jq -r '.[0].stats64 | [.tx, .rx] |
		map("\(.packets) \(.bytes - 14 * .packets)") | join(" ")'
}

# What the gateway has booked on that host, in the same form.
booked()
{
	# shellcheck disable=SC2016 # $h is jq's
	q 'host show side inside' --arg h "$(address_of "$1")" '[.[] | select(.host == $h) |
		"\(.out_packets) \(.out_bytes) \(.in_packets) \(.in_bytes)"] | .[0] // "0 0 0 0"'
}

# less A B: by how much four counts have grown.
less()
{
	echo "$1 $2" | awk '{ print $5 - $1, $6 - $2, $7 - $3, $8 - $4 }'
}

# Packets that the fast path carried.
fast()
{
	q 'reason show' '[.[] | select(.hook == "ingress" and .verdict == "translated") | .packets] | add // 0'
}

# A stream of a to srv's port 9000 is over: both ends have said goodbye.
stream_closed()
{
	[ -z "$(quiet_ns srv ss -Htn 'sport = :9000')" ] &&
		[ -z "$(quiet_ns a ss -Htn state all exclude time-wait 'dport = :9000')" ]
}

# The books balance.
balanced()
{
	portico audit
}

# ------------------------------------------------------------ begin and end

# In setup_file: a place for files, and an end for everything.
begin()
{
	RUN=$(mktemp -d "${TMPDIR:-/tmp}/portico.XXXXXX")
	export RUN
	: >"$RUN/pids"
	# Settings of the whole guest: errors are never held back, streams fit.
	sysctl -qw net.ipv4.route.error_cost=0 net.core.rmem_max=8388608 \
		net.core.wmem_max=8388608
}

# In teardown_file.
end()
{
	local pid

	while read -r pid; do
		kill "$pid" 2>/dev/null || true
	done <"$RUN/pids"
	ip -all netns delete
	for _ in {1..100}; do
		if [ ! -d /sys/module/portico ] || rmmod portico 2>/dev/null; then
			break
		fi
		sleep 0.05
	done
	rm -rf "$RUN"
	[ ! -d /sys/module/portico ]
}

# Unless a file says otherwise.
teardown_file()
{
	end
}

# After every test the books must balance.
teardown()
{
	[ ! -d /sys/module/portico ] || balanced
}
