/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Apply: a whole configuration takes the place of the one in use. What is the
 * same in both is not touched, so that its mappings live on. First all of the
 * plan is looked at; only then something changes, and what can fail comes before
 * what cannot be taken back. RTNL and config lock held.
 */
#ifndef PORTICO_APPLY_H
#define PORTICO_APPLY_H

#include <linux/if.h>
#include <linux/netlink.h>

#include "account.h"
#include "forward.h"
#include "inside.h"
#include "uplink.h"

struct plan_uplink {
	char name[IFNAMSIZ];
	struct uplink_config config;	/* what it owns belongs to the plan */
	struct nlattr *attr;		/* where the request has it */
	bool fresh;			/* added by this plan */
};

struct plan_forward {
	struct forward forward;
	struct nlattr *attr;
	bool fresh;
};

struct plan {
	struct plan_uplink *uplinks;
	struct inside_set *insides;
	struct plan_forward *forwards;
	struct account **accounts;	/* NULL: taken over */
	u32 nuplinks, nforwards, naccounts;
};

/* The uplink of that name in the plan, or NULL. */
const struct plan_uplink *plan_uplink(const struct plan *plan, const char *name);

/* Can it be had? 0, or an error with its cause in @extack. */
int apply_check(struct portico_net *pn, const struct plan *plan,
		struct netlink_ext_ack *extack);
/* Make it so, all or nothing; takes over plan->insides. After apply_check(). */
int apply_plan(struct portico_net *pn, struct plan *plan,
	       struct netlink_ext_ack *extack);

#endif
