// SPDX-License-Identifier: GPL-2.0
/* The equations of the books. */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "audit.h"
#include "net.h"
#include "port.h"
#include "reason.h"

#define AUDIT_TRIES	20

static void row_add(struct audit *audit, const char *name, u64 left, u64 right)
{
	struct audit_row *row = &audit->rows[audit->count];

	if (WARN_ON_ONCE(audit->count == AUDIT_ROWS_MAX))
		return;
	row->name = name;
	row->left = left;
	row->right = right;
	audit->count++;
}

static bool audit_balances(const struct audit *audit)
{
	u32 i;

	for (i = 0; i < audit->count; i++)
		if (audit->rows[i].left != audit->rows[i].right)
			return false;
	return true;
}

static const char *const hook_packets[__PORTICO_HOOK_MAX] = {
	[PORTICO_HOOK_INGRESS] = "ingress packets: seen = reasons",
	[PORTICO_HOOK_PRE_ROUTING] = "pre-routing packets: seen = reasons",
	[PORTICO_HOOK_POST_ROUTING] = "post-routing packets: seen = reasons",
};

static const char *const hook_bytes[__PORTICO_HOOK_MAX] = {
	[PORTICO_HOOK_INGRESS] = "ingress bytes: seen = reasons",
	[PORTICO_HOOK_PRE_ROUTING] = "pre-routing bytes: seen = reasons",
	[PORTICO_HOOK_POST_ROUTING] = "post-routing bytes: seen = reasons",
};

static void audit_reasons(struct audit *audit, const struct reason_cpu *sum)
{
	u64 packets, bytes;
	int hook, why;

	for (hook = 0; hook < __PORTICO_HOOK_MAX; hook++) {
		if (reason_is_local(hook))
			continue;
		packets = 0;
		bytes = 0;
		for (why = 0; why < __REASON_MAX; why++) {
			packets += sum->at[hook][why].packets;
			bytes += sum->at[hook][why].bytes;
		}
		row_add(audit, hook_packets[hook], sum->seen[hook].packets,
			packets);
		row_add(audit, hook_bytes[hook], sum->seen[hook].bytes, bytes);
	}
}

/*
 * What the hooks say that they translated: packets of @why, and those of
 * @hairpin as often as they are booked.
 */
static void translated(const struct reason_cpu *sum, enum reason why,
		       enum reason hairpin, u32 times, u64 *packets, u64 *bytes)
{
	int hook;

	*packets = 0;
	*bytes = 0;
	for (hook = 0; hook < __PORTICO_HOOK_MAX; hook++) {
		*packets += sum->at[hook][why].packets +
			    times * sum->at[hook][hairpin].packets;
		*bytes += sum->at[hook][why].bytes +
			  times * sum->at[hook][hairpin].bytes;
	}
}

/*
 * What ended went to remotes too, turned around. Of sockets all that went to an
 * own address went to a remote one.
 */
static void audit_remotes(struct portico_net *pn, struct audit *audit,
			  const struct flow_counters *mappings,
			  const struct flow_counters *sessions)
{
	struct peer_counters ended[__PEER_SIDES];
	const struct flow_counters *flow = &ended[PEER_REMOTE].flow;
	const struct flow_counters *remote = &ended[PEER_REMOTE].local;
	const struct flow_counters *own = &ended[PEER_LOCAL].local;

	peer_read(pn, ended);
	row_add(audit, "out bytes: mappings = live sessions + remotes",
		mappings->bytes[DIR_OUT],
		sessions->bytes[DIR_OUT] + flow->bytes[DIR_IN]);
	row_add(audit, "in bytes: mappings = live sessions + remotes",
		mappings->bytes[DIR_IN],
		sessions->bytes[DIR_IN] + flow->bytes[DIR_OUT]);
	row_add(audit, "bytes of closed sockets: own addresses = remotes",
		flow_bytes(own), flow_bytes(remote));
}

/* Mappings by their external ports, hosts by their lists: two ways to count. */
static void audit_flows(struct portico_net *pn, struct audit *audit,
			const struct reason_cpu *reasons)
{
	struct flow_counters mappings, sessions = {}, hosts = {}, npt = {}, one;
	struct ext_addr *ext;
	struct mapping *m;
	struct host *host;
	u32 space, port, live = 0;
	u64 packets, bytes, talks = 0;

	lockdep_assert_held(&pn->mappings.lock);
	mappings = pn->mappings.retired;
	list_for_each_entry_rcu(ext, &pn->pool.all, all,
				lockdep_is_held(&pn->mappings.lock))
		for (space = 0; space < __EXT_SPACES; space++)
			for (port = 0; ext->spaces[space] && port <= U16_MAX;
			     port++) {
				m = ext_owner(ext, space, htons(port));
				if (!m)
					continue;
				mapping_read_parts(m, &sessions, &mappings);
				live++;
			}
	list_for_each_entry(host, &pn->hosts.all, all) {
		host_read_mapped(host, &one);
		flow_counters_add(&hosts, &one);
		npt_counters_add(&npt, &host->npt);
		talks += host->sessions_count;
	}
	flow_counters_add(&hosts, &pn->hosts.past);
	npt_counters_add(&npt, &pn->hosts.other);
	/* Packets that were on their way when these were forgotten. */
	list_for_each_entry(host, &pn->hosts.leaving, leaving)
		npt_counters_add(&npt, &host->npt);
	flow_counters_add(&mappings, &sessions);
	row_add(audit, "mappings: counted = found", pn->mappings.count, live);
	row_add(audit, "live sessions: counted = hosts", pn->sessions.count, talks);
	audit_remotes(pn, audit, &mappings, &sessions);
	row_add(audit, "out packets: mappings = hosts",
		mappings.packets[DIR_OUT], hosts.packets[DIR_OUT]);
	row_add(audit, "out bytes: mappings = hosts",
		mappings.bytes[DIR_OUT], hosts.bytes[DIR_OUT]);
	row_add(audit, "in packets: mappings = hosts",
		mappings.packets[DIR_IN], hosts.packets[DIR_IN]);
	row_add(audit, "in bytes: mappings = hosts",
		mappings.bytes[DIR_IN], hosts.bytes[DIR_IN]);
	translated(reasons, REASON_OUTBOUND, REASON_HAIRPIN, 1, &packets,
		   &bytes);
	row_add(audit, "out packets: mappings = translated",
		mappings.packets[DIR_OUT], packets);
	row_add(audit, "out bytes: mappings = translated",
		mappings.bytes[DIR_OUT], bytes);
	translated(reasons, REASON_INBOUND, REASON_HAIRPIN, 1, &packets,
		   &bytes);
	row_add(audit, "in packets: mappings = translated",
		mappings.packets[DIR_IN], packets);
	row_add(audit, "in bytes: mappings = translated",
		mappings.bytes[DIR_IN], bytes);
	/* On both ends: prefixes have no mapping that tells the ways apart. */
	translated(reasons, REASON_NPT, REASON_NPT_HAIRPIN, 2, &packets, &bytes);
	row_add(audit, "prefix packets: hosts = exchanged",
		flow_packets(&npt), packets);
	row_add(audit, "prefix bytes: hosts = exchanged",
		flow_bytes(&npt), bytes);
}

/* What has ended is in its history, or was pushed out of it. */
static void audit_history(struct portico_net *pn, struct audit *audit)
{
	const struct history *history = &pn->history;
	const struct flow_counters *retired = &pn->mappings.retired;
	struct flow_counters sum = history->lost_sum;
	u64 i;

	for (i = history->first; i < history->next; i++)
		flow_counters_add(&sum, &history_at(history, i)->counters);
	row_add(audit, "mappings: made = found + ended", pn->mappings.created,
		pn->mappings.count + history_kept(history) + history->lost);
	row_add(audit, "packets of ended mappings: hosts = history",
		flow_packets(retired), flow_packets(&sum));
	row_add(audit, "bytes of ended mappings: hosts = history",
		flow_bytes(retired), flow_bytes(&sum));
}

/* What the port table holds of one direction, all rows and records. */
static void local_totals(const struct port_sum *sums, u32 n,
			 struct port_sum *total)
{
	u32 i;
	int outcome;

	memset(total, 0, sizeof(*total));
	for (i = 0; i < n; i++) {
		for (outcome = 0; outcome < __PORT_OUTCOMES; outcome++)
			total->in_packets[0] += sums[i].in_packets[outcome];
		total->in_bytes += sums[i].in_bytes;
		total->out_packets += sums[i].out_packets;
		total->out_bytes += sums[i].out_bytes;
	}
}

/* What a hook says that it booked on sockets and ports. */
static struct reason_count local_booked(const struct reason_cpu *sum,
					enum portico_hook hook)
{
	static const enum reason why[] = {
		REASON_SOCKET, REASON_SOCKETS_FULL, REASON_NO_SOCKET,
	};
	struct reason_count count = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(why); i++) {
		count.packets += sum->at[hook][why[i]].packets;
		count.bytes += sum->at[hook][why[i]].bytes;
	}
	return count;
}

/*
 * Packets go on while the table is read: what lies between the hooks' figures
 * before and after it is as right as can be told.
 */
static void row_between(struct audit *audit, const char *name, u64 value,
			u64 before, u64 after)
{
	bool fits = value >= before && value <= after;

	row_add(audit, name, value, fits ? value : after);
}

static int audit_local(struct portico_net *pn, struct audit *audit,
		       const struct reason_cpu *before)
{
	struct reason_cpu *after = kmalloc(sizeof(*after), GFP_KERNEL);
	struct reason_count from, to;
	struct port_sum *sums, total;
	u32 n;

	sums = after ? port_snapshot(pn, &n) : NULL;
	if (!sums) {
		kfree(after);
		return -ENOMEM;
	}
	local_totals(sums, n, &total);
	kvfree(sums);
	reason_read(pn, after);
	from = local_booked(before, PORTICO_HOOK_LOCAL_IN);
	to = local_booked(after, PORTICO_HOOK_LOCAL_IN);
	row_between(audit, "local-in packets: ports = booked",
		    total.in_packets[0], from.packets, to.packets);
	row_between(audit, "local-in bytes: ports = booked", total.in_bytes,
		    from.bytes, to.bytes);
	from = local_booked(before, PORTICO_HOOK_LOCAL_OUT);
	to = local_booked(after, PORTICO_HOOK_LOCAL_OUT);
	row_between(audit, "local-out packets: ports = booked",
		    total.out_packets, from.packets, to.packets);
	row_between(audit, "local-out bytes: ports = booked", total.out_bytes,
		    from.bytes, to.bytes);
	kfree(after);
	return 0;
}

static int audit_once(struct portico_net *pn, struct audit *audit,
		      struct reason_cpu *reasons)
{
	audit->count = 0;
	spin_lock_bh(&pn->mappings.lock);
	reason_read(pn, reasons);
	audit_flows(pn, audit, reasons);
	audit_history(pn, audit);
	spin_unlock_bh(&pn->mappings.lock);
	audit_reasons(audit, reasons);
	return audit_local(pn, audit, reasons);
}

int audit_run(struct portico_net *pn, struct audit *audit)
{
	struct reason_cpu *reasons = kmalloc(sizeof(*reasons), GFP_KERNEL);
	int i, err = 0;

	if (!reasons)
		return -ENOMEM;
	for (i = 0; i < AUDIT_TRIES; i++) {
		err = audit_once(pn, audit, reasons);
		if (err || audit_balances(audit))
			break;
		usleep_range(10 * USEC_PER_MSEC, 20 * USEC_PER_MSEC);
	}
	kfree(reasons);
	return err;
}
