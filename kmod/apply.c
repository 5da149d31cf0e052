// SPDX-License-Identifier: GPL-2.0
/* A whole configuration at once. */
#include <linux/sched.h>
#include <linux/slab.h>

#include "apply.h"
#include "event.h"
#include "exempt.h"
#include "fast.h"
#include "net.h"

const struct plan_uplink *plan_uplink(const struct plan *plan, const char *name)
{
	u32 i;

	for (i = 0; i < plan->nuplinks; i++)
		if (!strcmp(plan->uplinks[i].name, name))
			return &plan->uplinks[i];
	return NULL;
}

static bool plan_has_forward(const struct plan *plan, const struct forward *f)
{
	u32 i;

	for (i = 0; i < plan->nforwards; i++)
		if (forward_same(&plan->forwards[i].forward, f))
			return true;
	return false;
}

/* New and old uplinks are there together for a moment. */
static int check_uplinks(struct portico_net *pn, const struct plan *plan,
			 struct netlink_ext_ack *extack)
{
	u32 i, fresh = 0;

	for (i = 0; i < plan->nuplinks; i++) {
		if (uplink_by_name(pn, plan->uplinks[i].name))
			continue;
		if (pn->uplinks.count + ++fresh <= PORTICO_MAX_UPLINKS)
			continue;
		extack->_msg = "no room for another uplink beside those in use";
		NL_SET_BAD_ATTR(extack, plan->uplinks[i].attr);
		return -ENOSPC;
	}
	return 0;
}

int apply_check(struct portico_net *pn, const struct plan *plan,
		struct netlink_ext_ack *extack)
{
	const struct plan_forward *f;
	u32 i, j;
	int err = check_uplinks(pn, plan, extack);

	for (i = 0; i < plan->nforwards && !err; i++) {
		f = &plan->forwards[i];
		for (j = 0; j < i && !err; j++) {
			if (!forward_clash(pn, &f->forward,
					   &plan->forwards[j].forward))
				continue;
			extack->_msg = "it overlaps an earlier forward of this configuration";
			err = -EEXIST;
		}
		if (!err && !forward_get(pn, &f->forward))
			err = forward_check(pn, &f->forward, extack);
		if (err)
			NL_SET_BAD_ATTR(extack, f->attr);
		cond_resched();
	}
	return err;
}

/* Forwards that are not to stay go to @gone, where they can be had back. */
static void drop_forwards(struct portico_net *pn, const struct plan *plan,
			  struct list_head *gone)
{
	struct forward *f, *tmp;

	list_for_each_entry_safe(f, tmp, &pn->forwards.all, all) {
		if (!plan_has_forward(plan, f))
			forward_withdraw(pn, f, gone);
		cond_resched();
	}
}

static int add_forwards(struct portico_net *pn, struct plan *plan,
			struct netlink_ext_ack *extack)
{
	struct plan_forward *f;
	u32 i;
	int err;

	for (i = 0; i < plan->nforwards; i++) {
		f = &plan->forwards[i];
		if (forward_get(pn, &f->forward))
			continue;
		err = forward_add(pn, &f->forward, true, extack);
		if (err) {
			NL_SET_BAD_ATTR(extack, f->attr);
			return err;
		}
		f->fresh = true;
		cond_resched();
	}
	return 0;
}

static int add_uplinks(struct portico_net *pn, struct plan *plan,
		       struct netlink_ext_ack *extack)
{
	struct plan_uplink *up;
	u32 i;
	int err;

	for (i = 0; i < plan->nuplinks; i++) {
		up = &plan->uplinks[i];
		if (uplink_by_name(pn, up->name))
			continue;
		err = uplink_add(pn, up->name, &up->config);
		if (err) {
			NL_SET_BAD_ATTR(extack, up->attr);
			return err;
		}
		up->fresh = true;
	}
	return 0;
}

static void undo(struct portico_net *pn, struct plan *plan,
		 struct list_head *gone)
{
	struct uplink *uplink;
	struct forward was;
	u32 i;

	for (i = 0; i < plan->nuplinks; i++) {
		uplink = plan->uplinks[i].fresh ?
			 uplink_by_name(pn, plan->uplinks[i].name) : NULL;
		if (uplink)
			uplink_del(pn, uplink);
	}
	for (i = 0; i < plan->nforwards; i++)
		if (plan->forwards[i].fresh)
			forward_del(pn, &plan->forwards[i].forward.ex, &was);
	forward_restore(pn, gone);
}

static bool config_same(const struct uplink_config *a,
			const struct uplink_config *b)
{
	struct uplink_config x = *a, y = *b;

	if (a->nranges != b->nranges ||
	    memcmp(a->ranges, b->ranges, a->nranges * sizeof(*a->ranges)))
		return false;
	x.ranges = NULL;
	y.ranges = NULL;
	x.exempt = NULL;
	y.exempt = NULL;
	return !memcmp(&x, &y, sizeof(x)) && exempt_same(a->exempt, b->exempt);
}

/* From here on nothing is refused. */
static void settle_uplinks(struct portico_net *pn, struct plan *plan)
{
	struct uplink *uplink, *tmp;
	struct plan_uplink *up;
	u32 i;

	list_for_each_entry_safe(uplink, tmp, &pn->uplinks.list, list) {
		if (plan_uplink(plan, uplink->name))
			continue;
		event_uplink(pn, PORTICO_EVENT_UPLINK_DEL, uplink);
		uplink_del(pn, uplink);
	}
	for (i = 0; i < plan->nuplinks; i++) {
		up = &plan->uplinks[i];
		uplink = uplink_by_name(pn, up->name);
		if (up->fresh) {
			event_uplink(pn, PORTICO_EVENT_UPLINK_ADD, uplink);
		} else if (!config_same(&up->config, &uplink->config)) {
			uplink_set(pn, uplink, &up->config);
			event_uplink(pn, PORTICO_EVENT_UPLINK_SET, uplink);
		}
	}
	uplink_refresh(pn);
	fast_refresh(pn);
}

static void settle_insides(struct portico_net *pn, struct inside_set *set)
{
	const struct inside_set *old = inside_set_now(pn);
	const struct inside *was;
	u32 i;

	for (i = 0; old && i < old->count; i++)
		if (!inside_set_get(set, &old->at[i]))
			event_inside(pn, PORTICO_EVENT_INSIDE_DEL, &old->at[i]);
	for (i = 0; i < set->count; i++) {
		was = inside_get(pn, &set->at[i]);
		if (!was)
			event_inside(pn, PORTICO_EVENT_INSIDE_ADD, &set->at[i]);
		else if (memcmp(was, &set->at[i], sizeof(*was)))
			event_inside(pn, PORTICO_EVENT_INSIDE_SET, &set->at[i]);
	}
	inside_replace(pn, set);
	host_flush_strays(pn);
}

static void settle_forwards(struct portico_net *pn, const struct plan *plan,
			    struct list_head *gone)
{
	struct forward *f, *tmp;
	u32 i;

	list_for_each_entry_safe(f, tmp, gone, all) {
		event_forward(pn, PORTICO_EVENT_FORWARD_DEL, f);
		kfree(f);
	}
	for (i = 0; i < plan->nforwards; i++)
		if (plan->forwards[i].fresh)
			event_forward(pn, PORTICO_EVENT_FORWARD_ADD,
				      &plan->forwards[i].forward);
}

static bool plan_has_account(const struct plan *plan, const struct account *like)
{
	u32 i;

	for (i = 0; i < plan->naccounts; i++)
		if (account_same(plan->accounts[i], like))
			return true;
	return false;
}

/* Those that stay go on counting. There is room: the plan has no more than fit. */
static void settle_accounts(struct portico_net *pn, struct plan *plan)
{
	struct account *account, *tmp;
	u32 i;

	list_for_each_entry_safe(account, tmp, &pn->accounts.all, all) {
		if (plan_has_account(plan, account))
			continue;
		event_account(pn, PORTICO_EVENT_ACCOUNT_DEL, account);
		account_del(pn, account);
	}
	for (i = 0; i < plan->naccounts; i++) {
		account = plan->accounts[i];
		if (account_add(pn, account))
			continue;	/* it is there */
		event_account(pn, PORTICO_EVENT_ACCOUNT_ADD, account);
		plan->accounts[i] = NULL;
	}
}

int apply_plan(struct portico_net *pn, struct plan *plan,
	       struct netlink_ext_ack *extack)
{
	LIST_HEAD(gone);
	int err;

	lockdep_assert_held(&pn->config);
	drop_forwards(pn, plan, &gone);
	err = add_forwards(pn, plan, extack) ?: add_uplinks(pn, plan, extack);
	if (err) {
		undo(pn, plan, &gone);
		return err;
	}
	settle_insides(pn, plan->insides);
	plan->insides = NULL;
	settle_uplinks(pn, plan);
	settle_forwards(pn, plan, &gone);
	settle_accounts(pn, plan);
	return 0;
}
