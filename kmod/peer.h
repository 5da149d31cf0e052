/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers: the addresses that are not inside, on two sides: remote ones, to which
 * sessions and local sockets talk, and the gateway's own, which its sockets have.
 *
 * No packet is booked here. What a session or a socket's record counted goes to
 * its peers when it ends; what live ones hold is added when somebody asks. Each
 * side is bounded: of its addresses the one that ended something longest ago
 * makes room, and its numbers go to the row `other`, so that sums still hold.
 *
 * Counters are the peer's own: out is what it sent.
 */
#ifndef PORTICO_PEER_H
#define PORTICO_PEER_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include "session.h"
#include "tuple.h"

struct mapping;
struct peer_rows;
struct portico_net;
struct sock_rec;

#define PEERS_DEFAULT	16384
#define PEERS_MAX	(128U << 10)

enum peer_side { PEER_LOCAL, PEER_REMOTE, __PEER_SIDES };

/* By sessions, and by local sockets. */
struct peer_counters {
	struct flow_counters flow, local;
};

struct peer {
	struct rhash_head node;
	struct list_head age;		/* peer_table.age, oldest first */
	union nf_inet_addr addr;
	u8 family;
	u64 last;			/* jiffies64: something ended */
	struct peer_counters counters;
};

struct peer_table {
	struct rhashtable table;
	struct list_head age;
	struct peer_counters other;
	u32 count, max;
};

struct peers {
	spinlock_t lock;		/* the tables; inside mapping_table.lock */
	struct peer_table side[__PEER_SIDES];
	struct mutex reading;		/* one reader at a time */
	struct peer_rows *rows;		/* what it gathers; mapping_table.lock */
};

int peer_net_init(struct portico_net *pn);
void peer_net_exit(struct portico_net *pn);

/* Keep @max remote ones from now on. Process context. */
void peer_set_max(struct portico_net *pn, u32 max);

/* @s of @m had counted @c, which is moved from it. mapping_table.lock held. */
void peer_flow(struct portico_net *pn, const struct mapping *m,
	       const struct session *s, const struct flow_counters *c);
/* @rec gives @c away, to its row and here. peers->lock held. */
void peer_socket(struct portico_net *pn, const struct sock_rec *rec,
		 const struct flow_counters *c);

/* All that ended, of both sides, as of one moment. Any context. */
void peer_read(struct portico_net *pn, struct peer_counters sum[__PEER_SIDES]);

struct peer_row {
	union nf_inet_addr addr;
	u8 family;			/* 0: the row is empty */
	u64 last;			/* jiffies64, 0: all of it is live */
	struct flow_counters counters;
};

/* Where the walk over live mappings stands: peer_flow() adds what it misses. */
struct peer_cursor {
	long ext;
	u32 space, port;
};

/*
 * One side as a whole, live ones included, hashed by address.
 */
struct peer_rows {
	struct flow_counters other;
	struct peer_cursor cursor;
	u32 seed, mask, count, room;
	struct peer_row at[];
};

/* kvfree() it; NULL: no memory. Process context, may sleep. */
struct peer_rows *peer_rows(struct portico_net *pn, enum peer_side side);

#endif
