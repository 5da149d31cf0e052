/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Way: the next hop that routing and the neighbour table gave to a flow's first
 * packets, kept so that the fast path need not ask again. One object serves all
 * flows with the same route and next hop.
 *
 * A way is only a cache: when its route, neighbour or device changes it stops
 * being usable at once, packets take the slow path, and the slow path brings a
 * fresh one. Readers hold rcu_read_lock(); owners hold a reference.
 */
#ifndef PORTICO_WAY_H
#define PORTICO_WAY_H

#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>

struct portico_net;

#define WAY_HASH_BITS	10

struct way {
	struct dst_entry *dst;		/* reference held until way_kill() */
	struct neighbour *neigh;	/* likewise */
	struct net_device *dev;		/* dst->dev, valid while not dead */
	u32 cookie;			/* IPv6: for dst_check() */
	int genid;			/* IPv4: routing's generation when learnt */
	u32 mtu;
	bool dead;
	bool queueless;			/* one transmit queue without a qdisc */
	refcount_t refs;
	struct hlist_node node;
	struct rcu_head rcu;
};

struct way_table {
	spinlock_t lock;		/* protects buckets and way->dead */
	struct hlist_head buckets[1 << WAY_HASH_BITS];
	struct way __rcu *last;		/* the one given last, no reference */
	u32 count;
};

void way_net_init(struct portico_net *pn);
void way_net_exit(struct portico_net *pn);

/*
 * The way @skb is about to take (POST_ROUTING: routed, on its way to @daddr),
 * with a reference for the caller, or NULL when it cannot be cached. Softirq.
 */
struct way *way_get(struct portico_net *pn, struct sk_buff *skb,
		    const void *daddr);
void way_put(struct way *way);

/* A reference more, or NULL when the last one is gone. RCU read side. */
static inline struct way *way_hold(struct way *way)
{
	return refcount_inc_not_zero(&way->refs) ? way : NULL;
}

/* Is this the very way @skb takes? Saves taking a new one. */
bool way_matches(struct net *net, const struct way *way,
		 const struct sk_buff *skb);

/* Forget all paths over @dev, or all if NULL. Process context, may run late. */
void way_flush(struct portico_net *pn, const struct net_device *dev);

/* Drop what nobody uses or can use any more: a slice of the table. gc only. */
void way_gc(struct portico_net *pn, unsigned int slice);

/*
 * Send @skb, an IP packet, by a way that is usable. Consumes it. Where nobody
 * queues, watches or completes packets on their way to the driver they are
 * handed to it at once; otherwise they go by dev_queue_xmit(). Softirq.
 */
void way_transmit(struct way *way, struct sk_buff *skb);

/*
 * May a packet take it now? Links that go down kill their ways (netdev_event()
 * in uplink.c); routes and neighbours are asked here. For IPv4 this is what
 * dst_check() does, without the call. RCU read side.
 */
static inline bool way_usable(struct net *net, const struct way *way)
{
	struct dst_entry *dst = way->dst;

	if (READ_ONCE(way->dead) || READ_ONCE(way->neigh->dead))
		return false;
	if (likely(dst->ops->family == AF_INET))
		return READ_ONCE(dst->obsolete) == DST_OBSOLETE_FORCE_CHK &&
		       way->genid == rt_genid_ipv4(net);
	return dst_check(dst, way->cookie);
}

#endif
