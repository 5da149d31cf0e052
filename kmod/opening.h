/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opening: the host and the way of flows lately opened between two addresses. A
 * browser or a resolver opens many; those after the second need ask neither
 * routing nor the host table.
 *
 * An opening is immutable, read under RCU and replaced whole. It is good for a
 * second, and only while its way is (way_usable()): a changed route ends it at
 * once, a changed reverse-path check within that second. Where routing looks at
 * more than addresses, interface and TOS nothing is remembered.
 */
#ifndef PORTICO_OPENING_H
#define PORTICO_OPENING_H

#include <linux/ip.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

struct fast_flow;
struct host;
struct inside;
struct portico_net;
struct way;

#define OPENING_BITS	9

struct opening {
	u64 addrs;			/* source, destination */
	u64 from;			/* interface, TOS */
	u32 until;			/* jiffies */
	u32 era;			/* of the inside prefixes, then */
	const struct inside *inside;	/* valid in that era */
	struct host *host;		/* outlives it: forget.c */
	struct way *way;		/* reference held */
	struct rcu_head rcu;
};

struct opening_slot {
	struct opening __rcu *opening;
	u32 seen;			/* whom the slot missed last */
};

struct opening_table {
	struct opening_slot at[1 << OPENING_BITS];
};

/* Drop what is old: a slice of the table. gc only. */
void opening_gc(struct portico_net *pn, unsigned int slice);

/* No reader is left. Process context. */
void opening_net_exit(struct portico_net *pn);

/* What is known of flows like @skb's, or NULL. RCU read side, softirq. */
const struct opening *opening_find(struct portico_net *pn,
				   const struct sk_buff *skb,
				   const struct iphdr *iph);

/*
 * @flow was opened, with inside prefixes of @era. Remembered the second time, so
 * that a scan of many addresses costs no memory. RCU read side, softirq.
 */
void opening_learn(struct portico_net *pn, const struct fast_flow *flow, u32 era);

#endif
