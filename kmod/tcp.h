/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP as a gateway sees it: after RFC 7857 section 2 and RFC 6146 section 3.5.2.
 * The state decides how long an idle session lives and nothing else: no segment
 * of a live session is dropped for its state or window, but one outside the
 * window changes nothing (a forged RST or FIN neither closes nor shortens).
 */
#ifndef PORTICO_TCP_H
#define PORTICO_TCP_H

#include <linux/tcp.h>

#include "session.h"

/* May @th begin a session where none is? */
static inline bool tcp_opens(const struct tcphdr *th)
{
	return th->syn && !th->ack && !th->rst && !th->fin;
}

/*
 * A segment of @len payload bytes passes in direction @dir. True when the
 * session's life became shorter, so that its deadline must be looked at anew.
 */
bool tcp_track(struct session *s, enum direction dir, const struct tcphdr *th,
	       u32 len);

/*
 * Within what the receiver has said it takes: from its last acknowledgment to
 * one window on. Before it has said anything, nothing is known to be wrong.
 */
static inline bool tcp_in_window(const struct session *s, enum direction dir, u32 seq)
{
	enum direction peer = !dir;
	u8 window = READ_ONCE(s->window[peer]);
	u32 ack = READ_ONCE(s->ack[peer]);

	if (!window || !ack)
		return true;
	/* A byte below: keepalives and repeats. */
	return seq - (ack - 1) <= (1U << min_t(u8, window, 30)) + 1;
}

/* Would it change nothing but counters and window? Then the fast path may. */
static inline bool tcp_is_plain(const struct tcphdr *th)
{
	return !th->syn && !th->fin && !th->rst && th->ack;
}

/* The fast path's part of tcp_track(): tcp_is_plain(), in window, state ESTABLISHED. */
void tcp_advance(struct session *s, enum direction dir,
		 const struct tcphdr *th, u32 len);

#endif
