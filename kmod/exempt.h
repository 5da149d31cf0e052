/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exempt: destinations to which an uplink's packets leave as they are (RFC 6888
 * REQ-6), by prefix, by port, or both. A set is never changed once it is in use:
 * another takes its place.
 */
#ifndef PORTICO_EXEMPT_H
#define PORTICO_EXEMPT_H

#include <linux/rcupdate.h>

#include "tuple.h"

struct portico_pkt;

struct exempt {
	union nf_inet_addr addr;	/* bits beyond plen zero */
	u8 family;			/* 0: any address */
	u8 plen;
	__be16 port;			/* 0: any, or none */
};

struct exempt_set {
	struct rcu_head rcu;
	u32 count;
	struct exempt at[];
};

/* Is what @pkt goes to in @set, which may be NULL? RCU read side. */
bool exempt_holds(const struct exempt_set *set, const struct portico_pkt *pkt);

/* The same rules in the same order? Either may be NULL. */
bool exempt_same(const struct exempt_set *a, const struct exempt_set *b);

#endif
