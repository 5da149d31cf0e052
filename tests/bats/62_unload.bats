#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock,smp
# The module is removed under traffic; what it kept is gone, and it comes back clean.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	serve srv 7000
}

@test "rmmod while TCP, UDP and ping are under way" {
	bg flood a "$TOOL/knock" 203.0.113.100:7000
	bg ping b ping -i 0.05 203.0.113.100
	bg tcp a "$TOOL/tcp" -s 5001 -k 60 203.0.113.100:7000
	wait_for 'the mappings' some
	start=${EPOCHREALTIME/./}
	rmmod portico
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	say "unloaded in $ms ms"
	holds 'in time' "$ms < 2000 * $SLOW"
	[ ! -d /sys/module/portico ]
	run ! grep '^portico' /proc/slabinfo
}

some()
{
	[ "$(q 'mapping show' length)" -ge 3 ]
}

@test "without the module nothing is translated" {
	run a "$TOOL/udp" -w 1 -s 5002 203.0.113.100:7000
	is "${lines[-1]}" -
}

@test "loaded again it begins with empty books" {
	gw_up
	is "$(q 'reason show verdict drop' length)" 0
	is "$(a "$TOOL/udp" -s 5003 203.0.113.100:7000)" '203.0.113.1 5003'
}

@test "an open dump or event socket does not stop the end" {
	"$PORTICO" -n gw monitor >/dev/null 2>"$RUN/monitor" 3>&- &
	monitor=$!
	wait_for 'the monitor listens' joined "$monitor"
	wait_for 'rmmod' rmmod_ok
	# Nobody would tell it anything any more: it says so and ends.
	status=0
	wait "$monitor" || status=$?
	is "$status" 2
	is "$(<"$RUN/monitor")" 'portico: the module is gone'
}

# Generic netlink is protocol 16; groups are a mask, the first 32 of them.
joined()
{
	# shellcheck disable=SC2016 # these are awk's
	ip netns exec gw awk -v pid="$1" '$2 == 16 && $3 == pid && $4 !~ /^0+$/ { n++ } END { exit !n }' \
		/proc/net/netlink
}

rmmod_ok()
{
	rmmod portico
}

# Namespaces are cleaned up in the background: their devices may go at any step
# of the module's end.
@test "namespaces end while the module does" {
	end_gateways
	for round in {1..10}; do
		[ -d /sys/module/portico ] || insmod "$PORTICO_KO"
		for ns in x y; do
			ip netns add $ns
			printf 'link add %s type dummy\nlink set %s up\n' \
				dum0 dum0 dum1 dum1 dum2 dum2 dum3 dum3 | ips $ns
			"$PORTICO" -n $ns uplink add dum0
		done
		ip netns delete x
		sleep "0.0$((round - 1))"
		rmmod portico &
		ip netns delete y
		wait $!
	done
}

# The reader of a dump may hold the module a moment longer.
end_gateways()
{
	for ns in a b gw srv wire; do
		ip netns delete $ns
	done
	if [ -d /sys/module/portico ]; then
		rmmod portico
	fi
}
