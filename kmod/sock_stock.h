/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of socket records: a slab cache, and before it each book's bounded stock of
 * used records. Records end in crowds, a grace period's worth at a time, more than the
 * slab allocator keeps for whoever comes next: without the stock it would return
 * pages and take them again (500 instructions for each short TCP connection).
 *
 * Each CPU has one record at hand: the book's lock, which a new record needs anyway,
 * is taken once, not once for memory and once for the table.
 */
#ifndef PORTICO_SOCK_STOCK_H
#define PORTICO_SOCK_STOCK_H

#include <linux/percpu.h>

#include "sock.h"

/* Whole module, process context. Exit: after the last book is gone. */
int sock_stock_init(void);
void sock_stock_exit(void);

/* One book, process context. Exit: nobody else uses it. */
int sock_stock_book_init(struct sock_book *book);
void sock_stock_book_exit(struct sock_book *book);

/* For want of one at hand. */
struct sock_rec *sock_stock_take(struct sock_book *book);

/*
 * Memory for a record, or NULL; what it holds is anything. Any context but hard
 * interrupts, book->lock not held.
 */
static inline struct sock_rec *sock_stock_get(struct sock_book *book)
{
	struct sock_rec *rec = this_cpu_xchg(*book->at_hand, NULL);

	return likely(rec) ? rec : sock_stock_take(book);
}

void sock_stock_refill(struct sock_book *book);

/* One at hand for the next time, if the stock has any. Under book->lock. */
static inline void sock_stock_ready(struct sock_book *book)
{
	if (book->stocked && !this_cpu_read(*book->at_hand))
		sock_stock_refill(book);
}

/* Nobody can find @rec any more. Any context but hard interrupts. */
void sock_stock_put(struct sock_book *book, struct sock_rec *rec);
/* The @n records of @chain, which is empty then. Likewise. */
void sock_stock_put_chain(struct sock_book *book, struct sock_chain *chain,
			  unsigned int n);

#endif
