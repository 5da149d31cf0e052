/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From record to port row and peers: how what a record counted reaches them, when
 * its socket moves and when it ends.
 */
#ifndef PORTICO_SOCK_FOLD_H
#define PORTICO_SOCK_FOLD_H

#include "session.h"
#include "sock.h"

/* What the record counted since it was last folded. Under rec->lock. */
static inline void sock_unfolded(const struct sock_rec *rec, struct flow_counters *c)
{
	c->packets[DIR_IN] = atomic64_read(&rec->in_packets);
	c->bytes[DIR_IN] = atomic64_read(&rec->in_bytes);
	c->packets[DIR_OUT] = atomic64_read(&rec->out_packets);
	c->bytes[DIR_OUT] = atomic64_read(&rec->out_bytes);
	if (unlikely(rec->parted))
		flow_counters_sub(c, &rec->folded);
}

/*
 * Give the row and the peers, as they are now, what the record counted since the
 * last time. Under peers.lock, and rec->lock unless nobody else has the record.
 */
void sock_fold(struct sock_rec *rec);

/*
 * sock_fold() for the first records of @from, @most of them, that nobody else has any
 * more: they go to @folded, with nothing allocated left. Returns how many. Process
 * context.
 */
unsigned int sock_fold_some(struct portico_net *pn, struct sock_chain *from,
			    struct sock_chain *folded, unsigned int most);

/* Add to the row's element of @sums what sock_fold() would give it. */
void sock_add(struct sock_rec *rec, struct port_sum *sums, u32 n);

#endif
