/* SPDX-License-Identifier: GPL-2.0 */
/* What the mapping and session commands share. */
#ifndef PORTICO_MAPPING_H
#define PORTICO_MAPPING_H

#include <linux/types.h>

struct args;
struct table;

/* PORTICO_MAPPING_F_* as words. */
void cell_flags(struct table *t, unsigned int col, __u32 flags);
/* "removed 3 mappings" */
int print_touched(const char *verb, const char *noun, __u64 count);

int mapping_save(struct args *a);
int mapping_restore(struct args *a);

#endif
