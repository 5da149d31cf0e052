// SPDX-License-Identifier: GPL-2.0
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "extack.h"

void extack_parse(const void *data, size_t len, struct extack *ext)
{
	const struct nlattr *a = data;
	int left = len;

	memset(ext, 0, sizeof(*ext));
	for (; mnl_attr_ok(a, left); a = mnl_attr_next(a)) {
		const void *p = mnl_attr_get_payload(a);
		size_t n = mnl_attr_get_payload_len(a);

		left -= MNL_ALIGN(a->nla_len);
		switch (mnl_attr_get_type(a)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(ext->text, sizeof(ext->text), "%.*s",
				 (int)strnlen(p, n), (const char *)p);
			break;
		case NLMSGERR_ATTR_OFFS:
			ext->has_offset = n == sizeof(ext->offset);
			if (ext->has_offset)
				memcpy(&ext->offset, p, sizeof(ext->offset));
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			ext->has_missing = n == sizeof(ext->missing);
			if (ext->has_missing)
				memcpy(&ext->missing, p, sizeof(ext->missing));
			break;
		}
	}
}
