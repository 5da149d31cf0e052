/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sources: how many different addresses were seen, in bounded memory. One address
 * is kept as it is; from the second on 256 registers (HyperLogLog, P. Flajolet et
 * al. 2007) whose standard error is 6.5 %, and less than one address in a hundred
 * while there are few. Two sets are joined without error.
 *
 * Addresses are hashed with a secret: nobody can choose some that count for none,
 * or for many. Adding takes no lock in any context; two CPUs that raise the same
 * register at once may leave it at the lower of the two.
 */
#ifndef PORTICO_SOURCES_H
#define PORTICO_SOURCES_H

#include <linux/bitops.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "key_hash.h"

#define SOURCES_BITS	8
#define SOURCES_REGS	BIT(SOURCES_BITS)

struct sources {
	u64 one;		/* SOURCES_ONE and the first one's hash, 0: none */
	u8 *regs;		/* NULL: no second one so far */
};

#define SOURCES_ONE	BIT_ULL(32)

static inline u32 sources_hash4(const struct key_secret *secret, __be32 addr)
{
	return key_mix(secret, (__force u32)addr);
}

/* An address of either family; IPv4 ones may be mapped. */
static inline u32 sources_hash6(const struct key_secret *secret,
				const struct in6_addr *addr)
{
	u64 high, low;

	if (ipv6_addr_v4mapped(addr))
		return sources_hash4(secret, addr->s6_addr32[3]);
	high = (u64)(__force u32)addr->s6_addr32[0] << 32 |
	       (__force u32)addr->s6_addr32[1];
	low = (u64)(__force u32)addr->s6_addr32[2] << 32 |
	      (__force u32)addr->s6_addr32[3];
	return key_mix(secret, low + ((u64)key_mix(secret, high) << 32));
}

static inline void sources_raise(u8 *regs, u32 hash)
{
	u8 *reg = &regs[hash % SOURCES_REGS];
	u8 rank = __ffs(hash >> SOURCES_BITS | 1U << (32 - SOURCES_BITS)) + 1;

	if (READ_ONCE(*reg) < rank)
		WRITE_ONCE(*reg, rank);
}

/* The first one, or one more than one. */
void sources_begin(struct sources *s, u32 hash);

static inline void sources_add(struct sources *s, u32 hash)
{
	u8 *regs = READ_ONCE(s->regs);

	if (regs)
		sources_raise(regs, hash);
	else if (unlikely(READ_ONCE(s->one) != (hash | SOURCES_ONE)))
		sources_begin(s, hash);
}

/* All that @from has. Any context. */
void sources_join(struct sources *to, const struct sources *from);

/* How many; 0 and 1 are exact. Any context. */
u32 sources_count(const struct sources *s);

/* None at all, ever? */
static inline bool sources_none(const struct sources *s)
{
	return !READ_ONCE(s->one) && !READ_ONCE(s->regs);
}

/* None, from now on; what is added meanwhile may be in it or not. */
void sources_clear(struct sources *s);

/* Nobody adds or reads any more. */
static inline void sources_free(struct sources *s)
{
	if (likely(!s->regs))
		return;
	kfree(s->regs);
	s->regs = NULL;
}

#endif
