/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of socket records: writers' side. Readers use sock_lookup() and
 * sock_next() of sock.h under RCU.
 *
 * Growing: a successor of twice the size is filled bucket by bucket while the
 * old table serves; a record has a chain pointer for either. Insertions and
 * removals meanwhile are made in both. Then readers are pointed to the new one,
 * and after a grace period the old one is freed.
 */
#ifndef PORTICO_SOCK_TABLE_H
#define PORTICO_SOCK_TABLE_H

#include "sock.h"

/* Process context. Exit: nobody else is there; @free gets what is left. */
int sock_table_init(struct sock_book *book);
void sock_table_exit(struct sock_book *book,
		     void (*free)(struct sock_book *, struct sock_rec *));

static inline unsigned long sock_table_size(const struct sock_table *table)
{
	return 1UL << (64 - table->shift);
}

static inline bool sock_table_crowded(const struct sock_book *book,
				      const struct sock_table *table)
{
	return READ_ONCE(book->records) > table->room;
}

static inline void sock_table_link(struct sock_table *table, struct sock_rec *rec)
{
	struct sock_rec __rcu **head;

	head = &table->heads[sock_key(rec->cookie) >> table->shift];
	RCU_INIT_POINTER(rec->next[table->which],
			 rcu_dereference_protected(*head, true));
	rec->linked = table->generation;
	rcu_assign_pointer(*head, rec);
}

static inline void sock_table_unlink(struct sock_table *table,
				     struct sock_rec *rec)
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

static inline struct sock_table *sock_table_of(struct sock_book *book)
{
	return rcu_dereference_protected(book->table,
					 lockdep_is_held(&book->lock));
}

/* It is crowded: a bigger one, unless that is under way. Under book->lock. */
void sock_table_look(struct sock_book *book, const struct sock_table *table);

/* Both under book->lock. */
static inline void sock_table_insert(struct sock_book *book, struct sock_rec *rec)
{
	struct sock_table *table = sock_table_of(book);

	if (unlikely(book->growing)) {
		/* The successor first: what readers can find is in both. */
		sock_table_link(book->growing, rec);
		sock_table_link(table, rec);
		rec->linked = book->growing->generation;
	} else {
		sock_table_link(table, rec);
	}
	book->records++;
	if (unlikely(sock_table_crowded(book, table)))
		sock_table_look(book, table);
}

static inline void sock_table_remove(struct sock_book *book, struct sock_rec *rec)
{
	if (unlikely(book->growing) && rec->linked == book->growing->generation)
		sock_table_unlink(book->growing, rec);
	sock_table_unlink(sock_table_of(book), rec);
	book->records--;
}

#endif
