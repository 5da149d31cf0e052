// SPDX-License-Identifier: GPL-2.0
/* Which addresses an uplink is to be known by. */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "addrs.h"
#include "uplink.h"

void addr_list_add(struct addr_list *list, const union nf_inet_addr *addr,
		   u8 family)
{
	u32 i;

	for (i = 0; i < list->count; i++)
		if (list->at[i].family == family &&
		    addr_equal(&list->at[i].addr, addr))
			return;
	if (list->count == PORTICO_MAX_POOL)
		return;
	list->at[list->count].addr = *addr;
	list->at[list->count++].family = family;
}

static void addr_next(union nf_inet_addr *addr, u8 family)
{
	int i;

	if (family == NFPROTO_IPV4) {
		be32_add_cpu(&addr->ip, 1);
		return;
	}
	for (i = 15; i >= 0 && !++addr->in6.s6_addr[i]; i--)
		;
}

void addr_list_add_range(struct addr_list *list, const struct addr_range *range)
{
	union nf_inet_addr addr = range->first;

	for (;;) {
		addr_list_add(list, &addr, range->family);
		if (addr_equal(&addr, &range->last) ||
		    list->count == PORTICO_MAX_POOL)
			break;
		addr_next(&addr, range->family);
	}
}

static bool addr4_of_device(const struct net_device *dev,
			    union nf_inet_addr *addr)
{
	const struct in_device *in = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in)
		if (ifa->ifa_scope < RT_SCOPE_LINK) {
			addr->ip = ifa->ifa_local;
			return true;
		}
	return false;
}

#if IS_ENABLED(CONFIG_IPV6)
/* How fit to be known by; 0: not at all. */
static int addr6_rank(const struct inet6_ifaddr *ifa,
		      const union nf_inet_addr *now)
{
	if (ifa->scope != RT_SCOPE_UNIVERSE ||
	    ifa->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_TEMPORARY))
		return 0;
	return 1 + !(ifa->flags & IFA_F_DEPRECATED) * 4 +
	       ((ifa->addr.s6_addr[0] & 0xfe) != 0xfc) * 2 +
	       (now && ipv6_addr_equal(&ifa->addr, &now->in6));
}

static bool addr6_of_device(const struct net_device *dev,
			    const union nf_inet_addr *now,
			    union nf_inet_addr *addr)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	int rank, best = 0;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list) {
		rank = addr6_rank(ifa, now);
		if (rank > best) {
			best = rank;
			addr->in6 = ifa->addr;
		}
	}
	read_unlock_bh(&idev->lock);
	return best;
}
#else
static bool addr6_of_device(const struct net_device *dev,
			    const union nf_inet_addr *now,
			    union nf_inet_addr *addr)
{
	return false;
}
#endif

bool addr_of_device(const struct net_device *dev, u8 family,
		    const union nf_inet_addr *now, union nf_inet_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	return family == NFPROTO_IPV4 ? addr4_of_device(dev, addr) :
					addr6_of_device(dev, now, addr);
}

bool addr_is_local(struct net *net, const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return inet_addr_type(net, addr->ip) == RTN_LOCAL;
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_chk_addr(net, &addr->in6, NULL, 0);
#else
	return false;
#endif
}
