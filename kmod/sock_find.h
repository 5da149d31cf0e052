/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own socket lookups: from a packet to the socket that will get
 * it, and from a record back to its socket.
 */
#ifndef PORTICO_SOCK_FIND_H
#define PORTICO_SOCK_FIND_H

#include <linux/types.h>

struct net;
struct portico_pkt;
struct sk_buff;
struct sock;
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

/*
 * The same for an IPv4 packet, if it is of the plainest form and its headers
 * lie ready; NULL also means: ask again with all parsed. skb->sk is empty.
 */
struct sock *sock_find_plain(struct net *net, struct sk_buff *skb);

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
