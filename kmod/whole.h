/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whole: an external address that belongs to one inside host, RFC 4787's Basic
 * NAT. By its uplink the host is known by nothing else, each port and identifier
 * is the same on both sides, every remote reaches it, and no other host is given
 * a port there. Its mappings are made on demand, from inside or from outside, and
 * end like others; caps of the host's prefix do not count them, for nobody else
 * has less of these ports.
 *
 * On an address of the gateway's own, what a socket holds when a mapping is to be
 * made stays the gateway's. What has no ports is not carried.
 */
#ifndef PORTICO_WHOLE_H
#define PORTICO_WHOLE_H

#include "reason.h"
#include "session.h"
#include "tuple.h"

struct ext_addr;
struct forward;
struct host;
struct mapping;
struct portico_net;
struct uplink;

/*
 * Give @f's address to its host. -EADDRNOTAVAIL when no uplink has it; -EBUSY,
 * -EEXIST, -ENOSPC with the reason in *@cause. Mappings of the host by that
 * uplink end, but those that are as they would be now. Config lock held.
 */
int whole_place(struct portico_net *pn, const struct forward *f,
		const char **cause);
/* Is something in the way, other than forwards? As whole_place(). */
int whole_check(struct portico_net *pn, const struct forward *f,
		const char **cause);
/* Take it back: its mappings end, their ports are free at once. Config lock. */
void whole_withdraw(struct portico_net *pn, const struct forward *f);
bool whole_is_placed(struct portico_net *pn, const struct forward *f);
/* What it carried since it was placed is added to @sum. Config lock held. */
void whole_read(struct portico_net *pn, const struct forward *f,
		struct flow_counters *sum);

/* @ext is nobody's from now on. mapping_table.lock held. */
void whole_lose(struct ext_addr *ext);

/* The address at @uplink that is all @host's, or NULL. RCU or the lock. */
struct ext_addr *whole_of(const struct uplink *uplink, const struct host *host);
/* The same, by the host's address. RCU read side. */
bool whole_at(struct portico_net *pn, const struct uplink *uplink,
	      const union nf_inet_addr *addr, u8 family);

/*
 * May @in not have @port at @ext, for one of the two is bound to another as a
 * whole? mapping_table.lock held, RCU read side.
 */
bool whole_forbids(struct portico_net *pn, const struct ext_addr *ext,
		   __be16 port, const struct endpoint *in);

/*
 * The mapping by which what came from outside for @port of @ext reaches the host
 * whose it is, made now; NULL and *@why. RCU read side.
 */
struct mapping *whole_map(struct portico_net *pn, struct ext_addr *ext,
			  u8 proto, __be16 port, enum reason *why);

#endif
