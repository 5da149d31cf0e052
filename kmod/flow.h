/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done with one packet of the slow path once its direction is known.
 * Each returns the reason; the reason says the verdict. RCU read side
 * held, as in every netfilter hook; bottom halves may be on where not said
 * otherwise.
 */
#ifndef PORTICO_FLOW_H
#define PORTICO_FLOW_H

#include "pkt.h"
#include "reason.h"

struct ext_addr;
struct icmp_inner;
struct inside;
struct mapping;
struct mapping_want;
struct opening;
struct portico_net;
struct session;
struct uplink;

/*
 * Mapping and session of a routed packet about to leave by @uplink, made if need
 * be, with its way learnt. That the packet passes is for the caller to note, and
 * nothing is written into it. @opening: what is known of such flows, or NULL.
 * NULL and *@why when it must not leave so; its sender has been told. Bottom
 * halves off.
 */
struct session *flow_admit(struct portico_net *pn, struct uplink *uplink,
			   struct portico_pkt *pkt, struct mapping_want *want,
			   const struct opening *opening, struct mapping **m,
			   enum reason *why);

/* POST_ROUTING, leaving by @uplink; bottom halves off. */
enum reason flow_outbound(struct portico_net *pn, struct uplink *uplink,
			  struct portico_pkt *pkt);

/* PRE_ROUTING, for the external address @ext. */
enum reason flow_inbound(struct portico_net *pn, struct ext_addr *ext,
			 struct portico_pkt *pkt, const struct net_device *in);

/* PRE_ROUTING, from an inside host to the external address @ext. */
enum reason flow_hairpin(struct portico_net *pn, struct ext_addr *ext,
			 struct portico_pkt *pkt);

/* A packet from @source was rewritten to go back inside: find its way now. */
void flow_route_hairpin(struct portico_pkt *pkt,
			const union nf_inet_addr *source);

/* POST_ROUTING, not by an uplink: remember the way of inbound flows. */
void flow_learn_inbound(struct portico_net *pn, struct portico_pkt *pkt);

/* ICMP errors, in both directions; flow_error.c. */
enum reason flow_error_inbound(struct portico_net *pn, struct ext_addr *ext,
			       struct portico_pkt *pkt);
enum reason flow_error_outbound(struct portico_net *pn, struct uplink *uplink,
				struct portico_pkt *pkt);

/* Why an error is dropped that icmp_inner_parse() refused with @err. */
static inline enum reason flow_error_bad(int err)
{
	return err == -EBADMSG ? REASON_BAD_CHECKSUM : REASON_BAD_PACKET;
}

/*
 * Exchanged IPv6 prefixes; flow_npt.c. Outbound from the prefix @inside, inbound
 * to what it is exchanged for, and an outbound error, parsed as @inner, about a
 * packet to the prefix @about.
 */
enum reason flow_npt_outbound(struct portico_net *pn, struct uplink *uplink,
			      const struct inside *inside,
			      struct portico_pkt *pkt);
enum reason flow_npt_inbound(struct portico_net *pn, const struct inside *inside,
			     struct portico_pkt *pkt,
			     const struct net_device *in);
enum reason flow_npt_error_outbound(struct portico_net *pn,
				    const struct inside *about,
				    struct portico_pkt *pkt,
				    struct icmp_inner *inner);

/* An inside source that routing would send elsewhere than back by @in? */
bool flow_source_is_martian(struct portico_net *pn,
			    const struct portico_pkt *pkt,
			    const struct net_device *in);

#endif
