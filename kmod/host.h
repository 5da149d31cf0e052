/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host: one inside IP address, its mappings and what they carried. Per packet a
 * host costs nothing: its live counters are the sum over its mappings, and what
 * an ended mapping counted is added to the host when it goes.
 *
 * Lookups are RCU; hosts are made and changed under mapping_table.lock.
 */
#ifndef PORTICO_HOST_H
#define PORTICO_HOST_H

#include <linux/atomic.h>
#include <linux/rhashtable-types.h>

#include "pool.h"
#include "rate.h"
#include "session.h"
#include "tuple.h"
#include "uplink.h"

struct ext_addr;
struct inside;
struct way;
struct portico_net;

/* What exchanged prefixes (npt.h) carried: no mapping counts it. */
struct npt_counters {
	atomic64_t packets[__DIRS];
	atomic64_t bytes[__DIRS];
};

struct host {
	struct rhash_head node;		/* host_table.table */
	union nf_inet_addr addr;
	u8 family;
	u32 mappings_count;
	u32 sessions_count;		/* live ones of its mappings */
	u32 wholes;			/* addresses that are its alone: whole.h */
	struct way __rcu *in;		/* way to the host; reference held */
	struct ext_addr *ext;		/* paired (RFC 4787 REQ-2); reference held */
	struct hlist_head mappings;
	struct hlist_head blocks;	/* of ports, block.h */
	u32 blocks_count;
	u64 created, refused;		/* mappings */
	struct flow_counters retired;
	struct npt_counters npt;
	u64 first;			/* ns, real time */
	u64 last;			/* jiffies64: the last mapping made or ended,
					 * or packet without one
					 */
	u32 tokens, tokens_at;		/* rate of new mappings, milli-mappings */
	u32 refused_at;			/* jiffies of the last refused event */
	struct host_rate rate;
	struct list_head all;		/* host_table.all, in order of making */
	u64 id;				/* dump key */
	u32 dying;			/* mappings that ended and are not freed */
	struct list_head leaving;	/* forgotten: host_table.leaving, */
	unsigned long gone;		/* until this grace period is over */
};

struct host_table {
	struct rhashtable table;
	struct list_head all;
	u32 count, max;
	u64 next_id;
	struct npt_counters other;	/* of addresses without a record */
	struct flow_counters past;	/* of forgotten ones, by their mappings */
	u64 forgotten;
	struct list_head leaving;	/* forgotten, perhaps still looked at */
	struct host *hand;		/* to be looked at next: forget.c */
	u32 paused;			/* somebody adds up: forget.h */
};

/* The external address that serves @host at @uplink. mapping_table.lock held. */
static inline struct ext_addr *host_pair(struct portico_net *pn, struct host *host,
					 struct uplink *uplink)
{
	struct ext_addr *ext = host->ext;

	if (likely(ext && !ext->gone && ext->uplink == uplink &&
		   !uplink->deterministic &&
		   ext->whole == (host->wholes ? host : NULL)))
		return ext;
	return uplink_pair(pn, uplink, host);
}

/* From now on paired with @ext. mapping_table.lock held. */
void host_set_ext(struct host *host, struct ext_addr *ext);

int host_net_init(struct portico_net *pn);
void host_net_exit(struct portico_net *pn);

/* RCU read side. */
struct host *host_find(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family);
/* Found or made; NULL and *@why. mapping_table.lock held. */
struct host *host_make(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family, enum reason *why);

/* No longer found, not in any list; lock held. Its owner frees it. */
void host_remove(struct portico_net *pn, struct host *host);
/* No reader is left. */
void host_free(struct host *host);

/* Has it used up a quota beyond which it is refused? Lock held. */
bool host_is_over(const struct host *host, const struct inside *inside,
		  enum reason *why);
/* May it have one more mapping? Counts against its rate. Lock held. */
bool host_may_map(struct host *host, const struct inside *inside,
		  enum reason *why);

/* It has not got it after all: its rate is as before. Lock held. */
void host_map_undone(struct host *host);

/* May one of its mappings have one more session? Lock held. */
bool host_may_talk(struct portico_net *pn, const struct host *host,
		   enum reason *why);

/*
 * Book a packet that no mapping counts on the host @addr. What comes in makes no
 * record, and what goes out only while a quarter of the table is free: whoever draws
 * addresses from a whole prefix cannot fill it. RCU read side.
 */
void host_book(struct portico_net *pn, const union nf_inet_addr *addr,
	       enum direction dir, u32 packets, u32 bytes);

/* By its mappings, retired plus live. mapping_table.lock held. */
void host_read_mapped(const struct host *host, struct flow_counters *sum);
/* All that is booked on it. mapping_table.lock held. */
void host_read(const struct host *host, struct flow_counters *sum);

static inline void npt_counters_add(struct flow_counters *sum,
				    const struct npt_counters *npt)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		sum->packets[dir] += atomic64_read(&npt->packets[dir]);
		sum->bytes[dir] += atomic64_read(&npt->bytes[dir]);
	}
}

/* End the mappings of hosts that have none any more: not inside, or exchanged. */
void host_flush_strays(struct portico_net *pn);

/* The way @skb takes to the host is the one to keep. Softirq. */
void host_learn(struct portico_net *pn, struct host *host, struct sk_buff *skb);

#endif
