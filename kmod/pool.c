// SPDX-License-Identifier: GPL-2.0
/* External addresses and the choice of ports. */
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/random.h>
#include <net/ip.h>

#include "block.h"
#include "bound.h"
#include "net.h"
#include "pool.h"

const u8 ext_spaces[256] = {
	[IPPROTO_TCP] = EXT_TCP + 1,
	[IPPROTO_UDP] = EXT_UDP + 1,
	[IPPROTO_ICMP] = EXT_ICMP + 1,
	[IPPROTO_ICMPV6] = EXT_ICMP + 1,
	[IPPROTO_UDPLITE] = EXT_UDPLITE + 1,
	[IPPROTO_SCTP] = EXT_SCTP + 1,
	[IPPROTO_DCCP] = EXT_DCCP + 1,
	[IPPROTO_GRE] = EXT_GRE + 1,
	[IPPROTO_ESP] = EXT_ESP + 1,
};

int pool_net_init(struct portico_net *pn)
{
	hash_init(pn->pool.buckets);
	INIT_LIST_HEAD(&pn->pool.all);
	pn->pool.held_max = HELD_MAX;
	return 0;
}

int pool_ready(struct portico_net *pn)
{
	if (!pn->pool.held)
		pn->pool.held = kvcalloc(HELD_MAX, sizeof(*pn->pool.held),
					 GFP_KERNEL);
	return pn->pool.held ? 0 : -ENOMEM;
}

/* Every uplink is gone, and with them every external address. */
void pool_net_exit(struct portico_net *pn)
{
	while (pn->pool.held_count) {
		ext_put(pn->pool.held[pn->pool.held_head].ext);	/* or NULL */
		pn->pool.held_head = (pn->pool.held_head + 1) % HELD_MAX;
		pn->pool.held_count--;
	}
	kvfree(pn->pool.held);
}

static unsigned int pool_hash(const union nf_inet_addr *addr, u8 family)
{
	/* Only an admin adds to a chain: no key is needed to keep it short. */
	return hash_32(addr_id(addr, family), POOL_HASH_BITS);
}

struct ext_addr *pool_find(const struct pool_table *pool,
			   const union nf_inet_addr *addr, u8 family)
{
	const struct hlist_head *bucket =
		&pool->buckets[pool_hash(addr, family)];
	struct ext_addr *ext;

	hlist_for_each_entry_rcu(ext, bucket, node, true)
		if (ext->family == family && addr_equal(&ext->addr, addr))
			return ext;
	return NULL;
}

struct ext_addr *ext_create(struct portico_net *pn, struct uplink *uplink,
			    const union nf_inet_addr *addr, u8 family)
{
	struct ext_addr *ext = kzalloc(sizeof(*ext), GFP_KERNEL_ACCOUNT);

	if (!ext)
		return NULL;
	ext->addr = *addr;
	ext->family = family;
	ext->uplink = uplink;
	refcount_inc(&uplink->refs);
	refcount_set(&ext->refs, 1);
	ext->id = ++pn->pool.next_id;
	list_add_tail_rcu(&ext->all, &pn->pool.all);
	hlist_add_head_rcu(&ext->node,
			   &pn->pool.buckets[pool_hash(addr, family)]);
	return ext;
}

static void ext_free_rcu(struct rcu_head *head)
{
	struct ext_addr *ext = container_of(head, struct ext_addr, rcu);
	struct ext_ports *ports;
	int space, page;

	for (space = 0; space < __EXT_SPACES; space++) {
		ports = ext->spaces[space];
		if (!ports)
			continue;
		for (page = 0; page < EXT_PAGES; page++)
			kfree(ports->owner[page]);
		kvfree(ports);
	}
	block_free_all(ext);
	uplink_put(ext->uplink);
	kfree(ext);
}

void ext_put(struct ext_addr *ext)
{
	if (ext && refcount_dec_and_test(&ext->refs))
		call_rcu(&ext->rcu, ext_free_rcu);
}

void ext_remove(struct portico_net *pn, struct ext_addr *ext)
{
	lockdep_assert_held(&pn->config);
	hlist_del_rcu(&ext->node);
	list_del_rcu(&ext->all);
	ext_put(ext);
}

static struct ext_ports *ext_ports_get(struct ext_addr *ext, u8 proto)
{
	int space = ext_space(proto);
	struct ext_ports *ports = ext->spaces[space];

	if (ports)
		return ports;
	ports = kzalloc(sizeof(*ports), GFP_ATOMIC | __GFP_NOWARN);
	if (!ports)
		return NULL;
	/*
	 * All zeroes before it can be seen: pairs with READ_ONCE() in ext_owner()
	 * and in other readers, which get at the zeroes through the pointer.
	 */
	smp_store_release(&ext->spaces[space], ports);
	return ports;
}

/* The page of owners must exist before a port of it is given. */
static bool ext_page_get(struct ext_ports *ports, u16 port)
{
	u32 **page = &ports->owner[port >> EXT_PAGE_BITS];
	u32 *fresh;

	if (*page)
		return true;
	fresh = kcalloc(1 << EXT_PAGE_BITS, sizeof(*fresh),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!fresh)
		return false;
	/* The same for a page of owners; pairs with READ_ONCE() in ext_owner(). */
	smp_store_release(page, fresh);
	return true;
}

static bool port_test(const struct ext_ports *ports, u16 port)
{
	return test_bit(port >> 1, ports->taken[port & 1]);
}

bool port_is_ephemeral(struct portico_net *pn, const struct ext_addr *ext,
		       u8 proto, u16 port)
{
	int low, high;

	if (!ext->local || is_icmp(proto))
		return false;
	inet_get_local_port_range(pn->net, &low, &high);
	return port >= low && port <= high;
}

/*
 * On its own address the gateway's sockets come first: a port that one holds,
 * and the range from which the kernel may give the next, are not for mappings.
 * Where an inside host has the whole address, only what is held there now.
 */
static bool port_is_reserved(struct portico_net *pn, const struct ext_addr *ext,
			     u8 proto, u16 port)
{
	if (ext->whole)
		return ext->local &&
		       port_is_local_at(pn->net, proto, htons(port), &ext->addr,
					ext->family);
	return port_is_ephemeral(pn, ext, proto, port) ||
	       (ext->local && port_is_local(pn->net, proto, htons(port)));
}

/* For whom a port is looked for, and where. */
struct port_ask {
	struct portico_net *pn;
	struct ext_addr *ext;
	struct ext_ports *ports;
	const struct host *host;
	u8 proto;
};

static __always_inline void mark_taken(struct ext_ports *ports, u16 port)
{
	unsigned int parity = port & 1, word = (port >> 1) / BITS_PER_LONG;

	__set_bit(port >> 1, ports->taken[parity]);
	if (ports->taken[parity][word] == ~0UL)
		__set_bit(word, ports->full[parity]);
}

static void mark_free(struct ext_ports *ports, u16 port)
{
	__clear_bit(port >> 1, ports->taken[port & 1]);
	__clear_bit((port >> 1) / BITS_PER_LONG, ports->full[port & 1]);
}

/* The first port not taken of @port's parity from it on; beyond U16_MAX: none. */
static u32 next_free(const struct ext_ports *ports, u32 port)
{
	unsigned int parity = port & 1, bit = port >> 1;
	unsigned int word = bit / BITS_PER_LONG;
	unsigned long free;

	free = ~ports->taken[parity][word] & (~0UL << bit % BITS_PER_LONG);
	if (!free) {
		word = find_next_zero_bit(ports->full[parity], EXT_PARITY_WORDS,
					  word + 1);
		if (word >= EXT_PARITY_WORDS)
			return U16_MAX + 1;
		free = ~ports->taken[parity][word];
	}
	return (word * BITS_PER_LONG + __ffs(free)) * 2 + parity;
}

static __always_inline int port_take(const struct port_ask *ask, u16 port)
{
	struct ext_ports *ports = ask->ports;

	if (port_test(ports, port) ||
	    block_bars(ask->ext, ask->host, ask->proto, port) ||
	    port_is_reserved(ask->pn, ask->ext, ask->proto, port))
		return -EBUSY;
	if (!ext_page_get(ports, port))
		return -ENOMEM;
	mark_taken(ports, port);
	ports->used++;
	block_port_taken(ask->ext, ext_space(ask->proto), port);
	return 0;
}

/*
 * The range that stays in the internal port's class, RFC 4787 REQ-3a. The
 * uplink's own range binds only the class that it was written for.
 */
static void port_class(const struct uplink *uplink, u8 proto, u16 port,
		       u16 *low, u16 *high)
{
	int space = ext_space(proto);

	if (space == EXT_ICMP) {
		*low = 0;
		*high = U16_MAX;
	} else if (space >= EXT_GRE) {
		*low = 0;
		*high = 0;
	} else if (port < 1024) {
		*low = 1;
		*high = 1023;
	} else {
		*low = max_t(u16, READ_ONCE(uplink->port_min), 1024);
		*high = READ_ONCE(uplink->port_max);
	}
}

/* Jump over the kernel's own range in one step. */
static u32 port_skip(const struct port_ask *ask, u32 port)
{
	int low, high;

	if (!ask->ext->local || is_icmp(ask->proto))
		return port;
	inet_get_local_port_range(ask->pn->net, &low, &high);
	if (port >= low && port <= high)
		return high + 1 + ((high + 1 - port) & 1);
	return port;
}

/* First free port of @from's parity in [from, to], or -ENOSPC. */
static int port_search(const struct port_ask *ask, u32 from, u32 to)
{
	u32 port = from;
	int err;

	while (port <= to) {
		port = next_free(ask->ports, port);
		if (port > to)
			break;
		if (port_skip(ask, port) != port) {
			port = port_skip(ask, port);
			continue;
		}
		err = port_take(ask, port);
		if (!err)
			return port;
		if (err != -EBUSY)
			return err;
		port += 2;	/* a local socket's, or in another's block */
	}
	return -ENOSPC;
}

/*
 * A random port of @first's parity in [first, high], the kernel's own range left
 * out; 0 when nothing else is there.
 */
static u32 port_random(const struct port_ask *ask, u32 first, u32 high)
{
	u32 total = (high - first) / 2 + 1, skipped = 0, from, to, port;
	int low, last;

	from = high + 1;
	if (ask->ext->local && !is_icmp(ask->proto)) {
		inet_get_local_port_range(ask->pn->net, &low, &last);
		from = max_t(u32, low, first);
		from += (from ^ first) & 1;
		to = min_t(u32, last, high);
		if (from <= to)
			skipped = (to - from) / 2 + 1;
	}
	if (skipped == total)
		return 0;
	port = first + 2 * get_random_u32_below(total - skipped);
	return skipped && port >= from ? port + 2 * skipped : port;
}

/* Random start, then onwards and round, all within one parity. */
static int port_draw(const struct port_ask *ask, u16 low, u16 high,
		     unsigned int parity)
{
	u32 first = low + ((low ^ parity) & 1);
	u32 start;
	int port;

	if (first > high)
		return -ENOSPC;
	start = port_random(ask, first, high);
	if (!start && first)
		return -ENOSPC;
	port = port_search(ask, start, high);
	if (port == -ENOSPC && start > first)
		port = port_search(ask, first, start - 2);
	return port;
}

static __always_inline bool
ask_begin(struct port_ask *ask, struct portico_net *pn, struct ext_addr *ext,
	  const struct host *host, u8 proto)
{
	lockdep_assert_held(&pn->mappings.lock);
	ask->pn = pn;
	ask->ext = ext;
	ask->host = host;
	ask->proto = proto;
	ask->ports = ext_ports_get(ext, proto);
	return ask->ports;
}

/* Any but the internal @port; apart, so that keeping that one needs no memory. */
static noinline int take_other(struct portico_net *pn, struct ext_addr *ext,
			       const struct host *host, u8 proto, u16 port,
			       enum reason *why)
{
	struct port_ask ask;
	u16 low, high;
	int err;

	if (is_tunnel(proto)) {
		*why = REASON_TUNNEL_TAKEN;
		return -ENOSPC;
	}
	/* With SCTP another port would mean a new CRC over all of each packet. */
	if (proto == IPPROTO_SCTP || ext->whole) {
		*why = REASON_PORTS_EXHAUSTED;
		return -ENOSPC;
	}
	if (!ask_begin(&ask, pn, ext, host, proto))
		return -ENOMEM;
	port_class(ext->uplink, proto, port, &low, &high);
	err = port_draw(&ask, low, high, port & 1);
	if (err == -ENOSPC)	/* the other parity rather than none */
		err = port_draw(&ask, low, high, ~port & 1);
	if (err == -ENOSPC)
		*why = REASON_PORTS_EXHAUSTED;
	return err;
}

int ext_take_port(struct portico_net *pn, struct ext_addr *ext,
		  const struct host *host, u8 proto, __be16 internal,
		  __be16 *external, enum reason *why)
{
	u16 low, high, port = ntohs(internal);
	struct port_ask ask;
	int err;

	*why = REASON_NO_MEMORY;
	if (!ask_begin(&ask, pn, ext, host, proto))
		return -ENOMEM;
	port_class(ext->uplink, proto, port, &low, &high);
	if (((port >= low && port <= high) || ext->whole) && !port_take(&ask, port)) {
		*external = internal;
		return 0;
	}
	err = take_other(pn, ext, host, proto, port, why);
	if (err < 0)
		return err;
	*external = htons(err);
	return 0;
}

int ext_take_this(struct portico_net *pn, struct ext_addr *ext,
		  const struct host *host, u8 proto, __be16 port)
{
	struct port_ask ask;

	return ask_begin(&ask, pn, ext, host, proto) ?
	       port_take(&ask, ntohs(port)) : -ENOMEM;
}

int ext_take_between(struct portico_net *pn, struct ext_addr *ext,
		     const struct host *host, u8 proto, u16 low, u16 high,
		     unsigned int parity)
{
	struct port_ask ask;

	return ask_begin(&ask, pn, ext, host, proto) ?
	       port_draw(&ask, low, high, parity) : -ENOMEM;
}

static u32 *ext_slot(struct ext_addr *ext, u8 proto, u16 port)
{
	struct ext_ports *ports = ext->spaces[ext_space(proto)];

	return &ports->owner[port >> EXT_PAGE_BITS]
			    [port & ((1 << EXT_PAGE_BITS) - 1)];
}

void ext_set_owner(struct ext_addr *ext, u8 proto, __be16 port,
		   struct mapping *m)
{
	/* The mapping is whole before it is found: pairs with ext_owner(). */
	smp_store_release(ext_slot(ext, proto, ntohs(port)), mapping_to_ref(m));
	ext->spaces[ext_space(proto)]->owned++;
}

static void port_free(struct ext_addr *ext, unsigned int space, u16 port)
{
	struct ext_ports *ports = ext->spaces[space];

	mark_free(ports, port);
	ports->used--;
	block_port_freed(ext, space, port);
}

static void held_free(struct held_port *held)
{
	if (!held->ext)
		return;
	port_free(held->ext, held->space, ntohs(held->port));
	ext_put(held->ext);
	held->ext = NULL;
}

static void held_pop(struct pool_table *pool)
{
	struct held_port *held = &pool->held[pool->held_head];

	held_free(held);
	pool->held_head = (pool->held_head + 1) % HELD_MAX;
	pool->held_count--;
}

static bool held_push(struct pool_table *pool, struct ext_addr *ext,
		      unsigned int space, __be16 port, u32 hold)
{
	struct held_port *held;

	if (!pool->held || !pool->held_max)
		return false;
	while (pool->held_count >= pool->held_max) {
		pool->held_early += !!pool->held[pool->held_head].ext;
		held_pop(pool);
	}
	held = &pool->held[(pool->held_head + pool->held_count) % HELD_MAX];
	refcount_inc(&ext->refs);
	held->ext = ext;
	held->until = (u32)jiffies + hold;
	held->port = port;
	held->space = space;
	pool->held_count++;
	return true;
}

void pool_set_held(struct portico_net *pn, u32 max)
{
	struct pool_table *pool = &pn->pool;

	spin_lock_bh(&pn->mappings.lock);
	pool->held_max = max;
	while (pool->held_count > max)
		held_pop(pool);
	spin_unlock_bh(&pn->mappings.lock);
}

void ext_release_port(struct portico_net *pn, struct ext_addr *ext, u8 proto,
		      __be16 port, u32 hold)
{
	u32 *slot = ext_slot(ext, proto, ntohs(port));
	unsigned int space = ext_space(proto);

	lockdep_assert_held(&pn->mappings.lock);
	if (*slot) {
		WRITE_ONCE(*slot, 0);
		ext->spaces[space]->owned--;
	}
	if (!hold || !held_push(&pn->pool, ext, space, port, hold))
		port_free(ext, space, ntohs(port));
}

void pool_wake(struct portico_net *pn, const struct ext_addr *ext)
{
	struct pool_table *pool = &pn->pool;
	struct held_port *held;
	u32 i;

	lockdep_assert_held(&pn->mappings.lock);
	for (i = 0; i < pool->held_count; i++) {
		held = &pool->held[(pool->held_head + i) % HELD_MAX];
		if (held->ext == ext)
			held_free(held);
	}
}

void ext_read(struct portico_net *pn, const struct ext_addr *ext,
	      struct flow_counters *sum)
{
	const struct ext_ports *ports;
	const struct mapping *m;
	u32 space, page, i;

	for (space = 0; space < __EXT_SPACES; space++) {
		ports = READ_ONCE(ext->spaces[space]);
		for (page = 0; ports && page < EXT_PAGES; page++) {
			if (!READ_ONCE(ports->owner[page]))
				continue;
			spin_lock_bh(&pn->mappings.lock);
			for (i = 0; i < 1 << EXT_PAGE_BITS; i++) {
				m = ext_owner(ext, space,
					      htons((page << EXT_PAGE_BITS) + i));
				if (m)
					mapping_read(m, sum);
			}
			spin_unlock_bh(&pn->mappings.lock);
			cond_resched();
		}
	}
}

void pool_expire_held(struct portico_net *pn)
{
	struct pool_table *pool = &pn->pool;

	lockdep_assert_held(&pn->mappings.lock);
	while (pool->held_count &&
	       (s32)((u32)jiffies - pool->held[pool->held_head].until) >= 0)
		held_pop(pool);
}
