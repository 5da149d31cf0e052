/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Uplink: an outside interface and its external addresses, the interface's own
 * (followed when they change) or a pool, per family. It is named, and waits when an
 * interface of that name is absent.
 *
 * Changed under the config lock; found by interface index under RCU. The
 * settings that packets read are single words, changed at run time.
 */
#ifndef PORTICO_UPLINK_H
#define PORTICO_UPLINK_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/portico.h>

#include "session.h"
#include "tuple.h"

struct exempt_set;
struct ext_addr;
struct host;
struct net_device;
struct portico_net;

#define UPLINK_HASH_BITS	6

enum filter_class { FILTER_TCP, FILTER_UDP, FILTER_OTHER, __FILTER_CLASSES };

struct addr_range {
	union nf_inet_addr first, last;
	u8 family;
};

struct uplink_timeouts {
	u32 udp, tcp_opening, tcp_established, tcp_closing, icmp, hold, other;
};

/* What an admin sets; also what a change request carries. */
struct uplink_config {
	u16 port_min, port_max;
	u8 filtering[__FILTER_CLASSES];
	bool fastpath;
	bool hairpin;
	bool refresh_inbound;
	bool syn_answer;
	u16 mss;
	u8 icmp_code;
	u16 block;	/* ports in a block, a power of two; 0: no blocks */
	u8 max_blocks;	/* of one host */
	bool deterministic;	/* its block follows from its address */
	bool migrate;	/* mappings move from a followed address to the next */
	struct uplink_timeouts timeouts;	/* seconds */
	u32 address_hold;	/* seconds; 0: mappings end with their address */
	u32 nranges;	/* none of a family: follow the interface */
	struct addr_range *ranges;		/* owned */
	struct exempt_set *exempt;		/* owned; NULL: none */
};

/* The external addresses in use, replaced whole. */
struct ext_set {
	struct rcu_head rcu;
	u32 count;
	struct ext_addr *at[];
};

struct uplink {
	int ifindex;			/* 0: interface absent */
	u16 port_min, port_max;
	u8 filtering[__FILTER_CLASSES];
	bool fastpath, hairpin, refresh_inbound, syn_answer;
	bool fast_open;			/* new flows too: no destination is exempt */
	u16 mss;
	u16 block;
	u8 max_blocks;
	bool deterministic;
	u8 icmp_code;
	struct uplink_timeouts timeouts;
	struct ext_set __rcu *exts;
	struct exempt_set __rcu *exempt;	/* that of config */
	struct hlist_node by_index;	/* uplink_table.by_index, when present */
	struct list_head list;		/* uplink_table.list */
	long id;			/* dump key, never reused */
	char name[IFNAMSIZ];
	struct uplink_config config;
	struct portico_net *pn;
	struct flow_counters retired;	/* of mappings that ended; mapping_table.lock */
	u32 ended;			/* how often that grew */
	bool refreshing;		/* its addresses are being found; config lock */
	refcount_t refs;		/* the table, external addresses */
	struct rcu_head rcu;
};

struct uplink_table {
	struct hlist_head by_index[1 << UPLINK_HASH_BITS];
	struct list_head list;		/* in order of adding */
	u32 count;
	long next_id;
	bool watching;			/* the work below may be queued */
	struct delayed_work watch;	/* follows IPv6 addresses, ends waiting */
};

void uplink_net_init(struct portico_net *pn);
void uplink_net_exit(struct portico_net *pn);
int uplink_init(void);			/* notifiers */
void uplink_exit(void);

static inline struct hlist_head *uplink_bucket(struct uplink_table *table,
					       int ifindex)
{
	return &table->by_index[ifindex & ((1 << UPLINK_HASH_BITS) - 1)];
}

/* RCU read side, per packet. */
static inline struct uplink *uplink_find(struct uplink_table *table,
					 int ifindex)
{
	struct uplink *uplink;

	hlist_for_each_entry_rcu(uplink, uplink_bucket(table, ifindex), by_index)
		if (uplink->ifindex == ifindex)
			return uplink;
	return NULL;
}

/* Config lock held. */
struct uplink *uplink_by_name(struct portico_net *pn, const char *name);
void uplink_defaults(struct uplink_config *config);
/* What @config owns and @used, which may be NULL, does not. */
void uplink_config_free(struct uplink_config *config,
			const struct uplink_config *used);
/* Takes over config->ranges and config->exempt on success. */
int uplink_add(struct portico_net *pn, const char *name,
	       struct uplink_config *config);
int uplink_set(struct portico_net *pn, struct uplink *uplink,
	       struct uplink_config *config);
void uplink_del(struct portico_net *pn, struct uplink *uplink);
/* Addresses that one gave up may now be another's. RTNL held too. */
void uplink_refresh(struct portico_net *pn);

/* Its last user, an external address perhaps, frees it. Any context. */
void uplink_put(struct uplink *uplink);
/* What all its mappings, ended ones too, carried. Config lock held, may sleep. */
void uplink_read(const struct uplink *uplink, struct flow_counters *sum);
/* The same of some of its addresses: what those ended left in @retired, and live. */
void uplink_read_exts(const struct uplink *uplink,
		      const struct flow_counters *retired,
		      struct ext_addr *const *exts, u32 count,
		      struct flow_counters *sum);

/*
 * The external address that is to serve @host here, when it has none, one of
 * another uplink, or one that is another's as a whole: see host_pair().
 * mapping_table.lock held.
 */
struct ext_addr *uplink_pair(struct portico_net *pn, struct uplink *uplink,
			     struct host *host);

static inline enum filter_class filter_class(u8 proto)
{
	return proto == IPPROTO_TCP ? FILTER_TCP :
	       proto == IPPROTO_UDP ? FILTER_UDP : FILTER_OTHER;
}

#endif
