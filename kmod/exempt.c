// SPDX-License-Identifier: GPL-2.0
/* Exempt destinations. */
#include "exempt.h"
#include "inside.h"
#include "pkt.h"

static bool holds(const struct exempt *e, const struct portico_pkt *pkt)
{
	if (e->port && !(pkt->has_ports && !pkt->icmp_query &&
			 pkt->dport == e->port))
		return false;
	return !e->family || (e->family == pkt->family &&
			      addr_in_prefix(&pkt->dst, &e->addr, e->plen));
}

bool exempt_holds(const struct exempt_set *set, const struct portico_pkt *pkt)
{
	u32 i;

	for (i = 0; set && i < set->count; i++)
		if (holds(&set->at[i], pkt))
			return true;
	return false;
}

bool exempt_same(const struct exempt_set *a, const struct exempt_set *b)
{
	u32 n = a ? a->count : 0;

	return n == (b ? b->count : 0) &&
	       (!n || !memcmp(a->at, b->at, n * sizeof(a->at[0])));
}
