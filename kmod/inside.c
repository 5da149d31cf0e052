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

const struct inside_set *inside_set_now(const struct portico_net *pn)
{
	return locked_set(pn);
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
const struct inside *inside_set_find(const struct inside_set *set,
				     const union nf_inet_addr *addr, u8 family)
{
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (inside_holds(&set->at[i], addr, family))
			return &set->at[i];
	return NULL;
}

const struct inside *inside_find(const struct portico_net *pn,
				 const union nf_inet_addr *addr, u8 family)
{
	return inside_set_find(rcu_dereference_check(pn->inside.set, 1), addr,
			       family);
}

bool inside_has_quotas(const struct portico_net *pn)
{
	const struct inside_set *set = rcu_dereference_check(pn->inside.set, 1);

	return set && set->quotas;
}

bool inside_maps(const struct portico_net *pn, const union nf_inet_addr *addr,
		 u8 family)
{
	const struct inside *inside = inside_find(pn, addr, family);

	return inside && !inside->npt;
}

const struct inside *inside_npt_of(const struct portico_net *pn,
				   const union nf_inet_addr *addr)
{
	const struct inside *inside = inside_find(pn, addr, NFPROTO_IPV6);

	return inside && inside->npt ? inside : NULL;
}

const struct inside *inside_npt_to(const struct portico_net *pn,
				   const union nf_inet_addr *addr)
{
	const struct inside_set *set = rcu_dereference_check(pn->inside.set, 1);
	u32 i;

	if (!set || !set->npts)
		return NULL;
	for (i = 0; i < set->count; i++)
		if (set->at[i].npt &&
		    ipv6_prefix_equal(&addr->in6, &set->at[i].npt_prefix,
				      set->at[i].plen))
			return &set->at[i];
	return NULL;
}

/* The same prefix, whatever its settings? */
static bool inside_same(const struct inside *a, const struct inside *b)
{
	return a->family == b->family && a->plen == b->plen &&
	       addr_equal(&a->addr, &b->addr);
}

const struct inside *inside_set_get(const struct inside_set *set,
				    const struct inside *name)
{
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (inside_same(&set->at[i], name))
			return &set->at[i];
	return NULL;
}

const struct inside *inside_get(const struct portico_net *pn,
				const struct inside *name)
{
	return inside_set_get(locked_set(pn), name);
}

struct inside_set *inside_set_new(u32 room)
{
	return kvzalloc(struct_size_t(struct inside_set, at, room),
			GFP_KERNEL_ACCOUNT);
}

/* One more of what is looked for only where there is any. */
static void set_tally(struct inside_set *set, const struct inside *inside)
{
	set->npts += inside->npt;
	set->quotas += !!inside->quota;
}

/* Would the external prefix of @inside overlap another's? */
static bool npt_overlaps(const struct inside_set *set,
			 const struct inside *inside)
{
	const struct inside *other;
	u32 i;

	for (i = 0; inside->npt && set && i < set->count; i++) {
		other = &set->at[i];
		if (other->npt && !inside_same(other, inside) &&
		    ipv6_prefix_equal(&other->npt_prefix, &inside->npt_prefix,
				      min(other->plen, inside->plen)))
			return true;
	}
	return false;
}

/* Behind all that are longer, or of the same length and there before. */
int inside_set_put(struct inside_set *set, const struct inside *inside)
{
	u32 i;

	if (inside_set_get(set, inside))
		return -EEXIST;
	if (npt_overlaps(set, inside))
		return -EADDRINUSE;
	for (i = set->count; i && set->at[i - 1].plen < inside->plen; i--)
		set->at[i] = set->at[i - 1];
	set->at[i] = *inside;
	set->count++;
	set_tally(set, inside);
	return 0;
}

void inside_replace(struct portico_net *pn, struct inside_set *set)
{
	struct inside_set *old = locked_set(pn);

	rcu_assign_pointer(pn->inside.set, set);
	/* Who still sees the old era may use the old set: it is not yet freed. */
	smp_store_release(&pn->inside.era, pn->inside.era + 1);
	if (old)
		kvfree_rcu(old, rcu);
}

/* A copy of the set in use, with room for more, but without @name if given. */
static struct inside_set *set_copy(const struct portico_net *pn, u32 more,
				   const struct inside *name)
{
	const struct inside_set *old = locked_set(pn);
	struct inside_set *set = inside_set_new((old ? old->count : 0) + more);
	u32 i;

	for (i = 0; set && old && i < old->count; i++) {
		if (name && inside_same(&old->at[i], name))
			continue;
		set->at[set->count++] = old->at[i];
		set_tally(set, &old->at[i]);
	}
	return set;
}

int inside_add(struct portico_net *pn, const struct inside *inside)
{
	const struct inside_set *old = locked_set(pn);
	struct inside_set *set;
	int err;

	if (!inside_get(pn, inside) && old && old->count >= PORTICO_MAX_INSIDE)
		return -ENOSPC;
	set = set_copy(pn, 1, NULL);
	if (!set)
		return -ENOMEM;
	err = inside_set_put(set, inside);
	if (err)
		kvfree(set);
	else
		inside_replace(pn, set);
	return err;
}

/* It keeps its place: dumps resume behind it. */
int inside_change(struct portico_net *pn, const struct inside *inside)
{
	const struct inside *old = inside_get(pn, inside);
	struct inside_set *set;
	u32 i;

	if (!old)
		return -ENOENT;
	if (npt_overlaps(locked_set(pn), inside))
		return -EADDRINUSE;
	set = set_copy(pn, 0, NULL);
	if (!set)
		return -ENOMEM;
	i = old - locked_set(pn)->at;
	set->npts -= set->at[i].npt;
	set->quotas -= !!set->at[i].quota;
	set->at[i] = *inside;
	set_tally(set, inside);
	inside_replace(pn, set);
	return 0;
}

int inside_del(struct portico_net *pn, const struct inside *name)
{
	struct inside_set *set;

	if (!inside_get(pn, name))
		return -ENOENT;
	set = set_copy(pn, 0, name);
	if (!set)
		return -ENOMEM;
	inside_replace(pn, set);
	return 0;
}

void inside_net_exit(struct portico_net *pn)
{
	kvfree(rcu_dereference_protected(pn->inside.set, 1));
}
