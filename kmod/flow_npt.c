// SPDX-License-Identifier: GPL-2.0
/*
 * Slow path: IPv6 prefixes exchanged (RFC 6296). No state, so no mapping, no
 * filter and no ports; what hosts carry is booked on them.
 */
#include <linux/icmpv6.h>
#include <net/addrconf.h>

#include "flow.h"
#include "mss.h"
#include "net.h"
#include "npt.h"
#include "xlate.h"
#include "xlate_icmp.h"

/* RFC 6296 3.2, 3.7: the sender learns that its packet cannot be mapped. */
static enum reason unmappable(struct portico_pkt *pkt, enum npt_result result,
			      enum xlate_side side)
{
	u32 at = side == XLATE_SRC ? offsetof(struct ipv6hdr, saddr) :
				     offsetof(struct ipv6hdr, daddr);

	if (result == NPT_NO_HOST)
		icmpv6_send(pkt->skb, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, at);
	else
		icmpv6_send(pkt->skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH,
			    0);
	return REASON_NPT_UNMAPPABLE;
}

/*
 * The other form of one address of the packet, which is not changed yet. False
 * and *@why when there is none.
 */
static bool map_addr(const struct inside *inside, struct portico_pkt *pkt,
		     enum xlate_side side, union nf_inet_addr *to,
		     enum reason *why)
{
	enum npt_result result;

	*to = side == XLATE_SRC ? pkt->src : pkt->dst;
	result = side == XLATE_SRC ? npt_outwards(inside, &to->in6) :
				     npt_inwards(inside, &to->in6);
	if (result == NPT_DONE)
		return true;
	*why = unmappable(pkt, result, side);
	return false;
}

/* Checksums stay right: neither side's sum has changed. */
static bool header_writable(struct portico_pkt *pkt)
{
	return !skb_ensure_writable(pkt->skb, sizeof(struct ipv6hdr));
}

enum reason flow_npt_outbound(struct portico_net *pn, struct uplink *uplink,
			      const struct inside *inside,
			      struct portico_pkt *pkt)
{
	const union nf_inet_addr host = pkt->src;
	union nf_inet_addr to;
	enum reason why;

	if (!inside_leaves_by(inside, uplink->name))
		return REASON_WRONG_UPLINK;
	if (!map_addr(inside, pkt, XLATE_SRC, &to, &why))
		return why;
	if (!mss_clamp(uplink, pkt, &pkt->dst) || !header_writable(pkt))
		return REASON_NO_MEMORY;
	xlate_addr(pkt, XLATE_SRC, &to);
	host_book(pn, &host, DIR_OUT, pkt->packets, pkt->bytes);
	return REASON_NPT;
}

/* Both sides are inside: each sees the other by its external address. */
static enum reason hairpin(struct portico_net *pn, const struct inside *from,
			   const struct inside *inside, struct portico_pkt *pkt)
{
	const union nf_inet_addr host = pkt->src;
	union nf_inet_addr src, dst;
	enum reason why;

	if (!map_addr(from, pkt, XLATE_SRC, &src, &why) ||
	    !map_addr(inside, pkt, XLATE_DST, &dst, &why))
		return why;
	if (!header_writable(pkt))
		return REASON_NO_MEMORY;
	xlate_addr(pkt, XLATE_SRC, &src);
	xlate_addr(pkt, XLATE_DST, &dst);
	host_book(pn, &host, DIR_OUT, pkt->packets, pkt->bytes);
	host_book(pn, &dst, DIR_IN, pkt->packets, pkt->bytes);
	return REASON_NPT_HAIRPIN;
}

/*
 * An error to @inside's external prefix, about a packet that came from there:
 * outer destination and embedded source go back to their inside forms. From
 * inside, its sender and the one it speaks of are known outside by theirs.
 */
static enum reason error_inbound(struct portico_net *pn,
				 const struct inside *inside,
				 const struct inside *from,
				 struct portico_pkt *pkt)
{
	const struct inside *sender, *peer;
	union nf_inet_addr src, dst, inner_src, inner_dst;
	struct icmp_inner inner;
	enum reason why;
	int err;

	err = icmp_inner_parse(pkt, &inner);
	if (err)
		return flow_error_bad(err);
	sender = inside_npt_to(pn, &inner.src.addr);
	if (!sender)
		return REASON_ICMP_UNRELATED;
	inner_src = inner.src.addr;
	inner_dst = inner.dst.addr;
	peer = from ? inside_npt_of(pn, &inner_dst) : NULL;
	if (npt_inwards(sender, &inner_src.in6) ||
	    (peer && npt_outwards(peer, &inner_dst.in6)))
		return REASON_ICMP_UNRELATED;
	if (!map_addr(inside, pkt, XLATE_DST, &dst, &why) ||
	    (from && !map_addr(from, pkt, XLATE_SRC, &src, &why)))
		return why;
	if (!icmp_inner_rewrite(pkt, &inner, true, &inner_src, inner.src.port) ||
	    (peer && !icmp_inner_rewrite(pkt, &inner, false, &inner_dst,
					 inner.dst.port)))
		return REASON_NO_MEMORY;
	xlate_addr(pkt, XLATE_DST, &dst);
	if (from)
		xlate_addr(pkt, XLATE_SRC, &src);
	icmp_checksum(pkt);
	return REASON_ICMP_ERROR;
}

enum reason flow_npt_error_outbound(struct portico_net *pn,
				    const struct inside *about,
				    struct portico_pkt *pkt,
				    struct icmp_inner *inner)
{
	const struct inside *from = inside_npt_of(pn, &pkt->src);
	union nf_inet_addr src, to = inner->dst.addr;
	enum reason why;

	if (npt_outwards(about, &to.in6))
		return REASON_ICMP_UNRELATED;
	if (from && !map_addr(from, pkt, XLATE_SRC, &src, &why))
		return why;
	if (!icmp_inner_rewrite(pkt, inner, false, &to, inner->dst.port))
		return REASON_NO_MEMORY;
	if (from)
		xlate_addr(pkt, XLATE_SRC, &src);
	icmp_checksum(pkt);
	return REASON_ICMP_ERROR;
}

/* One of the gateway's own addresses within the external prefix? */
static bool is_own(struct portico_net *pn, const struct in6_addr *addr)
{
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_chk_addr(pn->net, addr, NULL, 0);
#else
	return false;
#endif
}

enum reason flow_npt_inbound(struct portico_net *pn, const struct inside *inside,
			     struct portico_pkt *pkt, const struct net_device *in)
{
	const struct uplink *uplink = uplink_find(&pn->uplinks, in->ifindex);
	const struct inside *from = uplink ? NULL :
				    inside_npt_of(pn, &pkt->src);
	union nf_inet_addr to;
	enum reason why;

	if (is_own(pn, &pkt->dst.in6))
		return REASON_LOCAL;
	if (uplink && !inside_leaves_by(inside, uplink->name))
		return REASON_WRONG_UPLINK;
	if (uplink && flow_source_is_martian(pn, pkt, in))
		return REASON_MARTIAN;
	if (pkt->icmp_error)
		return error_inbound(pn, inside, from, pkt);
	if (from)
		return hairpin(pn, from, inside, pkt);
	if (!map_addr(inside, pkt, XLATE_DST, &to, &why))
		return why;
	if ((uplink && !mss_clamp(uplink, pkt, &pkt->src)) ||
	    !header_writable(pkt))
		return REASON_NO_MEMORY;
	xlate_addr(pkt, XLATE_DST, &to);
	host_book(pn, &to, DIR_IN, pkt->packets, pkt->bytes);
	return REASON_NPT;
}
