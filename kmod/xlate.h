/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Translation: the only code, with xlate_icmp.c and npt.c, that writes to
 * packets. Headers are made writable first and taken anew after; checksums are
 * changed by difference, with CHECKSUM_PARTIAL and absent UDP checksums as they
 * must be. Softirq or process context.
 */
#ifndef PORTICO_XLATE_H
#define PORTICO_XLATE_H

#include <net/checksum.h>

#include "pkt.h"
#include "tuple.h"

enum xlate_side { XLATE_SRC, XLATE_DST };

/*
 * Give @pkt another source or destination endpoint; pkt->src and the like follow.
 * False when the buffer cannot be made writable; the packet is then untouched.
 */
bool xlate_endpoint(struct portico_pkt *pkt, enum xlate_side side,
		    const union nf_inet_addr *addr, __be16 port);

/* In a checksum that is whole, whatever skb->ip_summed says: @to instead of @from. */
static inline void xlate_check_addr(__sum16 *check, u8 family,
				    const union nf_inet_addr *from,
				    const union nf_inet_addr *to)
{
	unsigned int i;

	for (i = 0; i < addr_len(family) / 4; i++)
		csum_replace4(check, from->ip6[i], to->ip6[i]);
}

/* Only the address, of a packet whatever its transport; ICMP errors use it. */
void xlate_addr(struct portico_pkt *pkt, enum xlate_side side,
		const union nf_inet_addr *addr);

#endif
