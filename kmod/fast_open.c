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

static const struct nf_hook_entries *hooks(const struct net *net,
					   unsigned int hook)
{
	return rcu_dereference(net->nf.hooks_ipv4[hook]);
}

/*
 * How many look at packets that leave. Not counted: AppArmor's hook, which lets
 * every forwarded packet pass. (SELinux, which does not, has one in FORWARD too.)
 */
static unsigned int leave_hooks(const struct nf_hook_entries *entries)
{
	struct nf_hook_ops **ops = nf_hook_entries_get_hook_ops(entries);
	unsigned int i, count = 0;

	for (i = 0; i < entries->num_hook_entries; i++)
		count += READ_ONCE(ops[i])->priority != NF_IP_PRI_SELINUX_FIRST;
	return count;
}

static bool nobody_watches(const struct net *net)
{
	const struct nf_hook_entries *come = hooks(net, NF_INET_PRE_ROUTING);
	const struct nf_hook_entries *leave = hooks(net, NF_INET_POST_ROUTING);

	if (hooks(net, NF_INET_FORWARD) ||
	    !come || come->num_hook_entries > OUR_PRE_ROUTING ||
	    !leave || leave_hooks(leave) > OUR_POST_ROUTING)
		return false;
#ifdef CONFIG_XFRM
	if (net->xfrm.policy_count[XFRM_POLICY_FWD] ||
	    net->xfrm.policy_count[XFRM_POLICY_OUT])
		return false;
#endif
	return true;
}

/* Routed as ip_rcv_finish() would have it; plain forwarding or nothing. */
static const struct net_device *route(struct fast_flow *flow)
{
	const struct rtable *rt;

	if (compat_route_input(flow->skb, flow->iph))
		return NULL;
	rt = skb_rtable(flow->skb);
	if (rt->dst.error || rt->rt_type != RTN_UNICAST ||
	    rt->rt_flags & (RTCF_LOCAL | RTCF_BROADCAST | RTCF_MULTICAST |
			    RTCF_DOREDIRECT))
		return NULL;
	return rt->dst.dev;
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
	const struct net_device *dev;
	/* Before the set is read: what is learnt is never newer than said. */
	u32 era = smp_load_acquire(&pn->inside.era);
	const struct opening *opening;
	struct uplink *uplink;

	if (flow->iph->protocol != IPPROTO_UDP || !nobody_watches(pn->net) ||
	    pool_find(&pn->pool, &pkt.dst, NFPROTO_IPV4))
		return FAST_NOT;
	opening = opening_find(pn, flow->skb, flow->iph);
	flow->want.inside = opening ? opening->inside :
			    inside_find(pn, &pkt.src, NFPROTO_IPV4);
	if (!flow->want.inside)
		return FAST_NOT;
	dev = opening ? opening->way->dev : route(flow);
	if (!dev)
		return FAST_NOT;
	uplink = uplink_find(&pn->uplinks, dev->ifindex);
	/* Exempt destinations are the slow path's to know. */
	if (!uplink || !READ_ONCE(uplink->fast_open))
		return FAST_NOT;
	flow->s = flow_admit(pn, uplink, &pkt, &flow->want, opening, &flow->m,
			     why);
	if (!flow->s)
		return FAST_REFUSED;
	session_active(flow->s);
	flow->way = rcu_dereference(flow->s->out);
	if (!opening && flow->way)
		opening_learn(pn, flow, era);
	flow->dir = DIR_OUT;
	return FAST_OPENED;
}
