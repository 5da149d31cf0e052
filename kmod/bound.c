// SPDX-License-Identifier: GPL-2.0
/* Ports that sockets of the gateway hold. */
#include <net/inet_hashtables.h>
#include <net/ipv6.h>

#include "bound.h"
#include "compat.h"

/*
 * TCP keeps every bound port, connected or not, in one table; walking the one
 * chain that the port hashes to under its lock is what bind() itself does.
 */
static bool tcp_port_is_local(struct net *net, u16 port)
{
	struct inet_hashinfo *hashinfo = net->ipv4.tcp_death_row.hashinfo;
	struct inet_bind_hashbucket *head;
	struct inet_bind_bucket *tb;
	bool found = false;

	head = &hashinfo->bhash[inet_bhashfn(net, port, hashinfo->bhash_size)];
	spin_lock(&head->lock);
	inet_bind_bucket_for_each(tb, &head->chain)
		if (net_eq(ib_net(tb), net) && tb->port == port) {
			found = true;
			break;
		}
	spin_unlock(&head->lock);
	return found;
}

/* The address a socket is bound to, IPv4 as IPv4-mapped. */
static struct in6_addr sock_at(const struct sock *sk)
{
	struct in6_addr at;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return sk->sk_v6_rcv_saddr;
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &at);
	return at;
}

/* Does what is bound to @at hold its port at @addr, written the same way? */
static bool covers(const struct in6_addr *at, const struct in6_addr *addr)
{
	/* IPv4's unspecified address is every one of IPv4. */
	if (ipv6_addr_v4mapped(at) && !at->s6_addr32[3])
		return ipv6_addr_v4mapped(addr);
	return ipv6_addr_any(at) || ipv6_addr_equal(at, addr);
}

static bool udp_port_is_local(struct udp_table *table, struct net *net, u16 port,
			      const struct in6_addr *addr)
{
	struct udp_hslot *slot = udp_hashslot(table, net, port);
	struct in6_addr at;
	bool found = false;
	struct sock *sk;

	spin_lock(&slot->lock);
	sk_for_each(sk, &slot->head) {
		if (!net_eq(sock_net(sk), net) || udp_sk(sk)->udp_port_hash != port)
			continue;
		at = sock_at(sk);
		found = !addr || covers(&at, addr);
		if (found)
			break;
	}
	spin_unlock(&slot->lock);
	return found;
}

bool port_is_local(struct net *net, u8 proto, __be16 port)
{
	switch (proto) {
	case IPPROTO_TCP:
		return tcp_port_is_local(net, ntohs(port));
	case IPPROTO_UDP:
		return udp_port_is_local(compat_udp_table(net, proto), net,
					 ntohs(port), NULL);
	default:
		return false;
	}
}

/* TCP's second table is by port and address, @hashed being one to look for. */
static bool tcp_chain_covers(struct net *net, u16 port,
			     const struct in6_addr *hashed,
			     const struct in6_addr *addr)
{
	struct inet_hashinfo *hashinfo = net->ipv4.tcp_death_row.hashinfo;
	u32 hash = ipv6_portaddr_hash(net, hashed, port);
	struct inet_bind_hashbucket *head;
	struct inet_bind2_bucket *tb;
	struct in6_addr at;
	bool found = false;

	head = &hashinfo->bhash2[hash & (hashinfo->bhash_size - 1)];
	spin_lock(&head->lock);
	hlist_for_each_entry(tb, &head->chain, node) {
		if (!net_eq(ib2_net(tb), net) || tb->port != port)
			continue;
		at = compat_bind2_at(tb);
		found = covers(&at, addr);
		if (found)
			break;
	}
	spin_unlock(&head->lock);
	return found;
}

bool port_is_local_at(struct net *net, u8 proto, __be16 port,
		      const union nf_inet_addr *addr, u8 family)
{
	struct in6_addr at = addr->in6;

	if (family == NFPROTO_IPV4)
		ipv6_addr_set_v4mapped(addr->ip, &at);
	switch (proto) {
	case IPPROTO_TCP:
		/* The unspecified addresses of both families have one hash. */
		return tcp_chain_covers(net, ntohs(port), &at, &at) ||
		       tcp_chain_covers(net, ntohs(port), &in6addr_any, &at);
	case IPPROTO_UDP:
		return udp_port_is_local(compat_udp_table(net, proto), net,
					 ntohs(port), &at);
	default:
		return false;
	}
}
