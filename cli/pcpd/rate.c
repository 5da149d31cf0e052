// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "rate.h"

#define ONE 1000

void rate_init(struct rate *r, __u32 per_second, __u32 seed)
{
	memset(r, 0, sizeof(*r));
	r->per_second = per_second;
	r->burst = 2 * per_second * ONE;
	r->seed = seed;
}

static __u32 hash(const struct rate *r, const struct addr *addr)
{
	__u32 h = r->seed;
	unsigned int i;

	for (i = 0; i < addr->len; i++) {
		h = (h ^ addr->b[i]) * 0x01000193;
		h ^= h >> 15;
	}
	return h;
}

static struct rate_slot *slot_of(struct rate *r, const struct addr *addr,
				 __u64 ms)
{
	struct rate_slot *set = r->slots[hash(r, addr) % RATE_SETS];
	struct rate_slot *oldest = set;
	unsigned int i;

	for (i = 0; i < RATE_WAYS; i++) {
		if (addr_same(&set[i].addr, addr))
			return &set[i];
		if (set[i].at < oldest->at || !set[i].addr.len)
			oldest = &set[i];
	}
	oldest->addr = *addr;
	oldest->at = ms;
	oldest->tokens = r->burst;
	return oldest;
}

bool rate_allows(struct rate *r, const struct addr *addr, __u64 ms, __u32 cost)
{
	struct rate_slot *slot = slot_of(r, addr, ms);
	__u64 tokens = slot->tokens + (ms - slot->at) * r->per_second;

	slot->at = ms;
	slot->tokens = tokens > r->burst ? r->burst : tokens;
	if (slot->tokens < cost * ONE)
		return false;
	slot->tokens -= cost * ONE;
	return true;
}
