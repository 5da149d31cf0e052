// SPDX-License-Identifier: GPL-2.0
/* Netlink: status, limits, reasons, audit. */
#include <linux/slab.h>

#include "audit.h"
#include "compat.h"
#include "event.h"
#include "net.h"
#include "local.h"
#include "nl.h"
#include "port.h"
#include "reason.h"
#include "sock.h"
#include "version.h"

static struct netlink_range_validation remotes_range = {
	.max = PEERS_MAX,
};

static struct netlink_range_validation ended_range = {
	.max = HISTORY_MAX,
};

static struct netlink_range_validation held_range = {
	.max = HELD_MAX,
};

const struct nla_policy nl_status_policy[PORTICO_A_STATUS_MAX + 1] = {
	[PORTICO_A_STATUS_MAPPINGS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PORTICO_A_STATUS_SESSIONS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PORTICO_A_STATUS_HOSTS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PORTICO_A_STATUS_SOCKETS_MAX] = { .type = NLA_U32 },
	[PORTICO_A_STATUS_HISTORY_MAX] = { .type = NLA_U32 },
	[PORTICO_A_STATUS_ACCOUNTING] = NLA_POLICY_MAX(NLA_U8, 1),
	[PORTICO_A_STATUS_BATCH_FROM] = { .type = NLA_U32 },
	[PORTICO_A_STATUS_HELD_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &held_range),
	[PORTICO_A_STATUS_REMOTES_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &remotes_range),
	[PORTICO_A_STATUS_ENDED_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ended_range),
};

/* Bytes in the tables: what mappings, sessions, hosts and ports take. */
static u64 tables_memory(struct portico_net *pn)
{
	const struct ext_ports *ports;
	const struct buckets *b;
	struct ext_addr *ext;
	u64 sum = 0;
	int space, page;

	rcu_read_lock();
	b = rcu_dereference(pn->mappings.now);
	if (b)
		sum += struct_size(b, at, b->mask + 1);
	list_for_each_entry_rcu(ext, &pn->pool.all, all)
		for (space = 0; space < __EXT_SPACES; space++) {
			ports = READ_ONCE(ext->spaces[space]);
			if (!ports)
				continue;
			sum += sizeof(*ports);
			for (page = 0; page < EXT_PAGES; page++)
				if (READ_ONCE(ports->owner[page]))
					sum += sizeof(u32) << EXT_PAGE_BITS;
		}
	rcu_read_unlock();
	sum += (u64)pn->mappings.count * sizeof(struct mapping);
	sum += (u64)pn->hosts.count * sizeof(struct host);
	sum += (u64)pn->peers.side[PEER_REMOTE].count * sizeof(struct peer);
	sum += (u64)history_kept(&pn->history) * sizeof(struct ended_mapping);
	return sum;
}

static int status_fill(struct sk_buff *msg, struct portico_net *pn)
{
	if (nla_put_string(msg, PORTICO_A_STATUS_VERSION, PORTICO_VERSION) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_MAPPINGS, pn->mappings.count) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_MAPPINGS_MAX, pn->mappings.max) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_SESSIONS, pn->sessions.count) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_SESSIONS_MAX, pn->sessions.max) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_HOSTS, pn->hosts.count) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_HOSTS_MAX, pn->hosts.max) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_HOSTS_FORGOTTEN,
			      pn->hosts.forgotten, PORTICO_A_STATUS_PAD) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_HELD, pn->pool.held_count) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_HELD_MAX, pn->pool.held_max) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_ENDED, history_kept(&pn->history)) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_REMOTES,
			pn->peers.side[PEER_REMOTE].count) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_REMOTES_MAX,
			pn->peers.side[PEER_REMOTE].max) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_ENDED_MAX, pn->history.max) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_ENDED_LOST,
			      pn->history.lost, PORTICO_A_STATUS_PAD) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_BATCH_FROM, pn->batch_from) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_MEMORY, tables_memory(pn),
			      PORTICO_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_MAPPINGS_CREATED,
			      pn->mappings.created, PORTICO_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_MAPPINGS_REFUSED,
			      pn->mappings.refused, PORTICO_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_SINCE_AT, pn->since,
			      PORTICO_A_STATUS_PAD) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_EVENTS_LOST,
			      event_lost(pn), PORTICO_A_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int status_fill_sockets(struct sk_buff *msg, struct portico_net *pn)
{
	struct sock_status st;

	sock_status(pn, &st);
	if (nla_put_u32(msg, PORTICO_A_STATUS_SOCKETS, st.open) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_SOCKETS_MAX, st.max) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_SOCKETS_CLOSED, st.closed) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_HISTORY_MAX, st.history_max) ||
	    nla_put_u64_64bit(msg, PORTICO_A_STATUS_HISTORY_LOST, st.lost,
			      PORTICO_A_STATUS_PAD) ||
	    nla_put_u32(msg, PORTICO_A_STATUS_PORTS,
			port_count(pn->ports)) ||
	    nla_put_u8(msg, PORTICO_A_STATUS_ACCOUNTING,
		       READ_ONCE(pn->socks->accounting)))
		return -EMSGSIZE;
	return 0;
}

int nl_status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct sk_buff *msg;
	void *hdr;

	msg = nl_reply_new(info, PORTICO_CMD_STATUS_GET, &hdr);
	if (!msg)
		return -ENOMEM;
	if (status_fill(msg, pn) || status_fill_sockets(msg, pn)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int nl_set(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct nlattr **a = info->attrs;
	int err = 0;

	nl_lock(pn);
	/* First what can fail: then nothing has changed. */
	if (a[PORTICO_A_STATUS_ENDED_MAX])
		err = history_set_max(pn, nla_get_u32(a[PORTICO_A_STATUS_ENDED_MAX]));
	if (err) {
		nl_unlock(pn);
		return nl_fail(info, PORTICO_A_STATUS_ENDED_MAX, err,
			       "the kernel has no memory for so long a history");
	}
	if (a[PORTICO_A_STATUS_MAPPINGS_MAX])
		WRITE_ONCE(pn->mappings.max,
			   nla_get_u32(a[PORTICO_A_STATUS_MAPPINGS_MAX]));
	if (a[PORTICO_A_STATUS_SESSIONS_MAX])
		WRITE_ONCE(pn->sessions.max,
			   nla_get_u32(a[PORTICO_A_STATUS_SESSIONS_MAX]));
	if (a[PORTICO_A_STATUS_HOSTS_MAX])
		WRITE_ONCE(pn->hosts.max,
			   nla_get_u32(a[PORTICO_A_STATUS_HOSTS_MAX]));
	if (a[PORTICO_A_STATUS_SOCKETS_MAX])
		sock_set_max(pn, nla_get_u32(a[PORTICO_A_STATUS_SOCKETS_MAX]));
	if (a[PORTICO_A_STATUS_HISTORY_MAX])
		sock_set_history(pn, nla_get_u32(a[PORTICO_A_STATUS_HISTORY_MAX]));
	if (a[PORTICO_A_STATUS_BATCH_FROM])
		WRITE_ONCE(pn->batch_from,
			   nla_get_u32(a[PORTICO_A_STATUS_BATCH_FROM]));
	if (a[PORTICO_A_STATUS_REMOTES_MAX])
		peer_set_max(pn, nla_get_u32(a[PORTICO_A_STATUS_REMOTES_MAX]));
	if (a[PORTICO_A_STATUS_HELD_MAX])
		pool_set_held(pn, nla_get_u32(a[PORTICO_A_STATUS_HELD_MAX]));
	if (a[PORTICO_A_STATUS_ACCOUNTING])
		err = local_enable(pn, nla_get_u8(a[PORTICO_A_STATUS_ACCOUNTING]));
	nl_unlock(pn);
	if (err)
		GENL_SET_ERR_MSG(info, "the hooks of the local books could not be set");
	return err;
}

int nl_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct reason_cpu *sum = kmalloc(sizeof(*sum), GFP_KERNEL);

	if (!sum)
		return nl_fail(info, 0, -ENOMEM, "the kernel has no memory for it");
	mutex_lock(&pn->config);
	reason_reset(pn, sum);
	mutex_unlock(&pn->config);
	kfree(sum);
	return 0;
}

static int reason_fill(struct sk_buff *skb, int hook, int why,
		       const struct reason_count *count)
{
	const struct reason_info *info = &reason_info[why];

	if (nla_put_u8(skb, PORTICO_A_REASON_HOOK, hook) ||
	    nla_put_u8(skb, PORTICO_A_REASON_VERDICT, info->verdict) ||
	    nla_put_string(skb, PORTICO_A_REASON_NAME, info->name) ||
	    nla_put_string(skb, PORTICO_A_REASON_TEXT, info->text) ||
	    nla_put_u64_64bit(skb, PORTICO_A_REASON_PACKETS, count->packets,
			      PORTICO_A_REASON_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_REASON_BYTES, count->bytes,
			      PORTICO_A_REASON_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Every reason that was met, hook by hook, as of one moment: kept in the cursor. */
struct reason_cursor {
	struct reason_cpu *sum;
	long next;			/* their number */
};

static int reason_start(struct netlink_callback *cb,
			void (*read)(struct portico_net *, struct reason_cpu *))
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	struct reason_cursor *cursor = (void *)cb->ctx;

	cursor->sum = kmalloc(sizeof(*cursor->sum), GFP_KERNEL);
	if (!cursor->sum)
		return -ENOMEM;
	mutex_lock(&pn->config);
	read(pn, cursor->sum);
	mutex_unlock(&pn->config);
	return 0;
}

int nl_reason_get_start(struct netlink_callback *cb)
{
	return reason_start(cb, reason_shown);
}

int nl_reset_start(struct netlink_callback *cb)
{
	return reason_start(cb, reason_reset);
}

int nl_reason_get_done(struct netlink_callback *cb)
{
	kfree(((struct reason_cursor *)cb->ctx)->sum);
	return 0;
}

int nl_reason_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct reason_cursor *cursor = (void *)cb->ctx;
	const struct reason_count *count;
	int hook, why;
	void *hdr;

	for (; cursor->next < __PORTICO_HOOK_MAX * __REASON_MAX; cursor->next++) {
		hook = cursor->next / __REASON_MAX;
		why = cursor->next % __REASON_MAX;
		count = &cursor->sum->at[hook][why];
		if (!count->packets)
			continue;
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_REASON_GET);
		if (!hdr)
			break;
		if (reason_fill(skb, hook, why, count)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

static int audit_fill(struct sk_buff *skb, const struct audit_row *row)
{
	if (nla_put_string(skb, PORTICO_A_AUDIT_NAME, row->name) ||
	    nla_put_u64_64bit(skb, PORTICO_A_AUDIT_LEFT, row->left,
			      PORTICO_A_AUDIT_PAD) ||
	    nla_put_u64_64bit(skb, PORTICO_A_AUDIT_RIGHT, row->right,
			      PORTICO_A_AUDIT_PAD))
		return -EMSGSIZE;
	return 0;
}

/* All rows are of one moment, and fit into one message's buffer. */
int nl_audit_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	struct audit *audit;
	void *hdr;
	u32 i;
	int err;

	if (cb->args[0])
		return 0;
	audit = kmalloc(sizeof(*audit), GFP_KERNEL);
	if (!audit)
		return -ENOMEM;
	err = audit_run(pn, audit);
	for (i = 0; !err && i < audit->count; i++) {
		hdr = nl_dump_put(skb, cb, PORTICO_CMD_AUDIT_GET);
		err = hdr ? audit_fill(skb, &audit->rows[i]) : -EMSGSIZE;
		if (!err)
			genlmsg_end(skb, hdr);
	}
	kfree(audit);
	cb->args[0] = 1;
	return err ?: skb->len;
}
