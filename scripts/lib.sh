# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What every script here shares: where things are, and how to complain.

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${PORTICO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portico}
JOBS=${JOBS:-$(nproc)}
export TREE CACHE JOBS

die()
{
	echo "${0##*/}: $*" >&2
	exit 2
}

# Progress goes to stderr: many scripts print a path as their result.
say()
{
	echo "${0##*/}: $*" >&2
}

# Only one process at a time makes a given thing in the cache.
lock()
{
	mkdir -p "$CACHE/lock"
	exec {LOCK_FD}>"$CACHE/lock/$1"
	flock "$LOCK_FD"
}

unlock()
{
	exec {LOCK_FD}>&-
}

# A test kernel has a KIND (how it is booted: uml, uml-debug, uml-smp, uml-cover,
# qemu-6.1, qemu-6.12, vng-6.1, vng-6.12; icount-6.1, icount-6.12 are QEMU with
# one instruction per nanosecond, for repeatable measurements) and a target (what the
# module is built against: the UML name, or the stock version).
kind_target()
{
	case $1 in
	uml|uml-debug|uml-smp|uml-cover)	echo "$1" ;;
	qemu-6.1|vng-6.1|icount-6.1|stock-6.1)	echo stock-6.1 ;;
	qemu-6.12|vng-6.12|icount-6.12|stock-6.12)	echo stock-6.12 ;;
	*)	die "unknown kind '$1' (uml uml-debug uml-smp uml-cover qemu-6.1 qemu-6.12 vng-6.1 vng-6.12 icount-6.1 icount-6.12)" ;;
	esac
}

# Short names for the impatient: vng and qemu mean Debian 12's own kernel.
kind_full()
{
	case $1 in
	vng|qemu)	echo "$1-6.1" ;;
	*)		echo "$1" ;;
	esac
}

# The release of Debian's kernel of a series: 6.1 -> 6.1.0-56-amd64.
stock_release()
{
	local dir

	dir=$("$TREE/scripts/kernel-stock" "${1#*-}") || exit
	echo "${dir#*/stock-}"
}

# Where that release is: boot/, lib/modules/RELEASE.
stock_dir()
{
	echo "$CACHE/stock-$1"
}

# What modules for it are compiled with.
stock_build()
{
	echo "$CACHE/stock-$1/lib/modules/$1/build"
}

# How much slower than a plain UML this kind is: tests scale their sizes by it.
kind_slow()
{
	case $1 in
	uml)		echo 1 ;;
	uml-debug)	echo 3 ;;
	uml-smp)	echo 2 ;;
	icount-*)	echo 10 ;;
	*)		echo 3 ;;
	esac
}
