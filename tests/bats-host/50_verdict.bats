#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What the laboratory says of a guest that died.
bats_require_minimum_version 1.5.0

# verdict_of CPUS LINE: of a guest whose kernel's last words were LINE.
verdict_of()
{
	local -x JOB=$BATS_TEST_TMPDIR/job CPUS=$1
	local path=$PATH

	mkdir -p "$JOB/bin"
	printf '#!/bin/sh\necho "QEMU emulator version %s (Debian)"\n' "$version" >"$JOB/bin/qemu-system-x86_64"
	chmod +x "$JOB/bin/qemu-system-x86_64"
	echo "[  105.611211] $2" >"$JOB/klog"
	PATH=$JOB/bin:$path "$TREE/tests/vm/verdict" qemu-6.12 0 2>&1
}

@test "an old emulator's breakpoint is told from the guest's own death" {
	for version in 7.2.22 8.0.5; do
		run -97 verdict_of 2 'int3: 0000 [#1] PREEMPT SMP NOPTI'
		run -97 verdict_of 2 'Oops: int3: 0000 [#1] PREEMPT SMP NOPTI'
		[[ ${lines[-1]} == *"QEMU's making killed the guest" ]]
	done
}

@test "any other death is the guest's" {
	version=7.2.22
	run -98 verdict_of 2 'Oops: 0002 [#1] PREEMPT SMP NOPTI'
	run -98 verdict_of 2 'Kernel panic - not syncing: Fatal exception'
	run -98 verdict_of 1 'int3: 0000 [#1] PREEMPT SMP NOPTI'
	for version in 8.1.0 10.0.2; do
		run -98 verdict_of 2 'int3: 0000 [#1] PREEMPT SMP NOPTI'
	done
}
