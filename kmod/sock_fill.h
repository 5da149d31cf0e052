/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From struct sock to record and from record to port row: what a socket says
 * about itself, and how a record's counters reach its row.
 *
 * @sk may be a full socket, a connection request or a TIME_WAIT remainder; it
 * is held by the caller or by RCU. Any context.
 */
#ifndef PORTICO_SOCK_FILL_H
#define PORTICO_SOCK_FILL_H

#include "sock.h"

/* Everything of a new record, before anyone can find it. */
void sock_describe(struct sock_rec *rec, const struct sock *sk);

/*
 * Can packets of @sk open a record, or open a closed one again? Not those of a
 * connection that is over: its TIME_WAIT, or a reset after the close.
 */
static inline bool sock_is_alive(const struct sock *sk)
{
	if (sk->sk_state == TCP_TIME_WAIT)
		return false;
	return sk->sk_state != TCP_CLOSE || sock_proto(sk) != IPPROTO_TCP;
}

/* It is there: present figures, place and inode. */
void sock_met(struct sock_rec *rec, struct sock *sk);

/* The last figures of a socket that closes. */
void sock_final(struct sock_rec *rec, const struct sock *sk);

/* What the record counted since it was last folded. Under rec->lock. */
void sock_unfolded(const struct sock_rec *rec, struct flow_counters *c);

/*
 * Give the row and the peers, as they are now, what the record counted since the
 * last time. Under peers.lock, and rec->lock unless nobody else has the record.
 */
void sock_fold(struct sock_rec *rec);

/* Add to the row's element of @sums what sock_fold() would give it. */
void sock_add(struct sock_rec *rec, struct port_sum *sums, u32 n);

#endif
