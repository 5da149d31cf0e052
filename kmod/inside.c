// SPDX-License-Identifier: GPL-2.0
/* Inside prefixes. */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <linux/portico.h>

#include "net.h"

static struct inside_set *locked_set(const struct portico_net *pn)
{
	return rcu_dereference_protected(pn->inside.set,
					 lockdep_is_held(&pn->config));
}

bool addr_in_prefix(const union nf_inet_addr *addr,
		    const union nf_inet_addr *prefix, u8 plen)
{
	return ipv6_prefix_equal(&addr->in6, &prefix->in6, plen);
}

bool addr_is_prefix(const union nf_inet_addr *addr, u8 family, u8 plen)
{
	union nf_inet_addr masked;

	if (plen > addr_len(family) * 8)
		return false;
	ipv6_addr_prefix(&masked.in6, &addr->in6, plen);
	return addr_equal(&masked, addr);
}

static bool inside_holds(const struct inside *inside,
			 const union nf_inet_addr *addr, u8 family)
{
	if (inside->family != family)
		return false;
	if (family == NFPROTO_IPV4)
		return !((addr->ip ^ inside->addr.ip) & inet_make_mask(inside->plen));
	return addr_in_prefix(addr, &inside->addr, inside->plen);
}

/* Longest prefix first, so the first hit is the best. */
const struct inside *inside_find(const struct portico_net *pn,
				 const union nf_inet_addr *addr, u8 family)
{
	const struct inside_set *set = rcu_dereference_check(pn->inside.set, 1);
	u32 i;

	if (!set)
		return NULL;
	for (i = 0; i < set->count; i++)
		if (inside_holds(&set->at[i], addr, family))
			return &set->at[i];
	return NULL;
}

const struct inside *inside_get(const struct portico_net *pn,
				const union nf_inet_addr *addr, u8 family,
				u8 plen)
{
	const struct inside_set *set = locked_set(pn);
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (set->at[i].family == family && set->at[i].plen == plen &&
		    addr_equal(&set->at[i].addr, addr))
			return &set->at[i];
	return NULL;
}

static struct inside_set *set_alloc(u32 count)
{
	struct inside_set *set;

	set = kzalloc(struct_size(set, at, count), GFP_KERNEL_ACCOUNT);
	if (set)
		set->count = count;
	return set;
}

static void set_replace(struct portico_net *pn, struct inside_set *set)
{
	struct inside_set *old = locked_set(pn);

	rcu_assign_pointer(pn->inside.set, set);
	/* Who still sees the old era may use the old set: it is not yet freed. */
	smp_store_release(&pn->inside.era, pn->inside.era + 1);
	if (old)
		kfree_rcu(old, rcu);
}

int inside_add(struct portico_net *pn, const struct inside *inside)
{
	struct inside_set *old = locked_set(pn), *set;
	u32 count = old ? old->count : 0, i;

	if (inside_get(pn, &inside->addr, inside->family, inside->plen))
		return -EEXIST;
	if (count >= PORTICO_MAX_INSIDE)
		return -ENOSPC;
	set = set_alloc(count + 1);
	if (!set)
		return -ENOMEM;
	for (i = 0; i < count && old->at[i].plen >= inside->plen; i++)
		set->at[i] = old->at[i];
	set->at[i] = *inside;
	for (; i < count; i++)
		set->at[i + 1] = old->at[i];
	set_replace(pn, set);
	return 0;
}

int inside_change(struct portico_net *pn, const struct inside *inside)
{
	struct inside_set *old = locked_set(pn), *set;
	u32 i;

	if (!inside_get(pn, &inside->addr, inside->family, inside->plen))
		return -ENOENT;
	set = set_alloc(old->count);
	if (!set)
		return -ENOMEM;
	for (i = 0; i < old->count; i++) {
		set->at[i] = old->at[i];
		if (old->at[i].family == inside->family &&
		    old->at[i].plen == inside->plen &&
		    addr_equal(&old->at[i].addr, &inside->addr))
			set->at[i] = *inside;
	}
	set_replace(pn, set);
	return 0;
}

int inside_del(struct portico_net *pn, const union nf_inet_addr *addr,
	       u8 family, u8 plen)
{
	struct inside_set *old = locked_set(pn), *set;
	u32 i, n = 0;

	if (!inside_get(pn, addr, family, plen))
		return -ENOENT;
	set = set_alloc(old->count - 1);
	if (!set)
		return -ENOMEM;
	for (i = 0; i < old->count; i++)
		if (old->at[i].family != family || old->at[i].plen != plen ||
		    !addr_equal(&old->at[i].addr, addr))
			set->at[n++] = old->at[i];
	set_replace(pn, set);
	return 0;
}

void inside_net_exit(struct portico_net *pn)
{
	kfree(rcu_dereference_protected(pn->inside.set, 1));
}
