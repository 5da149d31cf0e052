#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# profile.sh ROW: bring a row up, print the kernel's symbols, say when packets
# flow, and go on until the guest is ended from outside.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/bench/guest/rig.sh
. ./rig.sh
# shellcheck source=tests/bench/guest/rows.sh
. ./rows.sh

ready()
{
	echo symbols
	grep -i ' t ' /proc/kallsyms | cut -f1 | gzip -1 | base64
	echo ready
}

# An operation of a local socket, without the books (-off) or with them.
case ${1%-off} in
udp | rr | crr | bulk)
	sleep 30
	case $1 in
	*-off)	;;
	*)	insmod "$PORTICO_KO" || fail insmod ;;
	esac
	ready
	exec ./sockets "${1%-off}" ;;
esac

modprobe pktgen
modprobe nf_conntrack
path=${1%%-*} flows=1
case $path in
*6)	rig_family 6
	path=${path%6} ;;
esac
rig_up
case $1 in
*-500)	flows=500 ;;
esac
row_up "$path"
case $1 in
in*)	pg_out $flows
	pg_run d0 $((flows * 2))
	pg_in $flows ;;
*-new)	[ "$path" != out ] || "$PORTICO" uplink set d1 address 203.0.113.64-203.0.113.127
	pg_out 40000
	echo 'src_max 10.0.0.73' >/proc/net/pktgen/d0 ;;
*)	pg_out $flows
	pg_run d0 $((flows * 2)) ;;
esac
echo "count 0" >"/proc/net/pktgen/$FROM"
ready
echo start >/proc/net/pktgen/pgctrl
