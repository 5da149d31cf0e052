// SPDX-License-Identifier: GPL-2.0
/* Sets of addresses, of which only the size is kept. */
#include <linux/math64.h>
#include <linux/slab.h>

#include "sources.h"

/* Its registers, made if need be, with the one it had; NULL: no memory. */
static u8 *regs_of(struct sources *s)
{
	u8 *regs = READ_ONCE(s->regs), *old;

	if (regs)
		return regs;
	regs = kzalloc(SOURCES_REGS, GFP_ATOMIC | __GFP_NOWARN);
	if (!regs)
		return NULL;
	if (READ_ONCE(s->one))
		sources_raise(regs, (u32)READ_ONCE(s->one));
	/* Complete before it is seen: a full barrier. */
	old = cmpxchg(&s->regs, NULL, regs);
	if (!old)
		return regs;
	kfree(regs);
	return old;
}

void sources_begin(struct sources *s, u32 hash)
{
	u64 one = cmpxchg(&s->one, 0, hash | SOURCES_ONE);
	u8 *regs;

	if (!one || one == (hash | SOURCES_ONE))
		return;
	regs = regs_of(s);
	if (regs)
		sources_raise(regs, hash);
}

void sources_join(struct sources *to, const struct sources *from)
{
	const u8 *theirs = READ_ONCE(from->regs);
	u64 one = READ_ONCE(from->one);
	u8 *regs;
	int i;

	if (one)
		sources_add(to, (u32)one);
	if (!theirs)
		return;
	regs = regs_of(to);
	for (i = 0; regs && i < SOURCES_REGS; i++)
		if (READ_ONCE(regs[i]) < READ_ONCE(theirs[i]))
			WRITE_ONCE(regs[i], READ_ONCE(theirs[i]));
}

/* So many drawn at random leave @empty registers out, on average. */
static u32 few(u32 empty)
{
	u32 sum = 0, i;

	for (i = empty + 1; i <= SOURCES_REGS; i++)
		sum += (SOURCES_REGS << 12) / i;
	return (sum + (1 << 11)) >> 12;
}

/* 0.7213 / (1 + 1.079 / 256), by 256 * 256, over the sum of 2^-register. */
#define MANY	47072ULL

u32 sources_count(const struct sources *s)
{
	const u8 *regs = READ_ONCE(s->regs);
	u32 empty = 0, count;
	u64 sum = 0;
	int i;

	if (!regs)
		return !!READ_ONCE(s->one);
	for (i = 0; i < SOURCES_REGS; i++) {
		u8 rank = READ_ONCE(regs[i]);

		empty += !rank;
		sum += 1ULL << (32 - rank);
	}
	count = min_t(u64, div64_u64(MANY << 32, sum), U32_MAX);
	return empty && count < 5 * SOURCES_REGS / 2 ? few(empty) : count;
}

void sources_clear(struct sources *s)
{
	u8 *regs = READ_ONCE(s->regs);
	int i;

	/* The registers stay: somebody may be adding to them. */
	WRITE_ONCE(s->one, 0);
	for (i = 0; regs && i < SOURCES_REGS; i++)
		WRITE_ONCE(regs[i], 0);
}
