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
	if (table)
		table->shift = 64 - bits;
	return table;
}

static unsigned long table_size(const struct sock_table *table)
{
	return 1UL << (64 - table->shift);
}

static void link(struct sock_table *table, struct sock_rec *rec)
{
	struct sock_rec __rcu **head;

	head = &table->heads[sock_key(rec->cookie) >> table->shift];
	RCU_INIT_POINTER(rec->next[table->which],
			 rcu_dereference_protected(*head, true));
	rec->linked = table->generation;
	rcu_assign_pointer(*head, rec);
}

static void unlink(struct sock_table *table, struct sock_rec *rec)
{
	struct sock_rec __rcu **at;
	struct sock_rec *it;

	at = &table->heads[sock_key(rec->cookie) >> table->shift];
	while ((it = rcu_dereference_protected(*at, true))) {
		if (it == rec) {
			/* Its own pointer stays: readers may be on it. */
			it = rcu_dereference_protected(rec->next[table->which],
						       true);
			rcu_assign_pointer(*at, it);
			return;
		}
		at = &it->next[table->which];
	}
}

static struct sock_table *table_of(struct sock_book *book)
{
	return rcu_dereference_protected(book->table,
					 lockdep_is_held(&book->lock));
}

void sock_table_insert(struct sock_book *book, struct sock_rec *rec)
{
	struct sock_table *table = table_of(book);

	/* The successor first: what readers can find is in both. */
	if (book->growing)
		link(book->growing, rec);
	link(table, rec);
	if (book->growing)
		rec->linked = book->growing->generation;
	book->records++;
	if (unlikely(book->records > table_size(table)) && !book->growing &&
	    table->shift > 64 - TABLE_BITS_MAX && !book->exiting)
		queue_work(sock_wq, &book->grow);
}

void sock_table_remove(struct sock_book *book, struct sock_rec *rec)
{
	if (book->growing && rec->linked == book->growing->generation)
		unlink(book->growing, rec);
	unlink(table_of(book), rec);
	book->records--;
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
			link(new, rec);
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

	if (READ_ONCE(book->records) <= table_size(old))
		return;
	new = table_alloc(64 - old->shift + 1);
	if (!new)
		return;
	new->which = !old->which;
	new->generation = old->generation + 1;
	spin_lock_bh(&book->lock);
	book->growing = new;
	spin_unlock_bh(&book->lock);
	for (bucket = 0; bucket < table_size(old); bucket++) {
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
	if (READ_ONCE(book->records) > table_size(new) && !book->exiting)
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

	for (; !rec && bucket < table_size(table); bucket++)
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

void sock_table_exit(struct sock_book *book, void (*free)(struct sock_rec *))
{
	struct sock_table *table;
	struct sock_rec *rec, *next;
	unsigned long bucket;

	cancel_work_sync(&book->grow);
	table = rcu_dereference_protected(book->table, true);
	for (bucket = 0; bucket < table_size(table); bucket++) {
		rec = rcu_dereference_protected(table->heads[bucket], true);
		for (; rec; rec = next) {
			next = rcu_dereference_protected(rec->next[table->which],
							 true);
			free(rec);
		}
		cond_resched();
	}
	kvfree(table);
}
