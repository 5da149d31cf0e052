// SPDX-License-Identifier: GPL-2.0
/* Openings: a small cache, each address pair with one place in it. */
#include <linux/hash.h>
#include <linux/slab.h>

#include "fast_flow.h"
#include "net.h"
#include "opening.h"

#define OPENING_SLICES	32	/* gc looks at one of them at a time */

static u64 opening_addrs(const struct iphdr *iph)
{
	return (u64)(__force u32)iph->saddr << 32 | (__force u32)iph->daddr;
}

static u64 opening_from(const struct sk_buff *skb, const struct iphdr *iph)
{
	return (u64)skb->dev->ifindex << 8 | iph->tos;
}

static bool opening_is_old(const struct opening *opening)
{
	return (s32)((u32)jiffies - opening->until) > 0;
}

static struct opening_slot *opening_slot(struct portico_net *pn, u64 addrs)
{
	return &pn->openings.at[hash_64(addrs, OPENING_BITS)];
}

/* Do addresses, interface and TOS decide where a packet goes? */
static bool route_is_plain(const struct net *net, const struct sk_buff *skb)
{
	if (skb->mark)
		return false;
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (net->ipv4.fib_rules_require_fldissect)
		return false;
#endif
#ifdef CONFIG_IP_ROUTE_MULTIPATH
	if (READ_ONCE(net->ipv4.sysctl_fib_multipath_hash_policy))
		return false;
#endif
	return true;
}

const struct opening *opening_find(struct portico_net *pn,
				   const struct sk_buff *skb,
				   const struct iphdr *iph)
{
	u64 addrs = opening_addrs(iph);
	const struct opening *opening;

	opening = rcu_dereference(opening_slot(pn, addrs)->opening);
	if (!opening || opening->addrs != addrs ||
	    opening->from != opening_from(skb, iph) ||
	    opening->era != READ_ONCE(pn->inside.era) ||
	    opening_is_old(opening) || !way_usable(pn->net, opening->way) ||
	    !route_is_plain(pn->net, skb))
		return NULL;
	return opening;
}

static void opening_free(struct opening *opening)
{
	way_put(opening->way);
	kfree(opening);
}

static void opening_free_rcu(struct rcu_head *head)
{
	opening_free(container_of(head, struct opening, rcu));
}

static void slot_replace(struct opening_slot *slot, struct opening *opening)
{
	struct opening *old;

	old = unrcu_pointer(xchg(&slot->opening, RCU_INITIALIZER(opening)));
	if (old)
		call_rcu(&old->rcu, opening_free_rcu);
}

void opening_learn(struct portico_net *pn, const struct fast_flow *flow, u32 era)
{
	u64 addrs = opening_addrs(flow->iph);
	struct opening_slot *slot = opening_slot(pn, addrs);
	u32 whom = hash_64(addrs, 32);
	struct opening *opening;

	if (READ_ONCE(slot->seen) != whom) {
		WRITE_ONCE(slot->seen, whom);
		return;
	}
	if (!route_is_plain(pn->net, flow->skb))
		return;
	opening = kmalloc(sizeof(*opening), GFP_ATOMIC | __GFP_NOWARN);
	if (!opening)
		return;
	opening->way = way_hold(flow->way);
	if (!opening->way) {
		kfree(opening);
		return;
	}
	opening->addrs = addrs;
	opening->from = opening_from(flow->skb, flow->iph);
	opening->until = (u32)jiffies + HZ;
	opening->era = era;
	opening->inside = flow->want.inside;
	opening->host = flow->m->host;
	slot_replace(slot, opening);
}

void opening_gc(struct portico_net *pn, unsigned int slice)
{
	unsigned int count = ARRAY_SIZE(pn->openings.at) / OPENING_SLICES;
	struct opening_slot *slot;
	const struct opening *opening;

	slot = &pn->openings.at[slice % OPENING_SLICES * count];
	rcu_read_lock();
	for (; count; count--, slot++) {
		opening = rcu_dereference(slot->opening);
		if (opening && opening_is_old(opening))
			slot_replace(slot, NULL);
	}
	rcu_read_unlock();
}

void opening_net_exit(struct portico_net *pn)
{
	struct opening *opening;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pn->openings.at); i++) {
		opening = rcu_dereference_protected(pn->openings.at[i].opening, 1);
		if (opening)
			opening_free(opening);
	}
}
