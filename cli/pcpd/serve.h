/* SPDX-License-Identifier: GPL-2.0 */
/* From a request to its outcome, by way of the kernel. */
#ifndef PORTICO_PCPD_SERVE_H
#define PORTICO_PCPD_SERVE_H

#include <linux/types.h>

#include "wire.h"

struct gate;

struct serve_limits {
	__u32 lifetime_min, lifetime_max;	/* seconds */
};

/* @epoch: seconds since the server's state began. */
void serve(struct gate *g, const struct serve_limits *limits,
	   const struct addr *client, __u32 epoch,
	   const struct wire_request *r, struct wire_outcome *o);

#endif
