// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../cli.h"
#include "../format.h"
#include "gate.h"
#include "listen.h"
#include "wire.h"

static bool addr_of(struct addr *a, const struct sockaddr *sa)
{
	memset(a, 0, sizeof(*a));
	if (sa && sa->sa_family == AF_INET) {
		a->len = 4;
		memcpy(a->b, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	} else if (sa && sa->sa_family == AF_INET6) {
		a->len = 16;
		memcpy(a->b, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
	}
	return a->len;
}

static socklen_t sockaddr_of(struct client *c, const struct addr *a, __u16 port)
{
	memset(&c->to, 0, sizeof(c->to));
	if (a->len == 4) {
		c->to.in.sin_family = AF_INET;
		c->to.in.sin_port = htons(port);
		memcpy(&c->to.in.sin_addr, a->b, 4);
		return sizeof(c->to.in);
	}
	c->to.in6.sin6_family = AF_INET6;
	c->to.in6.sin6_port = htons(port);
	memcpy(&c->to.in6.sin6_addr, a->b, 16);
	return sizeof(c->to.in6);
}

static int open_socket(const struct addr *a)
{
	int family = a->len == 4 ? AF_INET : AF_INET6, one = 1, fd;
	struct client c;
	int err;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (family == AF_INET)
		err = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	else
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one)) ||
		      setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
				 sizeof(one));
	c.to_len = sockaddr_of(&c, a, WIRE_PORT);
	if (!err && !bind(fd, &c.to.sa, c.to_len))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void add(struct listeners *l, const struct addr *a, unsigned int ifindex)
{
	char text[64];
	unsigned int i;
	int fd;

	for (i = 0; i < l->n; i++)
		if (addr_same(&l->at[i].addr, a)) {
			l->at[i].ifindex = ifindex;
			l->at[i].seen = true;
			return;
		}
	if (l->n == LISTEN_MAX)
		return;
	format_addr(text, sizeof(text), a);
	fd = open_socket(a);
	if (fd < 0) {
		/* A tentative IPv6 address will be there next time. */
		if (errno != EADDRNOTAVAIL)
			note("cannot listen on %s: %s", text, strerror(errno));
		return;
	}
	l->at[l->n++] = (struct listener){
		.fd = fd, .addr = *a, .ifindex = ifindex, .seen = true,
	};
	note("listening on %s", text);
}

static void drop_unseen(struct listeners *l)
{
	unsigned int i = 0;

	while (i < l->n) {
		if (l->at[i].seen) {
			i++;
			continue;
		}
		close(l->at[i].fd);
		l->at[i] = l->at[--l->n];
	}
}

static void own_add(struct listeners *l, const struct addr *a)
{
	if (l->n_own == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->own = xrealloc(l->own, l->room * sizeof(*l->own));
	}
	l->own[l->n_own++] = *a;
}

void listen_refresh(struct listeners *l, const struct gate *g)
{
	struct ifaddrs *all, *i;
	unsigned int ifindex, n;
	struct addr a;

	/* Then all stays as it is. */
	if (getifaddrs(&all)) {
		note("cannot read the addresses: %s", strerror(errno));
		return;
	}
	for (n = 0; n < l->n; n++)
		l->at[n].seen = false;
	l->n_own = 0;
	for (i = all; i; i = i->ifa_next) {
		if (!addr_of(&a, i->ifa_addr))
			continue;
		own_add(l, &a);
		ifindex = if_nametoindex(i->ifa_name);
		if (ifindex && i->ifa_flags & IFF_UP && gate_inside(g, &a) &&
		    !gate_is_uplink(g, ifindex))
			add(l, &a, ifindex);
	}
	freeifaddrs(all);
	drop_unseen(l);
}

void listen_close(struct listeners *l)
{
	while (l->n)
		close(l->at[--l->n].fd);
	free(l->own);
}

static bool is_own(const struct listeners *l, const struct addr *a)
{
	unsigned int i;

	for (i = 0; i < l->n_own; i++)
		if (addr_same(&l->own[i], a))
			return true;
	return false;
}

/* The interface that it came by; 0 when the kernel does not say. */
static unsigned int interface_of(struct msghdr *msg)
{
	struct in6_pktinfo in6;
	struct in_pktinfo in;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&in, CMSG_DATA(c), sizeof(in));
			return in.ipi_ifindex;
		}
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&in6, CMSG_DATA(c), sizeof(in6));
			return in6.ipi6_ifindex;
		}
	}
	return 0;
}

ssize_t listen_receive(const struct listeners *l, const struct listener *at,
		       const struct gate *g, void *data, size_t size,
		       struct client *client)
{
	char control[256];
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {
		.msg_name = &client->to, .msg_namelen = sizeof(client->to),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	n = recvmsg(at->fd, &msg, 0);
	if (n < 0)
		return -1;
	client->to_len = msg.msg_namelen;
	client->ifindex = interface_of(&msg);
	if (!addr_of(&client->addr, &client->to.sa) || !client->ifindex ||
	    gate_is_uplink(g, client->ifindex) ||
	    !gate_inside(g, &client->addr) || is_own(l, &client->addr))
		return 0;
	return n;
}

static void send_by(const struct listener *at, struct client *to,
		    unsigned int ifindex, const void *data, size_t len)
{
	union {
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = {
		.msg_name = &to->to, .msg_namelen = to->to_len,
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
	};
	struct in6_pktinfo in6 = { .ipi6_ifindex = ifindex };
	struct in_pktinfo in = { .ipi_ifindex = ifindex };
	bool v4 = at->addr.len == 4;
	struct cmsghdr *c;

	/* Without it the route would choose the source, whatever the socket is bound to. */
	if (v4)
		memcpy(&in.ipi_spec_dst, at->addr.b, sizeof(in.ipi_spec_dst));
	msg.msg_controllen = CMSG_SPACE(v4 ? sizeof(in) : sizeof(in6));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(v4 ? sizeof(in) : sizeof(in6));
	if (v4)
		memcpy(CMSG_DATA(c), &in, sizeof(in));
	else
		memcpy(CMSG_DATA(c), &in6, sizeof(in6));
	/* An answer that does not go is an answer lost: the client asks again. */
	while (sendmsg(at->fd, &msg, 0) < 0 && errno == EINTR)
		;
}

void listen_answer(const struct listener *at, const struct client *client,
		   const void *data, size_t len)
{
	struct client to = *client;

	send_by(at, &to, client->ifindex, data, len);
}

void listen_announce(const struct listener *at, const void *data, size_t len)
{
	struct addr all = { .len = 4, .b = { 224, 0, 0, 1 } };
	struct client to;

	if (at->addr.len == 16)
		all = (struct addr){ .len = 16,
				     .b = { 0xff, 0x02, [15] = 1 } };
	to.to_len = sockaddr_of(&to, &all, WIRE_CLIENTS);
	send_by(at, &to, at->ifindex, data, len);
}
