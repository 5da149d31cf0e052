// SPDX-License-Identifier: GPL-2.0
/* The mapping table: buckets of tagged slots, grown while it is read. */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "block.h"
#include "deterministic.h"
#include "event.h"
#include "net.h"
#include "whole.h"

#define BUCKETS_FIRST	4096
#define BUCKETS_MAX	(16U << 20)
#define GROW_BATCH	256		/* buckets moved under one hold of the lock */
#define MAPPINGS_MAX	(4U << 20)

static struct kmem_cache *mapping_cache;	/* IPv4 */
static struct kmem_cache *mapping6_cache;	/* IPv6: one address more */

int mapping_init(void)
{
	unsigned int align = mapping_ref_init();

	/* An outbound packet reads the first line only. */
	BUILD_BUG_ON(offsetof(struct mapping, first.end) > 64);
	BUILD_BUG_ON(sizeof(struct bucket) != 64);
	mapping_cache = kmem_cache_create("portico_mapping",
					  sizeof(struct mapping), align,
					  SLAB_HWCACHE_ALIGN, NULL);
	mapping6_cache = kmem_cache_create("portico_mapping6",
					   sizeof(struct mapping) +
					   sizeof(union nf_inet_addr), align,
					   SLAB_HWCACHE_ALIGN, NULL);
	if (mapping_cache && mapping6_cache)
		return 0;
	mapping_exit();
	return -ENOMEM;
}

void mapping_exit(void)
{
	kmem_cache_destroy(mapping_cache);
	kmem_cache_destroy(mapping6_cache);
}

static struct kmem_cache *cache_of(u8 family)
{
	return family == NFPROTO_IPV4 ? mapping_cache : mapping6_cache;
}

static struct buckets *locked_now(struct mapping_table *table)
{
	return rcu_dereference_protected(table->now,
					 lockdep_is_held(&table->lock));
}

static struct buckets *locked_next(struct mapping_table *table)
{
	return rcu_dereference_protected(table->next,
					 lockdep_is_held(&table->lock));
}

static struct mapping *locked_slot(struct mapping_table *table,
				   struct bucket *bucket, int slot)
{
	return rcu_dereference_protected(bucket->slot[slot],
					 lockdep_is_held(&table->lock));
}

static u32 key_hash(const struct mapping_table *table, u64 key)
{
	return key_mix(&table->secret, key);
}

static u16 hash_tag(u32 hash)
{
	return (hash >> 16) ?: 1;
}

static u32 bucket_first(u32 hash, u32 mask)
{
	return hash & mask;
}

/* The other home of a key; from either one the same step leads to the other. */
static u32 bucket_second(u32 hash, u32 mask)
{
	return (hash ^ ((u32)hash_tag(hash) * 0x5bd1e995u | 1)) & mask;
}

bool mapping_is_too(const struct mapping *m, const struct mapping_want *want)
{
	if (key_family(want->key) != NFPROTO_IPV4 &&
	    !addr_equal(&m->host->addr, &want->addr))
		return false;
	return !want->uplink || m->ext->uplink == want->uplink;
}

static __always_inline struct mapping *
slot_find(const struct bucket *bucket, int slot, u16 tag,
	  const struct mapping_want *want)
{
	struct mapping *m;

	if (READ_ONCE(bucket->tag[slot]) != tag)
		return NULL;
	m = rcu_dereference_check(bucket->slot[slot], 1);
	return m && mapping_is(m, want) ? m : NULL;
}

#define EACH_TAG	0x0001000100010001ULL

/*
 * The top bit of each of four tags that is @tag. (Behind one that is, another
 * may be shown by mistake: the borrow of the subtraction.)
 */
static __always_inline u64 tags_like(u64 four, u16 tag)
{
	u64 differ = four ^ tag * EACH_TAG;

	return (differ - EACH_TAG) & ~differ & EACH_TAG << 15;
}

static __always_inline int first_slot(u64 like)
{
	int slot = __ffs64(like) / 16;

	return IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? 3 - slot : slot;
}

/*
 * Most are told apart by their tag alone. In a small table it is the first one;
 * where in a full bucket a mapping lies no branch predictor knows, so there
 * four are compared without a branch.
 */
static __always_inline struct mapping *
bucket_find(const struct bucket *bucket, u16 tag,
	    const struct mapping_want *want)
{
	struct mapping *m;
	u64 like;

	BUILD_BUG_ON(BUCKET_SLOTS != 6);
	m = slot_find(bucket, 0, tag, want);
	if (m)
		return m;
	like = tags_like(READ_ONCE(bucket->four_tags), tag);
	for (; like; like &= like - 1) {
		m = slot_find(bucket, first_slot(like), tag, want);
		if (m)
			return m;
	}
	return slot_find(bucket, 4, tag, want) ?:
	       slot_find(bucket, 5, tag, want);
}

/* A slot that nobody has, or -1. */
static int bucket_room(const struct bucket *bucket)
{
	u64 free = tags_like(bucket->four_tags, 0);

	if (free)
		return first_slot(free);
	return !bucket->tag[4] ? 4 : !bucket->tag[5] ? 5 : -1;
}

static __always_inline struct mapping *
buckets_find(const struct buckets *b, u32 hash, const struct mapping_want *want)
{
	u16 tag = hash_tag(hash);
	struct mapping *m;

	m = bucket_find(&b->at[bucket_first(hash, b->mask)], tag, want);
	if (m)
		return m;
	return bucket_find(&b->at[bucket_second(hash, b->mask)], tag, want);
}

void mapping_want(struct portico_net *pn, struct mapping_want *want,
		  const union nf_inet_addr *addr, __be16 port, u8 proto,
		  u8 family)
{
	mapping_want_key(&pn->mappings, want,
			 endpoint_key(addr_id(addr, family), port, proto, family));
	want->addr = *addr;
}

/*
 * While the table grows an entry is put into next before it leaves now: looking
 * in this order cannot miss it. When next has just become now, the pointer that
 * was read first is the old one, by now empty.
 */
static noinline struct mapping *
find_growing(struct mapping_table *table, const struct buckets *looked,
	     const struct mapping_want *want)
{
	const struct buckets *b;

	/* Pairs with bucket_move(): who was seen to have left now is in next. */
	smp_rmb();
	b = rcu_dereference_check(table->next, 1);
	if (likely(!b)) {
		/* Pairs with grow_work(): next has become now, if it was there. */
		smp_rmb();
		b = rcu_dereference_check(table->now, 1);
		if (likely(b == looked))
			return NULL;
	}
	return buckets_find(b, want->hash, want);
}

struct mapping *mapping_find(struct portico_net *pn, struct mapping_want *want)
{
	struct mapping_table *table = &pn->mappings;
	const struct buckets *b = rcu_dereference_check(table->now, 1);
	struct mapping *m;

	want->changes = READ_ONCE(table->changes);
	if (unlikely(!b))
		return NULL;
	/*
	 * Pairs with table_changes(): what is counted in changes is found by
	 * the search. What comes or moves later makes changes another one, by
	 * which mapping_make() knows that it has to ask again.
	 */
	smp_rmb();
	m = buckets_find(b, want->hash, want);
	if (unlikely(!m))
		m = find_growing(table, b, want);
	want->missed = !m;
	return m;
}

void mapping_ask_slot(const struct portico_net *pn, const struct mapping_want *want)
{
	const struct buckets *b = rcu_dereference_check(pn->mappings.now, 1);

	if (likely(b))
		prefetch(&b->at[bucket_first(want->hash, b->mask)]);
}

/*
 * What @bucket says by its tags alone, its lines asked for; no branch depends on
 * where in the bucket it says so.
 */
static __always_inline struct mapping *
bucket_guess(const struct bucket *bucket, u16 tag)
{
	u64 like = tags_like(READ_ONCE(bucket->four_tags), tag);
	struct mapping *m;
	int slot;

	if (likely(like))
		slot = first_slot(like);
	else if (READ_ONCE(bucket->tag[4]) == tag)
		slot = 4;
	else if (READ_ONCE(bucket->tag[5]) == tag)
		slot = 5;
	else
		return NULL;
	m = rcu_dereference_check(bucket->slot[slot], 1);
	if (m)
		mapping_prefetch(m);
	return m;
}

struct mapping *mapping_guess(const struct portico_net *pn,
			      const struct mapping_want *want)
{
	const struct buckets *b = rcu_dereference_check(pn->mappings.now, 1);
	struct mapping *m;

	if (unlikely(!b))
		return NULL;
	m = bucket_guess(&b->at[bucket_first(want->hash, b->mask)],
			 hash_tag(want->hash));
	if (!m)
		prefetch(&b->at[bucket_second(want->hash, b->mask)]);
	return m;
}

struct mapping *mapping_guess_again(const struct portico_net *pn,
				    const struct mapping_want *want)
{
	const struct buckets *b = rcu_dereference_check(pn->mappings.now, 1);

	if (unlikely(!b))
		return NULL;
	return bucket_guess(&b->at[bucket_second(want->hash, b->mask)],
			    hash_tag(want->hash));
}

/* What was put in its slot before may be found, where it was not before. */
static void table_changes(struct mapping_table *table)
{
	/* Pairs with mapping_find(): in its bucket before it is counted. */
	smp_wmb();
	WRITE_ONCE(table->changes, table->changes + 1);
}

/* Free slot for @hash, or NULL when both of its buckets are full. */
static struct bucket *slot_free(struct buckets *b, u32 hash, int *slot)
{
	struct bucket *bucket = &b->at[bucket_first(hash, b->mask)];

	*slot = bucket_room(bucket);
	if (likely(*slot >= 0))
		return bucket;
	bucket = &b->at[bucket_second(hash, b->mask)];
	*slot = bucket_room(bucket);
	return *slot >= 0 ? bucket : NULL;
}

static bool bucket_is_empty(const struct bucket *bucket)
{
	BUILD_BUG_ON(BUCKET_SLOTS != 6);
	return !(bucket->four_tags | bucket->tag[4] | bucket->tag[5]);
}

static void slot_fill(struct bucket *bucket, int slot, u16 tag,
		      struct mapping *m, u32 due)
{
	if ((s32)(due - bucket->due) < 0 || bucket_is_empty(bucket))
		WRITE_ONCE(bucket->due, due);
	rcu_assign_pointer(bucket->slot[slot], m);
	/*
	 * The pointer before the tag that leads to it. slot_find() has no
	 * barrier between the two: it may miss what is being put here, like a
	 * reader that came before. What no reader may miss is put in order by
	 * the barriers in table_changes() and bucket_move().
	 */
	smp_store_release(&bucket->tag[slot], tag);
}

static void slot_clear(struct bucket *bucket, int slot)
{
	WRITE_ONCE(bucket->tag[slot], 0);
	RCU_INIT_POINTER(bucket->slot[slot], NULL);
}

/*
 * Both homes of @hash are full: send one of those who live there to its other
 * home. It is put there before it leaves here; a reader that looks in between
 * in the wrong order misses it once, and asks again under the lock because the
 * table has changed.
 */
static struct bucket *slot_make(struct mapping_table *table, struct buckets *b,
				u32 hash, int *slot)
{
	u32 home[2] = { bucket_first(hash, b->mask),
			bucket_second(hash, b->mask) };
	struct bucket *bucket, *other;
	struct mapping *m;
	int i, h, free;
	u32 theirs;

	for (h = 0; h < 2; h++) {
		bucket = &b->at[home[h]];
		for (i = 0; i < BUCKET_SLOTS; i++) {
			m = locked_slot(table, bucket, i);
			theirs = key_hash(table, m->key);
			other = slot_free(b, theirs, &free);
			if (!other)
				continue;
			slot_fill(other, free, hash_tag(theirs), m, bucket->due);
			/* There, and counted, before it leaves here. */
			table_changes(table);
			slot_clear(bucket, i);
			*slot = i;
			return bucket;
		}
	}
	return NULL;
}

static bool buckets_insert(struct mapping_table *table, struct buckets *b,
			   u32 hash, struct mapping *m, u32 due)
{
	struct bucket *bucket;
	int slot;

	bucket = slot_free(b, hash, &slot) ?: slot_make(table, b, hash, &slot);
	if (!bucket)
		return false;
	slot_fill(bucket, slot, hash_tag(hash), m, due);
	return true;
}

/* The slot that holds @m, or NULL. */
static struct bucket *slot_of(struct buckets *b, u32 hash,
			      const struct mapping *m, int *slot)
{
	struct bucket *bucket;
	u32 home[2] = { bucket_first(hash, b->mask),
			bucket_second(hash, b->mask) };
	int i, h;

	for (h = 0; h < 2; h++) {
		bucket = &b->at[home[h]];
		for (i = 0; i < BUCKET_SLOTS; i++)
			if (rcu_access_pointer(bucket->slot[i]) == m) {
				*slot = i;
				return bucket;
			}
	}
	return NULL;
}

static bool buckets_remove(struct buckets *b, u32 hash, const struct mapping *m)
{
	struct bucket *bucket;
	int slot;

	if (!b)
		return false;
	bucket = slot_of(b, hash, m, &slot);
	if (!bucket)
		return false;
	slot_clear(bucket, slot);
	return true;
}

void mapping_due(struct portico_net *pn, const struct mapping *m, u32 deadline)
{
	struct mapping_table *table = &pn->mappings;
	u32 hash = key_hash(table, m->key);
	struct bucket *bucket;
	int slot;

	lockdep_assert_held(&table->lock);
	bucket = slot_of(locked_now(table), hash, m, &slot);
	if (!bucket && locked_next(table))
		bucket = slot_of(locked_next(table), hash, m, &slot);
	if (bucket && (s32)(deadline - bucket->due) < 0)
		WRITE_ONCE(bucket->due, deadline);
}

static struct buckets *buckets_alloc(u32 count)
{
	struct buckets *b;

	b = kvzalloc(struct_size(b, at, count), GFP_KERNEL);
	if (b)
		b->mask = count - 1;
	return b;
}

/*
 * Move one bucket: into next first, out of now after, so no reader misses. What
 * finds no place in the third that is taken of next ends: it cannot be kept where
 * nobody would find it.
 */
static void bucket_move(struct mapping_table *table, struct buckets *now,
			struct buckets *next, u32 index)
{
	struct bucket *bucket = &now->at[index];
	struct mapping *m;
	int i;

	for (i = 0; i < BUCKET_SLOTS; i++) {
		m = locked_slot(table, bucket, i);
		if (!m)
			continue;
		if (!buckets_insert(table, next, key_hash(table, m->key), m,
				    bucket->due)) {
			mapping_unlink(container_of(table, struct portico_net,
						    mappings), m);
			continue;
		}
		/* Pairs with find_growing(), which looks into now, then next. */
		smp_wmb();
		slot_clear(bucket, i);
	}
}

/*
 * Two thirds: up to there two homes and one move have sufficed in each of 2,000
 * tables of 4,000 and of 16,000 keys; at three quarters, in all but a few.
 */
static u32 comfortable(const struct buckets *b)
{
	return (b->mask + 1) * BUCKET_SLOTS / 3 * 2;
}

static void grow_work(struct work_struct *work)
{
	struct mapping_table *table =
		container_of(work, struct mapping_table, grow);
	struct buckets *now, *next;
	u32 i;

	now = rcu_dereference_protected(table->now, 1);
	/* Asked for again while it was already under way? */
	if ((now->mask + 1) >= BUCKETS_MAX ||
	    READ_ONCE(table->count) <= READ_ONCE(table->grow_above))
		return;
	next = buckets_alloc((now->mask + 1) * 2);
	if (!next)
		return;		/* tried again at the next new mapping */

	spin_lock_bh(&table->lock);
	rcu_assign_pointer(table->next, next);
	for (i = 0; i <= now->mask; i++) {
		bucket_move(table, now, next, i);
		if (i % GROW_BATCH == GROW_BATCH - 1) {
			spin_unlock_bh(&table->lock);
			cond_resched();
			spin_lock_bh(&table->lock);
		}
	}
	rcu_assign_pointer(table->now, next);
	table->grow_above = comfortable(next);
	/* Pairs with find_growing(): who finds no next finds the new now. */
	smp_wmb();
	RCU_INIT_POINTER(table->next, NULL);
	spin_unlock_bh(&table->lock);

	synchronize_rcu();
	kvfree(now);
}

static void grow_if_full(struct mapping_table *table)
{
	if (unlikely(table->count > table->grow_above) && !locked_next(table))
		queue_work(system_unbound_wq, &table->grow);
}

void mapping_net_init(struct portico_net *pn)
{
	struct mapping_table *table = &pn->mappings;

	spin_lock_init(&table->lock);
	table->max = MAPPINGS_MAX;
	get_random_bytes(&table->secret, sizeof(table->secret));
	INIT_WORK(&table->grow, grow_work);
}

/* All mappings have been unlinked and reaped by now. */
void mapping_net_exit(struct portico_net *pn)
{
	cancel_work_sync(&pn->mappings.grow);
	WARN_ON_ONCE(pn->mappings.count);
	kvfree(rcu_dereference_protected(pn->mappings.now, 1));
}

int mapping_table_ready(struct portico_net *pn)
{
	struct mapping_table *table = &pn->mappings;
	struct buckets *b;

	lockdep_assert_held(&pn->config);
	if (rcu_access_pointer(table->now))
		return 0;
	if (history_ready(pn))
		return -ENOMEM;
	b = buckets_alloc(BUCKETS_FIRST);
	if (!b)
		return -ENOMEM;
	table->grow_above = comfortable(b);
	rcu_assign_pointer(table->now, b);
	return 0;
}

static __always_inline struct mapping *
mapping_alloc(struct ext_addr *ext, __be16 ext_port, struct host *host, u64 key,
	      u16 flags)
{
	struct mapping *m;

	m = kmem_cache_alloc(cache_of(key_family(key)),
			     GFP_ATOMIC | __GFP_NOWARN);
	if (!m)
		return NULL;
	if (unlikely(!mapping_has_ref(m))) {
		kmem_cache_free(cache_of(key_family(key)), m);
		return NULL;
	}
	session_clear(&m->first);
	if (key_family(key) == NFPROTO_IPV6)
		memset(m->remote6, 0, sizeof(m->remote6[0]));
	RCU_INIT_POINTER(m->extra, NULL);
	m->key = key;
	m->ext = ext;
	refcount_inc(&ext->refs);
	m->ext_port = ext_port;
	m->host = host;
	m->flags = flags;
	if (ext_port == key_port(key))
		m->flags |= MAPPING_PRESERVED;
	if (ext->whole)
		m->flags |= MAPPING_WHOLE;
	m->created = mapping_clock();
	m->first.last = jiffies;
	return m;
}

/* The port is taken: publish the mapping that owns it. */
static __always_inline struct mapping *
mapping_publish(struct portico_net *pn, struct ext_addr *ext, __be16 ext_port,
		struct host *host, const struct mapping_want *want, u16 flags,
		enum reason *why)
{
	struct mapping_table *table = &pn->mappings;
	struct buckets *b = locked_next(table) ?: locked_now(table);
	struct mapping *m;
	u32 due;

	m = mapping_alloc(ext, ext_port, host, want->key, flags);
	if (!m) {
		*why = REASON_NO_MEMORY;
		return NULL;
	}
	due = session_deadline(m, &m->first);
	if (!buckets_insert(table, b, want->hash, m, due)) {
		*why = REASON_MAPPINGS_FULL;
		/* Of many that is to be expected; of few a bigger table is no cure. */
		if (table->count > comfortable(b) / 3) {
			table->grow_above = 0;
			grow_if_full(table);
		}
		refcount_dec(&ext->refs);
		kmem_cache_free(cache_of(mapping_family(m)), m);
		return NULL;
	}
	ext_set_owner(ext, mapping_proto(m), ext_port, m);
	hlist_add_head(&m->host_link, &host->mappings);
	host->mappings_count++;
	host->created++;
	host->last = get_jiffies_64();
	table->count++;
	table->created++;
	table_changes(table);
	grow_if_full(table);
	if (event_wanted(pn, pn->events) && !(flags & MAPPING_BLOCK))
		event_mapping(pn, PORTICO_EVENT_MAPPING_ADD, m, NULL);
	return m;
}

static bool mapping_room(struct portico_net *pn, enum reason *why)
{
	if (pn->mappings.count < READ_ONCE(pn->mappings.max))
		return true;
	*why = REASON_MAPPINGS_FULL;
	return false;
}

static void mapping_refused(struct portico_net *pn, struct host *host,
			    const struct mapping_want *want, enum reason why)
{
	const struct endpoint in = {
		.addr = want->addr, .port = key_port(want->key),
		.proto = key_proto(want->key), .family = key_family(want->key),
	};

	pn->mappings.refused++;
	if (!host)
		return;
	host->refused++;
	if (!host->refused_at || (u32)jiffies - host->refused_at >= HZ) {
		host->refused_at = (u32)jiffies ?: 1;
		event_refused(pn, &in, why);
	}
}

/* The address that is to serve @host, if it may have another mapping there. */
static __always_inline struct ext_addr *
mapping_ext(struct portico_net *pn, struct host *host, struct uplink *uplink,
	    const struct mapping_want *want, enum reason *why)
{
	const struct inside *inside = want->inside ?:
				      inside_find(pn, &want->addr, host->family);
	struct ext_addr *ext;

	/* Caps on ports share out what is not its alone. */
	if (unlikely(host->wholes)) {
		ext = host_pair(pn, host, uplink);
		if (ext && ext->whole)
			return host_is_over(host, inside, why) ||
			       !host_may_talk(pn, host, why) ? NULL : ext;
	}
	if (inside && inside->capped && !host_may_map(host, inside, why))
		return NULL;
	ext = host_pair(pn, host, uplink);
	if (!ext)
		*why = det_refusal(uplink, host->family);
	return ext;
}

struct mapping *mapping_make(struct portico_net *pn, struct uplink *uplink,
			     struct mapping_want *want, enum reason *why)
{
	u8 proto = key_proto(want->key), family = key_family(want->key);
	struct ext_addr *ext;
	struct host *host = NULL;
	struct mapping *m;
	__be16 ext_port;
	u16 flags = 0;
	int err;

	lockdep_assert_held(&pn->mappings.lock);
	/* Unless all is as at the lookup, another CPU may have made it. */
	want->uplink = uplink;
	if (!want->missed || want->changes != pn->mappings.changes) {
		m = mapping_find(pn, want);
		if (m)
			return m;
	}
	if (!mapping_room(pn, why))
		goto refused;
	host = want->host ?: host_make(pn, &want->addr, family, why);
	if (!host)
		goto refused;
	ext = mapping_ext(pn, host, uplink, want, why);
	if (!ext)
		goto refused;
	if (block_wanted(uplink, proto) && !ext->whole) {
		flags = MAPPING_BLOCK;
		err = block_take(pn, ext, host, proto, key_port(want->key),
				 &ext_port, why);
	} else {
		err = ext_take_port(pn, ext, host, proto, key_port(want->key),
				    &ext_port, why);
	}
	if (err)
		goto refused;
	m = mapping_publish(pn, ext, ext_port, host, want, flags, why);
	if (m)
		return m;
	ext_release_port(pn, ext, proto, ext_port, 0);
refused:
	mapping_refused(pn, host, want, *why);
	return NULL;
}

int mapping_place(struct portico_net *pn, struct ext_addr *ext,
		  __be16 ext_port, const struct endpoint *in, u16 flags,
		  struct mapping **made, enum reason *why)
{
	struct mapping_want want;
	struct host *host;
	int err;

	lockdep_assert_held(&pn->mappings.lock);
	if (in->proto == IPPROTO_SCTP && in->port != ext_port)
		return -EBUSY;	/* it cannot be given this one: pool.h */
	mapping_want(pn, &want, &in->addr, in->port, in->proto, in->family);
	want.uplink = ext->uplink;
	if (mapping_find(pn, &want))
		return -EEXIST;
	if (whole_forbids(pn, ext, ext_port, in))
		return -EBUSY;
	if (!mapping_room(pn, why))
		return -ENOSPC;
	host = host_make(pn, &in->addr, in->family, why);
	if (!host)
		return -ENOSPC;
	if (!(flags & MAPPING_STATIC) && !ext->whole &&
	    block_wanted(ext->uplink, in->proto)) {
		err = block_cover(pn, ext, host, ext_port, why);
		if (err)
			return err;
		flags |= MAPPING_BLOCK;
	}
	err = ext_take_this(pn, ext, host, in->proto, ext_port);
	if (err) {
		block_leave(ext, ext_port);
		return err;
	}
	*made = mapping_publish(pn, ext, ext_port, host, &want, flags, why);
	if (*made)
		return 0;
	ext_release_port(pn, ext, in->proto, ext_port, 0);
	return -ENOMEM;
}

void mapping_retire(struct portico_net *pn, struct mapping *m,
		    const struct flow_counters *sum)
{
	lockdep_assert_held(&pn->mappings.lock);
	flow_counters_add(&m->host->retired, sum);
	flow_counters_add(&m->ext->retired, sum);
	flow_counters_add(&m->ext->uplink->retired, sum);
	m->ext->uplink->ended++;
	flow_counters_add(&pn->mappings.retired, sum);
	history_count(pn, m, sum);
}

/*
 * How long its port rests, in jiffies. What an admin takes back may be given anew
 * at once, what belongs to one host goes to no other, and the one port of a tunnel
 * must be had again, by the same host above all.
 */
static u32 rest_of(const struct mapping *m)
{
	if (m->flags & (MAPPING_STATIC | MAPPING_WHOLE) ||
	    is_tunnel(mapping_proto(m)))
		return 0;
	return READ_ONCE(m->ext->uplink->timeouts.hold) * HZ;
}

void mapping_unlink(struct portico_net *pn, struct mapping *m)
{
	struct mapping_table *table = &pn->mappings;
	u32 hash = key_hash(table, m->key);
	struct host *host = m->host;
	struct flow_counters sum = {};

	lockdep_assert_held(&table->lock);
	if (m->flags & MAPPING_DEAD)
		return;
	if (!(m->flags & MAPPING_BLOCK))
		event_mapping(pn, PORTICO_EVENT_MAPPING_DEL, m, NULL);
	m->flags |= MAPPING_DEAD;
	history_begin(pn, m);
	if (!buckets_remove(locked_now(table), hash, m))
		WARN_ON_ONCE(!buckets_remove(locked_next(table), hash, m));
	ext_release_port(pn, m->ext, mapping_proto(m), m->ext_port, rest_of(m));
	hlist_del(&m->host_link);
	host->mappings_count--;
	host->dying++;
	host->last = get_jiffies_64();
	table->count--;
	session_end_extra(pn, m);
	session_give(pn, m, &m->first, &sum);
	mapping_retire(pn, m, &sum);
	gc_bury(pn, m);
}

void mapping_each(struct portico_net *pn, struct ext_addr *ext,
		  void (*visit)(struct portico_net *pn, struct mapping *m,
				void *arg), void *arg)
{
	struct mapping *m;
	u32 space, port;

	for (space = 0; space < __EXT_SPACES; space++) {
		if (!ext->spaces[space])
			continue;
		for (port = 0; port <= U16_MAX; port++) {
			if (port % 1024 == 0)
				cond_resched();
			rcu_read_lock();
			m = ext_owner(ext, space, htons(port));
			rcu_read_unlock();
			if (!m)
				continue;
			spin_lock_bh(&pn->mappings.lock);
			m = ext_owner(ext, space, htons(port));
			if (m)
				visit(pn, m, arg);
			spin_unlock_bh(&pn->mappings.lock);
		}
	}
}

static void flush_one(struct portico_net *pn, struct mapping *m, void *arg)
{
	const u16 *flags = arg;

	if (!*flags || m->flags & *flags)
		mapping_unlink(pn, m);
}

void mapping_flush(struct portico_net *pn, struct ext_addr *ext, u16 flags)
{
	mapping_each(pn, ext, flush_one, &flags);
}

static void session_slow(struct session *s)
{
	s->flags &= ~(SESSION_FAST_OUT | SESSION_FAST_IN);
}

void mapping_slow(struct mapping *m)
{
	struct mapping_extra *extra = rcu_dereference_protected(m->extra, 1);
	struct extra_session *e;

	session_slow(&m->first);
	if (extra)
		hlist_for_each_entry(e, &extra->sessions, link)
			session_slow(&e->s);
}

static void slow_one(struct portico_net *pn, struct mapping *m, void *arg)
{
	mapping_slow(m);
}

void mapping_slow_all(struct portico_net *pn, struct ext_addr *ext)
{
	mapping_each(pn, ext, slow_one, NULL);
}

/* Packets that were on their way when it was unlinked have counted by now. */
void mapping_reap(struct portico_net *pn, struct mapping *m)
{
	struct flow_counters late = {};

	lockdep_assert_held(&pn->mappings.lock);
	session_give(pn, m, &m->first, &late);
	mapping_retire(pn, m, &late);
	session_free_extra(pn, m);
	m->host->dying--;
	way_put(rcu_dereference_protected(m->first.out, 1));
	ext_put(m->ext);
	kmem_cache_free(cache_of(mapping_family(m)), m);
}

void mapping_read_parts(const struct mapping *m, struct flow_counters *live,
			struct flow_counters *ended)
{
	const struct mapping_extra *extra;
	const struct extra_session *e;

	session_read(&m->first, live);
	extra = rcu_dereference_check(m->extra, 1);
	if (!extra)
		return;
	flow_counters_add(ended, &extra->ended);
	hlist_for_each_entry(e, &extra->sessions, link)
		session_read(&e->s, live);
}

void mapping_read(const struct mapping *m, struct flow_counters *sum)
{
	mapping_read_parts(m, sum, sum);
}

u32 mapping_sessions(const struct mapping *m)
{
	const struct mapping_extra *extra = rcu_dereference_check(m->extra, 1);
	u8 flags = READ_ONCE(m->first.flags);

	return ((flags & (SESSION_USED | SESSION_ENDED)) == SESSION_USED) +
	       (extra ? extra->count : 0);
}
