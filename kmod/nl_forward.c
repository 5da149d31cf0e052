// SPDX-License-Identifier: GPL-2.0
/* Netlink: forwards. */
#include "compat.h"
#include "event.h"
#include "net.h"
#include "nl.h"

const struct nla_policy nl_forward_policy[PORTICO_A_FORWARD_MAX + 1] = {
	[PORTICO_A_FORWARD_PROTO] = NLA_POLICY_MIN(NLA_U8, 1),
	[PORTICO_A_FORWARD_EXTERNAL] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_FORWARD_INTERNAL] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_FORWARD_COUNT] = NLA_POLICY_MIN(NLA_U16, 1),
};

/* One side of a forward of ports, or of a whole address. */
static int parse_side(const struct nlattr *attr, struct endpoint *e,
		      struct netlink_ext_ack *extack)
{
	int err;

	if (e->proto)
		return nl_endpoint_of(attr, e->proto, e, extack);
	err = nl_endpoint(attr, e, false, extack);
	if (!err && e->port)
		return nl_refuse(extack, attr, -EINVAL,
				 "a port, but no protocol");
	return err;
}

/* Protocol and external endpoint: which forward is meant. */
static int parse_name(struct nlattr **a, struct endpoint *ex,
		      struct netlink_ext_ack *extack)
{
	int err;

	if (!a[PORTICO_A_FORWARD_EXTERNAL])
		return nl_refuse(extack, NULL, -EINVAL,
				 "the external endpoint is needed");
	/* Absent: the whole address. */
	ex->proto = a[PORTICO_A_FORWARD_PROTO] ?
		    nla_get_u8(a[PORTICO_A_FORWARD_PROTO]) : 0;
	if (ex->proto && !has_ports(ex->proto) && !is_tunnel(ex->proto))
		return nl_refuse(extack, a[PORTICO_A_FORWARD_PROTO],
				 -EPROTONOSUPPORT,
				 "a protocol with ports is needed, or GRE or ESP");
	err = parse_side(a[PORTICO_A_FORWARD_EXTERNAL], ex, extack);
	if (err)
		return err;
	if (has_ports(ex->proto) && !ex->port)
		return nl_refuse(extack, a[PORTICO_A_FORWARD_EXTERNAL], -EINVAL,
				 "the external port is 0");
	return 0;
}

/* Ports of both sides, once these are known to be of one family. */
static int parse_ports(struct nlattr **a, struct forward *f,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *count = a[PORTICO_A_FORWARD_COUNT];

	f->count = count ? nla_get_u16(count) : 1;
	if (forward_is_whole(f))
		return count ? nl_refuse(extack, count, -EINVAL,
					 "a whole address has no range of ports") : 0;
	if (f->count > 1 && is_tunnel(f->in.proto))
		return nl_refuse(extack, count, -EINVAL,
				 "GRE and ESP have no ports");
	if (has_ports(f->in.proto) && !f->in.port)
		return nl_refuse(extack, a[PORTICO_A_FORWARD_INTERNAL], -EINVAL,
				 "the internal port is 0");
	if (f->in.proto == IPPROTO_SCTP && f->in.port != f->ex.port)
		return nl_refuse(extack, a[PORTICO_A_FORWARD_INTERNAL],
				 -EPROTONOSUPPORT,
				 "the port of SCTP cannot be changed: both must be the same");
	if (ntohs(f->ex.port) + f->count - 1 > U16_MAX ||
	    ntohs(f->in.port) + f->count - 1 > U16_MAX)
		return nl_refuse(extack, count, -ERANGE,
				 "the range ends above port 65535");
	return 0;
}

int nl_forward_parse(struct nlattr **a, struct forward *f,
		     struct netlink_ext_ack *extack)
{
	int err;

	memset(f, 0, sizeof(*f));
	err = parse_name(a, &f->ex, extack);
	if (err)
		return err;
	if (!a[PORTICO_A_FORWARD_INTERNAL])
		return nl_refuse(extack, NULL, -EINVAL,
				 "the internal endpoint is needed");
	f->in.proto = f->ex.proto;
	err = parse_side(a[PORTICO_A_FORWARD_INTERNAL], &f->in, extack);
	if (err)
		return err;
	if (f->in.family != f->ex.family)
		return nl_refuse(extack, a[PORTICO_A_FORWARD_INTERNAL], -EINVAL,
				 "both endpoints must be of one family");
	return parse_ports(a, f, extack);
}

int nl_forward_inside(struct portico_net *pn, const struct inside_set *insides,
		      const struct forward *f, struct nlattr **a,
		      struct netlink_ext_ack *extack)
{
	const struct inside *inside;
	const struct ext_addr *ext;
	int err = 0;

	rcu_read_lock();
	inside = inside_set_find(insides, &f->in.addr, f->in.family);
	ext = pool_find(&pn->pool, &f->ex.addr, f->ex.family);
	if (!inside)
		err = nl_refuse(extack, a[PORTICO_A_FORWARD_INTERNAL],
				-EADDRNOTAVAIL, "not in an inside prefix");
	else if (inside->npt)
		err = nl_refuse(extack, a[PORTICO_A_FORWARD_INTERNAL],
				-EADDRNOTAVAIL,
				"its prefix is exchanged whole: its hosts are reached without a forward");
	else if (ext && !inside_leaves_by(inside, ext->uplink->name))
		err = nl_refuse(extack, a[PORTICO_A_FORWARD_EXTERNAL],
				-EADDRNOTAVAIL,
				"the internal endpoint's prefix leaves by another uplink only");
	rcu_read_unlock();
	return err;
}

int nl_forward_add(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct forward f;
	int err = nl_forward_parse(info->attrs, &f, info->extack);

	if (err)
		return err;
	nl_lock(pn);
	err = nl_forward_inside(pn, inside_set_now(pn), &f, info->attrs,
				info->extack) ?:
	      forward_add(pn, &f, false, info->extack);
	if (!err)
		event_forward(pn, PORTICO_EVENT_FORWARD_ADD, &f);
	nl_unlock(pn);
	switch (err) {
	case -EEXIST:
		if (!info->extack->_msg)
			nl_fail(info, PORTICO_A_FORWARD_EXTERNAL, err,
				"it overlaps a forward that exists");
		break;
	case -ENOSPC:
		if (!info->extack->_msg)
			nl_fail(info, 0, err, "no room for another forward");
		break;
	case -ENOMEM:
		return nl_fail(info, 0, err, "the kernel has no memory for it");
	}
	return err;
}

int nl_forward_del(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct endpoint ex = {};
	struct forward gone;
	int err = parse_name(info->attrs, &ex, info->extack);

	if (err)
		return err;
	nl_lock(pn);
	err = forward_del(pn, &ex, &gone);
	if (!err)
		event_forward(pn, PORTICO_EVENT_FORWARD_DEL, &gone);
	nl_unlock(pn);
	if (err == -ENOENT)
		return nl_fail(info, PORTICO_A_FORWARD_EXTERNAL, err,
			       "no forward begins there");
	return err;
}

static int put_address(struct sk_buff *skb, int type, const struct endpoint *e)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nl_put_addr(skb, PORTICO_A_ENDPOINT_ADDR, &e->addr, e->family))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nl_forward_fill(struct sk_buff *skb, const struct forward *f)
{
	if (forward_is_whole(f))
		return put_address(skb, PORTICO_A_FORWARD_EXTERNAL, &f->ex) ?:
		       put_address(skb, PORTICO_A_FORWARD_INTERNAL, &f->in);
	if (nla_put_u8(skb, PORTICO_A_FORWARD_PROTO, f->ex.proto) ||
	    nl_put_endpoint(skb, PORTICO_A_FORWARD_EXTERNAL,
			    f->ex.proto, &f->ex.addr, f->ex.family, f->ex.port) ||
	    nl_put_endpoint(skb, PORTICO_A_FORWARD_INTERNAL,
			    f->ex.proto, &f->in.addr, f->in.family, f->in.port) ||
	    nla_put_u16(skb, PORTICO_A_FORWARD_COUNT, f->count))
		return -EMSGSIZE;
	return 0;
}

static int fill_row(struct sk_buff *skb, struct portico_net *pn,
		    const struct forward *f)
{
	struct flow_counters sum = {};
	u32 placed = forward_read(pn, f, &sum);

	return nl_forward_fill(skb, f) ?:
	       nla_put_u32(skb, PORTICO_A_FORWARD_PLACED, placed) ?:
	       nl_put_counters(skb, PORTICO_A_FORWARD_COUNTERS, &sum);
}

/* In the order of their making: the number is the key. */
int nl_forward_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	const struct forward *f;
	void *hdr;

	mutex_lock(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all) {
		if (f->id <= cb->args[0])
			continue;
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_FORWARD_GET);
		if (!hdr)
			break;
		if (fill_row(skb, pn, f)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = f->id;
	}
	mutex_unlock(&pn->config);
	return skb->len;
}
