/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash of the mapping table. Any context.
 *
 * Pair-multiply (M. Thorup, "High Speed Hashing for Integers and Strings",
 * section 3.5): without the secret, nobody can choose keys that hash alike. Of
 * keys in a row, as one host's ports are, it makes products in a row: folded and
 * multiplied once more these fill the table as if drawn at random. Nothing that
 * a sender sees depends on the hash.
 */
#ifndef PORTICO_KEY_HASH_H
#define PORTICO_KEY_HASH_H

#include <linux/hash.h>
#include <linux/types.h>

/* Random, per namespace. */
struct key_secret {
	u64 high, low;
};

static inline u32 key_mix(const struct key_secret *secret, u64 key)
{
	u64 product = (secret->high + (u32)key) * (secret->low + (key >> 32));

	return (product ^ product >> 32) * GOLDEN_RATIO_64 >> 32;
}

#endif
