// SPDX-License-Identifier: GPL-2.0
/* Events: built from the fill functions of the objects. */
#include <linux/slab.h>
#include <linux/ktime.h>

#include "event.h"
#include "net.h"
#include "nl.h"
#include "nl_sock.h"

int event_net_init(struct portico_net *pn)
{
	pn->events = kzalloc(sizeof(*pn->events), GFP_KERNEL);
	return pn->events ? 0 : -ENOMEM;
}

void event_net_exit(struct portico_net *pn)
{
	kfree(pn->events);
}

u64 event_lost(const struct portico_net *pn)
{
	return atomic64_read(&pn->events->lost);
}

bool event_wanted(const struct portico_net *pn)
{
	return genl_has_listeners(&portico_family, pn->net, 0);
}

/* An event message up to its nest; what it costs to lose one is a number. */
static struct sk_buff *event_begin(struct portico_net *pn,
				   enum portico_event_type type,
				   const char *why, void **hdr)
{
	struct sk_buff *skb;
	u32 seq;

	if (!event_wanted(pn))
		return NULL;
	seq = atomic_inc_return(&pn->events->seq);
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	*hdr = skb ? genlmsg_put(skb, 0, 0, &portico_family, 0,
				 PORTICO_CMD_EVENT) : NULL;
	if (!*hdr ||
	    nla_put_u8(skb, PORTICO_A_EVENT_TYPE, type) ||
	    nla_put_u32(skb, PORTICO_A_EVENT_SEQ, seq) ||
	    nla_put_u64_64bit(skb, PORTICO_A_EVENT_AT, ktime_get_real_ns(),
			      PORTICO_A_EVENT_PAD) ||
	    (why && nla_put_string(skb, PORTICO_A_EVENT_REASON, why))) {
		nlmsg_free(skb);
		atomic64_inc(&pn->events->lost);
		return NULL;
	}
	return skb;
}

static void event_end(struct portico_net *pn, struct sk_buff *skb, void *hdr,
		      struct nlattr *nest, int err)
{
	if (!nest || err) {
		nlmsg_free(skb);
		atomic64_inc(&pn->events->lost);
		return;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&portico_family, pn->net, skb, 0, 0, GFP_ATOMIC);
}

void event_mapping(struct portico_net *pn, enum portico_event_type type,
		   const struct mapping *m, const char *why)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(pn, type, why, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_MAPPING);
	event_end(pn, skb, hdr, nest,
		  nest ? nl_mapping_fill(skb, pn, m) : -EMSGSIZE);
}

void event_refused(struct portico_net *pn, const struct endpoint *in,
		   enum reason why)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;
	int err = -EMSGSIZE;

	skb = event_begin(pn, PORTICO_EVENT_MAPPING_REFUSED,
			  reason_info[why].name, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_MAPPING);
	if (nest)
		err = nla_put_u8(skb, PORTICO_A_MAPPING_PROTO, in->proto) ?:
		      nl_put_endpoint(skb, PORTICO_A_MAPPING_INTERNAL, &in->addr,
				      in->family, in->port);
	event_end(pn, skb, hdr, nest, err);
}

void event_uplink(struct portico_net *pn, enum portico_event_type type,
		  const struct uplink *uplink)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(pn, type, NULL, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_UPLINK);
	event_end(pn, skb, hdr, nest,
		  nest ? nl_uplink_fill(skb, uplink) : -EMSGSIZE);
}

void event_inside(struct portico_net *pn, enum portico_event_type type,
		  const struct inside *inside)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(pn, type, NULL, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_INSIDE);
	event_end(pn, skb, hdr, nest,
		  nest ? nl_inside_fill(skb, pn, inside) : -EMSGSIZE);
}

void event_forward(struct portico_net *pn, enum portico_event_type type,
		   const struct forward *f)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(pn, type, NULL, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_FORWARD);
	event_end(pn, skb, hdr, nest,
		  nest ? nl_forward_fill(skb, f) : -EMSGSIZE);
}

void event_socket(struct portico_net *pn, enum portico_event_type type,
		  struct sock_rec *rec)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = event_begin(pn, type, NULL, &hdr);
	if (!skb)
		return;
	nest = nla_nest_start(skb, PORTICO_A_EVENT_SOCKET);
	event_end(pn, skb, hdr, nest,
		  nest ? nl_socket_fill(skb, rec, pn->net->user_ns) : -EMSGSIZE);
}
