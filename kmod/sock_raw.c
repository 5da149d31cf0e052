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

/* The one address and device that it is bound to, if any? As ping_lookup(). */
static bool ping_receives(const struct sock_rec *rec, const struct portico_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;
	bool v6 = pkt->family == NFPROTO_IPV6;
	int dif = v6 ? inet6_iif(skb) : inet_iif(skb);
	int sdif = v6 ? inet6_sdif(skb) : inet_sdif(skb);

	if (rec->family != (v6 ? AF_INET6 : AF_INET) ||
	    (rec->ifindex && rec->ifindex != dif && rec->ifindex != sdif))
		return false;
	return ipv6_addr_any(&rec->local) ||
	       ipv6_addr_equal(&rec->local, &pkt->dst.in6);
}

static void ping_in(struct sock_book *book, const struct portico_pkt *pkt)
{
	u8 reply = pkt->family == NFPROTO_IPV4 ? ICMP_ECHOREPLY :
						 ICMPV6_ECHO_REPLY;
	struct sock_rec *rec;

	if (!pkt->icmp_query || pkt->icmp_type != reply)
		return;
	rec = xa_load(&book->pings, ntohs(pkt->dport));
	if (rec && ping_receives(rec, pkt))
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
		rec = sock_get(pn->socks, sk, false);
		if (rec)
			sock_in(rec, pkt->packets, pkt->bytes);
	}
	ping_in(pn->socks, pkt);
}

/* Disconnected (AF_UNSPEC) and bound anew, it has another one than before. */
static void ping_renumber(struct sock_book *book, struct sock_rec *rec, u16 port)
{
	spin_lock_bh(&book->lock);
	if (rec->life != SOCK_RETIRED) {
		sock_ping_remove(book, rec);
		WRITE_ONCE(rec->port, port);
		sock_ping_add(book, rec);
	}
	spin_unlock_bh(&book->lock);
}

void sock_raw_out(struct portico_net *pn, const struct sock *sk, u32 packets,
		  u32 bytes)
{
	u16 port = READ_ONCE(sk->sk_num);
	struct sock_rec *rec;

	if (sock_kind(sk) == SOCK_KIND_PORT)
		return;
	rec = sock_get(pn->socks, sk, true);
	if (!rec)
		return;
	if (rec->kind == SOCK_KIND_PING && port && READ_ONCE(rec->port) != port)
		ping_renumber(pn->socks, rec, port);
	/* Nobody else may ever look at a ping socket. */
	if (!rec->last || time_after(jiffies, READ_ONCE(rec->last) + HZ))
		sock_met(rec, (struct sock *)sk);
	sock_out(rec, packets, bytes);
	owner_note(rec);
}

/* Identifiers are one's own, but for those who agreed to share: the last one then. */
struct sock_rec *sock_ping_add(struct sock_book *book, struct sock_rec *rec)
{
	struct sock_rec *old;

	if (rec->kind != SOCK_KIND_PING)
		return NULL;
	old = xa_store(&book->pings, rec->port, rec, GFP_ATOMIC | __GFP_NOWARN);
	return old && !xa_is_err(old) && old != rec && old->life == SOCK_OPEN ? old : NULL;
}

void sock_ping_remove(struct sock_book *book, struct sock_rec *rec)
{
	if (rec->kind == SOCK_KIND_PING)
		xa_cmpxchg(&book->pings, rec->port, rec, NULL,
			   GFP_ATOMIC | __GFP_NOWARN);
}

/* Whoever is in the chain of any protocol, if there is a record. */
static void look_at_chain(struct portico_net *pn, struct hlist_head *chain, u8 round)
{
	struct sock_rec *rec;
	struct sock *sk;

	rcu_read_lock();
	sk_for_each_rcu(sk, chain) {
		if (!net_eq(sock_net(sk), pn->net) || !sock_cookie(sk))
			continue;
		rec = sock_lookup(pn->socks, sock_cookie(sk));
		if (!rec || rec->kind != SOCK_KIND_RAW)
			continue;
		sock_met(rec, sk);
		WRITE_ONCE(rec->looked, round);
	}
	rcu_read_unlock();
}

void sock_raw_look(struct portico_net *pn)
{
	struct sock_book *book = pn->socks;
	u8 round = book->round + 1;
	int i;

	/* Records made from now on count as looked at. */
	WRITE_ONCE(book->round, round);
	for (i = 0; i < RAW_HTABLE_SIZE; i++) {
		look_at_chain(pn, &raw_v4_hashinfo.ht[i], round);
#if IS_ENABLED(CONFIG_IPV6)
		look_at_chain(pn, &raw_v6_hashinfo.ht[i], round);
#endif
		cond_resched();
	}
}

/* A raw socket that was disconnected is in no chain, and may still send. */
bool sock_raw_live(const struct sock_rec *rec)
{
	unsigned long last = READ_ONCE(rec->last);

	if (rec->kind == SOCK_KIND_PING)
		return !last || time_before(jiffies, last + PING_SILENCE);
	return READ_ONCE(rec->looked) == rec->pn->socks->round ||
	       (last && time_before(jiffies, last + 2 * HZ));
}
