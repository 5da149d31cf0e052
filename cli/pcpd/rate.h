/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often a client may ask: a bucket of tokens per address, in a table of
 * fixed size where the client longest unheard makes room. Lost with the daemon,
 * and nobody misses it.
 */
#ifndef PORTICO_PCPD_RATE_H
#define PORTICO_PCPD_RATE_H

#include <stdbool.h>
#include <linux/types.h>

#include "../parse.h"

#define RATE_SETS	1024
#define RATE_WAYS	8

struct rate_slot {
	struct addr addr;
	__u64 at;			/* ms */
	__u32 tokens;			/* thousandths of a request */
};

struct rate {
	__u32 per_second, burst;
	__u32 seed;
	struct rate_slot slots[RATE_SETS][RATE_WAYS];
};

/* @per_second requests, twice as many at once. */
void rate_init(struct rate *r, __u32 per_second, __u32 seed);
/* May @addr ask now, @ms after any fixed time, something worth @cost requests? */
bool rate_allows(struct rate *r, const struct addr *addr, __u64 ms, __u32 cost);

#endif
