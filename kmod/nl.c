// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: commands, permissions, common attributes. */
#include <linux/rtnetlink.h>

#include "compat.h"
#include "net.h"
#include "nl.h"
#include "nl_port.h"
#include "nl_sock.h"

/*
 * Flow data is private and configuration is power: by default only the initial
 * user namespace's administrators may speak to the family. For containers that
 * manage their own network this can be opened when the module is loaded.
 */
static bool userns;
module_param(userns, bool, 0444);
MODULE_PARM_DESC(userns, "let administrators of user namespaces in (default: no)");

const struct nla_policy nl_endpoint_policy[PORTICO_A_ENDPOINT_MAX + 1] = {
	[PORTICO_A_ENDPOINT_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PORTICO_A_ENDPOINT_PORT] = { .type = NLA_U16 },
	[PORTICO_A_ENDPOINT_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
};

void nl_lock(struct portico_net *pn)
{
	rtnl_lock();
	mutex_lock(&pn->config);
}

void nl_unlock(struct portico_net *pn)
{
	mutex_unlock(&pn->config);
	rtnl_unlock();
}

int nl_addr(const struct nlattr *attr, union nf_inet_addr *addr, u8 *family,
	    struct netlink_ext_ack *extack)
{
	int len = nla_len(attr);

	if (len != 4 && len != 16) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an address has 4 bytes (IPv4) or 16 (IPv6)");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, nla_data(attr), len);
	*family = len == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	return 0;
}

static int endpoint_parse(const struct nlattr *attr, struct nlattr **tb,
			  struct netlink_ext_ack *extack)
{
	return nla_parse_nested(tb, PORTICO_A_ENDPOINT_MAX, attr,
				nl_endpoint_policy, extack);
}

int nl_endpoint(const struct nlattr *attr, struct endpoint *ep, bool need_port,
		struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PORTICO_A_ENDPOINT_MAX + 1];
	int err = endpoint_parse(attr, tb, extack);

	if (err)
		return err;
	if (!tb[PORTICO_A_ENDPOINT_ADDR]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the endpoint has no address");
		return -EINVAL;
	}
	if (need_port && !tb[PORTICO_A_ENDPOINT_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the endpoint has no port");
		return -EINVAL;
	}
	if (tb[PORTICO_A_ENDPOINT_PREFIXLEN]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PORTICO_A_ENDPOINT_PREFIXLEN],
				    "a prefix length belongs to filters only");
		return -EINVAL;
	}
	if (tb[PORTICO_A_ENDPOINT_PORT])
		ep->port = nla_get_be16(tb[PORTICO_A_ENDPOINT_PORT]);
	return nl_addr(tb[PORTICO_A_ENDPOINT_ADDR], &ep->addr, &ep->family,
		       extack);
}

int nl_endpoint_of(const struct nlattr *attr, u8 proto, struct endpoint *ep,
		   struct netlink_ext_ack *extack)
{
	int err = nl_endpoint(attr, ep, !is_tunnel(proto), extack);

	if (err)
		return err;
	ep->proto = proto;
	if (is_tunnel(proto) && ep->port)
		return nl_refuse(extack, attr, -EINVAL,
				 "GRE and ESP have no ports");
	return 0;
}

int nl_endpoint_filter(const struct nlattr *attr, struct endpoint_filter *f,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PORTICO_A_ENDPOINT_MAX + 1];
	int err;

	if (!attr)
		return 0;
	err = endpoint_parse(attr, tb, extack);
	if (err)
		return err;
	if (tb[PORTICO_A_ENDPOINT_PORT]) {
		f->has_port = true;
		f->port = nla_get_be16(tb[PORTICO_A_ENDPOINT_PORT]);
	}
	if (!tb[PORTICO_A_ENDPOINT_ADDR])
		return 0;
	err = nl_addr(tb[PORTICO_A_ENDPOINT_ADDR], &f->addr, &f->family, extack);
	if (err)
		return err;
	f->has_addr = true;
	f->plen = addr_len(f->family) * 8;
	if (!tb[PORTICO_A_ENDPOINT_PREFIXLEN])
		return 0;
	if (nla_get_u8(tb[PORTICO_A_ENDPOINT_PREFIXLEN]) > f->plen) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PORTICO_A_ENDPOINT_PREFIXLEN],
				    "the prefix is longer than the address");
		return -EINVAL;
	}
	f->plen = nla_get_u8(tb[PORTICO_A_ENDPOINT_PREFIXLEN]);
	return 0;
}

bool nl_endpoint_match(const struct endpoint_filter *f,
		       const union nf_inet_addr *addr, u8 family, __be16 port)
{
	if (f->has_port && f->port != port)
		return false;
	return !f->has_addr || (f->family == family &&
				addr_in_prefix(addr, &f->addr, f->plen));
}

int nl_put_addr(struct sk_buff *skb, int type, const union nf_inet_addr *addr,
		u8 family)
{
	return nla_put(skb, type, addr_len(family), addr);
}

int nl_put_endpoint(struct sk_buff *skb, int type, u8 proto,
		    const union nf_inet_addr *addr, u8 family, __be16 port)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || nl_put_addr(skb, PORTICO_A_ENDPOINT_ADDR, addr, family) ||
	    (!is_tunnel(proto) &&
	     nla_put_be16(skb, PORTICO_A_ENDPOINT_PORT, port)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nl_put_counters(struct sk_buff *skb, int type, const struct flow_counters *c)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_OUT_PACKETS,
			      c->packets[DIR_OUT], PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_OUT_BYTES,
			      c->bytes[DIR_OUT], PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_IN_PACKETS,
			      c->packets[DIR_IN], PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_IN_BYTES,
			      c->bytes[DIR_IN], PORTICO_A_COUNTERS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

struct sk_buff *nl_reply_new(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &portico_family, 0, cmd);
	if (*hdr)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

#define DO(_cmd, _fn, _policy, _max) {					\
	.cmd = PORTICO_CMD_##_cmd, .doit = _fn,				\
	.policy = _policy, .maxattr = _max,				\
}

#define WALK(_cmd, _name, _policy, _max) {				\
	.cmd = PORTICO_CMD_##_cmd, .start = _name##_start,		\
	.dumpit = _name##_dumpit, .done = _name##_done,			\
	.policy = _policy, .maxattr = _max,				\
}

#define DUMP(_cmd, _fn, _policy, _max) {				\
	.cmd = PORTICO_CMD_##_cmd, .dumpit = _fn,			\
	.policy = _policy, .maxattr = _max,				\
}

static struct genl_ops nl_ops[] = {
	DO(STATUS_GET, nl_status_get, NULL, 0),
	DO(UPLINK_ADD, nl_uplink_add, nl_uplink_policy, PORTICO_A_UPLINK_MAX),
	DO(UPLINK_SET, nl_uplink_set, nl_uplink_policy, PORTICO_A_UPLINK_MAX),
	DO(UPLINK_DEL, nl_uplink_del, nl_uplink_policy, PORTICO_A_UPLINK_MAX),
	DUMP(UPLINK_GET, nl_uplink_dump, nl_uplink_policy, PORTICO_A_UPLINK_MAX),
	DO(INSIDE_ADD, nl_inside_add, nl_inside_policy, PORTICO_A_INSIDE_MAX),
	DO(INSIDE_SET, nl_inside_set, nl_inside_policy, PORTICO_A_INSIDE_MAX),
	DO(INSIDE_DEL, nl_inside_del, nl_inside_policy, PORTICO_A_INSIDE_MAX),
	DUMP(INSIDE_GET, nl_inside_dump, nl_inside_policy, PORTICO_A_INSIDE_MAX),
	DO(FORWARD_ADD, nl_forward_add, nl_forward_policy, PORTICO_A_FORWARD_MAX),
	DO(FORWARD_DEL, nl_forward_del, nl_forward_policy, PORTICO_A_FORWARD_MAX),
	DUMP(FORWARD_GET, nl_forward_dump, nl_forward_policy,
	     PORTICO_A_FORWARD_MAX),
	DO(MAPPING_ADD, nl_mapping_add, nl_mapping_policy, PORTICO_A_MAPPING_MAX),
	DO(MAPPING_DEL, nl_mapping_del, nl_mapping_policy, PORTICO_A_MAPPING_MAX),
	DUMP(MAPPING_GET, nl_mapping_dump, nl_mapping_policy,
	     PORTICO_A_MAPPING_MAX),
	DUMP(SESSION_GET, nl_session_dump, nl_mapping_policy,
	     PORTICO_A_MAPPING_MAX),
	DO(SESSION_FLUSH, nl_session_flush, nl_mapping_policy,
	   PORTICO_A_MAPPING_MAX),
	WALK(HOST_GET, nl_host_get, nl_host_policy, PORTICO_A_HOST_MAX),
	WALK(SOCKET_GET, nl_socket_get, nl_socket_policy,
	     PORTICO_A_SOCKET_MAX),
	WALK(PORT_GET, nl_port_get, nl_port_policy, PORTICO_A_PORT_MAX),
	WALK(REASON_GET, nl_reason_get, NULL, 0),
	DUMP(AUDIT_GET, nl_audit_dump, NULL, 0),
	DO(APPLY, nl_apply, nl_apply_policy, PORTICO_A_APPLY_MAX),
	DO(SET, nl_set, nl_status_policy, PORTICO_A_STATUS_MAX),
	{
		.cmd = PORTICO_CMD_RESET, .doit = nl_reset,
		.start = nl_reset_start, .dumpit = nl_reason_get_dumpit,
		.done = nl_reason_get_done,
	},
	DO(ACCOUNT_ADD, nl_account_add, nl_account_policy, PORTICO_A_ACCOUNT_MAX),
	DO(ACCOUNT_DEL, nl_account_del, nl_account_policy, PORTICO_A_ACCOUNT_MAX),
	DUMP(ACCOUNT_GET, nl_account_dump, NULL, 0),
	DO(ACCOUNT_RESET, nl_account_reset, nl_account_policy, PORTICO_A_ACCOUNT_MAX),
	DUMP(BLOCK_GET, nl_block_dump, nl_block_policy, PORTICO_A_BLOCK_MAX),
};

static const struct genl_multicast_group nl_groups[] = {
	{ .name = PORTICO_GENL_MCGRP, .flags = GENL_UNS_ADMIN_PERM },
};

/* No module alias: looking the name up must not load the module. */
struct genl_family portico_family __ro_after_init = {
	.name		= PORTICO_GENL_NAME,
	.version	= PORTICO_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= nl_ops,
	.n_ops		= ARRAY_SIZE(nl_ops),
	.resv_start_op	= PORTICO_CMD_UNSPEC + 1,
	.mcgrps		= nl_groups,
	.n_mcgrps	= ARRAY_SIZE(nl_groups),
};

int __init nl_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(nl_ops); i++)
		nl_ops[i].flags = userns ? GENL_UNS_ADMIN_PERM :
					   GENL_ADMIN_PERM;
	return genl_register_family(&portico_family);
}

void nl_exit(void)
{
	genl_unregister_family(&portico_family);
}
