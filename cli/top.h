/* SPDX-License-Identifier: GPL-2.0 */
/* What `top` shows: rows of a view with totals and rates. */
#ifndef PORTICO_TOP_H
#define PORTICO_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "rows.h"

enum top_view { TOP_HOSTS, TOP_SOCKETS, TOP_PROCESSES, TOP_PORTS, TOP_VIEWS };
enum top_sort { SORT_RATE, SORT_BYTES, SORT_PACKETS, SORT_NAME, TOP_SORTS };

extern const char *const top_view_names[], *const top_sort_names[];

struct top_row {
	char name[96];
	char what[64];		/* side, state, what was found */
	__u64 packets, out_bytes, in_bytes;
	__u64 out_rate, in_rate;	/* bytes a second */
	bool gathers;		/* others end up here with all they ever had: no rate */
};

struct top_sample {
	struct rows rows;	/* by name */
	struct top_row **order;	/* as shown, filtered */
	size_t n;
	double at;		/* seconds */
};

/* Asks the kernel; an exit status, said. */
int top_read(struct top_sample *s, enum top_view view);
/* Rates since @before; rows that were not there begin at zero. */
void top_rates(struct top_sample *s, const struct top_sample *before);
/* Orders, leaving out names without @filter. */
void top_order(struct top_sample *s, enum top_sort sort, const char *filter);
void top_free(struct top_sample *s);

#endif
