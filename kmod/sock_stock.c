// SPDX-License-Identifier: GPL-2.0
/* Memory of socket records. */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "sock.h"
#include "sock_chain.h"
#include "sock_stock.h"

/* What a grace period may bring at once. A debug kernel should see every end. */
#define STOCK_MAX	(IS_ENABLED(CONFIG_KASAN) ? 0 : 1024)

static struct kmem_cache *cache;

/* Under book->lock. */
static struct sock_rec *stock_first(struct sock_book *book)
{
	struct sock_rec *rec = sock_chain_take(&book->stock);

	if (rec)
		book->stocked--;
	return rec;
}

struct sock_rec *sock_stock_take(struct sock_book *book)
{
	struct sock_rec *rec = NULL;

	if (READ_ONCE(book->stocked)) {
		spin_lock_bh(&book->lock);
		rec = stock_first(book);
		spin_unlock_bh(&book->lock);
	}
	return rec ?: kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
}

void sock_stock_refill(struct sock_book *book)
{
	struct sock_rec *rec;

	/* Somebody may have been quicker where the lock does not keep others away. */
	rec = this_cpu_xchg(*book->at_hand, stock_first(book));
	if (unlikely(rec)) {
		sock_chain_add(&book->stock, rec);
		book->stocked++;
	}
}

void sock_stock_put_chain(struct sock_book *book, struct sock_chain *chain,
			  unsigned int n)
{
	struct sock_rec *rec;
	bool room;

	spin_lock_bh(&book->lock);
	room = book->stocked + n <= STOCK_MAX;
	if (room) {
		sock_chain_move(&book->stock, chain);
		WRITE_ONCE(book->stocked, book->stocked + n);
	}
	spin_unlock_bh(&book->lock);
	while (!room && (rec = sock_chain_take(chain)))
		kmem_cache_free(cache, rec);
}

void sock_stock_put(struct sock_book *book, struct sock_rec *rec)
{
	struct sock_chain one;

	sock_chain_init(&one);
	sock_chain_add(&one, rec);
	sock_stock_put_chain(book, &one, 1);
}

int sock_stock_book_init(struct sock_book *book)
{
	sock_chain_init(&book->stock);
	book->at_hand = alloc_percpu(struct sock_rec *);
	return book->at_hand ? 0 : -ENOMEM;
}

void sock_stock_book_exit(struct sock_book *book)
{
	struct sock_rec *rec;
	int cpu;

	for_each_possible_cpu(cpu) {
		rec = *per_cpu_ptr(book->at_hand, cpu);
		if (rec)
			kmem_cache_free(cache, rec);
	}
	while ((rec = stock_first(book)))
		kmem_cache_free(cache, rec);
	free_percpu(book->at_hand);
}

int sock_stock_init(void)
{
	cache = kmem_cache_create("portico_socket", sizeof(struct sock_rec), 0,
				  SLAB_HWCACHE_ALIGN, NULL);
	return cache ? 0 : -ENOMEM;
}

void sock_stock_exit(void)
{
	kmem_cache_destroy(cache);
}
