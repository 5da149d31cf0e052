#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock,smp
# Loading and unloading under load. `make stress` does it 200 times on the
# debug kernel; here it is as many as the guest does in about half a minute.

@test "load, configure, use, unload under traffic: nothing is left" {
	tests/stress/reload $((100 / SLOW)) 30
}
