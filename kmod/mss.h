/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segment size: a host that knows nothing of the uplink's narrower path offers
 * segments too big for it, and where ICMP is filtered never learns better. The
 * MSS option of SYNs in both directions is lowered, never raised, and never
 * added: without one the other side keeps to 536 bytes (RFC 9293 section 3.7.1).
 *
 * Slow path only, which every SYN takes. Softirq or process context, RCU read.
 */
#ifndef PORTICO_MSS_H
#define PORTICO_MSS_H

#include "pkt.h"
#include "uplink.h"

/* PORTICO_A_UPLINK_MSS */
#define MSS_OFF		0
#define MSS_PATH	1
#define MSS_MIN		64	/* the smallest size that can be set */

/*
 * Lower the MSS of @pkt, which passes @uplink on its way to (outbound) or from
 * the remote @peer. False when the buffer cannot be made writable.
 */
bool mss_lower(const struct uplink *uplink, struct portico_pkt *pkt,
	       const union nf_inet_addr *peer);

/* Of packets that are no SYN, and where nothing is set, this is all. */
static inline bool mss_clamp(const struct uplink *uplink,
			     struct portico_pkt *pkt,
			     const union nf_inet_addr *peer)
{
	return likely(!READ_ONCE(uplink->mss)) || mss_lower(uplink, pkt, peer);
}

#endif
