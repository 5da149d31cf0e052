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
/* So many leave a full history together, or a 64th of it. */
#define HISTORY_LUMP	64U

/*
 * book->lock, in any context but hard interrupts. Where connections begin and end soft
 * interrupts are off already, as a rule: to switch them off and on again costs more
 * than the lock. Returns whether they were on.
 */
static __always_inline bool book_lock(struct sock_book *book)
	__acquires(&book->lock)
{
	bool on = !softirq_count();

	if (unlikely(on))
		local_bh_disable();
	spin_lock(&book->lock);
	return on;
}

static __always_inline void book_unlock(struct sock_book *book, bool on)
	__releases(&book->lock)
{
	spin_unlock(&book->lock);
	if (unlikely(on))
		local_bh_enable();
}

static noinline void book_tick(struct sock_book *book)
{
	book->ticked = jiffies;
	book->now = ktime_get_coarse_real_ns();
	WRITE_ONCE(book->heard, event_ask(book->pn));
}

/* The time, and whether anybody is told, as of this tick. Under book->lock. */
static __always_inline u64 book_now(struct sock_book *book)
{
	unsigned long tick = jiffies;

	if (unlikely(book->ticked != tick))
		book_tick(book);
	return book->now;
}

/* Something that book_now() was asked for just before has happened to @rec. */
static __always_inline void tell(struct sock_book *book, enum portico_event_type type,
				 struct sock_rec *rec)
{
	if (unlikely(READ_ONCE(book->heard)))
		event_socket(book->pn, type, rec);
}

/*
 * The first of a crowd waits for the others a while. @before: how many there were in
 * limbo. Under book->lock.
 */
static void fold_wanted(struct sock_book *book, u32 before)
{
	if (book->exiting)
		return;
	if (!before)
		queue_delayed_work(sock_wq, &book->fold_work, FOLD_WAIT);
	else if (book->retired / FOLD_CROWD != before / FOLD_CROWD)
		mod_delayed_work(sock_wq, &book->fold_work, 0);
}

/* Out of the table, to be folded: fold_wanted() is the caller's. Under book->lock. */
static __always_inline void retire(struct sock_book *book, struct sock_rec *rec)
{
	sock_table_remove(book, rec);
	if (unlikely(rec->kind == SOCK_KIND_PING))
		sock_ping_remove(book, rec);
	WRITE_ONCE(rec->life, SOCK_RETIRED);
	sock_chain_add(&book->limbo, rec);
	book->retired++;
}

static noinline void retire_one(struct sock_book *book, struct sock_rec *rec)
{
	retire(book, rec);
	fold_wanted(book, book->retired - 1);
}

/* Under book->lock. */
static __always_inline void history_add(struct sock_book *book, struct sock_rec *rec)
{
	rec->again = rec->queued;
	if (unlikely(rec->queued))
		return;
	rec->queued = true;
	sock_chain_add(&book->history, rec);
}

/*
 * There are more than may be, and some go at once: to push one out for each that
 * comes would cost twice as much. Under book->lock.
 */
static noinline void history_trim(struct sock_book *book)
{
	u32 keep = book->history_max - min(book->history_max / 64, HISTORY_LUMP);
	u32 many = book->closed - keep, left = many;
	u32 before = book->retired;
	struct sock_rec *rec;

	while (left) {
		rec = sock_chain_take(&book->history);
		rec->queued = false;
		/* It was opened again, and its turn comes when it closes. */
		if (unlikely(rec->life == SOCK_OPEN))
			continue;
		if (unlikely(rec->again)) {
			history_add(book, rec);
			continue;
		}
		left--;
		retire(book, rec);
	}
	book->closed = keep;
	book->lost += many;
	fold_wanted(book, before);
}

/* Nobody can find it any more. */
static void sock_free(struct sock_book *book, struct sock_rec *rec)
{
	sources_free(&rec->sources);
	sock_stock_put(book, rec);
}

/* Under book->fold, process context. */
static void limbo_take(struct sock_book *book)
{
	spin_lock_bh(&book->lock);
	sock_chain_move(&book->pending, &book->limbo);
	book->retired = 0;
	spin_unlock_bh(&book->lock);
}

/* A batch of those whose grace period is over. Under book->fold. */
static void fold_batch(struct sock_book *book)
{
	struct sock_chain folded;
	unsigned int n;

	n = sock_fold_some(book->pn, &book->folding, &folded, FOLD_BATCH);
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
		fold_batch(book);
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
static __always_inline void close_locked(struct sock_book *book, struct sock_rec *rec)
{
	rec->closed_at = book_now(book);
	WRITE_ONCE(rec->state, TCP_CLOSE);
	book->open--;
	if (unlikely(rec->embryo)) {
		retire_one(book, rec);
		return;
	}
	WRITE_ONCE(rec->life, SOCK_CLOSED);
	history_add(book, rec);
	if (unlikely(++book->closed > book->history_max))
		history_trim(book);
}

static __always_inline void close_open(struct sock_book *book, struct sock_rec *rec)
{
	bool on, closed;

	on = book_lock(book);
	closed = rec->life == SOCK_OPEN;
	if (likely(closed))
		close_locked(book, rec);
	book_unlock(book, on);
	if (likely(closed && !rec->embryo))
		tell(book, PORTICO_EVENT_SOCKET_CLOSE, rec);
}

void sock_close(struct sock_rec *rec)
{
	close_open(rec->pn->socks, rec);
}

void sock_ended(struct sock_book *book, const struct sock *sk, int oldstate)
{
	u64 cookie = sock_cookie(sk);
	struct sock_rec *rec;

	/* No cookie: never met, so there is no record. */
	rec = cookie ? sock_lookup(book, cookie) : NULL;
	if (!rec)
		return;
	if (oldstate != TCP_SYN_RECV)
		/* Its handshake is over; of those that live the sweep sees it. */
		rec->embryo = false;
	else if (rec->embryo)
		/* Another one may live by the same cookie: the sweep sees that too. */
		return;
	if (READ_ONCE(rec->life) != SOCK_OPEN)
		return;
	sock_final(rec, sk);
	close_open(book, rec);
}

void sock_reopen(struct sock_book *book, struct sock_rec *rec, const struct sock *sk)
{
	if (!sock_is_alive(sk, READ_ONCE(sk->sk_state)))
		return;
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
sock_make(struct sock_book *book, const struct sock *sk, u8 state, u64 cookie, bool mine)
{
	struct sock_rec *rec = sock_stock_get(book);

	if (unlikely(!rec))
		return NULL;
	rec->pn = book->pn;
	rec->cookie = cookie;
	rec->first_at = book_now(book);
	sock_describe(rec, sk, state);
	if (mine)
		owner_first(rec);
	return rec;
}

/* The generator itself is not exported, its user is. Under book->lock. */
static __always_inline u64 cookie_make(struct sock_book *book, const struct sock *sk)
{
	sock_diag_save_cookie((struct sock *)sk, book->cookie);
	return sock_cookie(sk);
}

/* It can be found now: by its identifier too. */
static noinline void ping_opened(struct sock_book *book, struct sock_rec *rec)
{
	struct sock_rec *gone = NULL;

	spin_lock_bh(&book->lock);
	if (rec->life != SOCK_RETIRED)
		gone = sock_ping_add(book, rec);
	if (gone)
		close_locked(book, gone);
	spin_unlock_bh(&book->lock);
	if (gone)
		tell(book, PORTICO_EVENT_SOCKET_CLOSE, gone);
}

struct sock_rec *sock_open(struct sock_book *book, const struct sock *sk, bool acting)
{
	/* Soft interrupts will be off in a moment, and then nobody seems to run. */
	bool on, made = false, mine = acting && owner_runs();
	u8 state = READ_ONCE(sk->sk_state);
	struct sock_rec *rec = NULL;
	u64 cookie;

	/* Not for what is left of a connection whose record has left the history. */
	if (!sock_is_alive(sk, state) || READ_ONCE(book->open) >= READ_ONCE(book->max))
		return NULL;
	on = book_lock(book);
	cookie = sock_cookie(sk);
	if (cookie)
		/* Somebody may have been quicker. */
		rec = sock_lookup(book, cookie);
	else
		cookie = cookie_make(book, sk);
	if (likely(!rec && book->open < book->max)) {
		rec = sock_make(book, sk, state, cookie, mine);
		made = rec;
		if (likely(made)) {
			sock_table_insert(book, rec);
			book->open++;
		}
	}
	book_unlock(book, on);
	if (unlikely(!made)) {
		if (rec && mine)
			owner_note(rec);
		return rec;
	}
	if (rec->verify)
		sock_sweep_wanted(book);
	if (unlikely(rec->kind == SOCK_KIND_PING))
		ping_opened(book, rec);
	tell(book, PORTICO_EVENT_SOCKET_OPEN, rec);
	return rec;
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
	if (book->closed > max)
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
	book->reasons = pn->reasons;
	/* The state tracepoint may already look. */
	smp_store_release(&pn->socks, book);
	return 0;
}

void sock_net_pre_exit(struct portico_net *pn)
{
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
	/* A probe may be looking whether it is open. */
	kfree_rcu(book, rcu);
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
