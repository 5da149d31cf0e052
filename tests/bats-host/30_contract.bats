#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The contract in its three forms (header, YNL specification, the CLI's tables)
# says the same.
bats_require_minimum_version 1.5.0
load cli

header=$TREE/include/uapi/linux/portico.h
spec=$TREE/include/netlink/portico.yaml

@test "the YNL specification agrees with the header" {
	"$TREE/tests/contract/compare" "$header" "$spec"
}

@test "a number, a name and a type that drift are noticed" {
	local changed=$BATS_TEST_TMPDIR/portico.yaml
	local edit

	for edit in '0,/name: mappings-max/s//name: mappings-maximum/' \
		'/name: out-packets/{n;s/u64/u32/}' \
		'0,/- endpoint-independent/s//- address-independent/' \
		'/name: uplink-set/s/uplink-set/uplink-change/' \
		's/value: 604800/value: 604801/'; do
		sed "$edit" "$spec" >"$changed"
		run ! cmp -s "$spec" "$changed"
		run "$TREE/tests/contract/compare" "$header" "$changed"
		echo "$edit: $output"
		[ "$status" = 1 ]
	done
}

@test "the CLI knows every attribute of the contract" {
	local name missing=0

	while read -r name; do
		case $name in
		*_UNSPEC|*_PAD|APPLY_*) continue ;;
		esac
		grep -qw "$name" "$TREE"/cli/model.c || { echo "$name"; missing=1; }
	done < <(sed -n 's/^\tPORTICO_A_\([A-Z_]*\),.*/\1/p' "$header")
	[ "$missing" = 0 ]
}
