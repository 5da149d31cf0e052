// SPDX-License-Identifier: GPL-2.0
/* Sockets that no packet tells of: the sweep and the scan. */
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <net/raw.h>
#include <net/rawv6.h>
#include <net/tcp.h>

#include "compat.h"
#include "net.h"
#include "sock.h"
#include "sock_fill.h"
#include "sock_find.h"
#include "sock_raw.h"
#include "sock_scan.h"

#define SWEEP_PERIOD	HZ
#define SWEEP_BATCH	128
#define SCAN_BATCH	64

void sock_sweep_begin(struct sock_book *book)
{
	if (!READ_ONCE(book->exiting))
		queue_delayed_work(sock_wq, &book->sweep, SWEEP_PERIOD);
}

/*
 * A connection that is just closing is in no table for a moment, and a connection
 * all the same; a request that nobody completes is long silent when it ends.
 */
static bool sweep_waits(const struct sock_rec *rec)
{
	return rec->embryo && time_before(jiffies, READ_ONCE(rec->last) + 2);
}

/* Look at a batch of records that follow @after; false when all are done. */
static bool sweep_batch(struct sock_book *book, u64 *after, bool *more)
{
	struct net *net = book->pn->net;
	struct sock_rec *rec;
	int n;

	rcu_read_lock();
	for (n = 0; n < SWEEP_BATCH; n++) {
		rec = sock_next(book, *after);
		if (!rec)
			break;
		*after = sock_key(rec->cookie);
		if (!READ_ONCE(rec->verify) || READ_ONCE(rec->life) != SOCK_OPEN)
			continue;
		if (sweep_waits(rec))
			*more = true;
		else if (!sock_find_live(net, rec))
			sock_close(rec);
		else if (rec->proto == IPPROTO_TCP && !rec->embryo)
			rec->verify = false;
		else
			*more = true;
	}
	rcu_read_unlock();
	return n == SWEEP_BATCH;
}

void sock_sweep_work(struct work_struct *work)
{
	struct sock_book *book = container_of(to_delayed_work(work),
					      struct sock_book, sweep);
	u64 after = 0;
	bool more = false;

	sock_raw_look(book->pn);
	while (!READ_ONCE(book->exiting) && sweep_batch(book, &after, &more))
		cond_resched();
	if (more)
		sock_sweep_wanted(book);
}

void sock_resume(struct portico_net *pn)
{
	struct sock_book *book = pn->socks;
	struct sock_rec *rec;
	u64 after = 0;

	book->scanned = false;
	rcu_read_lock();
	while ((rec = sock_next(book, after))) {
		after = sock_key(rec->cookie);
		rec->verify = true;
		sock_watch_place(rec);
	}
	rcu_read_unlock();
	if (after)
		sock_sweep_wanted(book);
}

/* Sockets met in one bucket, held until the bucket's lock is let go. */
struct scan {
	struct portico_net *pn;
	struct sock *found[SCAN_BATCH];
	int n;
	bool overflow;
};

static void scan_note(struct scan *scan, struct sock *sk)
{
	u64 cookie = sock_cookie(sk);
	const struct sock_rec *rec;
	bool known;

	if (!net_eq(sock_net(sk), scan->pn->net) || !sk_fullsock(sk) ||
	    (!sock_has_book(sk) && sock_kind(sk) == SOCK_KIND_PORT))
		return;
	if (cookie) {
		rcu_read_lock();
		rec = sock_lookup(scan->pn->socks, cookie);
		/* One that was closed may have been opened again. */
		known = rec && READ_ONCE(rec->life) != SOCK_CLOSED;
		rcu_read_unlock();
		if (known)
			return;
	}
	if (scan->n == SCAN_BATCH) {
		scan->overflow = true;
		return;
	}
	if (refcount_inc_not_zero(&sk->sk_refcnt))
		scan->found[scan->n++] = sk;
}

/* True: the bucket held more than fits, look at it again. */
static bool scan_flush(struct scan *scan)
{
	bool again = scan->overflow;
	bool made = false;
	int i;

	rcu_read_lock();
	for (i = 0; i < scan->n; i++)
		made |= !!sock_get(scan->pn->socks, scan->found[i], false);
	rcu_read_unlock();
	for (i = 0; i < scan->n; i++)
		sock_gen_put(scan->found[i]);
	scan->n = 0;
	scan->overflow = false;
	cond_resched();
	/* With the table full there is no progress to be made. */
	return again && made;
}

static void scan_listeners(struct scan *scan, struct inet_hashinfo *table)
{
	struct inet_listen_hashbucket *bucket;
	struct hlist_nulls_node *node;
	struct sock *sk;
	unsigned int i;

	for (i = 0; i <= table->lhash2_mask; i++) {
		bucket = &table->lhash2[i];
		do {
			if (hlist_nulls_empty(&bucket->nulls_head))
				break;
			spin_lock_bh(&bucket->lock);
			sk_nulls_for_each(sk, node, &bucket->nulls_head)
				scan_note(scan, sk);
			spin_unlock_bh(&bucket->lock);
		} while (scan_flush(scan));
	}
}

static void scan_connections(struct scan *scan, struct inet_hashinfo *table)
{
	struct inet_ehash_bucket *bucket;
	struct hlist_nulls_node *node;
	spinlock_t *lock;		/* of the bucket */
	struct sock *sk;
	unsigned int i;

	for (i = 0; i <= table->ehash_mask; i++) {
		bucket = &table->ehash[i];
		lock = inet_ehash_lockp(table, i);
		if (!(i & 0xfff))
			cond_resched();
		do {
			if (hlist_nulls_empty(&bucket->chain))
				break;
			spin_lock_bh(lock);
			sk_nulls_for_each(sk, node, &bucket->chain)
				scan_note(scan, sk);
			spin_unlock_bh(lock);
		} while (scan_flush(scan));
	}
}

static void scan_udp(struct scan *scan, struct udp_table *table)
{
	struct udp_hslot *slot;
	struct sock *sk;
	unsigned int i;

	for (i = 0; table && i <= table->mask; i++) {
		slot = &table->hash[i];
		if (!(i & 0xfff))
			cond_resched();
		do {
			if (hlist_empty(&slot->head))
				break;
			spin_lock_bh(&slot->lock);
			sk_for_each(sk, &slot->head)
				scan_note(scan, sk);
			spin_unlock_bh(&slot->lock);
		} while (scan_flush(scan));
	}
}

static void scan_raw(struct scan *scan, struct raw_hashinfo *table)
{
	struct sock *sk;
	unsigned int i;

	for (i = 0; i < RAW_HTABLE_SIZE; i++) {
		do {
			if (hlist_empty(&table->ht[i]))
				break;
			spin_lock_bh(&table->lock);
			sk_for_each(sk, &table->ht[i])
				scan_note(scan, sk);
			spin_unlock_bh(&table->lock);
		} while (scan_flush(scan));
	}
}

void sock_scan(struct portico_net *pn)
{
	struct inet_hashinfo *tcp = pn->net->ipv4.tcp_death_row.hashinfo;
	struct sock_book *book = pn->socks;
	struct scan *scan;

	mutex_lock(&book->scan);
	scan = kzalloc(sizeof(*scan), GFP_KERNEL);
	if (!scan)
		goto out;
	scan->pn = pn;
	scan_listeners(scan, tcp);
	/* Later connections announce themselves by their first packet. */
	if (!book->scanned)
		scan_connections(scan, tcp);
	scan_udp(scan, compat_udp_table(pn->net, IPPROTO_UDP));
	scan_udp(scan, compat_udp_table(pn->net, IPPROTO_UDPLITE));
	scan_raw(scan, &raw_v4_hashinfo);
#if IS_ENABLED(CONFIG_IPV6)
	scan_raw(scan, &raw_v6_hashinfo);
#endif
	book->scanned = true;
	kfree(scan);
out:
	mutex_unlock(&book->scan);
}
