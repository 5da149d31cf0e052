// SPDX-License-Identifier: GPL-2.0
/* LOCAL_IN and LOCAL_OUT: which book does a packet go to? */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet_hashtables.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "local.h"
#include "net.h"
#include "owner.h"
#include "pkt.h"
#include "reason.h"
#include "sock.h"
#include "sock_find.h"
#include "sock_raw.h"
#include "sock_scan.h"

/* Network plus transport header of an aggregate's every segment. */
static noinline unsigned int aggregate_headers(const struct sk_buff *skb)
{
	bool tcp = skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6);

	if (skb->encapsulation)
		return skb_inner_transport_offset(skb) +
		       (tcp ? inner_tcp_hdrlen(skb) : sizeof(struct udphdr));
	return skb_transport_offset(skb) +
	       (tcp ? tcp_hdrlen(skb) : sizeof(struct udphdr));
}

static inline void wire(const struct sk_buff *skb, u32 *packets, u32 *bytes)
{
	unsigned int headers = 0;

	if (unlikely(skb_is_gso(skb)))
		headers = aggregate_headers(skb);
	pkt_wire(skb, headers, packets, bytes);
}

static void count(struct portico_net *pn, enum portico_hook hook, enum reason why,
		  u32 packets, u32 bytes)
{
	reason_count(pn->reasons, hook, why, packets, bytes);
}

/* As nearly every packet leaves. */
static __always_inline void booked(const struct sock_book *book,
				   enum portico_hook hook, u32 len)
{
	reason_count(book->reasons, hook, REASON_SOCKET, 1, len);
}

static enum reason without_ports(const struct portico_pkt *pkt,
				 enum pkt_parse parsed)
{
	if (parsed == PKT_BAD)
		return REASON_BAD_PACKET;
	return pkt->fragment ? REASON_FRAGMENT : REASON_NO_PORT;
}

static bool has_book(const struct portico_pkt *pkt, enum pkt_parse parsed)
{
	return parsed == PKT_OK && (pkt->proto == IPPROTO_TCP ||
				    pkt->proto == IPPROTO_UDP ||
				    pkt->proto == IPPROTO_UDPLITE);
}

/*
 * The record of a socket that has one, is open and has not moved, so nearly every
 * packet's; else NULL. No kind is asked for: raw and ping sockets never pass as not
 * moved (SOCK_WATCH_ALL), others than those and TCP, UDP and UDP-Lite get no record.
 */
static __always_inline struct sock_rec *known(const struct sock_book *book,
					      const struct sock *sk)
{
	struct sock_rec *rec = sock_lookup(book, sock_cookie(sk));

	return rec && sock_holds(rec, sk) ? rec : NULL;
}

/* Whence an arriving packet comes. */
static __always_inline void note_source(const struct portico_net *pn,
					struct sources *sources,
					const struct sk_buff *skb, u8 family)
{
	const struct key_secret *secret = &pn->ports->secret;
	u32 hash;

	if (family == NFPROTO_IPV4)
		hash = sources_hash4(secret, ip_hdr(skb)->saddr);
	else
		hash = sources_hash6(secret, &ipv6_hdr(skb)->saddr);
	sources_add(sources, hash);
}

/* The socket is known: its record, or for want of one its port's row. */
static void book_in(struct portico_net *pn, const struct sk_buff *skb,
		    u8 family, const struct sock *sk, u32 packets, u32 bytes)
{
	struct sock_rec *rec = sock_get(pn->socks, sk, false);
	enum reason why = REASON_SOCKET;
	struct port_row *row;

	if (likely(rec)) {
		if (sock_moved(rec, sk))
			sock_move(rec, sk);
		sock_in(rec, packets, bytes);
		if (READ_ONCE(rec->watch))
			note_source(pn, &rec->sources, skb, family);
	} else {
		row = port_get(pn->ports, sock_proto(sk), sk->sk_num);
		port_in(row, sock_outcome(sk), packets, bytes);
		note_source(pn, &row->sources, skb, family);
		why = REASON_SOCKETS_FULL;
	}
	count(pn, PORTICO_HOOK_LOCAL_IN, why, packets, bytes);
}

static __always_inline void book_out(struct portico_net *pn, const struct sock *sk,
				     u32 packets, u32 bytes)
{
	struct sock_rec *rec = sock_known(pn->socks, sk);
	enum reason why = REASON_SOCKET;

	if (likely(!rec)) {
		rec = sock_open(pn->socks, sk, true);
	} else {
		if (sock_moved(rec, sk))
			sock_move(rec, sk);
		owner_note(rec);
	}
	if (likely(rec)) {
		sock_out(rec, packets, bytes);
	} else {
		port_out(port_get(pn->ports, sock_proto(sk), sk->sk_num),
			 packets, bytes);
		why = REASON_SOCKETS_FULL;
	}
	count(pn, PORTICO_HOOK_LOCAL_OUT, why, packets, bytes);
}

/* Whatever is not plain: measure everything. */
static noinline void in_parsed(struct portico_net *pn, struct sk_buff *skb,
			       u8 family)
{
	struct portico_pkt pkt;
	enum pkt_parse parsed = pkt_parse(&pkt, skb, family);
	struct sock *sk = skb->sk;
	struct port_row *row;

	if (!has_book(&pkt, parsed) || (sk && !sock_has_book(sk))) {
		if (parsed != PKT_BAD)
			sock_raw_in(pn, &pkt);
		count(pn, PORTICO_HOOK_LOCAL_IN, without_ports(&pkt, parsed),
		      pkt.packets, pkt.bytes);
		return;
	}
	if (!sk)
		sk = sock_find_receiver(pn->net, &pkt);
	if (sk) {
		book_in(pn, skb, family, sk, pkt.packets, pkt.bytes);
		return;
	}
	row = port_get(pn->ports, pkt.proto, ntohs(pkt.dport));
	port_in(row, PORT_NONE, pkt.packets, pkt.bytes);
	note_source(pn, &row->sources, skb, family);
	count(pn, PORTICO_HOOK_LOCAL_IN, REASON_NO_SOCKET, pkt.packets,
	      pkt.bytes);
}

static noinline unsigned int in_slow(struct portico_net *pn,
				     struct sk_buff *skb, u8 family)
{
	const struct sock *sk = skb->sk;
	u32 packets, bytes;

	/* Behind extension headers an aggregate's headers must be measured. */
	if (!sk || !sock_has_book(sk) ||
	    (family == NFPROTO_IPV6 && skb_is_gso(skb))) {
		in_parsed(pn, skb, family);
		return NF_ACCEPT;
	}
	wire(skb, &packets, &bytes);
	book_in(pn, skb, family, sk, packets, bytes);
	return NF_ACCEPT;
}

/* Not of a connection, or of one that is over. */
static noinline unsigned int in_placed(struct sock_book *book, struct sk_buff *skb,
				       u8 family, const struct sock *sk,
				       struct sock_rec *rec)
{
	u32 len = skb->len;

	if (unlikely(!sock_holds(rec, sk)))
		return in_slow(book->pn, skb, family);
	sock_in(rec, 1, len);
	/* Of a connection there is but one, known without looking. */
	note_source(book->pn, &rec->sources, skb, family);
	booked(book, PORTICO_HOOK_LOCAL_IN, len);
	return NF_ACCEPT;
}

/*
 * Most packets are one, of an open record that says where its socket is: for
 * them nothing is called but the kernel's lookup, and little to be kept on the
 * stack meanwhile.
 */
static __always_inline unsigned int local_in(struct sock_book *book,
					     struct sk_buff *skb,
					     const struct sock *sk, u8 family)
{
	struct sock_rec *rec;
	u32 len;

	rec = sk ? sock_lookup(book, sock_cookie(sk)) : NULL;
	if (unlikely(!rec || skb_is_gso(skb)))
		return in_slow(book->pn, skb, family);
	if (unlikely(!sock_stays(rec)))
		return in_placed(book, skb, family, sk, rec);
	len = skb->len;
	sock_in(rec, 1, len);
	booked(book, PORTICO_HOOK_LOCAL_IN, len);
	return NF_ACCEPT;
}

static unsigned int local_in4(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct sock *sk = skb->sk;

	/* No early demux: UDP without a peer, SYN, loopback. */
	if (!sk)
		sk = sock_find_plain(state->net, skb);
	return local_in(priv, skb, sk, NFPROTO_IPV4);
}

static unsigned int local_in6(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	return local_in(priv, skb, skb->sk, NFPROTO_IPV6);
}

/*
 * Sent by no socket, or by one of the kernel's own that answer for others (RST,
 * ACK from TIME_WAIT): the connection they speak for, if there is one.
 */
static noinline void out_kernel(struct portico_net *pn, struct sk_buff *skb,
				u8 family)
{
	struct portico_pkt pkt;
	enum pkt_parse parsed = pkt_parse(&pkt, skb, family);
	enum reason why = REASON_KERNEL;
	struct sock_rec *rec = NULL;
	struct sock *sk;

	if (!has_book(&pkt, parsed)) {
		count(pn, PORTICO_HOOK_LOCAL_OUT, without_ports(&pkt, parsed),
		      pkt.packets, pkt.bytes);
		return;
	}
	sk = sock_find_sender(pn->net, &pkt);
	if (sk) {
		rec = sock_lookup(pn->socks, sock_cookie(sk));
		if (rec) {
			sock_out(rec, pkt.packets, pkt.bytes);
			why = REASON_SOCKET;
		}
		sock_gen_put(sk);
	}
	count(pn, PORTICO_HOOK_LOCAL_OUT, why, pkt.packets, pkt.bytes);
}

/* None of the ports that a raw socket may send from is its own. */
static void raw_out(struct portico_net *pn, const struct sock *sk, u32 packets,
		    u32 bytes)
{
	sock_raw_out(pn, sk, packets, bytes);
	count(pn, PORTICO_HOOK_LOCAL_OUT, REASON_NO_PORT, packets, bytes);
}

/* An aggregate, or no socket with ports. */
static noinline void out_odd(struct portico_net *pn, struct sk_buff *skb,
			     const struct sock *sk, u8 family)
{
	u32 packets, bytes;

	if (!sk || (!sock_has_book(sk) && sk->sk_kern_sock)) {
		out_kernel(pn, skb, family);
		return;
	}
	wire(skb, &packets, &bytes);
	if (sock_has_book(sk))
		book_out(pn, sk, packets, bytes);
	else
		raw_out(pn, sk, packets, bytes);
}

static noinline unsigned int out_slow(struct portico_net *pn,
				      struct sk_buff *skb,
				      const struct sock *sk, u8 family)
{
	/* As a rule, a new connection. */
	if (likely(sk && sock_has_book(sk) && !skb_is_gso(skb)))
		book_out(pn, sk, 1, skb->len);
	else
		out_odd(pn, skb, sk, family);
	return NF_ACCEPT;
}

/* By another process than before. */
static noinline unsigned int out_other(const struct sock_book *book,
				       const struct sk_buff *skb,
				       struct sock_rec *rec)
{
	u32 len = skb->len;

	owner_other(rec);
	sock_out(rec, 1, len);
	booked(book, PORTICO_HOOK_LOCAL_OUT, len);
	return NF_ACCEPT;
}

static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;
	struct sock_book *book = priv;
	struct sock_rec *rec;
	u32 len;

	/* An answer to a SYN is sent by the request, not by its listener. */
	if (unlikely(skb->sk != sk) && skb->sk && !sk_fullsock(skb->sk))
		sk = skb->sk;
	rec = sk ? known(book, sk) : NULL;
	if (unlikely(!rec || skb_is_gso(skb)))
		return out_slow(book->pn, skb, sk, state->pf);
	if (owner_differs(rec))
		return out_other(book, skb, rec);
	len = skb->len;
	sock_out(rec, 1, len);
	booked(book, PORTICO_HOOK_LOCAL_OUT, len);
	return NF_ACCEPT;
}

#define LOCAL_HOOK(_fn, _pf, _num) {		\
	.hook = _fn, .pf = _pf, .hooknum = _num,	\
	.priority = INT_MAX }

static const struct nf_hook_ops local_hooks[SOCK_HOOKS] = {
	LOCAL_HOOK(local_in4, NFPROTO_IPV4, NF_INET_LOCAL_IN),
	LOCAL_HOOK(local_out, NFPROTO_IPV4, NF_INET_LOCAL_OUT),
	LOCAL_HOOK(local_in6, NFPROTO_IPV6, NF_INET_LOCAL_IN),
	LOCAL_HOOK(local_out, NFPROTO_IPV6, NF_INET_LOCAL_OUT),
};

int local_enable(struct portico_net *pn, bool on)
{
	int err;

	if (on == pn->socks->accounting)
		return 0;
	if (!on) {
		nf_unregister_net_hooks(pn->net, pn->socks->hooks, SOCK_HOOKS);
		WRITE_ONCE(pn->socks->accounting, false);
		return 0;
	}
	/* First, so that no record is made whose socket's end goes unseen. */
	WRITE_ONCE(pn->socks->accounting, true);
	err = nf_register_net_hooks(pn->net, pn->socks->hooks, SOCK_HOOKS);
	if (err) {
		WRITE_ONCE(pn->socks->accounting, false);
		return err;
	}
	/* Whatever happened while the books were closed. */
	sock_resume(pn);
	return 0;
}

int local_net_init(struct portico_net *pn)
{
	int i;

	for (i = 0; i < SOCK_HOOKS; i++) {
		pn->socks->hooks[i] = local_hooks[i];
		pn->socks->hooks[i].priv = pn->socks;
	}
	return local_enable(pn, true);
}

void local_net_pre_exit(struct portico_net *pn)
{
	local_enable(pn, false);
}
