// SPDX-License-Identifier: GPL-2.0
/* Uplinks: configuration, and which external addresses are in use. */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "addrs.h"
#include "away.h"
#include "block.h"
#include "deterministic.h"
#include "event.h"
#include "exempt.h"
#include "fast.h"
#include "hook.h"
#include "migrate.h"
#include "net.h"
#include "whole.h"

#define READ_TRIES	8	/* while mappings end */
#define WATCH_PERIOD	(HZ / 2)

void uplink_defaults(struct uplink_config *config)
{
	memset(config, 0, sizeof(*config));
	config->port_min = 1024;
	config->port_max = 65535;
	config->filtering[FILTER_TCP] = PORTICO_FILTERING_ADDRESS_DEPENDENT;
	config->filtering[FILTER_UDP] = PORTICO_FILTERING_ADDRESS_DEPENDENT;
	config->filtering[FILTER_OTHER] = PORTICO_FILTERING_ADDRESS_DEPENDENT;
	config->fastpath = true;
	config->hairpin = true;
	config->icmp_code = ICMP_PKT_FILTERED;	/* RFC 5508 REQ-8 */
	config->syn_answer = true;		/* RFC 5382 REQ-4 */
	config->max_blocks = BLOCKS_DEFAULT;
	config->timeouts.udp = 300;		/* RFC 4787 REQ-5c */
	config->timeouts.tcp_opening = 240;	/* RFC 5382 REQ-5 */
	config->timeouts.tcp_established = 7440;
	config->timeouts.tcp_closing = 240;
	config->timeouts.icmp = 60;		/* RFC 5508 REQ-2 */
	config->timeouts.hold = 120;		/* RFC 6888 REQ-8 */
	config->timeouts.other = 300;
}

void uplink_config_free(struct uplink_config *config,
			const struct uplink_config *used)
{
	if (!used || config->ranges != used->ranges)
		kfree(config->ranges);
	if (!used || config->exempt != used->exempt)
		kfree(config->exempt);
}

static struct ext_set *locked_exts(const struct uplink *uplink)
{
	return rcu_dereference_protected(uplink->exts,
					 lockdep_is_held(&uplink->pn->config));
}

struct uplink *uplink_by_name(struct portico_net *pn, const char *name)
{
	struct uplink *uplink;

	list_for_each_entry(uplink, &pn->uplinks.list, list)
		if (!strcmp(uplink->name, name))
			return uplink;
	return NULL;
}

static struct ext_addr *ext_in_set(const struct ext_set *set,
				   const union nf_inet_addr *addr, u8 family)
{
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (set->at[i]->family == family &&
		    addr_equal(&set->at[i]->addr, addr))
			return set->at[i];
	return NULL;
}

static int exts_refresh(struct uplink *uplink);

/*
 * Does another uplink have @addr, and does it stay with it? One that only waits
 * for it gives it up.
 */
static bool is_anothers(struct portico_net *pn, const union nf_inet_addr *addr,
			u8 family)
{
	struct ext_addr *ext = pool_find(&pn->pool, addr, family);

	/* Two that wait for each other's: the later one has it at the next look. */
	if (!ext || !ext->away || ext->uplink->refreshing)
		return ext;
	away_end(ext);
	exts_refresh(ext->uplink);
	return pool_find(&pn->pool, addr, family);
}

static bool follows(const struct uplink *uplink, u8 family)
{
	u32 i;

	for (i = 0; i < uplink->config.nranges; i++)
		if (uplink->config.ranges[i].family == family)
			return false;
	return true;
}

static struct ext_set *exts_build(struct uplink *uplink,
				  const struct addr_list *list)
{
	struct portico_net *pn = uplink->pn;
	struct ext_set *old = locked_exts(uplink), *set;
	struct ext_addr *ext;
	bool fresh, local;
	u32 i;

	set = kvzalloc(struct_size(set, at, list->count), GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	for (i = 0; i < list->count; i++) {
		ext = ext_in_set(old, &list->at[i].addr, list->at[i].family);
		if (!ext && is_anothers(pn, &list->at[i].addr,
					list->at[i].family))
			continue;
		fresh = !ext;
		if (fresh)
			ext = ext_create(pn, uplink, &list->at[i].addr,
					 list->at[i].family);
		if (!ext)
			continue;
		/* An interface's own is local, even while its route is not there. */
		ext->followed = follows(uplink, ext->family);
		local = ext->followed || addr_is_local(pn->net, &ext->addr, ext->family);
		WRITE_ONCE(ext->local, local);
		/* Before any other host can be given a port there. */
		if (fresh)
			forward_claim(pn, ext);
		set->at[set->count++] = ext;
	}
	return set;
}

/* The address by which an uplink that follows is known, or was, or NULL. */
static struct ext_addr *followed(const struct uplink *uplink, u8 family)
{
	const struct ext_set *set = locked_exts(uplink);
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (set->at[i]->family == family)
			return set->at[i];
	return NULL;
}

/* Where the mappings of @ext, which is in no set any more, are to move; or NULL. */
static struct ext_addr *successor(const struct uplink *uplink,
				  const struct ext_addr *ext)
{
	struct ext_addr *to;

	if (!uplink->config.migrate || !ext->followed)
		return NULL;
	to = followed(uplink, ext->family);
	return to && to->followed && !to->gone ? to : NULL;
}

/* Put the set in place; what only the old one had is given up. */
static void exts_replace(struct uplink *uplink, struct ext_set *set,
			 bool changed)
{
	struct portico_net *pn = uplink->pn;
	struct ext_set *old = locked_exts(uplink);
	struct ext_addr *ext, *to;
	u32 i;

	changed |= !old || !set || old->count != set->count;
	rcu_assign_pointer(uplink->exts, set);
	for (i = 0; old && i < old->count; i++) {
		ext = old->at[i];
		if (ext_in_set(set, &ext->addr, ext->family))
			continue;
		changed = true;
		spin_lock_bh(&pn->mappings.lock);
		ext->gone = true;
		whole_lose(ext);
		spin_unlock_bh(&pn->mappings.lock);
		to = successor(uplink, ext);
		if (to)
			migrate(pn, ext, to);
		mapping_flush(pn, ext, 0);
		ext_remove(pn, ext);
	}
	if (old)
		kvfree_rcu(old, rcu);
	if (changed && set)
		event_uplink(pn, PORTICO_EVENT_UPLINK_ADDRESS, uplink);
}

static bool own_addr(const struct uplink *uplink, u8 family,
		     union nf_inet_addr *addr)
{
	const struct ext_addr *now = followed(uplink, family);
	const struct net_device *dev;
	bool found;

	rcu_read_lock();
	dev = uplink->ifindex ?
	      dev_get_by_index_rcu(uplink->pn->net, uplink->ifindex) : NULL;
	found = dev && addr_of_device(dev, family, now ? &now->addr : NULL, addr);
	rcu_read_unlock();
	return found;
}

/*
 * The address to follow: the interface's own, or, with *@away, the one that it
 * may have again. False when there is none.
 */
static bool to_follow(struct uplink *uplink, u8 family,
		      union nf_inet_addr *addr, bool *away)
{
	const struct ext_addr *was = followed(uplink, family);

	*away = false;
	if (!follows(uplink, family))
		return false;
	if (own_addr(uplink, family, addr))
		return true;
	if (!was || !away_may_wait(uplink, was))
		return false;
	*addr = was->addr;
	*away = true;
	return true;
}

/* Which of @set are away: those of the families in @away. */
static bool exts_settle(struct uplink *uplink, const struct ext_set *set,
			const bool *away)
{
	bool changed = false;
	struct ext_addr *ext;
	u32 i;

	for (i = 0; i < set->count; i++) {
		ext = set->at[i];
		changed |= away_set(uplink->pn, ext,
				    away[ext->family == NFPROTO_IPV6]);
	}
	return changed;
}

/* Make the addresses in use those that configuration and interface say. */
static int exts_refresh(struct uplink *uplink)
{
	static const u8 families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	bool away[ARRAY_SIZE(families)];
	union nf_inet_addr addr;
	struct addr_list *list;
	struct ext_set *set;
	bool changed;
	u32 i;

	list = kvzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < uplink->config.nranges; i++)
		addr_list_add_range(list, &uplink->config.ranges[i]);
	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (to_follow(uplink, families[i], &addr, &away[i]))
			addr_list_add(list, &addr, families[i]);
	uplink->refreshing = true;
	set = exts_build(uplink, list);
	uplink->refreshing = false;
	kvfree(list);
	if (!set)
		return -ENOMEM;
	changed = exts_settle(uplink, set, away);
	exts_replace(uplink, set, changed);
	forward_refresh(uplink->pn);
	return 0;
}

/* Find the interface of that name, now perhaps another one or none. */
static void uplink_bind(struct uplink *uplink)
{
	struct portico_net *pn = uplink->pn;
	struct net_device *dev = __dev_get_by_name(pn->net, uplink->name);
	int ifindex = dev && dev->reg_state == NETREG_REGISTERED ? dev->ifindex : 0;

	if (ifindex == uplink->ifindex)
		return;
	if (uplink->ifindex) {
		hlist_del_rcu(&uplink->by_index);
		synchronize_net();
	}
	WRITE_ONCE(uplink->ifindex, ifindex);
	if (ifindex)
		hlist_add_head_rcu(&uplink->by_index,
				   uplink_bucket(&pn->uplinks, ifindex));
}

/* Copy the settings to where packets read them. */
static void uplink_apply(struct uplink *uplink,
			 const struct uplink_config *config)
{
	int i;

	WRITE_ONCE(uplink->port_min, config->port_min);
	WRITE_ONCE(uplink->port_max, config->port_max);
	for (i = 0; i < __FILTER_CLASSES; i++)
		WRITE_ONCE(uplink->filtering[i], config->filtering[i]);
	WRITE_ONCE(uplink->fastpath, config->fastpath);
	WRITE_ONCE(uplink->fast_open, config->fastpath && !config->exempt);
	WRITE_ONCE(uplink->hairpin, config->hairpin);
	WRITE_ONCE(uplink->refresh_inbound, config->refresh_inbound);
	WRITE_ONCE(uplink->syn_answer, config->syn_answer);
	WRITE_ONCE(uplink->mss, config->mss);
	WRITE_ONCE(uplink->icmp_code, config->icmp_code);
	/* Who makes a block looks more than once: block.h. */
	spin_lock_bh(&uplink->pn->mappings.lock);
	uplink->block = config->block;
	uplink->max_blocks = config->max_blocks;
	uplink->deterministic = config->deterministic;
	spin_unlock_bh(&uplink->pn->mappings.lock);
	uplink->timeouts = config->timeouts;
	rcu_assign_pointer(uplink->exempt, config->exempt);
}

static void config_move(struct uplink *uplink, struct uplink_config *config)
{
	struct exempt_set *old = uplink->config.exempt;

	if (config->ranges != uplink->config.ranges)
		kfree(uplink->config.ranges);
	uplink->config = *config;
	config->ranges = NULL;
	config->nranges = 0;
	config->exempt = NULL;
	if (old && old != uplink->config.exempt)
		kfree_rcu(old, rcu);
}

int uplink_add(struct portico_net *pn, const char *name,
	       struct uplink_config *config)
{
	struct uplink *uplink;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&pn->config);
	if (uplink_by_name(pn, name))
		return -EEXIST;
	if (pn->uplinks.count >= PORTICO_MAX_UPLINKS)
		return -ENOSPC;
	uplink = kzalloc(sizeof(*uplink), GFP_KERNEL_ACCOUNT);
	if (!uplink)
		return -ENOMEM;
	uplink->pn = pn;
	refcount_set(&uplink->refs, 1);
	strscpy(uplink->name, name, sizeof(uplink->name));
	err = hook_start(pn);
	if (err)
		goto free;
	uplink_apply(uplink, config);
	config_move(uplink, config);
	uplink_bind(uplink);
	err = exts_refresh(uplink);
	if (err)
		goto unbind;
	uplink->id = ++pn->uplinks.next_id;
	list_add_tail(&uplink->list, &pn->uplinks.list);
	pn->uplinks.count++;
	WRITE_ONCE(pn->uplinks.watching, true);
	queue_delayed_work(system_power_efficient_wq, &pn->uplinks.watch,
			   WATCH_PERIOD);
	fast_refresh(pn);
	return 0;

unbind:
	if (uplink->ifindex)
		hlist_del_rcu(&uplink->by_index);
	synchronize_rcu();
	uplink_config_free(&uplink->config, NULL);
free:
	uplink_put(uplink);
	return err;
}

int uplink_set(struct portico_net *pn, struct uplink *uplink,
	       struct uplink_config *config)
{
	bool exempts = !exempt_same(config->exempt, uplink->config.exempt);

	ASSERT_RTNL();
	uplink_apply(uplink, config);
	config_move(uplink, config);
	/* What was learnt of flows does not know: all are looked at again. */
	if (exempts)
		way_flush(pn, NULL);
	gc_rescan(pn);
	return exts_refresh(uplink);
}

void uplink_put(struct uplink *uplink)
{
	if (refcount_dec_and_test(&uplink->refs))
		kfree(uplink);
}

static void uplink_put_rcu(struct rcu_head *head)
{
	uplink_put(container_of(head, struct uplink, rcu));
}

void uplink_del(struct portico_net *pn, struct uplink *uplink)
{
	lockdep_assert_held(&pn->config);
	list_del(&uplink->list);
	pn->uplinks.count--;
	if (uplink->ifindex) {
		hlist_del_rcu(&uplink->by_index);
		synchronize_net();
	}
	exts_replace(uplink, NULL, false);
	kfree(uplink->config.ranges);
	if (uplink->config.exempt)
		kfree_rcu(uplink->config.exempt, rcu);
	call_rcu(&uplink->rcu, uplink_put_rcu);
}

/* A mapping that ends meanwhile is looked for again: it would count twice. */
void uplink_read_exts(const struct uplink *uplink,
		      const struct flow_counters *retired,
		      struct ext_addr *const *exts, u32 count,
		      struct flow_counters *sum)
{
	struct portico_net *pn = uplink->pn;
	int tries;
	u32 i, ended;

	for (tries = 0; tries < READ_TRIES; tries++) {
		spin_lock_bh(&pn->mappings.lock);
		*sum = *retired;
		ended = uplink->ended;
		spin_unlock_bh(&pn->mappings.lock);
		for (i = 0; i < count; i++)
			ext_read(pn, exts[i], sum);
		if (ended == READ_ONCE(uplink->ended))
			break;
	}
}

void uplink_read(const struct uplink *uplink, struct flow_counters *sum)
{
	const struct ext_set *set = locked_exts(uplink);

	uplink_read_exts(uplink, &uplink->retired, set ? set->at : NULL,
			 set ? set->count : 0, sum);
}

/* Of several addresses, one with few hosts: the best of some drawn at random. */
static struct ext_addr *ext_choose(const struct ext_set *set, u8 family)
{
	struct ext_addr *ext, *best = NULL;
	u32 i, start, tries;

	if (!set->count)
		return NULL;
	start = set->count > 1 ? get_random_u32_below(set->count) : 0;
	tries = min_t(u32, set->count, 16);
	for (i = 0; i < set->count && (tries || !best); i++) {
		ext = set->at[(start + i) % set->count];
		if (ext->family != family || ext->gone || ext->whole)
			continue;
		if (!best || ext->hosts < best->hosts)
			best = ext;
		if (tries)
			tries--;
	}
	return best;
}

struct ext_addr *uplink_pair(struct portico_net *pn, struct uplink *uplink,
			     struct host *host)
{
	const struct ext_set *set = rcu_dereference_check(uplink->exts,
					lockdep_is_held(&pn->mappings.lock));
	struct ext_addr *ext = host->ext, *other;
	const struct mapping *m;

	lockdep_assert_held(&pn->mappings.lock);
	other = whole_of(uplink, host);
	if (other && !other->gone)
		return other;
	if (det_rules(uplink, host->family))
		return det_pair(pn, uplink, host);
	if (ext && !ext->gone && ext->uplink == uplink && !ext->whole)
		return ext;
	/* By another uplink too: the address that it already uses there. */
	hlist_for_each_entry(m, &host->mappings, host_link)
		if (m->ext->uplink == uplink && !m->ext->gone)
			return m->ext;
	other = set ? ext_choose(set, host->family) : NULL;
	if (other && (!ext || ext->gone || ext->whole))
		host_set_ext(host, other);
	return other;
}

void uplink_refresh(struct portico_net *pn)
{
	struct uplink *uplink;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(uplink, &pn->uplinks.list, list)
		exts_refresh(uplink);
}

/* Addresses changed somewhere in the namespace: RTNL held. */
static void net_refresh(struct portico_net *pn)
{
	mutex_lock(&pn->config);
	uplink_refresh(pn);
	mutex_unlock(&pn->config);
}

static bool own_addr6_changed(const struct uplink *uplink)
{
	const struct ext_addr *now = followed(uplink, NFPROTO_IPV6);
	union nf_inet_addr addr;

	if (!follows(uplink, NFPROTO_IPV6))
		return false;
	if (!own_addr(uplink, NFPROTO_IPV6, &addr))
		return now && !now->away;
	return !now || now->away || !addr_equal(&now->addr, &addr);
}

/* Is there an address that has been away for too long? */
static bool waits_in_vain(const struct uplink *uplink)
{
	const struct ext_set *set = locked_exts(uplink);
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (set->at[i]->away && !away_may_wait(uplink, set->at[i]))
			return true;
	return false;
}

/*
 * IPv6 addresses come and go in contexts that must not sleep, and nobody is told
 * when one has passed duplicate detection or is no longer preferred: so they are
 * looked at now and then, and soon after an event. So is the time of those that
 * are away.
 */
static void watch_addrs(struct work_struct *work)
{
	struct uplink_table *table = container_of(to_delayed_work(work),
						  struct uplink_table, watch);
	struct portico_net *pn = container_of(table, struct portico_net, uplinks);
	const struct uplink *uplink;
	bool changed = false;

	mutex_lock(&pn->config);
	list_for_each_entry(uplink, &table->list, list)
		changed |= own_addr6_changed(uplink) || waits_in_vain(uplink);
	mutex_unlock(&pn->config);
	if (changed) {
		rtnl_lock();
		net_refresh(pn);
		rtnl_unlock();
	}
	if (READ_ONCE(table->watching))
		queue_delayed_work(system_power_efficient_wq, &table->watch,
				   WATCH_PERIOD);
}

/* Atomic: the work does it. */
static int inet6addr_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	struct portico_net *pn = portico_pernet(dev_net(ifa->idev->dev));

	if (READ_ONCE(pn->uplinks.watching))
		mod_delayed_work(system_power_efficient_wq, &pn->uplinks.watch, 0);
	return NOTIFY_DONE;
}

static int inetaddr_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	if (event == NETDEV_UP || event == NETDEV_DOWN)
		net_refresh(portico_pernet(dev_net(ifa->ifa_dev->dev)));
	return NOTIFY_DONE;
}

/*
 * The notifier is about to go, and each interface is reported as unregistered:
 * it must be forgotten for good, for nobody will say when it really goes.
 */
static bool leaving;

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct portico_net *pn = portico_pernet(dev_net(dev));
	struct uplink *uplink;

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGE:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGEUPPER:
		break;
	default:
		return NOTIFY_DONE;
	}
	way_flush(pn, dev);
	mutex_lock(&pn->config);
	list_for_each_entry(uplink, &pn->uplinks.list, list) {
		uplink_bind(uplink);
		exts_refresh(uplink);
	}
	if (event == NETDEV_UNREGISTER)
		fast_forget(pn, dev);
	else if (pn->uplinks.count && !READ_ONCE(leaving))
		fast_refresh(pn);
	mutex_unlock(&pn->config);
	return NOTIFY_DONE;
}

static struct notifier_block inetaddr_notifier = {
	.notifier_call = inetaddr_event,
};

static struct notifier_block inet6addr_notifier = {
	.notifier_call = inet6addr_event,
};

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

int uplink_init(void)
{
	int err = register_inetaddr_notifier(&inetaddr_notifier);

	if (err)
		return err;
	err = register_inet6addr_notifier(&inet6addr_notifier);
	if (err)
		goto inetaddr;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto inet6addr;
	return 0;

inet6addr:
	unregister_inet6addr_notifier(&inet6addr_notifier);
inetaddr:
	unregister_inetaddr_notifier(&inetaddr_notifier);
	return err;
}

void uplink_exit(void)
{
	WRITE_ONCE(leaving, true);
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_inet6addr_notifier(&inet6addr_notifier);
	unregister_inetaddr_notifier(&inetaddr_notifier);
}

void uplink_net_init(struct portico_net *pn)
{
	INIT_LIST_HEAD(&pn->uplinks.list);
	hash_init(pn->uplinks.by_index);
	INIT_DELAYED_WORK(&pn->uplinks.watch, watch_addrs);
}

void uplink_net_exit(struct portico_net *pn)
{
	struct uplink *uplink, *tmp;

	if (pn->uplinks.watching) {
		WRITE_ONCE(pn->uplinks.watching, false);
		synchronize_rcu();	/* notifiers are readers */
		cancel_delayed_work_sync(&pn->uplinks.watch);
	}
	mutex_lock(&pn->config);
	list_for_each_entry_safe(uplink, tmp, &pn->uplinks.list, list)
		uplink_del(pn, uplink);
	mutex_unlock(&pn->config);
}
