/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of socket records: a slab cache, and before it each book's bounded stock of
 * used records. Records end in crowds, a grace period's worth at a time, more than the
 * slab allocator keeps for whoever comes next: without the stock it would return
 * pages and take them again (500 instructions for each short TCP connection).
 */
#ifndef PORTICO_SOCK_STOCK_H
#define PORTICO_SOCK_STOCK_H

#include "sock.h"
#include "sock_chain.h"

/* Whole module, process context. Exit: after the last book is gone. */
int sock_stock_init(void);
void sock_stock_exit(void);

/* One book, process context: nobody else uses it. */
void sock_stock_book_exit(struct sock_book *book);

/* For want of one in stock. */
struct sock_rec *sock_stock_new(void);

/* Memory for a record, or NULL; what it holds is anything. Under book->lock. */
static inline struct sock_rec *sock_stock_get(struct sock_book *book)
{
	struct sock_rec *rec = sock_chain_take(&book->stock);

	if (unlikely(!rec))
		return sock_stock_new();
	book->stocked--;
	return rec;
}

/* Nobody can find @rec any more. Any context but hard interrupts. */
void sock_stock_put(struct sock_book *book, struct sock_rec *rec);
/* The @n records of @chain, which is empty then. Likewise. */
void sock_stock_put_chain(struct sock_book *book, struct sock_chain *chain,
			  unsigned int n);

#endif
