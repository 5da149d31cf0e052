/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pointer to a mapping in 32 bits: its place in the kernel's direct map, counted
 * in steps of the alignment that all mappings have. The index of external ports
 * holds one for each port of an address, given or not: half of eight bytes is
 * what makes it small. Mappings come from slabs, which are always there; the
 * step is a cache line where memory ends below 256 GiB, else as much more as is
 * needed. Any context.
 */
#ifndef PORTICO_MAPPING_REF_H
#define PORTICO_MAPPING_REF_H

#include <linux/types.h>
#include <asm/page.h>

struct mapping;

extern unsigned int mapping_ref_shift __read_mostly;

/* Before any mapping is made: bytes to which each is to be aligned. */
unsigned int mapping_ref_init(void);

/*
 * Can it be referred to? Not where memory was added far above the rest since the
 * module was loaded: until it is loaded anew such mappings are refused.
 */
static inline bool mapping_has_ref(const struct mapping *m)
{
	u64 place = (unsigned long)m - PAGE_OFFSET;

	return place >> mapping_ref_shift <= U32_MAX;
}

/* 0 is no mapping: no slab begins with the direct map. */
static inline u32 mapping_to_ref(const struct mapping *m)
{
	return m ? ((unsigned long)m - PAGE_OFFSET) >> mapping_ref_shift : 0;
}

static inline struct mapping *mapping_of_ref(u32 ref)
{
	if (!ref)
		return NULL;
	return (void *)(PAGE_OFFSET + ((unsigned long)ref << mapping_ref_shift));
}

#endif
