// SPDX-License-Identifier: GPL-2.0
/* Ways: routes and neighbours that flows keep. */
#include <linux/hash.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/sch_generic.h>

#include "compat.h"
#include "net.h"
#include "way.h"

/* More next hops than this on one gateway take the slow path. */
#define WAYS_MAX	65536

void way_net_init(struct portico_net *pn)
{
	spin_lock_init(&pn->ways.lock);
	hash_init(pn->ways.buckets);
}

static void way_free_rcu(struct rcu_head *head)
{
	kfree(container_of(head, struct way, rcu));
}

static void way_release_rcu(struct rcu_head *head)
{
	struct way *way = container_of(head, struct way, rcu);

	neigh_release(way->neigh);
	dst_release(way->dst);
	way_put(way);
}

/* Take it out of the table; the table's reference goes after a grace period. */
static void way_kill(struct way_table *table, struct way *way)
{
	lockdep_assert_held(&table->lock);
	WRITE_ONCE(way->dead, true);
	if (rcu_access_pointer(table->last) == way)
		RCU_INIT_POINTER(table->last, NULL);
	hlist_del_rcu(&way->node);
	table->count--;
	call_rcu(&way->rcu, way_release_rcu);
}

void way_put(struct way *way)
{
	if (way && refcount_dec_and_test(&way->refs))
		call_rcu(&way->rcu, way_free_rcu);
}

void way_flush(struct portico_net *pn, const struct net_device *dev)
{
	struct way_table *table = &pn->ways;
	struct hlist_node *tmp;
	struct way *way;
	int i;

	spin_lock_bh(&table->lock);
	for (i = 0; i < ARRAY_SIZE(table->buckets); i++)
		hlist_for_each_entry_safe(way, tmp, &table->buckets[i], node)
			if (!dev || way->dev == dev)
				way_kill(table, way);
	spin_unlock_bh(&table->lock);
}

void way_gc(struct portico_net *pn, unsigned int slice)
{
	struct way_table *table = &pn->ways;
	struct hlist_head *bucket;
	struct hlist_node *tmp;
	struct way *way;

	bucket = &table->buckets[slice % ARRAY_SIZE(table->buckets)];
	if (hlist_empty(bucket))
		return;
	spin_lock_bh(&table->lock);
	hlist_for_each_entry_safe(way, tmp, bucket, node)
		if (refcount_read(&way->refs) == 1 || !way_usable(pn->net, way))
			way_kill(table, way);
	spin_unlock_bh(&table->lock);
}

void way_net_exit(struct portico_net *pn)
{
	way_flush(pn, NULL);
}

static u32 way_cookie(const struct dst_entry *dst)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (dst->ops->family == AF_INET6)
		return rt6_get_cookie(dst_rt6_info(dst));
#endif
	return 0;
}

/* Only routes that end in a plain neighbour: no tunnels, no IPsec, no lwt. */
static bool dst_is_plain(const struct dst_entry *dst)
{
	return !dst->lwtstate && !dst_xfrm(dst) && !dst->error &&
	       !(dst->dev->flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) &&
	       dst->dev->type == ARPHRD_ETHER &&
	       !netif_is_l3_master(dst->dev);
}

/*
 * What tells routes apart: of IPv6 routes each CPU has a copy. (Not of those that
 * were made for one destination.)
 */
static const void *route_id(const struct dst_entry *dst)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct rt6_info *rt;

	if (dst->ops->family == AF_INET6) {
		rt = dst_rt6_info(dst);
		if (rt->rt6i_flags & RTF_PCPU && rcu_access_pointer(rt->from))
			return rcu_access_pointer(rt->from);
	}
#endif
	return dst;
}

static struct hlist_head *way_bucket(struct way_table *table,
				     const struct dst_entry *dst,
				     const struct neighbour *neigh)
{
	unsigned long key = (unsigned long)route_id(dst) ^
			    ((unsigned long)neigh << 1);

	return &table->buckets[hash_long(key, WAY_HASH_BITS)];
}

static struct way *way_find(struct hlist_head *bucket,
			    const struct dst_entry *dst,
			    const struct neighbour *neigh)
{
	struct way *way;

	hlist_for_each_entry(way, bucket, node)
		if (route_id(way->dst) == route_id(dst) && way->neigh == neigh)
			return way;
	return NULL;
}

/*
 * No qdisc, one queue, and a driver that needs no route: asked when the way is
 * learnt; a qdisc set later is seen by way_transmit().
 */
static bool dev_is_queueless(const struct net_device *dev)
{
	return dev->real_num_tx_queues == 1 &&
	       dev->priv_flags & IFF_XMIT_DST_RELEASE;
}

static struct way *way_new(struct dst_entry *dst, struct neighbour *neigh)
{
	struct way *way = kmalloc(sizeof(*way), GFP_ATOMIC);

	if (!way)
		return NULL;
	way->dst = dst;
	way->neigh = neigh;
	way->dev = dst->dev;
	way->cookie = way_cookie(dst);
	way->genid = rt_genid_ipv4(dev_net(dst->dev));
	way->mtu = dst_mtu(dst);
	way->dead = false;
	way->queueless = dev_is_queueless(dst->dev);
	/* One for the table, one for the caller. */
	refcount_set(&way->refs, 2);
	return way;
}

/* Most flows go by the way of the flow before. */
static struct way *way_again(struct portico_net *pn,
			     const struct dst_entry *dst, const void *daddr)
{
	struct way *way = rcu_dereference(pn->ways.last);
	__be32 hop;

	if (!way || way->dst != dst || dst->ops->family != AF_INET ||
	    !way_usable(pn->net, way))
		return NULL;
	hop = rt_nexthop(dst_rtable(dst), *(const __be32 *)daddr);
	if (*(const __be32 *)way->neigh->primary_key != hop ||
	    !refcount_inc_not_zero(&way->refs))
		return NULL;
	return way;
}

struct way *way_get(struct portico_net *pn, struct sk_buff *skb,
		    const void *daddr)
{
	struct way_table *table = &pn->ways;
	struct dst_entry *dst = skb_dst(skb);
	struct hlist_head *bucket;
	struct neighbour *neigh;
	struct way *way;

	way = dst ? way_again(pn, dst, daddr) : NULL;
	if (way)
		return way;
	if (!dst || !dst_is_plain(dst) || !dst_check(dst, way_cookie(dst)) ||
	    !netif_running(dst->dev) || !netif_carrier_ok(dst->dev))
		return NULL;
	neigh = dst_neigh_lookup(dst, daddr);
	if (IS_ERR_OR_NULL(neigh))
		return NULL;

	bucket = way_bucket(table, dst, neigh);
	spin_lock_bh(&table->lock);
	way = way_find(bucket, dst, neigh);
	/*
	 * IPv6 may keep the route object while others come beside it. The way is
	 * not made usable again: to some of those who have it they may apply.
	 */
	if (way && !way_usable(pn->net, way)) {
		way_kill(table, way);
		way = NULL;
	}
	if (way) {
		refcount_inc(&way->refs);
	} else if (table->count < WAYS_MAX && dst_hold_safe(dst)) {
		way = way_new(dst, neigh);
		if (way) {
			hlist_add_head_rcu(&way->node, bucket);
			table->count++;
			neigh = NULL;	/* now the way's */
		} else {
			dst_release(dst);
		}
	}
	if (way)
		rcu_assign_pointer(table->last, way);
	spin_unlock_bh(&table->lock);
	if (neigh)
		neigh_release(neigh);
	return way;
}

/* A whole linear packet, with nothing left for the device's features to do. */
static bool skb_is_finished(const struct sk_buff *skb)
{
	return !skb_is_nonlinear(skb) && !skb_is_gso(skb) &&
	       skb->ip_summed != CHECKSUM_PARTIAL;
}

/* Straight to the driver. False: nothing was done. */
static bool transmit_direct(struct way *way, struct sk_buff *skb)
{
	struct net_device *dev = way->dev;
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	const struct Qdisc *qdisc = rcu_dereference_bh(txq->qdisc);
	const struct hh_cache *hh = &way->neigh->hh;
	netdev_tx_t sent = NETDEV_TX_BUSY;
	unsigned int seq;
	int cpu = smp_processor_id();

	if (qdisc->enqueue || compat_egress_watched(dev) ||
	    !(READ_ONCE(way->neigh->nud_state) & NUD_CONNECTED) ||
	    READ_ONCE(hh->hh_len) != ETH_HLEN)
		return false;
	do {
		seq = read_seqbegin(&hh->hh_lock);
		memcpy(skb->data - HH_DATA_MOD, hh->hh_data, HH_DATA_MOD);
	} while (read_seqretry(&hh->hh_lock, seq));
	__skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);

	HARD_TX_LOCK(dev, txq, cpu);
	if (!netif_xmit_frozen_or_stopped(txq))
		sent = netdev_start_xmit(skb, dev, txq, false);
	HARD_TX_UNLOCK(dev, txq);
	if (unlikely(!dev_xmit_complete(sent)))
		dev_queue_xmit(skb);
	return true;
}

void way_transmit(struct way *way, struct sk_buff *skb)
{
	skb->dev = way->dev;
	if (way->queueless && skb_is_finished(skb) && transmit_direct(way, skb))
		return;
	skb_dst_set_noref(skb, way->dst);
	neigh_output(way->neigh, skb, false);
}

bool way_matches(struct net *net, const struct way *way,
		 const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	/* A way that is dead has let go of its route. */
	return dst && way_usable(net, way) && route_id(way->dst) == route_id(dst);
}
