// SPDX-License-Identifier: GPL-2.0
/* Ending what is due, freeing what has ended. */
#include "forget.h"
#include "lease.h"
#include "net.h"

#define GC_PERIOD	(HZ / 10)
#define GC_ROUND	10		/* ticks in which every bucket is looked at */
#define GC_WORK_MAX	4096		/* mappings examined in one tick */
#define GC_LOCK_BATCH	64		/* mappings examined under one hold */

static void reap_work(struct work_struct *work)
{
	struct gc *gc = container_of(to_rcu_work(work), struct gc, reap);
	struct portico_net *pn = container_of(gc, struct portico_net, gc);
	struct hlist_node *tmp;
	struct mapping *m;
	int n = 0;

	spin_lock_bh(&pn->mappings.lock);
	hlist_for_each_entry_safe(m, tmp, &gc->waiting, host_link) {
		hlist_del(&m->host_link);
		mapping_reap(pn, m);
		if (++n % GC_LOCK_BATCH == 0) {
			spin_unlock_bh(&pn->mappings.lock);
			cond_resched();
			spin_lock_bh(&pn->mappings.lock);
		}
	}
	hlist_move_list(&gc->dying, &gc->waiting);
	gc->reaping = !hlist_empty(&gc->waiting);
	if (gc->reaping)
		queue_rcu_work(system_unbound_wq, &gc->reap);
	spin_unlock_bh(&pn->mappings.lock);
}

void gc_bury(struct portico_net *pn, struct mapping *m)
{
	struct gc *gc = &pn->gc;

	lockdep_assert_held(&pn->mappings.lock);
	hlist_add_head(&m->host_link, &gc->dying);
	if (gc->reaping)
		return;
	gc->reaping = true;
	hlist_move_list(&gc->dying, &gc->waiting);
	queue_rcu_work(system_unbound_wq, &gc->reap);
}

/*
 * Is @m at its end? Otherwise *@due is lowered to its next deadline. Lock held.
 */
static bool mapping_is_due(struct portico_net *pn, struct mapping *m, u32 now,
			   u32 *due)
{
	struct session *first = &m->first;
	enum lease_state lease = lease_look(m, now, due);
	bool kept = lease == LEASE_HOLDS || m->flags & MAPPING_STATIC;
	u32 deadline;
	bool none;

	deadline = session_expire_extra(pn, m, now, &none);
	if ((s32)(deadline - *due) < 0)
		*due = deadline;

	/* What a lease alone has kept, unused, goes with it. */
	if (!(first->flags & SESSION_ENDED) &&
	    (lease != LEASE_LAPSED || first->flags & SESSION_USED)) {
		u32 mine = session_deadline(m, first);

		if ((s32)(mine - now) > 0) {
			if ((s32)(mine - *due) < 0)
				*due = mine;
			return false;
		}
		if (!none || kept)
			session_end_first(pn, m);
	}
	return none && !kept;
}

/* One bucket whose stamp has come; returns how many mappings it looked at. */
static int bucket_scan(struct portico_net *pn, struct bucket *bucket, u32 now)
{
	u32 due = now + (1U << 30);
	struct mapping *m;
	int i, n = 0;

	lockdep_assert_held(&pn->mappings.lock);
	for (i = 0; i < BUCKET_SLOTS; i++) {
		m = rcu_dereference_protected(bucket->slot[i], 1);
		if (!m)
			continue;
		n++;
		if (mapping_is_due(pn, m, now, &due))
			mapping_unlink(pn, m);
	}
	WRITE_ONCE(bucket->due, due);
	return n;
}

static bool bucket_is_due(const struct bucket *bucket, u32 now)
{
	return (s32)(READ_ONCE(bucket->due) - now) <= 0 &&
	       memchr_inv(bucket->tag, 0, sizeof(bucket->tag));
}

/*
 * A slice of the table; true when the work bound was met before its end. The
 * buckets stay in place while the lock is held, and rcu_read_lock() keeps them
 * from being freed between holds.
 */
static bool gc_slice(struct portico_net *pn)
{
	struct mapping_table *table = &pn->mappings;
	struct gc *gc = &pn->gc;
	u32 now = jiffies, left, index;
	struct buckets *b;
	int work = 0;

	rcu_read_lock();
	b = rcu_dereference(table->now);
	left = b ? (b->mask + GC_ROUND) / GC_ROUND : 0;
	for (; left && work < GC_WORK_MAX; left--) {
		index = gc->cursor++ & b->mask;
		if (!bucket_is_due(&b->at[index], now))
			continue;
		spin_lock_bh(&table->lock);
		/* While it grows, entries move: come back when it has grown. */
		if (!rcu_access_pointer(table->next) &&
		    rcu_access_pointer(table->now) == b)
			work += bucket_scan(pn, &b->at[index], now);
		spin_unlock_bh(&table->lock);
	}
	rcu_read_unlock();
	return left;
}

static void gc_tick(struct work_struct *work)
{
	struct gc *gc = container_of(to_delayed_work(work), struct gc, tick);
	struct portico_net *pn = container_of(gc, struct portico_net, gc);
	bool more = gc_slice(pn);

	spin_lock_bh(&pn->mappings.lock);
	pool_expire_held(pn);
	spin_unlock_bh(&pn->mappings.lock);
	rate_slice(pn);
	forget_slice(pn);
	syn_wait_expire(pn);
	opening_gc(pn, gc->way_slice);
	way_gc(pn, gc->way_slice++);
	if (!READ_ONCE(gc->stopped))
		queue_delayed_work(system_power_efficient_wq, &gc->tick,
				   more ? 1 : GC_PERIOD);
}

void gc_net_init(struct portico_net *pn)
{
	struct gc *gc = &pn->gc;

	INIT_DELAYED_WORK(&gc->tick, gc_tick);
	INIT_RCU_WORK(&gc->reap, reap_work);
	INIT_HLIST_HEAD(&gc->dying);
	INIT_HLIST_HEAD(&gc->waiting);
}

void gc_start(struct portico_net *pn)
{
	lockdep_assert_held(&pn->config);
	queue_delayed_work(system_power_efficient_wq, &pn->gc.tick, GC_PERIOD);
}

void gc_rescan(struct portico_net *pn)
{
	struct buckets *b;
	u32 i, now = jiffies;

	spin_lock_bh(&pn->mappings.lock);
	b = rcu_dereference_protected(pn->mappings.now, 1);
	for (i = 0; b && i <= b->mask; i++)
		WRITE_ONCE(b->at[i].due, now);
	spin_unlock_bh(&pn->mappings.lock);
}

/* Every mapping has been unlinked; wait until the last is freed. */
void gc_net_exit(struct portico_net *pn)
{
	bool more;

	WRITE_ONCE(pn->gc.stopped, true);
	cancel_delayed_work_sync(&pn->gc.tick);
	do {
		flush_rcu_work(&pn->gc.reap);
		spin_lock_bh(&pn->mappings.lock);
		more = pn->gc.reaping;
		spin_unlock_bh(&pn->mappings.lock);
	} while (more);
}
