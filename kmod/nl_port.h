/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PORT_GET: the port table over netlink. Process context. What is shown is a
 * snapshot taken at the dump's start.
 */
#ifndef PORTICO_NL_PORT_H
#define PORTICO_NL_PORT_H

#include <linux/portico.h>
#include <net/netlink.h>

struct netlink_callback;
struct sk_buff;

extern const struct nla_policy nl_port_policy[PORTICO_A_PORT_MAX + 1];

int nl_port_get_start(struct netlink_callback *cb);
int nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_port_get_done(struct netlink_callback *cb);

#endif
