// SPDX-License-Identifier: GPL-2.0
/* Inside hosts. */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "forget.h"
#include "net.h"

#define HOSTS_MAX	(256U << 10)

struct host_key {
	union nf_inet_addr addr;
	u8 family;
};

static u32 host_key_hash(const union nf_inet_addr *addr, u8 family, u32 seed)
{
	hsiphash_key_t key = { { seed, (unsigned long)seed << 16 ^ seed } };

	return hsiphash_2u32(addr_id(addr, family), family, &key);
}

static u32 host_hashfn(const void *data, u32 len, u32 seed)
{
	const struct host_key *key = data;

	return host_key_hash(&key->addr, key->family, seed);
}

static u32 host_obj_hashfn(const void *data, u32 len, u32 seed)
{
	const struct host *host = data;

	return host_key_hash(&host->addr, host->family, seed);
}

static int host_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct host_key *key = arg->key;
	const struct host *host = obj;

	return host->family != key->family || !addr_equal(&host->addr, &key->addr);
}

static const struct rhashtable_params host_params = {
	.head_offset = offsetof(struct host, node),
	.hashfn = host_hashfn,
	.obj_hashfn = host_obj_hashfn,
	.obj_cmpfn = host_cmpfn,
	.automatic_shrinking = true,
};

int host_net_init(struct portico_net *pn)
{
	INIT_LIST_HEAD(&pn->hosts.all);
	INIT_LIST_HEAD(&pn->hosts.leaving);
	pn->hosts.max = HOSTS_MAX;
	return rhashtable_init(&pn->hosts.table, &host_params);
}

void host_remove(struct portico_net *pn, struct host *host)
{
	rhashtable_remove_fast(&pn->hosts.table, &host->node, host_params);
	list_del_rcu(&host->all);
	pn->hosts.count--;
	if (host->ext)
		host->ext->hosts--;
}

void host_free(struct host *host)
{
	way_put(rcu_dereference_protected(host->in, 1));
	ext_put(host->ext);
	kfree(host);
}

/* No mapping is left. */
void host_net_exit(struct portico_net *pn)
{
	struct host *host, *tmp;

	list_for_each_entry_safe(host, tmp, &pn->hosts.all, all) {
		WARN_ON_ONCE(!hlist_empty(&host->mappings));
		spin_lock_bh(&pn->mappings.lock);
		host_remove(pn, host);
		spin_unlock_bh(&pn->mappings.lock);
		list_add(&host->leaving, &pn->hosts.leaving);
	}
	forget_net_exit(pn);
	rhashtable_destroy(&pn->hosts.table);
}

struct host *host_find(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family)
{
	struct host_key key = { .addr = *addr, .family = family };

	return rhashtable_lookup(&pn->hosts.table, &key, host_params);
}

struct host *host_make(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family, enum reason *why)
{
	struct host_table *table = &pn->hosts;
	struct host *host;

	lockdep_assert_held(&pn->mappings.lock);
	host = host_find(pn, addr, family);
	if (host)
		return host;
	*why = REASON_HOSTS_FULL;
	if (table->count >= READ_ONCE(table->max))
		return NULL;
	*why = REASON_NO_MEMORY;
	host = kzalloc(sizeof(*host), GFP_ATOMIC | __GFP_NOWARN);
	if (!host)
		return NULL;
	host->addr = *addr;
	host->family = family;
	host->first = ktime_get_coarse_real_ns();
	host->last = get_jiffies_64();
	rate_host_init(&host->rate);
	host->id = ++table->next_id;
	INIT_LIST_HEAD(&host->leaving);
	if (rhashtable_insert_fast(&table->table, &host->node, host_params)) {
		kfree(host);
		return NULL;
	}
	list_add_tail_rcu(&host->all, &table->all);
	table->count++;
	return host;
}

void host_set_ext(struct host *host, struct ext_addr *ext)
{
	if (host->ext)
		host->ext->hosts--;
	ext_put(host->ext);
	refcount_inc(&ext->refs);
	ext->hosts++;
	host->ext = ext;
}

#define TOKEN	1000	/* of a mapping: rates may be slow */

/* A bucket of one second's worth of mappings, filled at the rate. */
static bool host_rate_ok(struct host *host, u32 rate)
{
	u32 now = jiffies, passed;
	u64 tokens;

	passed = min_t(u32, now - host->tokens_at, HZ);
	tokens = host->tokens + div_u64((u64)passed * rate * TOKEN, HZ);
	host->tokens = min_t(u64, tokens, (u64)rate * TOKEN);
	host->tokens_at = now;
	if (host->tokens < TOKEN)
		return false;
	host->tokens -= TOKEN;
	return true;
}

bool host_is_over(const struct host *host, const struct inside *inside,
		  enum reason *why)
{
	*why = REASON_HOST_QUOTA;
	return inside && inside->quota && inside->quota_refuse &&
	       host->rate.over;
}

static bool sessions_full(const struct host *host, const struct inside *inside)
{
	return inside->max_sessions &&
	       host->sessions_count >= inside->max_sessions;
}

bool host_may_map(struct host *host, const struct inside *inside,
		  enum reason *why)
{
	if (!inside)
		return true;
	if (host_is_over(host, inside, why))
		return false;
	if (inside->max_ports && host->mappings_count >= inside->max_ports) {
		*why = REASON_HOST_PORTS;
		return false;
	}
	if (sessions_full(host, inside)) {
		*why = REASON_HOST_SESSIONS;
		return false;
	}
	if (inside->max_rate && !host_rate_ok(host, min(inside->max_rate, 1000000U))) {
		*why = REASON_HOST_RATE;
		return false;
	}
	return true;
}

void host_map_undone(struct host *host)
{
	/* Unused if there is no rate; filling it again cuts what is too much. */
	host->tokens += TOKEN;
}

bool host_may_talk(struct portico_net *pn, const struct host *host,
		   enum reason *why)
{
	const struct inside *inside;
	bool full;

	rcu_read_lock();
	inside = inside_find(pn, &host->addr, host->family);
	full = inside && sessions_full(host, inside);
	rcu_read_unlock();
	if (full)
		*why = REASON_HOST_SESSIONS;
	return !full;
}

/* The record of a host that sends without a mapping, or NULL. */
static struct host *host_unmapped(struct portico_net *pn,
				  const union nf_inet_addr *addr)
{
	u32 max = READ_ONCE(pn->hosts.max);
	struct host *host = NULL;
	enum reason why;

	if (READ_ONCE(pn->hosts.count) >= max - max / 4)
		return NULL;
	spin_lock_bh(&pn->mappings.lock);
	host = host_make(pn, addr, NFPROTO_IPV6, &why);
	spin_unlock_bh(&pn->mappings.lock);
	return host;
}

void host_book(struct portico_net *pn, const union nf_inet_addr *addr,
	       enum direction dir, u32 packets, u32 bytes)
{
	struct host *host = host_find(pn, addr, NFPROTO_IPV6);
	struct npt_counters *book = &pn->hosts.other;

	if (!host && dir == DIR_OUT)
		host = host_unmapped(pn, addr);
	if (host) {
		book = &host->npt;
		WRITE_ONCE(host->last, get_jiffies_64());
	}
	atomic64_add(packets, &book->packets[dir]);
	atomic64_add(bytes, &book->bytes[dir]);
}

void host_read(const struct host *host, struct flow_counters *sum)
{
	host_read_mapped(host, sum);
	npt_counters_add(sum, &host->npt);
}

void host_read_mapped(const struct host *host, struct flow_counters *sum)
{
	const struct mapping *m;

	*sum = host->retired;
	hlist_for_each_entry(m, &host->mappings, host_link)
		mapping_read(m, sum);
}

void host_flush_strays(struct portico_net *pn)
{
	struct hlist_node *tmp;
	struct host *host;
	struct mapping *m;

	spin_lock_bh(&pn->mappings.lock);
	list_for_each_entry(host, &pn->hosts.all, all) {
		if (inside_maps(pn, &host->addr, host->family))
			continue;
		hlist_for_each_entry_safe(m, tmp, &host->mappings, host_link)
			if (!(m->flags & MAPPING_STATIC))
				mapping_unlink(pn, m);
	}
	spin_unlock_bh(&pn->mappings.lock);
}

void host_learn(struct portico_net *pn, struct host *host, struct sk_buff *skb)
{
	struct way *old, *way = rcu_dereference(host->in);

	if (way && way_matches(pn->net, way, skb))
		return;
	old = way;
	way = way_get(pn, skb, &host->addr);
	if (!way && !old)
		return;
	spin_lock_bh(&pn->mappings.lock);
	old = rcu_replace_pointer(host->in, way,
				  lockdep_is_held(&pn->mappings.lock));
	spin_unlock_bh(&pn->mappings.lock);
	way_put(old);
}
