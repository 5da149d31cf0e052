# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of sockets and ports share: the network of lib.bash, where srv
# is the far end and counts for itself, with nftables, what it sends and gets.
load lib

# Both families between srv and the gateway, no offloads: one buffer, one packet.
books_up()
{
	local ns dev

	begin
	net_up
	offload off
	for ns in gw/wan srv/eth0; do
		dev=${ns#*/}
		ns=${ns%/*}
		ip netns exec "$ns" sysctl -qw "net.ipv6.conf.$dev.addr_gen_mode=1" \
			"net.ipv6.conf.$dev.accept_dad=0" "net.ipv6.conf.$dev.disable_ipv6=0"
	done
	ip -n gw addr add 2001:db8::1/64 dev wan nodad
	ip -n srv addr add 2001:db8::100/64 dev eth0 nodad
	[ -n "${LATER:-}" ] || insmod "$PORTICO_KO"
}

# far_counts PROTO PORT: from now on count what srv exchanges with that port.
far_counts()
{
	ip netns exec srv nft -f - <<-NFT
		table inet far
		delete table inet far
		table inet far {
			counter sent { }
			counter got { }
			chain sent {
				type filter hook output priority 300;
				$1 dport $2 counter name sent
			}
			chain got {
				type filter hook input priority -300;
				$1 sport $2 counter name got
			}
		}
	NFT
}

# "packets bytes" that srv has sent or got since far_counts.
far()
{
	ip netns exec srv nft -j list counter inet far "$1" |
		jq -r '.nftables[] | select(.counter).counter | "\(.packets) \(.bytes)"'
}

# port_row PROTO PORT JQ: of the row of the port table.
port_row()
{
	q "port show proto $1 port $2" ".[0] | $3"
}

# socks FILTER JQ: over the records of sockets, open and closed.
socks()
{
	q "socket show $1" "$2"
}

# sum_in FILTER, sum_out FILTER: "packets bytes" over those records.
sum_in()
{
	socks "$1" '"\(map(.in_packets) | add // 0) \(map(.in_bytes) | add // 0)"'
}

sum_out()
{
	socks "$1" '"\(map(.out_packets) | add // 0) \(map(.out_bytes) | add // 0)"'
}
