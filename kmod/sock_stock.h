/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of socket records: a slab cache, and before it a bounded stock of used
 * records. Records end in crowds, a grace period's worth at a time, more than the
 * slab allocator keeps for whoever comes next: without the stock it would return
 * pages and take them again (500 instructions for each short TCP connection).
 */
#ifndef PORTICO_SOCK_STOCK_H
#define PORTICO_SOCK_STOCK_H

struct list_head;
struct sock_rec;

/* Whole module, process context. Exit: after the last record was put back. */
int sock_stock_init(void);
void sock_stock_exit(void);

/* A record full of zeros, or NULL. Any context but hard interrupts. */
struct sock_rec *sock_stock_get(void);

/* Nobody can find @rec any more. Likewise. */
void sock_stock_put(struct sock_rec *rec);

/* The @n records on @list, linked by their member history. Likewise. */
void sock_stock_put_list(struct list_head *list, unsigned int n);

#endif
