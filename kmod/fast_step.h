/* SPDX-License-Identifier: GPL-2.0 */
/* Steps of the fast path that both families share. Softirq, RCU read side. */
#ifndef PORTICO_FAST_STEP_H
#define PORTICO_FAST_STEP_H

#include "fast_flow.h"
#include "net.h"
#include "tcp.h"
#include "uplink.h"

/* The session goes on; the network layer has @l3 bytes of headers. */
static __always_inline void fast_track(struct fast_flow *flow, bool tcp, unsigned int l3)
{
	struct session *s = flow->s;
	const struct tcphdr *th = flow->l4;

	if (tcp) {
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
