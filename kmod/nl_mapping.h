/* SPDX-License-Identifier: GPL-2.0 */
/* Which mappings a request speaks of: live ones, or those that have ended. */
#ifndef PORTICO_NL_MAPPING_H
#define PORTICO_NL_MAPPING_H

#include <linux/if.h>

#include "nl.h"

struct mapping_filter {
	u8 proto;			/* 0: any */
	bool ended;			/* those of the history */
	int state;			/* -1: any */
	char uplink[IFNAMSIZ];
	struct endpoint_filter internal, external, remote;
};

int nl_mapping_filter(struct nlattr **a, struct mapping_filter *f,
		      struct netlink_ext_ack *extack);

/* The part that speaks of the mapping alone. */
bool nl_mapping_match(const struct mapping_filter *f, u8 proto, const char *uplink,
		      u8 family, const union nf_inet_addr *in, __be16 in_port,
		      const union nf_inet_addr *ex, __be16 ex_port);

/* Of live mappings and ended ones alike: PORTICO_MAPPING_F_* of MAPPING_*. */
u32 nl_mapping_flags(u16 flags);

/* nl_history.c: a dump of those that have ended */
int nl_history_dump(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct mapping_filter *f);

#endif
