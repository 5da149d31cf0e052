// SPDX-License-Identifier: GPL-2.0
/* The slow path's hooks: which way a packet goes, and why it ends there. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#endif

#include "away.h"
#include "compat.h"
#include "exempt.h"
#include "fast_batch.h"
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

/* What does not leave its link (RFC 4291, RFC 4861) is not for a translator. */
static bool is_link_scope(const struct portico_pkt *pkt)
{
	if (likely(pkt->family == NFPROTO_IPV4))
		return false;
	return addr_is_any(&pkt->src) ||
	       ipv6_addr_type(&pkt->src.in6) & IPV6_ADDR_LINKLOCAL ||
	       ipv6_addr_type(&pkt->dst.in6) & IPV6_ADDR_LINKLOCAL ||
	       pkt_is_discovery(pkt);
}

/* A group has no endpoint that could answer a mapping. */
static bool is_multicast6(const struct portico_pkt *pkt)
{
	return pkt->family == NFPROTO_IPV6 &&
	       ipv6_addr_is_multicast(&pkt->dst.in6);
}

static enum reason inbound(struct portico_net *pn, struct portico_pkt *pkt,
			   enum pkt_parse parsed, const struct net_device *in)
{
	struct ext_addr *ext = pool_find(&pn->pool, &pkt->dst, pkt->family);
	const struct inside *npt = NULL;

	if (!ext && pkt->family == NFPROTO_IPV6)
		npt = inside_npt_to(pn, &pkt->dst);
	if (!ext && !npt)
		return REASON_NOT_OURS;
	if (is_link_scope(pkt))
		return REASON_LINK_SCOPE;
	if (parsed == PKT_BAD)
		return REASON_BAD_PACKET;
	if (npt)
		return flow_npt_inbound(pn, npt, pkt, in);
	/* Whose the address is meanwhile, nobody here knows. */
	if (READ_ONCE(ext->away))
		return away_has(ext, pkt) ? REASON_ADDRESS_AWAY :
					    REASON_NOT_OURS;
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
	const struct inside *npt;
	enum reason why;

	if (!uplink) {
		if (parsed != PKT_BAD)
			flow_learn_inbound(pn, pkt);
		return REASON_NOT_UPLINK;
	}
	if (is_link_scope(pkt))
		return REASON_LINK_SCOPE;
	if (parsed == PKT_BAD)
		return inside_find(pn, &pkt->src, pkt->family) ?
		       REASON_BAD_PACKET : REASON_NOT_OURS;
	if (exempt_holds(rcu_dereference(uplink->exempt), pkt))
		return REASON_EXEMPT;
	if (is_multicast6(pkt))
		return inside_find(pn, &pkt->src, pkt->family) ?
		       REASON_MULTICAST : REASON_NOT_OURS;
	if (pkt->icmp_error)
		return flow_error_outbound(pn, uplink, pkt);
	npt = pkt->family == NFPROTO_IPV6 ? inside_npt_of(pn, &pkt->src) : NULL;
	if (npt)
		return flow_npt_outbound(pn, uplink, npt, pkt);
	local_bh_disable();	/* what the gateway itself sends comes with them on */
	why = flow_outbound(pn, uplink, pkt);
	local_bh_enable();
	return why;
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

#define SLOW_HOOK(_fn, _pf, _num, _priority) {		\
	.hook = _fn, .pf = _pf, .hooknum = _num,	\
	.priority = _priority }

static const struct nf_hook_ops hook_ops[] = {
	SLOW_HOOK(pre_routing, NFPROTO_IPV4, NF_INET_PRE_ROUTING,
		  PRE_ROUTING_PRIORITY),
	SLOW_HOOK(post_routing, NFPROTO_IPV4, NF_INET_POST_ROUTING,
		  POST_ROUTING_PRIORITY),
#if IS_ENABLED(CONFIG_IPV6)
	SLOW_HOOK(pre_routing, NFPROTO_IPV6, NF_INET_PRE_ROUTING,
		  PRE_ROUTING_PRIORITY),
	SLOW_HOOK(post_routing, NFPROTO_IPV6, NF_INET_POST_ROUTING,
		  POST_ROUTING_PRIORITY),
#endif
};

/* Both families' datagrams come whole. */
static int defrag_enable(struct net *net)
{
	int err = nf_defrag_ipv4_enable(net);

	if (err)
		return err;
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	err = nf_defrag_ipv6_enable(net);
	if (err)
		nf_defrag_ipv4_disable(net);
#endif
	return err;
}

static void defrag_disable(struct net *net)
{
	nf_defrag_ipv4_disable(net);
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	nf_defrag_ipv6_disable(net);
#endif
}

int hook_start(struct portico_net *pn)
{
	int err;

	lockdep_assert_held(&pn->config);
	if (pn->started)
		return 0;
	err = mapping_table_ready(pn) ?: pool_ready(pn) ?: batch_ready(pn);
	if (err)
		return err;
	err = defrag_enable(pn->net);
	if (err)
		return err;
	err = nf_register_net_hooks(pn->net, hook_ops, ARRAY_SIZE(hook_ops));
	if (err) {
		defrag_disable(pn->net);
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
	defrag_disable(pn->net);
	pn->started = false;
}
