/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a packet passed, was translated or was dropped: every exit of every hook
 * names exactly one reason, and per hook of the translation the packets seen equal
 * the sum over its reasons (the audit checks it). Those of local sockets count once,
 * where packets leave, and rows and records have to agree.
 */
#ifndef PORTICO_REASON_H
#define PORTICO_REASON_H

#include <linux/percpu.h>
#include <linux/portico.h>

struct portico_net;
struct sk_buff;

/* X(symbol, "stable-name", verdict, "text for a person") */
#define PORTICO_REASONS(X)						\
	X(OUTBOUND, "outbound", TRANSLATED,				\
	  "left by an uplink with an external source")			\
	X(INBOUND, "inbound", TRANSLATED,				\
	  "reached an inside host through its mapping")			\
	X(HAIRPIN, "hairpin", TRANSLATED,				\
	  "inside host reached another by its external endpoint")	\
	X(ICMP_ERROR, "icmp-error", TRANSLATED,				\
	  "ICMP error about a mapped flow, handed to its owner")	\
	X(NPT, "npt", TRANSLATED,					\
	  "IPv6 prefix exchanged (RFC 6296)")				\
	X(NPT_HAIRPIN, "npt-hairpin", TRANSLATED,			\
	  "IPv6 prefixes exchanged on both sides, from inside to inside") \
	X(NOT_OURS, "not-ours", PASS,					\
	  "neither from an inside prefix nor to an external address")	\
	X(NOT_UPLINK, "not-uplink", PASS,				\
	  "inside source, but not leaving by an uplink")		\
	X(EXEMPT, "exempt", PASS,					\
	  "to a destination that is exempt from translation")		\
	X(UNTOUCHED, "untouched", PASS,					\
	  "already handled earlier on its way")				\
	X(LINK_SCOPE, "link-scope", PASS,				\
	  "link-local address or neighbour discovery: stays on its link") \
	X(LOCAL, "local", PASS,						\
	  "external address, no mapping: left to the gateway itself")	\
	X(SLOW, "slow-path", PASS,					\
	  "fast path left it to the normal way")			\
	X(UNSOLICITED, "unsolicited", DROP,				\
	  "from outside, no mapping for its destination")		\
	X(FILTERED, "filtered", DROP,					\
	  "from outside, mapping exists, remote not allowed by filtering") \
	X(MAPPINGS_FULL, "mappings-full", DROP,				\
	  "mapping table is full, new mapping refused")			\
	X(SESSIONS_FULL, "sessions-full", DROP,				\
	  "session table is full, new session refused")			\
	X(HOSTS_FULL, "hosts-full", DROP,				\
	  "host table is full, new host refused")			\
	X(PORTS_EXHAUSTED, "ports-exhausted", DROP,			\
	  "no external port is free")					\
	X(BLOCKS_EXHAUSTED, "blocks-exhausted", DROP,			\
	  "no block of external ports is free")				\
	X(HOST_BLOCKS, "host-blocks", DROP,				\
	  "host has reached its cap of blocks of external ports")	\
	X(TUNNEL_TAKEN, "tunnel-taken", DROP,				\
	  "GRE or ESP: another inside host has it at this external address") \
	X(HOST_PORTS, "host-ports", DROP,				\
	  "host has reached its cap of external ports")			\
	X(HOST_SESSIONS, "host-sessions", DROP,				\
	  "host has reached its cap of sessions")			\
	X(HOST_RATE, "host-rate", DROP,					\
	  "host makes mappings faster than its rate")			\
	X(HOST_QUOTA, "host-quota", DROP,				\
	  "host has used up its quota of bytes")			\
	X(NO_ADDRESS, "no-address", DROP,				\
	  "uplink has no external address now")				\
	X(ADDRESS_AWAY, "address-away", DROP,				\
	  "external address is not there now, its mappings wait for it")	\
	X(WRONG_UPLINK, "wrong-uplink", DROP,				\
	  "inside prefix may not leave by this uplink")			\
	X(NO_MEMORY, "no-memory", DROP,					\
	  "kernel memory could not be allocated")			\
	X(NOT_OPENING, "not-opening", DROP,				\
	  "TCP segment without a mapping that is not a SYN")		\
	X(BAD_PACKET, "bad-packet", DROP,				\
	  "header is cut short or contradicts itself")			\
	X(BAD_CHECKSUM, "bad-checksum", DROP,				\
	  "ICMP error with a wrong checksum")				\
	X(ICMP_UNRELATED, "icmp-unrelated", DROP,			\
	  "ICMP error about no mapped flow")				\
	X(ICMP_UNKNOWN, "icmp-unknown", DROP,				\
	  "ICMP message that cannot be translated")			\
	X(PROTO_UNKNOWN, "proto-unknown", DROP,				\
	  "transport protocol that cannot be translated")		\
	X(FRAGMENT, "fragment", DROP,					\
	  "fragment that could not be put together")			\
	X(MARTIAN, "martian", DROP,					\
	  "inside source arriving on an uplink")			\
	X(MULTICAST, "multicast", DROP,					\
	  "from an inside IPv6 prefix to a multicast group")		\
	X(HAIRPIN_OFF, "hairpin-off", DROP,				\
	  "hairpinning is switched off on this uplink")			\
	X(NPT_UNMAPPABLE, "npt-unmappable", DROP,			\
	  "IPv6 address that RFC 6296 cannot map")			\
	X(SOCKET, "socket", PASS,					\
	  "booked on a local socket")					\
	X(SOCKETS_FULL, "sockets-full", PASS,				\
	  "local socket without a record: the table is full")		\
	X(NO_SOCKET, "no-socket", PASS,					\
	  "local port without a socket")				\
	X(NO_PORT, "no-port", PASS,					\
	  "local traffic of a protocol without ports")			\
	X(KERNEL, "kernel", PASS,					\
	  "sent by the kernel itself, not by a socket")

enum reason {
#define X(sym, name, verdict, text) REASON_##sym,
	PORTICO_REASONS(X)
#undef X
	__REASON_MAX
};

struct reason_count {
	u64 packets;
	u64 bytes;
};

/* One CPU's book; also the form in which the sum over CPUs is given. */
struct reason_cpu {
	struct reason_count seen[__PORTICO_HOOK_MAX];	/* local hooks: nothing */
	struct reason_count at[__PORTICO_HOOK_MAX][__REASON_MAX];
};

struct reason_info {
	const char *name;
	const char *text;
	enum portico_verdict verdict;
};

extern const struct reason_info reason_info[__REASON_MAX];

int reason_net_init(struct portico_net *pn);
void reason_net_exit(struct portico_net *pn);

static inline bool reason_is_local(enum portico_hook hook)
{
	return hook == PORTICO_HOOK_LOCAL_IN || hook == PORTICO_HOOK_LOCAL_OUT;
}

/*
 * Packet arrives at @hook, not a local one: @packets wire packets of @bytes layer-3 bytes.
 * this_cpu_add() is one instruction and safe in any context.
 */
static inline void reason_seen(struct reason_cpu __percpu *book,
			       enum portico_hook hook, u32 packets, u32 bytes)
{
	this_cpu_add(book->seen[hook].packets, packets);
	this_cpu_add(book->seen[hook].bytes, bytes);
}

/* Packet leaves @hook for @why; the figures that reason_seen() was given. */
static inline void reason_count(struct reason_cpu __percpu *book,
				enum portico_hook hook, enum reason why,
				u32 packets, u32 bytes)
{
	this_cpu_add(book->at[hook][why].packets, packets);
	this_cpu_add(book->at[hook][why].bytes, bytes);
}

/* Sum over all CPUs into @sum (large: allocate it). Any context. */
void reason_read(struct portico_net *pn, struct reason_cpu *sum);

/* As reason_read(), less what was there at the last reset. Config lock held. */
void reason_shown(struct portico_net *pn, struct reason_cpu *sum);

/*
 * The same, and from now on reason_shown() counts from there: nothing that is
 * counted is lost in between. Config lock held.
 */
void reason_reset(struct portico_net *pn, struct reason_cpu *sum);

#endif
