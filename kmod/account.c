// SPDX-License-Identifier: GPL-2.0
/* Named sums over inside hosts. */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "account.h"
#include "forget.h"
#include "net.h"

void account_net_init(struct portico_net *pn)
{
	INIT_LIST_HEAD(&pn->accounts.all);
}

void account_net_exit(struct portico_net *pn)
{
	struct account *account, *tmp;

	list_for_each_entry_safe(account, tmp, &pn->accounts.all, all)
		kfree(account);
}

struct account *account_get(struct portico_net *pn, const char *name)
{
	struct account *account;

	lockdep_assert_held(&pn->config);
	list_for_each_entry(account, &pn->accounts.all, all)
		if (!strcmp(account->name, name))
			return account;
	return NULL;
}

bool account_same(const struct account *a, const struct account *b)
{
	return !strcmp(a->name, b->name) && a->nprefixes == b->nprefixes &&
	       !memcmp(a->prefixes, b->prefixes,
		       a->nprefixes * sizeof(a->prefixes[0]));
}

static bool account_has(const struct account *account, const struct host *host)
{
	const struct account_prefix *p = account->prefixes;
	u32 i;

	for (i = 0; i < account->nprefixes; i++, p++)
		if (p->family == host->family &&
		    addr_in_prefix(&host->addr, &p->addr, p->plen))
			return true;
	return false;
}

/* All that its hosts ever counted. */
static void account_total(struct portico_net *pn, const struct account *account,
			  struct account_sum *sum)
{
	struct flow_counters one;
	struct host *host;

	memset(sum, 0, sizeof(*sum));
	forget_pause(pn);
	sum->counters = account->past;
	rcu_read_lock();
	list_for_each_entry_rcu(host, &pn->hosts.all, all) {
		if (!account_has(account, host))
			continue;
		spin_lock_bh(&pn->mappings.lock);
		host_read(host, &one);
		sum->mappings += host->mappings_count;
		if (rate_is_fresh(&host->rate)) {
			flow_counters_add(&sum->second, &host->rate.second);
			flow_counters_add(&sum->minute, &host->rate.minute);
		}
		spin_unlock_bh(&pn->mappings.lock);
		flow_counters_add(&sum->counters, &one);
		sum->hosts++;
	}
	rcu_read_unlock();
	forget_resume(pn);
}

void account_forget(struct portico_net *pn, const struct host *host,
		    const struct flow_counters *sum)
{
	struct account *account;

	lockdep_assert_held(&pn->mappings.lock);
	list_for_each_entry(account, &pn->accounts.all, all)
		if (account_has(account, host))
			flow_counters_add(&account->past, sum);
}

void account_read(struct portico_net *pn, const struct account *account,
		  struct account_sum *sum)
{
	lockdep_assert_held(&pn->config);
	account_total(pn, account, sum);
	flow_counters_sub(&sum->counters, &account->base);
}

void account_reset(struct portico_net *pn, struct account *account,
		   struct account_sum *sum)
{
	struct flow_counters was = account->base;

	lockdep_assert_held(&pn->config);
	account_total(pn, account, sum);
	account->base = sum->counters;
	account->since = ktime_get_real_ns();
	flow_counters_sub(&sum->counters, &was);
}

int account_add(struct portico_net *pn, struct account *account)
{
	struct account_sum sum;

	if (account_get(pn, account->name))
		return -EEXIST;
	if (pn->accounts.count >= PORTICO_MAX_ACCOUNTS)
		return -ENOSPC;
	account->id = ++pn->accounts.next_id;
	memset(&account->base, 0, sizeof(account->base));
	memset(&account->past, 0, sizeof(account->past));
	/* Between the sum and the list nobody may be forgotten. */
	forget_pause(pn);
	account_reset(pn, account, &sum);
	spin_lock_bh(&pn->mappings.lock);
	list_add_tail(&account->all, &pn->accounts.all);
	spin_unlock_bh(&pn->mappings.lock);
	forget_resume(pn);
	pn->accounts.count++;
	return 0;
}

void account_del(struct portico_net *pn, struct account *account)
{
	lockdep_assert_held(&pn->config);
	spin_lock_bh(&pn->mappings.lock);
	list_del(&account->all);
	spin_unlock_bh(&pn->mappings.lock);
	pn->accounts.count--;
	kfree(account);
}
