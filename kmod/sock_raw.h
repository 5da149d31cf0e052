/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw and ping sockets: records without a port. A raw socket gets copies of what
 * the gateway receives, whoever else gets it too, so what is booked here is each
 * socket's own view: no row of a port and no address adds it up, and the packets
 * themselves are booked as having no port (REASON_NO_PORT).
 *
 * Arrivals are booked that the kernel will give to the socket by protocol, addresses,
 * device and ICMP filter. Not looked at are programs attached to it, its room, which
 * multicast groups it wants, and extension headers as protocols of their own; not
 * booked are packets that reach raw sockets past LOCAL_IN (router alert), IPv6
 * fragments where nobody reassembles them before, and replies of RFC 8335.
 *
 * Nobody tells when such a socket closes. The sweep walks the kernel's raw sockets
 * once and marks their records. Of ping sockets there is no list: one that was silent
 * for ten seconds counts as closed until it is not, and so does one whose identifier
 * another has now.
 *
 * Not here: raw sockets of TCP, UDP and UDP-Lite, whose packets are not stopped at
 * to look for any.
 */
#ifndef PORTICO_SOCK_RAW_H
#define PORTICO_SOCK_RAW_H

#include <linux/in.h>
#include <linux/in6.h>
#include <net/sock.h>

#include "pkt.h"

struct portico_net;
struct sock_book;
struct sock_rec;

#define PING_SILENCE	(10 * HZ)

enum sock_kind {
	SOCK_KIND_PORT,		/* TCP, UDP, UDP-Lite */
	SOCK_KIND_RAW,
	SOCK_KIND_PING,		/* its identifier stands in for the port */
};

/* @sk is a full socket. */
static inline enum sock_kind sock_kind(const struct sock *sk)
{
	u16 proto = sk->sk_protocol;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return SOCK_KIND_PORT;
	if (sk->sk_type == SOCK_RAW && proto <= IPPROTO_RAW &&
	    proto != IPPROTO_TCP && proto != IPPROTO_UDP &&
	    proto != IPPROTO_UDPLITE)
		return SOCK_KIND_RAW;
	if (sk->sk_type == SOCK_DGRAM &&
	    (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6))
		return SOCK_KIND_PING;
	return SOCK_KIND_PORT;
}

/* A packet without a port arrives at LOCAL_IN. Under RCU. */
void sock_raw_in(struct portico_net *pn, const struct portico_pkt *pkt);

/* @sk, such a socket of a process, sends. Under RCU, any context. */
void sock_raw_out(struct portico_net *pn, const struct sock *sk, u32 packets,
		  u32 bytes);

/*
 * The record of a ping socket can be found by its identifier, or no more; the first
 * returns the open one that had it, whose socket is gone. Both under book->lock.
 */
struct sock_rec *sock_ping_add(struct sock_book *book, struct sock_rec *rec);
void sock_ping_remove(struct sock_book *book, struct sock_rec *rec);

/* Begin a sweep: mark the records of raw sockets that are there. Process context. */
void sock_raw_look(struct portico_net *pn);

/* By that mark, or by its silence: is the socket of @rec still there? */
bool sock_raw_live(const struct sock_rec *rec);

#endif
