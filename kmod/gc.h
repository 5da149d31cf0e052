/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Garbage collection: ends what is due and frees what has ended. Each run looks
 * at a slice of the buckets, touches only those whose stamp says that something
 * may be due, and does a bounded amount of work.
 */
#ifndef PORTICO_GC_H
#define PORTICO_GC_H

#include <linux/list.h>
#include <linux/workqueue.h>

struct mapping;
struct portico_net;

struct gc {
	struct delayed_work tick;
	struct hlist_head dying;	/* unlinked, waiting for a grace period */
	struct hlist_head waiting;	/* their grace period has begun */
	struct rcu_work reap;
	bool reaping;
	bool stopped;
	u32 cursor;			/* next bucket to look at */
	u32 way_slice;
};

void gc_net_init(struct portico_net *pn);
void gc_net_exit(struct portico_net *pn);

/* Begin to run; config lock held. */
void gc_start(struct portico_net *pn);

/* @m is unlinked; free it after a grace period. mapping_table.lock held. */
void gc_bury(struct portico_net *pn, struct mapping *m);

/* Look at every bucket soon: time-outs were made shorter. */
void gc_rescan(struct portico_net *pn);

#endif
