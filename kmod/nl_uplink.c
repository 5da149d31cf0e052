// SPDX-License-Identifier: GPL-2.0
/* Netlink: uplinks. */
#include <linux/icmp.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "block.h"
#include "compat.h"
#include "event.h"
#include "exempt.h"
#include "fast.h"
#include "mss.h"
#include "net.h"
#include "nl.h"

static struct netlink_range_validation timeout_range = {
	.min = PORTICO_TIMEOUT_MIN, .max = PORTICO_TIMEOUT_MAX,
};

static struct netlink_range_validation hold_range = {
	.max = PORTICO_TIMEOUT_MAX,
};

#define TIMEOUT NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_range)

static const struct nla_policy timeouts_policy[PORTICO_A_TIMEOUTS_MAX + 1] = {
	[PORTICO_A_TIMEOUTS_UDP] = TIMEOUT,
	[PORTICO_A_TIMEOUTS_TCP_OPENING] = TIMEOUT,
	[PORTICO_A_TIMEOUTS_TCP_ESTABLISHED] = TIMEOUT,
	[PORTICO_A_TIMEOUTS_TCP_CLOSING] = TIMEOUT,
	[PORTICO_A_TIMEOUTS_ICMP] = TIMEOUT,
	[PORTICO_A_TIMEOUTS_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[PORTICO_A_TIMEOUTS_OTHER] = TIMEOUT,
};

static const struct nla_policy range_policy[PORTICO_A_RANGE_MAX + 1] = {
	[PORTICO_A_RANGE_FIRST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PORTICO_A_RANGE_LAST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

#define FILTERING NLA_POLICY_MAX(NLA_U8, __PORTICO_FILTERING_MAX - 1)
#define SWITCH NLA_POLICY_MAX(NLA_U8, 1)

const struct nla_policy nl_uplink_policy[PORTICO_A_UPLINK_MAX + 1] = {
	[PORTICO_A_UPLINK_IFNAME] = { .type = NLA_NUL_STRING,
				      .len = IFNAMSIZ - 1 },
	[PORTICO_A_UPLINK_RANGE] = NLA_POLICY_NESTED(range_policy),
	[PORTICO_A_UPLINK_FOLLOW] = { .type = NLA_FLAG },
	[PORTICO_A_UPLINK_PORT_MIN] = { .type = NLA_U16 },
	[PORTICO_A_UPLINK_PORT_MAX] = { .type = NLA_U16 },
	[PORTICO_A_UPLINK_FILTERING] = FILTERING,
	[PORTICO_A_UPLINK_FILTERING_TCP] = FILTERING,
	[PORTICO_A_UPLINK_FILTERING_UDP] = FILTERING,
	[PORTICO_A_UPLINK_FASTPATH] = SWITCH,
	[PORTICO_A_UPLINK_HAIRPIN] = SWITCH,
	[PORTICO_A_UPLINK_TIMEOUTS] = NLA_POLICY_NESTED(timeouts_policy),
	[PORTICO_A_UPLINK_REFRESH_INBOUND] = SWITCH,
	[PORTICO_A_UPLINK_MSS] = { .type = NLA_U16 },
	[PORTICO_A_UPLINK_ICMP_CODE] = { .type = NLA_U8 },
	[PORTICO_A_UPLINK_SYN_ANSWER] = SWITCH,
	[PORTICO_A_UPLINK_EXEMPT] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_UPLINK_ADDRESS_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[PORTICO_A_UPLINK_BLOCK] = { .type = NLA_U16 },
	[PORTICO_A_UPLINK_MAX_BLOCKS] = NLA_POLICY_RANGE(NLA_U8, 1, BLOCKS_MAX),
	[PORTICO_A_UPLINK_DETERMINISTIC] = SWITCH,
	[PORTICO_A_UPLINK_MIGRATE] = SWITCH,
};

static void u32_into(u32 *value, const struct nlattr *attr)
{
	if (attr)
		*value = nla_get_u32(attr);
}

static int parse_timeouts(const struct nlattr *attr, struct uplink_timeouts *t,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PORTICO_A_TIMEOUTS_MAX + 1];
	int err;

	if (!attr)
		return 0;
	err = nla_parse_nested(tb, PORTICO_A_TIMEOUTS_MAX, attr,
			       timeouts_policy, extack);
	if (err)
		return err;
	u32_into(&t->udp, tb[PORTICO_A_TIMEOUTS_UDP]);
	u32_into(&t->tcp_opening, tb[PORTICO_A_TIMEOUTS_TCP_OPENING]);
	u32_into(&t->tcp_established, tb[PORTICO_A_TIMEOUTS_TCP_ESTABLISHED]);
	u32_into(&t->tcp_closing, tb[PORTICO_A_TIMEOUTS_TCP_CLOSING]);
	u32_into(&t->icmp, tb[PORTICO_A_TIMEOUTS_ICMP]);
	u32_into(&t->hold, tb[PORTICO_A_TIMEOUTS_HOLD]);
	u32_into(&t->other, tb[PORTICO_A_TIMEOUTS_OTHER]);
	return 0;
}

/* How many addresses, or -1 when last comes before first. */
static s64 range_size(const struct addr_range *range)
{
	u64 first, last;
	int i;

	if (range->family == NFPROTO_IPV4)
		return (s64)ntohl(range->last.ip) - ntohl(range->first.ip) + 1;
	for (i = 0; i < 8; i++)
		if (range->first.in6.s6_addr[i] != range->last.in6.s6_addr[i])
			return range->first.in6.s6_addr[i] <
			       range->last.in6.s6_addr[i] ? S64_MAX : -1;
	memcpy(&first, &range->first.in6.s6_addr[8], sizeof(first));
	memcpy(&last, &range->last.in6.s6_addr[8], sizeof(last));
	first = be64_to_cpu((__force __be64)first);
	last = be64_to_cpu((__force __be64)last);
	if (last < first)
		return -1;
	return last - first >= PORTICO_MAX_POOL ? S64_MAX : last - first + 1;
}

static bool range_is_unicast(const struct addr_range *range)
{
	if (range->family == NFPROTO_IPV4)
		return !ipv4_is_multicast(range->first.ip) &&
		       !ipv4_is_multicast(range->last.ip) &&
		       !ipv4_is_zeronet(range->first.ip) &&
		       !ipv4_is_loopback(range->first.ip) &&
		       !ipv4_is_loopback(range->last.ip) &&
		       ntohl(range->last.ip) < 0xf0000000;
	return ipv6_addr_type(&range->first.in6) & IPV6_ADDR_UNICAST &&
	       ipv6_addr_type(&range->last.in6) & IPV6_ADDR_UNICAST &&
	       !(ipv6_addr_type(&range->first.in6) & IPV6_ADDR_LOOPBACK);
}

static int parse_range(const struct nlattr *attr, struct addr_range *range,
		       u32 *total, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PORTICO_A_RANGE_MAX + 1];
	u8 last_family;
	s64 size;
	int err;

	err = nla_parse_nested(tb, PORTICO_A_RANGE_MAX, attr, range_policy,
			       extack);
	if (err)
		return err;
	if (!tb[PORTICO_A_RANGE_FIRST] || !tb[PORTICO_A_RANGE_LAST]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a range needs its first and its last address");
		return -EINVAL;
	}
	err = nl_addr(tb[PORTICO_A_RANGE_FIRST], &range->first, &range->family,
		      extack) ?:
	      nl_addr(tb[PORTICO_A_RANGE_LAST], &range->last, &last_family,
		      extack);
	if (err)
		return err;
	if (range->family != last_family) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PORTICO_A_RANGE_LAST],
				    "first and last are of different families");
		return -EINVAL;
	}
	size = range_size(range);
	if (size < 1) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PORTICO_A_RANGE_LAST],
				    "the last address comes before the first");
		return -EINVAL;
	}
	if (!range_is_unicast(range)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "not addresses that a host can have");
		return -EINVAL;
	}
	if (size + *total > PORTICO_MAX_POOL) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an uplink has 4096 external addresses at most");
		return -E2BIG;
	}
	*total += size;
	return 0;
}

/* All RANGE attributes among those at @head; config->ranges is then new. */
static int parse_ranges(const struct nlattr *head, int len,
			struct uplink_config *config,
			struct netlink_ext_ack *extack)
{
	struct addr_range *ranges;
	const struct nlattr *attr;
	u32 count = 0, total = 0;
	int err, rem;

	ranges = kcalloc(PORTICO_MAX_RANGES, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return -ENOMEM;
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != PORTICO_A_UPLINK_RANGE)
			continue;
		err = -E2BIG;
		if (count == PORTICO_MAX_RANGES) {
			nl_refuse(extack, attr, err,
				  "an uplink has 64 ranges at most");
			goto free;
		}
		err = parse_range(attr, &ranges[count], &total, extack);
		if (err)
			goto free;
		count++;
	}
	config->ranges = ranges;
	config->nranges = count;
	return 0;

free:
	kfree(ranges);
	return err;
}

/* A prefix, a port or both; nothing at all in the one that says none. */
static int parse_exempt(const struct nlattr *attr, struct exempt_set *set,
			struct netlink_ext_ack *extack)
{
	struct exempt *e = &set->at[set->count];
	struct endpoint_filter f = {};
	int err = nl_endpoint_filter(attr, &f, extack);

	if (err || (!f.has_addr && !f.has_port))
		return err;
	if (f.has_port && !f.port)
		return nl_refuse(extack, attr, -EINVAL,
				 "port 0 is nobody's destination");
	if (f.has_addr && !addr_is_prefix(&f.addr, f.family, f.plen))
		return nl_refuse(extack, attr, -EINVAL,
				 "the address has bits beyond its prefix length");
	if (f.has_addr && f.has_port && f.plen != addr_len(f.family) * 8)
		return nl_refuse(extack, attr, -EINVAL,
				 "either a port or a prefix, not both");
	e->addr = f.addr;
	e->family = f.family;
	e->plen = f.plen;
	e->port = f.port;
	set->count++;
	return 0;
}

/* All EXEMPT attributes among those at @head; config->exempt is then new. */
static int parse_exempts(const struct nlattr *head, int len,
			 struct uplink_config *config,
			 struct netlink_ext_ack *extack)
{
	struct exempt_set *set;
	const struct nlattr *attr;
	int err = 0, rem;

	set = kzalloc(struct_size(set, at, PORTICO_MAX_EXEMPT),
		      GFP_KERNEL_ACCOUNT);
	if (!set)
		return -ENOMEM;
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != PORTICO_A_UPLINK_EXEMPT)
			continue;
		if (set->count == PORTICO_MAX_EXEMPT)
			err = nl_refuse(extack, attr, -E2BIG,
					"an uplink has 64 exempt destinations at most");
		else
			err = parse_exempt(attr, set, extack);
		if (err)
			break;
	}
	config->exempt = set->count && !err ? set : NULL;
	if (!config->exempt)
		kfree(set);
	return err;
}

static void parse_filtering(struct nlattr **a, struct uplink_config *config)
{
	int i;

	if (a[PORTICO_A_UPLINK_FILTERING])
		for (i = 0; i < __FILTER_CLASSES; i++)
			config->filtering[i] =
				nla_get_u8(a[PORTICO_A_UPLINK_FILTERING]);
	if (a[PORTICO_A_UPLINK_FILTERING_TCP])
		config->filtering[FILTER_TCP] =
			nla_get_u8(a[PORTICO_A_UPLINK_FILTERING_TCP]);
	if (a[PORTICO_A_UPLINK_FILTERING_UDP])
		config->filtering[FILTER_UDP] =
			nla_get_u8(a[PORTICO_A_UPLINK_FILTERING_UDP]);
}

static int parse_ports(struct nlattr **a, struct uplink_config *config,
		       struct netlink_ext_ack *extack)
{
	if (a[PORTICO_A_UPLINK_PORT_MIN])
		config->port_min = nla_get_u16(a[PORTICO_A_UPLINK_PORT_MIN]);
	if (a[PORTICO_A_UPLINK_PORT_MAX])
		config->port_max = nla_get_u16(a[PORTICO_A_UPLINK_PORT_MAX]);
	if (config->port_min > config->port_max)
		return nl_refuse(extack, NULL, -EINVAL,
				 "the port range ends before it begins");
	if (config->port_max < 1024)
		return nl_refuse(extack, NULL, -EINVAL,
				 "the port range must reach above 1023");
	return 0;
}

static void bool_into(bool *value, const struct nlattr *attr)
{
	if (attr)
		*value = nla_get_u8(attr);
}

/* After the range, in which at least one block must find its place. */
static int parse_block(struct nlattr **a, struct uplink_config *config,
		       struct netlink_ext_ack *extack)
{
	u32 size, first;

	if (a[PORTICO_A_UPLINK_MAX_BLOCKS])
		config->max_blocks = nla_get_u8(a[PORTICO_A_UPLINK_MAX_BLOCKS]);
	if (a[PORTICO_A_UPLINK_BLOCK])
		config->block = nla_get_u16(a[PORTICO_A_UPLINK_BLOCK]);
	bool_into(&config->deterministic, a[PORTICO_A_UPLINK_DETERMINISTIC]);
	size = config->block;
	if (!size && config->deterministic)
		return nl_refuse(extack, a[PORTICO_A_UPLINK_DETERMINISTIC] ?:
				 a[PORTICO_A_UPLINK_BLOCK], -EINVAL,
				 "deterministic ports need the size of a block");
	if (!size)
		return 0;
	if (size < BLOCK_MIN || size > BLOCK_MAX || !is_power_of_2(size))
		return nl_refuse(extack, a[PORTICO_A_UPLINK_BLOCK], -EINVAL,
				 "a block is 64 to 8192 ports, a power of two; 0 is none");
	first = round_up(max_t(u32, config->port_min, 1024), size);
	if (first + size - 1 > config->port_max)
		return nl_refuse(extack, a[PORTICO_A_UPLINK_BLOCK], -EINVAL,
				 "no block of this size lies whole in the port range");
	return 0;
}

static int parse_words(struct nlattr **a, struct uplink_config *config,
		       struct netlink_ext_ack *extack)
{
	parse_filtering(a, config);
	bool_into(&config->fastpath, a[PORTICO_A_UPLINK_FASTPATH]);
	bool_into(&config->hairpin, a[PORTICO_A_UPLINK_HAIRPIN]);
	bool_into(&config->refresh_inbound, a[PORTICO_A_UPLINK_REFRESH_INBOUND]);
	bool_into(&config->syn_answer, a[PORTICO_A_UPLINK_SYN_ANSWER]);
	bool_into(&config->migrate, a[PORTICO_A_UPLINK_MIGRATE]);
	if (a[PORTICO_A_UPLINK_ADDRESS_HOLD])
		config->address_hold = nla_get_u32(a[PORTICO_A_UPLINK_ADDRESS_HOLD]);
	if (a[PORTICO_A_UPLINK_MSS])
		config->mss = nla_get_u16(a[PORTICO_A_UPLINK_MSS]);
	if (config->mss > MSS_PATH && config->mss < MSS_MIN)
		return nl_refuse(extack, a[PORTICO_A_UPLINK_MSS], -EINVAL,
				 "a segment size is 64 or more; 0 is off, 1 the path's");
	if (a[PORTICO_A_UPLINK_ICMP_CODE])
		config->icmp_code = nla_get_u8(a[PORTICO_A_UPLINK_ICMP_CODE]);
	if (config->icmp_code > NR_ICMP_UNREACH && config->icmp_code != U8_MAX)
		return nl_refuse(extack, a[PORTICO_A_UPLINK_ICMP_CODE], -EINVAL,
				 "ICMP unreachable codes are 0 to 15; 255 is none");
	return 0;
}

int nl_uplink_parse(struct nlattr **a, const struct nlattr *head, int len,
		    struct uplink_config *config,
		    struct netlink_ext_ack *extack)
{
	int err = parse_words(a, config, extack) ?:
		  parse_ports(a, config, extack) ?:
		  parse_block(a, config, extack) ?:
		  parse_timeouts(a[PORTICO_A_UPLINK_TIMEOUTS],
				 &config->timeouts, extack);

	if (!err && a[PORTICO_A_UPLINK_RANGE] && a[PORTICO_A_UPLINK_FOLLOW])
		err = nl_refuse(extack, NULL, -EINVAL,
				"either addresses or follow, not both");
	if (!err && a[PORTICO_A_UPLINK_RANGE])
		err = parse_ranges(head, len, config, extack);
	if (!err && a[PORTICO_A_UPLINK_EXEMPT])
		err = parse_exempts(head, len, config, extack);
	return err;
}

static int parse_config(struct genl_info *info, struct uplink_config *config)
{
	return nl_uplink_parse(info->attrs,
			       nlmsg_attrdata(info->nlhdr, GENL_HDRLEN),
			       nlmsg_attrlen(info->nlhdr, GENL_HDRLEN), config,
			       info->extack);
}

const char *nl_uplink_name(struct nlattr **a, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = a[PORTICO_A_UPLINK_IFNAME];

	if (!attr || !nla_len(attr) || !*(const char *)nla_data(attr)) {
		extack->_msg = "which uplink? an interface name is needed";
		return NULL;
	}
	if (!dev_valid_name(nla_data(attr))) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "not a name that an interface can have");
		return NULL;
	}
	return nla_data(attr);
}

static int uplink_error(struct genl_info *info, int err)
{
	switch (err) {
	case -EEXIST:
		GENL_SET_ERR_MSG(info, "this interface is an uplink already");
		break;
	case -ENOENT:
		GENL_SET_ERR_MSG(info, "no such uplink");
		break;
	case -ENOSPC:
		GENL_SET_ERR_MSG(info, "no room for another uplink");
		break;
	case -ENOMEM:
		GENL_SET_ERR_MSG(info, "the kernel has no memory for it");
		break;
	}
	return err;
}

int nl_uplink_add(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	const char *name = nl_uplink_name(info->attrs, info->extack);
	struct uplink_config config;
	int err;

	if (!name)
		return -EINVAL;
	uplink_defaults(&config);
	err = parse_config(info, &config);
	if (!err) {
		nl_lock(pn);
		err = uplink_add(pn, name, &config);
		if (!err)
			event_uplink(pn, PORTICO_EVENT_UPLINK_ADD,
				     uplink_by_name(pn, name));
		nl_unlock(pn);
	}
	uplink_config_free(&config, NULL);
	return uplink_error(info, err);
}

int nl_uplink_set(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	const char *name = nl_uplink_name(info->attrs, info->extack);
	struct uplink_config config;
	struct uplink *uplink;
	int err = -ENOENT;

	if (!name)
		return -EINVAL;
	nl_lock(pn);
	uplink = uplink_by_name(pn, name);
	if (!uplink)
		goto out;
	config = uplink->config;
	if (info->attrs[PORTICO_A_UPLINK_FOLLOW]) {
		config.ranges = NULL;
		config.nranges = 0;
	}
	err = parse_config(info, &config);
	if (err) {
		uplink_config_free(&config, &uplink->config);
		goto out;
	}
	err = uplink_set(pn, uplink, &config);
	if (!err)
		event_uplink(pn, PORTICO_EVENT_UPLINK_SET, uplink);
out:
	nl_unlock(pn);
	return uplink_error(info, err);
}

int nl_uplink_del(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	const char *name = nl_uplink_name(info->attrs, info->extack);
	struct uplink *uplink;
	int err = -ENOENT;

	if (!name)
		return -EINVAL;
	nl_lock(pn);
	uplink = uplink_by_name(pn, name);
	if (uplink) {
		event_uplink(pn, PORTICO_EVENT_UPLINK_DEL, uplink);
		uplink_del(pn, uplink);
		fast_refresh(pn);
		err = 0;
	}
	nl_unlock(pn);
	return uplink_error(info, err);
}
