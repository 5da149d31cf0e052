// SPDX-License-Identifier: GPL-2.0
/* Netlink: blocks of ports, those there are and those that would be. */
#include "block.h"
#include "compat.h"
#include "deterministic.h"
#include "net.h"
#include "nl.h"

const struct nla_policy nl_block_policy[PORTICO_A_BLOCK_MAX + 1] = {
	[PORTICO_A_BLOCK_HOST] = { .type = NLA_BINARY, .len = 16 },
	[PORTICO_A_BLOCK_EXTERNAL] = { .type = NLA_BINARY, .len = 16 },
	[PORTICO_A_BLOCK_PORT] = { .type = NLA_U16 },
	[PORTICO_A_BLOCK_UPLINK] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

struct block_filter {
	union nf_inet_addr host, external;
	u8 host_family, external_family;	/* 0: any */
	bool has_port;
	u16 port;				/* lies in it */
	const char *uplink;			/* NULL: any */
};

/* Where a dump stands: first all external addresses, then all uplinks. */
struct block_cursor {
	long ext;
	long uplink;
	long at;				/* the address of the next */
	u32 unit;				/* of its blocks */
	bool told;				/* of the block that holds the port */
};

static int parse_filter(struct nlattr **a, struct block_filter *f,
			struct netlink_ext_ack *extack)
{
	int err = 0;

	if (a[PORTICO_A_BLOCK_HOST])
		err = nl_addr(a[PORTICO_A_BLOCK_HOST], &f->host, &f->host_family,
			      extack);
	if (!err && a[PORTICO_A_BLOCK_EXTERNAL])
		err = nl_addr(a[PORTICO_A_BLOCK_EXTERNAL], &f->external,
			      &f->external_family, extack);
	if (a[PORTICO_A_BLOCK_PORT]) {
		f->has_port = true;
		f->port = nla_get_u16(a[PORTICO_A_BLOCK_PORT]);
	}
	if (a[PORTICO_A_BLOCK_UPLINK])
		f->uplink = nla_data(a[PORTICO_A_BLOCK_UPLINK]);
	return err;
}

static bool block_match(const struct block_filter *f, const struct port_block *b,
			const union nf_inet_addr *host)
{
	const struct ext_addr *ext = b->ext;

	if (f->host_family && (f->host_family != ext->family ||
			       !addr_equal(&f->host, host)))
		return false;
	if (f->external_family && (f->external_family != ext->family ||
				   !addr_equal(&f->external, &ext->addr)))
		return false;
	if (f->has_port && !block_holds(b, f->port))
		return false;
	return !f->uplink || !strcmp(f->uplink, ext->uplink->name);
}

int nl_block_fill(struct sk_buff *skb, const struct port_block *b,
		  const union nf_inet_addr *host)
{
	return nl_put_addr(skb, PORTICO_A_BLOCK_HOST, host, b->ext->family) ?:
	       nl_put_addr(skb, PORTICO_A_BLOCK_EXTERNAL, &b->ext->addr,
			   b->ext->family) ?:
	       nla_put_u16(skb, PORTICO_A_BLOCK_FIRST, b->first) ?:
	       nla_put_u16(skb, PORTICO_A_BLOCK_COUNT, b->count) ?:
	       nla_put_string(skb, PORTICO_A_BLOCK_UPLINK, b->ext->uplink->name);
}

/* Is it where it belongs by configuration? */
static bool is_in_place(const struct port_block *b)
{
	const struct uplink *uplink = b->ext->uplink;
	u16 first;

	return det_rules(uplink, b->ext->family) && b->count == uplink->block &&
	       det_place(uplink->pn, uplink, &b->host->addr, &first) == b->ext &&
	       first == b->first;
}

static int block_put(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct port_block *b, const union nf_inet_addr *host,
		     bool in_place)
{
	void *hdr = nl_dump_put(skb, cb, PORTICO_CMD_BLOCK_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nl_block_fill(skb, b, host) ||
	    nla_put_u32(skb, PORTICO_A_BLOCK_USED, b->used) ||
	    (in_place &&
	     nla_put_flag(skb, PORTICO_A_BLOCK_DETERMINISTIC))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Those on one address, from the cursor on. mapping_table.lock held. */
static int put_blocks(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct ext_addr *ext, const struct block_filter *f)
{
	struct block_cursor *cursor = (void *)cb->ctx;
	const struct port_block *b;
	int err;

	if (cursor->at != ext->id)
		cursor->unit = 0;
	cursor->at = ext->id;
	for (; ext->blocks && cursor->unit < BLOCK_UNITS; cursor->unit++) {
		b = ext->blocks[cursor->unit];
		if (!b || b->first / BLOCK_MIN != cursor->unit ||
		    !block_match(f, b, &b->host->addr))
			continue;
		err = block_put(skb, cb, b, &b->host->addr, is_in_place(b));
		if (err)
			return err;
	}
	return 0;
}

/* Nobody has a port of it yet, but it is known whose it would be. */
static int put_absent(struct sk_buff *skb, struct netlink_callback *cb,
		      struct ext_addr *ext, u16 first,
		      const union nf_inet_addr *host, const struct block_filter *f)
{
	u16 count = ext->uplink->block;
	struct port_block b = {
		.ext = ext, .first = first, .count = count,
		.used = block_count_taken(ext, first, count),
	};

	if (block_at(ext, first) || !block_match(f, &b, host))
		return 0;
	return block_put(skb, cb, &b, host, true);
}

static int put_of_host(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct uplink *uplink, const struct block_filter *f)
{
	struct portico_net *pn = uplink->pn;
	struct ext_addr *ext;
	u16 first;

	if (!det_rules(uplink, f->host_family))
		return 0;
	ext = det_place(pn, uplink, &f->host, &first);
	return ext ? put_absent(skb, cb, ext, first, &f->host, f) : 0;
}

static int put_of_port(struct sk_buff *skb, struct netlink_callback *cb,
		       struct portico_net *pn, const struct block_filter *f)
{
	union nf_inet_addr host;
	struct ext_addr *ext;

	ext = pool_find(&pn->pool, &f->external, f->external_family);
	if (!ext || !det_host(pn, ext, f->port, &host))
		return 0;
	return put_absent(skb, cb, ext, round_down(f->port, ext->uplink->block),
			  &host, f);
}

static int dump_made(struct sk_buff *skb, struct netlink_callback *cb,
		     struct portico_net *pn, const struct block_filter *f)
{
	struct block_cursor *cursor = (void *)cb->ctx;
	const struct ext_addr *ext;
	int err;

	list_for_each_entry(ext, &pn->pool.all, all) {
		if (ext->id <= cursor->ext)
			continue;
		spin_lock_bh(&pn->mappings.lock);
		err = put_blocks(skb, cb, ext, f);
		spin_unlock_bh(&pn->mappings.lock);
		if (err)
			return err;
		cursor->ext = ext->id;
	}
	return 0;
}

static int dump_absent(struct sk_buff *skb, struct netlink_callback *cb,
		       struct portico_net *pn, const struct block_filter *f)
{
	struct block_cursor *cursor = (void *)cb->ctx;
	const struct uplink *uplink;
	int err = 0;

	list_for_each_entry(uplink, &pn->uplinks.list, list) {
		if (!f->host_family || uplink->id <= cursor->uplink)
			continue;
		spin_lock_bh(&pn->mappings.lock);
		err = put_of_host(skb, cb, uplink, f);
		spin_unlock_bh(&pn->mappings.lock);
		if (err)
			return err;
		cursor->uplink = uplink->id;
	}
	if (f->host_family || !f->external_family || !f->has_port || cursor->told)
		return 0;
	spin_lock_bh(&pn->mappings.lock);
	err = put_of_port(skb, cb, pn, f);
	spin_unlock_bh(&pn->mappings.lock);
	cursor->told = !err;
	return err;
}

int nl_block_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	struct nlattr **a = compat_dump_attrs(cb);
	struct block_filter f = {};
	int err = a ? parse_filter(a, &f, cb->extack) : 0;

	BUILD_BUG_ON(sizeof(struct block_cursor) > sizeof(cb->ctx));
	if (err)
		return err;
	mutex_lock(&pn->config);
	rcu_read_lock();
	if (!dump_made(skb, cb, pn, &f))
		dump_absent(skb, cb, pn, &f);
	rcu_read_unlock();
	mutex_unlock(&pn->config);
	return skb->len;
}
