/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Endpoints: an IP address and a port of one protocol. For ICMP queries the
 * identifier stands in for the port.
 */
#ifndef PORTICO_TUPLE_H
#define PORTICO_TUPLE_H

#include <linux/netfilter.h>
#include <net/ipv6.h>

struct endpoint {
	union nf_inet_addr addr;	/* IPv4: all[1..3] are zero */
	__be16 port;
	u8 proto;
	u8 family;			/* NFPROTO_IPV4, NFPROTO_IPV6 */
};

static inline bool addr_equal(const union nf_inet_addr *a,
			      const union nf_inet_addr *b)
{
	return ipv6_addr_equal(&a->in6, &b->in6);
}

static inline bool addr_is_any(const union nf_inet_addr *a)
{
	return ipv6_addr_any(&a->in6);
}

static inline unsigned int addr_len(u8 family)
{
	return family == NFPROTO_IPV4 ? 4 : 16;
}

/* Random, of the module. */
struct addr_secret {
	u64 word[5];
};

extern struct addr_secret addr_secret;

/*
 * 32 bits of all 128, by the secret: a host can choose as many IPv6 addresses as it
 * likes, but not such as fold alike (pair-multiply, as in key_hash.h, for two pairs).
 */
static inline u32 addr_fold(const union nf_inet_addr *a)
{
	const u64 *secret = addr_secret.word;
	u64 high, low;

	high = (secret[0] + (__force u32)a->all[0]) * (secret[1] + (__force u32)a->all[1]);
	low = (secret[2] + (__force u32)a->all[2]) * (secret[3] + (__force u32)a->all[3]);
	return (secret[4] + high + low) >> 32;
}

/*
 * 32 bits that stand for an address in keys: the IPv4 address itself, or a fold
 * of the IPv6 one, whose owner must then compare all of it.
 */
static inline u32 addr_id(const union nf_inet_addr *a, u8 family)
{
	return likely(family == NFPROTO_IPV4) ? (__force u32)a->ip : addr_fold(a);
}

/* One word of key: everything an IPv4 endpoint is. */
static inline u64 endpoint_key(u32 id, __be16 port, u8 proto, u8 family)
{
	return (u64)id << 32 | (u32)(__force u16)port << 16 |
	       (u32)proto << 8 | family;
}

static inline u8 key_proto(u64 key)
{
	return key >> 8;
}

static inline u8 key_family(u64 key)
{
	return key;
}

static inline __be16 key_port(u64 key)
{
	return (__force __be16)(u16)(key >> 16);
}

#endif
