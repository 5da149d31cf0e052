/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SOCKET_GET: socket records over netlink. Process context, except where said.
 */
#ifndef PORTICO_NL_SOCK_H
#define PORTICO_NL_SOCK_H

#include <linux/portico.h>
#include <net/netlink.h>

struct netlink_callback;
struct sk_buff;
struct sock_rec;
struct user_namespace;

extern const struct nla_policy nl_socket_policy[PORTICO_A_SOCKET_MAX + 1];

int nl_socket_get_start(struct netlink_callback *cb);
int nl_socket_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_socket_get_done(struct netlink_callback *cb);

/*
 * The attributes of set portico_socket for @rec, flat into @skb; user ids as
 * @reader sees them. 0 or -EMSGSIZE. Any context, under RCU; serves dump and
 * event.
 */
int nl_socket_fill(struct sk_buff *skb, struct sock_rec *rec,
		   struct user_namespace *reader);

#endif
