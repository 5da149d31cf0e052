/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches: with many mappings nearly every packet waits for memory several
 * times, one wait after the other: its bucket, its mapping, its counters. So
 * packets are kept until the softirq that brings them has brought the others
 * (64 at most), the memory they need is asked for as they come, and then they
 * are carried out together: the waits of many packets are one wait.
 *
 * It costs some 100 instructions per packet, and 200 more per queue, so it is
 * done from a number of mappings on (portico_net.batch_from), where the tables
 * outgrow the caches, and only while packets come in company: after some that
 * came alone one in 16 is kept, to see whether another joins it.
 *
 * Order: what the fast path cannot take is kept too while others wait, and goes
 * on behind our hook when its turn comes. Only the hooks at ingress with our
 * own, last priority do not see it.
 *
 * A queue belongs to one CPU and one namespace and is touched in softirq only.
 * It is emptied by a NAPI of its own, which runs in the same softirq after those
 * of the network cards.
 */
#ifndef PORTICO_FAST_BATCH_H
#define PORTICO_FAST_BATCH_H

#include <linux/netdevice.h>
#include <linux/percpu.h>

#include "fast_flow.h"
#include "net.h"

struct fast_dev;

#define BATCH_MAX	64	/* what a network card brings in one turn */
#define BATCH_FROM	32768	/* mappings; half a megabyte of buckets */
#define BATCH_LONELY	8	/* queues of one packet until few are tried */
#define BATCH_TRY	16	/* then one packet in so many is kept */

struct fast_batch {
	struct napi_struct napi;
	struct portico_net *pn;
	unsigned int count;
	unsigned int runs;		/* rises when the queue was emptied */
	unsigned int alone;		/* queues in a row that held one packet */
	unsigned int passed;		/* packets since that were not kept */
	bool running;
	struct fast_flow flows[BATCH_MAX];
};

/* Make the queues, once; config lock held, process context. -ENOMEM. */
int batch_ready(struct portico_net *pn);
/* No hook adds packets any more: carry out those kept, free the queues. */
void batch_net_exit(struct portico_net *pn);

/* Wait until no packet is kept that was kept before. Process context. */
void batch_wait(struct portico_net *pn);

/* Are there so many mappings that it pays? */
static inline bool batch_wanted(const struct portico_net *pn)
{
	return READ_ONCE(pn->mappings.count) >= READ_ONCE(pn->batch_from);
}

/* A queue of @count packets was carried out. */
static inline void batch_learn(struct fast_batch *batch, unsigned int count)
{
	batch->alone = count > 1 ? 0 : batch->alone + 1;
	batch->passed = 0;
}

/* Is the next packet of an empty queue likely to stay alone there? */
static inline bool batch_lonely(struct fast_batch *batch)
{
	return batch->alone >= BATCH_LONELY && ++batch->passed < BATCH_TRY;
}

/* Keep @skb; false: it cannot be kept, treat it at once. Softirq. */
bool batch_take(struct fast_dev *fd, struct sk_buff *skb);

#endif
