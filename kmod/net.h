/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All state of one network namespace. Nothing in the module lives outside it,
 * so that a namespace's end and rmmod leave nothing behind.
 *
 * portico_pernet() may be called in any context while the namespace lives.
 */
#ifndef PORTICO_NET_H
#define PORTICO_NET_H

#include <linux/mutex.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "account.h"
#include "forward.h"
#include "gc.h"
#include "history.h"
#include "host.h"
#include "inside.h"
#include "mapping.h"
#include "opening.h"
#include "way.h"
#include "peer.h"
#include "pool.h"
#include "session.h"
#include "syn_wait.h"
#include "uplink.h"

struct event_book;
struct fast_batch;
struct port_book;
struct reason_cpu;
struct sock_book;

extern unsigned int portico_net_id;

struct portico_net {
	struct net *net;
	struct mutex config;			/* serialises every configuration change */
	u64 since;				/* ns, real time: books opened at */
	bool started;				/* hooks and timers run */

	struct reason_cpu __percpu *reasons;
	struct reason_cpu *reasons_base;	/* sums at the last reset */
	struct mapping_table mappings;
	struct history history;			/* under mappings.lock */
	struct session_table sessions;
	struct host_table hosts;
	struct rate_round rates;
	struct peers peers;
	struct pool_table pool;
	struct way_table ways;
	struct opening_table openings;
	struct inside_table inside;
	struct uplink_table uplinks;
	struct forward_table forwards;
	struct account_table accounts;
	struct syn_wait_table syn_wait;
	struct list_head fast;			/* interfaces with the fast path */
	struct fast_batch __percpu *batches;	/* fast_batch.c; NULL until the first uplink */
	struct net_device *batch_dev;		/* what their NAPIs hang on */
	u32 batch_from;				/* mappings from which packets are kept */
	struct gc gc;
	struct event_book *events;
	struct sock_book *socks;		/* sock.c */
	struct port_book *ports;		/* port.c */
};

static inline struct portico_net *portico_pernet(const struct net *net)
{
	return net_generic(net, portico_net_id);
}

/* The same, under RCU. */
static inline struct portico_net *portico_pernet_rcu(const struct net *net)
{
	/* In a probe preemption may be off instead. */
	return rcu_dereference_check(net->gen,
				     rcu_read_lock_any_held())->ptr[portico_net_id];
}

#endif
