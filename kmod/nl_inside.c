// SPDX-License-Identifier: GPL-2.0
/* Netlink: inside prefixes. */
#include "compat.h"
#include "event.h"
#include "net.h"
#include "nl.h"
#include "npt.h"

static struct netlink_range_validation period_range = {
	.min = 1,
	.max = PORTICO_QUOTA_PERIOD_MAX,
};

static struct netlink_range_validation rate_range = {
	.max = 1000000,
};

const struct nla_policy nl_inside_policy[PORTICO_A_INSIDE_MAX + 1] = {
	[PORTICO_A_INSIDE_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PORTICO_A_INSIDE_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[PORTICO_A_INSIDE_UPLINK] = { .type = NLA_NUL_STRING,
				      .len = IFNAMSIZ - 1 },
	[PORTICO_A_INSIDE_MAX_PORTS] = { .type = NLA_U32 },
	[PORTICO_A_INSIDE_MAX_SESSIONS] = { .type = NLA_U32 },
	[PORTICO_A_INSIDE_MAX_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &rate_range),
	[PORTICO_A_INSIDE_QUOTA] = { .type = NLA_U64 },
	[PORTICO_A_INSIDE_QUOTA_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[PORTICO_A_INSIDE_QUOTA_REFUSE] = NLA_POLICY_MAX(NLA_U8, 1),
	[PORTICO_A_INSIDE_NPT] = NLA_POLICY_EXACT_LEN(16),
};

/* Which prefix is spoken of. */
static int parse_name(struct nlattr **a, struct inside *inside,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *addr = a[PORTICO_A_INSIDE_ADDR];
	struct nlattr *plen = a[PORTICO_A_INSIDE_PREFIXLEN];
	int err;

	if (!addr || !plen)
		return nl_refuse(extack, NULL, -EINVAL,
				 "which prefix? address and prefix length are needed");
	err = nl_addr(addr, &inside->addr, &inside->family, extack);
	if (err)
		return err;
	inside->plen = nla_get_u8(plen);
	if (inside->plen > addr_len(inside->family) * 8)
		return nl_refuse(extack, plen, -EINVAL,
				 "the prefix is longer than the address");
	if (!addr_is_prefix(&inside->addr, inside->family, inside->plen))
		return nl_refuse(extack, addr, -EINVAL,
				 "the address has bits beyond its prefix length");
	return 0;
}

#define IPV6_NOT_ROUTED (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MULTICAST |	\
			 IPV6_ADDR_LOOPBACK | IPV6_ADDR_MAPPED)

/* What stays on its link is nobody's inside; :: stands for all of IPv6. */
static int check_unicast(struct nlattr **a, const struct inside *inside,
			 struct netlink_ext_ack *extack)
{
	if (inside->family == NFPROTO_IPV4)
		return 0;
	if (!IS_ENABLED(CONFIG_IPV6))
		return nl_refuse(extack, NULL, -EOPNOTSUPP,
				 "this kernel has no IPv6");
	if (ipv6_addr_type(&inside->addr.in6) & IPV6_NOT_ROUTED)
		return nl_refuse(extack, a[PORTICO_A_INSIDE_ADDR], -EINVAL,
				 "link-local, multicast, loopback and mapped addresses are not translated");
	return 0;
}

/* The prefix that is seen outside; :: ends the exchange. */
static int parse_npt(struct nlattr *attr, struct inside *inside,
		     struct netlink_ext_ack *extack)
{
	union nf_inet_addr prefix = {};

	nla_memcpy(&prefix, attr, sizeof(prefix));
	inside->npt = !addr_is_any(&prefix);
	inside->npt_prefix = prefix.in6;
	if (!inside->npt)
		return 0;
	if (inside->family != NFPROTO_IPV6)
		return nl_refuse(extack, attr, -EINVAL,
				 "only IPv6 prefixes are exchanged");
	if (!inside->plen || inside->plen > NPT_PLEN_MAX)
		return nl_refuse(extack, attr, -EINVAL,
				 "a prefix that is exchanged has 1 to 64 bits");
	if (!addr_is_prefix(&prefix, NFPROTO_IPV6, inside->plen))
		return nl_refuse(extack, attr, -EINVAL,
				 "the external prefix has bits beyond its length");
	if (ipv6_addr_type(&prefix.in6) & IPV6_NOT_ROUTED)
		return nl_refuse(extack, attr, -EINVAL,
				 "not a prefix that hosts can have outside");
	if (addr_equal(&prefix, &inside->addr))
		return nl_refuse(extack, attr, -EINVAL,
				 "both prefixes are the same");
	inside->npt_adjust = npt_adjustment(&inside->addr.in6, &prefix.in6);
	return 0;
}

static int parse_settings(struct nlattr **a, struct inside *inside,
			  struct netlink_ext_ack *extack)
{
	if (a[PORTICO_A_INSIDE_UPLINK])
		nla_strscpy(inside->uplink, a[PORTICO_A_INSIDE_UPLINK],
			    sizeof(inside->uplink));
	if (a[PORTICO_A_INSIDE_MAX_PORTS])
		inside->max_ports = nla_get_u32(a[PORTICO_A_INSIDE_MAX_PORTS]);
	if (a[PORTICO_A_INSIDE_MAX_SESSIONS])
		inside->max_sessions = nla_get_u32(a[PORTICO_A_INSIDE_MAX_SESSIONS]);
	if (a[PORTICO_A_INSIDE_MAX_RATE])
		inside->max_rate = nla_get_u32(a[PORTICO_A_INSIDE_MAX_RATE]);
	if (a[PORTICO_A_INSIDE_QUOTA])
		inside->quota = nla_get_u64(a[PORTICO_A_INSIDE_QUOTA]);
	if (a[PORTICO_A_INSIDE_QUOTA_PERIOD])
		inside->quota_period = nla_get_u32(a[PORTICO_A_INSIDE_QUOTA_PERIOD]);
	if (a[PORTICO_A_INSIDE_QUOTA_REFUSE])
		inside->quota_refuse = nla_get_u8(a[PORTICO_A_INSIDE_QUOTA_REFUSE]);
	inside->capped = inside->max_ports || inside->max_sessions ||
			 inside->max_rate || inside->quota_refuse;
	return a[PORTICO_A_INSIDE_NPT] ?
	       parse_npt(a[PORTICO_A_INSIDE_NPT], inside, extack) : 0;
}

int nl_inside_parse(struct nlattr **a, struct inside *inside,
		    struct netlink_ext_ack *extack)
{
	memset(inside, 0, sizeof(*inside));
	inside->quota_period = PORTICO_QUOTA_PERIOD;
	return parse_name(a, inside, extack) ?:
	       check_unicast(a, inside, extack) ?:
	       parse_settings(a, inside, extack);
}

static int inside_error(struct genl_info *info, int err)
{
	switch (err) {
	case -EEXIST:
		GENL_SET_ERR_MSG(info, "this inside prefix exists already");
		break;
	case -ENOENT:
		GENL_SET_ERR_MSG(info, "no such inside prefix");
		break;
	case -EADDRINUSE:
		nl_fail(info, PORTICO_A_INSIDE_NPT, err,
			"another inside prefix is exchanged for one that overlaps it");
		break;
	case -ENOSPC:
		GENL_SET_ERR_MSG(info, "no room for another inside prefix");
		break;
	case -ENOMEM:
		GENL_SET_ERR_MSG(info, "the kernel has no memory for it");
		break;
	}
	return err;
}

int nl_inside_add(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct inside inside;
	int err;

	err = nl_inside_parse(info->attrs, &inside, info->extack);
	if (err)
		return err;
	nl_lock(pn);
	err = inside_add(pn, &inside);
	if (!err) {
		event_inside(pn, PORTICO_EVENT_INSIDE_ADD, &inside);
		host_flush_strays(pn);	/* a longer prefix that is exchanged */
	}
	nl_unlock(pn);
	return inside_error(info, err);
}

int nl_inside_set(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct inside name = {}, inside;
	const struct inside *old;
	int err;

	err = parse_name(info->attrs, &name, info->extack);
	if (err)
		return err;
	nl_lock(pn);
	old = inside_get(pn, &name);
	if (!old) {
		err = -ENOENT;
		goto out;
	}
	inside = *old;
	err = parse_settings(info->attrs, &inside, info->extack) ?:
	      inside_change(pn, &inside);
	if (!err) {
		event_inside(pn, PORTICO_EVENT_INSIDE_SET, &inside);
		host_flush_strays(pn);
	}
out:
	nl_unlock(pn);
	return inside_error(info, err);
}

int nl_inside_del(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct inside inside = {};
	int err;

	err = parse_name(info->attrs, &inside, info->extack);
	if (err)
		return err;
	nl_lock(pn);
	err = inside_del(pn, &inside);
	if (!err) {
		event_inside(pn, PORTICO_EVENT_INSIDE_DEL, &inside);
		host_flush_strays(pn);
	}
	nl_unlock(pn);
	return inside_error(info, err);
}

static u32 hosts_of(const struct portico_net *pn, const struct inside *inside)
{
	const struct host *host;
	u32 count = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(host, &pn->hosts.all, all)
		if (host->family == inside->family &&
		    addr_in_prefix(&host->addr, &inside->addr, inside->plen))
			count++;
	rcu_read_unlock();
	return count;
}

int nl_inside_fill(struct sk_buff *skb, const struct portico_net *pn,
		   const struct inside *inside)
{
	if (nl_put_addr(skb, PORTICO_A_INSIDE_ADDR, &inside->addr,
			inside->family) ||
	    nla_put_u8(skb, PORTICO_A_INSIDE_PREFIXLEN, inside->plen) ||
	    nla_put_u32(skb, PORTICO_A_INSIDE_MAX_PORTS, inside->max_ports) ||
	    nla_put_u32(skb, PORTICO_A_INSIDE_MAX_SESSIONS,
			inside->max_sessions) ||
	    nla_put_u32(skb, PORTICO_A_INSIDE_MAX_RATE, inside->max_rate) ||
	    nla_put_u32(skb, PORTICO_A_INSIDE_HOSTS, hosts_of(pn, inside)))
		return -EMSGSIZE;
	if (inside->uplink[0] &&
	    nla_put_string(skb, PORTICO_A_INSIDE_UPLINK, inside->uplink))
		return -EMSGSIZE;
	if (inside->quota &&
	    (nla_put_u64_64bit(skb, PORTICO_A_INSIDE_QUOTA, inside->quota,
			       PORTICO_A_INSIDE_PAD) ||
	     nla_put_u32(skb, PORTICO_A_INSIDE_QUOTA_PERIOD,
			 inside->quota_period) ||
	     nla_put_u8(skb, PORTICO_A_INSIDE_QUOTA_REFUSE,
			inside->quota_refuse)))
		return -EMSGSIZE;
	if (inside->npt &&
	    nla_put_in6_addr(skb, PORTICO_A_INSIDE_NPT, &inside->npt_prefix))
		return -EMSGSIZE;
	return 0;
}

/* The order of the set is that of its keys: resume behind the last one shown. */
struct inside_cursor {
	union nf_inet_addr addr;
	u8 family, plen, begun;
};

static u32 cursor_index(const struct inside_set *set,
			const struct inside_cursor *cursor)
{
	u32 i, next = 0;

	if (!cursor->begun)
		return 0;
	for (i = 0; i < set->count; i++) {
		if (set->at[i].plen > cursor->plen)
			next = i + 1;
		if (set->at[i].plen == cursor->plen &&
		    set->at[i].family == cursor->family &&
		    addr_equal(&set->at[i].addr, &cursor->addr))
			return i + 1;
	}
	return next;
}

int nl_inside_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	struct inside_cursor *cursor = (void *)cb->ctx;
	const struct inside_set *set;
	void *hdr;
	u32 i;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	rcu_read_lock();
	set = rcu_dereference(pn->inside.set);
	for (i = set ? cursor_index(set, cursor) : 0; set && i < set->count; i++) {
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_INSIDE_GET);
		if (!hdr)
			break;
		if (nl_inside_fill(skb, pn, &set->at[i])) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cursor->addr = set->at[i].addr;
		cursor->family = set->at[i].family;
		cursor->plen = set->at[i].plen;
		cursor->begun = 1;
	}
	rcu_read_unlock();
	return skb->len;
}
