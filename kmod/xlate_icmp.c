// SPDX-License-Identifier: GPL-2.0
/* Rewriting what ICMP errors carry. */
#include <linux/bitops.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "pool.h"
#include "xlate.h"
#include "xlate_icmp.h"

/* Source and destination ports, or an identifier: the first eight bytes. */
#define INNER_L4_MIN	8

static bool checksum_ok(struct portico_pkt *pkt)
{
	/*
	 * Of the sum in skb->csum nothing is trusted: it may begin elsewhere.
	 * CHECKSUM_PARTIAL means that this gateway wrote the error itself.
	 */
	if (pkt->skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	if (pkt->family == NFPROTO_IPV4)
		return !csum_fold(skb_checksum(pkt->skb, pkt->l4,
					       pkt->skb->len - pkt->l4, 0));
	return !csum_ipv6_magic(&pkt->src.in6, &pkt->dst.in6,
				pkt->skb->len - pkt->l4, IPPROTO_ICMPV6,
				skb_checksum(pkt->skb, pkt->l4,
					     pkt->skb->len - pkt->l4, 0));
}

/* RFC 5508 REQ-3a. */
static bool header_sum_ok(const struct sk_buff *skb, unsigned int at,
			  unsigned int len)
{
	return skb->len - at >= len &&
	       !csum_fold(skb_checksum(skb, at, len, 0));
}

static bool inner_ipv4(struct portico_pkt *pkt, struct icmp_inner *inner)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(pkt->skb, inner->l3, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    iph->frag_off & htons(IP_OFFSET) ||
	    !header_sum_ok(pkt->skb, inner->l3, iph->ihl * 4))
		return false;
	inner->l4 = inner->l3 + iph->ihl * 4;
	inner->proto = iph->protocol;
	inner->src.addr.ip = iph->saddr;
	inner->dst.addr.ip = iph->daddr;
	return true;
}

static bool inner_ipv6(struct portico_pkt *pkt, struct icmp_inner *inner)
{
	const struct ipv6hdr *iph;
	struct ipv6hdr buf;
	__be16 frag_off = 0;
	u8 nexthdr;
	int l4;

	iph = skb_header_pointer(pkt->skb, inner->l3, sizeof(buf), &buf);
	if (!iph || iph->version != 6)
		return false;
	inner->src.addr.in6 = iph->saddr;
	inner->dst.addr.in6 = iph->daddr;
	nexthdr = iph->nexthdr;
	l4 = pkt_ipv6_l4(pkt->skb, inner->l3 + sizeof(*iph), &nexthdr,
			 &frag_off);
	if (l4 < 0 || frag_off & htons(IP6_OFFSET))
		return false;
	inner->l4 = l4;
	inner->proto = nexthdr;
	return true;
}

static bool inner_is_query(u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

int icmp_inner_parse(struct portico_pkt *pkt, struct icmp_inner *inner)
{
	__be16 ports[INNER_L4_MIN / 2];
	const __be16 *p;

	memset(inner, 0, sizeof(*inner));
	if (!checksum_ok(pkt))
		return -EBADMSG;
	inner->l3 = pkt->l4 + sizeof(struct icmphdr);
	if (pkt->family == NFPROTO_IPV4 ? !inner_ipv4(pkt, inner) :
					  !inner_ipv6(pkt, inner))
		return -EINVAL;
	p = skb_header_pointer(pkt->skb, inner->l4, sizeof(ports), ports);
	if (!p)
		return -EINVAL;
	inner->left = pkt->skb->len - inner->l4;
	inner->src.proto = inner->proto;
	inner->dst.proto = inner->proto;
	inner->src.family = pkt->family;
	inner->dst.family = pkt->family;
	if (is_tunnel(inner->proto))
		return 0;
	/* Words 0 and 1 are the ports, word 2 of a query its identifier. */
	inner->src.port = inner_is_query(inner->proto) ? p[2] : p[0];
	inner->dst.port = inner_is_query(inner->proto) ? p[2] : p[1];
	return 0;
}

/* Where the embedded transport checksum stands, 0 when it is not there. */
static unsigned int inner_check_offset(const struct icmp_inner *inner)
{
	unsigned int at;

	switch (inner->proto) {
	case IPPROTO_TCP:
		at = offsetof(struct tcphdr, check);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		at = offsetof(struct udphdr, check);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		at = offsetof(struct icmphdr, checksum);
		break;
	default:
		return 0;
	}
	return inner->left >= at + sizeof(__sum16) ? inner->l4 + at : 0;
}

static void inner_checksum(struct portico_pkt *pkt, struct icmp_inner *inner,
			   const struct endpoint *from,
			   const union nf_inet_addr *to, __be16 port)
{
	unsigned int at = inner_check_offset(inner);
	__sum16 *check;

	if (!at)
		return;
	check = (__sum16 *)(skb_network_header(pkt->skb) + at);
	/* Of UDP, zero stands for none. */
	if (inner->proto == IPPROTO_UDP && !*check)
		return;
	if (inner->proto != IPPROTO_ICMP)
		xlate_check_addr(check, pkt->family, &from->addr, to);
	csum_replace2(check, from->port, port);
	if (inner->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

static void inner_addr(struct portico_pkt *pkt, const struct icmp_inner *inner,
		       bool source, const union nf_inet_addr *addr)
{
	void *l3 = skb_network_header(pkt->skb) + inner->l3;
	struct ipv6hdr *ip6h = l3;
	struct iphdr *iph = l3;
	__be32 *field;

	if (pkt->family == NFPROTO_IPV4) {
		field = source ? &iph->saddr : &iph->daddr;
		csum_replace4(&iph->check, *field, addr->ip);
		*field = addr->ip;
	} else if (source) {
		ip6h->saddr = addr->in6;
	} else {
		ip6h->daddr = addr->in6;
	}
}

bool icmp_inner_rewrite(struct portico_pkt *pkt, struct icmp_inner *inner,
			bool source, const union nf_inet_addr *addr,
			__be16 port)
{
	struct endpoint *side = source ? &inner->src : &inner->dst;
	unsigned int writable = inner->l4 + min_t(unsigned int, inner->left,
						  sizeof(struct tcphdr));
	__be16 *l4;

	if (skb_ensure_writable(pkt->skb, writable))
		return false;
	inner_checksum(pkt, inner, side, addr, port);
	inner_addr(pkt, inner, source, addr);
	l4 = (__be16 *)(skb_network_header(pkt->skb) + inner->l4);
	if (inner_is_query(inner->proto))
		l4[2] = port;
	else if (!is_tunnel(inner->proto))
		l4[source ? 0 : 1] = port;
	side->addr = *addr;
	side->port = port;
	return true;
}

/* Errors are few and short: sum anew rather than carry every difference. */
void icmp_checksum(struct portico_pkt *pkt)
{
	struct icmphdr *ih = pkt_l4(pkt);
	unsigned int len = pkt->skb->len - pkt->l4;
	__wsum sum;

	ih->checksum = 0;
	sum = skb_checksum(pkt->skb, pkt->l4, len, 0);
	if (pkt->family == NFPROTO_IPV4)
		ih->checksum = csum_fold(sum);
	else
		ih->checksum = csum_ipv6_magic(&pkt->src.in6, &pkt->dst.in6,
					       len, IPPROTO_ICMPV6, sum);
	/* What a card had summed no longer holds; the checksum is whole. */
	if (pkt->skb->ip_summed != CHECKSUM_NONE)
		pkt->skb->ip_summed = CHECKSUM_UNNECESSARY;
}
