// SPDX-License-Identifier: GPL-2.0
/* Memory of socket records. */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "sock.h"
#include "sock_chain.h"
#include "sock_stock.h"

/* What may come back at once (FOLD_CROWD of sock.c, twice). A debug kernel should see every end. */
#define STOCK_MAX	(IS_ENABLED(CONFIG_KASAN) ? 0 : 1024)

static struct kmem_cache *cache;

struct sock_rec *sock_stock_new(void)
{
	return kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
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
		book->stocked += n;
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

void sock_stock_book_exit(struct sock_book *book)
{
	struct sock_rec *rec;

	while ((rec = sock_chain_take(&book->stock)))
		kmem_cache_free(cache, rec);
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
