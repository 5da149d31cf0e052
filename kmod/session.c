// SPDX-License-Identifier: GPL-2.0
/* Sessions: the first one in its mapping, further ones in a table. */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "host.h"
#include "lease.h"
#include "net.h"
#include "session.h"

#define SESSIONS_MAX	(4U << 20)

struct session_key {
	const struct mapping *mapping;
	union nf_inet_addr remote;
} __packed;

static u32 session_key_hash(const struct mapping *m,
			    const union nf_inet_addr *remote, u32 seed)
{
	hsiphash_key_t key = { { seed, (unsigned long)seed << 16 ^ seed } };

	/* All of the address counts, and nobody can choose some that hash alike. */
	return hsiphash_2u32((u32)(unsigned long)m, addr_fold(remote), &key);
}

static u32 session_hashfn(const void *data, u32 len, u32 seed)
{
	const struct session_key *key = data;

	return session_key_hash(key->mapping, &key->remote, seed);
}

static u32 session_obj_hashfn(const void *data, u32 len, u32 seed)
{
	const struct extra_session *e = data;

	return session_key_hash(e->mapping, &e->remote, seed);
}

static int session_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct session_key *key = arg->key;
	const struct extra_session *e = obj;

	return e->mapping != key->mapping || !addr_equal(&e->remote, &key->remote);
}

static const struct rhashtable_params session_params = {
	.head_offset = offsetof(struct extra_session, node),
	.hashfn = session_hashfn,
	.obj_hashfn = session_obj_hashfn,
	.obj_cmpfn = session_cmpfn,
	.automatic_shrinking = true,
};

static struct kmem_cache *session_cache;

int session_init(void)
{
	session_cache = kmem_cache_create("portico_session",
					  sizeof(struct extra_session), 0,
					  SLAB_HWCACHE_ALIGN, NULL);
	return session_cache ? 0 : -ENOMEM;
}

void session_exit(void)
{
	kmem_cache_destroy(session_cache);
}

int session_net_init(struct portico_net *pn)
{
	pn->sessions.max = SESSIONS_MAX;
	return rhltable_init(&pn->sessions.table, &session_params);
}

void session_net_exit(struct portico_net *pn)
{
	rhltable_destroy(&pn->sessions.table);
}

void session_remote(const struct mapping *m, const struct session *s,
		    union nf_inet_addr *remote)
{
	if (s != &m->first) {
		*remote = container_of(s, struct extra_session, s)->remote;
	} else if (mapping_family(m) == NFPROTO_IPV6) {
		*remote = m->remote6[0];
	} else {
		memset(remote, 0, sizeof(*remote));
		remote->ip = (__force __be32)s->remote_id;
	}
}

/* Is the first session with this address? */
static bool first_is(const struct mapping *m, const union nf_inet_addr *remote)
{
	u8 flags = READ_ONCE(m->first.flags);
	u8 family = mapping_family(m);

	if ((flags & (SESSION_USED | SESSION_ENDED)) != SESSION_USED)
		return false;
	/* Pairs with session_make(): SESSION_USED was set after the remote. */
	smp_rmb();
	return m->first.remote_id == addr_id(remote, family) &&
	       (family == NFPROTO_IPV4 || addr_equal(&m->remote6[0], remote));
}

static struct rhlist_head *extra_list(struct portico_net *pn, struct mapping *m,
				      const union nf_inet_addr *remote)
{
	struct session_key key = { .mapping = m, .remote = *remote };

	if (!rcu_access_pointer(m->extra))
		return NULL;
	return rhltable_lookup(&pn->sessions.table, &key, session_params);
}

struct session *session_find(struct portico_net *pn, struct mapping *m,
			     const union nf_inet_addr *remote, __be16 port)
{
	struct rhlist_head *list, *pos;
	struct extra_session *e;

	if (first_is(m, remote) && m->first.remote_port == port)
		return &m->first;
	list = extra_list(pn, m, remote);
	rhl_for_each_entry_rcu(e, pos, list, node)
		if (e->s.remote_port == port &&
		    !(READ_ONCE(e->s.flags) & SESSION_ENDED))
			return &e->s;
	return NULL;
}

bool session_contacted(struct portico_net *pn, struct mapping *m,
		       const union nf_inet_addr *remote)
{
	return first_is(m, remote) || extra_list(pn, m, remote);
}

static void session_begin(struct session *s, const union nf_inet_addr *remote,
			  __be16 port, u8 family)
{
	s->remote_id = addr_id(remote, family);
	s->remote_port = port;
	s->last = jiffies;
}

struct mapping_extra *session_extra(struct mapping *m)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);

	if (!extra) {
		extra = kzalloc(sizeof(*extra), GFP_ATOMIC | __GFP_NOWARN);
		if (extra)
			rcu_assign_pointer(m->extra, extra);
	}
	return extra;
}

/* @n live ones more, or fewer, of the host of @m. */
static void sessions_count(struct portico_net *pn, const struct mapping *m, int n)
{
	pn->sessions.count += n;
	m->host->sessions_count += n;
}

static struct session *extra_make(struct portico_net *pn, struct mapping *m,
				  const union nf_inet_addr *remote, __be16 port,
				  enum reason *why)
{
	struct session_key key = { .mapping = m, .remote = *remote };
	struct mapping_extra *extra;
	struct extra_session *e;

	if (!host_may_talk(pn, m->host, why))
		return NULL;
	*why = REASON_NO_MEMORY;
	extra = session_extra(m);
	if (!extra)
		return NULL;
	e = kmem_cache_zalloc(session_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!e)
		return NULL;
	e->mapping = m;
	e->id = ++extra->next_id;
	e->remote = *remote;
	session_begin(&e->s, remote, port, mapping_family(m));
	e->s.flags = SESSION_USED;
	if (rhltable_insert_key(&pn->sessions.table, &key, &e->node,
				session_params)) {
		kmem_cache_free(session_cache, e);
		return NULL;
	}
	hlist_add_head(&e->link, &extra->sessions);
	extra->count++;
	return &e->s;
}

struct session *session_make(struct portico_net *pn, struct mapping *m,
			     const union nf_inet_addr *remote, __be16 port,
			     enum reason *why)
{
	struct session *s;

	lockdep_assert_held(&pn->mappings.lock);
	if (m->first.flags & SESSION_USED) {
		s = session_find(pn, m, remote, port);
		if (s)
			return s;
	}
	if (pn->sessions.count >= READ_ONCE(pn->sessions.max)) {
		*why = REASON_SESSIONS_FULL;
		return NULL;
	}
	if (!(m->first.flags & SESSION_USED)) {
		/* Of others the mapping itself was asked for: host_may_map(). */
		if (m->flags & (MAPPINGS_KEPT | MAPPING_RESTORED) &&
		    !host_may_talk(pn, m->host, why))
			return NULL;
		s = &m->first;
		session_begin(s, remote, port, mapping_family(m));
		if (mapping_family(m) == NFPROTO_IPV6)
			m->remote6[0] = *remote;
		/* Pairs with first_is(): the remote before SESSION_USED. */
		smp_wmb();
		WRITE_ONCE(s->flags, SESSION_USED);
	} else {
		s = extra_make(pn, m, remote, port, why);
	}
	if (!s)
		return NULL;
	sessions_count(pn, m, 1);
	/*
	 * The first one's end was stamped, no later, when the mapping was made;
	 * but one that is kept may have waited for it longer than that.
	 */
	if (s != &m->first || m->flags & MAPPINGS_KEPT)
		mapping_due(pn, m, session_deadline(m, s));
	return s;
}

void session_inherit(const struct mapping *m, struct session *s)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	const struct extra_session *e;
	u32 last = READ_ONCE(m->first.last);

	if (extra)
		hlist_for_each_entry(e, &extra->sessions, link)
			if (&e->s != s && !(e->s.flags & SESSION_ENDED) &&
			    (s32)(READ_ONCE(e->s.last) - last) > 0)
				last = READ_ONCE(e->s.last);
	WRITE_ONCE(s->last, last);
}

u32 session_timeout(const struct uplink *uplink, u8 proto, u8 state)
{
	const struct uplink_timeouts *t = &uplink->timeouts;

	switch (proto) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return READ_ONCE(t->udp);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return READ_ONCE(t->icmp);
	case IPPROTO_DCCP:
		/* RFC 5597: as long as TCP's. Its states are not followed. */
		return state == PORTICO_STATE_REPLIED ?
		       READ_ONCE(t->tcp_established) :
		       READ_ONCE(t->tcp_opening);
	case IPPROTO_TCP:
		break;
	default:
		return READ_ONCE(t->other);
	}

	switch (state) {
	case PORTICO_STATE_ESTABLISHED:
	case PORTICO_STATE_FIN_OUT:
	case PORTICO_STATE_FIN_IN:
		/* RFC 6146: half-closed lives as long as established. */
		return READ_ONCE(t->tcp_established);
	case PORTICO_STATE_CLOSING:
	case PORTICO_STATE_RESET:
		return READ_ONCE(t->tcp_closing);
	default:
		return READ_ONCE(t->tcp_opening);
	}
}

/*
 * A segment from nowhere to a forward makes a session, for it may be of a connection
 * older than the forward: but while one side has said nothing, it is no better than
 * one that is opening.
 */
static u8 lasting_state(const struct mapping *m, const struct session *s)
{
	u8 state = READ_ONCE(s->state);

	if (state == PORTICO_STATE_ESTABLISHED && mapping_proto(m) == IPPROTO_TCP &&
	    unlikely(!READ_ONCE(s->window[DIR_IN]) || !READ_ONCE(s->window[DIR_OUT])))
		return PORTICO_STATE_OPENING_IN;
	return state;
}

u32 session_deadline(const struct mapping *m, const struct session *s)
{
	/* last is up to HZ / 4 behind, see session_refresh(). */
	u32 deadline = READ_ONCE(s->last) + HZ / 4 + HZ *
		       session_timeout(m->ext->uplink, mapping_proto(m),
				       lasting_state(m, s));

	if (unlikely(READ_ONCE(s->flags) & SESSION_LEASED))
		return lease_stretch(m, s, deadline);
	return deadline;
}

void session_give(struct portico_net *pn, const struct mapping *m,
		  struct session *s, struct flow_counters *sum)
{
	struct flow_counters c = {};

	session_take(s, &c);
	flow_counters_add(sum, &c);
	peer_flow(pn, m, s, &c);
}

void session_end_first(struct portico_net *pn, struct mapping *m)
{
	if ((m->first.flags & (SESSION_USED | SESSION_ENDED)) != SESSION_USED)
		return;
	m->first.flags |= SESSION_ENDED;
	sessions_count(pn, m, -1);
}

static void extra_end(struct portico_net *pn, struct extra_session *e,
		      struct flow_counters *sum)
{
	WRITE_ONCE(e->s.flags, e->s.flags | SESSION_ENDED);
	rhltable_remove(&pn->sessions.table, &e->node, session_params);
	session_give(pn, e->mapping, &e->s, sum);
	e->ended = get_state_synchronize_rcu();
	sessions_count(pn, e->mapping, -1);
}

static void extra_free(struct extra_session *e)
{
	way_put(rcu_dereference_protected(e->s.out, 1));
	kmem_cache_free(session_cache, e);
}

u32 session_expire_extra(struct portico_net *pn, struct mapping *m, u32 now,
			 bool *none)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	struct extra_session *e;
	struct hlist_node *tmp;
	u32 due, first = now + (1U << 30);

	*none = true;
	if (!extra)
		return first;
	hlist_for_each_entry_safe(e, tmp, &extra->sessions, link) {
		if (e->s.flags & SESSION_ENDED &&
		    poll_state_synchronize_rcu(e->ended)) {
			session_give(pn, m, &e->s, &extra->ended);
			hlist_del(&e->link);
			extra_free(e);
			continue;
		}
		due = now + HZ;
		if (!(e->s.flags & SESSION_ENDED)) {
			due = session_deadline(m, &e->s);
			if ((s32)(due - now) <= 0) {
				extra_end(pn, e, &extra->ended);
				extra->count--;
				due = now + HZ;
			}
		}
		if ((s32)(due - first) < 0)
			first = due;
	}
	*none = !extra->count;
	return first;
}

void session_end_extra(struct portico_net *pn, struct mapping *m)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	struct flow_counters sum = {};
	struct extra_session *e;

	session_end_first(pn, m);
	if (!extra)
		return;
	hlist_for_each_entry(e, &extra->sessions, link)
		if (!(e->s.flags & SESSION_ENDED)) {
			extra_end(pn, e, &sum);
			extra->count--;
		}
	flow_counters_add(&sum, &extra->ended);
	memset(&extra->ended, 0, sizeof(extra->ended));
	mapping_retire(pn, m, &sum);
}

void session_free_extra(struct portico_net *pn, struct mapping *m)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	struct flow_counters late = {};
	struct extra_session *e;
	struct hlist_node *tmp;

	if (!extra)
		return;
	hlist_for_each_entry_safe(e, tmp, &extra->sessions, link) {
		session_give(pn, m, &e->s, &late);
		extra_free(e);
	}
	mapping_retire(pn, m, &late);
	kfree(extra);
}
