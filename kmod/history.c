// SPDX-License-Identifier: GPL-2.0
/* Mappings that have ended: a ring, filled page by page as it is needed. */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "history.h"
#include "net.h"

#define PER_PAGE	(PAGE_SIZE / sizeof(struct ended_mapping))

static struct history_ring *ring_new(u32 room)
{
	struct history_ring *ring;

	ring = kvzalloc(struct_size(ring, pages, DIV_ROUND_UP(room, PER_PAGE)),
			GFP_KERNEL_ACCOUNT);
	if (ring)
		ring->room = room;
	return ring;
}

static void ring_free(struct history_ring *ring)
{
	u32 i;

	for (i = 0; ring && i < DIV_ROUND_UP(ring->room, PER_PAGE); i++)
		free_page((unsigned long)ring->pages[i]);
	kvfree(ring);
}

/* The page of record @number, made if there is none yet; NULL: no memory. */
static struct ended_mapping *ring_page(struct history_ring *ring, u64 number,
				       gfp_t gfp)
{
	u32 slot = do_div(number, ring->room);
	struct ended_mapping **page = &ring->pages[slot / PER_PAGE];

	if (!*page)
		*page = (void *)__get_free_page(gfp | __GFP_ZERO | __GFP_NOWARN);
	return *page ? *page + slot % PER_PAGE : NULL;
}

const struct ended_mapping *history_at(const struct history *history, u64 number)
{
	u32 slot = do_div(number, history->ring->room);

	return history->ring->pages[slot / PER_PAGE] + slot % PER_PAGE;
}

/* The oldest goes. */
static void history_forget(struct history *history)
{
	const struct ended_mapping *old = history_at(history, history->first);

	flow_counters_add(&history->lost_sum, &old->counters);
	history->lost++;
	history->first++;
}

/* A record for one more, or NULL: then it is lost from the beginning. */
static struct ended_mapping *history_new(struct history *history)
{
	struct ended_mapping *rec = NULL;

	if (history->ring)
		rec = ring_page(history->ring, history->next, GFP_ATOMIC);
	if (!rec) {
		history->lost++;
		return NULL;
	}
	if (history_kept(history) == history->ring->room)
		history_forget(history);
	history->next++;
	return rec;
}

void history_begin(struct portico_net *pn, struct mapping *m)
{
	const struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	u64 age = mapping_clock() - m->created;
	struct history *history = &pn->history;
	struct ended_mapping *rec;

	lockdep_assert_held(&pn->mappings.lock);
	rec = history_new(history);
	/* Pairs with dump_one_mapping(), which reads when it was created. */
	smp_wmb();
	WRITE_ONCE(m->record, rec ? (u32)(history->next - 1) : 0);
	if (!rec)
		return;
	memset(rec, 0, sizeof(*rec));
	rec->in = m->host->addr;
	rec->in_port = mapping_port(m);
	rec->ex = m->ext->addr;
	rec->ex_port = m->ext_port;
	rec->proto = mapping_proto(m);
	rec->family = mapping_family(m);
	rec->flags = m->flags;
	rec->ended = ktime_get_real_ns();
	rec->created = rec->ended - age * NSEC_PER_SEC;
	rec->sessions = (extra ? extra->next_id : 0) +
			!!(m->first.flags & SESSION_USED);
	strscpy(rec->uplink, m->ext->uplink->name, sizeof(rec->uplink));
}

/* The number whose low half is @low, if that one is still kept; else 0. */
static u64 number_kept(const struct history *history, u32 low)
{
	u32 back = (u32)history->next - low;

	return low && back && back <= history_kept(history) ?
	       history->next - back : 0;
}

void history_count(struct portico_net *pn, const struct mapping *m,
		   const struct flow_counters *sum)
{
	struct history *history = &pn->history;
	u64 number = number_kept(history, m->record);

	lockdep_assert_held(&pn->mappings.lock);
	if (!number) {
		flow_counters_add(&history->lost_sum, sum);
		return;
	}
	flow_counters_add(&ring_page(history->ring, number, GFP_ATOMIC)->counters,
			  sum);
}

void history_net_init(struct portico_net *pn)
{
	pn->history.max = HISTORY_DEFAULT;
	/* A mapping without a record has number 0. */
	pn->history.first = 1;
	pn->history.next = 1;
}

void history_net_exit(struct portico_net *pn)
{
	ring_free(pn->history.ring);
}

int history_ready(struct portico_net *pn)
{
	lockdep_assert_held(&pn->config);
	if (pn->history.ring || !pn->history.max)
		return 0;
	return history_set_max(pn, pn->history.max);
}

/* Move what is kept to @ring, which has pages for as much as it can hold of it. */
static void history_move(struct history *history, struct history_ring *ring)
{
	u32 room = ring ? ring->room : 0;
	struct ended_mapping *rec;
	u64 i;

	while (history_kept(history) > room)
		history_forget(history);
	for (i = history->first; i < history->next; i++) {
		rec = ring_page(ring, i, GFP_ATOMIC);
		if (!rec) {
			/* Numbers have no gaps: what came before goes too. */
			while (history->first <= i)
				history_forget(history);
			continue;
		}
		*rec = *history_at(history, i);
	}
}

/* So that the move, under a spin lock, finds them. */
static int ring_pages(struct history_ring *ring, u64 first, u64 next)
{
	for (; first < next; first++) {
		if (!ring_page(ring, first, GFP_KERNEL_ACCOUNT))
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

int history_set_max(struct portico_net *pn, u32 max)
{
	struct history *history = &pn->history;
	struct history_ring *ring = NULL, *old;
	u64 first, next;

	lockdep_assert_held(&pn->config);
	spin_lock_bh(&pn->mappings.lock);
	first = history->first;
	next = history->next;
	spin_unlock_bh(&pn->mappings.lock);
	if (max) {
		ring = ring_new(max);
		if (!ring || ring_pages(ring, max(first, next - min_t(u64, next, max)),
					next)) {
			ring_free(ring);
			return -ENOMEM;
		}
	}
	spin_lock_bh(&pn->mappings.lock);
	history_move(history, ring);
	old = history->ring;
	history->ring = ring;
	history->max = max;
	spin_unlock_bh(&pn->mappings.lock);
	ring_free(old);
	return 0;
}
