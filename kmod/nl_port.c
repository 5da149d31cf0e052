// SPDX-License-Identifier: GPL-2.0
/* PORT_GET: the port table over netlink. */
#include <linux/mm.h>
#include <net/genetlink.h>

#include "compat.h"
#include "net.h"
#include "nl.h"
#include "nl_port.h"
#include "port.h"
#include "sock.h"
#include "sock_scan.h"

const struct nla_policy nl_port_policy[PORTICO_A_PORT_MAX + 1] = {
	[PORTICO_A_PORT_PROTO] = { .type = NLA_U8 },
	[PORTICO_A_PORT_PORT] = { .type = NLA_BE16 },
};

struct port_dump {
	struct port_sum *sums;
	u32 key;			/* of the next row */
	u32 n;
	u16 port;
	u8 proto;
	bool has_port;
	bool has_proto;
	bool ended;			/* the row of last resort is shown too */
};

static_assert(sizeof(struct port_dump) <=
	      sizeof_field(struct netlink_callback, ctx));

int nl_port_get_start(struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	struct port_dump *dump = (struct port_dump *)cb->ctx;
	struct nlattr **tb = compat_dump_attrs(cb);

	memset(dump, 0, sizeof(*dump));
	if (tb[PORTICO_A_PORT_PROTO]) {
		dump->has_proto = true;
		dump->proto = nla_get_u8(tb[PORTICO_A_PORT_PROTO]);
	}
	if (tb[PORTICO_A_PORT_PORT]) {
		dump->has_port = true;
		dump->port = ntohs(nla_get_be16(tb[PORTICO_A_PORT_PORT]));
	}
	if (pn->socks->accounting)
		sock_scan(pn);
	dump->sums = port_snapshot(pn, &dump->n);
	return dump->sums ? 0 : -ENOMEM;
}

int nl_port_get_done(struct netlink_callback *cb)
{
	struct port_dump *dump = (struct port_dump *)cb->ctx;

	kvfree(dump->sums);
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct port_sum *sum)
{
	struct nlattr *nest = nla_nest_start(skb, PORTICO_A_PORT_COUNTERS);
	u64 in_packets = 0;
	int i;

	for (i = 0; i < __PORT_OUTCOMES; i++)
		in_packets += sum->in_packets[i];
	if (!nest ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_OUT_PACKETS,
			      sum->out_packets, PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_OUT_BYTES,
			      sum->out_bytes, PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_IN_PACKETS,
			      in_packets, PORTICO_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_COUNTERS_IN_BYTES,
			      sum->in_bytes, PORTICO_A_COUNTERS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, PORTICO_A_PORT_PAD);
}

static int port_fill(struct sk_buff *skb, const struct port_row *row,
		     const struct port_sum *sum)
{
	u64 last = 0;

	if (sum->last)
		last = ktime_get_coarse_real_ns() -
		       jiffies64_to_nsecs(jiffies - sum->last);
	if (nla_put_u8(skb, PORTICO_A_PORT_PROTO, row->proto) ||
	    nla_put_be16(skb, PORTICO_A_PORT_PORT, htons(row->port)) ||
	    nla_put_u32(skb, PORTICO_A_PORT_SOCKETS, sum->sockets) ||
	    put_counters(skb, sum) ||
	    put_u64(skb, PORTICO_A_PORT_ESTABLISHED,
		    sum->in_packets[PORT_ESTABLISHED]) ||
	    put_u64(skb, PORTICO_A_PORT_LISTENER,
		    sum->in_packets[PORT_LISTENER]) ||
	    put_u64(skb, PORTICO_A_PORT_WILDCARD,
		    sum->in_packets[PORT_WILDCARD]) ||
	    put_u64(skb, PORTICO_A_PORT_REUSEPORT,
		    sum->in_packets[PORT_REUSEPORT]) ||
	    put_u64(skb, PORTICO_A_PORT_NONE, sum->in_packets[PORT_NONE]) ||
	    nla_put_u32(skb, PORTICO_A_PORT_SOURCES,
			sources_count(&row->sources)) ||
	    put_u64(skb, PORTICO_A_PORT_LAST_AT, last))
		return -EMSGSIZE;
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct port_row *row)
{
	struct port_dump *dump = (struct port_dump *)cb->ctx;
	void *hdr;

	if ((dump->has_proto && dump->proto != row->proto) ||
	    (dump->has_port && dump->port != row->port) ||
	    row->slot >= dump->n)
		return 0;
	/* Made with its neighbours only. */
	if (!dump->sums[row->slot].last && !dump->sums[row->slot].sockets)
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &portico_family, NLM_F_MULTI, PORTICO_CMD_PORT_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (port_fill(skb, row, &dump->sums[row->slot])) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	struct port_dump *dump = (struct port_dump *)cb->ctx;
	struct port_book *book = pn->ports;
	struct port_row *row;
	int err;

	/* Rows stay as long as the namespace does: no RCU needed. */
	for (; (row = port_next(book, &dump->key)); dump->key++) {
		err = dump_one(skb, cb, row);
		if (err)
			return skb->len ?: err;
	}
	if (!dump->ended && dump->sums[0].last) {
		err = dump_one(skb, cb, &book->other);
		if (err)
			return skb->len ?: err;
	}
	dump->ended = true;
	return skb->len;
}
