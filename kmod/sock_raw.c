// SPDX-License-Identifier: GPL-2.0
/* Raw and ping sockets. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/raw.h>
#include <net/rawv6.h>

#include "net.h"
#include "owner.h"
#include "sock.h"
#include "sock_fill.h"
#include "sock_raw.h"

static struct hlist_head *raw_chain(struct net *net, u8 family, u8 proto)
{
	u32 hash = raw_hashfunc(net, proto);

#if IS_ENABLED(CONFIG_IPV6)
	if (family == NFPROTO_IPV6)
		return &raw_v6_hashinfo.ht[hash];
#endif
	return &raw_v4_hashinfo.ht[hash];
}

/* Types that the socket does not want to see (ICMP_FILTER, ICMPV6_FILTER). */
static bool filters_out(const struct sock *sk, const struct portico_pkt *pkt)
{
	u8 type = pkt->icmp_type;

	if (pkt->family == NFPROTO_IPV4)
		return pkt->proto == IPPROTO_ICMP && type < 32 &&
		       READ_ONCE(raw_sk(sk)->filter.data) & BIT(type);
#if IS_ENABLED(CONFIG_IPV6)
	return pkt->proto == IPPROTO_ICMPV6 &&
	       READ_ONCE(raw6_sk(sk)->filter.data[type >> 5]) & BIT(type & 31);
#else
	return true;
#endif
}

static bool receives(struct net *net, struct sock *sk,
		     const struct portico_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (pkt->family == NFPROTO_IPV4)
		return raw_v4_match(net, sk, pkt->proto, pkt->src.ip, pkt->dst.ip,
				    inet_iif(skb), inet_sdif(skb));
#if IS_ENABLED(CONFIG_IPV6)
	return raw_v6_match(net, sk, pkt->proto, &pkt->dst.in6, &pkt->src.in6,
			    inet6_iif(skb), inet6_sdif(skb));
#else
	return false;
#endif
}

static void ping_in(struct sock_book *book, const struct portico_pkt *pkt)
{
	u8 reply = pkt->family == NFPROTO_IPV4 ? ICMP_ECHOREPLY :
						 ICMPV6_ECHO_REPLY;
	struct sock_rec *rec;

	if (!pkt->icmp_query || pkt->icmp_type != reply)
		return;
	rec = xa_load(&book->pings, ntohs(pkt->dport));
	if (rec && rec->family == (pkt->family == NFPROTO_IPV4 ? AF_INET : AF_INET6))
		sock_in(rec, pkt->packets, pkt->bytes);
}

void sock_raw_in(struct portico_net *pn, const struct portico_pkt *pkt)
{
	struct sock_rec *rec;
	struct sock *sk;

	/* What is not whole yet is given to nobody. */
	if (pkt->fragment)
		return;
	sk_for_each_rcu(sk, raw_chain(pn->net, pkt->family, pkt->proto)) {
		if (!receives(pn->net, sk, pkt) || filters_out(sk, pkt) ||
		    sock_kind(sk) != SOCK_KIND_RAW)
			continue;
		rec = sock_get(pn, sk, false);
		if (rec)
			sock_in(rec, pkt->packets, pkt->bytes);
	}
	ping_in(pn->socks, pkt);
}

void sock_raw_out(struct portico_net *pn, const struct sock *sk, u32 packets,
		  u32 bytes)
{
	struct sock_rec *rec;

	if (sock_kind(sk) == SOCK_KIND_PORT)
		return;
	rec = sock_get(pn, sk, true);
	if (!rec)
		return;
	sock_out(rec, packets, bytes);
	owner_note(rec);
}

/* Identifiers are one's own, but for those who agreed to share: the last one then. */
void sock_ping_add(struct sock_book *book, struct sock_rec *rec)
{
	if (rec->kind == SOCK_KIND_PING)
		xa_store(&book->pings, rec->port, rec, GFP_ATOMIC | __GFP_NOWARN);
}

void sock_ping_remove(struct sock_book *book, struct sock_rec *rec)
{
	if (rec->kind == SOCK_KIND_PING)
		xa_cmpxchg(&book->pings, rec->port, rec, NULL,
			   GFP_ATOMIC | __GFP_NOWARN);
}

static bool ping_live(const struct sock_rec *rec)
{
	unsigned long last = READ_ONCE(rec->last);

	return !last || time_before(jiffies, last + PING_SILENCE);
}

bool sock_raw_live(struct net *net, struct sock_rec *rec)
{
	u8 family = rec->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	struct sock *sk;

	if (rec->kind == SOCK_KIND_PING)
		return ping_live(rec);
	sk_for_each_rcu(sk, raw_chain(net, family, rec->proto)) {
		if (sock_cookie(sk) != rec->cookie)
			continue;
		sock_refresh(rec, sk);
		WRITE_ONCE(rec->inode, sock_i_ino(sk));
		return true;
	}
	return false;
}
