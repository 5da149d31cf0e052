// SPDX-License-Identifier: GPL-2.0
/* Mappings and sessions kept on request. */
#include <crypto/algapi.h>
#include <linux/netdevice.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>

#include "compat.h"
#include "deterministic.h"
#include "lease.h"
#include "net.h"

/* The well-known ports are for those whose own port is one (RFC 4787 REQ-3a). */
static bool port_may_be_given(const struct lease_want *want)
{
	const struct uplink *uplink = want->uplink;
	u16 port = ntohs(want->ex.port);

	if (port < 1024)
		return port && ntohs(want->in.port) < 1024;
	return port >= READ_ONCE(uplink->port_min) &&
	       port <= READ_ONCE(uplink->port_max);
}

static int refusal(enum reason why)
{
	switch (why) {
	case REASON_HOST_PORTS:
	case REASON_HOST_SESSIONS:
	case REASON_HOST_RATE:
	case REASON_HOST_QUOTA:
	case REASON_HOST_BLOCKS:
		return -EDQUOT;
	case REASON_NO_ADDRESS:
		return -ENETDOWN;
	case REASON_NO_MEMORY:
		return -ENOMEM;
	default:
		return -ENOSPC;
	}
}

/* A new mapping whose external endpoint is not for us to choose freely. */
static int place(struct portico_net *pn, const struct lease_want *want,
		 struct mapping **m)
{
	enum reason why = REASON_NO_MEMORY;
	struct ext_addr *ext;
	struct host *host;
	__be16 port;
	int err;

	host = host_make(pn, &want->in.addr, want->in.family, &why);
	if (!host)
		return refusal(why);
	/* One host has one external address, RFC 4787 REQ-2. */
	ext = host_pair(pn, host, want->uplink);
	if (!ext)
		return refusal(det_refusal(want->uplink, host->family));
	if (want->ex_addr && !addr_equal(&ext->addr, &want->ex.addr))
		return -EBUSY;
	port = want->ex_port ? want->ex.port : want->in.port;
	if (want->ex_port && !port_may_be_given(want))
		return -EBUSY;
	if (!host_may_map(host, want->inside, &why))
		return refusal(why);
	err = mapping_place(pn, ext, port, &want->in, 0, m, &why);
	/* It may ask for another one at once, which must not count twice. */
	if (err == -EBUSY)
		host_map_undone(host);
	return err == -ENOSPC ? refusal(why) : err;
}

static int make(struct portico_net *pn, const struct lease_want *want,
		struct mapping_want *key, struct mapping **m)
{
	enum reason why = REASON_NO_MEMORY;
	int err;

	if (want->ex_port) {
		return place(pn, want, m);
	} else if (want->ex_addr) {
		/* The internal port if it can be had, else any. */
		err = place(pn, want, m);
		if (err != -EBUSY)
			return err;
	}
	key->inside = want->inside;
	*m = mapping_make(pn, want->uplink, key, &why);
	if (!*m)
		return refusal(why);
	if (want->ex_addr && !addr_equal(&(*m)->ext->addr, &want->ex.addr)) {
		mapping_unlink(pn, *m);
		return -EBUSY;
	}
	return 0;
}

/* Two leases of one mapping have the same holder only if the nonces agree. */
static bool holder_differs(const struct lease *lease,
			   const struct lease_want *want)
{
	return lease->on && (s32)(lease->end - (u32)jiffies) > 0 &&
	       crypto_memneq(lease->nonce, want->nonce, LEASE_NONCE);
}

static void lease_set(struct lease *lease, const struct lease_want *want,
		      u32 end)
{
	memcpy(lease->nonce, want->nonce, LEASE_NONCE);
	lease->end = end;
	lease->on = true;
}

static int lease_session(struct portico_net *pn, struct mapping *m,
			 struct lease *lease, const struct lease_want *want)
{
	u32 end = (u32)jiffies + want->seconds * HZ;
	enum reason why = REASON_NO_MEMORY;
	struct session *s;

	if (holder_differs(lease, want))
		return -EACCES;
	s = session_make(pn, m, &want->remote.addr, want->remote.port, &why);
	if (!s)
		return refusal(why);
	/* PEER never shortens (RFC 6887 section 12.3). */
	if (lease->on && (s32)(lease->end - end) > 0)
		end = lease->end;
	lease_set(lease, want, end);
	s->flags |= SESSION_LEASED;
	return 0;
}

static void keep(struct portico_net *pn, struct mapping *m, u32 end)
{
	WRITE_ONCE(m->flags, m->flags | MAPPING_LEASED);
	mapping_due(pn, m, end);
}

bool lease_get(const struct mapping *m, struct lease *lease)
{
	const struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);

	if (!(m->flags & MAPPING_LEASED))
		return false;
	*lease = extra->map;
	return true;
}

void lease_put(struct portico_net *pn, struct mapping *m,
	       const struct lease *lease)
{
	struct mapping_extra *extra = session_extra(m);

	lockdep_assert_held(&pn->mappings.lock);
	/* Without memory it is a mapping like others. */
	if (!extra)
		return;
	extra->map = *lease;
	keep(pn, m, lease->end);
}

static int lease_mapping(struct portico_net *pn, struct mapping *m,
			 struct lease *lease, const struct lease_want *want)
{
	if (m->flags & MAPPING_STATIC)
		return 0;
	if (holder_differs(lease, want))
		return -EACCES;
	lease_set(lease, want, (u32)jiffies + want->seconds * HZ);
	keep(pn, m, lease->end);
	return 0;
}

static struct mapping *find(struct portico_net *pn,
			    const struct lease_want *want,
			    struct mapping_want *key)
{
	mapping_want(pn, key, &want->in.addr, want->in.port, want->in.proto,
		     want->in.family);
	key->uplink = want->uplink;
	return mapping_find(pn, key);
}

int lease_give(struct portico_net *pn, const struct lease_want *want,
	       struct mapping **made)
{
	struct mapping_extra *extra;
	struct mapping_want key;
	bool fresh = false;
	struct mapping *m;
	int err = 0;

	lockdep_assert_held(&pn->mappings.lock);
	m = find(pn, want, &key);
	if (m && ((want->ex_port && m->ext_port != want->ex.port) ||
		  (want->ex_addr && !addr_equal(&m->ext->addr, &want->ex.addr))))
		return -EEXIST;
	if (!m) {
		err = make(pn, want, &key, &m);
		fresh = !err;
	}
	if (err)
		return err;
	extra = session_extra(m);
	if (!extra)
		err = -ENOMEM;
	else if (want->peer)
		err = lease_session(pn, m, &extra->peer, want);
	else
		err = lease_mapping(pn, m, &extra->map, want);
	if (err && fresh)
		mapping_unlink(pn, m);
	*made = m;
	return err;
}

static void end_map(struct portico_net *pn, struct mapping *m,
		    struct lease *lease)
{
	lease->on = false;
	WRITE_ONCE(m->flags, m->flags & ~MAPPING_LEASED);
	if (mapping_sessions(m))
		mapping_due(pn, m, jiffies);
	else
		mapping_unlink(pn, m);
}

u32 lease_end_all(struct portico_net *pn, const struct lease_want *want)
{
	struct mapping_extra *extra;
	struct hlist_node *tmp;
	struct mapping *m;
	struct host *host;
	u32 n = 0;

	lockdep_assert_held(&pn->mappings.lock);
	host = host_find(pn, &want->in.addr, want->in.family);
	if (!host)
		return 0;
	hlist_for_each_entry_safe(m, tmp, &host->mappings, host_link) {
		extra = rcu_dereference_protected(m->extra, 1);
		if (!(m->flags & MAPPING_LEASED) ||
		    (want->in.proto && want->in.proto != mapping_proto(m)) ||
		    holder_differs(&extra->map, want))
			continue;
		end_map(pn, m, &extra->map);
		n++;
	}
	return n;
}

int lease_end(struct portico_net *pn, const struct lease_want *want,
	      struct mapping **made)
{
	struct mapping_extra *extra;
	struct mapping_want key;
	struct mapping *m;

	lockdep_assert_held(&pn->mappings.lock);
	m = find(pn, want, &key);
	if (m && m->flags & MAPPING_STATIC)
		return -EACCES;
	if (!m || !(m->flags & MAPPING_LEASED))
		return -ENOENT;
	extra = rcu_dereference_protected(m->extra, 1);
	if (holder_differs(&extra->map, want))
		return -EACCES;
	end_map(pn, m, &extra->map);
	*made = m;
	return 0;
}

enum lease_state lease_look(struct mapping *m, u32 now, u32 *due)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);

	if (!extra)
		return LEASE_NONE;
	/* Switched off in time: jiffies come round again. */
	if (extra->peer.on && (s32)(extra->peer.end - now) <= 0)
		extra->peer.on = false;
	if (!(m->flags & MAPPING_LEASED))
		return LEASE_NONE;
	if ((s32)(extra->map.end - now) > 0) {
		if ((s32)(extra->map.end - *due) < 0)
			*due = extra->map.end;
		return LEASE_HOLDS;
	}
	extra->map.on = false;
	WRITE_ONCE(m->flags, m->flags & ~MAPPING_LEASED);
	return LEASE_LAPSED;
}

u32 lease_stretch(const struct mapping *m, const struct session *s,
		  u32 deadline)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	u8 state = READ_ONCE(s->state);

	/* A connection that is over is not to be kept. */
	if (!extra || !extra->peer.on || state == PORTICO_STATE_CLOSING ||
	    state == PORTICO_STATE_RESET)
		return deadline;
	return (s32)(extra->peer.end - deadline) > 0 ? extra->peer.end : deadline;
}

u32 lease_left(const struct mapping *m)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	s32 left = extra ? (s32)(extra->map.end - (u32)jiffies) : 0;

	return left > 0 ? DIV_ROUND_UP(left, HZ) : 0;
}

/* Where packets to @daddr go; with the unspecified address by the default route. */
static int route4_dev(struct net *net, __be32 saddr, __be32 daddr)
{
	struct flowi4 fl4 = { .saddr = saddr, .daddr = daddr };
	struct fib_result res;

	if (fib_lookup(net, &fl4, &res, 0) || res.type != RTN_UNICAST)
		return 0;
	return FIB_RES_DEV(res)->ifindex;
}

static int route6_dev(struct net *net, const struct in6_addr *daddr)
{
	int ifindex = 0;
#if IS_ENABLED(CONFIG_IPV6)
	struct flowi6 fl6 = { .daddr = *daddr };
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (!dst->error && dst->dev)
		ifindex = dst->dev->ifindex;
	dst_release(dst);
#endif
	return ifindex;
}

static bool serves(const struct uplink *uplink, u8 family)
{
	const struct ext_set *set = rcu_dereference(uplink->exts);
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (set->at[i]->family == family && !READ_ONCE(set->at[i]->away))
			return true;
	return false;
}

static struct uplink *first_uplink(struct portico_net *pn, u8 family)
{
	struct uplink *uplink, *first = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pn->uplinks.by_index); i++)
		hlist_for_each_entry_rcu(uplink, &pn->uplinks.by_index[i],
					 by_index)
			if (serves(uplink, family) &&
			    (!first || uplink->id < first->id))
				first = uplink;
	return first;
}

struct uplink *lease_uplink(struct portico_net *pn,
			    const struct lease_want *want)
{
	u8 family = want->in.family;
	struct uplink *uplink;
	struct net_device *dev;
	int ifindex;

	if (want->inside->uplink[0]) {
		dev = dev_get_by_name_rcu(pn->net, want->inside->uplink);
		return dev ? uplink_find(&pn->uplinks, dev->ifindex) : NULL;
	}
	ifindex = family == NFPROTO_IPV4 ?
		  route4_dev(pn->net, want->in.addr.ip, want->remote.addr.ip) :
		  route6_dev(pn->net, &want->remote.addr.in6);
	uplink = ifindex ? uplink_find(&pn->uplinks, ifindex) : NULL;
	if (uplink || want->peer)
		return uplink;
	return first_uplink(pn, family);
}
