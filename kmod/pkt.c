// SPDX-License-Identifier: GPL-2.0
/* Parsing: what the headers say, and whether they can be true. */
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "pkt.h"

#define EXTHDRS_MAX	16	/* each kind comes once; options perhaps twice */

u32 pkt_segments(const struct sk_buff *skb, unsigned int hdrlen)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	/* What a virtual machine has put together says only how large they are. */
	return shinfo->gso_segs ?:
	       DIV_ROUND_UP(skb->len - min(hdrlen, skb->len - 1), shinfo->gso_size);
}

static bool icmp4_is_query(u8 type)
{
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY ||
	       type == ICMP_TIMESTAMP || type == ICMP_TIMESTAMPREPLY;
}

static bool icmp4_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT;
}

static bool icmp6_is_query(u8 type)
{
	return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
}

static enum pkt_parse parse_tcp(struct portico_pkt *pkt)
{
	const struct tcphdr *th;
	unsigned int len;

	if (!pskb_may_pull(pkt->skb, pkt->l4 + sizeof(*th)))
		return PKT_BAD;
	th = pkt_l4(pkt);
	len = th->doff * 4;
	if (len < sizeof(*th) || !pskb_may_pull(pkt->skb, pkt->l4 + len))
		return PKT_BAD;
	th = pkt_l4(pkt);
	pkt->sport = th->source;
	pkt->dport = th->dest;
	pkt->has_ports = 1;
	pkt_wire(pkt->skb, pkt->l4 + len, &pkt->packets, &pkt->bytes);
	return PKT_OK;
}

/* UDP-Lite says how much its checksum covers; nothing is all, RFC 3828 3.1. */
static bool covers_all(const struct portico_pkt *pkt, const struct udphdr *uh)
{
	return pkt->proto == IPPROTO_UDPLITE && !uh->len;
}

static enum pkt_parse parse_udp(struct portico_pkt *pkt)
{
	const struct udphdr *uh;

	if (!pskb_may_pull(pkt->skb, pkt->l4 + sizeof(*uh)))
		return PKT_BAD;
	uh = pkt_l4(pkt);
	/* An aggregate's length field speaks of the whole or of nothing. */
	if (!skb_is_gso(pkt->skb) && !covers_all(pkt, uh) &&
	    !pkt_udp_fits(uh, pkt->skb->len - pkt->l4))
		return PKT_BAD;
	pkt->sport = uh->source;
	pkt->dport = uh->dest;
	pkt->has_ports = 1;
	pkt_wire(pkt->skb, pkt->l4 + sizeof(*uh), &pkt->packets, &pkt->bytes);
	return PKT_OK;
}

#define SCTP_HEADER	12	/* RFC 9260 3.1 */
#define DCCP_HEADER	12	/* RFC 4340 5.1, the shorter form */

/* Ports first, as everywhere; of the rest only the length is asked. */
static enum pkt_parse parse_ports(struct portico_pkt *pkt, unsigned int header)
{
	const __be16 *ports;

	if (!pskb_may_pull(pkt->skb, pkt->l4 + header))
		return PKT_BAD;
	ports = pkt_l4(pkt);
	pkt->sport = ports[0];
	pkt->dport = ports[1];
	pkt->has_ports = 1;
	pkt_wire(pkt->skb, pkt->l4 + header, &pkt->packets, &pkt->bytes);
	return PKT_OK;
}

#define GRE_HEADER	4	/* RFC 2784 2.1, without what is optional */
#define ESP_HEADER	8	/* RFC 4303 2: SPI and sequence number */

/* What each segment of an aggregate repeats: the headers inside the tunnel too. */
static unsigned int tunnel_hdrlen(const struct portico_pkt *pkt,
				  unsigned int header)
{
	struct sk_buff *skb = pkt->skb;
	int inner;

	if (!skb_is_gso(skb) || !skb->encapsulation)
		return pkt->l4 + header;
	inner = skb_inner_transport_offset(skb);
	if (!skb_is_gso_tcp(skb))
		return inner + sizeof(struct udphdr);
	return pskb_may_pull(skb, inner + sizeof(struct tcphdr)) ?
	       inner + inner_tcp_hdrlen(skb) : inner + sizeof(struct tcphdr);
}

/* No ports: 0 stands for them, both. */
static enum pkt_parse parse_tunnel(struct portico_pkt *pkt, unsigned int header)
{
	if (!pskb_may_pull(pkt->skb, pkt->l4 + header))
		return PKT_BAD;
	pkt->has_ports = 1;
	pkt_wire(pkt->skb, tunnel_hdrlen(pkt, header), &pkt->packets,
		 &pkt->bytes);
	return PKT_OK;
}

static enum pkt_parse parse_icmp(struct portico_pkt *pkt)
{
	const struct icmphdr *ih;

	if (!pskb_may_pull(pkt->skb, pkt->l4 + sizeof(*ih)))
		return PKT_BAD;
	ih = pkt_l4(pkt);
	pkt->icmp_type = ih->type;
	if (pkt->family == NFPROTO_IPV4) {
		pkt->icmp_query = icmp4_is_query(ih->type);
		pkt->icmp_error = icmp4_is_error(ih->type);
	} else {
		pkt->icmp_query = icmp6_is_query(ih->type);
		pkt->icmp_error = !(ih->type & ICMPV6_INFOMSG_MASK);
	}
	if (!pkt->icmp_query)
		return PKT_NO_PORTS;
	/* The identifier stands in the same place in both families. */
	pkt->sport = ih->un.echo.id;
	pkt->dport = ih->un.echo.id;
	pkt->has_ports = 1;
	return PKT_OK;
}

static bool parse_ipv4(struct portico_pkt *pkt)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(pkt->skb, sizeof(*iph)))
		return false;
	iph = ip_hdr(pkt->skb);
	if (iph->version != 4 || iph->ihl < 5 ||
	    !pskb_may_pull(pkt->skb, iph->ihl * 4))
		return false;
	iph = ip_hdr(pkt->skb);
	pkt->l4 = iph->ihl * 4;
	pkt->proto = iph->protocol;
	pkt->fragment = ip_is_fragment(iph);
	pkt->src.ip = iph->saddr;
	pkt->dst.ip = iph->daddr;
	return true;
}

int pkt_ipv6_l4(const struct sk_buff *skb, unsigned int at, u8 *nexthdr,
		__be16 *frag_off)
{
	const struct ipv6_opt_hdr *opt;
	const struct ipv6_rt_hdr *rt;
	const struct frag_hdr *frag;
	struct frag_hdr buf;
	int n;

	for (n = 0; n < EXTHDRS_MAX; n++) {
		switch (*nexthdr) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
			/* Of a routing header, byte 3 is how many are left. */
			opt = skb_header_pointer(skb, at, sizeof(*rt), &buf);
			if (!opt)
				return -1;
			rt = (const struct ipv6_rt_hdr *)opt;
			if (*nexthdr == NEXTHDR_ROUTING && rt->segments_left)
				return at;
			*nexthdr = opt->nexthdr;
			at += ipv6_optlen(opt);
			break;
		case NEXTHDR_FRAGMENT:
			frag = skb_header_pointer(skb, at, sizeof(*frag), &buf);
			if (!frag)
				return -1;
			*frag_off = frag->frag_off;
			/* Behind a later fragment's header is the middle. */
			if (*frag_off & htons(IP6_OFFSET))
				return at;
			*nexthdr = frag->nexthdr;
			at += sizeof(*frag);
			break;
		default:
			return at <= skb->len ? at : -1;
		}
	}
	return -1;
}

bool pkt_is_discovery(const struct portico_pkt *pkt)
{
	return pkt->proto == IPPROTO_ICMPV6 &&
	       pkt->icmp_type >= NDISC_ROUTER_SOLICITATION &&
	       pkt->icmp_type <= NDISC_REDIRECT &&
	       ipv6_hdr(pkt->skb)->hop_limit == 255;
}

static bool parse_ipv6(struct portico_pkt *pkt)
{
	const struct ipv6hdr *iph;
	__be16 frag_off = 0;
	int l4;
	u8 nexthdr;

	if (!pskb_may_pull(pkt->skb, sizeof(*iph)))
		return false;
	iph = ipv6_hdr(pkt->skb);
	if (iph->version != 6)
		return false;
	pkt->src.in6 = iph->saddr;
	pkt->dst.in6 = iph->daddr;
	nexthdr = iph->nexthdr;
	l4 = pkt_ipv6_l4(pkt->skb, sizeof(*iph), &nexthdr, &frag_off);
	if (l4 < 0 || l4 > U16_MAX)
		return false;
	pkt->l4 = l4;
	pkt->proto = nexthdr;
	pkt->fragment = (frag_off & htons(IP6_OFFSET | IP6_MF)) != 0;
	return true;
}

enum pkt_parse pkt_parse(struct portico_pkt *pkt, struct sk_buff *skb,
			 u8 family)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->skb = skb;
	pkt->family = family;
	pkt->packets = 1;
	pkt->bytes = skb->len;
	if (family == NFPROTO_IPV4 ? !parse_ipv4(pkt) : !parse_ipv6(pkt))
		return PKT_BAD;
	/* Without its first bytes a fragment has no transport header to trust. */
	if (pkt->fragment)
		return PKT_NO_PORTS;

	switch (pkt->proto) {
	case IPPROTO_TCP:
		return parse_tcp(pkt);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return parse_udp(pkt);
	case IPPROTO_SCTP:
		return parse_ports(pkt, SCTP_HEADER);
	case IPPROTO_DCCP:
		return parse_ports(pkt, DCCP_HEADER);
	case IPPROTO_GRE:
		return parse_tunnel(pkt, GRE_HEADER);
	case IPPROTO_ESP:
		return parse_tunnel(pkt, ESP_HEADER);
	case IPPROTO_ICMP:
		return family == NFPROTO_IPV4 ? parse_icmp(pkt) : PKT_NO_PORTS;
	case IPPROTO_ICMPV6:
		return family == NFPROTO_IPV6 ? parse_icmp(pkt) : PKT_NO_PORTS;
	default:
		return PKT_NO_PORTS;
	}
}
