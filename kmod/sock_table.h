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
void sock_table_exit(struct sock_book *book, void (*free)(struct sock_rec *));

/* Both under book->lock. */
void sock_table_insert(struct sock_book *book, struct sock_rec *rec);
void sock_table_remove(struct sock_book *book, struct sock_rec *rec);

#endif
