/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast way, at NF_NETDEV_INGRESS: a packet of an established session is
 * rewritten, counted and sent by its cached way. Anything unusual is left
 * untouched to the slow path.
 */
#ifndef PORTICO_FAST_H
#define PORTICO_FAST_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>

struct portico_net;

struct fast_dev {
	struct nf_hook_ops ops;
	struct portico_net *pn;
	bool uplink;			/* packets come from outside */
	struct list_head list;
};

/* The hook itself (fast.c); who is hooked is fast_dev.c's to know. */
unsigned int fast_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state);

void fast_net_init(struct portico_net *pn);

/* Hook the interfaces that are there now; RTNL and config lock held. */
void fast_refresh(struct portico_net *pn);
/* The interface goes away. */
void fast_forget(struct portico_net *pn, const struct net_device *dev);
void fast_net_exit(struct portico_net *pn);

#endif
