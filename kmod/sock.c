// SPDX-License-Identifier: GPL-2.0
/* Socket records: the table, and a record's life from open to retired. */
#include <linux/ktime.h>
#include <linux/sock_diag.h>

#include "event.h"
#include "net.h"
#include "owner.h"
#include "sock.h"
#include "sock_chain.h"
#include "sock_describe.h"
#include "sock_fill.h"
#include "sock_fold.h"
#include "sock_raw.h"
#include "sock_scan.h"
#include "sock_stock.h"
#include "sock_table.h"

struct workqueue_struct *sock_wq;

/* Records folded without a break for anybody else. */
#define FOLD_BATCH	64
/* Each time a work and a grace period: so many together, or those of a while. */
#define FOLD_CROWD	512
#define FOLD_WAIT	(HZ / 10)

static void tell(struct portico_net *pn, enum portico_event_type type,
		 struct sock_rec *rec)
{
	if (event_wanted(pn, pn->events))
		event_socket(pn, type, rec);
}

/* The first of a crowd waits for the others a while. Under book->lock. */
static noinline void fold_wanted(struct sock_book *book)
{
	if (book->exiting)
		return;
	if (book->retired == 1)
		queue_delayed_work(sock_wq, &book->fold_work, FOLD_WAIT);
	else
		mod_delayed_work(sock_wq, &book->fold_work, 0);
}

/* Out of the table, to be folded. Under book->lock. */
static __always_inline void retire(struct sock_book *book, struct sock_rec *rec)
{
	sock_table_remove(book, rec);
	if (unlikely(rec->kind == SOCK_KIND_PING))
		sock_ping_remove(book, rec);
	WRITE_ONCE(rec->life, SOCK_RETIRED);
	sock_chain_add(&book->limbo, rec);
	if (unlikely(!(book->retired++ % FOLD_CROWD)))
		fold_wanted(book);
}

/* Under book->lock. */
static __always_inline void history_add(struct sock_book *book, struct sock_rec *rec)
{
	rec->again = rec->queued;
	if (rec->queued)
		return;
	rec->queued = true;
	sock_chain_add(&book->history, rec);
}

/* Under book->lock. */
static __always_inline void history_trim(struct sock_book *book)
{
	struct sock_rec *rec;

	while (book->closed > book->history_max) {
		rec = sock_chain_take(&book->history);
		rec->queued = false;
		/* It was opened again, and its turn comes when it closes. */
		if (unlikely(rec->life == SOCK_OPEN))
			continue;
		if (unlikely(rec->again)) {
			history_add(book, rec);
			continue;
		}
		book->closed--;
		book->lost++;
		retire(book, rec);
	}
}

/* Nobody can find it any more. */
static void sock_free(struct sock_book *book, struct sock_rec *rec)
{
	sources_free(&rec->sources);
	sock_stock_put(book, rec);
}

/* Under book->fold. */
static void limbo_take(struct sock_book *book)
{
	spin_lock_bh(&book->lock);
	sock_chain_move(&book->pending, &book->limbo);
	book->retired = 0;
	spin_unlock_bh(&book->lock);
}

/* The first ones of those whose grace period is over. Under book->fold. */
static void fold_some(struct sock_book *book)
{
	struct sock_chain folded;
	struct sock_run run = {};
	struct sock_rec *rec;
	unsigned int n = 0;

	sock_chain_init(&folded);
	spin_lock_bh(&book->pn->peers.lock);
	while (n < FOLD_BATCH && (rec = sock_chain_take(&book->folding))) {
		sock_fold_last(rec, &run);
		sources_free(&rec->sources);
		sock_chain_add(&folded, rec);
		n++;
	}
	sock_fold_end(&run);
	spin_unlock_bh(&book->pn->peers.lock);
	sock_stock_put_chain(book, &folded, n);
}

/*
 * After a grace period no packet adds to a retired record any more, and no
 * dump looks at it: it goes into its row and is freed.
 */
static void sock_fold_work(struct work_struct *work)
{
	struct sock_book *book = container_of(to_delayed_work(work),
					      struct sock_book, fold_work);

	mutex_lock(&book->fold);
	limbo_take(book);
	sock_chain_move(&book->folding, &book->pending);
	mutex_unlock(&book->fold);
	if (sock_chain_empty(&book->folding))
		return;
	synchronize_rcu();
	mutex_lock(&book->fold);
	while (!sock_chain_empty(&book->folding)) {
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

/* The time, as of the last tick. Under book->lock. */
static __always_inline u64 book_now(struct sock_book *book)
{
	unsigned long tick = jiffies;

	if (book->ticked != tick) {
		book->ticked = tick;
		book->now = ktime_get_coarse_real_ns();
	}
	return book->now;
}

/*
 * A flood of handshakes that nobody completes must not wash real sockets out of
 * the history: they are retired at once. Under book->lock.
 */
static __always_inline void close_locked(struct sock_book *book, struct sock_rec *rec)
{
	rec->closed_at = book_now(book);
	WRITE_ONCE(rec->state, TCP_CLOSE);
	book->open--;
	if (unlikely(rec->embryo)) {
		retire(book, rec);
		return;
	}
	WRITE_ONCE(rec->life, SOCK_CLOSED);
	history_add(book, rec);
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

/* A record that nobody can find yet. Under book->lock. */
static __always_inline struct sock_rec *
sock_make(struct sock_book *book, const struct sock *sk, u64 cookie, bool mine)
{
	struct sock_rec *rec = sock_stock_get(book);

	if (unlikely(!rec))
		return NULL;
	rec->pn = book->pn;
	rec->cookie = cookie;
	rec->looked = READ_ONCE(book->round);
	rec->first_at = book_now(book);
	sock_describe(rec, sk);
	if (mine)
		owner_first(rec);
	return rec;
}

/* Under book->lock. */
static __always_inline u64 cookie_of(struct sock_book *book, const struct sock *sk)
{
	/* The generator itself is not exported, its user is. */
	if (!sock_cookie(sk))
		sock_diag_save_cookie((struct sock *)sk, book->cookie);
	return sock_cookie(sk);
}

/* Under book->lock. @gone: one that gives way to it. */
static __always_inline void sock_enter(struct sock_book *book, struct sock_rec *rec,
				       struct sock_rec **gone)
{
	sock_table_insert(book, rec);
	book->open++;
	if (likely(rec->kind != SOCK_KIND_PING))
		return;
	*gone = sock_ping_add(book, rec);
	if (*gone)
		close_locked(book, *gone);
}

static __always_inline struct sock_rec *
sock_open(struct portico_net *pn, const struct sock *sk, bool acting)
{
	/* Soft interrupts will be off in a moment, and then nobody seems to run. */
	bool made = false, mine = acting && owner_runs();
	struct sock_book *book = pn->socks;
	struct sock_rec *rec, *gone = NULL;
	u64 cookie;

	spin_lock_bh(&book->lock);
	cookie = cookie_of(book, sk);
	/* Somebody may have been quicker. */
	rec = sock_lookup(book, cookie);
	if (likely(!rec && book->open < book->max)) {
		rec = sock_make(book, sk, cookie, mine);
		made = rec;
		if (likely(made))
			sock_enter(book, rec, &gone);
	}
	spin_unlock_bh(&book->lock);
	if (unlikely(!made))
		return rec;
	if (rec->verify)
		sock_sweep_wanted(book);
	if (unlikely(gone))
		tell(pn, PORTICO_EVENT_SOCKET_CLOSE, gone);
	tell(pn, PORTICO_EVENT_SOCKET_OPEN, rec);
	return rec;
}

struct sock_rec *sock_get(struct portico_net *pn, const struct sock *sk,
			  bool acting)
{
	u64 cookie = sock_cookie(sk);
	struct sock_rec *rec;

	rec = cookie ? sock_lookup(pn->socks, cookie) : NULL;
	if (rec) {
		if (READ_ONCE(rec->life) == SOCK_CLOSED && sock_is_alive(sk))
			sock_reopen(pn->socks, rec, sk);
		return rec;
	}
	/* Not for what is left of a connection whose record has left the history. */
	if (!sock_is_alive(sk) ||
	    READ_ONCE(pn->socks->open) >= READ_ONCE(pn->socks->max))
		return NULL;
	return sock_open(pn, sk, acting);
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
	for (rec = book->pending.first; rec; rec = rec->follow)
		visit_once(book, rec, &each);
	for (rec = book->folding.first; rec; rec = rec->follow)
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
	st->memory = ((u64)book->records + book->stocked) * sizeof(struct sock_rec);
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
	sock_chain_init(&book->history);
	sock_chain_init(&book->limbo);
	sock_chain_init(&book->stock);
	sock_chain_init(&book->pending);
	sock_chain_init(&book->folding);
	book->ticked = jiffies - 1;
	xa_init_flags(&book->pings, XA_FLAGS_LOCK_BH);
	mutex_init(&book->fold);
	mutex_init(&book->scan);
	INIT_DELAYED_WORK(&book->fold_work, sock_fold_work);
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
	struct sock_rec *rec;

	if (!book)
		return;
	cancel_delayed_work_sync(&book->sweep);
	cancel_delayed_work_sync(&book->fold_work);
	limbo_take(book);
	while ((rec = sock_chain_take(&book->pending)))
		sock_free(book, rec);
	sock_table_exit(book, sock_free);
	sock_stock_book_exit(book);
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
