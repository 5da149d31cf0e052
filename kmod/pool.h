/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pool: external addresses and their ports. An external address knows, per
 * protocol, which mapping owns each port: the inbound lookup is an index, not a
 * hash. Ports are given so that
 *   - no two mappings share one (RFC 4787 REQ-3),
 *   - the internal port is kept when it is free (RFC 4787 REQ-3a, REQ-4 follow),
 *   - else one is drawn at random within port class and parity (RFC 6056), but
 *     for SCTP, whose port is kept or the mapping refused,
 *   - GRE and ESP have no ports: 0 is the one and only, so that at each external
 *     address one inside host has them (RFC 4787 REQ-1 holds for it),
 *   - a port that a local socket holds, or may be given by the kernel, is never
 *     taken on the gateway's own address,
 *   - an address that belongs to one host as a whole gives each port as it is,
 *   - where the uplink gives blocks, a port of somebody's block is his: block.h,
 *   - a freed port rests before it is given again (RFC 6888 REQ-8); not that of
 *     GRE or ESP, whose filtering lets no remote in that was not asked (REQ-8c).
 *
 * Everything that changes ports holds mapping_table.lock; pool_find() and
 * ext_owner() are RCU reads for the packet path.
 */
#ifndef PORTICO_POOL_H
#define PORTICO_POOL_H

#include <linux/prefetch.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "mapping_ref.h"
#include "reason.h"
#include "session.h"
#include "tuple.h"

struct host;
struct mapping;
struct port_block;
struct portico_net;
struct uplink;

#define POOL_HASH_BITS	8
#define EXT_PAGE_BITS	10	/* ports per page of owners: 4 KiB */
#define EXT_PAGES	(65536 >> EXT_PAGE_BITS)
#define EXT_PARITY_WORDS (32768 / BITS_PER_LONG)

/* Protocols with a port space of their own. */
enum ext_space {
	EXT_TCP, EXT_UDP, EXT_ICMP, EXT_UDPLITE, EXT_SCTP, EXT_DCCP,
	EXT_GRE, EXT_ESP,
	__EXT_SPACES
};

/* The ports of one protocol on one external address. */
struct ext_ports {
	unsigned long taken[2][EXT_PARITY_WORDS];	/* [parity][port / 2] */
	/* Words of the above without a free port: few steps lead to one, however full. */
	unsigned long full[2][EXT_PARITY_WORDS / BITS_PER_LONG];
	u32 used;			/* taken, held ones too */
	u32 owned;			/* owned by a mapping */
	u32 *owner[EXT_PAGES];		/* mapping_ref.h; read under RCU */
};

struct ext_addr {
	union nf_inet_addr addr;
	u8 family;
	bool local;			/* the gateway itself has this address */
	bool gone;			/* no new mappings; mapping_table.lock */
	bool away;			/* not at its interface now: away.h */
	bool followed;			/* its uplink's interface has it; config lock */
	struct uplink *uplink;		/* reference held */
	long id;			/* dump key, never reused */
	struct hlist_node node;		/* pool_table.buckets */
	struct list_head all;		/* pool_table.all, by id */
	u64 away_since;			/* jiffies64, 0: too long; config lock */
	u32 hosts;			/* hosts paired with it */
	struct host *whole;		/* whose all of it is, or NULL: whole.h */
	struct ext_ports *spaces[__EXT_SPACES];
	struct flow_counters retired;	/* of mappings that ended; mapping_table.lock */
	struct port_block **blocks;	/* block.h; NULL: none was ever made */
	refcount_t refs;		/* uplink, mappings, hosts */
	struct rcu_head rcu;
};

/* A port at rest: not given again before @until. */
struct held_port {
	struct ext_addr *ext;		/* NULL: it rests no more */
	u32 until;			/* jiffies */
	__be16 port;
	u8 space;
};

#define HELD_MAX	65536		/* RFC 6888 REQ-8: room for held ports */

struct pool_table {
	struct hlist_head buckets[1 << POOL_HASH_BITS];
	struct list_head all;
	long next_id;
	struct held_port *held;		/* ring of HELD_MAX */
	u32 held_head, held_count;
	u32 held_max;			/* rest at most, HELD_MAX or fewer */
	u64 held_early;			/* given up early: the ring was full */
};

int pool_net_init(struct portico_net *pn);
void pool_net_exit(struct portico_net *pn);

/* What only a namespace with uplinks needs; config lock held. */
int pool_ready(struct portico_net *pn);

/* Ports that are identifiers of queries? */
static inline bool is_icmp(u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/*
 * No ports at all? Nothing else tells the flows of such a protocol apart either:
 * a key of GRE is optional, and of ESP each direction has an SPI of its own.
 */
static inline bool is_tunnel(u8 proto)
{
	return proto == IPPROTO_GRE || proto == IPPROTO_ESP;
}

/* enum ext_space of each protocol, one more; 0: it has none. */
extern const u8 ext_spaces[256];

/* enum ext_space, or -1 */
static inline int ext_space(u8 proto)
{
	return ext_spaces[proto] - 1;
}

/* A protocol whose ports can be asked for? */
static inline bool has_ports(u8 proto)
{
	return ext_space(proto) >= 0 && !is_icmp(proto) && !is_tunnel(proto);
}

/* External address object for @addr of this namespace, or NULL. RCU read. */
struct ext_addr *pool_find(const struct pool_table *pool,
			   const union nf_inet_addr *addr, u8 family);

/* New, found by pool_find() from now on; the caller owns the reference. */
struct ext_addr *ext_create(struct portico_net *pn, struct uplink *uplink,
			    const union nf_inet_addr *addr, u8 family);
/* No longer found; config lock held. */
void ext_remove(struct portico_net *pn, struct ext_addr *ext);
void ext_put(struct ext_addr *ext);

/* Owner of a port, or NULL. RCU read or mapping_table.lock. */
static inline struct mapping *ext_owner(const struct ext_addr *ext,
					unsigned int space, __be16 port)
{
	const struct ext_ports *ports = READ_ONCE(ext->spaces[space]);
	u16 n = ntohs(port);
	const u32 *page;

	if (unlikely(!ports))
		return NULL;
	page = READ_ONCE(ports->owner[n >> EXT_PAGE_BITS]);
	if (unlikely(!page))
		return NULL;
	/* Pairs with ext_set_owner(); what hangs on it is read through it. */
	return mapping_of_ref(READ_ONCE(page[n & ((1 << EXT_PAGE_BITS) - 1)]));
}

/* Ask for the line in which the owner is noted: a hint. RCU read side. */
static inline void ext_ask_owner(const struct ext_addr *ext,
				 unsigned int space, __be16 port)
{
	const struct ext_ports *ports = READ_ONCE(ext->spaces[space]);
	u16 n = ntohs(port);
	const u32 *page;

	page = ports ? READ_ONCE(ports->owner[n >> EXT_PAGE_BITS]) : NULL;
	if (page)
		prefetch(&page[n & ((1 << EXT_PAGE_BITS) - 1)]);
}

/*
 * Find and take a port for an internal @port of @host; 0 on success, else the
 * reason is in @why. mapping_table.lock held, bottom halves off.
 */
int ext_take_port(struct portico_net *pn, struct ext_addr *ext,
		  const struct host *host, u8 proto, __be16 port,
		  __be16 *external, enum reason *why);
/* Take this very one; -EBUSY when it is taken, another's or a local socket's. */
int ext_take_this(struct portico_net *pn, struct ext_addr *ext,
		  const struct host *host, u8 proto, __be16 port);
/* Take a random one of @parity in [@low, @high]; it, or a negative error. */
int ext_take_between(struct portico_net *pn, struct ext_addr *ext,
		     const struct host *host, u8 proto, u16 low, u16 high,
		     unsigned int parity);
/* Publish the owner of a port just taken. */
void ext_set_owner(struct ext_addr *ext, u8 proto, __be16 port,
		   struct mapping *m);
/* Owner gone; the port rests for @hold jiffies (0: free at once). */
void ext_release_port(struct portico_net *pn, struct ext_addr *ext, u8 proto,
		      __be16 port, u32 hold);
/* From now on so many rest at most. Process context. */
void pool_set_held(struct portico_net *pn, u32 max);
/* The rest of all ports of @ext is over. mapping_table.lock held. */
void pool_wake(struct portico_net *pn, const struct ext_addr *ext);
/* Free the ports whose rest is over. mapping_table.lock held. */
void pool_expire_held(struct portico_net *pn);

/* Add up what the live mappings of @ext carried. Process context. */
void ext_read(struct portico_net *pn, const struct ext_addr *ext,
	      struct flow_counters *sum);

/* Is it the gateway's own, one of those that the kernel gives to its sockets? */
bool port_is_ephemeral(struct portico_net *pn, const struct ext_addr *ext,
		       u8 proto, u16 port);

#endif
