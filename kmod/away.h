/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Away: an address that an uplink follows and that its interface has no more,
 * nor another of that family. For as long as the uplink's configuration says it
 * is kept with its mappings, whose packets are dropped meanwhile; it gets no new
 * ones. When the interface has it again in time, all go on as they were; when it
 * has another one, or the time is over, they end.
 *
 * Nothing of this is on the fast path: what belongs to an address that goes away
 * is taken off it. Config lock held, process context.
 */
#ifndef PORTICO_AWAY_H
#define PORTICO_AWAY_H

#include "pkt.h"
#include "pool.h"

struct portico_net;
struct uplink;

/* Is @ext, which the interface has not, to be kept for now? */
bool away_may_wait(const struct uplink *uplink, const struct ext_addr *ext);
/* It is away from now on, or back. True when that is new. */
bool away_set(struct portico_net *pn, struct ext_addr *ext, bool away);
/* Its uplink must give it up at the next refresh: another has the address. */
void away_end(struct ext_addr *ext);

/* Does what arrives for @ext, which is away, belong to a mapping? RCU read side. */
static inline bool away_has(const struct ext_addr *ext,
			    const struct portico_pkt *pkt)
{
	return pkt->has_ports && ext_space(pkt->proto) >= 0 &&
	       ext_owner(ext, ext_space(pkt->proto), pkt->dport);
}

#endif
