// SPDX-License-Identifier: GPL-2.0
/* One side of the peers, live sessions and sockets included. */
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>

#include "forget.h"
#include "net.h"
#include "npt.h"
#include "peer_rows.h"
#include "port.h"
#include "sock.h"
#include "sock_fold.h"

#define ROWS_MAX	(256U << 10)	/* more addresses are shown as others */
#define WALK_BATCH	1024		/* ports looked at under one hold of the lock */

static struct peer_row *row_of(struct peer_rows *rows,
			       const union nf_inet_addr *addr, u8 family)
{
	u32 i = jhash2((const u32 *)addr->all, 4, rows->seed ^ family);
	struct peer_row *row;

	for (;; i++) {
		row = &rows->at[i & rows->mask];
		if (row->family == family && addr_equal(&row->addr, addr))
			return row;
		if (row->family)
			continue;
		if (rows->count == rows->room)
			return NULL;
		rows->count++;
		row->addr = *addr;
		row->family = family;
		return row;
	}
}

struct peer_row *peer_rows_add(struct peer_rows *rows,
			       const union nf_inet_addr *addr, u8 family,
			       const struct flow_counters *c)
{
	struct peer_row *row = row_of(rows, addr, family);

	flow_counters_add(row ? &row->counters : &rows->other, c);
	return row;
}

void peer_rows_missed(struct peer_rows *rows, const struct mapping *m,
		      const union nf_inet_addr *addr,
		      const struct flow_counters *c)
{
	const struct peer_cursor *at = &rows->cursor;
	u32 space = ext_space(mapping_proto(m)), port = ntohs(m->ext_port);

	if (m->ext->id < at->ext ||
	    (m->ext->id == at->ext &&
	     (space < at->space || (space == at->space && port < at->port))))
		return;
	peer_rows_add(rows, addr, mapping_family(m), c);
}

static void add_mapping(struct peer_rows *rows, const struct mapping *m)
{
	const struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	const struct extra_session *e;

	if (m->first.flags & SESSION_USED)
		peer_rows_session(rows, m, &m->first);
	if (extra)
		hlist_for_each_entry(e, &extra->sessions, link)
			peer_rows_session(rows, m, &e->s);
}

/* The ports of one space from the cursor on, @budget of them at most. */
static void walk_ports(struct peer_rows *rows, const struct ext_addr *ext,
		       u32 *budget)
{
	const struct ext_ports *ports = ext->spaces[rows->cursor.space];
	u32 *port = &rows->cursor.port;
	const struct mapping *m;

	while (ports && *port <= U16_MAX && *budget) {
		if (!ports->owner[*port >> EXT_PAGE_BITS]) {
			*port = ((*port >> EXT_PAGE_BITS) + 1) << EXT_PAGE_BITS;
			continue;
		}
		m = ext_owner(ext, rows->cursor.space, htons(*port));
		if (m)
			add_mapping(rows, m);
		(*port)++;
		(*budget)--;
	}
}

/* A part of the walk; false: it is over. mapping_table.lock held. */
static bool walk_some(struct portico_net *pn, struct peer_rows *rows)
{
	struct peer_cursor *at = &rows->cursor;
	u32 budget = WALK_BATCH;
	struct ext_addr *ext;

	list_for_each_entry_rcu(ext, &pn->pool.all, all,
				lockdep_is_held(&pn->mappings.lock)) {
		if (ext->id < at->ext)
			continue;
		if (ext->id > at->ext)
			*at = (struct peer_cursor){ .ext = ext->id };
		while (at->space < __EXT_SPACES) {
			walk_ports(rows, ext, &budget);
			if (!budget)
				return true;
			at->space++;
			at->port = 0;
		}
	}
	at->ext = LONG_MAX;
	return false;
}

static void add_flows(struct portico_net *pn, struct peer_rows *rows)
{
	struct flow_counters npt = {}, theirs;
	struct host *host;
	bool more;

	do {
		spin_lock_bh(&pn->mappings.lock);
		rcu_read_lock();
		more = walk_some(pn, rows);
		rcu_read_unlock();
		spin_unlock_bh(&pn->mappings.lock);
		cond_resched();
	} while (more);
	/* Exchanged prefixes know no remotes. */
	forget_pause(pn);
	rcu_read_lock();
	list_for_each_entry_rcu(host, &pn->hosts.all, all)
		npt_counters_add(&npt, &host->npt);
	rcu_read_unlock();
	npt_counters_add(&npt, &pn->hosts.other);
	forget_resume(pn);
	theirs = flow_counters_turned(&npt);
	flow_counters_add(&rows->other, &theirs);
}

struct gather {
	struct peer_rows *rows;
	enum peer_side side;
};

static void add_record(struct sock_rec *rec, void *arg)
{
	const struct gather *g = arg;
	struct flow_counters c;

	if (rec->kind)
		return;
	spin_lock_bh(&rec->lock);
	sock_unfolded(rec, &c);
	peer_rows_socket(g->rows, g->side, rec, &c);
	spin_unlock_bh(&rec->lock);
}

/*
 * What is booked on ports without a record, and so without an address: what the
 * rows of the ports have beyond what ended records gave them.
 */
static void add_unrecorded(struct portico_net *pn, const struct gather *g)
{
	struct peer_counters given[__PEER_SIDES];
	struct flow_counters rest;

	/* A record gives to its row first: the rows have no less than the peers. */
	peer_read(pn, given);
	port_read(pn, &rest);
	flow_counters_sub(&rest, &given[PEER_LOCAL].local);
	if (g->side == PEER_REMOTE)
		rest = flow_counters_turned(&rest);
	flow_counters_add(&g->rows->other, &rest);
}

static struct peer_rows *rows_new(struct portico_net *pn, enum peer_side side)
{
	u32 want = pn->peers.side[side].count + READ_ONCE(pn->socks->records) + 64;
	struct peer_rows *rows;
	u32 slots;

	if (side == PEER_REMOTE)
		want += READ_ONCE(pn->sessions.count);
	slots = roundup_pow_of_two(min(want, ROWS_MAX) * 2);
	rows = kvzalloc(struct_size(rows, at, slots), GFP_KERNEL_ACCOUNT);
	if (!rows)
		return NULL;
	rows->mask = slots - 1;
	rows->room = slots / 2;
	rows->seed = get_random_u32();
	return rows;
}

static void rows_follow(struct portico_net *pn, struct peer_rows *rows)
{
	spin_lock_bh(&pn->mappings.lock);
	pn->peers.rows = rows;
	spin_unlock_bh(&pn->mappings.lock);
}

struct peer_rows *peer_rows(struct portico_net *pn, enum peer_side side)
{
	struct gather g = { .side = side };

	mutex_lock(&pn->peers.reading);
	sock_fold_lock(pn->socks);
	g.rows = rows_new(pn, side);
	if (!g.rows)
		goto out;
	spin_lock_bh(&pn->mappings.lock);
	peer_rows_ended(g.rows, pn, side);
	if (side == PEER_REMOTE)
		pn->peers.rows = g.rows;
	spin_unlock_bh(&pn->mappings.lock);
	sock_each(pn, add_record, &g);
	add_unrecorded(pn, &g);
	if (side == PEER_REMOTE) {
		add_flows(pn, g.rows);
		rows_follow(pn, NULL);
	}
out:
	sock_fold_unlock(pn->socks);
	mutex_unlock(&pn->peers.reading);
	return g.rows;
}
