// SPDX-License-Identifier: GPL-2.0
/* Rewriting endpoints. */
#include <linux/bitops.h>
#include <net/checksum.h>

#include "ident.h"
#include "xlate.h"

/* Bytes of transport header that a rewrite touches. */
static unsigned int l4_written(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return sizeof(struct udphdr);
	default:
		return 0;
	}
}

static void csum_addr(struct portico_pkt *pkt, __sum16 *check,
		      const union nf_inet_addr *from,
		      const union nf_inet_addr *to)
{
	if (pkt->family == NFPROTO_IPV4)
		inet_proto_csum_replace4(check, pkt->skb, from->ip, to->ip, true);
	else
		inet_proto_csum_replace16(check, pkt->skb, from->ip6, to->ip6,
					  true);
}

/* A port, and the checksum that is over it and the addresses. */
static void rewrite_port(struct portico_pkt *pkt, __sum16 *check, __be16 *field,
			 const union nf_inet_addr *from,
			 const union nf_inet_addr *to, __be16 port)
{
	csum_addr(pkt, check, from, to);
	inet_proto_csum_replace2(check, pkt->skb, *field, port, false);
	*field = port;
}

static void rewrite_tcp(struct portico_pkt *pkt, enum xlate_side side,
			const union nf_inet_addr *from,
			const union nf_inet_addr *to, __be16 port)
{
	struct tcphdr *th = pkt_l4(pkt);

	rewrite_port(pkt, &th->check,
		     side == XLATE_SRC ? &th->source : &th->dest, from, to, port);
}

/*
 * Is the checksum in the header of @pkt still to be made? Not if it is that of a packet
 * within this one that is to be made, unless segments get theirs in the same way.
 */
static bool udp_is_partial(const struct portico_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;

	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       (skb_checksum_start_offset(skb) == pkt->l4 ||
		(skb_is_gso(skb) &&
		 skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM));
}

/* A checksum that is whole, whatever skb->ip_summed says of one within. */
static void rewrite_whole(struct portico_pkt *pkt, __sum16 *check, __be16 *field,
			  const union nf_inet_addr *from,
			  const union nf_inet_addr *to, __be16 port)
{
	xlate_check_addr(check, pkt->family, from, to);
	csum_replace2(check, *field, port);
	*field = port;
}

/* RFC 768: zero says that there is no checksum; a computed zero is 0xffff. */
static void rewrite_udp(struct portico_pkt *pkt, enum xlate_side side,
			const union nf_inet_addr *from,
			const union nf_inet_addr *to, __be16 port)
{
	struct udphdr *uh = pkt_l4(pkt);
	__be16 *field = side == XLATE_SRC ? &uh->source : &uh->dest;
	bool partial = udp_is_partial(pkt);

	if (!uh->check && !partial) {
		*field = port;
		return;
	}
	if (pkt->skb->ip_summed == CHECKSUM_PARTIAL && !partial)
		rewrite_whole(pkt, &uh->check, field, from, to, port);
	else
		rewrite_port(pkt, &uh->check, field, from, to, port);
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}

/* Ports and checksum stand where UDP has them, but zero is a sum like another. */
static void rewrite_dccp(struct portico_pkt *pkt, enum xlate_side side,
			 const union nf_inet_addr *from,
			 const union nf_inet_addr *to, __be16 port)
{
	struct udphdr *uh = pkt_l4(pkt);

	rewrite_port(pkt, &uh->check,
		     side == XLATE_SRC ? &uh->source : &uh->dest, from, to, port);
}

/* The identifier; only ICMPv6 sums the addresses too. */
static void rewrite_query(struct portico_pkt *pkt,
			  const union nf_inet_addr *from,
			  const union nf_inet_addr *to, __be16 id)
{
	struct icmphdr *ih = pkt_l4(pkt);

	if (pkt->proto == IPPROTO_ICMPV6)
		csum_addr(pkt, &ih->checksum, from, to);
	inet_proto_csum_replace2(&ih->checksum, pkt->skb, ih->un.echo.id, id,
				 false);
	ih->un.echo.id = id;
}

void xlate_addr(struct portico_pkt *pkt, enum xlate_side side,
		const union nf_inet_addr *addr)
{
	union nf_inet_addr *mine = side == XLATE_SRC ? &pkt->src : &pkt->dst;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	__be32 *field;

	if (pkt->family == NFPROTO_IPV4) {
		iph = ip_hdr(pkt->skb);
		field = side == XLATE_SRC ? &iph->saddr : &iph->daddr;
		csum_replace4(&iph->check, *field, addr->ip);
		*field = addr->ip;
		if (side == XLATE_SRC && ident_matters(pkt->skb, iph))
			ident_renew(dev_net(pkt_dev(pkt)), iph, pkt->packets);
	} else {
		ip6h = ipv6_hdr(pkt->skb);
		if (side == XLATE_SRC)
			ip6h->saddr = addr->in6;
		else
			ip6h->daddr = addr->in6;
	}
	*mine = *addr;
}

bool xlate_endpoint(struct portico_pkt *pkt, enum xlate_side side,
		    const union nf_inet_addr *addr, __be16 port)
{
	const union nf_inet_addr from = side == XLATE_SRC ? pkt->src : pkt->dst;

	if (skb_ensure_writable(pkt->skb, pkt->l4 + l4_written(pkt->proto)))
		return false;
	switch (pkt->proto) {
	case IPPROTO_TCP:
		rewrite_tcp(pkt, side, &from, addr, port);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		rewrite_udp(pkt, side, &from, addr, port);
		break;
	case IPPROTO_DCCP:
		rewrite_dccp(pkt, side, &from, addr, port);
		break;
	case IPPROTO_SCTP:
		/* Its CRC knows no addresses, and its port is kept (pool.c). */
	case IPPROTO_GRE:
	case IPPROTO_ESP:
		/* No ports; a checksum, where there is one, knows no addresses. */
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		rewrite_query(pkt, &from, addr, port);
		break;
	}
	xlate_addr(pkt, side, addr);
	if (side == XLATE_SRC)
		pkt->sport = port;
	else
		pkt->dport = port;
	return true;
}
