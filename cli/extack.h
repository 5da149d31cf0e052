/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel adds to a refusal: a sentence, and the attribute at fault. */
#ifndef PORTICO_EXTACK_H
#define PORTICO_EXTACK_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct extack {
	char text[512];
	bool has_offset, has_missing;
	__u32 offset, missing;
};

/* From the attributes of an ack, or of the end of a dump. */
void extack_parse(const void *data, size_t len, struct extack *ext);

#endif
