/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One packet of the fast path: its steps, and how the first packet of a flow
 * may take it.
 */
#ifndef PORTICO_FAST_FLOW_H
#define PORTICO_FAST_FLOW_H

#include <linux/ip.h>
#include <linux/skbuff.h>

#include "mapping.h"
#include "reason.h"
#include "session.h"

struct mapping;
struct portico_net;
struct way;

/* What the steps of the fast path hand on. */
struct fast_flow {
	struct sk_buff *skb;
	struct iphdr *iph;		/* IPv4 */
	void *l4;			/* TCP or UDP: the ports come first */
	struct mapping_want want;	/* outbound: as it was looked for */
	struct mapping *m;
	struct session *s;
	struct way *way;
	u32 packets, bytes;
	enum direction dir;
	bool plain;			/* parsed; else it goes the slow path */
	bool outside;			/* it came in by an uplink */
	bool tcp;			/* IPv6 */
};

/*
 * The steps of a packet, for those who take several packets at a time
 * (fast_batch.c): read it; ask the memory for the place where its mapping is
 * noted; when that has come, for the mapping; carry it out. fast_run() returns
 * NF_ACCEPT for the slow path, NF_DROP, NF_STOLEN when the packet is on its way.
 * Softirq, RCU read side.
 */
bool fast_parse(struct fast_flow *flow, struct sk_buff *skb);
void fast_aim(struct portico_net *pn, struct fast_flow *flow);
void fast_ask_slot(struct portico_net *pn, const struct fast_flow *flow);
void fast_guess(struct portico_net *pn, struct fast_flow *flow);
void fast_guess_again(struct portico_net *pn, struct fast_flow *flow);
unsigned int fast_run(struct portico_net *pn, struct fast_flow *flow);

/* An IPv6 packet, kept or not: all of its steps at once; fast6.c. Likewise. */
unsigned int fast6_run(struct portico_net *pn, struct sk_buff *skb, bool outside);

enum fast_opening {
	FAST_OPENED,		/* mapping, session and way are there */
	FAST_REFUSED,		/* must not leave; the sender has been told */
	FAST_NOT,		/* the slow path decides */
};

/*
 * The first UDP packet of a flow, from inside. Where no firewall, no conntrack
 * and no IPsec policy would see it on its way through the stack, there is no
 * reason to send it there: it is routed and admitted here. Softirq.
 */
enum fast_opening fast_open(struct portico_net *pn, struct fast_flow *flow,
			    enum reason *why);

#endif
