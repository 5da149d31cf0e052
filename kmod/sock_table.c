// SPDX-License-Identifier: GPL-2.0
/* The table of socket records: chains in an array that doubles. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "sock.h"
#include "sock_scan.h"
#include "sock_table.h"

#define TABLE_BITS_MIN	6
#define TABLE_BITS_MAX	24

static struct sock_table *table_alloc(unsigned int bits)
{
	struct sock_table *table;

	table = kvzalloc(struct_size(table, heads, 1UL << bits), GFP_KERNEL);
	if (!table)
		return NULL;
	table->shift = 64 - bits;
	/* Every packet walks a chain: three of four records should be the first of theirs. */
	table->room = sock_table_size(table) / 2;
	return table;
}

void sock_table_look(struct sock_book *book, const struct sock_table *table)
{
	if (!book->growing && table->shift > 64 - TABLE_BITS_MAX && !book->exiting)
		queue_work(sock_wq, &book->grow);
}

/* One bucket of the old table into its two in the new one. */
static void table_copy(struct sock_book *book, struct sock_table *old,
		       struct sock_table *new, unsigned long bucket)
{
	struct sock_rec *rec;

	spin_lock_bh(&book->lock);
	rec = rcu_dereference_protected(old->heads[bucket], true);
	while (rec) {
		if (rec->linked != new->generation)
			sock_table_link(new, rec);
		rec = rcu_dereference_protected(rec->next[old->which], true);
	}
	spin_unlock_bh(&book->lock);
}

static void table_grow(struct work_struct *work)
{
	struct sock_book *book = container_of(work, struct sock_book, grow);
	/* Nobody but this work changes the pointer. */
	struct sock_table *old = rcu_dereference_protected(book->table, true);
	struct sock_table *new;
	unsigned long bucket;

	if (!sock_table_crowded(book, old))
		return;
	new = table_alloc(64 - old->shift + 1);
	if (!new)
		return;
	new->which = !old->which;
	new->generation = old->generation + 1;
	spin_lock_bh(&book->lock);
	book->growing = new;
	spin_unlock_bh(&book->lock);
	for (bucket = 0; bucket < sock_table_size(old); bucket++) {
		table_copy(book, old, new, bucket);
		cond_resched();
	}
	spin_lock_bh(&book->lock);
	rcu_assign_pointer(book->table, new);
	book->growing = NULL;
	spin_unlock_bh(&book->lock);
	synchronize_rcu();
	kvfree(old);
	/* It may have been overtaken. */
	if (sock_table_crowded(book, new) && !book->exiting)
		queue_work(sock_wq, &book->grow);
}

/* The record with the least key above @after in the bucket's chain. */
static struct sock_rec *chain_next(const struct sock_table *table,
				   unsigned long bucket, u64 after)
{
	struct sock_rec *rec, *best = NULL;

	for (rec = rcu_dereference(table->heads[bucket]); rec;
	     rec = rcu_dereference(rec->next[table->which])) {
		if (sock_key(rec->cookie) <= after)
			continue;
		if (!best || sock_key(rec->cookie) < sock_key(best->cookie))
			best = rec;
	}
	return best;
}

struct sock_rec *sock_next(struct sock_book *book, u64 after)
{
	const struct sock_table *table = rcu_dereference(book->table);
	unsigned long bucket = after >> table->shift;
	struct sock_rec *rec = NULL;

	for (; !rec && bucket < sock_table_size(table); bucket++)
		rec = chain_next(table, bucket, after);
	return rec;
}

int sock_table_init(struct sock_book *book)
{
	struct sock_table *table = table_alloc(TABLE_BITS_MIN);

	if (!table)
		return -ENOMEM;
	table->generation = 1;
	rcu_assign_pointer(book->table, table);
	INIT_WORK(&book->grow, table_grow);
	return 0;
}

void sock_table_exit(struct sock_book *book,
		     void (*free)(struct sock_book *, struct sock_rec *))
{
	struct sock_table *table;
	struct sock_rec *rec, *next;
	unsigned long bucket;

	cancel_work_sync(&book->grow);
	table = rcu_dereference_protected(book->table, true);
	for (bucket = 0; bucket < sock_table_size(table); bucket++) {
		rec = rcu_dereference_protected(table->heads[bucket], true);
		for (; rec; rec = next) {
			next = rcu_dereference_protected(rec->next[table->which],
							 true);
			free(book, rec);
		}
		cond_resched();
	}
	kvfree(table);
}
