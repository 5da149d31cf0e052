/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract's objects as plain structs. Each begins with the set of
 * attributes that it has (bit = attribute number); the tables in model.c say
 * which member each attribute fills, for both directions.
 */
#ifndef PORTICO_MODEL_H
#define PORTICO_MODEL_H

#include <linux/portico.h>
#include <stdbool.h>
#include <linux/types.h>

#include "parse.h"

#define has(o, attr) (((o)->has >> (attr)) & 1)
#define give(o, attr) ((o)->has |= 1ULL << (attr))

struct endpoint {
	__u64 has;
	struct addr addr;
	__u16 port;
	__u8 prefixlen;
};

struct counters {
	__u64 has;
	__u64 out_packets, out_bytes, in_packets, in_bytes;
};

void counters_add(struct counters *sum, const struct counters *more);

struct status {
	__u64 has;
	char version[64];
	__u32 mappings, mappings_max, sessions, sessions_max;
	__u32 hosts, hosts_max, sockets, sockets_max, sockets_closed;
	__u32 ports, held, history_max, batch_from, held_max;
	__u32 ended, ended_max, remotes, remotes_max;
	__u64 memory, mappings_created, mappings_refused, since_at;
	__u64 history_lost, ended_lost, events_lost, hosts_forgotten;
	__u8 accounting;
};

struct range {
	__u64 has;
	struct addr first, last;
};

struct timeouts {
	__u64 has;
	__u32 udp, tcp_opening, tcp_established, tcp_closing;
	__u32 icmp, hold, other;
};

#define UPLINK_ADDRESSES 16

struct uplink {
	__u64 has;
	char ifname[16];
	__u32 ifindex;
	struct range range[PORTICO_MAX_RANGES];
	__u16 n_range;
	struct addr address[UPLINK_ADDRESSES];
	__u16 n_address;
	__u16 port_min, port_max, mss;
	__u8 filtering, filtering_tcp, filtering_udp;
	__u8 fastpath, hairpin, refresh_inbound, icmp_code, syn_answer;
	__u16 block;
	__u8 max_blocks, deterministic, migrate;
	struct timeouts timeouts;
	__u32 address_hold;
	struct endpoint exempt[PORTICO_MAX_EXEMPT];
	__u16 n_exempt;
	__u32 mappings;
	struct counters counters;
};

struct inside {
	__u64 has;
	struct addr addr;
	__u8 prefixlen;
	char uplink[16];
	__u32 max_ports, max_sessions, max_rate, hosts, quota_period;
	__u64 quota;
	__u8 quota_refuse;
	struct addr npt;
};

struct forward {
	__u64 has;
	__u8 proto;
	__u16 count;
	__u32 placed;
	struct endpoint external, internal;
	struct counters counters;
};

struct mapping {
	__u64 has;
	__u8 proto, state;
	struct endpoint internal, external, remote;
	char uplink[16];
	__u32 flags, sessions, idle, expires, count, lifetime;
	__u64 created_at, ended_at;
	__u8 nonce[PORTICO_NONCE_LEN];
	struct counters counters;
};

struct session {
	__u64 has;
	__u8 proto, state;
	struct endpoint internal, external, remote;
	char uplink[16];
	__u32 flags, idle, expires;
	struct counters counters;
};

struct host {
	__u64 has;
	struct addr addr;
	__u8 prefixlen, side;
	__u32 mappings, sessions, blocks;
	__u64 created, refused, first_at, last_at, quota_used;
	__u32 quota_left;
	struct counters counters;
	struct counters second, minute;	/* rates */
};

struct account {
	__u64 has;
	char name[PORTICO_ACCOUNT_NAME_LEN];
	struct endpoint prefix[PORTICO_MAX_ACCOUNT_PREFIXES];
	__u16 n_prefix;
	__u32 hosts, mappings;
	__u64 since_at;
	struct counters counters, second, minute;
};

struct socket_record {
	__u64 has;
	__u64 cookie, cgroup, drops, retrans, first_at, last_at, closed_at;
	__u8 family, proto, state;
	struct endpoint local, remote;
	__u32 ifindex, uid, inode, pid, create_pid, backlog, remotes;
	char comm[PORTICO_COMM_LEN], create_comm[PORTICO_COMM_LEN];
	struct counters counters;
};

struct port {
	__u64 has;
	__u8 proto;
	__u16 port;
	__u32 sockets, sources;
	__u64 established, listener, wildcard, reuseport, none, last_at;
	struct counters counters;
};

struct reason {
	__u64 has;
	__u8 hook, verdict;
	char name[64], text[256];
	__u64 packets, bytes;
};

struct audit {
	__u64 has;
	char name[128];
	__u64 left, right;
};

struct block {
	__u64 has;
	struct addr host, external;
	__u16 first, count, port;
	__u32 used;
	char uplink[16];
};

struct event {
	__u64 has;
	__u8 type;
	__u32 seq;
	__u64 at;
	char reason[128];
	struct mapping mapping;
	struct uplink uplink;
	struct inside inside;
	struct forward forward;
	struct socket_record socket;
	struct host host;
	struct account account;
	struct block block;
};

struct attr_set;

extern const struct attr_set set_status, set_uplink, set_inside, set_forward;
extern const struct attr_set set_mapping, set_session, set_host, set_socket;
extern const struct attr_set set_port, set_reason, set_audit, set_event;
extern const struct attr_set set_account, set_block;
extern const struct attr_set set_apply;		/* names only */

/* Words of the contract's enums; each list ends with NULL. */
extern const char *const filtering_names[], *const state_names[];
extern const char *const side_names[], *const hook_names[];
extern const char *const verdict_names[];
/* "?" for what is not in the list: a module newer than this CLI. */
const char *name_of(const char *const *names, unsigned int i);
/* "listen"; UDP: "connected" or "open". */
const char *socket_state_name(__u8 proto, __u8 state);
/* All that there are. */
extern const char *const *const socket_state_names;

#endif
