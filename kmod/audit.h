/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Audit: the equations that the books must satisfy. A packet on its way is
 * booked in several places one after the other, so under traffic an equation is
 * looked at several times; it fails only when it never holds.
 */
#ifndef PORTICO_AUDIT_H
#define PORTICO_AUDIT_H

#include <linux/types.h>

struct portico_net;

struct audit_row {
	const char *name;
	u64 left, right;
};

#define AUDIT_ROWS_MAX	40

struct audit {
	u32 count;
	struct audit_row rows[AUDIT_ROWS_MAX];
};

/* Process context; may sleep. -ENOMEM. */
int audit_run(struct portico_net *pn, struct audit *audit);

#endif
