// SPDX-License-Identifier: GPL-2.0
/* Forwards: mappings made by an admin. */
#include <linux/slab.h>

#include "block.h"
#include "bound.h"
#include "compat.h"
#include "forward.h"
#include "net.h"
#include "whole.h"

void forward_net_init(struct portico_net *pn)
{
	INIT_LIST_HEAD(&pn->forwards.all);
}

/* Their mappings went with the uplinks. */
void forward_net_exit(struct portico_net *pn)
{
	struct forward *f, *tmp;

	list_for_each_entry_safe(f, tmp, &pn->forwards.all, all)
		kfree(f);
}

/* The @i-th endpoint of those that begin with @first. */
static struct endpoint nth(const struct endpoint *first, u32 i)
{
	struct endpoint e = *first;

	e.port = htons(ntohs(first->port) + i);
	return e;
}

static bool overlap(const struct endpoint *a, u32 na, const struct endpoint *b,
		    u32 nb)
{
	u32 pa = ntohs(a->port), pb = ntohs(b->port);

	if (a->family != b->family || !addr_equal(&a->addr, &b->addr))
		return false;
	if (!a->proto || !b->proto)
		return true;	/* all of it */
	return a->proto == b->proto && pa < pb + nb && pb < pa + na;
}

/* The mapping of a forward's @i-th port, if it is in place. Lock held. */
static struct mapping *locked_mapping(struct portico_net *pn,
				      const struct forward *f, u32 i)
{
	struct endpoint ex = nth(&f->ex, i), in = nth(&f->in, i);
	struct ext_addr *ext;
	struct mapping *m;

	lockdep_assert_held(&pn->mappings.lock);
	ext = pool_find(&pn->pool, &ex.addr, ex.family);
	m = ext ? ext_owner(ext, ext_space(ex.proto), ex.port) : NULL;
	if (!m || !(m->flags & MAPPING_STATIC) || mapping_port(m) != in.port ||
	    !addr_equal(&m->host->addr, &in.addr))
		return NULL;
	return m;
}

/* Why the external port of @ex cannot be had for @in. */
static const char *taken_by(struct portico_net *pn, const struct ext_addr *ext,
			    const struct endpoint *ex, const struct endpoint *in)
{
	const struct mapping *m = ext_owner(ext, ext_space(ex->proto), ex->port);

	if (whole_forbids(pn, ext, ex->port, in))
		return "the inside host has another address of that uplink as a whole";
	if (m)
		return m->flags & MAPPING_STATIC ?
		       "an external port of it belongs to another forward" :
		       "an external port of it belongs to a mapping: see mapping show";
	if (port_is_ephemeral(pn, ext, ex->proto, ntohs(ex->port)))
		return "an external port of it lies in ip_local_port_range";
	if (block_bars(ext, host_find(pn, &in->addr, in->family), ex->proto,
		       ntohs(ex->port)))
		return "an external port of it lies in a block that another host has";
	if (ext->local && port_is_local(pn->net, ex->proto, ex->port))
		return "a socket of the gateway holds an external port of it";
	return "an external port of it rests after use: see uplink set ... timeout hold";
}

static const char *why_not(struct portico_net *pn, const struct ext_addr *ext,
			   const struct endpoint *ex, const struct endpoint *in,
			   int err)
{
	switch (err) {
	case -EBUSY:
		return taken_by(pn, ext, ex, in);
	case -EEXIST:
		return "an internal endpoint of it has another mapping there: see mapping show";
	case -EADDRNOTAVAIL:
		return "not an external address of any uplink";
	case -ENOSPC:
		return "the table of mappings or of hosts is full";
	default:
		return NULL;
	}
}

static int place_one(struct portico_net *pn, const struct forward *f, u32 i,
		     const char **cause)
{
	struct endpoint ex = nth(&f->ex, i), in = nth(&f->in, i);
	enum reason why = REASON_NO_MEMORY;
	struct ext_addr *ext;
	struct mapping *m;
	int err;

	rcu_read_lock();	/* hosts are looked up in a hash table */
	spin_lock_bh(&pn->mappings.lock);
	ext = pool_find(&pn->pool, &ex.addr, ex.family);
	err = ext ? mapping_place(pn, ext, ex.port, &in, MAPPING_STATIC, &m,
				  &why) : -EADDRNOTAVAIL;
	*cause = why_not(pn, ext, &ex, &in, err);
	spin_unlock_bh(&pn->mappings.lock);
	rcu_read_unlock();
	return err;
}

static void withdraw(struct portico_net *pn, const struct forward *f, u32 count)
{
	struct mapping *m;
	u32 i;

	if (forward_is_whole(f)) {
		whole_withdraw(pn, f);
		return;
	}
	for (i = 0; i < count; i++) {
		spin_lock_bh(&pn->mappings.lock);
		m = locked_mapping(pn, f, i);
		if (m)
			mapping_unlink(pn, m);
		spin_unlock_bh(&pn->mappings.lock);
		cond_resched();
	}
}

static int place(struct portico_net *pn, const struct forward *f,
		 const char **cause)
{
	u32 i;
	int err;

	if (forward_is_whole(f))
		return whole_place(pn, f, cause);
	for (i = 0; i < f->count; i++) {
		err = place_one(pn, f, i, cause);
		if (err) {
			withdraw(pn, f, i);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/*
 * The @i-th port could be had, were it not for other forwards, with what came of
 * those of whole addresses. Lock held.
 */
static int try_one(struct portico_net *pn, struct ext_addr *ext,
		   const struct forward *f, u32 i)
{
	struct endpoint ex = nth(&f->ex, i), in = nth(&f->in, i);
	const struct mapping *m = ext_owner(ext, ext_space(ex.proto), ex.port);
	struct mapping_want want;
	int err;

	if (m)
		return m->flags & (MAPPING_STATIC | MAPPING_WHOLE) ? 0 : -EBUSY;
	mapping_want(pn, &want, &in.addr, in.port, in.proto, in.family);
	want.uplink = ext->uplink;
	m = mapping_find(pn, &want);
	if (m && !(m->flags & (MAPPING_STATIC | MAPPING_WHOLE)))
		return -EEXIST;
	err = ext_take_this(pn, ext, host_find(pn, &in.addr, in.family),
			    ex.proto, ex.port);
	if (!err)
		ext_release_port(pn, ext, ex.proto, ex.port, 0);
	return err;
}

int forward_check(struct portico_net *pn, const struct forward *want,
		  struct netlink_ext_ack *extack)
{
	const char *cause = NULL;
	struct endpoint ex, in;
	struct ext_addr *ext;
	u32 i;
	int err = 0;

	lockdep_assert_held(&pn->config);
	if (forward_is_whole(want)) {
		err = whole_check(pn, want, &cause);
		if (err)
			extack->_msg = cause;
		return err;
	}
	for (i = 0; i < want->count && !err; i++) {
		rcu_read_lock();
		spin_lock_bh(&pn->mappings.lock);
		ext = pool_find(&pn->pool, &want->ex.addr, want->ex.family);
		err = ext ? try_one(pn, ext, want, i) : 0;
		ex = nth(&want->ex, i);
		in = nth(&want->in, i);
		if (err)
			extack->_msg = why_not(pn, ext, &ex, &in, err);
		spin_unlock_bh(&pn->mappings.lock);
		rcu_read_unlock();
		cond_resched();
	}
	return err;
}

/* Do both lie at one uplink, as far as it has them now? */
static bool one_uplink(struct portico_net *pn, const struct forward *a,
		       const struct forward *b)
{
	const struct ext_addr *x = pool_find(&pn->pool, &a->ex.addr, a->ex.family);
	const struct ext_addr *y = pool_find(&pn->pool, &b->ex.addr, b->ex.family);

	return x && y && x->uplink == y->uplink;
}

bool forward_clash(struct portico_net *pn, const struct forward *a,
		   const struct forward *b)
{
	if (overlap(&a->ex, a->count, &b->ex, b->count))
		return true;
	/* A host with an address of its own has no other one at its uplink. */
	if (forward_is_whole(a) || forward_is_whole(b))
		return overlap(&a->in, a->count, &b->in, b->count) &&
		       one_uplink(pn, a, b);
	/* One internal endpoint has one external one at an address. */
	return addr_equal(&a->ex.addr, &b->ex.addr) &&
	       overlap(&a->in, a->count, &b->in, b->count);
}

int forward_add(struct portico_net *pn, const struct forward *want, bool wait,
		struct netlink_ext_ack *extack)
{
	struct forward_table *table = &pn->forwards;
	const char *cause = NULL;
	struct forward *f;
	int err;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &table->all, all)
		if (overlap(&f->ex, f->count, &want->ex, want->count))
			return -EEXIST;
	if (table->count >= PORTICO_MAX_FORWARDS)
		return -ENOSPC;
	f = kmemdup(want, sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	err = place(pn, f, &cause);
	if (err && !(wait && err == -EADDRNOTAVAIL)) {
		/* The text outlives this call: all of them are constants. */
		extack->_msg = cause;
		kfree(f);
		return err;
	}
	f->id = ++table->next_id;
	list_add_tail(&f->all, &table->all);
	table->count++;
	return 0;
}

struct forward *forward_get(struct portico_net *pn, const struct forward *want)
{
	struct forward *f;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all)
		if (forward_same(f, want))
			return f;
	return NULL;
}

void forward_withdraw(struct portico_net *pn, struct forward *f,
		      struct list_head *gone)
{
	withdraw(pn, f, f->count);
	list_move_tail(&f->all, gone);
	pn->forwards.count--;
}

/* By id again: dumps resume by it. */
void forward_restore(struct portico_net *pn, struct list_head *gone)
{
	struct forward *f, *tmp, *next;

	list_for_each_entry_safe(f, tmp, gone, all) {
		list_for_each_entry(next, &pn->forwards.all, all)
			if (next->id > f->id)
				break;
		list_move_tail(&f->all, &next->all);
		pn->forwards.count++;
	}
	forward_refresh(pn);
}

int forward_del(struct portico_net *pn, const struct endpoint *ex,
		struct forward *gone)
{
	struct forward *f;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all) {
		if (f->ex.port != ex->port || !overlap(&f->ex, 1, ex, 1))
			continue;
		withdraw(pn, f, f->count);
		*gone = *f;
		list_del(&f->all);
		pn->forwards.count--;
		kfree(f);
		return 0;
	}
	return -ENOENT;
}

static bool is_there(struct portico_net *pn, const struct forward *f)
{
	bool there;

	if (forward_is_whole(f))
		return whole_is_placed(pn, f);
	spin_lock_bh(&pn->mappings.lock);
	there = locked_mapping(pn, f, 0);
	spin_unlock_bh(&pn->mappings.lock);
	return there;
}

void forward_claim(struct portico_net *pn, const struct ext_addr *ext)
{
	const char *cause;
	struct forward *f;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all)
		if (forward_is_whole(f) && f->ex.family == ext->family &&
		    addr_equal(&f->ex.addr, &ext->addr))
			whole_place(pn, f, &cause);
}

/* One that binds the external endpoint, or the internal one. */
static bool wants(const struct forward *f, const struct endpoint *ex,
		  const struct endpoint *in)
{
	return !forward_is_whole(f) && f->ex.family == ex->family &&
	       addr_equal(&f->ex.addr, &ex->addr) &&
	       (overlap(&f->ex, f->count, ex, 1) ||
		overlap(&f->in, f->count, in, 1));
}

bool forward_wants(struct portico_net *pn, const struct ext_addr *ext, __be16 port,
		   const struct endpoint *in)
{
	const struct endpoint ex = {
		.addr = ext->addr, .port = port, .proto = in->proto,
		.family = ext->family,
	};
	const struct forward *f;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all)
		if (wants(f, &ex, in))
			return true;
	return false;
}

void forward_refresh(struct portico_net *pn)
{
	const char *cause;
	struct forward *f;
	bool there;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(f, &pn->forwards.all, all) {
		there = is_there(pn, f) ||
			!pool_find(&pn->pool, &f->ex.addr, f->ex.family);
		/* What is in the way may be gone at the next change. */
		if (!there)
			place(pn, f, &cause);
	}
}

u32 forward_read(struct portico_net *pn, const struct forward *f,
		 struct flow_counters *sum)
{
	const struct mapping *m;
	u32 i, placed = 0;

	if (forward_is_whole(f)) {
		whole_read(pn, f, sum);
		return whole_is_placed(pn, f);
	}
	for (i = 0; i < f->count; i++) {
		spin_lock_bh(&pn->mappings.lock);
		m = locked_mapping(pn, f, i);
		if (m) {
			mapping_read(m, sum);
			placed++;
		}
		spin_unlock_bh(&pn->mappings.lock);
	}
	return placed;
}
