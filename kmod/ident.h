/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 identification. Hosts that share an external address do not know of each
 * other's, so a datagram that may be fragmented on its way gets one of the
 * gateway's own, that no other of this source, destination and protocol has just
 * had (RFC 6864 section 5.2; RFC 7857 section 10). Others keep theirs: those that
 * may not be fragmented, and those that never are, for every link takes 68 octets
 * (RFC 791 section 3.2).
 */
#ifndef PORTICO_IDENT_H
#define PORTICO_IDENT_H

#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/ip.h>

#define IDENT_NEVER_FRAGMENTED	68	/* octets */

/* May @skb, whose header is @iph, be fragmented, or has it come in fragments? */
static inline bool ident_matters(const struct sk_buff *skb,
				 const struct iphdr *iph)
{
	return unlikely(skb->len > IDENT_NEVER_FRAGMENTED &&
			!(iph->frag_off & htons(IP_DF)));
}

/*
 * @iph, which is writable, has its new source: another identification, one for
 * each of so many @packets on the wire, by what the kernel numbers its own
 * datagrams with. About 200 instructions. Softirq or process context.
 */
void ident_renew(struct net *net, struct iphdr *iph, u32 packets);

#endif
