// SPDX-License-Identifier: GPL-2.0
/* The fast path of IPv4: one packet, a list of steps, each of which may say "slow". */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/ip.h>
#include <net/neighbour.h>

#include "compat.h"
#include "fast.h"
#include "fast_batch.h"
#include "fast_flow.h"
#include "fast_step.h"
#include "ident.h"
#include "net.h"
#include "xlate.h"
#include "xlate_fast.h"

/*
 * A whole plain unicast IPv4 TCP or UDP packet to this gateway, with a TTL to
 * spare and a sound header; padding of the link layer is cut off.
 */
static __always_inline bool parse(struct fast_flow *flow, struct sk_buff *skb)
{
	unsigned int need = sizeof(struct iphdr) + sizeof(struct tcphdr);
	const struct tcphdr *th;
	struct iphdr *iph;
	u32 len;

	if (skb->protocol != htons(ETH_P_IP) || !fast_fits(skb, sizeof(struct iphdr)))
		return false;
	if (skb_headlen(skb) < need &&
	    !pskb_may_pull(skb, min_t(unsigned int, skb->len, need)))
		return false;
	if (skb_headlen(skb) < sizeof(struct iphdr) + sizeof(struct udphdr))
		return false;
	iph = ip_hdr(skb);
	if (*(u8 *)iph != 0x45 || iph->frag_off & ~htons(IP_DF) ||
	    iph->ttl <= 1 || ip_fast_csum(iph, 5))
		return false;
	len = ntohs(iph->tot_len);
	if (unlikely(len != skb->len)) {
		if (len > skb->len || len < sizeof(*iph) + sizeof(struct udphdr) ||
		    pskb_trim_rcsum(skb, len))
			return false;
		/* To trim it may have moved it. */
		iph = ip_hdr(skb);
	}
	flow->skb = skb;
	flow->iph = iph;
	flow->l4 = iph + 1;
	if (iph->protocol == IPPROTO_UDP) {
		if (!skb_is_gso(skb) && !pkt_udp_fits(flow->l4, len - sizeof(*iph)))
			return false;
		pkt_wire(skb, sizeof(*iph) + sizeof(struct udphdr),
			 &flow->packets, &flow->bytes);
		return true;
	}
	th = flow->l4;
	if (iph->protocol != IPPROTO_TCP || len < need || th->doff < 5 ||
	    len < sizeof(*iph) + th->doff * 4 || !tcp_is_plain(th))
		return false;
	pkt_wire(skb, sizeof(*iph) + th->doff * 4, &flow->packets, &flow->bytes);
	return true;
}

static __be16 *fast_ports(const struct fast_flow *flow)
{
	return flow->l4;
}

static enum ext_space fast_space(const struct fast_flow *flow)
{
	return flow->iph->protocol == IPPROTO_TCP ? EXT_TCP : EXT_UDP;
}

static __always_inline void want_outbound(struct portico_net *pn,
					  struct fast_flow *flow)
{
	__be32 addr = flow->iph->saddr;

	mapping_want_key(&pn->mappings, &flow->want,
			 endpoint_key((__force u32)addr, fast_ports(flow)[0],
				      flow->iph->protocol, NFPROTO_IPV4));
	flow->want.addr = (union nf_inet_addr){ .ip = addr };
}

/* The external address that a packet from outside is for, or NULL. */
static __always_inline struct ext_addr *aimed_at(struct portico_net *pn,
						 const struct fast_flow *flow)
{
	union nf_inet_addr dst = { .ip = flow->iph->daddr };

	return pool_find(&pn->pool, &dst, NFPROTO_IPV4);
}

static __always_inline bool find_inbound(struct portico_net *pn,
					 struct fast_flow *flow)
{
	union nf_inet_addr src = { .ip = flow->iph->saddr };
	const struct ext_addr *ext = aimed_at(pn, flow);
	const __be16 *ports = fast_ports(flow);

	if (!ext)
		return false;
	flow->m = ext_owner(ext, fast_space(flow), ports[1]);
	if (!flow->m)
		return false;
	flow->s = session_find(pn, flow->m, &src, ports[0]);
	if (!flow->s || !(READ_ONCE(flow->s->flags) & SESSION_FAST_IN))
		return false;
	flow->way = rcu_dereference(flow->m->host->in);
	flow->dir = DIR_IN;
	return true;
}

static __always_inline bool find_outbound(struct portico_net *pn,
					  struct fast_flow *flow)
{
	union nf_inet_addr dst = { .ip = flow->iph->daddr };
	const __be16 *ports = fast_ports(flow);

	if (!flow->m || !mapping_is(flow->m, &flow->want))
		flow->m = mapping_find(pn, &flow->want);
	if (!flow->m)
		return false;
	flow->s = session_find(pn, flow->m, &dst, ports[1]);
	if (!flow->s || !(READ_ONCE(flow->s->flags) & SESSION_FAST_OUT))
		return false;
	flow->way = rcu_dereference(flow->s->out);
	flow->dir = DIR_OUT;
	return true;
}

/* State, switches, route, neighbour and MTU: all as routing would have it. */
static __always_inline bool fast_allowed(const struct portico_net *pn,
					 const struct fast_flow *flow)
{
	const struct way *way = flow->way;

	if (!way || !READ_ONCE(flow->m->ext->uplink->fastpath) ||
	    fast_policies(pn->net))
		return false;
	if (flow->iph->protocol == IPPROTO_TCP &&
	    READ_ONCE(flow->s->state) != PORTICO_STATE_ESTABLISHED)
		return false;
	if (!way_usable(pn->net, way))
		return false;
	if (unlikely(skb_is_gso(flow->skb)))
		return skb_gso_validate_network_len(flow->skb, way->mtu);
	return flow->skb->len <= way->mtu;
}

/* Headers writable, and room for the link layer's; both may move. */
static __always_inline bool fast_writable(struct fast_flow *flow)
{
	const unsigned int need = sizeof(struct iphdr) + sizeof(struct udphdr);
	struct sk_buff *skb = flow->skb;

	/* As a rule nobody else has the buffer. */
	if (likely(!skb_cloned(skb) && skb_headlen(skb) >= need &&
		   skb_headroom(skb) >= LL_RESERVED_SPACE(flow->way->dev)))
		return true;
	if (skb_cow_head(skb, LL_RESERVED_SPACE(flow->way->dev)) ||
	    skb_ensure_writable(skb, need))
		return false;
	flow->iph = ip_hdr(skb);
	flow->l4 = flow->iph + 1;
	return true;
}

/* With CHECKSUM_PARTIAL the field holds another sum: the slow path's way. */
static noinline void fast_rewrite_partial(struct fast_flow *flow, __be32 addr, __be16 port)
{
	struct portico_pkt pkt = {
		.skb = flow->skb,
		.family = NFPROTO_IPV4,
		.proto = flow->iph->protocol,
		.l4 = sizeof(struct iphdr),
		.packets = flow->packets,
		.src.ip = flow->iph->saddr,
		.dst.ip = flow->iph->daddr,
	};
	union nf_inet_addr to = { .ip = addr };

	/* The headers are writable: it cannot fail. */
	xlate_endpoint(&pkt, flow->dir == DIR_OUT ? XLATE_SRC : XLATE_DST, &to,
		       port);
	ip_decrease_ttl(ip_hdr(flow->skb));
}

static __always_inline void fast_rewrite(struct portico_net *pn, struct fast_flow *flow)
{
	const struct mapping *m = flow->m;
	struct iphdr *iph = flow->iph;
	__be16 *ports = flow->l4;
	__be32 addr;
	__be16 port;

	if (flow->dir == DIR_OUT) {
		addr = m->ext->addr.ip;
		port = m->ext_port;
	} else {
		addr = (__force __be32)(u32)(m->key >> 32);
		port = mapping_port(m);
	}
	if (flow->skb->ip_summed == CHECKSUM_PARTIAL) {
		fast_rewrite_partial(flow, addr, port);
	} else if (flow->dir == DIR_OUT) {
		xlate_fast(iph, &iph->saddr, addr, ports, &ports[0], port);
		if (ident_matters(flow->skb, iph))
			ident_renew(pn->net, iph, flow->packets);
	} else {
		xlate_fast(iph, &iph->daddr, addr, ports, &ports[1], port);
	}
}

/* What ip_forward() does to a packet that it sends on. */
static __always_inline void fast_transmit(struct sk_buff *skb, struct way *way)
{
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	skb_dst_drop(skb);
	way_transmit(way, skb);
}

static unsigned int fast_refused(struct portico_net *pn,
				 const struct fast_flow *flow, enum reason why)
{
	reason_seen(pn->reasons, PORTICO_HOOK_INGRESS, flow->packets, flow->bytes);
	reason_count(pn->reasons, PORTICO_HOOK_INGRESS, why, flow->packets,
		     flow->bytes);
	return NF_DROP;
}

/* What was looked for is known; the rest of the way. */
static __always_inline unsigned int run(struct portico_net *pn,
					struct fast_flow *flow)
{
	enum reason why;

	if (flow->outside) {
		if (!find_inbound(pn, flow))
			return fast_slow(pn, flow->skb);
	} else if (!find_outbound(pn, flow)) {
		switch (fast_open(pn, flow, &why)) {
		case FAST_OPENED:
			break;
		case FAST_REFUSED:
			return fast_refused(pn, flow, why);
		default:
			return fast_slow(pn, flow->skb);
		}
	}
	if (!fast_allowed(pn, flow) || !fast_writable(flow))
		return fast_slow(pn, flow->skb);
	fast_track(flow, flow->iph->protocol == IPPROTO_TCP, sizeof(struct iphdr));
	fast_rewrite(pn, flow);
	fast_count(pn, flow);
	fast_transmit(flow->skb, flow->way);
	return NF_STOLEN;
}

/* Not plain IPv4. */
static noinline unsigned int fast_other(struct portico_net *pn,
					struct sk_buff *skb, bool outside)
{
	if (IS_ENABLED(CONFIG_IPV6) && skb->protocol == htons(ETH_P_IPV6))
		return fast6_run(pn, skb, outside);
	return fast_slow(pn, skb);
}

bool fast_parse(struct fast_flow *flow, struct sk_buff *skb)
{
	return parse(flow, skb);
}

void fast_aim(struct portico_net *pn, struct fast_flow *flow)
{
	flow->m = NULL;
	if (!flow->outside)
		want_outbound(pn, flow);
}

void fast_ask_slot(struct portico_net *pn, const struct fast_flow *flow)
{
	const struct ext_addr *ext;

	if (!flow->outside) {
		mapping_ask_slot(pn, &flow->want);
		return;
	}
	ext = aimed_at(pn, flow);
	if (ext)
		ext_ask_owner(ext, fast_space(flow), fast_ports(flow)[1]);
}

void fast_guess(struct portico_net *pn, struct fast_flow *flow)
{
	const struct ext_addr *ext;

	if (!flow->outside) {
		flow->m = mapping_guess(pn, &flow->want);
		return;
	}
	ext = aimed_at(pn, flow);
	if (ext)
		mapping_prefetch(ext_owner(ext, fast_space(flow),
					   fast_ports(flow)[1]));
}

void fast_guess_again(struct portico_net *pn, struct fast_flow *flow)
{
	if (!flow->outside && !flow->m)
		flow->m = mapping_guess_again(pn, &flow->want);
}

unsigned int fast_run(struct portico_net *pn, struct fast_flow *flow)
{
	if (!flow->plain)
		return fast_other(pn, flow->skb, flow->outside);
	return run(pn, flow);
}

unsigned int fast_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	struct fast_dev *fd = priv;
	struct portico_net *pn = fd->pn;
	struct fast_flow flow;

	if (batch_wanted(pn) && batch_take(fd, skb))
		return NF_STOLEN;
	flow.outside = READ_ONCE(fd->uplink);
	if (!parse(&flow, skb))
		return fast_other(pn, skb, flow.outside);
	flow.m = NULL;
	if (!flow.outside)
		want_outbound(pn, &flow);
	return run(pn, &flow);
}
