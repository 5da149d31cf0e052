// SPDX-License-Identifier: GPL-2.0
/* Events: built from the fill functions of the objects. */
#include <linux/slab.h>
#include <linux/ktime.h>

#include "block.h"
#include "event.h"
#include "net.h"
#include "nl.h"
#include "nl_sock.h"

int event_net_init(struct portico_net *pn)
{
	pn->events = kzalloc(sizeof(*pn->events), GFP_KERNEL);
	if (!pn->events)
		return -ENOMEM;
	pn->events->asked = jiffies - 1;
	return 0;
}

void event_net_exit(struct portico_net *pn)
{
	kfree(pn->events);
}

u64 event_lost(const struct portico_net *pn)
{
	return atomic64_read(&pn->events->lost);
}

bool event_ask(struct portico_net *pn)
{
	struct event_book *book = pn->events;

	WRITE_ONCE(book->wanted, genl_has_listeners(&portico_family, pn->net, 0));
	/* Who sees this jiffy sees what was found in it. */
	smp_store_release(&book->asked, jiffies);
	return book->wanted;
}

/* An event while it is written: its message, and the nest of its object. */
struct event_msg {
	struct sk_buff *skb;
	struct nlattr *nest;
	void *hdr;
};

static void event_drop(struct portico_net *pn, struct event_msg *msg)
{
	nlmsg_free(msg->skb);
	atomic64_inc(&pn->events->lost);
}

/* Up to the nest @object. False: nobody listens, or it is lost, and counted so. */
static bool event_begin(struct portico_net *pn, struct event_msg *msg,
			enum portico_event_type type, const char *why, int object)
{
	u32 seq;

	if (!event_ask(pn))
		return false;
	seq = atomic_inc_return(&pn->events->seq);
	msg->skb = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	msg->hdr = msg->skb ? genlmsg_put(msg->skb, 0, 0, &portico_family, 0,
					  PORTICO_CMD_EVENT) : NULL;
	if (!msg->hdr ||
	    nla_put_u8(msg->skb, PORTICO_A_EVENT_TYPE, type) ||
	    nla_put_u32(msg->skb, PORTICO_A_EVENT_SEQ, seq) ||
	    nla_put_u64_64bit(msg->skb, PORTICO_A_EVENT_AT, ktime_get_real_ns(),
			      PORTICO_A_EVENT_PAD) ||
	    (why && nla_put_string(msg->skb, PORTICO_A_EVENT_REASON, why)))
		goto lost;
	msg->nest = nla_nest_start(msg->skb, object);
	if (msg->nest)
		return true;
lost:
	event_drop(pn, msg);
	return false;
}

/* @err: what filling the nest returned. */
static void event_end(struct portico_net *pn, struct event_msg *msg, int err)
{
	if (err) {
		event_drop(pn, msg);
		return;
	}
	nla_nest_end(msg->skb, msg->nest);
	genlmsg_end(msg->skb, msg->hdr);
	genlmsg_multicast_netns(&portico_family, pn->net, msg->skb, 0, 0,
				GFP_ATOMIC);
}

void event_mapping(struct portico_net *pn, enum portico_event_type type,
		   const struct mapping *m, const char *why)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, why, PORTICO_A_EVENT_MAPPING))
		event_end(pn, &msg, nl_mapping_fill(msg.skb, pn, m));
}

void event_refused(struct portico_net *pn, const struct endpoint *in,
		   enum reason why)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, PORTICO_EVENT_MAPPING_REFUSED,
			reason_info[why].name, PORTICO_A_EVENT_MAPPING))
		event_end(pn, &msg,
			  nla_put_u8(msg.skb, PORTICO_A_MAPPING_PROTO,
				     in->proto) ?:
			  nl_put_endpoint(msg.skb, PORTICO_A_MAPPING_INTERNAL,
					  in->proto, &in->addr, in->family, in->port));
}

void event_uplink(struct portico_net *pn, enum portico_event_type type,
		  const struct uplink *uplink)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_UPLINK))
		event_end(pn, &msg, nl_uplink_fill(msg.skb, uplink));
}

/* mapping_table.lock held. */
void event_host(struct portico_net *pn, enum portico_event_type type,
		const struct host *host)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_HOST))
		event_end(pn, &msg, nl_host_fill(msg.skb, host));
}

void event_inside(struct portico_net *pn, enum portico_event_type type,
		  const struct inside *inside)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_INSIDE))
		event_end(pn, &msg, nl_inside_fill(msg.skb, pn, inside));
}

void event_forward(struct portico_net *pn, enum portico_event_type type,
		   const struct forward *f)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_FORWARD))
		event_end(pn, &msg, nl_forward_fill(msg.skb, f));
}

void event_account(struct portico_net *pn, enum portico_event_type type,
		   const struct account *account)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_ACCOUNT))
		event_end(pn, &msg, nl_account_fill(msg.skb, account));
}

void event_socket(struct portico_net *pn, enum portico_event_type type,
		  struct sock_rec *rec)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_SOCKET))
		event_end(pn, &msg, nl_socket_fill(msg.skb, rec,
						   pn->net->user_ns));
}

void event_block(struct portico_net *pn, enum portico_event_type type,
		 const struct port_block *b)
{
	struct event_msg msg;

	if (event_begin(pn, &msg, type, NULL, PORTICO_A_EVENT_BLOCK))
		event_end(pn, &msg, nl_block_fill(msg.skb, b,
						  &b->host->addr));
}
