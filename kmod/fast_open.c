// SPDX-License-Identifier: GPL-2.0
/* Opening flows at ingress, where nobody in the stack would see them. */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/ip.h>
#include <net/route.h>

#include "compat.h"
#include "fast_flow.h"
#include "flow.h"
#include "net.h"

/* Hooks of ours: defragmentation and translation come in, translation goes out. */
#define OUR_PRE_ROUTING		2
#define OUR_POST_ROUTING	1

/*
 * How many look at packets here. Not counted: AppArmor's hook in POST_ROUTING,
 * which lets every forwarded packet pass. (SELinux, which does not, has one in
 * FORWARD too.)
 */
static unsigned int watchers(const struct net *net, unsigned int hook)
{
	const struct nf_hook_entries *entries =
		rcu_dereference(net->nf.hooks_ipv4[hook]);
	struct nf_hook_ops **ops;
	unsigned int i, count = 0;

	if (!entries)
		return 0;
	ops = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries; i++)
		if (hook != NF_INET_POST_ROUTING ||
		    READ_ONCE(ops[i])->priority != NF_IP_PRI_SELINUX_FIRST)
			count++;
	return count;
}

static bool nobody_watches(const struct net *net)
{
	if (watchers(net, NF_INET_PRE_ROUTING) > OUR_PRE_ROUTING ||
	    watchers(net, NF_INET_FORWARD) ||
	    watchers(net, NF_INET_POST_ROUTING) > OUR_POST_ROUTING)
		return false;
#ifdef CONFIG_XFRM
	if (net->xfrm.policy_count[XFRM_POLICY_FWD] ||
	    net->xfrm.policy_count[XFRM_POLICY_OUT])
		return false;
#endif
	return true;
}

/* Routed as ip_rcv_finish() would have it; plain forwarding or nothing. */
static struct rtable *route(struct fast_flow *flow)
{
	struct rtable *rt;

	if (compat_route_input(flow->skb, flow->iph))
		return NULL;
	rt = skb_rtable(flow->skb);
	if (rt->dst.error || rt->rt_type != RTN_UNICAST ||
	    rt->rt_flags & (RTCF_LOCAL | RTCF_BROADCAST | RTCF_MULTICAST |
			    RTCF_DOREDIRECT))
		return NULL;
	return rt;
}

enum fast_opening fast_open(struct portico_net *pn, struct fast_flow *flow,
			    enum reason *why)
{
	const __be16 *ports = flow->l4;
	struct portico_pkt pkt = {
		.skb = flow->skb,
		.family = NFPROTO_IPV4,
		.proto = flow->iph->protocol,
		.l4 = sizeof(struct iphdr),
		.src.ip = flow->iph->saddr,
		.dst.ip = flow->iph->daddr,
		.sport = ports[0],
		.dport = ports[1],
		.has_ports = 1,
		.packets = flow->packets,
		.bytes = flow->bytes,
	};
	struct uplink *uplink;
	struct rtable *rt;

	if (flow->iph->protocol != IPPROTO_UDP || !nobody_watches(pn->net) ||
	    pool_find(&pn->pool, &pkt.dst, NFPROTO_IPV4) ||
	    !inside_find(pn, &pkt.src, NFPROTO_IPV4))
		return FAST_NOT;
	rt = route(flow);
	if (!rt)
		return FAST_NOT;
	uplink = uplink_find(&pn->uplinks, rt->dst.dev->ifindex);
	if (!uplink || !READ_ONCE(uplink->fastpath))
		return FAST_NOT;
	flow->s = flow_admit(pn, uplink, &pkt, &flow->want, &flow->m, why);
	if (!flow->s)
		return FAST_REFUSED;
	flow->way = rcu_dereference(flow->s->out);
	flow->dir = DIR_OUT;
	return FAST_OPENED;
}
