/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mapping: internal endpoint <-> external endpoint, the same for every remote
 * (RFC 4787 REQ-1).
 *
 * Outbound lookup: one bucket line and the mapping's own first line. Buckets
 * hold six tagged slots in one cache line; a key may stand in two buckets.
 * Inbound lookup is an index in the external address (pool.h).
 *
 * mapping_find() is an RCU read. Everything that adds or removes holds
 * mapping_table.lock (new and ending mappings only, never established ones).
 * A mapping is complete before it can be found, is freed a grace period after
 * it no longer can be, and what was counted on it then goes to its host.
 */
#ifndef PORTICO_MAPPING_H
#define PORTICO_MAPPING_H

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/prefetch.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "key_hash.h"
#include "pool.h"
#include "session.h"
#include "tuple.h"

struct host;
struct inside;

#define MAPPING_STATIC		BIT(0)	/* made by an admin */
#define MAPPING_PRESERVED	BIT(1)	/* external port = internal port */
#define MAPPING_DEAD		BIT(2)	/* no longer findable */
#define MAPPING_RESTORED	BIT(3)	/* may take up TCP in the middle */
#define MAPPING_LEASED		BIT(4)	/* kept, and open to all: lease.h */
#define MAPPING_WHOLE		BIT(5)	/* at its host's own address: whole.h */
#define MAPPING_BLOCK		BIT(6)	/* its block is told of, not itself: block.h */
/* There without any session. */
#define MAPPINGS_KEPT		(MAPPING_STATIC | MAPPING_LEASED)

/*
 * 128 bytes, two cache lines: the first is all that an outbound packet reads,
 * the second is what it counts. IPv6 mappings append the first remote.
 */
struct mapping {
	u64 key;			/* endpoint_key() of the internal one */
	struct ext_addr *ext;		/* reference held */
	struct host *host;		/* reference held */
	struct mapping_extra __rcu *extra;
	__be16 ext_port;
	u16 flags;			/* MAPPING_* */
	union {
		u32 created;		/* mapping_clock() */
		u32 record;		/* when dead: in the history, 0: none */
	};
	struct session first;
	struct hlist_node host_link;	/* host.mappings, later gc.dying */
	union nf_inet_addr remote6[];	/* IPv6 only: one, of the first session */
};

/* Seconds since boot, without a call: of new mappings there are many. */
static inline u32 mapping_clock(void)
{
	return div_u64(get_jiffies_64(), HZ);
}

#define BUCKET_SLOTS	6

struct bucket {
	union {
		struct {
			u16 tag[BUCKET_SLOTS];	/* 0: slot is empty */
			u32 due;	/* jiffies: nothing here ends before */
		};
		u64 four_tags;		/* the first ones, looked at together */
	};
	struct mapping __rcu *slot[BUCKET_SLOTS];
} ____cacheline_aligned;

struct buckets {
	u32 mask;
	struct bucket at[];
};

struct mapping_table {
	spinlock_t lock;		/* whoever adds, removes or moves */
	struct buckets __rcu *now;	/* NULL until the first uplink */
	struct buckets __rcu *next;	/* while it grows */
	struct key_secret secret;
	u32 count, max;
	u64 created, refused;
	struct flow_counters retired;	/* of mappings that ended */
	u32 grow_above;			/* so many; 0: both homes of a key were full */
	struct work_struct grow;
	u32 changes;			/* entries that came or changed homes */
};

int mapping_init(void);
void mapping_exit(void);
void mapping_net_init(struct portico_net *pn);
void mapping_net_exit(struct portico_net *pn);

/* Make the table; config lock held, process context. -ENOMEM. */
int mapping_table_ready(struct portico_net *pn);

/* What is looked for: an internal endpoint, its hash reckoned once. */
struct mapping_want {
	u64 key;
	union nf_inet_addr addr;
	const struct uplink *uplink;	/* by this one only; NULL: the first found */
	struct host *host;		/* of the address; NULL: not known yet */
	const struct inside *inside;	/* likewise */
	u32 changes;			/* mapping_table.changes at the lookup */
	u32 hash;
	bool missed;			/* looked for and not found */
};

void mapping_want(struct portico_net *pn, struct mapping_want *want,
		  const union nf_inet_addr *addr, __be16 port, u8 proto,
		  u8 family);

/* Nothing is known but the key; addr is the caller's to fill. */
static inline void mapping_want_key(const struct mapping_table *table,
				    struct mapping_want *want, u64 key)
{
	want->key = key;
	want->uplink = NULL;
	want->host = NULL;
	want->inside = NULL;
	want->hash = key_mix(&table->secret, key);
	want->missed = false;
}

/* RCU read: the mapping wanted, or NULL. */
struct mapping *mapping_find(struct portico_net *pn, struct mapping_want *want);

/*
 * For those who look for several, so that their waits for memory are one: ask for
 * the line in which each is noted; when those have come, guess by the tag there
 * which mapping it is and ask for its lines; where the first home said nothing,
 * the same of the second. Hints only: whether the guess is right mapping_is()
 * says. One RCU read side from the guess to its use.
 */
void mapping_ask_slot(const struct portico_net *pn, const struct mapping_want *want);
struct mapping *mapping_guess(const struct portico_net *pn,
			      const struct mapping_want *want);
struct mapping *mapping_guess_again(const struct portico_net *pn,
				    const struct mapping_want *want);
/* What else is to be asked of an IPv6 one, or of one by a certain uplink. */
bool mapping_is_too(const struct mapping *m, const struct mapping_want *want);

static inline bool mapping_is(const struct mapping *m, const struct mapping_want *want)
{
	if (m->key != want->key)
		return false;
	return likely(key_family(want->key) == NFPROTO_IPV4 && !want->uplink) ||
	       mapping_is_too(m, want);
}

/* Both lines, the second to be written; @m may be NULL. */
static inline void mapping_prefetch(const struct mapping *m)
{
	prefetch(m);
	prefetchw((const u8 *)m + L1_CACHE_BYTES);
}

/*
 * The mapping wanted, towards @uplink, made if there is none; NULL and the reason
 * in *@why. It may have been looked for before. lock held, bottom halves off.
 */
struct mapping *mapping_make(struct portico_net *pn, struct uplink *uplink,
			     struct mapping_want *want, enum reason *why);

/* As mapping_make(), with this very external endpoint; lock held. */
int mapping_place(struct portico_net *pn, struct ext_addr *ext,
		  __be16 ext_port, const struct endpoint *in, u16 flags,
		  struct mapping **made, enum reason *why);

/* @visit whatever is found on @ext, each under the lock. Process context. */
void mapping_each(struct portico_net *pn, struct ext_addr *ext,
		  void (*visit)(struct portico_net *pn, struct mapping *m,
				void *arg), void *arg);

/* End those on @ext that have any of @flags, all for 0. Process context. */
void mapping_flush(struct portico_net *pn, struct ext_addr *ext, u16 flags);

/* All sessions of @m take the slow path until it lets them go; lock held. */
void mapping_slow(struct mapping *m);
/* Those of all mappings on @ext. Process context. */
void mapping_slow_all(struct portico_net *pn, struct ext_addr *ext);

/* No longer findable from now on, freed by gc.c; lock held. */
void mapping_unlink(struct portico_net *pn, struct mapping *m);

/* Final freeing, a grace period after mapping_unlink(); lock held. */
void mapping_reap(struct portico_net *pn, struct mapping *m);

/* Its bucket is to be looked at by @deadline (jiffies) at the latest; lock held. */
void mapping_due(struct portico_net *pn, const struct mapping *m, u32 deadline);

/* What @m, dead, had counted: to host, uplink, total, its record; lock held. */
void mapping_retire(struct portico_net *pn, struct mapping *m,
		    const struct flow_counters *sum);

/* Sum of all sessions of @m, those that ended too; lock held. */
void mapping_read(const struct mapping *m, struct flow_counters *sum);
/* The same in parts: what its sessions hold, and what ended ones left. */
void mapping_read_parts(const struct mapping *m, struct flow_counters *live,
			struct flow_counters *ended);

u32 mapping_sessions(const struct mapping *m);

static inline u8 mapping_proto(const struct mapping *m)
{
	return key_proto(m->key);
}

static inline u8 mapping_family(const struct mapping *m)
{
	return key_family(m->key);
}

static inline __be16 mapping_port(const struct mapping *m)
{
	return key_port(m->key);
}

#endif
