// SPDX-License-Identifier: GPL-2.0
/* External addresses that belong to one inside host each. */
#include "bound.h"
#include "net.h"
#include "whole.h"

#define BOUND_BATCH	256	/* ports looked at without a pause */

struct ext_addr *whole_of(const struct uplink *uplink, const struct host *host)
{
	const struct ext_set *set = rcu_dereference_check(uplink->exts, 1);
	u32 i;

	if (likely(!READ_ONCE(host->wholes)))
		return NULL;
	for (i = 0; set && i < set->count; i++)
		if (READ_ONCE(set->at[i]->whole) == host)
			return set->at[i];
	return NULL;
}

bool whole_at(struct portico_net *pn, const struct uplink *uplink,
	      const union nf_inet_addr *addr, u8 family)
{
	const struct host *host = host_find(pn, addr, family);

	return host && whole_of(uplink, host);
}

bool whole_forbids(struct portico_net *pn, const struct ext_addr *ext,
		   __be16 port, const struct endpoint *in)
{
	const struct host *host;

	if (ext->whole)
		return port != in->port || ext->family != in->family ||
		       !addr_equal(&ext->whole->addr, &in->addr);
	host = host_find(pn, &in->addr, in->family);
	return host && whole_of(ext->uplink, host);
}

void whole_lose(struct ext_addr *ext)
{
	if (!ext->whole)
		return;
	WRITE_ONCE(ext->whole->wholes, ext->whole->wholes - 1);
	WRITE_ONCE(ext->whole, NULL);
}

/* Has the gateway a socket there? Process context. */
static bool is_bound(struct portico_net *pn, const struct ext_addr *ext)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	bool found = false;
	u32 i, port;

	for (i = 0; i < ARRAY_SIZE(protos) && !found; i++)
		for (port = 1; port <= U16_MAX && !found; port++) {
			if (port % BOUND_BATCH == 0)
				cond_resched();
			local_bh_disable();
			found = port_is_local_at(pn->net, protos[i], htons(port),
						 &ext->addr, ext->family);
			local_bh_enable();
		}
	return found;
}

/* A mapping on @ext that is in the host's way, static ones of @statics too. */
static bool is_in_the_way(const struct mapping *m, const struct endpoint *in,
			  bool statics)
{
	if (m->flags & MAPPING_STATIC)
		return statics;
	return !addr_equal(&m->host->addr, &in->addr);
}

/* The first such mapping, or NULL. Lock held. */
static const struct mapping *find_in_the_way(const struct ext_addr *ext,
					     const struct endpoint *in,
					     bool statics)
{
	const struct mapping *m;
	u32 space, port, left;

	for (space = 0; space < __EXT_SPACES; space++) {
		left = ext->spaces[space] ? ext->spaces[space]->owned : 0;
		for (port = 0; left && port <= U16_MAX; port++) {
			m = ext_owner(ext, space, htons(port));
			if (!m)
				continue;
			left--;
			if (is_in_the_way(m, in, statics))
				return m;
		}
	}
	return NULL;
}

/* What else binds the host at @ext's uplink, told; or NULL. Lock held. */
static const char *host_is_bound(struct portico_net *pn,
				 const struct ext_addr *ext,
				 const struct host *host)
{
	const struct ext_addr *other;
	const struct mapping *m;

	list_for_each_entry(other, &pn->pool.all, all)
		if (other->whole == host && other->uplink == ext->uplink)
			return "the inside host has another address of that uplink as a whole";
	hlist_for_each_entry(m, &host->mappings, host_link)
		if (m->flags & MAPPING_STATIC && m->ext->uplink == ext->uplink)
			return "a port of the inside host is forwarded at another address there";
	return NULL;
}

static const char *way_told(const struct mapping *m)
{
	return m->flags & MAPPING_STATIC ?
	       "an external port of it belongs to another forward" :
	       "an external port of it belongs to another host's mapping: see mapping show";
}

/* From now on @ext is @host's; what else the host has by that uplink ends. */
static void give(struct portico_net *pn, struct ext_addr *ext, struct host *host)
{
	struct flow_counters so_far = {};
	struct hlist_node *tmp;
	struct mapping *m;

	lockdep_assert_held(&pn->mappings.lock);
	hlist_for_each_entry_safe(m, tmp, &host->mappings, host_link) {
		if (m->ext->uplink != ext->uplink)
			continue;
		if (m->ext == ext && m->flags & MAPPING_PRESERVED) {
			WRITE_ONCE(m->flags, m->flags | MAPPING_WHOLE);
			mapping_read(m, &so_far);
		} else {
			mapping_unlink(pn, m);
		}
	}
	/* Who has it all need not wait until others have forgotten it. */
	pool_wake(pn, ext);
	/* What was counted before is not this forward's. */
	memset(&ext->retired, 0, sizeof(ext->retired));
	flow_counters_sub(&ext->retired, &so_far);
	WRITE_ONCE(host->wholes, host->wholes + 1);
	WRITE_ONCE(ext->whole, host);
	if (!host->ext || host->ext->whole != host)
		host_set_ext(host, ext);
}

static int locked_place(struct portico_net *pn, struct ext_addr *ext,
			const struct endpoint *in, const char **cause)
{
	const struct mapping *m = find_in_the_way(ext, in, true);
	enum reason why;
	struct host *host;

	if (m) {
		*cause = way_told(m);
		return -EBUSY;
	}
	host = host_make(pn, &in->addr, in->family, &why);
	if (!host) {
		*cause = "the table of hosts is full";
		return -ENOSPC;
	}
	*cause = host_is_bound(pn, ext, host);
	if (*cause)
		return -EEXIST;
	give(pn, ext, host);
	return 0;
}

/* The address, if an uplink has it and no socket of the gateway is there. */
static struct ext_addr *find_free(struct portico_net *pn,
				  const struct forward *f, int *err,
				  const char **cause)
{
	struct ext_addr *ext;

	lockdep_assert_held(&pn->config);
	ext = pool_find(&pn->pool, &f->ex.addr, f->ex.family);
	if (!ext) {
		*cause = "not an external address of any uplink";
		*err = -EADDRNOTAVAIL;
		return NULL;
	}
	if (ext->local && is_bound(pn, ext)) {
		*cause = "a socket of the gateway holds a port there or at every address";
		*err = -EBUSY;
		return NULL;
	}
	return ext;
}

int whole_place(struct portico_net *pn, const struct forward *f,
		const char **cause)
{
	struct ext_addr *ext;
	int err = 0;

	ext = find_free(pn, f, &err, cause);
	if (!ext)
		return err;
	rcu_read_lock();	/* hosts are looked up in a hash table */
	spin_lock_bh(&pn->mappings.lock);
	err = locked_place(pn, ext, &f->in, cause);
	spin_unlock_bh(&pn->mappings.lock);
	rcu_read_unlock();
	return err;
}

int whole_check(struct portico_net *pn, const struct forward *f,
		const char **cause)
{
	const struct mapping *m;
	struct ext_addr *ext;
	int err = 0;

	ext = find_free(pn, f, &err, cause);
	if (!ext)
		return err == -EADDRNOTAVAIL ? 0 : err;
	spin_lock_bh(&pn->mappings.lock);
	/* Another host's as a whole? Those mappings would go with it. */
	m = ext->whole ? NULL : find_in_the_way(ext, &f->in, false);
	if (m) {
		*cause = way_told(m);
		err = -EBUSY;
	}
	spin_unlock_bh(&pn->mappings.lock);
	return err;
}

/* The address while it is @f's, else NULL. */
static struct ext_addr *placed(struct portico_net *pn, const struct forward *f)
{
	struct ext_addr *ext = pool_find(&pn->pool, &f->ex.addr, f->ex.family);
	const struct host *host = ext ? READ_ONCE(ext->whole) : NULL;

	lockdep_assert_held(&pn->config);
	return host && addr_equal(&host->addr, &f->in.addr) ? ext : NULL;
}

bool whole_is_placed(struct portico_net *pn, const struct forward *f)
{
	return placed(pn, f);
}

void whole_withdraw(struct portico_net *pn, const struct forward *f)
{
	struct ext_addr *ext = placed(pn, f);

	if (!ext)
		return;
	spin_lock_bh(&pn->mappings.lock);
	whole_lose(ext);
	spin_unlock_bh(&pn->mappings.lock);
	mapping_flush(pn, ext, MAPPING_WHOLE);
}

void whole_read(struct portico_net *pn, const struct forward *f,
		struct flow_counters *sum)
{
	struct ext_addr *ext = placed(pn, f);
	struct flow_counters now;

	if (!ext)
		return;
	uplink_read_exts(ext->uplink, &ext->retired, &ext, 1, &now);
	flow_counters_add(sum, &now);
}

/* A host that is inside no more is left alone, as it would be outbound. */
static bool may_reach(struct portico_net *pn, const struct ext_addr *ext,
		      const struct host *host)
{
	const struct inside *inside = inside_find(pn, &host->addr, host->family);

	return inside && !inside->npt &&
	       inside_leaves_by(inside, ext->uplink->name);
}

static struct mapping *locked_map(struct portico_net *pn, struct ext_addr *ext,
				  u8 proto, __be16 port, enum reason *why)
{
	struct host *host = ext->whole;
	struct mapping_want want;
	struct mapping *m;

	*why = REASON_UNSOLICITED;
	if (!host || !may_reach(pn, ext, host))
		return NULL;
	m = ext_owner(ext, ext_space(proto), port);
	if (m)
		return m;
	/* New, and not yet what the host leaves by? A moment, and it is. */
	if (host_pair(pn, host, ext->uplink) != ext)
		return NULL;
	if (ext->local && port_is_local_at(pn->net, proto, port, &ext->addr,
					   ext->family)) {
		*why = REASON_LOCAL;
		return NULL;
	}
	mapping_want(pn, &want, &host->addr, port, proto, host->family);
	want.host = host;
	return mapping_make(pn, ext->uplink, &want, why);
}

struct mapping *whole_map(struct portico_net *pn, struct ext_addr *ext,
			  u8 proto, __be16 port, enum reason *why)
{
	struct mapping *m;

	spin_lock_bh(&pn->mappings.lock);
	m = locked_map(pn, ext, proto, port, why);
	spin_unlock_bh(&pn->mappings.lock);
	return m;
}
