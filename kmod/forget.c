// SPDX-License-Identifier: GPL-2.0
/* Hosts that nothing is left of, when room is wanted. */
#include <linux/rculist.h>
#include <linux/rcupdate.h>

#include "account.h"
#include "forget.h"
#include "net.h"

#define FORGET_WORK	1024		/* hosts looked at in one tick */
#define FORGET_BATCH	64		/* and under one hold of the lock */

/* jiffies for which one is kept that does nothing; S64_MAX: for ever. */
static s64 patience(const struct host_table *table)
{
	u64 count = READ_ONCE(table->count), max = READ_ONCE(table->max);

	if (count * 2 < max)
		return S64_MAX;
	if (count * 4 < max * 3)
		return 3600 * HZ;
	if (count * 8 < max * 7)
		return 300 * HZ;
	/* Longer than an opening (opening.h) may point to it. */
	return 10 * HZ;
}

/* Has it used a good part of a quota that still runs? */
static bool owes(struct portico_net *pn, const struct host *host)
{
	return host->rate.spent && inside_has_quotas(pn);
}

/* Nothing points to it. Its last packet may come as we look. Lock held. */
static bool is_over(struct portico_net *pn, const struct host *host, s64 kept)
{
	return !host->mappings_count && !host->dying && !host->blocks_count &&
	       !host->wholes && !owes(pn, host) &&
	       (s64)(get_jiffies_64() - READ_ONCE(host->last)) > kept;
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
	int n = 0;

	list_for_each_entry_safe(host, tmp, &table->leaving, leaving) {
		if (n++ == FORGET_BATCH || !poll_state_synchronize_rcu(host->gone))
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

/* Some hosts from the hand on; the next one, or NULL: all were looked at. */
static struct host *look_at_some(struct portico_net *pn, struct host *host, s64 kept)
{
	struct host *next;
	int n;

	lockdep_assert_held(&pn->mappings.lock);
	for (n = 0; host && n < FORGET_BATCH; n++, host = next) {
		next = next_of(pn, host);
		if (pn->hosts.paused || !is_over(pn, host, kept))
			continue;
		if (pn->rates.next == host)
			pn->rates.next = next;
		forget(pn, host);
		/* Each account was compared with it. */
		n += pn->accounts.count / 8;
	}
	return host;
}

void forget_slice(struct portico_net *pn)
{
	struct host_table *table = &pn->hosts;
	s64 kept = patience(table);
	int left;

	rcu_read_lock();
	if (!table->hand && kept != S64_MAX)
		table->hand = list_first_or_null_rcu(&table->all, struct host, all);
	/* Nobody else touches the hand or the list: nothing to do, no lock. */
	for (left = FORGET_WORK;
	     left > 0 && (table->hand || !list_empty(&table->leaving));
	     left -= FORGET_BATCH) {
		spin_lock_bh(&pn->mappings.lock);
		free_some(pn);
		table->hand = look_at_some(pn, table->hand, kept);
		spin_unlock_bh(&pn->mappings.lock);
	}
	rcu_read_unlock();
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
