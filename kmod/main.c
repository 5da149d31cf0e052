// SPDX-License-Identifier: GPL-2.0
/* Module entry and exit, and those of each network namespace. */
#include <linux/module.h>
#include <linux/ktime.h>
#include <linux/random.h>

#include "event.h"
#include "fast.h"
#include "fast_batch.h"
#include "hook.h"
#include "local.h"
#include "net.h"
#include "nl.h"
#include "port.h"
#include "reason.h"
#include "sock.h"
#include "sock_trace.h"
#include "version.h"

unsigned int portico_net_id __read_mostly;

struct addr_secret addr_secret __read_mostly;

static int __net_init portico_net_init(struct net *net)
{
	struct portico_net *pn = portico_pernet(net);
	int err;

	pn->net = net;
	mutex_init(&pn->config);
	pn->since = ktime_get_real_ns();
	way_net_init(pn);
	mapping_net_init(pn);
	history_net_init(pn);
	uplink_net_init(pn);
	forward_net_init(pn);
	account_net_init(pn);
	fast_net_init(pn);
	gc_net_init(pn);
	syn_wait_net_init(pn);
	err = reason_net_init(pn);
	if (err)
		return err;
	err = event_net_init(pn);
	if (err)
		goto reason;
	err = pool_net_init(pn);
	if (err)
		goto event;
	err = session_net_init(pn);
	if (err)
		goto pool;
	err = host_net_init(pn);
	if (err)
		goto session;
	err = peer_net_init(pn);
	if (err)
		goto host;
	err = port_net_init(pn);
	if (err)
		goto peer;
	err = sock_net_init(pn);
	if (err)
		goto port;
	err = local_net_init(pn);
	if (err)
		goto sock;
	return 0;

sock:
	sock_net_pre_exit(pn);
	synchronize_rcu();
	sock_net_exit(pn);
port:
	port_net_exit(pn);
peer:
	peer_net_exit(pn);
host:
	host_net_exit(pn);
session:
	session_net_exit(pn);
pool:
	pool_net_exit(pn);
event:
	event_net_exit(pn);
reason:
	reason_net_exit(pn);
	return err;
}

/* Between this and exit lies a grace period: no packet is in a hook then. */
static void __net_exit portico_net_pre_exit(struct net *net)
{
	struct portico_net *pn = portico_pernet(net);

	local_net_pre_exit(pn);
	sock_net_pre_exit(pn);
}

/* No packet comes in any more, then what they made goes, users first. */
static void __net_exit portico_net_exit(struct net *net)
{
	struct portico_net *pn = portico_pernet(net);

	sock_net_exit(pn);
	port_net_exit(pn);
	fast_net_exit(pn);
	batch_net_exit(pn);
	hook_net_exit(pn);
	uplink_net_exit(pn);
	forward_net_exit(pn);
	gc_net_exit(pn);
	account_net_exit(pn);
	syn_wait_net_exit(pn);
	opening_net_exit(pn);
	mapping_net_exit(pn);
	peer_net_exit(pn);
	history_net_exit(pn);
	host_net_exit(pn);
	session_net_exit(pn);
	pool_net_exit(pn);
	inside_net_exit(pn);
	way_net_exit(pn);
	event_net_exit(pn);
	reason_net_exit(pn);
}

static struct pernet_operations portico_net_ops = {
	.init = portico_net_init,
	.pre_exit = portico_net_pre_exit,
	.exit = portico_net_exit,
	.id = &portico_net_id,
	.size = sizeof(struct portico_net),
};

/* Caches before the namespaces that use them, what calls into those after. */
static int __init portico_init(void)
{
	int err;

	get_random_bytes(&addr_secret, sizeof(addr_secret));
	err = mapping_init();
	if (err)
		return err;
	err = session_init();
	if (err)
		goto mapping;
	err = sock_init();
	if (err)
		goto session;
	err = register_pernet_subsys(&portico_net_ops);
	if (err)
		goto sock;
	err = sock_trace_init();
	if (err)
		goto pernet;
	err = uplink_init();
	if (err)
		goto trace;
	err = nl_init();
	if (err)
		goto uplink;
	return 0;

uplink:
	uplink_exit();
trace:
	sock_trace_exit();
pernet:
	unregister_pernet_subsys(&portico_net_ops);
sock:
	sock_exit();
session:
	rcu_barrier();
	session_exit();
mapping:
	mapping_exit();
	return err;
}

static void __exit portico_exit(void)
{
	nl_exit();
	uplink_exit();
	sock_trace_exit();
	unregister_pernet_subsys(&portico_net_ops);
	sock_exit();
	/* Twice: a callback may have put off another one. */
	rcu_barrier();
	rcu_barrier();
	session_exit();
	mapping_exit();
}

module_init(portico_init);
module_exit(portico_exit);

MODULE_DESCRIPTION("Gateway that translates at line rate and keeps the books");
MODULE_VERSION(PORTICO_VERSION);
MODULE_LICENSE("GPL");
