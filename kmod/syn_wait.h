/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Openings from outside that nobody asked for (RFC 5382 REQ-4, RFC 5597 REQ-4).
 * At once answered, such a SYN would break a simultaneous open whose other SYN
 * has not yet come by. So it is dropped and remembered for six seconds: when
 * meanwhile an outbound SYN of the same connection is translated, that was all;
 * else its sender gets ICMP port unreachable, unless the uplink says silence.
 *
 * At most SYN_WAIT_MAX are remembered in a namespace, the oldest being forgotten
 * without an answer: that bounds memory, and answers to 42 in a second. Packets
 * are kept as their first bytes only. A lock of its own, any softirq.
 */
#ifndef PORTICO_SYN_WAIT_H
#define PORTICO_SYN_WAIT_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "pkt.h"

struct ext_addr;
struct portico_net;

#define SYN_WAIT_MAX	256
#define SYN_WAIT_TIME	(6 * HZ)
#define SYN_WAIT_BITS	6

struct syn_wait_table {
	spinlock_t lock;		/* all of the below */
	struct list_head queue;		/* in order of coming */
	struct hlist_head buckets[1 << SYN_WAIT_BITS];
	u32 count;
};

void syn_wait_net_init(struct portico_net *pn);
void syn_wait_net_exit(struct portico_net *pn);

/* An opening for @ext was just refused. Copies what it needs of @pkt. */
void syn_wait_add(struct portico_net *pn, const struct ext_addr *ext,
		  const struct portico_pkt *pkt, const struct net_device *in);

/* An opening goes out from @ext, port @port, to @pkt's destination. */
void syn_wait_cancel_one(struct portico_net *pn, const struct ext_addr *ext,
			 __be16 port, const struct portico_pkt *pkt);

/* Mostly nobody waits. A macro, for struct portico_net comes after this. */
#define syn_wait_cancel(pn, ext, port, pkt)				\
do {									\
	struct portico_net *_pn = (pn);					\
									\
	if (unlikely(READ_ONCE(_pn->syn_wait.count)))			\
		syn_wait_cancel_one(_pn, ext, port, pkt);		\
} while (0)

/* Answer those whose time has come. Process context; gc only. */
void syn_wait_expire(struct portico_net *pn);

#endif
