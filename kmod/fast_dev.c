// SPDX-License-Identifier: GPL-2.0
/* Which interfaces have the fast path. */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "fast.h"
#include "fast_batch.h"
#include "net.h"

static bool fast_fits(const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER && !(dev->flags & IFF_LOOPBACK) &&
	       dev->reg_state == NETREG_REGISTERED &&
	       !netif_is_bridge_port(dev) && !netif_is_l3_slave(dev);
}

static struct fast_dev *fast_of(struct portico_net *pn,
				const struct net_device *dev)
{
	struct fast_dev *fd;

	list_for_each_entry(fd, &pn->fast, list)
		if (fd->ops.dev == dev)
			return fd;
	return NULL;
}

static void fast_add(struct portico_net *pn, struct net_device *dev)
{
	struct fast_dev *fd = kzalloc(sizeof(*fd), GFP_KERNEL_ACCOUNT);

	if (!fd)
		return;		/* its packets take the slow path */
	fd->pn = pn;
	fd->ops.hook = fast_hook;
	fd->ops.pf = NFPROTO_NETDEV;
	fd->ops.hooknum = NF_NETDEV_INGRESS;
	fd->ops.priority = INT_MAX;	/* after the admin's chains */
	fd->ops.dev = dev;
	fd->ops.priv = fd;
	if (nf_register_net_hook(pn->net, &fd->ops)) {
		kfree(fd);
		return;
	}
	list_add_tail(&fd->list, &pn->fast);
}

static void fast_remove(struct fast_dev *fd)
{
	nf_unregister_net_hook(fd->pn->net, &fd->ops);
	list_del(&fd->list);
	synchronize_net();
	batch_wait(fd->pn);
	kfree(fd);
}

void fast_refresh(struct portico_net *pn)
{
	struct net_device *dev;
	struct fast_dev *fd;

	ASSERT_RTNL();
	lockdep_assert_held(&pn->config);
	for_each_netdev(pn->net, dev) {
		fd = fast_of(pn, dev);
		if (!fd && fast_fits(dev))
			fast_add(pn, dev);
		else if (fd && !fast_fits(dev))
			fast_remove(fd);
	}
	rcu_read_lock();			/* uplink_find() is a reader's */
	list_for_each_entry(fd, &pn->fast, list)
		WRITE_ONCE(fd->uplink, !!uplink_find(&pn->uplinks,
						     fd->ops.dev->ifindex));
	rcu_read_unlock();
}

void fast_forget(struct portico_net *pn, const struct net_device *dev)
{
	struct fast_dev *fd = fast_of(pn, dev);

	if (fd)
		fast_remove(fd);
}

void fast_net_init(struct portico_net *pn)
{
	INIT_LIST_HEAD(&pn->fast);
	pn->batch_from = BATCH_FROM;
}

void fast_net_exit(struct portico_net *pn)
{
	struct fast_dev *fd, *tmp;

	mutex_lock(&pn->config);
	list_for_each_entry_safe(fd, tmp, &pn->fast, list)
		fast_remove(fd);
	mutex_unlock(&pn->config);
}
