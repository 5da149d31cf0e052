/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside: the prefixes whose hosts are translated, longest prefix first. Changed
 * under the config lock, read under RCU as one array that is replaced whole.
 */
#ifndef PORTICO_INSIDE_H
#define PORTICO_INSIDE_H

#include <linux/if.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "tuple.h"

struct portico_net;

struct inside {
	union nf_inet_addr addr;	/* host bits zero */
	u8 family;
	u8 plen;
	char uplink[IFNAMSIZ];		/* only by this one; "" for any */
	u32 max_ports;			/* per host; 0: no cap */
	u32 max_sessions;		/* per host; 0: no cap */
	u32 max_rate;			/* new mappings a second and host; 0: no cap */
	u64 quota;			/* bytes a period and host; 0: none */
	u32 quota_period;		/* seconds */
	bool quota_refuse;		/* whoever has used it up is refused */
	bool capped;			/* by one of the above: host_may_map() is to be asked */
	bool npt;			/* exchanged for npt_prefix, without ports */
	struct in6_addr npt_prefix;
	__sum16 npt_adjust;		/* npt_adjustment() */
};

struct inside_set {
	struct rcu_head rcu;
	u32 count;
	u32 npts;			/* of them, those exchanged */
	u32 quotas;			/* and those with a quota */
	struct inside at[];
};

struct inside_table {
	struct inside_set __rcu *set;	/* NULL: none */
	u32 era;			/* rises with each change of it */
};

void inside_net_exit(struct portico_net *pn);

/* The prefix that holds @addr, or NULL. RCU read side. */
const struct inside *inside_find(const struct portico_net *pn,
				 const union nf_inet_addr *addr, u8 family);

/* May its hosts leave by the uplink of this name? */
static inline bool inside_leaves_by(const struct inside *inside,
				    const char *uplink)
{
	return !inside->uplink[0] || !strcmp(inside->uplink, uplink);
}

/* Is there any with a quota? RCU read side. */
bool inside_has_quotas(const struct portico_net *pn);

/* Is there one, whose hosts are translated by mappings? RCU read side. */
bool inside_maps(const struct portico_net *pn, const union nf_inet_addr *addr,
		 u8 family);

/*
 * Exchanged prefixes (npt.h): the one that holds the inside address @addr, and
 * the one that is exchanged for what holds the external @addr; or NULL. RCU read
 * side.
 */
const struct inside *inside_npt_of(const struct portico_net *pn,
				   const union nf_inet_addr *addr);
const struct inside *inside_npt_to(const struct portico_net *pn,
				   const union nf_inet_addr *addr);

/* The set in use. Config lock held. */
const struct inside_set *inside_set_now(const struct portico_net *pn);

/* The same in @set, which may be NULL. */
const struct inside *inside_set_find(const struct inside_set *set,
				     const union nf_inet_addr *addr, u8 family);

/*
 * Config lock held; -EEXIST, -ENOENT, -ENOSPC, -ENOMEM, -EADDRINUSE when the
 * external prefix of an exchange overlaps another's. @name: its addr, family and
 * plen say which prefix is meant.
 */
int inside_add(struct portico_net *pn, const struct inside *inside);
int inside_change(struct portico_net *pn, const struct inside *inside);
int inside_del(struct portico_net *pn, const struct inside *name);
const struct inside *inside_get(const struct portico_net *pn,
				const struct inside *name);

/*
 * A set in the making, with @room for so many prefixes: filled with
 * inside_set_put(), then put in the place of the one in use, or kvfree()d.
 */
struct inside_set *inside_set_new(u32 room);
const struct inside *inside_set_get(const struct inside_set *set,
				    const struct inside *name);
int inside_set_put(struct inside_set *set, const struct inside *inside);
void inside_replace(struct portico_net *pn, struct inside_set *set);

/* Is @addr within @prefix/@plen? */
bool addr_in_prefix(const union nf_inet_addr *addr,
		    const union nf_inet_addr *prefix, u8 plen);
/* Bits of @addr beyond @plen are all zero. */
bool addr_is_prefix(const union nf_inet_addr *addr, u8 family, u8 plen);

#endif
