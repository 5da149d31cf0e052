/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events to the multicast group: each has a sequence number of its namespace, so
 * that a reader sees what it missed. Nothing is built while nobody listens.
 * Any context; never sleeps.
 */
#ifndef PORTICO_EVENT_H
#define PORTICO_EVENT_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/portico.h>

#include "reason.h"
#include "tuple.h"

struct account;
struct forward;
struct host;
struct inside;
struct mapping;
struct port_block;
struct portico_net;
struct sock_rec;
struct uplink;

struct event_book {
	atomic_t seq;
	atomic64_t lost;
	unsigned long asked;		/* jiffies when it was last asked who listens */
	bool wanted;			/* and whether anybody did */
};

int event_net_init(struct portico_net *pn);
void event_net_exit(struct portico_net *pn);
u64 event_lost(const struct portico_net *pn);

/* Does anybody listen? */
bool event_ask(struct portico_net *pn);

/* The same, as of this jiffy: for mappings, which are many. */
static inline bool event_wanted(struct portico_net *pn, struct event_book *book)
{
	/* Pairs with event_ask(). */
	if (!time_after(jiffies, smp_load_acquire(&book->asked)))
		return READ_ONCE(book->wanted);
	return event_ask(pn);
}

/* @why may be NULL; mapping_table.lock held. */
void event_mapping(struct portico_net *pn, enum portico_event_type type,
		   const struct mapping *m, const char *why);
void event_refused(struct portico_net *pn, const struct endpoint *in,
		   enum reason why);
void event_uplink(struct portico_net *pn, enum portico_event_type type,
		  const struct uplink *uplink);
void event_host(struct portico_net *pn, enum portico_event_type type,
		const struct host *host);
void event_inside(struct portico_net *pn, enum portico_event_type type,
		  const struct inside *inside);
void event_forward(struct portico_net *pn, enum portico_event_type type,
		   const struct forward *f);
void event_account(struct portico_net *pn, enum portico_event_type type,
		   const struct account *account);
/* Only if somebody listens: sock.c asks by event_ask(). */
void event_socket(struct portico_net *pn, enum portico_event_type type,
		  struct sock_rec *rec);
void event_block(struct portico_net *pn, enum portico_event_type type,
		 const struct port_block *b);

#endif
