/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses an uplink is to be known by, gathered before anything changes: those
 * of given ranges, and the one that an interface has itself.
 */
#ifndef PORTICO_ADDRS_H
#define PORTICO_ADDRS_H

#include <linux/portico.h>

#include "tuple.h"

struct addr_range;
struct net_device;

struct addr_list {
	u32 count;
	struct { union nf_inet_addr addr; u8 family; } at[PORTICO_MAX_POOL];
};

/* Once each, as long as there is room. */
void addr_list_add(struct addr_list *list, const union nf_inet_addr *addr,
		   u8 family);
void addr_list_add_range(struct addr_list *list, const struct addr_range *range);

/*
 * The interface's own global address; false when it has none. IPv4: the first.
 * IPv6: a preferred one before a deprecated one, then a routed one before a
 * unique local one, then the one that is @now in use (may be NULL): mappings do
 * not move without need. RCU read side.
 */
bool addr_of_device(const struct net_device *dev, u8 family,
		    const union nf_inet_addr *now, union nf_inet_addr *addr);

/* Is it an address of the gateway itself? */
bool addr_is_local(struct net *net, const union nf_inet_addr *addr, u8 family);

#endif
