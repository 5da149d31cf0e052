// SPDX-License-Identifier: GPL-2.0
/* Netlink: mappings and sessions. */
#include <linux/ktime.h>

#include "compat.h"
#include "lease.h"
#include "net.h"
#include "nl_mapping.h"
#include "whole.h"

const struct nla_policy nl_mapping_policy[PORTICO_A_MAPPING_MAX + 1] = {
	[PORTICO_A_MAPPING_PROTO] = NLA_POLICY_MIN(NLA_U8, 1),
	[PORTICO_A_MAPPING_INTERNAL] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_MAPPING_EXTERNAL] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_MAPPING_REMOTE] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_MAPPING_UPLINK] = { .type = NLA_NUL_STRING,
				       .len = IFNAMSIZ - 1 },
	[PORTICO_A_MAPPING_STATE] =
		NLA_POLICY_MAX(NLA_U8, __PORTICO_STATE_MAX - 1),
	[PORTICO_A_MAPPING_LIFETIME] = { .type = NLA_U32 },
	[PORTICO_A_MAPPING_ENDED] = { .type = NLA_FLAG },
	[PORTICO_A_MAPPING_NONCE] = NLA_POLICY_EXACT_LEN(PORTICO_NONCE_LEN),
};

/* The history has neither. */
static int filter_ended(struct nlattr **a, struct netlink_ext_ack *extack)
{
	struct nlattr *live = a[PORTICO_A_MAPPING_REMOTE] ?:
			      a[PORTICO_A_MAPPING_STATE];

	return live ? nl_refuse(extack, live, -EINVAL,
				"mappings that have ended are kept without remote and state") :
		      0;
}

int nl_mapping_filter(struct nlattr **a, struct mapping_filter *f,
		      struct netlink_ext_ack *extack)
{
	memset(f, 0, sizeof(*f));
	f->state = -1;
	if (!a)
		return 0;
	f->ended = nla_get_flag(a[PORTICO_A_MAPPING_ENDED]);
	if (f->ended && filter_ended(a, extack))
		return -EINVAL;
	if (a[PORTICO_A_MAPPING_PROTO])
		f->proto = nla_get_u8(a[PORTICO_A_MAPPING_PROTO]);
	if (a[PORTICO_A_MAPPING_STATE])
		f->state = nla_get_u8(a[PORTICO_A_MAPPING_STATE]);
	if (a[PORTICO_A_MAPPING_UPLINK])
		nla_strscpy(f->uplink, a[PORTICO_A_MAPPING_UPLINK],
			    sizeof(f->uplink));
	return nl_endpoint_filter(a[PORTICO_A_MAPPING_INTERNAL], &f->internal,
				  extack) ?:
	       nl_endpoint_filter(a[PORTICO_A_MAPPING_EXTERNAL], &f->external,
				  extack) ?:
	       nl_endpoint_filter(a[PORTICO_A_MAPPING_REMOTE], &f->remote,
				  extack);
}

static bool session_live(const struct session *s)
{
	return (READ_ONCE(s->flags) & (SESSION_USED | SESSION_ENDED)) ==
	       SESSION_USED;
}

static bool session_matches(const struct mapping_filter *f,
			    const struct mapping *m, const struct session *s)
{
	union nf_inet_addr remote;

	if (!session_live(s))
		return false;
	if (f->state >= 0 && READ_ONCE(s->state) != f->state)
		return false;
	session_remote(m, s, &remote);
	return nl_endpoint_match(&f->remote, &remote, mapping_family(m),
				 s->remote_port);
}

static bool filter_has_session(const struct mapping_filter *f)
{
	return f->state >= 0 || f->remote.has_addr || f->remote.has_port;
}

bool nl_mapping_match(const struct mapping_filter *f, u8 proto, const char *uplink,
		      u8 family, const union nf_inet_addr *in, __be16 in_port,
		      const union nf_inet_addr *ex, __be16 ex_port)
{
	if (f->proto && proto != f->proto)
		return false;
	if (f->uplink[0] && strcmp(uplink, f->uplink))
		return false;
	return nl_endpoint_match(&f->internal, in, family, in_port) &&
	       nl_endpoint_match(&f->external, ex, family, ex_port);
}

static bool mapping_matches(const struct mapping_filter *f,
			    const struct mapping *m)
{
	return nl_mapping_match(f, mapping_proto(m), m->ext->uplink->name,
				mapping_family(m), &m->host->addr,
				mapping_port(m), &m->ext->addr, m->ext_port);
}

/* Any of its sessions will do; lock held when there are extra ones. */
static bool mapping_selected(const struct mapping_filter *f,
			     const struct mapping *m)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	const struct extra_session *e;

	if (!mapping_matches(f, m))
		return false;
	if (!filter_has_session(f) || session_matches(f, m, &m->first))
		return true;
	if (extra)
		hlist_for_each_entry(e, &extra->sessions, link)
			if (session_matches(f, m, &e->s))
				return true;
	return false;
}

/* Milliseconds from @then to now, and from now to @deadline (0 when past). */
static u32 ms_since(u32 then)
{
	return jiffies_to_msecs((u32)jiffies - then);
}

static u32 ms_until(u32 deadline)
{
	s32 left = deadline - (u32)jiffies;

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

u32 nl_mapping_flags(u16 flags)
{
	return (flags & MAPPING_STATIC ? PORTICO_MAPPING_F_STATIC : 0) |
	       (flags & MAPPING_PRESERVED ? PORTICO_MAPPING_F_PRESERVED : 0) |
	       (flags & MAPPING_LEASED ? PORTICO_MAPPING_F_LEASED : 0);
}

static u32 flags_of(const struct mapping *m, const struct session *s)
{
	u32 flags = nl_mapping_flags(m->flags);

	if (READ_ONCE(s->flags) & SESSION_FAST_OUT)
		flags |= PORTICO_MAPPING_F_FAST_OUT;
	if (READ_ONCE(s->flags) & SESSION_FAST_IN)
		flags |= PORTICO_MAPPING_F_FAST_IN;
	return flags;
}

static u64 created_at(const struct mapping *m)
{
	u64 age = mapping_clock() - READ_ONCE(m->created);

	return ktime_get_real_ns() - age * NSEC_PER_SEC;
}

/* Idle time and end of a mapping: those of its latest session, or its lease. */
static u32 mapping_last(const struct mapping *m, u32 *deadline)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	const struct extra_session *e;
	u32 last = READ_ONCE(m->first.last), due;

	*deadline = session_deadline(m, &m->first);
	if (!extra)
		return last;
	if (m->flags & MAPPING_LEASED &&
	    (!(READ_ONCE(m->first.flags) & SESSION_USED) ||
	     (s32)(extra->map.end - *deadline) > 0))
		*deadline = extra->map.end;
	hlist_for_each_entry(e, &extra->sessions, link) {
		if (!session_live(&e->s))
			continue;
		due = session_deadline(m, &e->s);
		if ((s32)(due - *deadline) > 0)
			*deadline = due;
		if ((s32)(READ_ONCE(e->s.last) - last) > 0)
			last = READ_ONCE(e->s.last);
	}
	return last;
}

int nl_mapping_fill(struct sk_buff *skb, struct portico_net *pn,
		    const struct mapping *m)
{
	struct flow_counters sum = {};
	u8 family = mapping_family(m);
	u32 last, deadline;

	mapping_read(m, &sum);
	last = mapping_last(m, &deadline);
	if (nla_put_u8(skb, PORTICO_A_MAPPING_PROTO, mapping_proto(m)) ||
	    nl_put_endpoint(skb, PORTICO_A_MAPPING_INTERNAL,
			    mapping_proto(m), &m->host->addr, family,
			    mapping_port(m)) ||
	    nl_put_endpoint(skb, PORTICO_A_MAPPING_EXTERNAL,
			    mapping_proto(m), &m->ext->addr, family,
			    m->ext_port) ||
	    nla_put_string(skb, PORTICO_A_MAPPING_UPLINK,
			   m->ext->uplink->name) ||
	    nla_put_u8(skb, PORTICO_A_MAPPING_STATE, READ_ONCE(m->first.state)) ||
	    nla_put_u32(skb, PORTICO_A_MAPPING_FLAGS, flags_of(m, &m->first)) ||
	    nla_put_u32(skb, PORTICO_A_MAPPING_SESSIONS, mapping_sessions(m)) ||
	    nl_put_counters(skb, PORTICO_A_MAPPING_COUNTERS, &sum) ||
	    nla_put_u32(skb, PORTICO_A_MAPPING_IDLE, ms_since(last)))
		return -EMSGSIZE;
	/* A lease that ended takes its mapping with it, and then it is not known. */
	if (!(m->flags & MAPPING_DEAD) &&
	    nla_put_u64_64bit(skb, PORTICO_A_MAPPING_CREATED_AT, created_at(m),
			      PORTICO_A_MAPPING_PAD))
		return -EMSGSIZE;
	if (!(m->flags & MAPPING_STATIC) &&
	    nla_put_u32(skb, PORTICO_A_MAPPING_EXPIRES, ms_until(deadline)))
		return -EMSGSIZE;
	if (m->flags & MAPPING_LEASED &&
	    nla_put_u32(skb, PORTICO_A_MAPPING_LIFETIME, lease_left(m)))
		return -EMSGSIZE;
	return 0;
}

/* Whom it talked to first; events do not tell (RFC 6888 REQ-12). */
static int fill_remote(struct sk_buff *skb, const struct mapping *m)
{
	union nf_inet_addr remote;

	if (!session_live(&m->first))
		return 0;
	session_remote(m, &m->first, &remote);
	return nl_put_endpoint(skb, PORTICO_A_MAPPING_REMOTE, mapping_proto(m),
			       &remote, mapping_family(m), m->first.remote_port);
}

static int session_fill(struct sk_buff *skb, const struct mapping *m,
			const struct session *s)
{
	struct flow_counters sum = {};
	union nf_inet_addr remote;
	u8 family = mapping_family(m);

	session_read(s, &sum);
	session_remote(m, s, &remote);
	if (nla_put_u8(skb, PORTICO_A_SESSION_PROTO, mapping_proto(m)) ||
	    nl_put_endpoint(skb, PORTICO_A_SESSION_INTERNAL,
			    mapping_proto(m), &m->host->addr, family,
			    mapping_port(m)) ||
	    nl_put_endpoint(skb, PORTICO_A_SESSION_EXTERNAL,
			    mapping_proto(m), &m->ext->addr, family,
			    m->ext_port) ||
	    nl_put_endpoint(skb, PORTICO_A_SESSION_REMOTE, mapping_proto(m),
			    &remote, family, s->remote_port) ||
	    nla_put_string(skb, PORTICO_A_SESSION_UPLINK,
			   m->ext->uplink->name) ||
	    nla_put_u8(skb, PORTICO_A_SESSION_STATE, READ_ONCE(s->state)) ||
	    nla_put_u32(skb, PORTICO_A_SESSION_FLAGS, flags_of(m, s)) ||
	    nl_put_counters(skb, PORTICO_A_SESSION_COUNTERS, &sum) ||
	    nla_put_u32(skb, PORTICO_A_SESSION_IDLE,
			ms_since(READ_ONCE(s->last))) ||
	    nla_put_u32(skb, PORTICO_A_SESSION_EXPIRES,
			ms_until(session_deadline(m, s))))
		return -EMSGSIZE;
	return 0;
}

/*
 * Walk every mapping in the order of its external endpoint, which never changes
 * while it lives: what exists throughout is met exactly once. The position is
 * the external address's number, the protocol's space and the port.
 */
struct mapping_cursor {
	long ext;
	u32 space;
	u32 port;
	u32 session;			/* shown last: 0 none, U32_MAX the first */
};

typedef int (*mapping_visit)(struct portico_net *pn, struct mapping *m,
			     void *arg);

/* The ports of one space from the cursor on. */
static int walk_ports(struct portico_net *pn, struct ext_addr *ext,
		      struct mapping_cursor *c, mapping_visit visit, void *arg)
{
	const struct ext_ports *ports = READ_ONCE(ext->spaces[c->space]);
	struct mapping *m;
	int err;

	while (ports && c->port <= U16_MAX) {
		if (!READ_ONCE(ports->owner[c->port >> EXT_PAGE_BITS])) {
			c->port = ((c->port >> EXT_PAGE_BITS) + 1) << EXT_PAGE_BITS;
			continue;
		}
		m = ext_owner(ext, c->space, htons(c->port));
		err = m ? visit(pn, m, arg) : 0;
		if (err)
			return err;
		c->port++;
	}
	return 0;
}

/* RCU read side held. Nonzero when @visit stopped the walk. */
static int mapping_walk(struct portico_net *pn, struct mapping_cursor *c,
			mapping_visit visit, void *arg)
{
	struct ext_addr *ext;
	int err;

	list_for_each_entry_rcu(ext, &pn->pool.all, all) {
		if (ext->id < c->ext)
			continue;
		if (ext->id > c->ext) {
			c->ext = ext->id;
			c->space = 0;
			c->port = 0;
			c->session = 0;
		}
		for (; c->space < __EXT_SPACES; c->space++, c->port = 0) {
			err = walk_ports(pn, ext, c, visit, arg);
			if (err)
				return err;
		}
	}
	return 0;
}

struct dump_state {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct mapping_filter filter;
	struct mapping_cursor *cursor;
};

/* Extra sessions are only there to be walked under the lock. */
static __always_inline int lock_if_extra(struct portico_net *pn,
					 struct mapping *m, mapping_visit visit,
					 void *arg)
{
	int err;

	if (!rcu_access_pointer(m->extra))
		return visit(pn, m, arg);
	spin_lock_bh(&pn->mappings.lock);
	err = visit(pn, m, arg);
	spin_unlock_bh(&pn->mappings.lock);
	return err;
}

static int dump_one_mapping(struct portico_net *pn, struct mapping *m,
			    void *arg)
{
	struct dump_state *d = arg;
	void *hdr;
	int err;

	if (!mapping_selected(&d->filter, m))
		return 0;
	hdr = nl_dump_put(d->skb, d->cb, PORTICO_CMD_MAPPING_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = nl_mapping_fill(d->skb, pn, m) ?: fill_remote(d->skb, m);
	/* Pairs with history_begin(): when it was created is told no more. */
	smp_rmb();
	if (err || READ_ONCE(m->flags) & MAPPING_DEAD)
		genlmsg_cancel(d->skb, hdr);
	else
		genlmsg_end(d->skb, hdr);
	return err;
}

static int visit_mapping(struct portico_net *pn, struct mapping *m, void *arg)
{
	return lock_if_extra(pn, m, dump_one_mapping, arg);
}

static int dump_one_session(struct dump_state *d, const struct mapping *m,
			    const struct session *s)
{
	void *hdr;
	int err;

	if (!session_matches(&d->filter, m, s))
		return 0;
	hdr = nl_dump_put(d->skb, d->cb, PORTICO_CMD_SESSION_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = session_fill(d->skb, m, s);
	if (err)
		genlmsg_cancel(d->skb, hdr);
	else
		genlmsg_end(d->skb, hdr);
	return err;
}

/*
 * The first session, then the extra ones from the newest to the oldest by their
 * numbers: one made meanwhile comes before the cursor and is left out.
 */
static int dump_sessions(struct portico_net *pn, struct mapping *m, void *arg)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	struct dump_state *d = arg;
	const struct extra_session *e;
	int err = 0;

	if (!d->cursor->session) {
		err = dump_one_session(d, m, &m->first);
		if (!err)
			d->cursor->session = U32_MAX;
	}
	if (!err && extra)
		hlist_for_each_entry(e, &extra->sessions, link) {
			if (e->id >= d->cursor->session)
				continue;
			err = dump_one_session(d, m, &e->s);
			if (err)
				break;
			d->cursor->session = e->id;
		}
	if (!err)
		d->cursor->session = 0;
	return err;
}

static int visit_sessions(struct portico_net *pn, struct mapping *m, void *arg)
{
	const struct dump_state *d = arg;

	if (!mapping_matches(&d->filter, m))
		return 0;
	return lock_if_extra(pn, m, dump_sessions, arg);
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb,
		mapping_visit visit)
{
	struct portico_net *pn = portico_pernet(sock_net(skb->sk));
	struct dump_state d = {
		.skb = skb, .cb = cb, .cursor = (void *)cb->ctx,
	};
	int err;

	BUILD_BUG_ON(sizeof(struct mapping_cursor) > sizeof(cb->ctx));
	err = nl_mapping_filter(compat_dump_attrs(cb), &d.filter, cb->extack);
	if (err)
		return err;
	if (d.filter.ended)
		return nl_history_dump(skb, cb, &d.filter);
	rcu_read_lock();
	mapping_walk(pn, d.cursor, visit, &d);
	rcu_read_unlock();
	return skb->len;
}

int nl_mapping_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, visit_mapping);
}

int nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **a = compat_dump_attrs(cb);

	if (a && a[PORTICO_A_MAPPING_ENDED])
		return nl_refuse(cb->extack, a[PORTICO_A_MAPPING_ENDED], -EINVAL,
				 "sessions are not kept when they have ended");
	return dump(skb, cb, visit_sessions);
}

/* What a delete or flush works with; it stops now and then to let others run. */
struct change_state {
	struct mapping_filter filter;
	u32 count;
	u32 budget;
};

#define CHANGE_BATCH	256

static int visit_delete(struct portico_net *pn, struct mapping *m, void *arg)
{
	struct change_state *c = arg;

	spin_lock_bh(&pn->mappings.lock);
	if (!(m->flags & (MAPPING_DEAD | MAPPING_STATIC)) &&
	    mapping_selected(&c->filter, m)) {
		mapping_unlink(pn, m);
		c->count++;
	}
	spin_unlock_bh(&pn->mappings.lock);
	return !--c->budget;
}

static int visit_slow(struct portico_net *pn, struct mapping *m, void *arg)
{
	struct change_state *c = arg;

	spin_lock_bh(&pn->mappings.lock);
	if (!(m->flags & MAPPING_DEAD) && mapping_selected(&c->filter, m)) {
		mapping_slow(m);
		c->count++;
	}
	spin_unlock_bh(&pn->mappings.lock);
	return !--c->budget;
}

static int reply_count(struct genl_info *info, u8 cmd, u32 count)
{
	struct sk_buff *msg;
	void *hdr;

	msg = nl_reply_new(info, cmd, &hdr);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, PORTICO_A_MAPPING_COUNT, count)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int change(struct genl_info *info, u8 cmd, mapping_visit visit)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct mapping_cursor cursor = {};
	struct change_state c = {};
	int err, more;

	err = nl_mapping_filter(info->attrs, &c.filter, info->extack);
	if (err)
		return err;
	if (c.filter.ended)
		return nl_fail(info, PORTICO_A_MAPPING_ENDED, -EINVAL,
			       "what has ended cannot be changed");
	do {
		c.budget = CHANGE_BATCH;
		rcu_read_lock();
		more = mapping_walk(pn, &cursor, visit, &c);
		rcu_read_unlock();
		cursor.port += more;
		cond_resched();
	} while (more);
	return reply_count(info, cmd, c.count);
}

int nl_mapping_del(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, PORTICO_CMD_MAPPING_DEL, visit_delete);
}

int nl_session_flush(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, PORTICO_CMD_SESSION_FLUSH, visit_slow);
}

static void add_error(struct genl_info *info, int err, enum reason why)
{
	switch (err) {
	case -EEXIST:
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[PORTICO_A_MAPPING_INTERNAL],
				    "this internal endpoint has a mapping already");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[PORTICO_A_MAPPING_EXTERNAL],
				    "this external port is taken, at rest, a local socket's or in another's block");
		break;
	case -ENOSPC:
		GENL_SET_ERR_MSG(info, "a table is full");
		break;
	case -ENOMEM:
		GENL_SET_ERR_MSG(info, "the kernel has no memory for it");
		break;
	}
}

/* Protocol and both endpoints of a mapping to be restored. */
static int add_parse(struct genl_info *info, struct endpoint *in,
		     struct endpoint *ex)
{
	struct nlattr **a = info->attrs;
	u8 proto;
	int err;

	if (!a[PORTICO_A_MAPPING_PROTO] || !a[PORTICO_A_MAPPING_INTERNAL] ||
	    !a[PORTICO_A_MAPPING_EXTERNAL]) {
		GENL_SET_ERR_MSG(info, "protocol, internal and external endpoint are needed");
		return -EINVAL;
	}
	proto = nla_get_u8(a[PORTICO_A_MAPPING_PROTO]);
	if (ext_space(proto) < 0) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[PORTICO_A_MAPPING_PROTO],
				    "this protocol has no ports that could be mapped");
		return -EINVAL;
	}
	err = nl_endpoint_of(a[PORTICO_A_MAPPING_INTERNAL], proto, in,
			     info->extack) ?:
	      nl_endpoint_of(a[PORTICO_A_MAPPING_EXTERNAL], proto, ex,
			     info->extack);
	if (err)
		return err;
	if (in->family != ex->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[PORTICO_A_MAPPING_EXTERNAL],
				    "both endpoints must be of one family");
		return -EINVAL;
	}
	return 0;
}

int nl_mapping_add(struct sk_buff *skb, struct genl_info *info)
{
	struct portico_net *pn = portico_pernet(genl_info_net(info));
	struct endpoint in = {}, ex = {};
	enum reason why = REASON_NO_MEMORY;
	struct ext_addr *ext;
	struct mapping *m;
	bool whole;
	int err;

	if (info->attrs[PORTICO_A_MAPPING_LIFETIME])
		return nl_lease(skb, info);
	err = add_parse(info, &in, &ex);
	if (err)
		return err;
	nl_lock(pn);
	ext = pool_find(&pn->pool, &ex.addr, ex.family);
	if (!ext) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[PORTICO_A_MAPPING_EXTERNAL],
				    "not an external address of any uplink");
		err = -EADDRNOTAVAIL;
	} else if (!inside_maps(pn, &in.addr, in.family)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[PORTICO_A_MAPPING_INTERNAL],
				    "not in an inside prefix");
		err = -EADDRNOTAVAIL;
	} else {
		rcu_read_lock();	/* hosts are looked up in a hash table */
		spin_lock_bh(&pn->mappings.lock);
		err = mapping_place(pn, ext, ex.port, &in, MAPPING_RESTORED, &m,
				    &why);
		whole = err == -EBUSY && whole_forbids(pn, ext, ex.port, &in);
		spin_unlock_bh(&pn->mappings.lock);
		rcu_read_unlock();
		if (whole)
			nl_fail(info, PORTICO_A_MAPPING_EXTERNAL, err,
				"the address or the host is forwarded as a whole, and not so");
		else
			add_error(info, err, why);
	}
	nl_unlock(pn);
	return err;
}
