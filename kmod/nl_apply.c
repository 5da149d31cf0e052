// SPDX-License-Identifier: GPL-2.0
/* Netlink: a whole configuration. */
#include <linux/slab.h>

#include "apply.h"
#include "compat.h"
#include "net.h"
#include "nl.h"

const struct nla_policy nl_apply_policy[PORTICO_A_APPLY_MAX + 1] = {
	[PORTICO_A_APPLY_UPLINK] = NLA_POLICY_NESTED(nl_uplink_policy),
	[PORTICO_A_APPLY_INSIDE] = NLA_POLICY_NESTED(nl_inside_policy),
	[PORTICO_A_APPLY_FORWARD] = NLA_POLICY_NESTED(nl_forward_policy),
	[PORTICO_A_APPLY_ACCOUNT] = NLA_POLICY_NESTED(nl_account_policy),
	[PORTICO_A_APPLY_CHECK] = { .type = NLA_FLAG },
};

/* What the plan's objects are parsed from. */
union plan_attrs {
	struct nlattr *uplink[PORTICO_A_UPLINK_MAX + 1];
	struct nlattr *inside[PORTICO_A_INSIDE_MAX + 1];
	struct nlattr *forward[PORTICO_A_FORWARD_MAX + 1];
	struct nlattr *account[PORTICO_A_ACCOUNT_MAX + 1];
};

static int take_uplink(struct plan *plan, struct nlattr *attr,
		       struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct plan_uplink *up = &plan->uplinks[plan->nuplinks];
	const char *name;
	int err;

	if (plan->nuplinks == PORTICO_MAX_UPLINKS)
		return nl_refuse(extack, attr, -E2BIG,
				 "no room for another uplink");
	err = nla_parse_nested(a, PORTICO_A_UPLINK_MAX, attr, nl_uplink_policy,
			       extack);
	if (err)
		return err;
	name = nl_uplink_name(a, extack);
	if (!name) {
		NL_SET_BAD_ATTR(extack, attr);
		return -EINVAL;
	}
	if (plan_uplink(plan, name))
		return nl_refuse(extack, attr, -EEXIST,
				 "this uplink comes twice");
	strscpy(up->name, name, sizeof(up->name));
	up->attr = attr;
	uplink_defaults(&up->config);
	plan->nuplinks++;
	return nl_uplink_parse(a, nla_data(attr), nla_len(attr), &up->config,
			       extack);
}

static int take_inside(struct plan *plan, struct nlattr *attr,
		       struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct inside inside;
	int err;

	if (plan->insides->count == PORTICO_MAX_INSIDE)
		return nl_refuse(extack, attr, -E2BIG,
				 "no room for another inside prefix");
	err = nla_parse_nested(a, PORTICO_A_INSIDE_MAX, attr, nl_inside_policy,
			       extack) ?:
	      nl_inside_parse(a, &inside, extack);
	if (err)
		return err;
	err = inside_set_put(plan->insides, &inside);
	if (err == -EEXIST)
		extack->_msg = "this inside prefix comes twice";
	else if (err)
		extack->_msg = "another inside prefix is exchanged for one that overlaps it";
	return err;
}

static int take_forward(struct portico_net *pn, struct plan *plan,
			struct nlattr *attr, struct nlattr **a,
			struct netlink_ext_ack *extack)
{
	struct plan_forward *f = &plan->forwards[plan->nforwards];
	int err;

	err = nla_parse_nested(a, PORTICO_A_FORWARD_MAX, attr,
			       nl_forward_policy, extack) ?:
	      nl_forward_parse(a, &f->forward, extack) ?:
	      nl_forward_inside(pn, plan->insides, &f->forward, a, extack);
	if (err)
		return err;
	f->attr = attr;
	plan->nforwards++;
	return 0;
}

static bool plan_has_name(const struct plan *plan, const char *name)
{
	u32 i;

	for (i = 0; i < plan->naccounts; i++)
		if (!strcmp(plan->accounts[i]->name, name))
			return true;
	return false;
}

static int take_account(struct plan *plan, struct nlattr *attr,
			struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct account *account;
	int err;

	if (plan->naccounts == PORTICO_MAX_ACCOUNTS)
		return nl_refuse(extack, attr, -E2BIG,
				 "no room for another account");
	err = nla_parse_nested(a, PORTICO_A_ACCOUNT_MAX, attr,
			       nl_account_policy, extack);
	if (err)
		return err;
	account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);
	if (!account)
		return -ENOMEM;
	err = nl_account_parse(a, nla_data(attr), nla_len(attr), account, extack);
	if (!err && plan_has_name(plan, account->name))
		err = nl_refuse(extack, attr, -EEXIST,
				"an account of this name comes twice");
	if (err) {
		kfree(account);
		return err;
	}
	plan->accounts[plan->naccounts++] = account;
	return 0;
}

/* All attributes of one type; forwards want to know all prefixes first. */
static int take_all(struct portico_net *pn, struct genl_info *info,
		    struct plan *plan, int type, union plan_attrs *a)
{
	struct nlattr *attr;
	int rem, err = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != type)
			continue;
		switch (type) {
		case PORTICO_A_APPLY_UPLINK:
			err = take_uplink(plan, attr, a->uplink, info->extack);
			break;
		case PORTICO_A_APPLY_INSIDE:
			err = take_inside(plan, attr, a->inside, info->extack);
			break;
		case PORTICO_A_APPLY_ACCOUNT:
			err = take_account(plan, attr, a->account, info->extack);
			break;
		default:
			err = take_forward(pn, plan, attr, a->forward,
					   info->extack);
		}
		if (err) {
			if (!info->extack->bad_attr)
				NL_SET_BAD_ATTR(info->extack, attr);
			return err;
		}
	}
	return 0;
}

static u32 count_of(struct genl_info *info, int type)
{
	struct nlattr *attr;
	u32 count = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		count += nla_type(attr) == type;
	return count;
}

static int plan_make(struct portico_net *pn, struct genl_info *info,
		     struct plan *plan)
{
	u32 forwards = count_of(info, PORTICO_A_APPLY_FORWARD);
	u32 insides = count_of(info, PORTICO_A_APPLY_INSIDE);
	union plan_attrs *a;
	int err = -ENOMEM;

	if (forwards > PORTICO_MAX_FORWARDS)
		return nl_fail(info, PORTICO_A_APPLY_FORWARD, -E2BIG,
			       "no room for so many forwards");
	a = kmalloc(sizeof(*a), GFP_KERNEL);
	plan->uplinks = kcalloc(PORTICO_MAX_UPLINKS, sizeof(*plan->uplinks),
				GFP_KERNEL);
	plan->insides = inside_set_new(min_t(u32, insides, PORTICO_MAX_INSIDE));
	plan->accounts = kcalloc(PORTICO_MAX_ACCOUNTS, sizeof(*plan->accounts),
				 GFP_KERNEL);
	plan->forwards = kvcalloc(forwards, sizeof(*plan->forwards), GFP_KERNEL);
	if (a && plan->uplinks && plan->insides && plan->forwards &&
	    plan->accounts)
		err = take_all(pn, info, plan, PORTICO_A_APPLY_UPLINK, a) ?:
		      take_all(pn, info, plan, PORTICO_A_APPLY_INSIDE, a) ?:
		      take_all(pn, info, plan, PORTICO_A_APPLY_FORWARD, a) ?:
		      take_all(pn, info, plan, PORTICO_A_APPLY_ACCOUNT, a);
	kfree(a);
	return err;
}

static void plan_free(struct plan *plan)
{
	u32 i;

	for (i = 0; i < plan->nuplinks; i++)
		uplink_config_free(&plan->uplinks[i].config, NULL);
	for (i = 0; i < plan->naccounts; i++)
		kfree(plan->accounts[i]);
	kfree(plan->accounts);
	kfree(plan->uplinks);
	kvfree(plan->insides);
	kvfree(plan->forwards);
}

int nl_apply(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct plan plan = {};
	int err = plan_make(pn, info, &plan);

	if (!err) {
		nl_lock(pn);
		err = apply_check(pn, &plan, info->extack);
		if (!err && !info->attrs[PORTICO_A_APPLY_CHECK])
			err = apply_plan(pn, &plan, info->extack);
		nl_unlock(pn);
	}
	plan_free(&plan);
	if (err == -ENOMEM && !info->extack->_msg)
		info->extack->_msg = "the kernel has no memory for it";
	return err;
}
