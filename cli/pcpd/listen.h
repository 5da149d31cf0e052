/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sockets: one for each address of the gateway itself that lies within an
 * inside prefix, on interfaces that are no uplinks. A datagram counts only if it
 * came by an interface that is no uplink, from an inside host other than the
 * gateway; its answer leaves by the interface that it came by.
 */
#ifndef PORTICO_PCPD_LISTEN_H
#define PORTICO_PCPD_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "../parse.h"

struct gate;

#define LISTEN_MAX	64		/* sockets */

struct listener {
	int fd;
	struct addr addr;
	unsigned int ifindex;
	bool seen;			/* while refreshing */
};

struct listeners {
	struct listener at[LISTEN_MAX];
	unsigned int n;
	struct addr *own;		/* all of the gateway's addresses */
	unsigned int n_own, room;
};

/* Who asked, and how to answer. */
struct client {
	struct addr addr;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to;
	socklen_t to_len;
	unsigned int ifindex;
};

/* Open and close sockets until they are those that @g asks for. */
void listen_refresh(struct listeners *l, const struct gate *g);
void listen_close(struct listeners *l);

/*
 * One datagram of at most @size bytes, longer ones cut. Its length; 0 for one
 * that does not count; -1 when there is none.
 */
ssize_t listen_receive(const struct listeners *l, const struct listener *at,
		       const struct gate *g, void *data, size_t size,
		       struct client *client);
void listen_answer(const struct listener *at, const struct client *client,
		   const void *data, size_t len);
/* To all hosts on the listener's link. */
void listen_announce(const struct listener *at, const void *data, size_t len);

#endif
