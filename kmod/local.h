/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gateway's own traffic: LOCAL_IN and LOCAL_OUT, last in their chains, so
 * that only what the firewall lets pass is booked and what leaves is seen as it
 * goes. Each packet is booked on one socket record, or on one port row, or by
 * its reason alone; its verdict is never touched.
 *
 * Traffic over the loopback interface passes both hooks and is booked twice,
 * once for the sender and once for the receiver.
 */
#ifndef PORTICO_LOCAL_H
#define PORTICO_LOCAL_H

#include <linux/types.h>

struct portico_net;

/*
 * Process context. The books of a new namespace are open. After pre_exit and a
 * grace period no packet is in the hooks any more.
 */
int local_net_init(struct portico_net *pn);
void local_net_pre_exit(struct portico_net *pn);

/*
 * Open or close the books on local sockets and ports. Under pn->config. What
 * was booked stays readable; a socket that closes meanwhile is found gone when
 * the books open again.
 */
int local_enable(struct portico_net *pn, bool on);

#endif
