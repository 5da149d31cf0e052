/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside: the prefixes whose hosts are translated, longest prefix first. Changed
 * under the config lock, read under RCU as one array that is replaced whole.
 */
#ifndef PORTICO_INSIDE_H
#define PORTICO_INSIDE_H

#include <linux/if.h>
#include <linux/rcupdate.h>

#include "tuple.h"

struct portico_net;

struct inside {
	union nf_inet_addr addr;	/* host bits zero */
	u8 family;
	u8 plen;
	char uplink[IFNAMSIZ];		/* only by this one; "" for any */
	u32 max_ports;			/* per host; 0: no cap */
	u32 max_rate;			/* new mappings a second and host; 0: no cap */
	bool npt;
	struct in6_addr npt_prefix;
	u16 npt_adjust;
};

struct inside_set {
	struct rcu_head rcu;
	u32 count;
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

/* Config lock held; -EEXIST, -ENOENT, -ENOSPC, -ENOMEM. */
int inside_add(struct portico_net *pn, const struct inside *inside);
int inside_change(struct portico_net *pn, const struct inside *inside);
int inside_del(struct portico_net *pn, const union nf_inet_addr *addr,
	       u8 family, u8 plen);
const struct inside *inside_get(const struct portico_net *pn,
				const union nf_inet_addr *addr, u8 family,
				u8 plen);

/* Is @addr within @prefix/@plen? */
bool addr_in_prefix(const union nf_inet_addr *addr,
		    const union nf_inet_addr *prefix, u8 plen);
/* Bits of @addr beyond @plen are all zero. */
bool addr_is_prefix(const union nf_inet_addr *addr, u8 family, u8 plen);

#endif
