/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Session: one mapping talking to one remote endpoint. It holds the protocol's
 * state, the counters and the cached way outwards.
 *
 * A mapping carries its first session inside itself. Further remotes get an
 * extra session, found by (mapping, remote address) in the namespace's session
 * table. Sessions are made under mapping_table.lock, read under RCU, and freed
 * a grace period after their end. State and times are written without a lock:
 * two CPUs in one flow may overwrite each other's last word, never a pointer.
 */
#ifndef PORTICO_SESSION_H
#define PORTICO_SESSION_H

#include <linux/atomic.h>
#include <linux/rhashtable-types.h>
#include <linux/portico.h>

#include "reason.h"
#include "tuple.h"

struct mapping;
struct way;
struct portico_net;
struct portico_pkt;
struct uplink;

/* Direction of a packet, seen from the inside host. */
enum direction { DIR_OUT, DIR_IN, __DIRS };

struct flow_counters {
	u64 packets[__DIRS];
	u64 bytes[__DIRS];
};

static inline void flow_counters_add(struct flow_counters *sum,
				     const struct flow_counters *more)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		sum->packets[dir] += more->packets[dir];
		sum->bytes[dir] += more->bytes[dir];
	}
}

static inline void flow_counters_sub(struct flow_counters *sum,
				     const struct flow_counters *less)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		sum->packets[dir] -= less->packets[dir];
		sum->bytes[dir] -= less->bytes[dir];
	}
}

/* As the other end sees it. */
static inline struct flow_counters flow_counters_turned(const struct flow_counters *c)
{
	return (struct flow_counters){
		.packets = { c->packets[DIR_IN], c->packets[DIR_OUT] },
		.bytes = { c->bytes[DIR_IN], c->bytes[DIR_OUT] },
	};
}

static inline u64 flow_packets(const struct flow_counters *c)
{
	return c->packets[DIR_OUT] + c->packets[DIR_IN];
}

static inline u64 flow_bytes(const struct flow_counters *c)
{
	return c->bytes[DIR_OUT] + c->bytes[DIR_IN];
}

#define SESSION_USED		BIT(0)	/* the first session has a remote */
#define SESSION_ENDED		BIT(1)	/* expired: never found again */
#define SESSION_FAST_OUT	BIT(2)	/* outbound passed the firewall once */
#define SESSION_FAST_IN		BIT(3)	/* inbound likewise */
#define SESSION_LEASED		BIT(4)	/* kept as long as mapping_extra.peer */

struct session {
	u32 remote_id;			/* addr_id() of the remote */
	__be16 remote_port;
	u8 state;			/* enum portico_state */
	u8 flags;			/* SESSION_* */
	struct way __rcu *out;		/* reference held */
	u32 last;			/* jiffies of the last refreshing packet */
	u8 scale[__DIRS];		/* TCP window scale each side announced */
	u8 window[__DIRS];		/* log2 of the widest window seen */
	u32 end[__DIRS];		/* TCP: highest sequence sent, its end */
	u32 ack[__DIRS];		/* TCP: highest acknowledgment sent */
	atomic64_t packets[__DIRS];
	atomic64_t bytes[__DIRS];
};

/* Nothing yet: member by member, which costs a sixth of a memset(). */
static inline void session_clear(struct session *s)
{
	enum direction dir;

	s->remote_id = 0;
	s->remote_port = 0;
	s->state = PORTICO_STATE_NONE;
	s->flags = 0;
	RCU_INIT_POINTER(s->out, NULL);
	s->last = 0;
	for (dir = 0; dir < __DIRS; dir++) {
		s->scale[dir] = 0;
		s->window[dir] = 0;
		s->end[dir] = 0;
		s->ack[dir] = 0;
		atomic64_set(&s->packets[dir], 0);
		atomic64_set(&s->bytes[dir], 0);
	}
}

/* A session beyond a mapping's first. */
struct extra_session {
	struct rhlist_head node;	/* session_table.table */
	struct hlist_node link;		/* mapping_extra.sessions, under the lock */
	struct mapping *mapping;
	union nf_inet_addr remote;
	u32 id;				/* rises within its mapping */
	unsigned long ended;		/* grace period to wait for, once ended */
	struct session s;
};

#define LEASE_NONCE	12		/* bytes, as PCP has them */

/* Kept until @end on somebody's word, who proves by @nonce to be the same. */
struct lease {
	u32 end;			/* jiffies */
	bool on;
	u8 nonce[LEASE_NONCE];
};

/* What a mapping needs only when it has more than one remote, or a lease. */
struct mapping_extra {
	struct hlist_head sessions;
	u32 count;
	u32 next_id;
	struct flow_counters ended;	/* counters of extra sessions now gone */
	struct lease map;		/* of the mapping: lease.h */
	struct lease peer;		/* of its sessions with SESSION_LEASED */
};

struct session_table {
	struct rhltable table;
	u32 count;			/* first ones too */
	u32 max;
};

int session_net_init(struct portico_net *pn);
void session_net_exit(struct portico_net *pn);
int session_init(void);
void session_exit(void);

/*
 * The session of @m with this remote, or NULL. With @any_port, any session with
 * the remote's address will do (address-dependent filtering). RCU read side.
 */
struct session *session_find(struct portico_net *pn, struct mapping *m,
			     const union nf_inet_addr *remote, __be16 port);
bool session_contacted(struct portico_net *pn, struct mapping *m,
		       const union nf_inet_addr *remote);

/*
 * The session of @m with this remote, made if there is none; NULL and *@why when
 * refused. mapping_table.lock held.
 */
struct session *session_make(struct portico_net *pn, struct mapping *m,
			     const union nf_inet_addr *remote, __be16 port,
			     enum reason *why);

/* What @m has beside its first session, made if need be; NULL. Lock held. */
struct mapping_extra *session_extra(struct mapping *m);

/*
 * @s was begun from outside: it ends when what went out ends, or anybody could
 * keep a mapping for ever from ever new ports (RFC 4787 REQ-6). lock held.
 */
void session_inherit(const struct mapping *m, struct session *s);

/* Seconds an idle session of this state lives. */
u32 session_timeout(const struct uplink *uplink, u8 proto, u8 state);

/* jiffies at which the session ends if nothing more is heard. */
u32 session_deadline(const struct mapping *m, const struct session *s);

/*
 * End those extra sessions of @m that are due, free those that ended a grace
 * period ago; lock held. Returns when to come again; *@none: none is live.
 */
u32 session_expire_extra(struct portico_net *pn, struct mapping *m, u32 now,
			 bool *none);
/* The first session of @m is found no more, if it ever was; lock held. */
void session_end_first(struct portico_net *pn, struct mapping *m);
/* A mapping ends: its extra sessions are found no more; lock held. */
void session_end_extra(struct portico_net *pn, struct mapping *m);
/* And a grace period later they are freed; lock held. */
void session_free_extra(struct portico_net *pn, struct mapping *m);

/* Remote of any session; @v6 as stored beside it. */
void session_remote(const struct mapping *m, const struct session *s,
		    union nf_inet_addr *remote);

/* A packet of the flow: @packets and @bytes in direction @dir. Any context. */
static inline void session_count(struct session *s, enum direction dir,
				 u32 packets, u32 bytes)
{
	atomic64_add(packets, &s->packets[dir]);
	atomic64_add(bytes, &s->bytes[dir]);
}

/* A packet went out by it, of a protocol that has no openings. */
static inline void session_active(struct session *s)
{
	if (READ_ONCE(s->state) == PORTICO_STATE_NONE)
		WRITE_ONCE(s->state, PORTICO_STATE_ACTIVE);
}

/* The timer restarts; written rarely so that the line stays clean. */
static inline void session_refresh(struct session *s)
{
	u32 now = jiffies;

	if (now - READ_ONCE(s->last) >= HZ / 4)
		WRITE_ONCE(s->last, now);
}

static inline void session_read(const struct session *s,
				struct flow_counters *sum)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		sum->packets[dir] += atomic64_read(&s->packets[dir]);
		sum->bytes[dir] += atomic64_read(&s->bytes[dir]);
	}
}

/* Move what was counted to @sum: each packet is in exactly one place. */
static inline void session_take(struct session *s, struct flow_counters *sum)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		sum->packets[dir] += atomic64_xchg(&s->packets[dir], 0);
		sum->bytes[dir] += atomic64_xchg(&s->bytes[dir], 0);
	}
}

/* The same when @s of @m is over: to its remote's record too. Lock held. */
void session_give(struct portico_net *pn, const struct mapping *m,
		  struct session *s, struct flow_counters *sum);

#endif
