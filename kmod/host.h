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

#include <linux/rhashtable-types.h>

#include "pool.h"
#include "session.h"
#include "tuple.h"
#include "uplink.h"

struct ext_addr;
struct inside;
struct way;
struct portico_net;

struct host {
	struct rhash_head node;		/* host_table.table */
	union nf_inet_addr addr;
	u8 family;
	u32 mappings_count;
	struct way __rcu *in;		/* way to the host; reference held */
	struct ext_addr *ext;		/* paired (RFC 4787 REQ-2); reference held */
	struct hlist_head mappings;
	u64 created, refused;		/* mappings */
	struct flow_counters retired;
	u64 first;			/* ns, real time */
	u64 last;			/* jiffies64: the last mapping made or ended */
	u32 tokens, tokens_at;		/* rate of new mappings, milli-mappings */
	u32 refused_at;			/* jiffies of the last refused event */
	struct list_head all;		/* host_table.all, in order of making */
	u64 id;				/* dump key */
	struct rcu_head rcu;
};

struct host_table {
	struct rhashtable table;
	struct list_head all;
	u32 count, max;
	u64 next_id;
};

/* The external address that serves @host at @uplink. mapping_table.lock held. */
static inline struct ext_addr *host_pair(struct portico_net *pn, struct host *host,
					 struct uplink *uplink)
{
	struct ext_addr *ext = host->ext;

	if (likely(ext && !ext->gone && ext->uplink == uplink))
		return ext;
	return uplink_pair(pn, uplink, host);
}

int host_net_init(struct portico_net *pn);
void host_net_exit(struct portico_net *pn);

/* RCU read side. */
struct host *host_find(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family);
/* Found or made; NULL and *@why. mapping_table.lock held. */
struct host *host_make(struct portico_net *pn, const union nf_inet_addr *addr,
		       u8 family, enum reason *why);

/* May it have one more mapping? Counts against its rate. Lock held. */
bool host_may_map(struct host *host, const struct inside *inside,
		  enum reason *why);

/* Retired plus live. mapping_table.lock held. */
void host_read(const struct host *host, struct flow_counters *sum);

/* End the mappings of hosts that are no longer inside. Process context. */
void host_flush_strays(struct portico_net *pn);

/* The way @skb takes to the host is the one to keep. Softirq. */
void host_learn(struct portico_net *pn, struct host *host, struct sk_buff *skb);

#endif
