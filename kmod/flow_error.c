// SPDX-License-Identifier: GPL-2.0
/* Slow path: ICMP errors about mapped flows. */
#include "flow.h"
#include "net.h"
#include "xlate.h"
#include "xlate_icmp.h"

/* The mapping by which an embedded inside endpoint speaks through @uplink. */
static struct mapping *inside_owner(struct portico_net *pn,
				    const struct uplink *uplink,
				    const struct endpoint *in)
{
	struct mapping_want want;

	mapping_want(pn, &want, &in->addr, in->port, in->proto, in->family);
	want.uplink = uplink;
	return mapping_find(pn, &want);
}

/* A query has no remote port: its sessions carry the internal identifier. */
static bool about_session(struct portico_net *pn, struct mapping *m,
			  const struct endpoint *remote)
{
	bool query = is_icmp(mapping_proto(m));

	return session_find(pn, m, &remote->addr,
			    query ? mapping_port(m) : remote->port);
}

/*
 * RFC 5508 REQ-4: from outside (or hairpinned) about a packet that left by a
 * mapping: the embedded source goes back to its internal form, and the error to
 * that host. Where the embedded destination is an inside host too, the sender
 * knows that host by its external endpoint (REQ-7).
 */
enum reason flow_error_inbound(struct portico_net *pn, struct ext_addr *ext,
			       struct portico_pkt *pkt)
{
	const union nf_inet_addr source = pkt->src;
	struct endpoint remote;
	struct icmp_inner inner;
	struct mapping *m, *peer;
	int err, space;

	err = icmp_inner_parse(pkt, &inner);
	if (err)
		return flow_error_bad(err);
	space = ext_space(inner.proto);
	m = space < 0 || !addr_equal(&inner.src.addr, &ext->addr) ? NULL :
	    ext_owner(ext, space, inner.src.port);
	/* Perhaps about a packet of the gateway's own. */
	if (!m)
		return READ_ONCE(ext->local) ? REASON_LOCAL :
					       REASON_ICMP_UNRELATED;

	peer = inside_owner(pn, ext->uplink, &inner.dst);
	remote = inner.dst;
	if (peer) {
		remote.addr = peer->ext->addr;
		remote.port = peer->ext_port;
	}
	if (!about_session(pn, m, &remote))
		return READ_ONCE(ext->local) && is_tunnel(inner.proto) ?
		       REASON_LOCAL : REASON_ICMP_UNRELATED;
	if (peer && !icmp_inner_rewrite(pkt, &inner, false, &remote.addr,
					remote.port))
		return REASON_NO_MEMORY;
	if (!icmp_inner_rewrite(pkt, &inner, true, &m->host->addr,
				mapping_port(m)))
		return REASON_NO_MEMORY;
	xlate_addr(pkt, XLATE_DST, &m->host->addr);
	if (peer && addr_equal(&pkt->src, &peer->host->addr)) {
		xlate_addr(pkt, XLATE_SRC, &peer->ext->addr);
		flow_route_hairpin(pkt, &source);
	}
	icmp_checksum(pkt);
	return REASON_ICMP_ERROR;
}

/*
 * RFC 5508 REQ-5: from inside, or from the gateway itself, about a packet that
 * came in by a mapping: the embedded destination goes back to its external form.
 */
enum reason flow_error_outbound(struct portico_net *pn, struct uplink *uplink,
				struct portico_pkt *pkt)
{
	bool inside = inside_find(pn, &pkt->src, pkt->family);
	const struct inside *about;
	struct icmp_inner inner;
	struct mapping *m;
	int err;

	err = icmp_inner_parse(pkt, &inner);
	if (err)
		return inside ? flow_error_bad(err) : REASON_NOT_OURS;
	about = pkt->family == NFPROTO_IPV6 ?
		inside_npt_of(pn, &inner.dst.addr) : NULL;
	if (about)
		return flow_npt_error_outbound(pn, about, pkt, &inner);
	m = inside_owner(pn, uplink, &inner.dst);
	if (!m || !about_session(pn, m, &inner.src))
		return inside ? REASON_ICMP_UNRELATED : REASON_NOT_OURS;
	if (READ_ONCE(m->ext->away))
		return REASON_ADDRESS_AWAY;
	if (!icmp_inner_rewrite(pkt, &inner, false, &m->ext->addr, m->ext_port))
		return REASON_NO_MEMORY;
	if (inside)
		xlate_addr(pkt, XLATE_SRC, &m->ext->addr);
	icmp_checksum(pkt);
	return REASON_ICMP_ERROR;
}
