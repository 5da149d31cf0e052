// SPDX-License-Identifier: GPL-2.0
/* Netlink: hosts. */
#include "compat.h"
#include "net.h"
#include "nl.h"

const struct nla_policy nl_host_policy[PORTICO_A_HOST_MAX + 1] = {
	[PORTICO_A_HOST_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PORTICO_A_HOST_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[PORTICO_A_HOST_SIDE] = NLA_POLICY_MAX(NLA_U8, __PORTICO_SIDE_MAX - 1),
};

struct host_filter {
	bool has_addr;
	union nf_inet_addr addr;
	u8 family, plen;
	int side;			/* -1: any */
};

static int filter_parse(struct nlattr **a, struct host_filter *f,
			struct netlink_ext_ack *extack)
{
	int err;

	memset(f, 0, sizeof(*f));
	f->side = -1;
	if (!a)
		return 0;
	if (a[PORTICO_A_HOST_SIDE])
		f->side = nla_get_u8(a[PORTICO_A_HOST_SIDE]);
	if (!a[PORTICO_A_HOST_ADDR])
		return 0;
	err = nl_addr(a[PORTICO_A_HOST_ADDR], &f->addr, &f->family, extack);
	if (err)
		return err;
	f->has_addr = true;
	f->plen = addr_len(f->family) * 8;
	if (!a[PORTICO_A_HOST_PREFIXLEN])
		return 0;
	if (nla_get_u8(a[PORTICO_A_HOST_PREFIXLEN]) > f->plen) {
		NL_SET_ERR_MSG_ATTR(extack, a[PORTICO_A_HOST_PREFIXLEN],
				    "the prefix is longer than the address");
		return -EINVAL;
	}
	f->plen = nla_get_u8(a[PORTICO_A_HOST_PREFIXLEN]);
	return 0;
}

static bool addr_matches(const struct host_filter *f,
			 const union nf_inet_addr *addr, u8 family)
{
	return !f->has_addr || (f->family == family &&
				addr_in_prefix(addr, &f->addr, f->plen));
}

/* Real time, ns, of a moment in jiffies. */
static u64 at_real(u64 then)
{
	return ktime_get_coarse_real_ns() -
	       jiffies64_to_nsecs(get_jiffies_64() - then);
}

static int fill_quota(struct sk_buff *skb, const struct host *host, u64 bytes)
{
	const struct host_rate *rate = &host->rate;
	u64 now = get_jiffies_64(), left;

	if (!rate->quota_end)
		return 0;
	left = rate->quota_end > now ? rate->quota_end - now : 0;
	if (nla_put_u64_64bit(skb, PORTICO_A_HOST_QUOTA_USED,
			      quota_used(rate, bytes), PORTICO_A_HOST_PAD) ||
	    nla_put_u32(skb, PORTICO_A_HOST_QUOTA_LEFT,
			div_u64(left, HZ)) ||
	    (rate->over && nla_put_flag(skb, PORTICO_A_HOST_QUOTA_OVER)))
		return -EMSGSIZE;
	return 0;
}

int nl_host_fill(struct sk_buff *skb, const struct host *host)
{
	struct flow_counters sum;

	host_read(host, &sum);
	if (nl_put_addr(skb, PORTICO_A_HOST_ADDR, &host->addr, host->family) ||
	    nla_put_u8(skb, PORTICO_A_HOST_SIDE, PORTICO_SIDE_INSIDE) ||
	    nl_put_counters(skb, PORTICO_A_HOST_COUNTERS, &sum) ||
	    nla_put_u32(skb, PORTICO_A_HOST_MAPPINGS, host->mappings_count) ||
	    nla_put_u32(skb, PORTICO_A_HOST_SESSIONS, host->sessions_count) ||
	    nla_put_u32(skb, PORTICO_A_HOST_BLOCKS, host->blocks_count) ||
	    nla_put_u64_64bit(skb, PORTICO_A_HOST_CREATED, host->created,
			      PORTICO_A_HOST_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_HOST_REFUSED, host->refused,
			      PORTICO_A_HOST_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_HOST_FIRST_AT, host->first,
			      PORTICO_A_HOST_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_HOST_LAST_AT, at_real(host->last),
			      PORTICO_A_HOST_PAD))
		return -EMSGSIZE;
	if (rate_is_fresh(&host->rate) &&
	    (nl_put_counters(skb, PORTICO_A_HOST_SECOND, &host->rate.second) ||
	     nl_put_counters(skb, PORTICO_A_HOST_MINUTE, &host->rate.minute)))
		return -EMSGSIZE;
	return fill_quota(skb, host, flow_bytes(&sum));
}

/* Where a dump stands: side after side, in each first its rows, then the others. */
struct host_cursor {
	struct peer_rows *rows;		/* of the side, once it has been gathered */
	u64 id;				/* inside: the last one shown */
	u32 slot;			/* else: the next one */
	u8 side;
};

/* What no row of the side has, when there is any: a row without an address. */
static int other_put(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct host_filter *f, u8 side,
		     const struct flow_counters *sum)
{
	void *hdr;

	if (f->has_addr || !flow_packets(sum))
		return 0;
	hdr = nl_dump_put(skb, cb, PORTICO_CMD_HOST_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u8(skb, PORTICO_A_HOST_SIDE, side) ||
	    nl_put_counters(skb, PORTICO_A_HOST_COUNTERS, sum)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Hosts are listed in the order of their making: the number is the key. */
static int dump_inside(struct sk_buff *skb, struct netlink_callback *cb,
		       struct portico_net *pn, const struct host_filter *f)
{
	struct host_cursor *cursor = (void *)cb->ctx;
	struct flow_counters sum = {};
	struct host *host;
	void *hdr;
	int err = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(host, &pn->hosts.all, all) {
		if (host->id <= cursor->id ||
		    !addr_matches(f, &host->addr, host->family))
			continue;
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_HOST_GET);
		if (!hdr) {
			err = -EMSGSIZE;
			break;
		}
		spin_lock_bh(&pn->mappings.lock);
		/* What a forgotten one had is in the row without an address. */
		err = list_empty(&host->leaving) ? nl_host_fill(skb, host) :
						   -ENOENT;
		spin_unlock_bh(&pn->mappings.lock);
		if (err == -ENOENT) {
			genlmsg_cancel(skb, hdr);
			err = 0;
			continue;
		}
		if (err) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cursor->id = host->id;
	}
	rcu_read_unlock();
	if (err)
		return err;
	spin_lock_bh(&pn->mappings.lock);
	sum = pn->hosts.past;
	spin_unlock_bh(&pn->mappings.lock);
	npt_counters_add(&sum, &pn->hosts.other);
	return other_put(skb, cb, f, PORTICO_SIDE_INSIDE, &sum);
}

static int peer_put(struct sk_buff *skb, struct netlink_callback *cb, u8 side,
		    const struct peer_row *row)
{
	void *hdr = nl_dump_put(skb, cb, PORTICO_CMD_HOST_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nl_put_addr(skb, PORTICO_A_HOST_ADDR, &row->addr, row->family) ||
	    nla_put_u8(skb, PORTICO_A_HOST_SIDE, side) ||
	    nl_put_counters(skb, PORTICO_A_HOST_COUNTERS, &row->counters) ||
	    (row->last &&
	     nla_put_u64_64bit(skb, PORTICO_A_HOST_LAST_AT, at_real(row->last),
			       PORTICO_A_HOST_PAD))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int dump_peers(struct sk_buff *skb, struct netlink_callback *cb,
		      struct portico_net *pn, const struct host_filter *f)
{
	struct host_cursor *cursor = (void *)cb->ctx;
	const struct peer_row *row;
	int err;

	if (!cursor->rows)
		cursor->rows = peer_rows(pn, cursor->side == PORTICO_SIDE_LOCAL ?
					 PEER_LOCAL : PEER_REMOTE);
	if (!cursor->rows)
		return -ENOMEM;
	for (; cursor->slot <= cursor->rows->mask; cursor->slot++) {
		row = &cursor->rows->at[cursor->slot];
		if (!row->family || !addr_matches(f, &row->addr, row->family))
			continue;
		err = peer_put(skb, cb, cursor->side, row);
		if (err)
			return err;
	}
	return other_put(skb, cb, f, cursor->side, &cursor->rows->other);
}

static void next_side(struct host_cursor *cursor)
{
	kvfree(cursor->rows);
	cursor->rows = NULL;
	cursor->slot = 0;
	cursor->side++;
}

int nl_host_get_start(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct host_cursor) > sizeof(cb->ctx));
	rate_ask(portico_pernet(sock_net(cb->skb->sk)));
	return 0;
}

int nl_host_get_done(struct netlink_callback *cb)
{
	kvfree(((struct host_cursor *)cb->ctx)->rows);
	return 0;
}

int nl_host_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	struct host_cursor *cursor = (void *)cb->ctx;
	struct host_filter f;
	int err = filter_parse(compat_dump_attrs(cb), &f, cb->extack);

	for (; !err && cursor->side < __PORTICO_SIDE_MAX; next_side(cursor)) {
		if (f.side >= 0 && f.side != cursor->side)
			continue;
		err = cursor->side == PORTICO_SIDE_INSIDE ?
		      dump_inside(skb, cb, pn, &f) :
		      dump_peers(skb, cb, pn, &f);
		if (err)
			break;
	}
	return skb->len ?: err;
}
