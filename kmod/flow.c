// SPDX-License-Identifier: GPL-2.0
/* Slow path: finding or making mapping and session, and translating. */
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "bound.h"
#include "compat.h"
#include "flow.h"
#include "mss.h"
#include "net.h"
#include "tcp.h"
#include "whole.h"
#include "xlate.h"

static const struct tcphdr *pkt_tcp(const struct portico_pkt *pkt)
{
	return pkt->proto == IPPROTO_TCP ? pkt_l4(pkt) : NULL;
}

/* Does it ask for a connection, as only the first packet of one does? */
static bool pkt_begins(const struct portico_pkt *pkt)
{
	return pkt->proto == IPPROTO_TCP && tcp_opens(pkt_l4(pkt));
}

static void pkt_want(struct portico_net *pn, const struct portico_pkt *pkt,
		     struct mapping_want *want)
{
	mapping_want(pn, want, &pkt->src, pkt->sport, pkt->proto, pkt->family);
}

/* Why a packet without usable ports cannot be translated. */
static enum reason portless(const struct portico_pkt *pkt)
{
	if (pkt->fragment)
		return REASON_FRAGMENT;
	if (pkt->proto == IPPROTO_ICMP || pkt->proto == IPPROTO_ICMPV6)
		return REASON_ICMP_UNKNOWN;
	return REASON_PROTO_UNKNOWN;
}

/* Timers and states; the mapping's deadline when it comes nearer. */
static void session_track(struct portico_net *pn, struct mapping *m,
			  struct session *s, enum direction dir,
			  struct portico_pkt *pkt)
{
	const struct tcphdr *th = pkt_tcp(pkt);
	const struct uplink *uplink = m->ext->uplink;
	u32 header;

	if (th) {
		header = pkt->l4 + th->doff * 4;
		if (tcp_track(s, dir, th, pkt->skb->len - header)) {
			spin_lock_bh(&pn->mappings.lock);
			mapping_due(pn, m, session_deadline(m, s));
			spin_unlock_bh(&pn->mappings.lock);
		}
		return;
	}
	if (dir == DIR_OUT) {
		session_active(s);
		session_refresh(s);	/* RFC 4787 REQ-6 */
	} else {
		if (READ_ONCE(s->state) != PORTICO_STATE_REPLIED)
			WRITE_ONCE(s->state, PORTICO_STATE_REPLIED);
		if (READ_ONCE(uplink->refresh_inbound))
			session_refresh(s);
	}
}

/* Outbound packets go by @way, whose reference is handed over; lock held. */
static void session_go_by(struct portico_net *pn, struct session *s,
			  struct way *way)
{
	way_put(rcu_replace_pointer(s->out, way,
				    lockdep_is_held(&pn->mappings.lock)));
	if (way)
		s->flags |= SESSION_FAST_OUT;
	else
		s->flags &= ~SESSION_FAST_OUT;
}

/* Of the queries, those that ask. */
static bool is_request(const struct portico_pkt *pkt)
{
	if (pkt->family == NFPROTO_IPV6)
		return pkt->icmp_type == ICMPV6_ECHO_REQUEST;
	return pkt->icmp_type == ICMP_ECHO || pkt->icmp_type == ICMP_TIMESTAMP;
}

/* Open to every remote, and to what may be the middle of a connection? */
static bool is_open(const struct mapping *m)
{
	return m->flags & (MAPPING_STATIC | MAPPING_WHOLE);
}

/*
 * Why an outbound packet that belongs to no session of @m, which may be NULL,
 * cannot begin one; 0 when it can.
 */
static enum reason no_opening(struct portico_net *pn,
			      const struct uplink *uplink,
			      const struct portico_pkt *pkt,
			      const struct mapping *m)
{
	const struct tcphdr *th = pkt_tcp(pkt);
	enum reason why = 0;

	BUILD_BUG_ON(REASON_OUTBOUND);	/* 0 is no refusal */
	/* Only a SYN opens; what was restored may go on in the middle. */
	if (th && !tcp_opens(th) &&
	    !(m && (is_open(m) || m->flags & MAPPING_RESTORED)))
		why = REASON_NOT_OPENING;
	/* The id of a reply that nobody asked for maps nothing. */
	else if (pkt->icmp_query && !m && !is_request(pkt))
		why = REASON_ICMP_UNRELATED;
	/* All that a host sends leaves from an address of its own. */
	if (why && !m && whole_at(pn, uplink, &pkt->src, pkt->family))
		why = 0;
	return why;
}

/*
 * Mapping and session of an outbound packet; NULL and *@why when refused.
 * Bottom halves are off.
 */
static struct session *outbound_session(struct portico_net *pn,
					struct uplink *uplink,
					const struct portico_pkt *pkt,
					struct mapping_want *want,
					const struct opening *opening,
					struct mapping **mapping,
					enum reason *why)
{
	struct session *s = NULL;
	struct mapping *m;

	want->uplink = uplink;
	m = want->missed ? NULL : mapping_find(pn, want);
	*mapping = m;
	if (m && READ_ONCE(m->ext->away)) {
		*why = REASON_ADDRESS_AWAY;
		return NULL;
	}
	if (m)
		s = session_find(pn, m, &pkt->dst, pkt->dport);
	if (s)
		return s;
	*why = no_opening(pn, uplink, pkt, m);
	if (*why)
		return NULL;
	*why = REASON_NO_MEMORY;
	if (opening)
		want->host = opening->host;
	spin_lock(&pn->mappings.lock);
	m = mapping_make(pn, uplink, want, why);
	*mapping = m;
	if (m)
		s = session_make(pn, m, &pkt->dst, pkt->dport, why);
	if (s && opening)
		session_go_by(pn, s, way_hold(opening->way));
	spin_unlock(&pn->mappings.lock);
	return s;
}

/* RFC 5508 REQ-8, RFC 6888 REQ-11: the sender learns that it was refused. */
static void tell_refused(const struct uplink *uplink, struct portico_pkt *pkt,
			 enum reason why)
{
	u8 code = READ_ONCE(uplink->icmp_code);

	switch (why) {
	case REASON_MAPPINGS_FULL:
	case REASON_SESSIONS_FULL:
	case REASON_HOSTS_FULL:
	case REASON_PORTS_EXHAUSTED:
	case REASON_TUNNEL_TAKEN:
	case REASON_BLOCKS_EXHAUSTED:
	case REASON_HOST_BLOCKS:
	case REASON_HOST_PORTS:
	case REASON_HOST_SESSIONS:
	case REASON_HOST_RATE:
	case REASON_HOST_QUOTA:
	case REASON_NO_ADDRESS:
		break;
	default:
		return;
	}
	if (code == U8_MAX)
		return;
	/*
	 * An opening stood in for routing, and the answer wants a route. It also wants
	 * what ip_rcv() would have written: until then, whatever a driver or a queue left
	 * there would be taken for options.
	 */
	if (pkt->family == NFPROTO_IPV4 && !skb_dst(pkt->skb)) {
		memset(IPCB(pkt->skb), 0, sizeof(*IPCB(pkt->skb)));
		if (compat_route_input(pkt->skb, ip_hdr(pkt->skb)))
			return;
	}
	if (pkt->family == NFPROTO_IPV4)
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, code, 0);
#if IS_ENABLED(CONFIG_IPV6)
	else
		icmpv6_send(pkt->skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED,
			    0);
#endif
}

/*
 * The firewall has seen this packet of the flow: from now on this direction may
 * take the fast way, the way that this packet goes.
 */
static void learn_outbound(struct portico_net *pn, struct session *s,
			   struct portico_pkt *pkt,
			   const struct opening *opening)
{
	struct way *way = rcu_dereference(s->out);

	if (s->flags & SESSION_FAST_OUT && way &&
	    (opening ? way == opening->way :
	     way_matches(pn->net, way, pkt->skb)))
		return;
	way = opening ? way_hold(opening->way) :
	      way_get(pn, pkt->skb, &pkt->dst);
	if (!way && !(s->flags & SESSION_FAST_OUT))
		return;
	spin_lock_bh(&pn->mappings.lock);
	session_go_by(pn, s, way);
	spin_unlock_bh(&pn->mappings.lock);
}

struct session *flow_admit(struct portico_net *pn, struct uplink *uplink,
			   struct portico_pkt *pkt, struct mapping_want *want,
			   const struct opening *opening, struct mapping **m,
			   enum reason *why)
{
	const struct inside *inside = want->inside;
	struct session *s;

	*why = REASON_NO_MEMORY;
	if (!inside)
		inside = inside_find(pn, &pkt->src, pkt->family);
	if (!inside) {
		*why = REASON_NOT_OURS;
		return NULL;
	}
	if (!inside_leaves_by(inside, uplink->name)) {
		*why = REASON_WRONG_UPLINK;
		return NULL;
	}
	if (!pkt->has_ports || ext_space(pkt->proto) < 0) {
		*why = portless(pkt);
		return NULL;
	}
	want->inside = inside;
	s = outbound_session(pn, uplink, pkt, want, opening, m, why);
	if (!s) {
		tell_refused(uplink, pkt, *why);
		return NULL;
	}
	learn_outbound(pn, s, pkt, opening);
	return s;
}

enum reason flow_outbound(struct portico_net *pn, struct uplink *uplink,
			  struct portico_pkt *pkt)
{
	struct mapping_want want;
	struct mapping *m;
	enum reason why;
	struct session *s;

	pkt_want(pn, pkt, &want);
	s = flow_admit(pn, uplink, pkt, &want, NULL, &m, &why);
	if (!s)
		return why;
	session_track(pn, m, s, DIR_OUT, pkt);
	if (!mss_clamp(uplink, pkt, &pkt->dst) ||
	    !xlate_endpoint(pkt, XLATE_SRC, &m->ext->addr, m->ext_port))
		return REASON_NO_MEMORY;
	if (pkt_begins(pkt))
		syn_wait_cancel(pn, m->ext, m->ext_port, pkt);
	session_count(s, DIR_OUT, pkt->packets, pkt->bytes);
	return REASON_OUTBOUND;
}

/*
 * RFC 4787 section 5: may this remote reach the mapping? Where a mapping has the
 * whole of a protocol, only those that it has asked may: the others may be the
 * gateway's own peers.
 */
static bool filter_allows(struct portico_net *pn, struct mapping *m,
			  const struct portico_pkt *pkt)
{
	const struct uplink *uplink = m->ext->uplink;

	if (is_open(m) || m->flags & MAPPING_LEASED)
		return true;
	if (is_tunnel(pkt->proto))
		return session_contacted(pn, m, &pkt->src);
	switch (READ_ONCE(uplink->filtering[filter_class(pkt->proto)])) {
	case PORTICO_FILTERING_ENDPOINT_INDEPENDENT:
		return true;
	case PORTICO_FILTERING_ADDRESS_DEPENDENT:
		return session_contacted(pn, m, &pkt->src);
	default:
		/* An identifier is the same on both sides: the address decides. */
		return pkt->icmp_query && session_contacted(pn, m, &pkt->src);
	}
}

/* The session of an inbound packet; NULL and *@why when it may not pass. */
static struct session *inbound_session(struct portico_net *pn,
				       struct mapping *m,
				       const struct portico_pkt *pkt,
				       enum reason *why)
{
	const struct tcphdr *th = pkt_tcp(pkt);
	struct session *s;

	/* A query's identifier is the mapping's: no port of the remote. */
	s = session_find(pn, m, &pkt->src,
			 pkt->icmp_query ? mapping_port(m) : pkt->sport);
	if (s)
		return s;
	*why = REASON_FILTERED;
	if (!filter_allows(pn, m, pkt))
		return NULL;
	if (th && !tcp_opens(th) && !is_open(m) &&
	    !(m->flags & MAPPING_RESTORED))
		return NULL;
	spin_lock_bh(&pn->mappings.lock);
	if (!(m->flags & MAPPING_DEAD))
		s = session_make(pn, m, &pkt->src,
				 pkt->icmp_query ? mapping_port(m) : pkt->sport,
				 why);
	/* RFC 4787 REQ-6: it keeps no mapping alive. One that is kept needs none. */
	if (s && !th && !(m->flags & MAPPINGS_KEPT) &&
	    !READ_ONCE(m->ext->uplink->refresh_inbound))
		session_inherit(m, s);
	spin_unlock_bh(&pn->mappings.lock);
	return s;
}

/* No mapping owns the port. On its own address the gateway may answer. */
static enum reason inbound_unowned(struct portico_net *pn, struct ext_addr *ext,
				   const struct portico_pkt *pkt)
{
	bool local;

	if (!READ_ONCE(ext->local))
		return REASON_UNSOLICITED;
	switch (pkt->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		local_bh_disable();
		local = port_is_local(pn->net, pkt->proto, pkt->dport);
		local_bh_enable();
		return local ? REASON_LOCAL : REASON_UNSOLICITED;
	default:
		return REASON_LOCAL;
	}
}

/*
 * The mapping of an inbound packet, made now if all of @ext is one host's; NULL
 * and *@why.
 */
static struct mapping *inbound_mapping(struct portico_net *pn,
				       struct ext_addr *ext,
				       const struct portico_pkt *pkt,
				       enum reason *why)
{
	struct mapping *m = ext_owner(ext, ext_space(pkt->proto), pkt->dport);

	if (m)
		return m;
	if (READ_ONCE(ext->whole))
		return whole_map(pn, ext, pkt->proto, pkt->dport, why);
	*why = inbound_unowned(pn, ext, pkt);
	return NULL;
}

static bool route4_is_by(struct net *net, __be32 daddr,
			 const struct net_device *dev)
{
	struct flowi4 fl4 = { .daddr = daddr };
	struct fib_result res;

	return !fib_lookup(net, &fl4, &res, 0) && FIB_RES_DEV(res) == dev;
}

static bool route6_is_by(struct net *net, const struct in6_addr *daddr,
			 const struct net_device *dev)
{
	bool by = false;
#if IS_ENABLED(CONFIG_IPV6)
	struct flowi6 fl6 = { .daddr = *daddr };
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	by = !dst->error && dst->dev == dev;
	dst_release(dst);
#endif
	return by;
}

bool flow_source_is_martian(struct portico_net *pn,
			    const struct portico_pkt *pkt,
			    const struct net_device *in)
{
	if (!inside_find(pn, &pkt->src, pkt->family))
		return false;
	if (pkt->family == NFPROTO_IPV4)
		return !route4_is_by(pn->net, pkt->src.ip, in);
	return !route6_is_by(pn->net, &pkt->src.in6, in);
}

/* What asks for a connection is not answered yet: see syn_wait.h. */
static enum reason inbound_refused(struct portico_net *pn, struct ext_addr *ext,
				   const struct portico_pkt *pkt,
				   const struct net_device *in, enum reason why)
{
	if ((why == REASON_UNSOLICITED || why == REASON_FILTERED) &&
	    pkt_begins(pkt))
		syn_wait_add(pn, ext, pkt, in);
	return why;
}

enum reason flow_inbound(struct portico_net *pn, struct ext_addr *ext,
			 struct portico_pkt *pkt, const struct net_device *in)
{
	enum reason why = REASON_UNSOLICITED;
	struct mapping *m;
	struct session *s;

	if (!pkt->has_ports || ext_space(pkt->proto) < 0)
		return READ_ONCE(ext->local) ? REASON_LOCAL : portless(pkt);
	if (flow_source_is_martian(pn, pkt, in))
		return REASON_MARTIAN;
	m = inbound_mapping(pn, ext, pkt, &why);
	if (!m)
		return inbound_refused(pn, ext, pkt, in, why);
	s = inbound_session(pn, m, pkt, &why);
	/* The gateway may have a tunnel there too, or ping by the same identifier. */
	if (!s && why == REASON_FILTERED && READ_ONCE(ext->local) &&
	    (is_tunnel(pkt->proto) || pkt->icmp_query))
		return REASON_LOCAL;
	if (!s)
		return inbound_refused(pn, ext, pkt, in, why);
	session_track(pn, m, s, DIR_IN, pkt);
	if (!mss_clamp(ext->uplink, pkt, &pkt->src) ||
	    !xlate_endpoint(pkt, XLATE_DST, &m->host->addr, mapping_port(m)))
		return REASON_NO_MEMORY;
	session_count(s, DIR_IN, pkt->packets, pkt->bytes);
	return REASON_INBOUND;
}

/*
 * IPv4 routing refuses a source that is the gateway's own address, and a
 * hairpinned packet leaves with one: it is routed while its inside @source still
 * counts. A failure here is met again, and the packet dropped, when the stack
 * routes it. IPv6 routing does not look at the source.
 */
void flow_route_hairpin(struct portico_pkt *pkt,
			const union nf_inet_addr *source)
{
	if (pkt->family == NFPROTO_IPV4)
		ip_route_input(pkt->skb, pkt->dst.ip, source->ip,
			       ip4h_dscp(ip_hdr(pkt->skb)), pkt->skb->dev);
}

/* Both sides are inside: each sees the other by its external endpoint. */
enum reason flow_hairpin(struct portico_net *pn, struct ext_addr *ext,
			 struct portico_pkt *pkt)
{
	const union nf_inet_addr source = pkt->src;
	struct uplink *uplink = ext->uplink;
	enum reason why = REASON_NO_MEMORY;
	struct mapping_want want;
	struct session *from, *to;
	struct mapping *a, *b;

	if (!pkt->has_ports || ext_space(pkt->proto) < 0)
		return READ_ONCE(ext->local) ? REASON_LOCAL : portless(pkt);
	/* Nothing is made in vain. */
	if (READ_ONCE(ext->whole) && !READ_ONCE(uplink->hairpin))
		return REASON_HAIRPIN_OFF;
	b = inbound_mapping(pn, ext, pkt, &why);
	if (!b)
		return why;
	/* A tunnel to the gateway's own address most likely ends there. */
	if (is_tunnel(pkt->proto) && READ_ONCE(ext->local) &&
	    !(b->flags & MAPPING_STATIC))
		return REASON_LOCAL;
	if (!READ_ONCE(uplink->hairpin))
		return REASON_HAIRPIN_OFF;
	pkt_want(pn, pkt, &want);
	/* What comes back from a queue to user space comes in process context. */
	local_bh_disable();
	from = outbound_session(pn, uplink, pkt, &want, NULL, &a, &why);
	local_bh_enable();
	if (!from) {
		tell_refused(uplink, pkt, why);
		return why;
	}
	session_track(pn, a, from, DIR_OUT, pkt);
	if (!xlate_endpoint(pkt, XLATE_SRC, &a->ext->addr, a->ext_port))
		return REASON_NO_MEMORY;
	to = inbound_session(pn, b, pkt, &why);
	if (!to)
		return why;
	session_track(pn, b, to, DIR_IN, pkt);
	if (!xlate_endpoint(pkt, XLATE_DST, &b->host->addr, mapping_port(b)))
		return REASON_NO_MEMORY;
	flow_route_hairpin(pkt, &source);
	session_count(from, DIR_OUT, pkt->packets, pkt->bytes);
	session_count(to, DIR_IN, pkt->packets, pkt->bytes);
	return REASON_HAIRPIN;
}

void flow_learn_inbound(struct portico_net *pn, struct portico_pkt *pkt)
{
	struct mapping_want want;
	struct mapping *m;
	struct session *s;

	if (!pkt->has_ports)
		return;
	mapping_want(pn, &want, &pkt->dst, pkt->dport, pkt->proto, pkt->family);
	m = mapping_find(pn, &want);
	s = m ? session_find(pn, m, &pkt->src, pkt->sport) : NULL;
	if (!s)
		return;
	host_learn(pn, m->host, pkt->skb);
	if (s->flags & SESSION_FAST_IN)
		return;
	spin_lock_bh(&pn->mappings.lock);
	s->flags |= SESSION_FAST_IN;
	spin_unlock_bh(&pn->mappings.lock);
}
