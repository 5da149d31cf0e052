/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Forwards: ports of external addresses that an admin gave to inside hosts. Each
 * port is a mapping that never ends and lets every remote in. A forward stays
 * when its external address goes, and is put in place again when that is back.
 *
 * All of it is configuration: config lock held, process context.
 */
#ifndef PORTICO_FORWARD_H
#define PORTICO_FORWARD_H

#include <linux/list.h>
#include <linux/netlink.h>

#include "session.h"
#include "tuple.h"

struct portico_net;

struct forward {
	struct list_head all;		/* forward_table.all, by id */
	u64 id;				/* dump key, never reused */
	struct endpoint ex, in;		/* the first ports */
	u16 count;			/* ports */
};

struct forward_table {
	struct list_head all;
	u32 count;
	u64 next_id;
};

void forward_net_init(struct portico_net *pn);
void forward_net_exit(struct portico_net *pn);

/*
 * Put a copy of @want in place, all of it or nothing. -EEXIST when it overlaps
 * another, -EADDRNOTAVAIL, -EBUSY and the like with the cause in @extack.
 */
int forward_add(struct portico_net *pn, const struct forward *want,
		struct netlink_ext_ack *extack);
/* Take back the one that begins at @ex; its last state in @gone. -ENOENT. */
int forward_del(struct portico_net *pn, const struct endpoint *ex,
		struct forward *gone);

/* External addresses changed: put in place again what can be. */
void forward_refresh(struct portico_net *pn);

/* How many of its ports are in place; what these carried is added to @sum. */
u32 forward_read(struct portico_net *pn, const struct forward *f,
		 struct flow_counters *sum);

#endif
