/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From struct sock to record: what a socket says about itself, later than when
 * the record was made (sock_describe.h).
 *
 * @sk may be a full socket, a connection request or a TIME_WAIT remainder; it
 * is held by the caller or by RCU. Any context.
 */
#ifndef PORTICO_SOCK_FILL_H
#define PORTICO_SOCK_FILL_H

#include <linux/tcp.h>

#include "compat.h"
#include "sock.h"

/*
 * Can packets of @sk open a record, or open a closed one again? Not those of a
 * connection that is over: its TIME_WAIT, or a reset after the close. @state is what
 * the socket is in; one in TCP_CLOSE is a full one, so it has a protocol.
 */
static inline bool sock_is_alive(const struct sock *sk, u8 state)
{
	if (unlikely(state == TCP_TIME_WAIT))
		return false;
	return state != TCP_CLOSE || sk->sk_protocol != IPPROTO_TCP;
}

/* It is there: present figures, place and inode. */
void sock_met(struct sock_rec *rec, struct sock *sk);

/* The last figures of a TCP socket that closes: words of their own, no lock needed. */
static inline void sock_final(struct sock_rec *rec, const struct sock *sk)
{
	WRITE_ONCE(rec->drops, compat_sk_drops(sk));
	WRITE_ONCE(rec->retrans, READ_ONCE(tcp_sk(sk)->total_retrans));
}

#endif
