/* SPDX-License-Identifier: GPL-2.0 */
/* Steps of the fast path that both families share. Softirq, RCU read side. */
#ifndef PORTICO_FAST_STEP_H
#define PORTICO_FAST_STEP_H

#include <linux/if_vlan.h>
#include <net/sock.h>

#include "fast_flow.h"
#include "net.h"
#include "tcp.h"
#include "uplink.h"

/*
 * To this gateway, not to a socket that a program chose, nor forwarded already. And
 * if its checksum is still to be made, that is its own, behind @l3 bytes: not that of
 * a packet within it.
 */
static __always_inline bool fast_fits(const struct sk_buff *skb, unsigned int l3)
{
#ifdef CONFIG_NET_SWITCHDEV
	if (skb->offload_l3_fwd_mark)
		return false;
#endif
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_start_offset(skb) != l3)
		return false;
	return skb->pkt_type == PACKET_HOST && !skb_vlan_tag_present(skb) &&
	       !skb_sk_is_prefetched((struct sk_buff *)skb);
}

/* May IPsec's policies have something to say about what is forwarded? */
static __always_inline bool fast_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_FWD];
#else
	return false;
#endif
}

/* The session goes on; the network layer has @l3 bytes of headers. */
static __always_inline void fast_track(struct fast_flow *flow, bool tcp, unsigned int l3)
{
	struct session *s = flow->s;
	const struct tcphdr *th = flow->l4;

	if (tcp) {
		/* What is not believed passes, and changes nothing. */
		if (unlikely(!tcp_in_window(s, flow->dir, ntohl(th->seq))))
			return;
		tcp_advance(s, flow->dir, th, flow->skb->len - l3 - th->doff * 4);
		session_refresh(s);
	} else if (flow->dir == DIR_OUT) {
		session_refresh(s);
	} else {
		if (READ_ONCE(s->state) != PORTICO_STATE_REPLIED)
			WRITE_ONCE(s->state, PORTICO_STATE_REPLIED);
		if (READ_ONCE(flow->m->ext->uplink->refresh_inbound))
			session_refresh(s);
	}
}

static __always_inline void fast_count(struct portico_net *pn,
				       const struct fast_flow *flow)
{
	enum reason why = flow->dir == DIR_OUT ? REASON_OUTBOUND : REASON_INBOUND;

	session_count(flow->s, flow->dir, flow->packets, flow->bytes);
	reason_seen(pn->reasons, PORTICO_HOOK_INGRESS, flow->packets, flow->bytes);
	reason_count(pn->reasons, PORTICO_HOOK_INGRESS, why, flow->packets,
		     flow->bytes);
}

/* Untouched: a route asked for in vain must not be seen further on. */
static inline unsigned int fast_slow(struct portico_net *pn, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	reason_seen(pn->reasons, PORTICO_HOOK_INGRESS, 1, skb->len);
	reason_count(pn->reasons, PORTICO_HOOK_INGRESS, REASON_SLOW, 1, skb->len);
	return NF_ACCEPT;
}

#endif
