# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # set for those who source this
# The rows: how the gateway is set up for each. A row is a path, by itself or
# with -500 (flows) or -new (every packet a new flow); a 6 behind the path means
# IPv6. Sourced.

rules_masq='
table ip n {
	chain post {
		type nat hook postrouting priority srcnat;
		oifname "d1" masquerade
	}
}'

rules_flowtable='
table ip f {
	flowtable ft {
		hook ingress priority 0;
		devices = { d0, d1 };
	}
	chain forward_f {
		type filter hook forward priority 0;
		meta l4proto { tcp, udp } flow add @ft
	}
}'

# portico_up [UPLINK SETTING...]
portico_up()
{
	insmod "$PORTICO_KO" || fail insmod
	"$PORTICO" uplink add d1 "$@" || fail uplink
	"$PORTICO" inside add 10.0.0.0/8 || fail inside
	[ "$FAMILY" = 4 ] || "$PORTICO" inside add fd01::/16 || fail inside
}

# rules TEXT: for the rig's family.
rules()
{
	if [ "$FAMILY" = 4 ]; then
		nft "$1"
	else
		nft "${1//table ip /table ip6 }"
	fi
}

# row_up PATH, without the 6
row_up()
{
	SRC=$INSIDE DST=$REMOTE BOOKS='' FROM=d0 TO=d1
	case $1 in
	drop)		insmod "$DROP_KO" dev=d0 || fail drop ;;
	plain|again)	;;
	rule)		nft 'table ip r { chain f { type filter hook forward priority 0; udp dport 7 drop; }; }' ;;
	conntrack)	nft 'table ip r { chain f { type filter hook forward priority 0; ct state invalid drop; }; }' ;;
	masq|acct)	rules "$rules_masq" ;;
	flowtable)	rules "$rules_masq$rules_flowtable" ;;
	loaded)		insmod "$PORTICO_KO" ;;
	out)		portico_up ;;
	slow)		portico_up fastpath off ;;
	in)		portico_up ;;
	*)		fail "no such path: $1" ;;
	esac || fail "$1: the set-up"
	case $1 in
	masq|acct|flowtable)	SRC=$GATEWAY ;;
	out|slow)		SRC=$GATEWAY BOOKS=1 ;;
	in)			SRC=$REMOTE DST=$INSIDE BOOKS=1 FROM=d1 TO=d0 ;;
	esac
	if [ -d /proc/sys/net/netfilter ]; then
		[ "$1" = acct ]
		echo $((1 - $?)) >/proc/sys/net/netfilter/nf_conntrack_acct
		# Nor do network cards leave checksums to conntrack.
		echo 0 >/proc/sys/net/netfilter/nf_conntrack_checksum
		echo 262144 >/proc/sys/net/netfilter/nf_conntrack_max
	fi
	:
}
