/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What no packet tells: sockets that exist without one, and sockets that went
 * without saying so.
 *
 * The sweep runs while there are records whose end nothing announces (UDP,
 * raw and ping sockets, handshakes, reopened ones). Once a second at most it asks the kernel's
 * tables, a bounded number of records at a time, whether each is still there.
 *
 * The scan makes records for sockets that have none yet: connections and
 * listeners from before the books were opened, bound sockets without traffic.
 */
#ifndef PORTICO_SOCK_SCAN_H
#define PORTICO_SOCK_SCAN_H

#include <linux/workqueue.h>

#include "sock.h"

extern struct workqueue_struct *sock_wq;

void sock_sweep_work(struct work_struct *work);

/*
 * A record was made that the sweep must watch: sock_sweep_wanted() begins it, unless
 * it is awaited already. Any context but hard interrupts.
 */
void sock_sweep_begin(struct sock_book *book);

static inline void sock_sweep_wanted(struct sock_book *book)
{
	if (unlikely(!delayed_work_pending(&book->sweep)))
		sock_sweep_begin(book);
}

/* The books were closed for a while: doubt every record. Process context. */
void sock_resume(struct portico_net *pn);

/*
 * Book the namespace's sockets that have no record: listeners, UDP and raw always,
 * connections once after the books opened (a later one has a first packet).
 * Process context, sleeps.
 */
void sock_scan(struct portico_net *pn);

#endif
