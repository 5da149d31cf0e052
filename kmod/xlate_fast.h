/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Translation of the fast path: plain TCP and UDP whose headers are writable and
 * whose checksum is whole (not CHECKSUM_PARTIAL). All differences of one checksum
 * are added up first and folded once.
 */
#ifndef PORTICO_XLATE_FAST_H
#define PORTICO_XLATE_FAST_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

/* The change of a one's-complement sum in which @to stands for @from. */
static inline u64 diff32(__be32 from, __be32 to)
{
	return (u64)(u32)~(__force u32)from + (__force u32)to;
}

static inline u64 diff16(__be16 from, __be16 to)
{
	return (u64)(u16)~(__force u16)from + (__force u16)to;
}

static inline u64 diff128(const struct in6_addr *from, const struct in6_addr *to)
{
	u64 diff = 0;
	int i;

	for (i = 0; i < 4; i++)
		diff += diff32(from->s6_addr32[i], to->s6_addr32[i]);
	return diff;
}

/* @check after its sum changed by @diff (RFC 1624, equation 3). */
static inline __sum16 csum_changed(__sum16 check, u64 diff)
{
	u64 sum = (u16)~(__force u16)check + diff;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__force __sum16)(u16)~sum;
}

/* The transport header's checksum; 0 in UDP says that there is none. */
static inline void l4_changed(u8 proto, void *l4, u64 diff)
{
	struct tcphdr *th = l4;
	struct udphdr *uh = l4;

	if (proto == IPPROTO_TCP) {
		th->check = csum_changed(th->check, diff);
	} else if (uh->check) {
		uh->check = csum_changed(uh->check, diff);
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
	}
}

/*
 * Put @to and @port in place of @addr and @field, which point into the packet,
 * and take one hop off the TTL.
 */
static inline void xlate_fast(struct iphdr *iph, __be32 *addr, __be32 to,
			      void *l4, __be16 *field, __be16 port)
{
	u64 ip = diff32(*addr, to);

	l4_changed(iph->protocol, l4, ip + diff16(*field, port));
	*field = port;
	*addr = to;
	/* The TTL is the upper byte of its word. */
	iph->check = csum_changed(iph->check, ip + (u16)~(__force u16)htons(0x0100));
	iph->ttl--;
}

/* The same of IPv6, whose header has no checksum. */
static inline void xlate_fast6(struct ipv6hdr *ip6h, struct in6_addr *addr,
			       const struct in6_addr *to, void *l4,
			       __be16 *field, __be16 port)
{
	l4_changed(ip6h->nexthdr, l4, diff128(addr, to) + diff16(*field, port));
	*field = port;
	*addr = *to;
	ip6h->hop_limit--;
}

#endif
