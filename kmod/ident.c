// SPDX-License-Identifier: GPL-2.0
/* IPv4 identifications of the gateway's own. */
#include <linux/bitops.h>
#include <net/checksum.h>

#include "ident.h"

void ident_renew(struct net *net, struct iphdr *iph, u32 packets)
{
	__be16 was = iph->id;

	__ip_select_ident(net, iph, packets);
	csum_replace2(&iph->check, was, iph->id);
}
