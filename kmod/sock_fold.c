// SPDX-License-Identifier: GPL-2.0
/* How a record's counters reach its port's row and its peers. */
#include "net.h"
#include "sock.h"
#include "sock_chain.h"
#include "sock_fold.h"

/* A connection's remote, as rows know their sources. */
static __always_inline u32 remote_hash(const struct sock_rec *rec)
{
	const struct key_secret *secret = &rec->pn->ports->secret;

	if (rec->family == AF_INET6)
		return sources_hash6(secret, &rec->remote);
	return sources_hash4(secret, rec->remote.s6_addr32[0]);
}

/*
 * Whoever sent to it; of a connection that is its @remote, if any of @arrived, not
 * folded so far, came at all.
 */
static __always_inline void join_sources(struct sock_rec *rec, struct port_row *row,
					 u64 arrived, u32 remote)
{
	if (unlikely(!sources_none(&rec->sources)))
		sources_join(&row->sources, &rec->sources);
	if (rec->proto == IPPROTO_TCP && rec->outcome == PORT_ESTABLISHED && arrived)
		sources_add(&row->sources, remote);
}

/* The row's share of a fold. */
static __always_inline void fold_row(struct sock_rec *rec, u32 remote,
				     const struct flow_counters *c)
{
	struct port_row *row = port_get(rec->pn->ports, rec->proto, rec->port);

	atomic64_add(c->packets[DIR_IN], &row->in_packets[rec->outcome]);
	atomic64_add(c->bytes[DIR_IN], &row->in_bytes);
	atomic64_add(c->packets[DIR_OUT], &row->out_packets);
	atomic64_add(c->bytes[DIR_OUT], &row->out_bytes);
	join_sources(rec, row, c->packets[DIR_IN], remote);
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
	fold_row(rec, remote_hash(rec), &c);
	peer_socket(rec->pn, rec, &c);
}

/* Records that follow one another and have the same two ends: peers get one sum. */
struct fold_run {
	const struct sock_rec *rec;	/* the first of them, NULL: none */
	u32 remote;			/* remote_hash() */
	struct flow_counters sum;
};

static __always_inline bool same_ends(const struct sock_rec *a,
				      const struct sock_rec *b)
{
	return a->family == b->family &&
	       ipv6_addr_equal(&a->local, &b->local) &&
	       ipv6_addr_equal(&a->remote, &b->remote);
}

static noinline void run_end(struct fold_run *run)
{
	if (run->rec)
		peer_socket(run->rec->pn, run->rec, &run->sum);
}

static noinline void run_begin(struct fold_run *run, const struct sock_rec *rec)
{
	run_end(run);
	run->rec = rec;
	run->remote = remote_hash(rec);
	memset(&run->sum, 0, sizeof(run->sum));
}

static __always_inline void fold_last(struct sock_rec *rec, struct fold_run *run)
{
	struct flow_counters c;

	if (unlikely(rec->kind))
		return;
	if (unlikely(!run->rec || !same_ends(run->rec, rec)))
		run_begin(run, rec);
	sock_unfolded(rec, &c);
	fold_row(rec, run->remote, &c);
	flow_counters_add(&run->sum, &c);
}

unsigned int sock_fold_some(struct portico_net *pn, struct sock_chain *from,
			    struct sock_chain *folded, unsigned int most)
{
	struct sock_rec *rec, *last = NULL;
	struct fold_run run = {};
	unsigned int n = 0;

	spin_lock_bh(&pn->peers.lock);
	for (rec = from->first; rec && n < most; rec = rec->follow, n++) {
		fold_last(rec, &run);
		sources_free(&rec->sources);
		last = rec;
	}
	run_end(&run);
	spin_unlock_bh(&pn->peers.lock);
	sock_chain_cut(from, last, folded);
	return n;
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
	join_sources(rec, row, c.packets[DIR_IN], remote_hash(rec));
	if (row->slot < n)
		add_locked(rec, &c, &sums[row->slot]);
	spin_unlock_bh(&rec->lock);
}
