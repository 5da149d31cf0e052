/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bound: ports of TCP and UDP that sockets of the gateway hold, as the kernel's
 * own tables tell. Bottom halves off.
 */
#ifndef PORTICO_BOUND_H
#define PORTICO_BOUND_H

#include "tuple.h"

/* Does a local socket hold this port, on any address? */
bool port_is_local(struct net *net, u8 proto, __be16 port);
/* Does one hold it at @addr: bound to that address, or to every one? */
bool port_is_local_at(struct net *net, u8 proto, __be16 port,
		      const union nf_inet_addr *addr, u8 family);

#endif
