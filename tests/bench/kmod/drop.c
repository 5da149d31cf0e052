// SPDX-License-Identifier: GPL-2.0
/*
 * The floor of every measurement: a netdev ingress hook that drops what comes
 * in by the device named at load time. What a path costs is what it costs
 * beyond this.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>

static char *dev = "d0";
module_param(dev, charp, 0444);
MODULE_PARM_DESC(dev, "interface whose packets are dropped");

static unsigned long dropped;
module_param(dropped, ulong, 0444);
MODULE_PARM_DESC(dropped, "packets dropped so far");

static unsigned int drop(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	dropped++;
	return NF_DROP;
}

static struct nf_hook_ops ops = {
	.hook		= drop,
	.pf		= NFPROTO_NETDEV,
	.hooknum	= NF_NETDEV_INGRESS,
};

static int __init drop_init(void)
{
	struct net *net = current->nsproxy->net_ns;
	int err;

	ops.dev = dev_get_by_name(net, dev);
	if (!ops.dev)
		return -ENODEV;
	err = nf_register_net_hook(net, &ops);
	if (err)
		dev_put(ops.dev);
	return err;
}

static void __exit drop_exit(void)
{
	nf_unregister_net_hook(dev_net(ops.dev), &ops);
	dev_put(ops.dev);
}

module_init(drop_init);
module_exit(drop_exit);

MODULE_DESCRIPTION("Drop at netdev ingress, to measure against");
MODULE_LICENSE("GPL");
