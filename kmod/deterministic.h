/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deterministic: blocks whose place follows from the configuration alone, so that
 * who had a port when can be told without any record (RFC 7422).
 *
 * Blocks are numbered through an uplink's IPv4 addresses in the order of its
 * configuration, and on each of them upwards, as far as a block may lie there
 * (block.h). Inside addresses are numbered through the IPv4 prefixes that leave by
 * the uplink, in order of their addresses, a shorter prefix before a longer one of
 * the same address. The host of some number has the block of the same number, and
 * no other: beyond the last one hosts are refused. IPv6 has too many addresses for
 * that; its hosts have blocks as they need them.
 *
 * So another pool, port range, block size or inside prefix moves blocks. An address
 * of the pool that is, or comes to be, the gateway's own has none in the kernel's
 * range of ephemeral ports, one that is a host's as a whole (whole.h) or that another
 * uplink has none at all. Mappings that exist stay; a block from before gives way
 * to the one that belongs in its place. A port that a forward has stays with it.
 */
#ifndef PORTICO_DETERMINISTIC_H
#define PORTICO_DETERMINISTIC_H

#include "pool.h"
#include "reason.h"
#include "uplink.h"

/* Has every host of @family its one block at @uplink? */
static inline bool det_rules(const struct uplink *uplink, u8 family)
{
	return unlikely(uplink->deterministic) && family == NFPROTO_IPV4;
}

/*
 * The external address and first port of the block of the inside host @addr; NULL:
 * it has none there. RCU read side or mapping_table.lock.
 */
struct ext_addr *det_place(struct portico_net *pn, const struct uplink *uplink,
			   const union nf_inet_addr *addr, u16 *first);

/* Whose is @port of @ext? False: nobody's. RCU read side or mapping_table.lock. */
bool det_host(struct portico_net *pn, const struct ext_addr *ext, u16 port,
	      union nf_inet_addr *addr);

/* What uplink_pair() does there. mapping_table.lock held. */
struct ext_addr *det_pair(struct portico_net *pn, const struct uplink *uplink,
			  struct host *host);
/* Why uplink_pair() found no address for a host of @family. Likewise. */
enum reason det_refusal(const struct uplink *uplink, u8 family);

#endif
