/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Forwards: ports of external addresses that an admin gave to inside hosts. Each
 * port is a mapping that never ends and lets every remote in. Or a whole address,
 * whose mappings come and go: whole.h. A forward stays when its external address
 * goes, and is put in place again when that is back.
 *
 * All of it is configuration: config lock held, process context.
 */
#ifndef PORTICO_FORWARD_H
#define PORTICO_FORWARD_H

#include <linux/list.h>
#include <linux/netlink.h>

#include "session.h"
#include "tuple.h"

struct ext_addr;
struct portico_net;

struct forward {
	struct list_head all;		/* forward_table.all, by id */
	u64 id;				/* dump key, never reused */
	struct endpoint ex, in;		/* the first ports; protocol 0: all */
	u16 count;			/* ports; 1 for a whole address */
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
 * another, -EADDRNOTAVAIL, -EBUSY and the like with the cause in @extack. With
 * @wait it is no error that its external address is not there.
 */
int forward_add(struct portico_net *pn, const struct forward *want, bool wait,
		struct netlink_ext_ack *extack);
/*
 * Would @want find its ports taken, by anything but other forwards? The error
 * and its cause as above; nothing is changed.
 */
int forward_check(struct portico_net *pn, const struct forward *want,
		  struct netlink_ext_ack *extack);
/* Can the two not be together, by all that is known of their addresses? */
bool forward_clash(struct portico_net *pn, const struct forward *a,
		   const struct forward *b);
static inline bool forward_is_whole(const struct forward *f)
{
	return !f->ex.proto;
}

static inline bool forward_same(const struct forward *a, const struct forward *b)
{
	return a->count == b->count && !memcmp(&a->ex, &b->ex, sizeof(a->ex)) &&
	       !memcmp(&a->in, &b->in, sizeof(a->in));
}

/* Take back the one that begins at @ex; its last state in @gone. -ENOENT. */
int forward_del(struct portico_net *pn, const struct endpoint *ex,
		struct forward *gone);

/* The one that is forward_same(), or NULL. */
struct forward *forward_get(struct portico_net *pn, const struct forward *want);
/* Take @f back for now, to the list @gone; put back what is on that list. */
void forward_withdraw(struct portico_net *pn, struct forward *f,
		      struct list_head *gone);
void forward_restore(struct portico_net *pn, struct list_head *gone);

/*
 * Would @in, known by @port of @ext, be in the way of a forward that is not in
 * place? Config lock held.
 */
bool forward_wants(struct portico_net *pn, const struct ext_addr *ext, __be16 port,
		   const struct endpoint *in);
/* External addresses changed: put in place again what can be. */
void forward_refresh(struct portico_net *pn);
/* @ext is new, and nobody has a port there yet: is it somebody's as a whole? */
void forward_claim(struct portico_net *pn, const struct ext_addr *ext);

/*
 * How many of its ports are in place, 1 for a whole address; what these carried
 * is added to @sum.
 */
u32 forward_read(struct portico_net *pn, const struct forward *f,
		 struct flow_counters *sum);

#endif
