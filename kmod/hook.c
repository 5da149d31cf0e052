// SPDX-License-Identifier: GPL-2.0
/* The slow path's hooks: which way a packet goes, and why it ends there. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#endif

#include "compat.h"
#include "flow.h"
#include "hook.h"
#include "net.h"

#define PRE_ROUTING_PRIORITY	(NF_IP_PRI_CONNTRACK - 50)
#define POST_ROUTING_PRIORITY	(NF_IP_PRI_NAT_SRC + 1)

/* Book the exit, and turn the reason into what netfilter is to do. */
static unsigned int finish(struct portico_net *pn, enum portico_hook hook,
			   const struct portico_pkt *pkt, enum reason why)
{
	reason_seen(pn->reasons, hook, pkt->packets, pkt->bytes);
	reason_count(pn->reasons, hook, why, pkt->packets, pkt->bytes);
	return reason_info[why].verdict == PORTICO_VERDICT_DROP ? NF_DROP :
								  NF_ACCEPT;
}

static enum reason inbound(struct portico_net *pn, struct portico_pkt *pkt,
			   enum pkt_parse parsed, const struct net_device *in)
{
	struct ext_addr *ext = pool_find(&pn->pool, &pkt->dst, pkt->family);

	if (!ext)
		return REASON_NOT_OURS;
	if (parsed == PKT_BAD)
		return REASON_BAD_PACKET;
	if (pkt->icmp_error)
		return flow_error_inbound(pn, ext, pkt);
	if (!uplink_find(&pn->uplinks, in->ifindex) &&
	    inside_find(pn, &pkt->src, pkt->family))
		return flow_hairpin(pn, ext, pkt);
	return flow_inbound(pn, ext, pkt, in);
}

static enum reason outbound(struct portico_net *pn, struct portico_pkt *pkt,
			    enum pkt_parse parsed,
			    const struct net_device *out)
{
	struct uplink *uplink = uplink_find(&pn->uplinks, out->ifindex);

	if (!uplink) {
		if (parsed != PKT_BAD)
			flow_learn_inbound(pn, pkt);
		return REASON_NOT_UPLINK;
	}
	if (parsed == PKT_BAD)
		return inside_find(pn, &pkt->src, pkt->family) ?
		       REASON_BAD_PACKET : REASON_NOT_OURS;
	if (pkt->icmp_error)
		return flow_error_outbound(pn, uplink, pkt);
	return flow_outbound(pn, uplink, pkt);
}

static unsigned int pre_routing(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct portico_net *pn = portico_pernet(state->net);
	struct portico_pkt pkt;
	enum pkt_parse parsed = pkt_parse(&pkt, skb, state->pf);

	return finish(pn, PORTICO_HOOK_PRE_ROUTING, &pkt,
		      inbound(pn, &pkt, parsed, state->in));
}

static unsigned int post_routing(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct portico_net *pn = portico_pernet(state->net);
	struct portico_pkt pkt;
	enum pkt_parse parsed = pkt_parse(&pkt, skb, state->pf);

	return finish(pn, PORTICO_HOOK_POST_ROUTING, &pkt,
		      outbound(pn, &pkt, parsed, state->out));
}

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook		= pre_routing,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= PRE_ROUTING_PRIORITY,
	}, {
		.hook		= post_routing,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= POST_ROUTING_PRIORITY,
	},
};

int hook_start(struct portico_net *pn)
{
	int err;

	lockdep_assert_held(&pn->config);
	if (pn->started)
		return 0;
	err = mapping_table_ready(pn) ?: pool_ready(pn);
	if (err)
		return err;
	err = nf_defrag_ipv4_enable(pn->net);
	if (err)
		return err;
	err = nf_register_net_hooks(pn->net, hook_ops, ARRAY_SIZE(hook_ops));
	if (err) {
		nf_defrag_ipv4_disable(pn->net);
		return err;
	}
	gc_start(pn);
	pn->started = true;
	return 0;
}

void hook_net_exit(struct portico_net *pn)
{
	if (!pn->started)
		return;
	nf_unregister_net_hooks(pn->net, hook_ops, ARRAY_SIZE(hook_ops));
	nf_defrag_ipv4_disable(pn->net);
	pn->started = false;
}
