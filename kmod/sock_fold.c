// SPDX-License-Identifier: GPL-2.0
/* How a record's counters reach its port's row and its peers. */
#include "net.h"
#include "sock.h"
#include "sock_fold.h"

/*
 * Whoever sent to it; of a connection that is its remote, if any of @arrived, not
 * folded so far, came at all.
 */
static __always_inline void join_sources(struct sock_rec *rec,
					 struct port_row *row, u64 arrived)
{
	const struct key_secret *secret = &rec->pn->ports->secret;
	u32 hash;

	if (unlikely(!sources_none(&rec->sources)))
		sources_join(&row->sources, &rec->sources);
	if (rec->proto != IPPROTO_TCP || rec->outcome != PORT_ESTABLISHED || !arrived)
		return;
	if (rec->family == AF_INET6)
		hash = sources_hash6(secret, &rec->remote);
	else
		hash = sources_hash4(secret, rec->remote.s6_addr32[0]);
	sources_add(&row->sources, hash);
}

/* The row's share of a fold. */
static __always_inline void fold_row(struct sock_rec *rec,
				     const struct flow_counters *c)
{
	struct port_row *row = port_get(rec->pn->ports, rec->proto, rec->port);

	atomic64_add(c->packets[DIR_IN], &row->in_packets[rec->outcome]);
	atomic64_add(c->bytes[DIR_IN], &row->in_bytes);
	atomic64_add(c->packets[DIR_OUT], &row->out_packets);
	atomic64_add(c->bytes[DIR_OUT], &row->out_bytes);
	join_sources(rec, row, c->packets[DIR_IN]);
	if (rec->last && (!row->last || time_after(rec->last, row->last)))
		WRITE_ONCE(row->last, rec->last);
}

void sock_fold(struct sock_rec *rec)
{
	struct flow_counters c;

	if (rec->kind)
		return;
	sock_unfolded(rec, &c);
	if (!rec->parted)
		memset(&rec->folded, 0, sizeof(rec->folded));
	rec->parted = true;
	flow_counters_add(&rec->folded, &c);
	fold_row(rec, &c);
	peer_socket(rec->pn, rec, &c);
}

static bool same_ends(const struct sock_rec *a, const struct sock_rec *b)
{
	return a->family == b->family &&
	       ipv6_addr_equal(&a->local, &b->local) &&
	       ipv6_addr_equal(&a->remote, &b->remote);
}

void sock_fold_end(struct sock_run *run)
{
	if (run->rec)
		peer_socket(run->rec->pn, run->rec, &run->sum);
	run->rec = NULL;
}

void sock_fold_last(struct sock_rec *rec, struct sock_run *run)
{
	struct flow_counters c;

	if (rec->kind)
		return;
	sock_unfolded(rec, &c);
	fold_row(rec, &c);
	if (run->rec && same_ends(run->rec, rec)) {
		flow_counters_add(&run->sum, &c);
		return;
	}
	sock_fold_end(run);
	run->rec = rec;
	run->sum = c;
}

/* Under rec->lock. */
static void add_locked(struct sock_rec *rec, const struct flow_counters *c,
		       struct port_sum *sum)
{
	sum->in_packets[rec->outcome] += c->packets[DIR_IN];
	sum->in_bytes += c->bytes[DIR_IN];
	sum->out_packets += c->packets[DIR_OUT];
	sum->out_bytes += c->bytes[DIR_OUT];
	sum->sockets += rec->life == SOCK_OPEN;
	if (rec->last && (!sum->last || time_after(rec->last, sum->last)))
		sum->last = rec->last;
}

void sock_add(struct sock_rec *rec, struct port_sum *sums, u32 n)
{
	struct port_row *row;
	struct flow_counters c;

	if (rec->kind)
		return;
	spin_lock_bh(&rec->lock);
	row = port_get(rec->pn->ports, rec->proto, rec->port);
	sock_unfolded(rec, &c);
	join_sources(rec, row, c.packets[DIR_IN]);
	if (row->slot < n)
		add_locked(rec, &c, &sums[row->slot]);
	spin_unlock_bh(&rec->lock);
}
