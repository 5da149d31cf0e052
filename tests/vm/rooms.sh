# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the guest's first script: make room to write in a read-only root.

# The read-only root stays reachable while tmpfs covers parts of it.
mountpoint -q /run || mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/host /run/netns /run/lock
mount --rbind / /run/host
for dir in /tmp /mnt /var/tmp /var/log /var/spool /media; do
	mount -t tmpfs -o mode=1777 tmpfs "$dir"
done
mkdir -p /var/log/nginx /tmp/home
while read -r dir; do
	[ ! -d "$dir" ] || continue
	[ -d "/run/host$dir" ] || continue
	mkdir -p "$dir"
	mount --rbind "/run/host$dir" "$dir"
done <"/run/host$JOB/keep"

# The modules of a stock kernel are in the cache, not in the system.
{ read -r _; read -r cache; } <"/run/host$JOB/keep"
rel=$(uname -r)
if [ -d "$cache/stock-$rel" ]; then
	mount -t tmpfs tmpfs /lib/modules
	mkdir "/lib/modules/$rel"
	mount --bind "$cache/stock-$rel/lib/modules/$rel" "/lib/modules/$rel"
fi

# A writable /etc, for `ip netns exec` and for servers that insist.
mkdir -p /run/etc/upper /run/etc/work
modprobe -q overlay
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work \
	overlay /etc 2>/dev/null
