/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows kernel versions. The code is written against the
 * newest kernel; each block says which change it makes up for.
 */
#ifndef PORTICO_COMPAT_H
#define PORTICO_COMPAT_H

#include <linux/version.h>
#include <linux/genetlink.h>
#include <net/genetlink.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#include <net/udplite.h>
#endif
#if IS_ENABLED(CONFIG_IPV6)
#include <net/inet6_hashtables.h>
#endif

/* 6.18 "inet: remove hashinfo": TCP's lookups find the table themselves. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define COMPAT_TCP_TABLE(net)	(net)->ipv4.tcp_death_row.hashinfo,
#else
#define COMPAT_TCP_TABLE(net)
#endif

/*
 * 6.2 "udp: Introduce optional per-netns hash table" gave the namespace a
 * pointer to its table. UDP-Lite, and with it the lookups' parameter for the
 * table, went in 7.1.
 */
static inline struct udp_table *compat_udp_table(struct net *net, u8 proto)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
	if (proto == IPPROTO_UDPLITE)
		return &udplite_table;
#endif
	if (proto != IPPROTO_UDP)
		return NULL;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return &udp_table;
#else
	return net->ipv4.udp_table;
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define COMPAT_UDP_TABLE(table)	(table),
#else
#define COMPAT_UDP_TABLE(table)
#endif

/*
 * 7.0 "tracing: Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast":
 * preemption stays on in a tracepoint's probe, which then is no RCU reader by itself.
 * It is known to be off up to 6.12.
 */
static inline void compat_probe_lock(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	rcu_read_lock();
#endif
}

static inline void compat_probe_unlock(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	rcu_read_unlock();
#endif
}

/* 6.18 "net: introduce sk_drops_read()": the counter may be spread out. */
static inline u32 compat_sk_drops(const struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	return atomic_read(&sk->sk_drops);
#else
	return sk_drops_read(sk);
#endif
}

/* 6.6 "genetlink: add genl_info to genl_dumpit_info" moved the attributes. */
static inline struct nlattr **compat_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_dumpit_info(cb)->info.attrs;
#endif
}

/* Who else wants to see what @dev sends: taps, netfilter and tc at egress. */
static inline bool compat_egress_watched(struct net_device *dev)
{
	if (dev_nit_active(dev))
		return true;
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
/* e420bed02507 ("bpf: Add fd-based tcx multi-prog infra"), 6.6 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(dev->tcx_egress))
		return true;
#endif
#elif defined(CONFIG_NET_EGRESS)
	if (rcu_access_pointer(dev->miniq_egress))
		return true;
#endif
	return false;
}

/*
 * Route a received packet, without a reference; 0 on success. The type of
 * service became a dscp_t in 6.13 ("ipv4: Convert ip_route_input_noref()").
 */
static inline int compat_route_input(struct sk_buff *skb,
				     const struct iphdr *iph)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos,
				    skb->dev);
#else
	return ip_route_input_noref(skb, iph->daddr, iph->saddr,
				    ip4h_dscp(iph), skb->dev);
#endif
}

/* Can a packet go on behind the hooks at ingress (skb_skip_tc_classify())? */
#if defined(CONFIG_NET_XGRESS) || \
	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0) && defined(CONFIG_NET_CLS_ACT))
#define COMPAT_CAN_RESUME	1
#define compat_resume_mark(skb)	((skb)->tc_skip_classify = 1)
#else
#define COMPAT_CAN_RESUME	0
#define compat_resume_mark(skb)	((void)(skb))
#endif

/* b209bd6d0bff ("net: core: Add alloc_netdev_dummy()"), 6.10 */
static inline struct net_device *compat_dummy_alloc(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
#else
	return alloc_netdev_dummy(0);
#endif
}

static inline void compat_dummy_free(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	kfree(dev);
#else
	free_netdev(dev);
#endif
}

/*
 * The address of a bucket in TCP's table of ports and addresses, IPv4 as
 * IPv4-mapped. 6.8 "tcp: Save v4 address as v4-mapped-v6 in
 * inet_bind2_bucket.v6_rcv_saddr": before, it was kept in either form.
 */
static inline struct in6_addr compat_bind2_at(const struct inet_bind2_bucket *tb)
{
	struct in6_addr at;

#if IS_ENABLED(CONFIG_IPV6)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	at = tb->v6_rcv_saddr;
#else
	if (tb->family == AF_INET6)
		at = tb->v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(tb->rcv_saddr, &at);
#endif
#else
	ipv6_addr_set_v4mapped(tb->rcv_saddr, &at);
#endif
	return at;
}

/* e8dfd42c17fa ("ipv6: introduce dst_rt6_info() helper"), 6.10, and backports */
#ifndef dst_rt6_info
#define dst_rt6_info(dst) ((const struct rt6_info *)(dst))
#endif

/* 05d6d492097c ("inet: introduce dst_rtable() helper"), 6.10, and backports */
#ifndef dst_rtable
#define dst_rtable(dst) ((const struct rtable *)(dst))
#endif

#endif
