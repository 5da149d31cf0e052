// SPDX-License-Identifier: GPL-2.0
/* Which attribute fills which member, and the words of the enums. */
#include <assert.h>
#include <netinet/in.h>

#include "attr.h"
#include "cli.h"
#include "model.h"

#define FIELD(k, attr, st, member, ...)				\
	{ .name = #member, .type = PORTICO_A_##attr, .kind = AT_##k,	\
	  .off = offsetof(st, member),				\
	  .size = sizeof(((st *)0)->member), ##__VA_ARGS__ }
#define NEST(attr, st, member, set)					\
	FIELD(NEST, attr, st, member, .nest = &(set))
#define MANY(k, attr, st, member, ...)				\
	{ .name = #member, .type = PORTICO_A_##attr, .kind = AT_##k,	\
	  .off = offsetof(st, member),				\
	  .size = sizeof(((st *)0)->member[0]),			\
	  .max = ARRAY_SIZE(((st *)0)->member),			\
	  .count_off = offsetof(st, n_##member), ##__VA_ARGS__ }
#define FLAG(attr, label)						\
	{ .name = label, .type = PORTICO_A_##attr, .kind = AT_FLAG }
#define SET(var, label, st, table)					\
	const struct attr_set var = {					\
		.name = label, .size = sizeof(st),			\
		.fields = table, .n = ARRAY_SIZE(table),		\
	}

static const struct attr_field endpoint_fields[] = {
	FIELD(ADDR, ENDPOINT_ADDR, struct endpoint, addr),
	FIELD(BE16, ENDPOINT_PORT, struct endpoint, port),
	FIELD(U8, ENDPOINT_PREFIXLEN, struct endpoint, prefixlen),
};

static SET(set_endpoint, "endpoint", struct endpoint, endpoint_fields);

static const struct attr_field counters_fields[] = {
	FIELD(U64, COUNTERS_OUT_PACKETS, struct counters, out_packets),
	FIELD(U64, COUNTERS_OUT_BYTES, struct counters, out_bytes),
	FIELD(U64, COUNTERS_IN_PACKETS, struct counters, in_packets),
	FIELD(U64, COUNTERS_IN_BYTES, struct counters, in_bytes),
};

static SET(set_counters, "counters", struct counters, counters_fields);

void counters_add(struct counters *sum, const struct counters *more)
{
	sum->has |= more->has;
	sum->out_packets += more->out_packets;
	sum->out_bytes += more->out_bytes;
	sum->in_packets += more->in_packets;
	sum->in_bytes += more->in_bytes;
}

static const struct attr_field status_fields[] = {
	FIELD(STR, STATUS_VERSION, struct status, version),
	FIELD(U32, STATUS_MAPPINGS, struct status, mappings),
	FIELD(U32, STATUS_MAPPINGS_MAX, struct status, mappings_max),
	FIELD(U32, STATUS_SESSIONS, struct status, sessions),
	FIELD(U32, STATUS_SESSIONS_MAX, struct status, sessions_max),
	FIELD(U32, STATUS_HOSTS, struct status, hosts),
	FIELD(U32, STATUS_HOSTS_MAX, struct status, hosts_max),
	FIELD(U32, STATUS_SOCKETS, struct status, sockets),
	FIELD(U32, STATUS_SOCKETS_MAX, struct status, sockets_max),
	FIELD(U32, STATUS_SOCKETS_CLOSED, struct status, sockets_closed),
	FIELD(U32, STATUS_PORTS, struct status, ports),
	FIELD(U32, STATUS_HELD, struct status, held),
	FIELD(U64, STATUS_MEMORY, struct status, memory),
	FIELD(U64, STATUS_MAPPINGS_CREATED, struct status, mappings_created),
	FIELD(U64, STATUS_MAPPINGS_REFUSED, struct status, mappings_refused),
	FIELD(U64, STATUS_SINCE_AT, struct status, since_at),
	FIELD(U64, STATUS_HISTORY_LOST, struct status, history_lost),
	FIELD(U64, STATUS_EVENTS_LOST, struct status, events_lost),
	FIELD(U8, STATUS_ACCOUNTING, struct status, accounting),
	FIELD(U32, STATUS_HISTORY_MAX, struct status, history_max),
	FIELD(U32, STATUS_BATCH_FROM, struct status, batch_from),
	FIELD(U32, STATUS_HELD_MAX, struct status, held_max),
	FIELD(U32, STATUS_ENDED, struct status, ended),
	FIELD(U32, STATUS_ENDED_MAX, struct status, ended_max),
	FIELD(U64, STATUS_ENDED_LOST, struct status, ended_lost),
	FIELD(U32, STATUS_REMOTES, struct status, remotes),
	FIELD(U32, STATUS_REMOTES_MAX, struct status, remotes_max),
	FIELD(U64, STATUS_HOSTS_FORGOTTEN, struct status, hosts_forgotten),
};

SET(set_status, "status", struct status, status_fields);

static const struct attr_field range_fields[] = {
	FIELD(ADDR, RANGE_FIRST, struct range, first),
	FIELD(ADDR, RANGE_LAST, struct range, last),
};

static SET(set_range, "range", struct range, range_fields);

static const struct attr_field timeouts_fields[] = {
	FIELD(U32, TIMEOUTS_UDP, struct timeouts, udp),
	FIELD(U32, TIMEOUTS_TCP_OPENING, struct timeouts, tcp_opening),
	FIELD(U32, TIMEOUTS_TCP_ESTABLISHED, struct timeouts, tcp_established),
	FIELD(U32, TIMEOUTS_TCP_CLOSING, struct timeouts, tcp_closing),
	FIELD(U32, TIMEOUTS_ICMP, struct timeouts, icmp),
	FIELD(U32, TIMEOUTS_HOLD, struct timeouts, hold),
	FIELD(U32, TIMEOUTS_OTHER, struct timeouts, other),
};

static SET(set_timeouts, "timeouts", struct timeouts, timeouts_fields);

static const struct attr_field uplink_fields[] = {
	FIELD(STR, UPLINK_IFNAME, struct uplink, ifname),
	FIELD(U32, UPLINK_IFINDEX, struct uplink, ifindex),
	MANY(NEST, UPLINK_RANGE, struct uplink, range, .nest = &set_range),
	FLAG(UPLINK_FOLLOW, "follow"),
	MANY(ADDR, UPLINK_ADDRESS, struct uplink, address),
	FIELD(U16, UPLINK_PORT_MIN, struct uplink, port_min),
	FIELD(U16, UPLINK_PORT_MAX, struct uplink, port_max),
	FIELD(U8, UPLINK_FILTERING, struct uplink, filtering),
	FIELD(U8, UPLINK_FILTERING_TCP, struct uplink, filtering_tcp),
	FIELD(U8, UPLINK_FILTERING_UDP, struct uplink, filtering_udp),
	FIELD(U8, UPLINK_FASTPATH, struct uplink, fastpath),
	FIELD(U8, UPLINK_HAIRPIN, struct uplink, hairpin),
	NEST(UPLINK_TIMEOUTS, struct uplink, timeouts, set_timeouts),
	FIELD(U8, UPLINK_REFRESH_INBOUND, struct uplink, refresh_inbound),
	FIELD(U16, UPLINK_MSS, struct uplink, mss),
	FIELD(U8, UPLINK_ICMP_CODE, struct uplink, icmp_code),
	FIELD(U32, UPLINK_MAPPINGS, struct uplink, mappings),
	NEST(UPLINK_COUNTERS, struct uplink, counters, set_counters),
	FIELD(U8, UPLINK_SYN_ANSWER, struct uplink, syn_answer),
	FIELD(U32, UPLINK_ADDRESS_HOLD, struct uplink, address_hold),
	MANY(NEST, UPLINK_EXEMPT, struct uplink, exempt, .nest = &set_endpoint),
	FIELD(U16, UPLINK_BLOCK, struct uplink, block),
	FIELD(U8, UPLINK_MAX_BLOCKS, struct uplink, max_blocks),
	FIELD(U8, UPLINK_DETERMINISTIC, struct uplink, deterministic),
	FIELD(U8, UPLINK_MIGRATE, struct uplink, migrate),
};

SET(set_uplink, "uplink", struct uplink, uplink_fields);

static const struct attr_field inside_fields[] = {
	FIELD(ADDR, INSIDE_ADDR, struct inside, addr),
	FIELD(U8, INSIDE_PREFIXLEN, struct inside, prefixlen),
	FIELD(STR, INSIDE_UPLINK, struct inside, uplink),
	FIELD(U32, INSIDE_MAX_PORTS, struct inside, max_ports),
	FIELD(U32, INSIDE_MAX_SESSIONS, struct inside, max_sessions),
	FIELD(U32, INSIDE_MAX_RATE, struct inside, max_rate),
	FIELD(ADDR, INSIDE_NPT, struct inside, npt),
	FIELD(U32, INSIDE_HOSTS, struct inside, hosts),
	FIELD(U64, INSIDE_QUOTA, struct inside, quota),
	FIELD(U32, INSIDE_QUOTA_PERIOD, struct inside, quota_period),
	FIELD(U8, INSIDE_QUOTA_REFUSE, struct inside, quota_refuse),
};

SET(set_inside, "inside", struct inside, inside_fields);

static const struct attr_field forward_fields[] = {
	FIELD(U8, FORWARD_PROTO, struct forward, proto),
	NEST(FORWARD_EXTERNAL, struct forward, external, set_endpoint),
	NEST(FORWARD_INTERNAL, struct forward, internal, set_endpoint),
	FIELD(U16, FORWARD_COUNT, struct forward, count),
	NEST(FORWARD_COUNTERS, struct forward, counters, set_counters),
	FIELD(U32, FORWARD_PLACED, struct forward, placed),
};

SET(set_forward, "forward", struct forward, forward_fields);

static const struct attr_field mapping_fields[] = {
	FIELD(U8, MAPPING_PROTO, struct mapping, proto),
	NEST(MAPPING_INTERNAL, struct mapping, internal, set_endpoint),
	NEST(MAPPING_EXTERNAL, struct mapping, external, set_endpoint),
	NEST(MAPPING_REMOTE, struct mapping, remote, set_endpoint),
	FIELD(STR, MAPPING_UPLINK, struct mapping, uplink),
	FIELD(U8, MAPPING_STATE, struct mapping, state),
	FIELD(U32, MAPPING_FLAGS, struct mapping, flags),
	FIELD(U32, MAPPING_SESSIONS, struct mapping, sessions),
	NEST(MAPPING_COUNTERS, struct mapping, counters, set_counters),
	FIELD(U64, MAPPING_CREATED_AT, struct mapping, created_at),
	FIELD(U32, MAPPING_IDLE, struct mapping, idle),
	FIELD(U32, MAPPING_EXPIRES, struct mapping, expires),
	FIELD(U32, MAPPING_COUNT, struct mapping, count),
	FIELD(U32, MAPPING_LIFETIME, struct mapping, lifetime),
	FIELD(BYTES, MAPPING_NONCE, struct mapping, nonce),
	FLAG(MAPPING_ENDED, "ended"),
	FIELD(U64, MAPPING_ENDED_AT, struct mapping, ended_at),
};

SET(set_mapping, "mapping", struct mapping, mapping_fields);

static const struct attr_field session_fields[] = {
	FIELD(U8, SESSION_PROTO, struct session, proto),
	NEST(SESSION_INTERNAL, struct session, internal, set_endpoint),
	NEST(SESSION_EXTERNAL, struct session, external, set_endpoint),
	NEST(SESSION_REMOTE, struct session, remote, set_endpoint),
	FIELD(STR, SESSION_UPLINK, struct session, uplink),
	FIELD(U8, SESSION_STATE, struct session, state),
	FIELD(U32, SESSION_FLAGS, struct session, flags),
	NEST(SESSION_COUNTERS, struct session, counters, set_counters),
	FIELD(U32, SESSION_IDLE, struct session, idle),
	FIELD(U32, SESSION_EXPIRES, struct session, expires),
};

SET(set_session, "session", struct session, session_fields);

static const struct attr_field host_fields[] = {
	FIELD(ADDR, HOST_ADDR, struct host, addr),
	FIELD(U8, HOST_PREFIXLEN, struct host, prefixlen),
	FIELD(U8, HOST_SIDE, struct host, side),
	NEST(HOST_COUNTERS, struct host, counters, set_counters),
	FIELD(U32, HOST_MAPPINGS, struct host, mappings),
	FIELD(U64, HOST_CREATED, struct host, created),
	FIELD(U64, HOST_REFUSED, struct host, refused),
	FIELD(U64, HOST_FIRST_AT, struct host, first_at),
	FIELD(U64, HOST_LAST_AT, struct host, last_at),
	NEST(HOST_SECOND, struct host, second, set_counters),
	NEST(HOST_MINUTE, struct host, minute, set_counters),
	FIELD(U64, HOST_QUOTA_USED, struct host, quota_used),
	FIELD(U32, HOST_QUOTA_LEFT, struct host, quota_left),
	FLAG(HOST_QUOTA_OVER, "quota_over"),
	FIELD(U32, HOST_BLOCKS, struct host, blocks),
	FIELD(U32, HOST_SESSIONS, struct host, sessions),
};

SET(set_host, "host", struct host, host_fields);

static const struct attr_field account_fields[] = {
	FIELD(STR, ACCOUNT_NAME, struct account, name),
	MANY(NEST, ACCOUNT_PREFIX, struct account, prefix, .nest = &set_endpoint),
	FIELD(U32, ACCOUNT_HOSTS, struct account, hosts),
	FIELD(U32, ACCOUNT_MAPPINGS, struct account, mappings),
	NEST(ACCOUNT_COUNTERS, struct account, counters, set_counters),
	NEST(ACCOUNT_SECOND, struct account, second, set_counters),
	NEST(ACCOUNT_MINUTE, struct account, minute, set_counters),
	FIELD(U64, ACCOUNT_SINCE_AT, struct account, since_at),
};

SET(set_account, "account", struct account, account_fields);

static const struct attr_field socket_fields[] = {
	FIELD(U64, SOCKET_COOKIE, struct socket_record, cookie),
	FIELD(U8, SOCKET_FAMILY, struct socket_record, family),
	FIELD(U8, SOCKET_PROTO, struct socket_record, proto),
	NEST(SOCKET_LOCAL, struct socket_record, local, set_endpoint),
	NEST(SOCKET_REMOTE, struct socket_record, remote, set_endpoint),
	FIELD(U8, SOCKET_STATE, struct socket_record, state),
	FLAG(SOCKET_CLOSED, "closed"),
	FIELD(U32, SOCKET_IFINDEX, struct socket_record, ifindex),
	FIELD(U32, SOCKET_UID, struct socket_record, uid),
	FIELD(U32, SOCKET_INODE, struct socket_record, inode),
	FIELD(U32, SOCKET_PID, struct socket_record, pid),
	FIELD(STR, SOCKET_COMM, struct socket_record, comm),
	FIELD(U32, SOCKET_CREATE_PID, struct socket_record, create_pid),
	FIELD(STR, SOCKET_CREATE_COMM, struct socket_record, create_comm),
	FIELD(U64, SOCKET_CGROUP, struct socket_record, cgroup),
	NEST(SOCKET_COUNTERS, struct socket_record, counters, set_counters),
	FIELD(U64, SOCKET_DROPS, struct socket_record, drops),
	FIELD(U64, SOCKET_RETRANS, struct socket_record, retrans),
	FIELD(U64, SOCKET_FIRST_AT, struct socket_record, first_at),
	FIELD(U64, SOCKET_LAST_AT, struct socket_record, last_at),
	FIELD(U64, SOCKET_CLOSED_AT, struct socket_record, closed_at),
	FIELD(U32, SOCKET_BACKLOG, struct socket_record, backlog),
	FIELD(U32, SOCKET_REMOTES, struct socket_record, remotes),
	FLAG(SOCKET_RAW, "raw"),
};

SET(set_socket, "socket", struct socket_record, socket_fields);

static const struct attr_field port_fields[] = {
	FIELD(U8, PORT_PROTO, struct port, proto),
	FIELD(BE16, PORT_PORT, struct port, port),
	FIELD(U32, PORT_SOCKETS, struct port, sockets),
	NEST(PORT_COUNTERS, struct port, counters, set_counters),
	FIELD(U64, PORT_ESTABLISHED, struct port, established),
	FIELD(U64, PORT_LISTENER, struct port, listener),
	FIELD(U64, PORT_WILDCARD, struct port, wildcard),
	FIELD(U64, PORT_REUSEPORT, struct port, reuseport),
	FIELD(U64, PORT_NONE, struct port, none),
	FIELD(U64, PORT_LAST_AT, struct port, last_at),
	FIELD(U32, PORT_SOURCES, struct port, sources),
};

SET(set_port, "port", struct port, port_fields);

static const struct attr_field reason_fields[] = {
	FIELD(U8, REASON_HOOK, struct reason, hook),
	FIELD(U8, REASON_VERDICT, struct reason, verdict),
	FIELD(STR, REASON_NAME, struct reason, name),
	FIELD(STR, REASON_TEXT, struct reason, text),
	FIELD(U64, REASON_PACKETS, struct reason, packets),
	FIELD(U64, REASON_BYTES, struct reason, bytes),
};

SET(set_reason, "reason", struct reason, reason_fields);

static const struct attr_field audit_fields[] = {
	FIELD(STR, AUDIT_NAME, struct audit, name),
	FIELD(U64, AUDIT_LEFT, struct audit, left),
	FIELD(U64, AUDIT_RIGHT, struct audit, right),
};

SET(set_audit, "audit", struct audit, audit_fields);

static const struct attr_field block_fields[] = {
	FIELD(ADDR, BLOCK_HOST, struct block, host),
	FIELD(ADDR, BLOCK_EXTERNAL, struct block, external),
	FIELD(U16, BLOCK_FIRST, struct block, first),
	FIELD(U16, BLOCK_COUNT, struct block, count),
	FIELD(STR, BLOCK_UPLINK, struct block, uplink),
	FIELD(U16, BLOCK_PORT, struct block, port),
	FIELD(U32, BLOCK_USED, struct block, used),
	FLAG(BLOCK_DETERMINISTIC, "deterministic"),
};

SET(set_block, "block", struct block, block_fields);

static const struct attr_field event_fields[] = {
	FIELD(U8, EVENT_TYPE, struct event, type),
	FIELD(U32, EVENT_SEQ, struct event, seq),
	FIELD(U64, EVENT_AT, struct event, at),
	FIELD(STR, EVENT_REASON, struct event, reason),
	NEST(EVENT_MAPPING, struct event, mapping, set_mapping),
	NEST(EVENT_UPLINK, struct event, uplink, set_uplink),
	NEST(EVENT_INSIDE, struct event, inside, set_inside),
	NEST(EVENT_FORWARD, struct event, forward, set_forward),
	NEST(EVENT_SOCKET, struct event, socket, set_socket),
	NEST(EVENT_HOST, struct event, host, set_host),
	NEST(EVENT_ACCOUNT, struct event, account, set_account),
	NEST(EVENT_BLOCK, struct event, block, set_block),
};

SET(set_event, "event", struct event, event_fields);

#define NAME(attr, label, set)						\
	{ .name = label, .type = PORTICO_A_##attr, .kind = AT_NEST,	\
	  .nest = &(set) }

static const struct attr_field apply_fields[] = {
	NAME(APPLY_UPLINK, "uplink", set_uplink),
	NAME(APPLY_INSIDE, "inside", set_inside),
	NAME(APPLY_FORWARD, "forward", set_forward),
	FLAG(APPLY_CHECK, "check"),
	NAME(APPLY_ACCOUNT, "account", set_account),
};

const struct attr_set set_apply = {
	.name = "apply", .fields = apply_fields, .n = ARRAY_SIZE(apply_fields),
};

/* As long as the contract's enum, or the build stops. */
#define WORD_LIST(var, count, ...)						\
	const char *const var[] = { __VA_ARGS__, NULL };		\
	static_assert(ARRAY_SIZE(var) == (count) + 1, #var)

WORD_LIST(filtering_names, __PORTICO_FILTERING_MAX, "endpoint-independent", "address-dependent",
	  "address-and-port-dependent");
WORD_LIST(state_names, __PORTICO_STATE_MAX, "none", "active", "replied", "opening-out",
	  "opening-in", "established", "fin-out", "fin-in", "closing", "reset");
WORD_LIST(side_names, __PORTICO_SIDE_MAX, "inside", "local", "remote");
WORD_LIST(hook_names, __PORTICO_HOOK_MAX, "ingress", "pre-routing", "post-routing", "local-in",
	  "local-out");
WORD_LIST(verdict_names, __PORTICO_VERDICT_MAX, "pass", "translated", "drop");

const char *name_of(const char *const *names, unsigned int i)
{
	for (; *names; names++)
		if (!i--)
			return *names;
	return "?";
}

/* By the kernel's number of a TCP state, RFC 793's words; then the others'. */
enum { TCP_STATES = 12 };

static const char *const socket_states[] = {
	"?", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
	"time-wait", "closed", "close-wait", "last-ack", "listen", "closing",
	"connected", "open", "raw", NULL,
};

const char *const *const socket_state_names = socket_states + 1;

const char *socket_state_name(__u8 proto, __u8 state)
{
	if (proto != IPPROTO_TCP)
		return state == 1 ? "connected" : "open";
	/* TCP_NEW_SYN_RECV */
	if (state == TCP_STATES)
		return "syn-recv";
	return state < TCP_STATES ? socket_states[state] : "?";
}
