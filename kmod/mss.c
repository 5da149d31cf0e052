// SPDX-License-Identifier: GPL-2.0
/* Lowering the segment size that a SYN offers. */
#include <linux/bitops.h>
#include <net/checksum.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/tcp.h>

#include "mss.h"
#include "net.h"

/*
 * Where in the segment the value of its MSS option stands; 0 when there is
 * none. pkt_parse() has seen to it that the header is there in full.
 */
static unsigned int mss_offset(const struct tcphdr *th)
{
	const u8 *start = (const u8 *)th;
	unsigned int at = sizeof(*th), end = th->doff * 4, len;

	while (at < end && start[at] != TCPOPT_EOL) {
		if (start[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (end - at < 2)
			break;
		len = start[at + 1];
		if (len < 2 || len > end - at)
			break;
		if (start[at] == TCPOPT_MSS)
			return len == TCPOLEN_MSS ? at + 2 : 0;
		at += len;
	}
	return 0;
}

static u32 mtu_of(struct dst_entry *dst, u32 otherwise)
{
	return dst->error ? otherwise : dst_mtu(dst);
}

/* What the path to @peer carries, as far as routing has learnt. */
static u32 path_mtu(struct portico_pkt *pkt, const union nf_inet_addr *peer)
{
	struct net_device *dev = pkt_dev(pkt);
	u32 mtu = READ_ONCE(dev->mtu);
	struct net *net = dev_net(dev);
	struct rtable *rt;

	/* On its way out it has been routed. */
	if (skb_dst(pkt->skb))
		return mtu_of(skb_dst(pkt->skb), mtu);
	if (pkt->family == NFPROTO_IPV4) {
		struct flowi4 fl4 = { .daddr = peer->ip };

		rt = ip_route_output_key(net, &fl4);
		if (IS_ERR(rt))
			return mtu;
		mtu = mtu_of(&rt->dst, mtu);
		ip_rt_put(rt);
#if IS_ENABLED(CONFIG_IPV6)
	} else {
		struct flowi6 fl6 = { .daddr = peer->in6 };
		struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

		mtu = mtu_of(dst, mtu);
		dst_release(dst);
#endif
	}
	return mtu;
}

static u16 mss_limit(const struct uplink *uplink, struct portico_pkt *pkt,
		     const union nf_inet_addr *peer)
{
	unsigned int headers = sizeof(struct tcphdr) +
			       (pkt->family == NFPROTO_IPV4 ?
				sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	u16 mode = READ_ONCE(uplink->mss);
	u32 mtu;

	if (mode != MSS_PATH)
		return mode;
	mtu = min_t(u32, path_mtu(pkt, peer), U16_MAX);
	return mtu < headers + MSS_MIN ? MSS_MIN : mtu - headers;
}

bool mss_lower(const struct uplink *uplink, struct portico_pkt *pkt,
	       const union nf_inet_addr *peer)
{
	struct tcphdr *th = pkt_l4(pkt);
	__be16 from, to;
	unsigned int at;
	u16 limit;
	u8 *value;

	if (pkt->proto != IPPROTO_TCP || !th->syn)
		return true;
	at = mss_offset(th);
	if (!at)
		return true;
	limit = mss_limit(uplink, pkt, peer);
	if (!limit || get_unaligned_be16((u8 *)th + at) <= limit)
		return true;
	if (skb_ensure_writable(pkt->skb, pkt->l4 + th->doff * 4))
		return false;
	th = pkt_l4(pkt);
	value = (u8 *)th + at;
	from = get_unaligned((__be16 *)value);
	to = htons(limit);
	put_unaligned(to, (__be16 *)value);
	/* Across two words of the sum its bytes stand the other way round. */
	if (at & 1) {
		from = (__force __be16)swab16((__force u16)from);
		to = (__force __be16)swab16((__force u16)to);
	}
	inet_proto_csum_replace2(&th->check, pkt->skb, from, to, false);
	return true;
}
