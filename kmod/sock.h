/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Socket records: who a local socket belongs to and what it carried.
 *
 * A record is keyed by the socket's cookie (SO_COOKIE), which the kernel never
 * reuses and hands on from a connection request to the connection and from it
 * to its TIME_WAIT remains: the whole life of a connection is one record, and
 * no record ever points to a struct sock or holds one.
 *
 * Life: open -> closed (kept in a history of bounded length, first in first out;
 * late packets still find it) -> retired (out of the table, after a grace
 * period folded into its port's row, then freed). So at any time
 *
 *	sum over records + what rows hold = what was booked on sockets
 *
 * but for raw and ping sockets, whose packets have no port: sock_raw.h.
 *
 * Packets find records under RCU and add to atomic counters: no lock, no
 * allocation. A record's other fields change under its own lock; what concerns
 * its life (table, history) changes under the book's.
 *
 * The table is an array of chains that doubles when they grow long. A record's
 * place is decided by its key, a product that no two cookies share, and buckets
 * are in order of keys: a walk that goes on from the last key seen shows what
 * exists throughout exactly once, whatever comes, goes or doubles meanwhile.
 */
#ifndef PORTICO_SOCK_H
#define PORTICO_SOCK_H

#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "port.h"
#include "session.h"

struct portico_net;
struct reason_cpu;

#define SOCK_MAX_DEFAULT	262144
#define SOCK_HISTORY_DEFAULT	4096
#define SOCK_COMM_LEN		16
#define SOCK_HOOKS		4

enum sock_life {
	SOCK_OPEN,
	SOCK_CLOSED,		/* in the history */
	SOCK_RETIRED,		/* out of the table, awaiting the fold */
};

struct sock_user {
	u32 pid;		/* thread group, initial pid namespace */
	char comm[SOCK_COMM_LEN];
};

struct sock_rec;

/* sock_chain.h */
struct sock_chain {
	struct sock_rec *first, **end;
};

struct sock_rec {
	/* First cache line: all that a packet touches. */
	u64 cookie;
	/* A new record has zeros in all of these. */
	struct_group(zeros,
		atomic64_t in_packets;
		atomic64_t in_bytes;
		atomic64_t out_packets;
		atomic64_t out_bytes;
		unsigned long last;	/* jiffies of the last packet, 0: none */
		u32 user_key;		/* owner.c: who sent last */
		u16 port;		/* local, host order; ping: identifier; raw: 0 */
		union {
			struct {
				/* sk_state (not) in which outcome holds; 0: any */
				u8 watch;
				u8 life;	/* enum sock_life, under book->lock */
			};
			u16 place;	/* 0: open, and a connection */
		};
		struct sock_rec __rcu *next[2];	/* chain, by sock_table.which */
		u8 linked;		/* latest sock_table.generation it is in */
		u8 snapshot;		/* latest port_snapshot() that has it */
		bool queued;		/* in the history, whatever its life */
		bool again;		/* and closed once more since it came there */
		bool sought;		/* its user, among all open files */
		bool parted;		/* there is something in folded */
		bool passed;		/* it had another user before */
		struct sources sources;	/* who sent to it, but for connections */
		u32 inode;
		u32 backlog;
		u32 retrans;
		u32 drops;
		unsigned long user_at;	/* jiffies | 1 of the last change of user, or 0 */
	);

	spinlock_t lock;		/* what says so */
	u8 outcome;			/* enum port_outcome of arrivals */
	u8 family;			/* AF_INET, AF_INET6 of the socket */
	u8 proto;
	u8 state;			/* TCP_* */
	bool verify;			/* the sweep asks whether it still exists */
	bool embryo;			/* no handshake completed so far */
	bool kernel;			/* the kernel's own: has no user */
	u8 kind;			/* enum sock_kind: rows have nothing of others */
	u8 looked;			/* raw: latest sock_book.round in which it was there */
	__be16 remote_port;
	int ifindex;
	struct portico_net *pn;
	struct sock_rec *follow;	/* sock_chain.h; by whoever has the chain */
	struct in6_addr local;		/* AF_INET: s6_addr32[0] */
	struct in6_addr remote;
	kuid_t uid;
	u64 cgroup;
	u64 first_at;			/* ns, real time */
	u64 closed_at;			/* likewise, unless open */
	struct sock_user user;		/* if there is a user_key */
	struct sock_user creator;	/* if passed: owner_creator() */
	struct flow_counters folded;	/* given to a row and peers; under lock */
};

struct sock_table {
	u32 room;			/* records beyond which it is crowded */
	u8 shift;			/* 64 - log2 of the number of heads */
	u8 which;			/* member of sock_rec.next in use */
	u8 generation;
	struct sock_rec __rcu *heads[];
};

struct sock_book {
	struct sock_table __rcu *table;
	struct reason_cpu __percpu *reasons;	/* portico_net.reasons */
	struct portico_net *pn;

	spinlock_t lock;		/* table, history, limbo, stock, life, now and heard */
	struct sock_table *growing;	/* its successor, being filled */
	u32 records;
	u32 open;
	u32 max;
	u32 closed;
	u32 history_max;
	u64 lost;			/* pushed out of the history */
	struct sock_chain history;	/* oldest first; some may be open again */
	struct sock_chain limbo;	/* retired */
	u32 retired;			/* in limbo */
	struct sock_chain stock;	/* sock_stock.h */
	u32 stocked;
	u32 cookie[2];			/* for sock_diag_save_cookie() */
	unsigned long ticked;		/* jiffies of now and heard */
	u64 now;			/* ns, real time */
	bool heard;			/* somebody listens to events */
	struct work_struct grow;
	struct xarray pings;		/* by identifier: sock_raw.c */

	struct mutex fold;		/* retired records -> port rows */
	struct sock_chain pending;	/* taken from limbo */
	struct sock_chain folding;	/* waiting for their grace period */
	struct delayed_work fold_work;
	u8 snapshot;			/* under fold */

	struct delayed_work sweep;
	u8 round;			/* of it: sock_raw.c */
	struct mutex scan;		/* one scan of tables or tasks at a time */
	unsigned long resolved_at;	/* jiffies */
	bool scanned;			/* pre-existing connections were booked */
	bool exiting;
	bool accounting;		/* the hooks are registered */
	struct nf_hook_ops hooks[SOCK_HOOKS];	/* local.c */
	struct rcu_head rcu;
};

struct sock_status {
	u32 open;
	u32 max;
	u32 closed;
	u32 history_max;
	u64 lost;
	u64 memory;
};

/* Whole module, process context. */
int sock_init(void);
void sock_exit(void);

/*
 * One namespace, process context. Between pre_exit (which comes after the
 * hooks are gone) and exit lies a grace period.
 */
int sock_net_init(struct portico_net *pn);
void sock_net_pre_exit(struct portico_net *pn);
void sock_net_exit(struct portico_net *pn);

void sock_status(struct portico_net *pn, struct sock_status *st);
/* Existing records stay; open sockets beyond @max get none. Any context. */
void sock_set_max(struct portico_net *pn, u32 max);
/* Pushes out the oldest when there are more. Process context. */
void sock_set_history(struct portico_net *pn, u32 max);

/* Is @sk of a kind that has a port: TCP, UDP and UDP-Lite? See sock_raw.h for others. */
static inline bool sock_has_book(const struct sock *sk)
{
	if (unlikely(!sk_fullsock(sk)))
		return true;
	if (likely(sk->sk_protocol == IPPROTO_TCP))
		return sk->sk_type == SOCK_STREAM;
	return (sk->sk_protocol == IPPROTO_UDP ||
		sk->sk_protocol == IPPROTO_UDPLITE) &&
	       sk->sk_type == SOCK_DGRAM;
}

static inline u8 sock_proto(const struct sock *sk)
{
	return sk_fullsock(sk) ? sk->sk_protocol : IPPROTO_TCP;
}

/* The cookie of any kind of socket (full, request, TIME_WAIT), 0: none yet. */
static inline u64 sock_cookie(const struct sock *sk)
{
	return atomic64_read(&sk->sk_cookie);
}

/* An odd factor: different cookies have different keys. */
static inline u64 sock_key(u64 cookie)
{
	return cookie * GOLDEN_RATIO_64;
}

/* Readers are under RCU, or in a probe with preemption off, which is as good. */
#define sock_dereference(p)	rcu_dereference_check(p, rcu_read_lock_any_held())

/* The record of @cookie or NULL. Under RCU. */
static inline struct sock_rec *sock_lookup(const struct sock_book *book,
					   u64 cookie)
{
	const struct sock_table *table = sock_dereference(book->table);
	struct sock_rec *rec;

	rec = sock_dereference(table->heads[sock_key(cookie) >> table->shift]);
	while (rec && rec->cookie != cookie)
		rec = sock_dereference(rec->next[table->which]);
	return rec;
}

/*
 * A closed record's socket @sk was met: it lives, or lives again, unless it is what is
 * left of a connection. Any context but hard interrupts.
 */
void sock_reopen(struct sock_book *book, struct sock_rec *rec, const struct sock *sk);

/* The record of @sk or NULL, open if the socket is. As sock_open(). */
static inline struct sock_rec *sock_known(struct sock_book *book, const struct sock *sk)
{
	u64 cookie = sock_cookie(sk);
	struct sock_rec *rec = cookie ? sock_lookup(book, cookie) : NULL;

	if (rec && unlikely(READ_ONCE(rec->life) == SOCK_CLOSED))
		sock_reopen(book, rec, sk);
	return rec;
}

/*
 * A record for @sk, which has none; NULL: the table is full, there is no memory, or
 * it is what is left of a connection. @acting: the running process, if it is one, does
 * something with the socket, so the record is its own. Under RCU; any context but
 * hard interrupts. @sk is held by the caller or by RCU.
 */
struct sock_rec *sock_open(struct sock_book *book, const struct sock *sk, bool acting);

static inline struct sock_rec *sock_get(struct sock_book *book, const struct sock *sk,
					bool acting)
{
	struct sock_rec *rec = sock_known(book, sk);

	return rec ? rec : sock_open(book, sk, acting);
}

/* What the lookup that led to @sk found. */
enum port_outcome sock_outcome(const struct sock *sk);

/*
 * The socket may have moved: to another local port, or from unconnected to
 * connected. What was counted so far stays with the old row and outcome.
 */
void sock_move(struct sock_rec *rec, const struct sock *sk);

/* Its socket is gone: into the history. Under RCU, any context but hard interrupts. */
void sock_close(struct sock_rec *rec);

/*
 * TCP's @sk has left @oldstate and is closed: final figures, then its record, if there
 * is one, into the history. Under RCU, any context but hard interrupts.
 */
void sock_ended(struct sock_book *book, const struct sock *sk, int oldstate);

/* Fill what a live socket tells: state, remote, drops, backlog. Any context. */
void sock_refresh(struct sock_rec *rec, const struct sock *sk);

/*
 * For those who add what records hold to what rows and peers have. Process context,
 * may sleep; exact as far as traffic stands still: nothing is counted twice and
 * nothing that retires meanwhile goes missing. The rows first, so that every record
 * has one; both under sock_fold_lock().
 */
void sock_fold_lock(struct sock_book *book);
void sock_fold_unlock(struct sock_book *book);
void sock_make_rows(struct portico_net *pn);
/* @visit each record once, whether it is found or waits to be folded. */
void sock_each(struct portico_net *pn,
	       void (*visit)(struct sock_rec *rec, void *arg), void *arg);

/*
 * The record whose key follows @after (0 to begin), or NULL. Under RCU, which
 * may be let go between two calls.
 */
struct sock_rec *sock_next(struct sock_book *book, u64 after);

/* Just written to are its neighbours: to look first would save nothing. */
static inline void sock_touch(struct sock_rec *rec)
{
	WRITE_ONCE(rec->last, jiffies);
}

#define SOCK_WATCH_NOT	0x80	/* in any state but this one */
#define SOCK_WATCH_ALL	0x7f	/* no state: always to be looked at closer */

/* The record may say something old: look at a connection too, as at all others. */
static inline void sock_watch_place(struct sock_rec *rec)
{
	if (!READ_ONCE(rec->watch))
		WRITE_ONCE(rec->watch, TCP_LISTEN | SOCK_WATCH_NOT);
}

/*
 * Is what the record says about the socket's place no longer so? A connection
 * never moves: what it was before it was one, or becomes later, ends a record or
 * opens it again.
 */
static inline bool sock_moved(const struct sock_rec *rec, const struct sock *sk)
{
	u8 watch = READ_ONCE(rec->watch);
	bool other;

	if (!watch)
		return false;
	other = (watch & ~SOCK_WATCH_NOT) != READ_ONCE(sk->sk_state);
	return READ_ONCE(rec->port) != READ_ONCE(sk->sk_num) ||
	       other != !!(watch & SOCK_WATCH_NOT);
}

/* An open record of a connection? */
static inline bool sock_stays(const struct sock_rec *rec)
{
	BUILD_BUG_ON(SOCK_OPEN);
	/* A word read once: the compiler may compare it where it stands. */
	return !data_race(rec->place);
}

/* Open, and says where its socket is: a packet of @sk can be booked at once. */
static inline bool sock_holds(const struct sock_rec *rec, const struct sock *sk)
{
	if (likely(sock_stays(rec)))
		return true;
	return READ_ONCE(rec->life) == SOCK_OPEN && !sock_moved(rec, sk);
}

/* Book an arriving packet of a socket that has not moved. Under RCU, any context. */
static inline void sock_in(struct sock_rec *rec, u32 packets, u32 bytes)
{
	atomic64_add(packets, &rec->in_packets);
	atomic64_add(bytes, &rec->in_bytes);
	sock_touch(rec);
}

/* Book a packet sent, likewise. */
static inline void sock_out(struct sock_rec *rec, u32 packets, u32 bytes)
{
	atomic64_add(packets, &rec->out_packets);
	atomic64_add(bytes, &rec->out_bytes);
	sock_touch(rec);
}

#endif
