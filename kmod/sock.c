// SPDX-License-Identifier: GPL-2.0
/* Socket records: the table, and a record's life from open to retired. */
#include <linux/ktime.h>
#include <linux/sock_diag.h>

#include "event.h"
#include "net.h"
#include "owner.h"
#include "sock.h"
#include "sock_fill.h"
#include "sock_raw.h"
#include "sock_scan.h"
#include "sock_stock.h"
#include "sock_table.h"

struct workqueue_struct *sock_wq;

/* Records folded without a break for anybody else. */
#define FOLD_BATCH	64

static void tell(struct portico_net *pn, enum portico_event_type type,
		 struct sock_rec *rec)
{
	if (event_wanted(pn, pn->events))
		event_socket(pn, type, rec);
}

/* Out of the table, to be folded. Under book->lock. */
static void retire(struct sock_book *book, struct sock_rec *rec)
{
	sock_table_remove(book, rec);
	sock_ping_remove(book, rec);
	WRITE_ONCE(rec->life, SOCK_RETIRED);
	/* Else it is queued, and has not taken those before yet. */
	if (list_empty(&book->limbo) && !book->exiting)
		queue_work(sock_wq, &book->fold_work);
	list_add_tail(&rec->history, &book->limbo);
}

/* Under book->lock. */
static void history_trim(struct sock_book *book)
{
	struct sock_rec *rec;

	while (book->closed > book->history_max) {
		rec = list_first_entry(&book->history, struct sock_rec, history);
		list_del(&rec->history);
		book->closed--;
		book->lost++;
		retire(book, rec);
	}
}

/* Nobody can find it any more. */
static void sock_free(struct sock_rec *rec)
{
	sources_free(&rec->sources);
	sock_stock_put(rec);
}

/* Under book->fold. */
static void limbo_take(struct sock_book *book)
{
	spin_lock_bh(&book->lock);
	list_splice_tail_init(&book->limbo, &book->pending);
	spin_unlock_bh(&book->lock);
}

/* The first ones of those whose grace period is over. Under book->fold. */
static void fold_some(struct sock_book *book)
{
	struct sock_rec *rec;
	LIST_HEAD(folded);
	unsigned int n = 0;

	spin_lock_bh(&book->pn->peers.lock);
	list_for_each_entry(rec, &book->folding, history) {
		sock_fold(rec);
		sources_free(&rec->sources);
		if (++n == FOLD_BATCH)
			break;
	}
	spin_unlock_bh(&book->pn->peers.lock);
	if (n == FOLD_BATCH)
		list_cut_position(&folded, &book->folding, &rec->history);
	else
		list_splice_init(&book->folding, &folded);
	sock_stock_put_list(&folded, n);
}

/*
 * After a grace period no packet adds to a retired record any more, and no
 * dump looks at it: it goes into its row and is freed.
 */
static void sock_fold_work(struct work_struct *work)
{
	struct sock_book *book = container_of(work, struct sock_book, fold_work);

	mutex_lock(&book->fold);
	limbo_take(book);
	list_splice_tail_init(&book->pending, &book->folding);
	mutex_unlock(&book->fold);
	if (list_empty(&book->folding))
		return;
	synchronize_rcu();
	mutex_lock(&book->fold);
	while (!list_empty(&book->folding)) {
		fold_some(book);
		cond_resched();
	}
	mutex_unlock(&book->fold);
}

void sock_fold_lock(struct sock_book *book)
{
	mutex_lock(&book->fold);
}

void sock_fold_unlock(struct sock_book *book)
{
	mutex_unlock(&book->fold);
}

/*
 * A flood of handshakes that nobody completes must not wash real sockets out of
 * the history: they are retired at once. Under book->lock.
 */
static void close_locked(struct sock_book *book, struct sock_rec *rec)
{
	rec->closed_at = ktime_get_coarse_real_ns();
	WRITE_ONCE(rec->state, TCP_CLOSE);
	book->open--;
	if (rec->embryo) {
		retire(book, rec);
		return;
	}
	WRITE_ONCE(rec->life, SOCK_CLOSED);
	list_add_tail(&rec->history, &book->history);
	book->closed++;
	history_trim(book);
}

void sock_close(struct sock_rec *rec, const struct sock *sk)
{
	struct sock_book *book = rec->pn->socks;
	bool closed;

	if (READ_ONCE(rec->life) != SOCK_OPEN)
		return;
	if (sk)
		sock_final(rec, sk);
	spin_lock_bh(&book->lock);
	closed = rec->life == SOCK_OPEN;
	if (closed)
		close_locked(book, rec);
	spin_unlock_bh(&book->lock);
	if (closed && !rec->embryo)
		tell(rec->pn, PORTICO_EVENT_SOCKET_CLOSE, rec);
}

/* A closed record's socket turns out to live, or to live again. */
static void sock_reopen(struct sock_book *book, struct sock_rec *rec,
			const struct sock *sk)
{
	spin_lock_bh(&book->lock);
	if (rec->life == SOCK_CLOSED) {
		list_del(&rec->history);
		book->closed--;
		book->open++;
		WRITE_ONCE(rec->life, SOCK_OPEN);
		rec->verify = true;
	}
	spin_unlock_bh(&book->lock);
	sock_move(rec, sk);
	/* It may have been met in the middle of a change of state. */
	sock_watch_place(rec);
	sock_refresh(rec, sk);
	sock_sweep_wanted(book);
}

static struct sock_rec *sock_make(struct portico_net *pn,
				  const struct sock *sk, u64 cookie, bool acting)
{
	struct sock_rec *rec;

	rec = sock_stock_get();
	if (!rec)
		return NULL;
	rec->pn = pn;
	rec->cookie = cookie;
	spin_lock_init(&rec->lock);
	rec->first_at = ktime_get_coarse_real_ns();
	rec->looked = READ_ONCE(pn->socks->round);
	sock_describe(rec, sk);
	if (acting)
		owner_first(rec);
	return rec;
}

static struct sock_rec *sock_open(struct portico_net *pn,
				  const struct sock *sk, u64 cookie, bool acting)
{
	struct sock_book *book = pn->socks;
	struct sock_rec *rec, *old = NULL, *gone = NULL;
	bool full;

	if (READ_ONCE(book->open) >= READ_ONCE(book->max))
		return NULL;
	rec = sock_make(pn, sk, cookie, acting);
	if (!rec)
		return NULL;
	spin_lock_bh(&book->lock);
	full = book->open >= book->max;
	if (!full)
		old = sock_lookup(book, cookie);
	if (!full && !old) {
		sock_table_insert(book, rec);
		book->open++;
		gone = sock_ping_add(book, rec);
		if (gone)
			close_locked(book, gone);
	}
	spin_unlock_bh(&book->lock);
	if (full || old) {
		sock_stock_put(rec);
		return old;
	}
	if (rec->verify)
		sock_sweep_wanted(book);
	if (gone)
		tell(pn, PORTICO_EVENT_SOCKET_CLOSE, gone);
	tell(pn, PORTICO_EVENT_SOCKET_OPEN, rec);
	return rec;
}

static u64 cookie_make(const struct sock *sk)
{
	u32 half[2];

	/* The generator itself is not exported, its user is. */
	sock_diag_save_cookie((struct sock *)sk, half);
	return (u64)half[1] << 32 | half[0];
}

struct sock_rec *sock_get(struct portico_net *pn, const struct sock *sk,
			  bool acting)
{
	u64 cookie = sock_cookie(sk);
	struct sock_rec *rec;

	if (!cookie)
		return sock_is_alive(sk) ?
		       sock_open(pn, sk, cookie_make(sk), acting) : NULL;
	rec = sock_lookup(pn->socks, cookie);
	if (rec) {
		if (READ_ONCE(rec->life) == SOCK_CLOSED && sock_is_alive(sk))
			sock_reopen(pn->socks, rec, sk);
		return rec;
	}
	/* What is left of a connection whose record has left the history. */
	if (!sock_is_alive(sk))
		return NULL;
	return sock_open(pn, sk, cookie, acting);
}

void sock_make_rows(struct portico_net *pn)
{
	struct sock_rec *rec;
	u64 after = 0;
	int batch;

	do {
		rcu_read_lock();
		for (batch = 0; batch < 256; batch++) {
			rec = sock_next(pn->socks, after);
			if (!rec)
				break;
			after = sock_key(rec->cookie);
			if (!rec->kind)
				port_get(pn->ports, rec->proto,
					 READ_ONCE(rec->port));
		}
		rcu_read_unlock();
		cond_resched();
	} while (rec);
}

struct each {
	void (*visit)(struct sock_rec *rec, void *arg);
	void *arg;
};

/* One record once, whether met in the table or, later, on a list. */
static void visit_once(struct sock_book *book, struct sock_rec *rec,
		       const struct each *each)
{
	if (rec->snapshot == book->snapshot)
		return;
	rec->snapshot = book->snapshot;
	each->visit(rec, each->arg);
}

void sock_each(struct portico_net *pn,
	       void (*visit)(struct sock_rec *rec, void *arg), void *arg)
{
	const struct each each = { visit, arg };
	struct sock_book *book = pn->socks;
	struct sock_rec *rec;
	u64 after = 0;
	int batch;

	if (!++book->snapshot)
		book->snapshot = 1;
	do {
		rcu_read_lock();
		for (batch = 0; batch < 256; batch++) {
			rec = sock_next(book, after);
			if (!rec)
				break;
			after = sock_key(rec->cookie);
			visit_once(book, rec, &each);
		}
		rcu_read_unlock();
		cond_resched();
	} while (rec);
	limbo_take(book);
	list_for_each_entry(rec, &book->pending, history)
		visit_once(book, rec, &each);
	list_for_each_entry(rec, &book->folding, history)
		visit_once(book, rec, &each);
}

void sock_status(struct portico_net *pn, struct sock_status *st)
{
	struct sock_book *book = pn->socks;

	spin_lock_bh(&book->lock);
	st->open = book->open;
	st->max = book->max;
	st->closed = book->closed;
	st->history_max = book->history_max;
	st->lost = book->lost;
	st->memory = (u64)book->records * sizeof(struct sock_rec);
	spin_unlock_bh(&book->lock);
}

void sock_set_max(struct portico_net *pn, u32 max)
{
	WRITE_ONCE(pn->socks->max, max);
}

void sock_set_history(struct portico_net *pn, u32 max)
{
	struct sock_book *book = pn->socks;

	spin_lock_bh(&book->lock);
	book->history_max = max;
	history_trim(book);
	spin_unlock_bh(&book->lock);
}

int sock_net_init(struct portico_net *pn)
{
	struct sock_book *book = kzalloc(sizeof(*book), GFP_KERNEL);
	int err;

	if (!book)
		return -ENOMEM;
	err = sock_table_init(book);
	if (err) {
		kfree(book);
		return err;
	}
	spin_lock_init(&book->lock);
	INIT_LIST_HEAD(&book->history);
	INIT_LIST_HEAD(&book->limbo);
	INIT_LIST_HEAD(&book->pending);
	INIT_LIST_HEAD(&book->folding);
	xa_init_flags(&book->pings, XA_FLAGS_LOCK_BH);
	mutex_init(&book->fold);
	mutex_init(&book->scan);
	INIT_WORK(&book->fold_work, sock_fold_work);
	INIT_DELAYED_WORK(&book->sweep, sock_sweep_work);
	book->max = SOCK_MAX_DEFAULT;
	book->history_max = SOCK_HISTORY_DEFAULT;
	book->pn = pn;
	/* The state tracepoint may already look. */
	smp_store_release(&pn->socks, book);
	return 0;
}

void sock_net_pre_exit(struct portico_net *pn)
{
	WRITE_ONCE(pn->leaving, true);
	spin_lock_bh(&pn->socks->lock);
	pn->socks->exiting = true;
	spin_unlock_bh(&pn->socks->lock);
}

void sock_net_exit(struct portico_net *pn)
{
	struct sock_book *book = pn->socks;
	struct sock_rec *rec, *next;

	if (!book)
		return;
	cancel_delayed_work_sync(&book->sweep);
	cancel_work_sync(&book->fold_work);
	limbo_take(book);
	list_for_each_entry_safe(rec, next, &book->pending, history)
		sock_free(rec);
	sock_table_exit(book, sock_free);
	xa_destroy(&book->pings);
	WRITE_ONCE(pn->socks, NULL);
	kfree(book);
}

int sock_init(void)
{
	int err = port_init();

	if (err)
		return err;
	err = sock_stock_init();
	if (err)
		goto port;
	sock_wq = alloc_workqueue("portico_sock", WQ_UNBOUND, 0);
	if (sock_wq)
		return 0;
	err = -ENOMEM;
	sock_stock_exit();
port:
	port_exit();
	return err;
}

void sock_exit(void)
{
	destroy_workqueue(sock_wq);
	sock_stock_exit();
	port_exit();
}
