// SPDX-License-Identifier: GPL-2.0
/* Netlink: inside prefixes. */
#include "compat.h"
#include "event.h"
#include "net.h"
#include "nl.h"

static struct netlink_range_validation rate_range = {
	.max = 1000000,
};

const struct nla_policy nl_inside_policy[PORTICO_A_INSIDE_MAX + 1] = {
	[PORTICO_A_INSIDE_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PORTICO_A_INSIDE_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[PORTICO_A_INSIDE_UPLINK] = { .type = NLA_NUL_STRING,
				      .len = IFNAMSIZ - 1 },
	[PORTICO_A_INSIDE_MAX_PORTS] = { .type = NLA_U32 },
	[PORTICO_A_INSIDE_MAX_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &rate_range),
	[PORTICO_A_INSIDE_NPT] = NLA_POLICY_EXACT_LEN(16),
};

/* Which prefix the request speaks of. */
static int inside_name(struct genl_info *info, struct inside *inside)
{
	struct nlattr *addr = info->attrs[PORTICO_A_INSIDE_ADDR];
	struct nlattr *plen = info->attrs[PORTICO_A_INSIDE_PREFIXLEN];
	int err;

	if (!addr || !plen) {
		GENL_SET_ERR_MSG(info, "which prefix? address and prefix length are needed");
		return -EINVAL;
	}
	err = nl_addr(addr, &inside->addr, &inside->family, info->extack);
	if (err)
		return err;
	inside->plen = nla_get_u8(plen);
	if (inside->plen > addr_len(inside->family) * 8) {
		NL_SET_ERR_MSG_ATTR(info->extack, plen,
				    "the prefix is longer than the address");
		return -EINVAL;
	}
	if (!addr_is_prefix(&inside->addr, inside->family, inside->plen)) {
		NL_SET_ERR_MSG_ATTR(info->extack, addr,
				    "the address has bits beyond its prefix length");
		return -EINVAL;
	}
	return 0;
}

/* What stays on its link is nobody's inside; :: stands for all of IPv6. */
static int inside_is_unicast(struct genl_info *info, const struct inside *inside)
{
	int type;

	if (inside->family == NFPROTO_IPV4)
		return 0;
	if (!IS_ENABLED(CONFIG_IPV6)) {
		GENL_SET_ERR_MSG(info, "this kernel has no IPv6");
		return -EOPNOTSUPP;
	}
	type = ipv6_addr_type(&inside->addr.in6);
	if (type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MULTICAST |
		    IPV6_ADDR_LOOPBACK | IPV6_ADDR_MAPPED)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[PORTICO_A_INSIDE_ADDR],
				    "link-local, multicast, loopback and mapped addresses are not translated");
		return -EINVAL;
	}
	return 0;
}

static int inside_settings(struct genl_info *info, struct inside *inside)
{
	struct nlattr **a = info->attrs;

	if (a[PORTICO_A_INSIDE_NPT]) {
		GENL_SET_ERR_MSG(info, "IPv6 prefixes are not exchanged by this version");
		return -EOPNOTSUPP;
	}
	if (a[PORTICO_A_INSIDE_UPLINK])
		nla_strscpy(inside->uplink, a[PORTICO_A_INSIDE_UPLINK],
			    sizeof(inside->uplink));
	if (a[PORTICO_A_INSIDE_MAX_PORTS])
		inside->max_ports = nla_get_u32(a[PORTICO_A_INSIDE_MAX_PORTS]);
	if (a[PORTICO_A_INSIDE_MAX_RATE])
		inside->max_rate = nla_get_u32(a[PORTICO_A_INSIDE_MAX_RATE]);
	return 0;
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
	struct inside inside = {};
	int err;

	err = inside_name(info, &inside) ?: inside_is_unicast(info, &inside) ?:
	      inside_settings(info, &inside);
	if (err)
		return err;
	nl_lock(pn);
	err = inside_add(pn, &inside);
	if (!err)
		event_inside(pn, PORTICO_EVENT_INSIDE_ADD, &inside);
	nl_unlock(pn);
	return inside_error(info, err);
}

int nl_inside_set(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct inside name = {}, inside;
	const struct inside *old;
	int err;

	err = inside_name(info, &name);
	if (err)
		return err;
	nl_lock(pn);
	old = inside_get(pn, &name.addr, name.family, name.plen);
	if (!old) {
		err = -ENOENT;
		goto out;
	}
	inside = *old;
	err = inside_settings(info, &inside) ?: inside_change(pn, &inside);
	if (!err)
		event_inside(pn, PORTICO_EVENT_INSIDE_SET, &inside);
out:
	nl_unlock(pn);
	return inside_error(info, err);
}

int nl_inside_del(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct inside inside = {};
	int err;

	err = inside_name(info, &inside);
	if (err)
		return err;
	nl_lock(pn);
	err = inside_del(pn, &inside.addr, inside.family, inside.plen);
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
	    nla_put_u32(skb, PORTICO_A_INSIDE_MAX_RATE, inside->max_rate) ||
	    nla_put_u32(skb, PORTICO_A_INSIDE_HOSTS, hosts_of(pn, inside)))
		return -EMSGSIZE;
	if (inside->uplink[0] &&
	    nla_put_string(skb, PORTICO_A_INSIDE_UPLINK, inside->uplink))
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
