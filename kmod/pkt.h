/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One packet, looked at: addresses, ports and sizes, checked against what the
 * buffer really holds. Parsing never writes to the packet.
 *
 * skb->data is at the network header (true in every netfilter hook). Pulling
 * may move the headers: pointers into the packet are taken anew through
 * pkt_l4() after every pull.
 */
#ifndef PORTICO_PKT_H
#define PORTICO_PKT_H

#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>

struct portico_pkt {
	struct sk_buff *skb;
	union nf_inet_addr src;		/* IPv4: all[1..3] are zero */
	union nf_inet_addr dst;
	__be16 sport;			/* ICMP query: identifier, both */
	__be16 dport;
	u8 family;			/* NFPROTO_IPV4, NFPROTO_IPV6 */
	u8 proto;			/* IPPROTO_* of the transport header */
	u8 icmp_type;
	u8 icmp_error:1;		/* ICMP error: ports are not set */
	u8 icmp_query:1;
	u8 has_ports:1;			/* sport and dport are set, for GRE and
					 * ESP to the 0 that stands for them
					 */
	u8 fragment:1;			/* not the whole datagram */
	u16 l4;				/* offset of the transport header */
	u32 packets;			/* wire packets: GSO segments */
	u32 bytes;			/* layer-3 bytes of all of them */
};

enum pkt_parse {
	PKT_OK,			/* ports (or ICMP id, or 0) are known */
	PKT_NO_PORTS,		/* sound, but of a protocol without ports */
	PKT_BAD,		/* cut short or contradicting itself */
};

/*
 * Fill @pkt from @skb; @family is the hook's. Softirq or process context.
 * Pulls the transport header, so earlier header pointers are stale after it.
 */
enum pkt_parse pkt_parse(struct portico_pkt *pkt, struct sk_buff *skb,
			 u8 family);

/*
 * Offset of the transport header behind the IPv6 extension headers that begin
 * at @at with *@nexthdr, or -1 when they are cut short or too many. *@nexthdr is
 * then the transport protocol, *@frag_off what a fragment header said. What is
 * authenticated, encrypted or not yet where it is routed to is not looked into:
 * that header counts as the transport.
 */
int pkt_ipv6_l4(const struct sk_buff *skb, unsigned int at, u8 *nexthdr,
		__be16 *frag_off);

/* Neighbour discovery (RFC 4861), valid only if nobody has forwarded it. */
bool pkt_is_discovery(const struct portico_pkt *pkt);

/* Of a GSO aggregate; @hdrlen: network plus transport header. */
u32 pkt_segments(const struct sk_buff *skb, unsigned int hdrlen);

/*
 * Wire packets and layer-3 bytes of @skb: a GSO aggregate counts as the
 * segments it stands for, each with its own network and transport headers.
 * @hdrlen: network plus transport header, used for aggregates only.
 */
static inline void pkt_wire(const struct sk_buff *skb, unsigned int hdrlen,
			    u32 *packets, u32 *bytes)
{
	*packets = 1;
	*bytes = skb->len;
	if (skb_is_gso(skb)) {
		*packets = pkt_segments(skb, hdrlen);
		*bytes += (*packets - 1) * hdrlen;
	}
}

/* Is the length that @uh tells one that @room bytes of IP payload can hold? */
static inline bool pkt_udp_fits(const struct udphdr *uh, unsigned int room)
{
	unsigned int len = ntohs(uh->len);

	return len >= sizeof(*uh) && len <= room;
}

/*
 * A device in the packet's namespace. What IPsec is to take has no other than its
 * route's when it leaves.
 */
static inline struct net_device *pkt_dev(const struct portico_pkt *pkt)
{
	return pkt->skb->dev ?: skb_dst(pkt->skb)->dev;
}

static inline void *pkt_l4(const struct portico_pkt *pkt)
{
	return skb_network_header(pkt->skb) + pkt->l4;
}

#endif
