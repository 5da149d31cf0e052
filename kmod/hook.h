/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slow path: PRE_ROUTING after defragmentation and before conntrack, so
 * that an admin's firewall sees internal addresses in both directions, and
 * POST_ROUTING after source NAT. Registered while a namespace has uplinks.
 */
#ifndef PORTICO_HOOK_H
#define PORTICO_HOOK_H

struct portico_net;

/* Tables, timers and hooks, once; config lock held. */
int hook_start(struct portico_net *pn);
void hook_net_exit(struct portico_net *pn);

#endif
