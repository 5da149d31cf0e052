/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own socket lookups: from a packet to the socket that will get
 * it, and from a record back to its socket.
 */
#ifndef PORTICO_SOCK_FIND_H
#define PORTICO_SOCK_FIND_H

#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/sock.h>

#include "compat.h"

struct net;
struct portico_pkt;
struct sock_rec;

/*
 * The socket that an arriving packet will be given to, or NULL: a port without
 * a socket. LOCAL_IN, under RCU; @pkt has ports.
 *
 * The socket is left in skb->sk for the transport layer, as early demux and
 * TPROXY do it: the lookup is not done twice, and a reuseport program that
 * chooses sockets is asked once, so what is booked is what happens. Where the
 * kernel itself gives packets to several sockets (multicast, broadcast) skb->sk
 * stays empty; the returned socket is then good only under RCU.
 */
struct sock *sock_find_receiver(struct net *net, const struct portico_pkt *pkt);

/* Parts of sock_find_plain(): what is not TCP, and what is of no connection. */
struct sock *sock_find_plain_udp(struct net *net, struct sk_buff *skb);
struct sock *sock_find_plain_listener(struct sk_buff *skb);

/* inet_sdif() of a packet that is there. */
static inline int sock_find_sdif(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NET_L3_MASTER_DEV)
	if (unlikely(ipv4_l3mdev_skb(IPCB(skb)->flags)))
		return IPCB(skb)->iif;
#endif
	return 0;
}

/*
 * The same for an IPv4 packet, if it is of the plainest form and its headers
 * lie ready; NULL also means: ask again with all parsed. skb->sk is empty.
 */
static __always_inline struct sock *sock_find_plain(struct net *net,
						    struct sk_buff *skb)
{
	/* LOCAL_IN: there it begins, and it was routed here. */
	const struct iphdr *iph = (const void *)skb->data;
	const struct rtable *rt = (const void *)(skb->_skb_refdst & SKB_DST_PTRMASK);
	const __be16 *ports = (const void *)(iph + 1);
	struct sock *sk;

	/* Without options. Fragments have been put together by now. */
	if (unlikely(*(const u8 *)iph != 0x45))
		return NULL;
	if (iph->protocol != IPPROTO_TCP)
		return sock_find_plain_udp(net, skb);
	if (unlikely(skb_headlen(skb) < sizeof(*iph) + sizeof(struct tcphdr)))
		return NULL;
	/* Nothing is put together for those that are most. */
	sk = __inet_lookup_established(net, COMPAT_TCP_TABLE(net) iph->saddr,
				       ports[0], iph->daddr, ntohs(ports[1]),
				       READ_ONCE(rt->rt_iif) ?: skb->skb_iif,
				       sock_find_sdif(skb));
	if (unlikely(!sk))
		/* That knows its namespace: none is to be kept until here. */
		return sock_find_plain_listener(skb);
	skb->sk = sk;
	skb->destructor = sock_edemux;
	return sk;
}

/*
 * For a packet that the kernel itself sends on behalf of a connection (from
 * TIME_WAIT, resets): the connection, whose reference the caller gives back by
 * sock_gen_put(), or NULL. LOCAL_OUT; @pkt has ports.
 */
struct sock *sock_find_sender(struct net *net, const struct portico_pkt *pkt);

/*
 * Ask the socket of @rec, if it still exists, for its present figures
 * (sock_refresh(), inode). False: it is gone, or no longer where the record
 * says. Process context, under RCU, does not sleep.
 */
bool sock_find_live(struct net *net, struct sock_rec *rec);

#endif
