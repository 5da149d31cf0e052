// SPDX-License-Identifier: GPL-2.0
/* Netlink: accounts. */
#include <linux/slab.h>

#include "account.h"
#include "event.h"
#include "net.h"
#include "nl.h"

const struct nla_policy nl_account_policy[PORTICO_A_ACCOUNT_MAX + 1] = {
	[PORTICO_A_ACCOUNT_NAME] = { .type = NLA_NUL_STRING,
				     .len = PORTICO_ACCOUNT_NAME_LEN - 1 },
	[PORTICO_A_ACCOUNT_PREFIX] = NLA_POLICY_NESTED(nl_endpoint_policy),
};

/* Names are printed, and are words of a file. */
static bool name_is_good(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isascii(*p) || (!isalnum(*p) && !strchr("-_.", *p)))
			return false;
	return *name && !strchr("-.", *name);
}

static const char *parse_name(struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct nlattr *name = a[PORTICO_A_ACCOUNT_NAME];

	if (!name) {
		nl_refuse(extack, NULL, -EINVAL, "which account? its name is needed");
		return NULL;
	}
	if (name_is_good(nla_data(name)))
		return nla_data(name);
	nl_refuse(extack, name, -EINVAL,
		  "names are letters, digits, '_', and not first '-' and '.'");
	return NULL;
}

static int take_prefix(struct account *account, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	struct account_prefix *p = &account->prefixes[account->nprefixes];
	struct endpoint_filter f = {};
	int err;

	if (account->nprefixes == PORTICO_MAX_ACCOUNT_PREFIXES)
		return nl_refuse(extack, attr, -E2BIG,
				 "no room for so many prefixes");
	err = nl_endpoint_filter(attr, &f, extack);
	if (err)
		return err;
	if (!f.has_addr || f.has_port)
		return nl_refuse(extack, attr, -EINVAL,
				 "an address, its prefix length if need be, and no port");
	if (!addr_is_prefix(&f.addr, f.family, f.plen))
		return nl_refuse(extack, attr, -EINVAL,
				 "the address has bits beyond its prefix length");
	p->addr = f.addr;
	p->family = f.family;
	p->plen = f.plen;
	account->nprefixes++;
	return 0;
}

int nl_account_parse(struct nlattr **a, const struct nlattr *head, int len,
		     struct account *account, struct netlink_ext_ack *extack)
{
	const char *name = parse_name(a, extack);
	const struct nlattr *attr;
	int rem, err;

	if (!name)
		return -EINVAL;
	strscpy(account->name, name, sizeof(account->name));
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != PORTICO_A_ACCOUNT_PREFIX)
			continue;
		err = take_prefix(account, attr, extack);
		if (err)
			return err;
	}
	return account->nprefixes ? 0 :
	       nl_refuse(extack, NULL, -EINVAL,
			 "whose account? a prefix is needed");
}

int nl_account_add(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct account *account;
	int err;

	account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);
	if (!account)
		return nl_fail(info, 0, -ENOMEM, "the kernel has no memory for it");
	err = nl_account_parse(info->attrs, genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), account,
			       info->extack);
	if (err)
		goto bad;
	nl_lock(pn);
	err = account_add(pn, account);
	if (!err)
		event_account(pn, PORTICO_EVENT_ACCOUNT_ADD, account);
	nl_unlock(pn);
	if (!err)
		return 0;
	nl_fail(info, PORTICO_A_ACCOUNT_NAME, err, err == -EEXIST ?
		"an account of this name exists already" :
		"no room for another account");
bad:
	kfree(account);
	return err;
}

/* The account meant, with the locks held; NULL: refused, and they are not. */
static struct account *name_lock(struct portico_net *pn, struct genl_info *info,
				 int *err)
{
	const char *name = parse_name(info->attrs, info->extack);
	struct account *account;

	*err = -EINVAL;
	if (!name)
		return NULL;
	nl_lock(pn);
	account = account_get(pn, name);
	if (account)
		return account;
	nl_unlock(pn);
	*err = nl_fail(info, PORTICO_A_ACCOUNT_NAME, -ENOENT,
		       "no account of this name");
	return NULL;
}

int nl_account_del(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct account *account;
	int err;

	account = name_lock(pn, info, &err);
	if (!account)
		return err;
	event_account(pn, PORTICO_EVENT_ACCOUNT_DEL, account);
	account_del(pn, account);
	nl_unlock(pn);
	return 0;
}

static int put_prefix(struct sk_buff *skb, const struct account_prefix *p)
{
	struct nlattr *nest = nla_nest_start(skb, PORTICO_A_ACCOUNT_PREFIX);

	if (!nest || nl_put_addr(skb, PORTICO_A_ENDPOINT_ADDR, &p->addr, p->family) ||
	    nla_put_u8(skb, PORTICO_A_ENDPOINT_PREFIXLEN, p->plen))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nl_account_fill(struct sk_buff *skb, const struct account *account)
{
	u32 i;

	if (nla_put_string(skb, PORTICO_A_ACCOUNT_NAME, account->name))
		return -EMSGSIZE;
	for (i = 0; i < account->nprefixes; i++)
		if (put_prefix(skb, &account->prefixes[i]))
			return -EMSGSIZE;
	return 0;
}

static int fill_sum(struct sk_buff *skb, const struct account_sum *sum, u64 since)
{
	if (nla_put_u32(skb, PORTICO_A_ACCOUNT_HOSTS, sum->hosts) ||
	    nla_put_u32(skb, PORTICO_A_ACCOUNT_MAPPINGS, sum->mappings) ||
	    nl_put_counters(skb, PORTICO_A_ACCOUNT_COUNTERS, &sum->counters) ||
	    nl_put_counters(skb, PORTICO_A_ACCOUNT_SECOND, &sum->second) ||
	    nl_put_counters(skb, PORTICO_A_ACCOUNT_MINUTE, &sum->minute) ||
	    nla_put_u64_64bit(skb, PORTICO_A_ACCOUNT_SINCE_AT, since,
			      PORTICO_A_ACCOUNT_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Nothing is reset unless it is told what it was. */
int nl_account_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct account *account;
	struct account_sum sum;
	struct sk_buff *msg;
	void *hdr;
	u64 since;
	int err;

	msg = nl_reply_new(info, PORTICO_CMD_ACCOUNT_RESET, &hdr);
	if (!msg)
		return nl_fail(info, 0, -ENOMEM, "the kernel has no memory for it");
	account = name_lock(pn, info, &err);
	if (!account) {
		nlmsg_free(msg);
		return err;
	}
	since = account->since;
	account_reset(pn, account, &sum);
	/* It fits: a new message has room for more than one account. */
	WARN_ON_ONCE(nl_account_fill(msg, account) || fill_sum(msg, &sum, since));
	nl_unlock(pn);
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* In the order of their making: the number is the key. */
int nl_account_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	const struct account *account;
	struct account_sum sum;
	void *hdr;

	rate_ask(pn);
	mutex_lock(&pn->config);
	list_for_each_entry(account, &pn->accounts.all, all) {
		if (account->id <= cb->args[0])
			continue;
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_ACCOUNT_GET);
		if (!hdr)
			break;
		account_read(pn, account, &sum);
		cond_resched();
		if (nl_account_fill(skb, account) ||
		    fill_sum(skb, &sum, account->since)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = account->id;
	}
	mutex_unlock(&pn->config);
	return skb->len;
}
