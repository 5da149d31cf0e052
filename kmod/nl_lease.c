// SPDX-License-Identifier: GPL-2.0
/* Netlink: leases of mappings and sessions. */
#include "compat.h"
#include "lease.h"
#include "net.h"
#include "nl.h"

static int refused(struct genl_info *info, int err)
{
	switch (err) {
	case -EBUSY:
		return nl_fail(info, PORTICO_A_MAPPING_EXTERNAL, err,
			       "this external endpoint cannot be given");
	case -EEXIST:
		return nl_fail(info, PORTICO_A_MAPPING_EXTERNAL, err,
			       "the mapping exists with another external endpoint");
	case -EACCES:
		return nl_fail(info, PORTICO_A_MAPPING_NONCE, err,
			       "static, or leased with another nonce");
	case -EADDRNOTAVAIL:
		return nl_fail(info, PORTICO_A_MAPPING_INTERNAL, err,
			       "not in an inside prefix whose hosts have mappings");
	case -ENETDOWN:
		return nl_fail(info, 0, err,
			       "no uplink with an external address for it");
	case -EDQUOT:
		return nl_fail(info, PORTICO_A_MAPPING_INTERNAL, err,
			       "the host may have no more mappings now");
	case -ENOSPC:
		return nl_fail(info, 0, err, "a table is full, or no port is free");
	case -ENOMEM:
		return nl_fail(info, 0, err, "the kernel has no memory for it");
	case -ENOENT:
		return nl_fail(info, PORTICO_A_MAPPING_INTERNAL, err,
			       "this internal endpoint has no lease");
	}
	return err;
}

/* EXTERNAL may have an address, a port or both. */
static int external_parse(struct genl_info *info, struct lease_want *want)
{
	const struct nlattr *attr = info->attrs[PORTICO_A_MAPPING_EXTERNAL];
	struct endpoint_filter f = {};
	int err;

	if (!attr)
		return 0;
	err = nl_endpoint_filter(attr, &f, info->extack);
	if (err)
		return err;
	if (f.has_addr && (f.family != want->in.family ||
			   f.plen != addr_len(f.family) * 8))
		return nl_fail(info, PORTICO_A_MAPPING_EXTERNAL, -EINVAL,
			       "one address of the internal endpoint's family is meant");
	want->ex_addr = f.has_addr;
	want->ex.addr = f.addr;
	want->ex_port = f.has_port;
	want->ex.port = f.port;
	return 0;
}

static int remote_parse(struct genl_info *info, struct lease_want *want)
{
	const struct nlattr *attr = info->attrs[PORTICO_A_MAPPING_REMOTE];
	int err;

	if (!attr)
		return 0;
	want->peer = true;
	err = nl_endpoint(attr, &want->remote, true, info->extack);
	if (err)
		return err;
	if (want->remote.family != want->in.family)
		return nl_fail(info, PORTICO_A_MAPPING_REMOTE, -EINVAL,
			       "both endpoints must be of one family");
	if (!want->remote.port)
		return nl_fail(info, PORTICO_A_MAPPING_REMOTE, -EINVAL,
			       "a remote has a port");
	if (!want->seconds)
		return nl_fail(info, PORTICO_A_MAPPING_LIFETIME, -EINVAL,
			       "the lease of a session cannot be ended");
	return 0;
}

static int lease_parse(struct genl_info *info, struct lease_want *want)
{
	struct nlattr **a = info->attrs;
	int err;

	want->seconds = nla_get_u32(a[PORTICO_A_MAPPING_LIFETIME]);
	if (want->seconds > PORTICO_TIMEOUT_MAX)
		return nl_fail(info, PORTICO_A_MAPPING_LIFETIME, -ERANGE,
			       "a lease lasts a week at most");
	if (!a[PORTICO_A_MAPPING_INTERNAL])
		return nl_fail(info, 0, -EINVAL, "the internal endpoint is needed");
	err = nl_endpoint(a[PORTICO_A_MAPPING_INTERNAL], &want->in, true,
			  info->extack);
	if (err)
		return err;
	if (a[PORTICO_A_MAPPING_PROTO])
		want->in.proto = nla_get_u8(a[PORTICO_A_MAPPING_PROTO]);
	want->all = !want->seconds && !want->in.port;
	if (!want->in.port && !want->all)
		return nl_fail(info, PORTICO_A_MAPPING_INTERNAL, -EINVAL,
			       "port 0 stands for all ports, and only to end leases");
	if (!want->all && !has_ports(want->in.proto))
		return nl_fail(info, PORTICO_A_MAPPING_PROTO, -EPROTONOSUPPORT,
			       "a protocol with ports is needed");
	if (a[PORTICO_A_MAPPING_NONCE])
		memcpy(want->nonce, nla_data(a[PORTICO_A_MAPPING_NONCE]),
		       LEASE_NONCE);
	return external_parse(info, want) ?: remote_parse(info, want);
}

/* Where to, and whether at all; RCU read side. */
static int lease_route(struct portico_net *pn, struct genl_info *info,
		       struct lease_want *want)
{
	const struct nlattr *name = info->attrs[PORTICO_A_MAPPING_UPLINK];

	want->inside = inside_find(pn, &want->in.addr, want->in.family);
	if (!want->inside || want->inside->npt)
		return -EADDRNOTAVAIL;
	want->uplink = lease_uplink(pn, want);
	if (!want->uplink || (name && nla_strcmp(name, want->uplink->name)))
		return -ENETDOWN;
	return 0;
}

static int lease_do(struct portico_net *pn, struct genl_info *info,
		    struct lease_want *want, struct sk_buff *msg)
{
	struct mapping *m = NULL;
	int err;

	rcu_read_lock();
	err = want->all ? 0 : lease_route(pn, info, want);
	if (!err) {
		spin_lock_bh(&pn->mappings.lock);
		if (want->all)
			err = nla_put_u32(msg, PORTICO_A_MAPPING_COUNT,
					  lease_end_all(pn, want));
		else if (want->seconds)
			err = lease_give(pn, want, &m);
		else
			err = lease_end(pn, want, &m);
		if (!err && m)
			err = nl_mapping_fill(msg, pn, m);
		spin_unlock_bh(&pn->mappings.lock);
	}
	rcu_read_unlock();
	return err;
}

int nl_lease(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct lease_want want = {};
	struct sk_buff *msg;
	void *hdr;
	int err;

	BUILD_BUG_ON(LEASE_NONCE != PORTICO_NONCE_LEN);
	err = lease_parse(info, &want);
	if (err)
		return err;
	msg = nl_reply_new(info, PORTICO_CMD_MAPPING_ADD, &hdr);
	if (!msg)
		return -ENOMEM;
	err = lease_do(pn, info, &want, msg);
	if (err) {
		nlmsg_free(msg);
		return refused(info, err);
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}
