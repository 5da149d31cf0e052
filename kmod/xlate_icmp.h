/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP and ICMPv6 errors (RFC 5508 sections 4 and 7): the packet embedded in the
 * error is given back the form in which its sender knows it, and the error goes
 * to that sender. No error changes or ends a mapping or a session.
 */
#ifndef PORTICO_XLATE_ICMP_H
#define PORTICO_XLATE_ICMP_H

#include "pkt.h"
#include "tuple.h"

/* The packet within an error, as far as it is there. */
struct icmp_inner {
	struct endpoint src, dst;
	unsigned int l3;		/* offsets from the outer network header */
	unsigned int l4;
	unsigned int left;		/* bytes of transport header present */
	u8 proto;
};

/*
 * Read the packet embedded in @pkt. The checksum of the error is verified
 * (RFC 5508 REQ-3), options are skipped (3b), the embedded transport checksum is
 * not looked at (3c). 0, -EINVAL (cut short), -EBADMSG (checksum).
 */
int icmp_inner_parse(struct portico_pkt *pkt, struct icmp_inner *inner);

/* Give one side of the embedded packet another endpoint. False: no memory. */
bool icmp_inner_rewrite(struct portico_pkt *pkt, struct icmp_inner *inner,
			bool source, const union nf_inet_addr *addr,
			__be16 port);

/* Make the error's own checksum right; after all other changes. */
void icmp_checksum(struct portico_pkt *pkt);

#endif
