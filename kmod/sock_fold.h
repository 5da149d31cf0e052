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

/* Records that follow one another and have the same two ends. */
struct sock_run {
	const struct sock_rec *rec;	/* the first of them, NULL: none */
	struct flow_counters sum;
};

/*
 * sock_fold() for records that nobody else has any more, one after the other:
 * their peers get theirs run by run, the last run at the end. The records stay
 * until then. Under peers.lock.
 */
void sock_fold_last(struct sock_rec *rec, struct sock_run *run);
void sock_fold_end(struct sock_run *run);

/* Add to the row's element of @sums what sock_fold() would give it. */
void sock_add(struct sock_rec *rec, struct port_sum *sums, u32 n);

#endif
