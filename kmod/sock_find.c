// SPDX-License-Identifier: GPL-2.0
/* The kernel's own socket lookups, for packets and for records. */
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

#include "compat.h"
#include "net.h"
#include "pkt.h"
#include "sock.h"
#include "sock_fill.h"
#include "sock_find.h"
#include "sock_raw.h"

/* What a packet says about its socket: our side and the far one. */
struct sock_find {
	struct net *net;
	struct sk_buff *skb;
	const union nf_inet_addr *local;
	const union nf_inet_addr *remote;
	__be16 lport;
	__be16 rport;
	u16 l4;				/* offset of the transport header */
	u8 family;			/* NFPROTO_* */
	u8 proto;
};

/* Connections, requests and TIME_WAIT; a reference is taken. */
static __always_inline struct sock *
find_established(const struct sock_find *f, int dif, int sdif)
{
	struct net *net = f->net;

#if IS_ENABLED(CONFIG_IPV6)
	const struct in6_addr *remote = &f->remote->in6;

	if (f->family == NFPROTO_IPV6)
		return __inet6_lookup_established(net, COMPAT_TCP_TABLE(net)
						  remote, f->rport,
						  &f->local->in6,
						  ntohs(f->lport), dif, sdif);
#endif
	return __inet_lookup_established(net, COMPAT_TCP_TABLE(net)
					 f->remote->ip, f->rport, f->local->ip,
					 ntohs(f->lport), dif, sdif);
}

/* No reference: listeners are freed by RCU. @doff: length of the TCP header. */
static __always_inline struct sock *
find_listener(const struct sock_find *f, int doff, int dif, int sdif)
{
	struct net *net = f->net;

#if IS_ENABLED(CONFIG_IPV6)
	if (f->family == NFPROTO_IPV6)
		return inet6_lookup_listener(net, COMPAT_TCP_TABLE(net)
					     f->skb, doff, &f->remote->in6,
					     f->rport, &f->local->in6,
					     ntohs(f->lport), dif, sdif);
#endif
	return __inet_lookup_listener(net, COMPAT_TCP_TABLE(net)
				      f->skb, doff, f->remote->ip, f->rport,
				      f->local->ip, ntohs(f->lport), dif, sdif);
}

/* No reference: UDP sockets are freed by RCU. */
static __always_inline struct sock *
find_udp(const struct sock_find *f, struct sk_buff *skb, int dif, int sdif)
{
	struct udp_table *table = compat_udp_table(f->net, f->proto);

	if (!table)
		return NULL;
#if IS_ENABLED(CONFIG_IPV6)
	if (f->family == NFPROTO_IPV6)
		return __udp6_lib_lookup(f->net, &f->remote->in6, f->rport,
					 &f->local->in6, f->lport, dif, sdif,
					 COMPAT_UDP_TABLE(table) skb);
#endif
	return __udp4_lib_lookup(f->net, f->remote->ip, f->rport, f->local->ip,
				 f->lport, dif, sdif,
				 COMPAT_UDP_TABLE(table) skb);
}

/* Is it for everyone who listens, so that the kernel looks for itself? */
static __always_inline bool is_group(const struct sock_find *f)
{
	if (f->family == NFPROTO_IPV6)
		return ipv6_addr_is_multicast(&f->local->in6);
	return skb_rtable(f->skb)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST);
}

/* A socket that was found without a reference goes with the packet. */
static __always_inline void hand_over(struct sk_buff *skb, struct sock *sk)
{
	/*
	 * The plain form without a reference would make the kernel choose
	 * anew among the members of a reuseport group.
	 */
	if (sk->sk_reuseport || !sock_flag(sk, SOCK_RCU_FREE)) {
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			return;
		skb->destructor = sock_edemux;
	} else {
		skb->destructor = sock_pfree;
	}
	skb->sk = sk;
}

static __always_inline struct sock *
receiver_tcp(const struct sock_find *f, int dif, int sdif)
{
	struct sk_buff *skb = f->skb;
	const struct tcphdr *th;
	struct sock *sk;

	sk = find_established(f, dif, sdif);
	if (sk) {
		skb->sk = sk;
		skb->destructor = sock_edemux;
		return sk;
	}
	/* Programs that choose sockets expect to be shown the transport header. */
	__skb_pull(skb, f->l4);
	th = (const struct tcphdr *)skb->data;
	sk = find_listener(f, th->doff * 4, dif, sdif);
	__skb_push(skb, f->l4);
	if (sk)
		hand_over(skb, sk);
	return sk;
}

static __always_inline struct sock *
receiver_udp(const struct sock_find *f, int dif, int sdif)
{
	struct sk_buff *skb = f->skb;
	struct sock *sk;

	if (is_group(f))
		return find_udp(f, NULL, dif, sdif);
	__skb_pull(skb, f->l4);
	sk = find_udp(f, skb, dif, sdif);
	__skb_push(skb, f->l4);
	if (sk)
		hand_over(skb, sk);
	return sk;
}

static __always_inline struct sock *receiver(const struct sock_find *f)
{
	bool v6 = f->family == NFPROTO_IPV6;
	int dif = v6 ? inet6_iif(f->skb) : inet_iif(f->skb);
	int sdif = v6 ? inet6_sdif(f->skb) : inet_sdif(f->skb);

	if (f->proto == IPPROTO_TCP)
		return receiver_tcp(f, dif, sdif);
	return receiver_udp(f, dif, sdif);
}

struct sock *sock_find_receiver(struct net *net, const struct portico_pkt *pkt)
{
	struct sock_find f = {
		.net = net, .skb = pkt->skb, .l4 = pkt->l4,
		.family = pkt->family, .proto = pkt->proto,
		.local = &pkt->dst, .lport = pkt->dport,
		.remote = &pkt->src, .rport = pkt->sport,
	};

	return receiver(&f);
}

/* A SYN, or a packet of no connection. */
struct sock *sock_find_plain_listener(struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);
	const struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th = (const void *)(iph + 1);
	struct sock *sk;

	__skb_pull(skb, sizeof(*iph));
	sk = __inet_lookup_listener(net, COMPAT_TCP_TABLE(net) skb,
				    th->doff * 4, iph->saddr, th->source,
				    iph->daddr, ntohs(th->dest), inet_iif(skb),
				    inet_sdif(skb));
	__skb_push(skb, sizeof(*iph));
	if (sk)
		hand_over(skb, sk);
	return sk;
}

struct sock *sock_find_plain_udp(struct net *net, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const __be16 *ports = (const void *)(iph + 1);
	struct sock *sk;

	if (iph->protocol != IPPROTO_UDP ||
	    skb_headlen(skb) < sizeof(*iph) + sizeof(struct udphdr) ||
	    skb_rtable(skb)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST))
		return NULL;
	__skb_pull(skb, sizeof(*iph));
	sk = __udp4_lib_lookup(net, iph->saddr, ports[0], iph->daddr, ports[1],
			       inet_iif(skb), inet_sdif(skb),
			       COMPAT_UDP_TABLE(compat_udp_table(net, IPPROTO_UDP))
			       skb);
	__skb_push(skb, sizeof(*iph));
	if (sk)
		hand_over(skb, sk);
	return sk;
}

struct sock *sock_find_sender(struct net *net, const struct portico_pkt *pkt)
{
	const struct dst_entry *dst = skb_dst(pkt->skb);
	struct sock_find f = {
		.net = net, .family = pkt->family,
		.local = &pkt->src, .remote = &pkt->dst,
		.lport = pkt->sport, .rport = pkt->dport,
	};

	if (pkt->proto != IPPROTO_TCP)
		return NULL;
	return find_established(&f, dst ? dst->dev->ifindex : 0, 0);
}

static bool is_mine(const struct sock_rec *rec, const struct sock *sk)
{
	return atomic64_read(&sk->sk_cookie) == rec->cookie;
}

static bool live_connection(struct net *net, struct sock_rec *rec)
{
	union nf_inet_addr local, remote;
	struct sock_find f = {
		.net = net, .family = NFPROTO_IPV4,
		.local = &local, .remote = &remote,
		.lport = htons(rec->port), .rport = rec->remote_port,
	};
	struct sock *sk;
	bool alive;

	local.in6 = rec->local;
	remote.in6 = rec->remote;
	if (rec->family == AF_INET6) {
		if (ipv6_addr_v4mapped(&rec->local)) {
			local.ip = rec->local.s6_addr32[3];
			remote.ip = rec->remote.s6_addr32[3];
		} else {
			f.family = NFPROTO_IPV6;
		}
	}
	sk = find_established(&f, rec->ifindex, 0);
	if (!sk)
		return false;
	alive = is_mine(rec, sk) && sk->sk_state != TCP_TIME_WAIT;
	if (alive)
		sock_met(rec, sk);
	sock_gen_put(sk);
	return alive;
}

static bool live_listener(struct net *net, struct sock_rec *rec)
{
	struct inet_hashinfo *table = net->ipv4.tcp_death_row.hashinfo;
	struct inet_listen_hashbucket *bucket;
	const struct hlist_nulls_node *node;
	struct sock *sk, *mine = NULL;
	u32 hash;

	if (rec->family == AF_INET6)
		hash = ipv6_portaddr_hash(net, &rec->local, rec->port);
	else
		hash = ipv4_portaddr_hash(net, rec->local.s6_addr32[0],
					  rec->port);
	bucket = inet_lhash2_bucket(table, hash);
	spin_lock_bh(&bucket->lock);
	sk_nulls_for_each(sk, node, &bucket->nulls_head)
		if (is_mine(rec, sk)) {
			mine = sk;
			break;
		}
	spin_unlock_bh(&bucket->lock);
	/* Freed by RCU. */
	if (mine)
		sock_met(rec, mine);
	return mine;
}

static bool live_udp(struct net *net, struct sock_rec *rec)
{
	struct udp_table *table = compat_udp_table(net, rec->proto);
	struct sock *sk, *mine = NULL;
	struct udp_hslot *slot;

	if (!table)
		return false;
	slot = udp_hashslot(table, net, rec->port);
	spin_lock_bh(&slot->lock);
	sk_for_each(sk, &slot->head)
		if (is_mine(rec, sk)) {
			mine = sk;
			break;
		}
	spin_unlock_bh(&slot->lock);
	if (mine)
		sock_met(rec, mine);
	return mine;
}

bool sock_find_live(struct net *net, struct sock_rec *rec)
{
	if (rec->kind)
		return sock_raw_live(rec);
	if (rec->proto != IPPROTO_TCP)
		return live_udp(net, rec);
	if (rec->outcome != PORT_ESTABLISHED)
		return live_listener(net, rec);
	return live_connection(net, rec);
}
