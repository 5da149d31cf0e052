/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NPTv6 (RFC 6296): an IPv6 prefix exchanged for another of the same length,
 * without state and without touching a checksum: one word of the address takes
 * up the difference of the two prefixes. Arithmetic only; any context.
 */
#ifndef PORTICO_NPT_H
#define PORTICO_NPT_H

#include <linux/in6.h>
#include <linux/types.h>

#include "inside.h"

#define NPT_PLEN_MAX	64	/* words behind it take up the difference */

enum npt_result {
	NPT_DONE,
	NPT_NO_WORD,	/* each word that could take up the difference is 0xffff */
	NPT_NO_HOST,	/* an interface identifier of zeros (RFC 6296 3.7) */
};

/* RFC 6296 3.1: what to add outwards; the bits beyond both prefixes are zero. */
__sum16 npt_adjustment(const struct in6_addr *inside,
		       const struct in6_addr *outside);

/* Exchange the prefix of @addr, which is within the one to be replaced. */
enum npt_result npt_outwards(const struct inside *inside, struct in6_addr *addr);
enum npt_result npt_inwards(const struct inside *inside, struct in6_addr *addr);

#endif
