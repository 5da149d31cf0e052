// SPDX-License-Identifier: GPL-2.0
/* How far apart mappings are, so that 32 bits can tell them apart. */
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "mapping_ref.h"

unsigned int mapping_ref_shift __read_mostly;

unsigned int mapping_ref_init(void)
{
	u64 span = (unsigned long)high_memory - PAGE_OFFSET;

	mapping_ref_shift = max(fls64(span - 1) - 32, ilog2(L1_CACHE_BYTES));
	return 1U << mapping_ref_shift;
}
