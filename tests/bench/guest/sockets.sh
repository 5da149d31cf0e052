#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sockets.sh: what the books on local sockets cost a program, in instructions
# per operation: nothing loaded, module loaded with accounting off and on,
# conntrack without and with counters. Then, for Portico, whether the books
# balance.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh

case_of()
{
	local result

	result=$(./sockets) || fail "sockets: $1"
	echo "case $1 $result"
}

echo "kernel $(uname -r)"
# TCP costs nearly double in a kernel's first seconds.
sleep 30
./sockets >/dev/null
case_of none
insmod "$PORTICO_KO" || fail insmod
"$PORTICO" status set accounting off || fail "accounting off"
case_of off
"$PORTICO" status set accounting on || fail "accounting on"
case_of on
if "$PORTICO" audit >/tmp/audit; then
	echo "books ok"
else
	cat /tmp/audit
	echo "books bad"
fi
rmmod portico
case_of again
modprobe nf_conntrack
nft 'table ip r { chain i { type filter hook input priority 0; ct state invalid drop; }; }' || fail nft
echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct
case_of conntrack
echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct
case_of acct
