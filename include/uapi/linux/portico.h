/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * Portico's contract with user space: the generic netlink family "portico".
 *
 * Every command needs CAP_NET_ADMIN and acts on the network namespace of the
 * socket that sends it. Every refusal carries extended-ack text and, where one
 * attribute is at fault, its offset. Unknown attributes are refused.
 *
 * Units and byte order, everywhere in this file:
 *   addresses  network order, 4 bytes (IPv4) or 16 bytes (IPv6)
 *   ports      __be16; for ICMP queries the identifier stands in for the port;
 *              GRE and ESP have none: it is left out, and 0 in filters
 *   bytes      layer 3, the IP header included; packets are wire packets
 *              (a GRO/GSO aggregate counts as its segments, each segment with
 *              its own headers)
 *   times      *_AT: nanoseconds since the Unix epoch (u64);
 *              timeouts: seconds (u32); IDLE and EXPIRES: milliseconds (u32)
 *   counters   u64, nested in the set portico_counters: "out" leaves the
 *              object's own side (host, socket, mapping), "in" reaches it
 *
 * Commands (do = request with ack, dump = NLM_F_DUMP):
 *
 *   STATUS_GET   do    -> portico_status
 *   UPLINK_ADD   do    portico_uplink: IFNAME, optional everything settable
 *   UPLINK_SET   do    portico_uplink: IFNAME and what changes
 *   UPLINK_DEL   do    portico_uplink: IFNAME; its mappings go with it
 *   UPLINK_GET   dump  -> portico_uplink
 *   INSIDE_ADD   do    portico_inside: ADDR, PREFIXLEN, optional the others
 *   INSIDE_SET   do    portico_inside: ADDR, PREFIXLEN and what changes
 *   INSIDE_DEL   do    portico_inside: ADDR, PREFIXLEN
 *   INSIDE_GET   dump  -> portico_inside
 *   FORWARD_ADD  do    portico_forward
 *   FORWARD_DEL  do    portico_forward: PROTO (absent with 1:1), EXTERNAL
 *   FORWARD_GET  dump  -> portico_forward
 *   MAPPING_ADD  do    portico_mapping: restores one (PROTO, INTERNAL,
 *                      EXTERNAL); refused when either side is taken.
 *                      With LIFETIME -> portico_mapping: a lease, see there
 *   MAPPING_DEL  do    portico_mapping as filter -> portico_mapping: COUNT
 *   MAPPING_GET  dump  portico_mapping as filter -> portico_mapping; with ENDED
 *                      the history of those that are no more
 *   SESSION_GET  dump  portico_mapping as filter -> portico_session
 *   SESSION_FLUSH do   portico_mapping as filter -> portico_mapping: COUNT;
 *                      sends flows through the firewall again, cuts nothing
 *   HOST_GET     dump  portico_host as filter (ADDR/PREFIXLEN, SIDE)
 *   SOCKET_GET   dump  portico_socket as filter (PROTO, LOCAL, REMOTE, PID,
 *                      UID, CLOSED) -> portico_socket
 *   PORT_GET     dump  portico_port as filter (PROTO, PORT) -> portico_port
 *   REASON_GET   dump  -> portico_reason
 *   AUDIT_GET    dump  -> portico_audit: one row per equation of the books
 *   APPLY        do    portico_apply: a whole configuration, all or nothing
 *   SET          do    portico_status: what is marked settable
 *   RESET        do    zeroes the reason counters
 *                dump  the same -> portico_reason (as REASON_GET): what they
 *                      were; nothing is lost in between
 *   ACCOUNT_ADD  do    portico_account: NAME and PREFIX
 *   ACCOUNT_DEL  do    portico_account: NAME
 *   ACCOUNT_GET  dump  -> portico_account
 *   ACCOUNT_RESET do   portico_account: NAME -> portico_account: what it was;
 *                      nothing is lost in between
 *   BLOCK_GET    dump  portico_block as filter (HOST, EXTERNAL, PORT, UPLINK)
 *                      -> portico_block: those that hosts have; with HOST, or with
 *                      EXTERNAL and PORT, also the one that the uplink's
 *                      DETERMINISTIC gives, USED being 0
 *   EVENT        notification in group "events" -> portico_event
 *
 * Filters: an attribute given must match; none given matches all. An endpoint
 * in a filter may carry only ADDR, only PORT, or ADDR with PREFIXLEN.
 *
 * Dumps resume by key: what exists from the first message to the last is shown
 * exactly once whatever else changes meanwhile.
 */
#ifndef _UAPI_LINUX_PORTICO_H
#define _UAPI_LINUX_PORTICO_H

#define PORTICO_GENL_NAME	"portico"
#define PORTICO_GENL_VERSION	1
#define PORTICO_GENL_MCGRP	"events"

/* Limits of the contract. */
#define PORTICO_MAX_UPLINKS	64	/* per network namespace */
#define PORTICO_MAX_RANGES	64	/* address ranges per uplink */
#define PORTICO_MAX_EXEMPT	64	/* exempt destinations per uplink */
#define PORTICO_MAX_POOL	4096	/* external addresses per uplink */
#define PORTICO_MAX_INSIDE	1024	/* inside prefixes per namespace */
#define PORTICO_MAX_FORWARDS	4096	/* forwards per namespace */
#define PORTICO_TIMEOUT_MIN	1	/* seconds */
#define PORTICO_TIMEOUT_MAX	604800	/* seconds: a week */
#define PORTICO_COMM_LEN	16	/* bytes, with the final NUL */
#define PORTICO_NONCE_LEN	12	/* bytes: of a lease */
#define PORTICO_MAX_ACCOUNTS	256	/* per namespace */
#define PORTICO_MAX_ACCOUNT_PREFIXES 16	/* of each */
#define PORTICO_ACCOUNT_NAME_LEN 32	/* bytes, with the final NUL */
#define PORTICO_QUOTA_PERIOD	86400	/* seconds: a day */
#define PORTICO_QUOTA_PERIOD_MAX 2678400 /* seconds: 31 days */

enum portico_cmd {
	PORTICO_CMD_UNSPEC,
	PORTICO_CMD_STATUS_GET,
	PORTICO_CMD_UPLINK_ADD,
	PORTICO_CMD_UPLINK_SET,
	PORTICO_CMD_UPLINK_DEL,
	PORTICO_CMD_UPLINK_GET,
	PORTICO_CMD_INSIDE_ADD,
	PORTICO_CMD_INSIDE_SET,
	PORTICO_CMD_INSIDE_DEL,
	PORTICO_CMD_INSIDE_GET,
	PORTICO_CMD_FORWARD_ADD,
	PORTICO_CMD_FORWARD_DEL,
	PORTICO_CMD_FORWARD_GET,
	PORTICO_CMD_MAPPING_ADD,
	PORTICO_CMD_MAPPING_DEL,
	PORTICO_CMD_MAPPING_GET,
	PORTICO_CMD_SESSION_GET,
	PORTICO_CMD_SESSION_FLUSH,
	PORTICO_CMD_HOST_GET,
	PORTICO_CMD_SOCKET_GET,
	PORTICO_CMD_PORT_GET,
	PORTICO_CMD_REASON_GET,
	PORTICO_CMD_AUDIT_GET,
	PORTICO_CMD_APPLY,
	PORTICO_CMD_SET,
	PORTICO_CMD_RESET,
	PORTICO_CMD_EVENT,
	PORTICO_CMD_ACCOUNT_ADD,
	PORTICO_CMD_ACCOUNT_DEL,
	PORTICO_CMD_ACCOUNT_GET,
	PORTICO_CMD_ACCOUNT_RESET,
	PORTICO_CMD_BLOCK_GET,

	__PORTICO_CMD_MAX,
	PORTICO_CMD_MAX = __PORTICO_CMD_MAX - 1
};

/* Set portico_endpoint: one side of a flow. */
enum portico_endpoint_attr {
	PORTICO_A_ENDPOINT_UNSPEC,
	PORTICO_A_ENDPOINT_ADDR,	/* binary, 4 or 16 bytes */
	PORTICO_A_ENDPOINT_PORT,	/* be16 */
	PORTICO_A_ENDPOINT_PREFIXLEN,	/* u8, filters only */

	__PORTICO_A_ENDPOINT_MAX,
	PORTICO_A_ENDPOINT_MAX = __PORTICO_A_ENDPOINT_MAX - 1
};

/* Set portico_counters: wire packets and layer-3 bytes. */
enum portico_counters_attr {
	PORTICO_A_COUNTERS_UNSPEC,
	PORTICO_A_COUNTERS_PAD,
	PORTICO_A_COUNTERS_OUT_PACKETS,	/* u64 */
	PORTICO_A_COUNTERS_OUT_BYTES,	/* u64 */
	PORTICO_A_COUNTERS_IN_PACKETS,	/* u64 */
	PORTICO_A_COUNTERS_IN_BYTES,	/* u64 */

	__PORTICO_A_COUNTERS_MAX,
	PORTICO_A_COUNTERS_MAX = __PORTICO_A_COUNTERS_MAX - 1
};

/* Set portico_status. */
enum portico_status_attr {
	PORTICO_A_STATUS_UNSPEC,
	PORTICO_A_STATUS_PAD,
	PORTICO_A_STATUS_VERSION,	/* string: the module's version */
	PORTICO_A_STATUS_MAPPINGS,	/* u32: live now */
	PORTICO_A_STATUS_MAPPINGS_MAX,	/* u32: limit of this namespace, settable */
	PORTICO_A_STATUS_SESSIONS,	/* u32 */
	PORTICO_A_STATUS_SESSIONS_MAX,	/* u32, settable */
	PORTICO_A_STATUS_HOSTS,		/* u32 */
	PORTICO_A_STATUS_HOSTS_MAX,	/* u32, settable */
	PORTICO_A_STATUS_SOCKETS,	/* u32: open, with a record */
	PORTICO_A_STATUS_SOCKETS_MAX,	/* u32, settable */
	PORTICO_A_STATUS_SOCKETS_CLOSED,/* u32: records kept in the history */
	PORTICO_A_STATUS_PORTS,		/* u32: local ports with misses or ended sockets */
	PORTICO_A_STATUS_HELD,		/* u32: external ports in hold-down */
	PORTICO_A_STATUS_MEMORY,	/* u64: bytes held by the tables */
	PORTICO_A_STATUS_MAPPINGS_CREATED, /* u64: since load */
	PORTICO_A_STATUS_MAPPINGS_REFUSED, /* u64: since load */
	PORTICO_A_STATUS_SINCE_AT,	/* u64: books opened at */
	PORTICO_A_STATUS_HISTORY_LOST,	/* u64: closed records pushed out */
	PORTICO_A_STATUS_EVENTS_LOST,	/* u64: events nobody could be told */
	PORTICO_A_STATUS_ACCOUNTING,	/* u8 0/1, settable: books on local sockets
					 * and ports
					 */
	PORTICO_A_STATUS_HISTORY_MAX,	/* u32, settable: closed sockets kept at most */
	PORTICO_A_STATUS_BATCH_FROM,	/* u32, settable: with so many mappings or
					 * more, packets are translated in batches
					 */
	PORTICO_A_STATUS_HELD_MAX,	/* u32, settable, 65536 at most: external
					 * ports that rest after use (RFC 6888
					 * REQ-8); the oldest are free again first
					 */
	PORTICO_A_STATUS_ENDED,		/* u32: ended mappings kept */
	PORTICO_A_STATUS_ENDED_MAX,	/* u32, settable, 1048576 at most: how many
					 * are kept; the oldest go first
					 */
	PORTICO_A_STATUS_ENDED_LOST,	/* u64: those that are kept no more */
	PORTICO_A_STATUS_REMOTES,	/* u32: remote addresses with a record */
	PORTICO_A_STATUS_REMOTES_MAX,	/* u32, settable, 131072 at most: the one that
					 * ended something longest ago makes room,
					 * and its numbers go to the "other" row
					 */
	PORTICO_A_STATUS_HOSTS_FORGOTTEN, /* u64: they made room in a table more
					   * than half full; their numbers are
					   * in the "other" row
					   */

	__PORTICO_A_STATUS_MAX,
	PORTICO_A_STATUS_MAX = __PORTICO_A_STATUS_MAX - 1
};

/* RFC 4787 section 5. */
enum portico_filtering {
	PORTICO_FILTERING_ENDPOINT_INDEPENDENT,
	PORTICO_FILTERING_ADDRESS_DEPENDENT,		/* the default */
	PORTICO_FILTERING_ADDRESS_AND_PORT_DEPENDENT,

	__PORTICO_FILTERING_MAX
};

/* Set portico_range: an inclusive run of addresses of one family. */
enum portico_range_attr {
	PORTICO_A_RANGE_UNSPEC,
	PORTICO_A_RANGE_FIRST,		/* binary, 4 or 16 bytes */
	PORTICO_A_RANGE_LAST,		/* binary, as long as FIRST */

	__PORTICO_A_RANGE_MAX,
	PORTICO_A_RANGE_MAX = __PORTICO_A_RANGE_MAX - 1
};

/* Set portico_timeouts: seconds, PORTICO_TIMEOUT_MIN..PORTICO_TIMEOUT_MAX. */
enum portico_timeouts_attr {
	PORTICO_A_TIMEOUTS_UNSPEC,
	PORTICO_A_TIMEOUTS_UDP,			/* u32, default 300 */
	PORTICO_A_TIMEOUTS_TCP_OPENING,		/* u32, default 240 */
	PORTICO_A_TIMEOUTS_TCP_ESTABLISHED,	/* u32, default 7440 */
	PORTICO_A_TIMEOUTS_TCP_CLOSING,		/* u32, default 240 */
	PORTICO_A_TIMEOUTS_ICMP,		/* u32, default 60 */
	PORTICO_A_TIMEOUTS_HOLD,		/* u32, default 120: freed ports */
	PORTICO_A_TIMEOUTS_OTHER,		/* u32, default 300: SCTP, DCCP, GRE, ESP */

	__PORTICO_A_TIMEOUTS_MAX,
	PORTICO_A_TIMEOUTS_MAX = __PORTICO_A_TIMEOUTS_MAX - 1
};

/* Set portico_uplink: an outside interface and its external addresses. */
enum portico_uplink_attr {
	PORTICO_A_UPLINK_UNSPEC,
	PORTICO_A_UPLINK_PAD,
	PORTICO_A_UPLINK_IFNAME,	/* string */
	PORTICO_A_UPLINK_IFINDEX,	/* u32, 0: the interface is absent now */
	PORTICO_A_UPLINK_RANGE,		/* nest portico_range, repeated; none of
					 * a family: follow the interface's own
					 * address
					 */
	PORTICO_A_UPLINK_FOLLOW,	/* flag; in SET: drop ranges, follow */
	PORTICO_A_UPLINK_ADDRESS,	/* binary, repeated: external addresses
					 * in use now (replies, first 16)
					 */
	PORTICO_A_UPLINK_PORT_MIN,	/* u16 host order, default 1024 */
	PORTICO_A_UPLINK_PORT_MAX,	/* u16 host order, default 65535 */
	PORTICO_A_UPLINK_FILTERING,	/* u8 portico_filtering, all protocols */
	PORTICO_A_UPLINK_FILTERING_TCP,	/* u8, overrides for TCP */
	PORTICO_A_UPLINK_FILTERING_UDP,	/* u8, overrides for UDP */
	PORTICO_A_UPLINK_FASTPATH,	/* u8 0/1, default 1 */
	PORTICO_A_UPLINK_HAIRPIN,	/* u8 0/1, default 1 */
	PORTICO_A_UPLINK_TIMEOUTS,	/* nest portico_timeouts */
	PORTICO_A_UPLINK_REFRESH_INBOUND, /* u8 0/1, default 0: inbound packets
					   * restart UDP and ICMP timers too
					   */
	PORTICO_A_UPLINK_MSS,		/* u16: 0 off, 1 clamp to path MTU,
					 * else clamp to this
					 */
	PORTICO_A_UPLINK_ICMP_CODE,	/* u8: ICMP 3/code for refused mappings,
					 * default 13 (RFC 5508 REQ-8);
					 * 255: say nothing
					 */
	PORTICO_A_UPLINK_MAPPINGS,	/* u32 (replies) */
	PORTICO_A_UPLINK_COUNTERS,	/* nest portico_counters (replies) */
	PORTICO_A_UPLINK_SYN_ANSWER,	/* u8 0/1, default 1: unsolicited openings
					 * of connections get ICMP port
					 * unreachable, 6 s later (RFC 5382
					 * REQ-4); 0: nothing
					 */
	PORTICO_A_UPLINK_EXEMPT,	/* nest portico_endpoint as in filters,
					 * repeated: destinations to which packets
					 * leave untranslated (RFC 6888 REQ-6); an
					 * empty one: none
					 */
	PORTICO_A_UPLINK_ADDRESS_HOLD,	/* u32 seconds, default 0: mappings end when
					 * the followed address goes; else they wait
					 * so long for it while the interface has no
					 * other, their packets being dropped
					 */
	PORTICO_A_UPLINK_BLOCK,		/* u16 host order, default 0 (none): ports
					 * in a block, a power of two from 64 to
					 * 8192. Each host gets its ports by blocks
					 * that are its own, with one event for each
					 * and none for mappings (RFC 6888 REQ-14)
					 */
	PORTICO_A_UPLINK_MAX_BLOCKS,	/* u8 1..64, default 8: blocks per host */
	PORTICO_A_UPLINK_DETERMINISTIC,	/* u8 0/1, default 0; needs BLOCK: each IPv4
					 * host has one block, whose place follows
					 * from configuration and host alone (RFC
					 * 7422): BLOCK_GET tells it
					 */
	PORTICO_A_UPLINK_MIGRATE,	/* u8 0/1, default 0: when the followed address
					 * becomes another one, mappings move to it,
					 * leases too, with their external ports where
					 * these are free; their sessions begin anew.
					 * 0: they end
					 */

	__PORTICO_A_UPLINK_MAX,
	PORTICO_A_UPLINK_MAX = __PORTICO_A_UPLINK_MAX - 1
};

/* Set portico_inside: a prefix whose hosts are translated. */
enum portico_inside_attr {
	PORTICO_A_INSIDE_UNSPEC,
	PORTICO_A_INSIDE_PAD,
	PORTICO_A_INSIDE_ADDR,		/* binary, host bits zero */
	PORTICO_A_INSIDE_PREFIXLEN,	/* u8 */
	PORTICO_A_INSIDE_UPLINK,	/* string: only by this uplink */
	PORTICO_A_INSIDE_MAX_PORTS,	/* u32: external ports per host, 0 = no cap */
	PORTICO_A_INSIDE_MAX_RATE,	/* u32: new mappings per second and host, 0 = no cap */
	PORTICO_A_INSIDE_NPT,		/* binary 16: IPv6 prefix, of the same length,
					 * that is exchanged for it (RFC 6296); ::
					 * ends that
					 */
	PORTICO_A_INSIDE_HOSTS,		/* u32 (replies): hosts with a record */
	PORTICO_A_INSIDE_QUOTA,		/* u64: bytes, both directions, for each host
					 * and period, 0 = none. Hosts are looked at
					 * about once a second: so much may be over
					 */
	PORTICO_A_INSIDE_QUOTA_PERIOD,	/* u32 seconds, 1..PORTICO_QUOTA_PERIOD_MAX,
					 * default PORTICO_QUOTA_PERIOD; each host's
					 * first begins when it is first looked at
					 */
	PORTICO_A_INSIDE_QUOTA_REFUSE,	/* u8 0/1, default 0: the mappings of a host
					 * that has used it up end, and until its
					 * period is over it gets no new ones; 0: an
					 * event tells, no more. Exchanged prefixes
					 * (NPT) are only told of
					 */
	PORTICO_A_INSIDE_MAX_SESSIONS,	/* u32: sessions per host, 0 = no cap */

	__PORTICO_A_INSIDE_MAX,
	PORTICO_A_INSIDE_MAX = __PORTICO_A_INSIDE_MAX - 1
};

/*
 * Set portico_forward: static mappings an admin made. Without PROTO, COUNT and
 * ports a whole external address (1:1): by its uplink INTERNAL is known by it
 * alone, with each port and ICMP identifier as it is, from any remote and in both
 * directions, and no other host is. Such mappings are made by packets, are not
 * static and not counted against the host's caps. Refused with EEXIST when a
 * forward lies there or binds INTERNAL at that uplink, EBUSY when mappings of
 * other hosts do or, the address being the gateway's own, a socket of it.
 */
enum portico_forward_attr {
	PORTICO_A_FORWARD_UNSPEC,
	PORTICO_A_FORWARD_PAD,
	PORTICO_A_FORWARD_PROTO,	/* u8 IPPROTO_*; absent with 1:1 */
	PORTICO_A_FORWARD_EXTERNAL,	/* nest portico_endpoint */
	PORTICO_A_FORWARD_INTERNAL,	/* nest portico_endpoint */
	PORTICO_A_FORWARD_COUNT,	/* u16 host order: ports in the range, default 1 */
	PORTICO_A_FORWARD_COUNTERS,	/* nest portico_counters (replies): since
					 * the ports were last put in place
					 */
	PORTICO_A_FORWARD_PLACED,	/* u32 (replies): ports in place now, 1 for
					 * a whole address; 0 while no uplink has
					 * the address
					 */

	__PORTICO_A_FORWARD_MAX,
	PORTICO_A_FORWARD_MAX = __PORTICO_A_FORWARD_MAX - 1
};

/* State of a session; for TCP after RFC 7857 section 2.1 / RFC 6146. */
enum portico_state {
	PORTICO_STATE_NONE,		/* nothing seen yet (static, restored) */
	PORTICO_STATE_ACTIVE,		/* UDP, ICMP and the like: packets seen out */
	PORTICO_STATE_REPLIED,		/* UDP, ICMP and the like: answered too */
	PORTICO_STATE_OPENING_OUT,	/* TCP: SYN seen from inside */
	PORTICO_STATE_OPENING_IN,	/* TCP: SYN seen from outside */
	PORTICO_STATE_ESTABLISHED,	/* TCP: SYN seen in both directions */
	PORTICO_STATE_FIN_OUT,		/* TCP: valid FIN from inside */
	PORTICO_STATE_FIN_IN,		/* TCP: valid FIN from outside */
	PORTICO_STATE_CLOSING,		/* TCP: FIN in both directions */
	PORTICO_STATE_RESET,		/* TCP: valid RST seen */

	__PORTICO_STATE_MAX
};

/* PORTICO_A_MAPPING_FLAGS. */
#define PORTICO_MAPPING_F_STATIC	(1U << 0)	/* made by an admin: a forward */
#define PORTICO_MAPPING_F_PRESERVED	(1U << 1)	/* external port = internal port */
#define PORTICO_MAPPING_F_FAST_OUT	(1U << 2)	/* outbound takes the fast path */
#define PORTICO_MAPPING_F_FAST_IN	(1U << 3)	/* inbound takes the fast path */
#define PORTICO_MAPPING_F_LEASED	(1U << 4)	/* kept for LIFETIME, open to any */

/*
 * Leases: MAPPING_ADD with LIFETIME. The mapping of INTERNAL by UPLINK (absent:
 * by the uplink that its packets would take) is found, or made as for a packet.
 * EXTERNAL binds the choice; it may carry only ADDR or only PORT. Then
 *   without REMOTE   the mapping is kept for LIFETIME seconds from now, and any
 *                    remote may use it. LIFETIME 0 ends the lease; without a
 *                    session the mapping goes at once. With port 0 all leases
 *                    of the host with this NONCE end (PROTO absent: of any
 *                    protocol), and the reply has only COUNT.
 *   with REMOTE      its session with that remote is found or made, and kept for
 *                    at least LIFETIME seconds, unless TCP closes it.
 * A static mapping is left as it is. Refusals: EBUSY or EEXIST when EXTERNAL
 * cannot be had, EACCES when it is another's lease or static, EADDRNOTAVAIL when
 * INTERNAL is not inside, ENETDOWN without an uplink or external address, EDQUOT
 * when the host may have no more, ENOSPC when a table is full, ENOENT when there
 * is no lease to end.
 */

/* Set portico_mapping: internal endpoint <-> external endpoint. */
enum portico_mapping_attr {
	PORTICO_A_MAPPING_UNSPEC,
	PORTICO_A_MAPPING_PAD,
	PORTICO_A_MAPPING_PROTO,	/* u8 IPPROTO_* */
	PORTICO_A_MAPPING_INTERNAL,	/* nest portico_endpoint */
	PORTICO_A_MAPPING_EXTERNAL,	/* nest portico_endpoint */
	PORTICO_A_MAPPING_REMOTE,	/* nest portico_endpoint: of the first
					 * session; filter: any session's
					 */
	PORTICO_A_MAPPING_UPLINK,	/* string: interface name */
	PORTICO_A_MAPPING_STATE,	/* u8 portico_state of the first session */
	PORTICO_A_MAPPING_FLAGS,	/* u32 PORTICO_MAPPING_F_* */
	PORTICO_A_MAPPING_SESSIONS,	/* u32 */
	PORTICO_A_MAPPING_COUNTERS,	/* nest portico_counters */
	PORTICO_A_MAPPING_CREATED_AT,	/* u64 ns */
	PORTICO_A_MAPPING_IDLE,		/* u32 ms since the last packet that refreshed */
	PORTICO_A_MAPPING_EXPIRES,	/* u32 ms, absent: never */
	PORTICO_A_MAPPING_COUNT,	/* u32: how many a DEL or FLUSH touched */
	PORTICO_A_MAPPING_LIFETIME,	/* u32 seconds, at most
					 * PORTICO_TIMEOUT_MAX: of a lease; in
					 * replies what is left of it
					 */
	PORTICO_A_MAPPING_NONCE,	/* binary, PORTICO_NONCE_LEN (ADD only):
					 * who does not know the one of a lease
					 * cannot change it; absent: zeroes
					 */
	PORTICO_A_MAPPING_ENDED,	/* flag: it has ended and is kept in the
					 * history, without state and remote, SESSIONS
					 * being those it ever had; filter of GET: show
					 * these, by PROTO, INTERNAL, EXTERNAL, UPLINK
					 */
	PORTICO_A_MAPPING_ENDED_AT,	/* u64 ns, ended ones only */

	__PORTICO_A_MAPPING_MAX,
	PORTICO_A_MAPPING_MAX = __PORTICO_A_MAPPING_MAX - 1
};

/* Set portico_session: one mapping talking to one remote endpoint. */
enum portico_session_attr {
	PORTICO_A_SESSION_UNSPEC,
	PORTICO_A_SESSION_PAD,
	PORTICO_A_SESSION_PROTO,	/* u8 */
	PORTICO_A_SESSION_INTERNAL,	/* nest portico_endpoint */
	PORTICO_A_SESSION_EXTERNAL,	/* nest portico_endpoint */
	PORTICO_A_SESSION_REMOTE,	/* nest portico_endpoint; absent in the
					 * row that sums a mapping's ended sessions
					 */
	PORTICO_A_SESSION_UPLINK,	/* string */
	PORTICO_A_SESSION_STATE,	/* u8 portico_state */
	PORTICO_A_SESSION_FLAGS,	/* u32 PORTICO_MAPPING_F_FAST_* */
	PORTICO_A_SESSION_COUNTERS,	/* nest portico_counters */
	PORTICO_A_SESSION_IDLE,		/* u32 ms */
	PORTICO_A_SESSION_EXPIRES,	/* u32 ms */

	__PORTICO_A_SESSION_MAX,
	PORTICO_A_SESSION_MAX = __PORTICO_A_SESSION_MAX - 1
};

enum portico_side {
	PORTICO_SIDE_INSIDE,
	PORTICO_SIDE_LOCAL,
	PORTICO_SIDE_REMOTE,

	__PORTICO_SIDE_MAX
};

/*
 * Set portico_host: one IP address with counters. Inside hosts have mappings and
 * all the attributes; the gateway's own addresses (those of its sockets; sockets
 * bound to any stand under 0.0.0.0 and ::) and remote ones have ADDR, SIDE,
 * COUNTERS and, once something has ended with them, LAST_AT. Of each side there
 * may be one row without ADDR, for what has no row of its own, so that each side's
 * sum is whole. The sides are different views of the same packets.
 */
enum portico_host_attr {
	PORTICO_A_HOST_UNSPEC,
	PORTICO_A_HOST_PAD,
	PORTICO_A_HOST_ADDR,		/* binary, 4 or 16; absent: the "other" row */
	PORTICO_A_HOST_PREFIXLEN,	/* u8, filters only */
	PORTICO_A_HOST_SIDE,		/* u8 portico_side */
	PORTICO_A_HOST_COUNTERS,	/* nest portico_counters: translated traffic
					 * (side inside), local traffic (side local),
					 * both (side remote)
					 */
	PORTICO_A_HOST_MAPPINGS,	/* u32: live now = external ports in use */
	PORTICO_A_HOST_CREATED,		/* u64: mappings ever made */
	PORTICO_A_HOST_REFUSED,		/* u64: mappings refused */
	PORTICO_A_HOST_FIRST_AT,	/* u64 ns */
	PORTICO_A_HOST_LAST_AT,		/* u64 ns */
	PORTICO_A_HOST_SECOND,		/* nest portico_counters: packets and bytes a
					 * second, over about the last one; absent
					 * when nobody has asked for hosts or accounts
					 * for minutes: ask again a second later
					 */
	PORTICO_A_HOST_MINUTE,		/* nest portico_counters: the same over about
					 * a minute, what is older counting less
					 */
	PORTICO_A_HOST_QUOTA_USED,	/* u64 bytes in this period; absent: no quota */
	PORTICO_A_HOST_QUOTA_LEFT,	/* u32 seconds until the period is over */
	PORTICO_A_HOST_QUOTA_OVER,	/* flag: the quota is used up */
	PORTICO_A_HOST_BLOCKS,		/* u32: blocks of external ports it has */
	PORTICO_A_HOST_SESSIONS,	/* u32: live now */

	__PORTICO_A_HOST_MAX,
	PORTICO_A_HOST_MAX = __PORTICO_A_HOST_MAX - 1
};

/* Set portico_account: a named sum over the inside hosts of a few prefixes. */
enum portico_account_attr {
	PORTICO_A_ACCOUNT_UNSPEC,
	PORTICO_A_ACCOUNT_PAD,
	PORTICO_A_ACCOUNT_NAME,		/* string: letters, digits, '_', and not
					 * first '-' and '.'
					 */
	PORTICO_A_ACCOUNT_PREFIX,	/* nest portico_endpoint, ADDR and PREFIXLEN,
					 * repeated; a host is in it once
					 */
	PORTICO_A_ACCOUNT_HOSTS,	/* u32 (replies): hosts with a record */
	PORTICO_A_ACCOUNT_MAPPINGS,	/* u32 (replies): theirs, live now */
	PORTICO_A_ACCOUNT_COUNTERS,	/* nest portico_counters (replies): since
					 * SINCE_AT
					 */
	PORTICO_A_ACCOUNT_SECOND,	/* nest portico_counters (replies): as those
					 * of hosts
					 */
	PORTICO_A_ACCOUNT_MINUTE,	/* nest portico_counters (replies) */
	PORTICO_A_ACCOUNT_SINCE_AT,	/* u64 ns: made, or last reset */

	__PORTICO_A_ACCOUNT_MAX,
	PORTICO_A_ACCOUNT_MAX = __PORTICO_A_ACCOUNT_MAX - 1
};

/* Set portico_socket: a local socket's record. */
enum portico_socket_attr {
	PORTICO_A_SOCKET_UNSPEC,
	PORTICO_A_SOCKET_PAD,
	PORTICO_A_SOCKET_COOKIE,	/* u64: as SO_COOKIE, never reused */
	PORTICO_A_SOCKET_FAMILY,	/* u8 AF_INET / AF_INET6 of the socket */
	PORTICO_A_SOCKET_PROTO,		/* u8 */
	PORTICO_A_SOCKET_LOCAL,		/* nest portico_endpoint */
	PORTICO_A_SOCKET_REMOTE,	/* nest portico_endpoint; absent: unconnected */
	PORTICO_A_SOCKET_STATE,		/* u8: TCP_ESTABLISHED and so on, as linux/tcp.h
					 * numbers them; UDP: that one when connected,
					 * else TCP_CLOSE
					 */
	PORTICO_A_SOCKET_CLOSED,	/* flag: closed, kept in the history;
					 * filter: show only these
					 */
	PORTICO_A_SOCKET_IFINDEX,	/* u32: bound to, 0 = none */
	PORTICO_A_SOCKET_UID,		/* u32 in the namespace of the reader */
	PORTICO_A_SOCKET_INODE,		/* u32, 0 when closed or not yet accepted */
	PORTICO_A_SOCKET_PID,		/* u32 tgid: last known user */
	PORTICO_A_SOCKET_COMM,		/* string: last known user */
	PORTICO_A_SOCKET_CREATE_PID,	/* u32 tgid: first known user */
	PORTICO_A_SOCKET_CREATE_COMM,	/* string */
	PORTICO_A_SOCKET_CGROUP,	/* u64: cgroup v2 id, 0 unknown */
	PORTICO_A_SOCKET_COUNTERS,	/* nest portico_counters */
	PORTICO_A_SOCKET_DROPS,		/* u64: sk_drops: dropped on the socket */
	PORTICO_A_SOCKET_RETRANS,	/* u64: TCP segments sent again */
	PORTICO_A_SOCKET_FIRST_AT,	/* u64 ns: record made */
	PORTICO_A_SOCKET_LAST_AT,	/* u64 ns: last packet, 0 = none yet */
	PORTICO_A_SOCKET_CLOSED_AT,	/* u64 ns, closed records only */
	PORTICO_A_SOCKET_BACKLOG,	/* u32: listener: connections to accept;
					 * else bytes to read
					 */
	PORTICO_A_SOCKET_REMOTES,	/* u32: unconnected UDP: different addresses
					 * that sent to it, as PORT_SOURCES
					 */
	PORTICO_A_SOCKET_RAW,		/* flag: a raw socket, which gets copies:
					 * COUNTERS are its own view, in no sum of ports
					 * and addresses; LOCAL has no port. Ping sockets
					 * (PROTO ICMP or ICMPv6 without this) likewise,
					 * the identifier being the port
					 */

	__PORTICO_A_SOCKET_MAX,
	PORTICO_A_SOCKET_MAX = __PORTICO_A_SOCKET_MAX - 1
};

/* Set portico_port: what arrived for one (protocol, local port). */
enum portico_port_attr {
	PORTICO_A_PORT_UNSPEC,
	PORTICO_A_PORT_PAD,
	PORTICO_A_PORT_PROTO,		/* u8 */
	PORTICO_A_PORT_PORT,		/* be16 */
	PORTICO_A_PORT_SOCKETS,		/* u32: open sockets with a record */
	PORTICO_A_PORT_COUNTERS,	/* nest portico_counters: all arrivals,
					 * and what its sockets sent
					 */
	PORTICO_A_PORT_ESTABLISHED,	/* u64 packets: a connected socket (TCP
					 * connection, connected UDP)
					 */
	PORTICO_A_PORT_LISTENER,	/* u64 packets: a socket bound to the
					 * very address, unconnected
					 */
	PORTICO_A_PORT_WILDCARD,	/* u64 packets: a socket bound to any */
	PORTICO_A_PORT_NONE,		/* u64 packets: no socket: a miss */
	PORTICO_A_PORT_LAST_AT,		/* u64 ns */
	PORTICO_A_PORT_REUSEPORT,	/* u64 packets: an unconnected socket with
					 * SO_REUSEPORT, whatever it is bound to
					 */
	PORTICO_A_PORT_SOURCES,		/* u32: different addresses that it came
					 * from; above 1 an estimate whose standard
					 * error is 6.5 %, less when few
					 */

	__PORTICO_A_PORT_MAX,
	PORTICO_A_PORT_MAX = __PORTICO_A_PORT_MAX - 1
};

/* Where a packet is looked at. */
enum portico_hook {
	PORTICO_HOOK_INGRESS,		/* the fast path */
	PORTICO_HOOK_PRE_ROUTING,
	PORTICO_HOOK_POST_ROUTING,
	PORTICO_HOOK_LOCAL_IN,
	PORTICO_HOOK_LOCAL_OUT,

	__PORTICO_HOOK_MAX
};

enum portico_verdict {
	PORTICO_VERDICT_PASS,		/* went on untouched */
	PORTICO_VERDICT_TRANSLATED,
	PORTICO_VERDICT_DROP,

	__PORTICO_VERDICT_MAX
};

/* Set portico_reason: one counter of one hook. */
enum portico_reason_attr {
	PORTICO_A_REASON_UNSPEC,
	PORTICO_A_REASON_PAD,
	PORTICO_A_REASON_HOOK,		/* u8 portico_hook */
	PORTICO_A_REASON_VERDICT,	/* u8 portico_verdict */
	PORTICO_A_REASON_NAME,		/* string, stable: "mapping-refused" */
	PORTICO_A_REASON_TEXT,		/* string: one sentence for a person */
	PORTICO_A_REASON_PACKETS,	/* u64 */
	PORTICO_A_REASON_BYTES,		/* u64 */

	__PORTICO_A_REASON_MAX,
	PORTICO_A_REASON_MAX = __PORTICO_A_REASON_MAX - 1
};

/* Set portico_audit: LEFT and RIGHT must be equal. */
enum portico_audit_attr {
	PORTICO_A_AUDIT_UNSPEC,
	PORTICO_A_AUDIT_PAD,
	PORTICO_A_AUDIT_NAME,		/* string: "ingress packets: seen = reasons" */
	PORTICO_A_AUDIT_LEFT,		/* u64 */
	PORTICO_A_AUDIT_RIGHT,		/* u64 */

	__PORTICO_A_AUDIT_MAX,
	PORTICO_A_AUDIT_MAX = __PORTICO_A_AUDIT_MAX - 1
};

/*
 * Set portico_apply: the whole configuration wanted. Objects not listed are
 * removed, listed ones are added or changed; settings not given have their
 * defaults; mappings that the result still allows survive. A forward whose
 * external address is not there waits for it (PLACED 0). When it is refused
 * nothing has changed, and the attribute to blame is told.
 */
enum portico_apply_attr {
	PORTICO_A_APPLY_UNSPEC,
	PORTICO_A_APPLY_UPLINK,		/* nest portico_uplink, repeated */
	PORTICO_A_APPLY_INSIDE,		/* nest portico_inside, repeated */
	PORTICO_A_APPLY_FORWARD,	/* nest portico_forward, repeated */
	PORTICO_A_APPLY_CHECK,		/* flag: validate only, change nothing */
	PORTICO_A_APPLY_ACCOUNT,	/* nest portico_account, repeated; one that
					 * stays the same goes on counting
					 */

	__PORTICO_A_APPLY_MAX,
	PORTICO_A_APPLY_MAX = __PORTICO_A_APPLY_MAX - 1
};

enum portico_event_type {
	PORTICO_EVENT_MAPPING_ADD,
	PORTICO_EVENT_MAPPING_DEL,
	PORTICO_EVENT_MAPPING_REFUSED,	/* at most one a second and host */
	PORTICO_EVENT_UPLINK_ADD,
	PORTICO_EVENT_UPLINK_SET,
	PORTICO_EVENT_UPLINK_DEL,
	PORTICO_EVENT_UPLINK_ADDRESS,	/* its addresses changed */
	PORTICO_EVENT_INSIDE_ADD,
	PORTICO_EVENT_INSIDE_SET,
	PORTICO_EVENT_INSIDE_DEL,
	PORTICO_EVENT_FORWARD_ADD,
	PORTICO_EVENT_FORWARD_DEL,
	PORTICO_EVENT_SOCKET_OPEN,
	PORTICO_EVENT_SOCKET_CLOSE,
	PORTICO_EVENT_HOST_QUOTA,	/* a host has used up its quota */
	PORTICO_EVENT_ACCOUNT_ADD,
	PORTICO_EVENT_ACCOUNT_DEL,
	PORTICO_EVENT_BLOCK_ADD,	/* a host got a block of ports */
	PORTICO_EVENT_BLOCK_DEL,	/* and none of them is taken any more */

	__PORTICO_EVENT_MAX
};

/* Set portico_block: external ports that are one host's (UPLINK_BLOCK). */
enum portico_block_attr {
	PORTICO_A_BLOCK_UNSPEC,
	PORTICO_A_BLOCK_PAD,
	PORTICO_A_BLOCK_HOST,		/* binary: inside address */
	PORTICO_A_BLOCK_EXTERNAL,	/* binary: external address */
	PORTICO_A_BLOCK_FIRST,		/* u16 host order: its first port */
	PORTICO_A_BLOCK_COUNT,		/* u16 host order: how many */
	PORTICO_A_BLOCK_UPLINK,		/* string */
	PORTICO_A_BLOCK_PORT,		/* u16 host order, filter only: lies in it */
	PORTICO_A_BLOCK_USED,		/* u32 (replies to GET): ports taken now, those
					 * at rest too, over all protocols
					 */
	PORTICO_A_BLOCK_DETERMINISTIC,	/* flag (replies to GET) */

	__PORTICO_A_BLOCK_MAX,
	PORTICO_A_BLOCK_MAX = __PORTICO_A_BLOCK_MAX - 1
};

/* Set portico_event: exactly one of the nests is present. */
enum portico_event_attr {
	PORTICO_A_EVENT_UNSPEC,
	PORTICO_A_EVENT_PAD,
	PORTICO_A_EVENT_TYPE,		/* u8 portico_event_type */
	PORTICO_A_EVENT_SEQ,		/* u32: one more each event of the
					 * namespace; a gap is a loss
					 */
	PORTICO_A_EVENT_AT,		/* u64 ns */
	PORTICO_A_EVENT_REASON,		/* string: why (refused, deleted) */
	PORTICO_A_EVENT_MAPPING,	/* nest portico_mapping */
	PORTICO_A_EVENT_UPLINK,		/* nest portico_uplink */
	PORTICO_A_EVENT_INSIDE,		/* nest portico_inside */
	PORTICO_A_EVENT_FORWARD,	/* nest portico_forward */
	PORTICO_A_EVENT_SOCKET,		/* nest portico_socket */
	PORTICO_A_EVENT_HOST,		/* nest portico_host */
	PORTICO_A_EVENT_ACCOUNT,	/* nest portico_account */
	PORTICO_A_EVENT_BLOCK,		/* nest portico_block */

	__PORTICO_A_EVENT_MAX,
	PORTICO_A_EVENT_MAX = __PORTICO_A_EVENT_MAX - 1
};

#endif /* _UAPI_LINUX_PORTICO_H */
