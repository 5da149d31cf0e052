/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw and ping sockets: records without a port. A raw socket gets copies of what
 * the gateway receives, whoever else gets it too, so what is booked here is each
 * socket's own view: no row of a port and no address adds it up, and the packets
 * themselves are booked as having no port (REASON_NO_PORT).
 *
 * Arrivals are booked that the kernel will give to the socket: of its protocol,
 * addresses and device, and let through by its ICMP filter, but neither by a
 * program attached to it nor by the room it has. Nobody tells when such a socket
 * closes. A raw one is looked for by the sweep; of ping sockets the kernel shows no
 * list, and one that was silent for a minute counts as closed until it is not.
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

#define PING_SILENCE	(60 * HZ)

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

/* The record of a ping socket can be found by its identifier, or no more. book->lock. */
void sock_ping_add(struct sock_book *book, struct sock_rec *rec);
void sock_ping_remove(struct sock_book *book, struct sock_rec *rec);

/* As sock_find_live(), for a record of these kinds. */
bool sock_raw_live(struct net *net, struct sock_rec *rec);

#endif
