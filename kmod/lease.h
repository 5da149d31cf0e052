/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lease: a mapping, or one of its sessions, that somebody asked to keep until a
 * given time, packets or not. Port control (RFC 6887) is made of them: MAP leases
 * the mapping and opens it to every remote, PEER leases the session with one
 * remote. Who wants to change a lease must know its nonce.
 *
 * Everything here holds mapping_table.lock and is on the RCU read side. No packet
 * of a session looks at a lease; gc.c and whoever reckons a deadline do.
 */
#ifndef PORTICO_LEASE_H
#define PORTICO_LEASE_H

#include "session.h"
#include "tuple.h"

struct inside;
struct mapping;
struct portico_net;
struct uplink;

/* What is asked for. */
struct lease_want {
	struct endpoint in;
	struct endpoint ex;		/* as far as the next two say */
	bool ex_addr, ex_port;		/* it must be this very one */
	struct endpoint remote;
	bool all;			/* ending: every port, any protocol for 0 */
	bool peer;			/* only for the session with @remote */
	const struct inside *inside;	/* that holds @in */
	struct uplink *uplink;
	u32 seconds;
	u8 nonce[LEASE_NONCE];
};

/*
 * The uplink by which packets of @want would leave, or NULL: that of its inside
 * prefix, that of the route to @remote or of the default route, or the first
 * one there is.
 */
struct uplink *lease_uplink(struct portico_net *pn,
			    const struct lease_want *want);

/*
 * Find or make the mapping, and lease it. 0 and *@made, or
 *   -EBUSY		the external endpoint wanted cannot be given
 *   -EEXIST		the mapping exists, with another external endpoint
 *   -EACCES		leased with another nonce
 *   -ENETDOWN		the uplink has no external address
 *   -EDQUOT		the host may have no more mappings
 *   -ENOSPC, -ENOMEM	a table is full, no memory
 */
int lease_give(struct portico_net *pn, const struct lease_want *want,
	       struct mapping **made);

/*
 * End the lease of a mapping; it goes at once when it has no session, else when
 * they end. -ENOENT when there is none, -EACCES when the nonce is another or the
 * mapping is static. *@m may be dead afterwards, but is still there.
 */
int lease_end(struct portico_net *pn, const struct lease_want *want,
	      struct mapping **m);

/* End all leases of a host that have this nonce; how many. */
u32 lease_end_all(struct portico_net *pn, const struct lease_want *want);

enum lease_state { LEASE_NONE, LEASE_HOLDS, LEASE_LAPSED };

/* What keeps @m at @now; *@due is lowered to the lease's end. Ends what is over. */
enum lease_state lease_look(struct mapping *m, u32 now, u32 *due);

/* @deadline of a session with SESSION_LEASED, or its lease's if that is later. */
u32 lease_stretch(const struct mapping *m, const struct session *s,
		  u32 deadline);

/* The lease of @m as a whole, if it has one; give such a one to another, new. */
bool lease_get(const struct mapping *m, struct lease *lease);
void lease_put(struct portico_net *pn, struct mapping *m,
	       const struct lease *lease);

/* Seconds left of a mapping with MAPPING_LEASED. RCU read side will do. */
u32 lease_left(const struct mapping *m);

#endif
