// SPDX-License-Identifier: GPL-2.0
/* Netlink: mappings that have ended. */
#include "net.h"
#include "nl_mapping.h"

static int history_fill(struct sk_buff *skb, const struct ended_mapping *rec)
{
	if (nla_put_u8(skb, PORTICO_A_MAPPING_PROTO, rec->proto) ||
	    nl_put_endpoint(skb, PORTICO_A_MAPPING_INTERNAL, rec->proto,
			    &rec->in, rec->family, rec->in_port) ||
	    nl_put_endpoint(skb, PORTICO_A_MAPPING_EXTERNAL, rec->proto,
			    &rec->ex, rec->family, rec->ex_port) ||
	    nla_put_string(skb, PORTICO_A_MAPPING_UPLINK, rec->uplink) ||
	    nla_put_u32(skb, PORTICO_A_MAPPING_FLAGS,
			nl_mapping_flags(rec->flags)) ||
	    nla_put_u32(skb, PORTICO_A_MAPPING_SESSIONS, rec->sessions) ||
	    nl_put_counters(skb, PORTICO_A_MAPPING_COUNTERS, &rec->counters) ||
	    nla_put_u64_64bit(skb, PORTICO_A_MAPPING_CREATED_AT, rec->created,
			      PORTICO_A_MAPPING_PAD) ||
	    nla_put_flag(skb, PORTICO_A_MAPPING_ENDED) ||
	    nla_put_u64_64bit(skb, PORTICO_A_MAPPING_ENDED_AT, rec->ended,
			      PORTICO_A_MAPPING_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Record @number or the oldest after it, copied; false: there is none. */
static bool history_copy(struct portico_net *pn, u64 *number,
			 struct ended_mapping *rec)
{
	const struct history *history = &pn->history;
	bool found;

	spin_lock_bh(&pn->mappings.lock);
	*number = max(*number, history->first);
	found = *number < history->next;
	if (found)
		*rec = *history_at(history, *number);
	spin_unlock_bh(&pn->mappings.lock);
	return found;
}

static int history_put(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct ended_mapping *rec)
{
	void *hdr = nl_dump_put(skb, cb, PORTICO_CMD_MAPPING_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (history_fill(skb, rec)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Oldest first; the cursor is the number of the next one. */
int nl_history_dump(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct mapping_filter *f)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	u64 *number = (u64 *)cb->ctx;
	struct ended_mapping rec;

	for (; history_copy(pn, number, &rec); (*number)++) {
		cond_resched();
		if (!nl_mapping_match(f, rec.proto, rec.uplink, rec.family,
				      &rec.in, rec.in_port, &rec.ex,
				      rec.ex_port))
			continue;
		if (history_put(skb, cb, &rec))
			break;
	}
	return skb->len;
}
