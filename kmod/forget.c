// SPDX-License-Identifier: GPL-2.0
/* Hosts that nothing is left of, when room is wanted. */
#include <linux/rculist.h>
#include <linux/rcupdate.h>

#include "account.h"
#include "forget.h"
#include "net.h"

#define FORGET_WORK	1024		/* hosts looked at in one tick */

/* jiffies for which one is kept that does nothing; U64_MAX: for ever. */
static u64 patience(const struct host_table *table)
{
	u64 count = READ_ONCE(table->count), max = READ_ONCE(table->max);

	if (count * 2 <= max)
		return U64_MAX;
	if (count * 4 <= max * 3)
		return 3600 * HZ;
	if (count * 8 <= max * 7)
		return 300 * HZ;
	/* Longer than an opening (opening.h) may point to it. */
	return 10 * HZ;
}

/* Nothing points to it, and nothing would be forgiven. Lock held. */
static bool is_over(const struct host *host, u64 now, u64 kept)
{
	return !host->mappings_count && !host->dying && !host->blocks_count &&
	       !host->wholes && !host->rate.over &&
	       now - READ_ONCE(host->last) > kept;
}

static void npt_move(struct npt_counters *to, struct npt_counters *from)
{
	enum direction dir;

	for (dir = 0; dir < __DIRS; dir++) {
		atomic64_add(atomic64_xchg(&from->packets[dir], 0),
			     &to->packets[dir]);
		atomic64_add(atomic64_xchg(&from->bytes[dir], 0),
			     &to->bytes[dir]);
	}
}

static void forget(struct portico_net *pn, struct host *host)
{
	struct host_table *table = &pn->hosts;
	struct flow_counters sum;

	host_read(host, &sum);
	account_forget(pn, host, &sum);
	flow_counters_add(&table->past, &host->retired);
	npt_move(&table->other, &host->npt);
	host_remove(pn, host);
	table->forgotten++;
	host->gone = get_state_synchronize_rcu();
	list_add_tail(&host->leaving, &table->leaving);
}

/* Those that no packet can be on its way to any more. Lock held. */
static void free_some(struct portico_net *pn)
{
	struct host_table *table = &pn->hosts;
	struct host *host, *tmp;

	list_for_each_entry_safe(host, tmp, &table->leaving, leaving) {
		if (!poll_state_synchronize_rcu(host->gone))
			return;
		list_del(&host->leaving);
		npt_move(&table->other, &host->npt);
		host_free(host);
	}
}

static struct host *next_of(struct portico_net *pn, struct host *host)
{
	return list_next_or_null_rcu(&pn->hosts.all, &host->all, struct host, all);
}

void forget_slice(struct portico_net *pn)
{
	struct host_table *table = &pn->hosts;
	u64 now = get_jiffies_64(), kept;
	struct host *host, *next;
	int work;

	spin_lock_bh(&pn->mappings.lock);
	rcu_read_lock();
	free_some(pn);
	kept = patience(table);
	host = table->hand;
	if (!host && kept != U64_MAX)
		host = list_first_or_null_rcu(&table->all, struct host, all);
	for (work = 0; host && work < FORGET_WORK; work++, host = next) {
		next = next_of(pn, host);
		if (table->paused || !is_over(host, now, kept))
			continue;
		if (pn->rates.next == host)
			pn->rates.next = next;
		forget(pn, host);
	}
	table->hand = host;
	rcu_read_unlock();
	spin_unlock_bh(&pn->mappings.lock);
}

void forget_net_exit(struct portico_net *pn)
{
	struct host *host, *tmp;

	if (list_empty(&pn->hosts.leaving))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(host, tmp, &pn->hosts.leaving, leaving) {
		list_del(&host->leaving);
		host_free(host);
	}
}

void forget_pause(struct portico_net *pn)
{
	spin_lock_bh(&pn->mappings.lock);
	pn->hosts.paused++;
	spin_unlock_bh(&pn->mappings.lock);
}

void forget_resume(struct portico_net *pn)
{
	spin_lock_bh(&pn->mappings.lock);
	pn->hosts.paused--;
	spin_unlock_bh(&pn->mappings.lock);
}
