// SPDX-License-Identifier: GPL-2.0
/* The fast path of IPv6: flows with mappings. Exchanged prefixes have none. */
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

#include "compat.h"
#include "fast_flow.h"
#include "fast_step.h"
#include "net.h"
#include "pkt.h"
#include "uplink.h"
#include "way.h"
#include "xlate.h"
#include "xlate_fast.h"

/*
 * A whole plain unicast TCP or UDP packet to this gateway, without extension
 * headers and with hops to spare; padding of the link layer is cut off.
 */
static bool parse(struct fast_flow *flow, struct sk_buff *skb)
{
	unsigned int need = sizeof(struct ipv6hdr) + sizeof(struct tcphdr);
	unsigned int least = sizeof(struct ipv6hdr) + sizeof(struct udphdr);
	const struct ipv6hdr *ip6h;
	const struct tcphdr *th;
	u32 len;

	if (!fast_fits(skb, sizeof(struct ipv6hdr)))
		return false;
	if (skb_headlen(skb) < need &&
	    !pskb_may_pull(skb, min_t(unsigned int, skb->len, need)))
		return false;
	if (skb_headlen(skb) < least)
		return false;
	ip6h = ipv6_hdr(skb);
	/* What is longer than its length can say (jumbograms, BIG TCP) says 0. */
	len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	if (ip6h->version != 6 || ip6h->hop_limit <= 1 || len < least ||
	    len > skb->len)
		return false;
	if (len < skb->len && pskb_trim_rcsum(skb, len))
		return false;

	ip6h = ipv6_hdr(skb);
	flow->skb = skb;
	flow->l4 = (void *)(ip6h + 1);
	flow->tcp = ip6h->nexthdr == IPPROTO_TCP;
	if (ip6h->nexthdr == IPPROTO_UDP) {
		pkt_wire(skb, least, &flow->packets, &flow->bytes);
		return skb_is_gso(skb) ||
		       pkt_udp_fits(flow->l4, len - sizeof(*ip6h));
	}
	th = flow->l4;
	if (!flow->tcp || len < need || th->doff < 5 ||
	    len < sizeof(*ip6h) + th->doff * 4 || !tcp_is_plain(th))
		return false;
	pkt_wire(skb, sizeof(*ip6h) + th->doff * 4, &flow->packets, &flow->bytes);
	return true;
}

static const union nf_inet_addr *as_addr(const struct in6_addr *addr)
{
	return container_of(addr, union nf_inet_addr, in6);
}

static bool find_inbound(struct portico_net *pn, struct fast_flow *flow)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(flow->skb);
	const struct ext_addr *ext = pool_find(&pn->pool, as_addr(&ip6h->daddr),
					       NFPROTO_IPV6);
	const __be16 *ports = flow->l4;

	if (!ext)
		return false;
	flow->m = ext_owner(ext, flow->tcp ? EXT_TCP : EXT_UDP, ports[1]);
	if (!flow->m)
		return false;
	flow->s = session_find(pn, flow->m, as_addr(&ip6h->saddr), ports[0]);
	if (!flow->s || !(READ_ONCE(flow->s->flags) & SESSION_FAST_IN))
		return false;
	flow->way = rcu_dereference(flow->m->host->in);
	flow->dir = DIR_IN;
	return true;
}

static bool find_outbound(struct portico_net *pn, struct fast_flow *flow)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(flow->skb);
	const __be16 *ports = flow->l4;

	mapping_want(pn, &flow->want, as_addr(&ip6h->saddr), ports[0],
		     ip6h->nexthdr, NFPROTO_IPV6);
	flow->m = mapping_find(pn, &flow->want);
	if (!flow->m)
		return false;
	flow->s = session_find(pn, flow->m, as_addr(&ip6h->daddr), ports[1]);
	if (!flow->s || !(READ_ONCE(flow->s->flags) & SESSION_FAST_OUT))
		return false;
	flow->way = rcu_dereference(flow->s->out);
	flow->dir = DIR_OUT;
	return true;
}

/* Does this host forward IPv6 at all, and take it from there? */
static bool forwards(const struct net *net, const struct net_device *in)
{
	const struct inet6_dev *idev = __in6_dev_get(in);

	return READ_ONCE(net->ipv6.devconf_all->forwarding) && idev &&
	       !READ_ONCE(idev->cnf.disable_ipv6);
}

/* State, switches, route, neighbour and MTU: as ip6_forward() would have it. */
static bool allowed(const struct portico_net *pn, const struct fast_flow *flow)
{
	const struct way *way = flow->way;
	unsigned int mtu;

	if (!way || !READ_ONCE(flow->m->ext->uplink->fastpath) ||
	    fast_policies(pn->net) || !forwards(pn->net, flow->skb->dev))
		return false;
	/* Back the way it came: the host is told of a better one. */
	if (flow->skb->dev == way->dev)
		return false;
	if (flow->tcp &&
	    READ_ONCE(flow->s->state) != PORTICO_STATE_ESTABLISHED)
		return false;
	if (!way_usable(pn->net, way))
		return false;
	/* The link's may change at any time: way->mtu is as of when it was learnt. */
	mtu = max_t(unsigned int, IPV6_MIN_MTU,
		    ip6_dst_mtu_maybe_forward(way->dst, true));
	if (skb_is_gso(flow->skb))
		return skb_gso_validate_network_len(flow->skb, mtu);
	return flow->skb->len <= mtu;
}

/* Headers writable, and room for the link layer's; all may move. */
static bool writable(struct fast_flow *flow)
{
	struct sk_buff *skb = flow->skb;
	unsigned int l4 = flow->tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr);

	if (skb_cow_head(skb, LL_RESERVED_SPACE(flow->way->dev)) ||
	    skb_ensure_writable(skb, sizeof(struct ipv6hdr) + l4))
		return false;
	flow->l4 = ipv6_hdr(skb) + 1;
	return true;
}

/* With CHECKSUM_PARTIAL the field holds another sum: the slow path's way. */
static void rewrite_partial(struct fast_flow *flow, const union nf_inet_addr *to,
			    __be16 port)
{
	struct ipv6hdr *ip6h = ipv6_hdr(flow->skb);
	struct portico_pkt pkt = {
		.skb = flow->skb,
		.family = NFPROTO_IPV6,
		.proto = ip6h->nexthdr,
		.l4 = sizeof(*ip6h),
		.packets = flow->packets,
		.src.in6 = ip6h->saddr,
		.dst.in6 = ip6h->daddr,
	};

	/* The headers are writable: it cannot fail. */
	xlate_endpoint(&pkt, flow->dir == DIR_OUT ? XLATE_SRC : XLATE_DST, to, port);
	ip6h->hop_limit--;
}

static void rewrite(struct fast_flow *flow)
{
	struct ipv6hdr *ip6h = ipv6_hdr(flow->skb);
	const struct mapping *m = flow->m;
	bool out = flow->dir == DIR_OUT;
	const union nf_inet_addr *to = out ? &m->ext->addr : &m->host->addr;
	__be16 port = out ? m->ext_port : mapping_port(m);
	__be16 *ports = flow->l4;

	if (flow->skb->ip_summed == CHECKSUM_PARTIAL)
		rewrite_partial(flow, to, port);
	else
		xlate_fast6(ip6h, out ? &ip6h->saddr : &ip6h->daddr, &to->in6,
			    ports, out ? &ports[0] : &ports[1], port);
}

static void transmit(struct fast_flow *flow)
{
	skb_forward_csum(flow->skb);
	skb_clear_tstamp(flow->skb);
	skb_dst_drop(flow->skb);
	way_transmit(flow->way, flow->skb);
}

unsigned int fast6_run(struct portico_net *pn, struct sk_buff *skb, bool outside)
{
	struct fast_flow flow;

	if (!parse(&flow, skb))
		return fast_slow(pn, skb);
	if (!(outside ? find_inbound(pn, &flow) : find_outbound(pn, &flow)) ||
	    !allowed(pn, &flow) || !writable(&flow))
		return fast_slow(pn, skb);
	fast_track(&flow, flow.tcp, sizeof(struct ipv6hdr));
	rewrite(&flow);
	fast_count(pn, &flow);
	transmit(&flow);
	return NF_STOLEN;
}
