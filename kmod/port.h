/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Port rows: per (protocol, local port), what arrived and what the socket
 * lookup found.
 *
 * A row itself holds only what has no socket record (misses, packets for which
 * no record could be made) and what retired records left to it. What live
 * records hold is added when the table is read: no packet touches a row that
 * all connections of a busy port would share, and a connection needs no row of
 * its own port before it is over.
 *
 * Rows are made when first needed, a leaf of neighbours at once (a program that
 * connects uses the ports of a range one after the other), and stay until the
 * namespace ends, so a pointer to a row never goes stale while the namespace
 * lives. There are at most 65536 per protocol. Those that have nothing, and whose
 * port has no socket, are not shown.
 */
#ifndef PORTICO_PORT_H
#define PORTICO_PORT_H

#include <linux/atomic.h>
#include <linux/in.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "sources.h"

struct flow_counters;
struct portico_net;

/* What the lookup found for an arriving packet. */
enum port_outcome {
	PORT_ESTABLISHED,	/* a connection, or a connected UDP socket */
	PORT_LISTENER,		/* bound to the very address, unconnected */
	PORT_WILDCARD,		/* bound to any address */
	PORT_REUSEPORT,		/* its port is shared (SO_REUSEPORT), whatever it is bound to */
	PORT_NONE,		/* no socket: a miss */

	__PORT_OUTCOMES
};

struct port_row {
	atomic64_t in_packets[__PORT_OUTCOMES];
	atomic64_t in_bytes;
	atomic64_t out_packets;
	atomic64_t out_bytes;
	unsigned long last;	/* jiffies of the last packet booked here */
	struct sources sources;	/* of arrivals, but of live records' (sock_add()) */
	u32 slot;		/* rank of creation: index into a snapshot */
	u16 port;
	u8 proto;		/* 0: the row of last resort */
};

#define PORT_LEAF_BITS		4
#define PORT_BRANCH_BITS	8
#define PORT_LEAF		16	/* ports in a leaf, a power of two */
#define PORT_BRANCH		256	/* leaves in a branch, likewise */
#define PORT_RANKS		3	/* TCP, UDP, UDP-Lite */

struct port_leaf {
	struct port_row rows[PORT_LEAF];
};

struct port_branch {
	struct port_leaf *leaves[PORT_BRANCH];
};

/* Keys (port_key()) of one branch each. */
#define PORT_BRANCHES	(PORT_RANKS << 16 >> (PORT_LEAF_BITS + PORT_BRANCH_BITS))

struct port_book {
	struct port_branch *branches[PORT_BRANCHES];
	spinlock_t lock;	/* what is made: branches, leaves, count */
	u32 count;		/* rows in leaves */
	struct key_secret secret;	/* of all sources' hashes */
	struct port_row other;	/* for what found no memory: sums still hold */
};

/* One row's totals, live records included. */
struct port_sum {
	u64 in_packets[__PORT_OUTCOMES];
	u64 in_bytes;
	u64 out_packets;
	u64 out_bytes;
	unsigned long last;	/* jiffies, 0: nothing yet */
	u32 sockets;		/* open, with a record */
};

/* Process context. Exit: after a grace period without packets. */
int port_net_init(struct portico_net *pn);
void port_net_exit(struct portico_net *pn);

int port_init(void);
void port_exit(void);

/* Order of rows in dumps: protocol (TCP, UDP, UDP-Lite), then port. */
static inline u32 port_key(u8 proto, u16 port)
{
	u32 rank = proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : 2;

	return rank << 16 | port;
}

static inline u32 port_branch_at(u32 key)
{
	return key >> (PORT_LEAF_BITS + PORT_BRANCH_BITS);
}

static inline u32 port_leaf_at(u32 key)
{
	return key >> PORT_LEAF_BITS & (PORT_BRANCH - 1);
}

/* The row of @key if it was made, else NULL. Any context. */
static inline struct port_row *port_find(const struct port_book *book, u32 key)
{
	const struct port_branch *branch;
	struct port_leaf *leaf;

	/* Pairs with the release in port.c. */
	branch = smp_load_acquire(&book->branches[port_branch_at(key)]);
	if (unlikely(!branch))
		return NULL;
	/* Likewise. */
	leaf = smp_load_acquire(&branch->leaves[port_leaf_at(key)]);
	if (unlikely(!leaf))
		return NULL;
	return &leaf->rows[key & (PORT_LEAF - 1)];
}

struct port_row *port_make(struct port_book *book, u8 proto, u16 port);

/*
 * The row of @port (host order), made if need be. Never fails: without memory
 * it is the row of last resort. Any context but hard interrupts.
 */
static inline struct port_row *port_get(struct port_book *book, u8 proto, u16 port)
{
	struct port_row *row = port_find(book, port_key(proto, port));

	return likely(row) ? row : port_make(book, proto, port);
}

/* The first row whose key is *@key or above it, which *@key then is; or NULL. */
struct port_row *port_next(const struct port_book *book, u32 *key);

/* Rows that have numbers of their own: not of live records alone. May sleep. */
u32 port_count(const struct port_book *book);

/* Book what has no socket record. Any context. */
void port_in(struct port_row *row, enum port_outcome outcome, u32 packets,
	     u32 bytes);
void port_out(struct port_row *row, u32 packets, u32 bytes);

/* The sum over all rows, without what live records hold. Process context. */
void port_read(struct portico_net *pn, struct flow_counters *sum);

/*
 * Sum all rows, live records included, into an array of @n elements indexed by
 * port_row.slot; the row of last resort is element 0. The rows' own sources have
 * those of live records from then on. Process context, may sleep; kvfree() the
 * result. NULL without memory.
 */
struct port_sum *port_snapshot(struct portico_net *pn, u32 *n);

#endif
