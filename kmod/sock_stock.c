// SPDX-License-Identifier: GPL-2.0
/* Memory of socket records. */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sock.h"
#include "sock_stock.h"

/* What a grace period may bring at once. A debug kernel should see every end. */
#define STOCK_MAX	(IS_ENABLED(CONFIG_KASAN) ? 0 : 1024)

static struct kmem_cache *cache;
static DEFINE_SPINLOCK(stock_lock);
static LIST_HEAD(stock);
static unsigned int stocked;

static struct sock_rec *stock_take(void)
{
	struct sock_rec *rec;

	spin_lock_bh(&stock_lock);
	rec = list_first_entry_or_null(&stock, struct sock_rec, history);
	if (rec) {
		list_del(&rec->history);
		stocked--;
	}
	spin_unlock_bh(&stock_lock);
	return rec;
}

struct sock_rec *sock_stock_get(void)
{
	struct sock_rec *rec = READ_ONCE(stocked) ? stock_take() : NULL;

	if (!rec)
		return kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	memset(rec, 0, sizeof(*rec));
	return rec;
}

void sock_stock_put_list(struct list_head *list, unsigned int n)
{
	struct sock_rec *rec, *next;
	bool room;

	spin_lock_bh(&stock_lock);
	room = stocked + n <= STOCK_MAX;
	if (room) {
		list_splice_init(list, &stock);
		WRITE_ONCE(stocked, stocked + n);
	}
	spin_unlock_bh(&stock_lock);
	if (room)
		return;
	list_for_each_entry_safe(rec, next, list, history)
		kmem_cache_free(cache, rec);
	INIT_LIST_HEAD(list);
}

void sock_stock_put(struct sock_rec *rec)
{
	LIST_HEAD(one);

	list_add(&rec->history, &one);
	sock_stock_put_list(&one, 1);
}

int sock_stock_init(void)
{
	cache = kmem_cache_create("portico_socket", sizeof(struct sock_rec), 0,
				  SLAB_HWCACHE_ALIGN, NULL);
	return cache ? 0 : -ENOMEM;
}

void sock_stock_exit(void)
{
	struct sock_rec *rec;

	while ((rec = stock_take()))
		kmem_cache_free(cache, rec);
	kmem_cache_destroy(cache);
}
