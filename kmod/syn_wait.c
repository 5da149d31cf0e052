// SPDX-License-Identifier: GPL-2.0
/* Unsolicited openings: six seconds of silence, then perhaps an answer. */
#include <linux/hash.h>
#include <linux/icmpv6.h>
#include <linux/slab.h>
#include <net/icmp.h>
#include <net/ip.h>

#include "compat.h"
#include "net.h"
#include "syn_wait.h"

/* Enough for IP and TCP headers with all their options. */
#define HEAD_MAX	128

struct syn_wait {
	struct list_head queue;
	struct hlist_node node;
	struct endpoint remote, local;
	long ext_id;			/* the address may go, and come again */
	int ifindex;
	u32 until;			/* jiffies */
	u16 len;
	u8 head[HEAD_MAX];
};

void syn_wait_net_init(struct portico_net *pn)
{
	spin_lock_init(&pn->syn_wait.lock);
	INIT_LIST_HEAD(&pn->syn_wait.queue);
}

/* The table is full of what strangers chose, but never longer than it is. */
static struct hlist_head *bucket_of(struct syn_wait_table *table,
				    const struct endpoint *remote,
				    __be16 local_port)
{
	u32 id = addr_id(&remote->addr, remote->family) ^
		 (u32)(__force u16)remote->port << 16 ^
		 (__force u16)local_port;

	return &table->buckets[hash_32(id, SYN_WAIT_BITS)];
}

static bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->proto == b->proto &&
	       a->family == b->family && addr_equal(&a->addr, &b->addr);
}

static struct syn_wait *find(struct syn_wait_table *table,
			     const struct endpoint *remote,
			     const struct endpoint *local)
{
	struct syn_wait *wait;

	lockdep_assert_held(&table->lock);
	hlist_for_each_entry(wait, bucket_of(table, remote, local->port), node)
		if (endpoint_equal(&wait->remote, remote) &&
		    endpoint_equal(&wait->local, local))
			return wait;
	return NULL;
}

/* Out of the table, into the caller's hands. */
static struct syn_wait *take(struct syn_wait_table *table, struct syn_wait *wait)
{
	lockdep_assert_held(&table->lock);
	list_del(&wait->queue);
	hlist_del(&wait->node);
	WRITE_ONCE(table->count, table->count - 1);
	return wait;
}

static struct syn_wait *first(struct syn_wait_table *table)
{
	return list_first_entry_or_null(&table->queue, struct syn_wait, queue);
}

void syn_wait_net_exit(struct portico_net *pn)
{
	struct syn_wait_table *table = &pn->syn_wait;

	spin_lock_bh(&table->lock);
	while (table->count)
		kfree(take(table, first(table)));
	spin_unlock_bh(&table->lock);
}

static void endpoint_set(struct endpoint *end, const struct portico_pkt *pkt,
			 const union nf_inet_addr *addr, __be16 port)
{
	end->addr = *addr;
	end->port = port;
	end->proto = pkt->proto;
	end->family = pkt->family;
}

static struct syn_wait *wait_make(const struct ext_addr *ext,
				  const struct portico_pkt *pkt,
				  const struct net_device *in)
{
	struct syn_wait *wait = kzalloc(sizeof(*wait), GFP_ATOMIC | __GFP_NOWARN);

	if (!wait)
		return NULL;
	wait->len = min_t(unsigned int, pkt->skb->len, HEAD_MAX);
	/* An answer needs the ports at the very least. */
	if (wait->len < pkt->l4 + 8 ||
	    skb_copy_bits(pkt->skb, 0, wait->head, wait->len)) {
		kfree(wait);
		return NULL;
	}
	endpoint_set(&wait->remote, pkt, &pkt->src, pkt->sport);
	endpoint_set(&wait->local, pkt, &pkt->dst, pkt->dport);
	wait->ext_id = ext->id;
	wait->ifindex = in->ifindex;
	/* The jiffy that runs now may be nearly over: one more than six seconds. */
	wait->until = (u32)jiffies + SYN_WAIT_TIME + 1;
	return wait;
}

void syn_wait_add(struct portico_net *pn, const struct ext_addr *ext,
		  const struct portico_pkt *pkt, const struct net_device *in)
{
	struct syn_wait_table *table = &pn->syn_wait;
	struct syn_wait *wait, *old = NULL;

	if (!READ_ONCE(ext->uplink->syn_answer))
		return;
	wait = wait_make(ext, pkt, in);
	if (!wait)
		return;
	spin_lock_bh(&table->lock);
	/* Sent again it waits no longer. */
	if (find(table, &wait->remote, &wait->local)) {
		old = wait;
	} else {
		if (table->count == SYN_WAIT_MAX)
			old = take(table, first(table));
		list_add_tail(&wait->queue, &table->queue);
		hlist_add_head(&wait->node, bucket_of(table, &wait->remote,
						      wait->local.port));
		WRITE_ONCE(table->count, table->count + 1);
	}
	spin_unlock_bh(&table->lock);
	kfree(old);
}

void syn_wait_cancel_one(struct portico_net *pn, const struct ext_addr *ext,
			 __be16 port, const struct portico_pkt *pkt)
{
	struct syn_wait_table *table = &pn->syn_wait;
	struct endpoint remote, local;
	struct syn_wait *wait;

	endpoint_set(&remote, pkt, &pkt->dst, pkt->dport);
	endpoint_set(&local, pkt, &ext->addr, port);
	spin_lock_bh(&table->lock);
	wait = find(table, &remote, &local);
	if (wait)
		take(table, wait);
	spin_unlock_bh(&table->lock);
	kfree(wait);
}

/* The packet as it came, as far as it was kept. */
static struct sk_buff *rebuild(const struct syn_wait *wait,
			       struct net_device *dev)
{
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + HEAD_MAX,
					GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_network_header(skb);
	skb_put_data(skb, wait->head, wait->len);
	skb->dev = dev;
	skb->skb_iif = dev->ifindex;
	skb->pkt_type = PACKET_HOST;
	skb->protocol = wait->local.family == NFPROTO_IPV4 ? htons(ETH_P_IP) :
							     htons(ETH_P_IPV6);
	return skb;
}

/* Whether routing lets it, and how often, is the kernel's to say. */
static void answer(struct portico_net *pn, const struct syn_wait *wait)
{
	const struct ext_addr *ext;
	struct net_device *dev;
	struct sk_buff *skb;

	ext = pool_find(&pn->pool, &wait->local.addr, wait->local.family);
	if (!ext || ext->id != wait->ext_id ||
	    !READ_ONCE(ext->uplink->syn_answer))
		return;
	dev = dev_get_by_index_rcu(pn->net, wait->ifindex);
	skb = dev ? rebuild(wait, dev) : NULL;
	if (!skb)
		return;
	if (wait->local.family == NFPROTO_IPV4) {
		if (!compat_route_input(skb, ip_hdr(skb)))
			icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
#if IS_ENABLED(CONFIG_IPV6)
	} else {
		IP6CB(skb)->iif = dev->ifindex;
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
#endif
	}
	kfree_skb(skb);
}

static struct syn_wait *next_due(struct syn_wait_table *table)
{
	struct syn_wait *wait;

	spin_lock_bh(&table->lock);
	wait = first(table);
	if (wait)
		wait = (s32)((u32)jiffies - wait->until) >= 0 ?
		       take(table, wait) : NULL;
	spin_unlock_bh(&table->lock);
	return wait;
}

void syn_wait_expire(struct portico_net *pn)
{
	struct syn_wait *wait;

	if (!READ_ONCE(pn->syn_wait.count))
		return;
	while ((wait = next_due(&pn->syn_wait))) {
		local_bh_disable();
		rcu_read_lock();
		answer(pn, wait);
		rcu_read_unlock();
		local_bh_enable();
		kfree(wait);
	}
}
