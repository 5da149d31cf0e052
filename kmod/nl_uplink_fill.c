// SPDX-License-Identifier: GPL-2.0
/* Netlink: uplinks as they are shown. */
#include "compat.h"
#include "exempt.h"
#include "net.h"
#include "nl.h"

static int fill_timeouts(struct sk_buff *skb, const struct uplink_timeouts *t)
{
	struct nlattr *nest = nla_nest_start(skb, PORTICO_A_UPLINK_TIMEOUTS);

	if (!nest ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_UDP, t->udp) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_TCP_OPENING, t->tcp_opening) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_TCP_ESTABLISHED,
			t->tcp_established) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_TCP_CLOSING, t->tcp_closing) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_ICMP, t->icmp) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_HOLD, t->hold) ||
	    nla_put_u32(skb, PORTICO_A_TIMEOUTS_OTHER, t->other))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_ranges(struct sk_buff *skb, const struct uplink_config *config)
{
	const struct addr_range *range;
	struct nlattr *nest;
	u32 i;

	for (i = 0; i < config->nranges; i++) {
		range = &config->ranges[i];
		nest = nla_nest_start(skb, PORTICO_A_UPLINK_RANGE);
		if (!nest ||
		    nl_put_addr(skb, PORTICO_A_RANGE_FIRST, &range->first,
				range->family) ||
		    nl_put_addr(skb, PORTICO_A_RANGE_LAST, &range->last,
				range->family))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fill_exempt(struct sk_buff *skb, const struct exempt_set *set)
{
	const struct exempt *e;
	struct nlattr *nest;
	u32 i;

	for (i = 0; set && i < set->count; i++) {
		e = &set->at[i];
		nest = nla_nest_start(skb, PORTICO_A_UPLINK_EXEMPT);
		if (!nest ||
		    (e->family && (nl_put_addr(skb, PORTICO_A_ENDPOINT_ADDR,
					       &e->addr, e->family) ||
				   nla_put_u8(skb, PORTICO_A_ENDPOINT_PREFIXLEN,
					      e->plen))) ||
		    (e->port && nla_put_be16(skb, PORTICO_A_ENDPOINT_PORT,
					     e->port)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* The addresses in use, the first of them, and how many mappings they carry. */
static int fill_addresses(struct sk_buff *skb, const struct uplink *uplink)
{
	const struct ext_set *set = rcu_dereference_check(uplink->exts, 1);
	u32 i, space, mappings = 0;

	for (i = 0; set && i < set->count; i++) {
		for (space = 0; space < __EXT_SPACES; space++)
			if (set->at[i]->spaces[space])
				mappings += READ_ONCE(set->at[i]->spaces[space]->owned);
		if (i < 16 && !set->at[i]->away &&
		    nl_put_addr(skb, PORTICO_A_UPLINK_ADDRESS,
				&set->at[i]->addr, set->at[i]->family))
			return -EMSGSIZE;
	}
	return nla_put_u32(skb, PORTICO_A_UPLINK_MAPPINGS, mappings);
}

int nl_uplink_fill(struct sk_buff *skb, const struct uplink *uplink)
{
	const struct uplink_config *c = &uplink->config;
	struct flow_counters sum;

	if (nla_put_string(skb, PORTICO_A_UPLINK_IFNAME, uplink->name) ||
	    nla_put_u32(skb, PORTICO_A_UPLINK_IFINDEX, uplink->ifindex) ||
	    fill_ranges(skb, c) || fill_exempt(skb, c->exempt) ||
	    fill_addresses(skb, uplink) ||
	    nla_put_u16(skb, PORTICO_A_UPLINK_PORT_MIN, c->port_min) ||
	    nla_put_u16(skb, PORTICO_A_UPLINK_PORT_MAX, c->port_max) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_FILTERING,
		       c->filtering[FILTER_OTHER]) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_FILTERING_TCP,
		       c->filtering[FILTER_TCP]) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_FILTERING_UDP,
		       c->filtering[FILTER_UDP]) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_FASTPATH, c->fastpath) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_HAIRPIN, c->hairpin) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_REFRESH_INBOUND,
		       c->refresh_inbound) ||
	    nla_put_u16(skb, PORTICO_A_UPLINK_MSS, c->mss) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_ICMP_CODE, c->icmp_code) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_SYN_ANSWER, c->syn_answer) ||
	    nla_put_u32(skb, PORTICO_A_UPLINK_ADDRESS_HOLD, c->address_hold) ||
	    nla_put_u16(skb, PORTICO_A_UPLINK_BLOCK, c->block) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_MAX_BLOCKS, c->max_blocks) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_DETERMINISTIC, c->deterministic) ||
	    nla_put_u8(skb, PORTICO_A_UPLINK_MIGRATE, c->migrate))
		return -EMSGSIZE;
	uplink_read(uplink, &sum);
	return nl_put_counters(skb, PORTICO_A_UPLINK_COUNTERS, &sum) ?:
	       fill_timeouts(skb, &c->timeouts);
}

/* Each uplink has a number of its own: resume behind the last one shown. */
int nl_uplink_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	struct uplink *uplink;
	void *hdr;

	mutex_lock(&pn->config);
	list_for_each_entry(uplink, &pn->uplinks.list, list) {
		if (uplink->id <= cb->args[0])
			continue;
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_UPLINK_GET);
		if (!hdr)
			break;
		if (nl_uplink_fill(skb, uplink)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = uplink->id;
	}
	mutex_unlock(&pn->config);
	return skb->len;
}
