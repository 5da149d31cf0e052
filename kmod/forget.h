/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Forgetting: while its table is less than half full every inside host is kept,
 * whatever it did last. Beyond that those that nothing is left of make room, the
 * sooner the fuller the table is; so a host that draws one source address after
 * the other cannot lock the others out for longer than what it began lives.
 *
 * What a forgotten host carried stays in the sums: in its accounts, and in the
 * row that has no address. One that has used a sixteenth of its quota or more is
 * kept while that is counted; what another had used is forgotten with it.
 */
#ifndef PORTICO_FORGET_H
#define PORTICO_FORGET_H

struct host;
struct portico_net;

/* A part of the table. gc only. */
void forget_slice(struct portico_net *pn);
/* Free those whose grace period may not be over; no reader is left. */
void forget_net_exit(struct portico_net *pn);

/*
 * While somebody adds hosts up nobody is forgotten, or one might count twice or
 * not at all. Process context; may be nested. A dump of hosts takes as long as its
 * reader likes and does not pause: who is forgotten meanwhile may be in it twice,
 * as a host and as one of the others.
 */
void forget_pause(struct portico_net *pn);
void forget_resume(struct portico_net *pn);

#endif
