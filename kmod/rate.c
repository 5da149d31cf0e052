// SPDX-License-Identifier: GPL-2.0
/* Hosts looked at about once a second: how fast, and how much of their quota. */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/rculist.h>

#include "event.h"
#include "net.h"
#include "rate.h"

#define RATE_WORK_MAX	4096		/* mappings read in one tick */
#define MINUTE		(60 * HZ)
#define STALE		(120 * HZ)	/* of what lies so far back there is no rate */
#define AWAKE		(300 * HZ)	/* since somebody asked */

void rate_host_init(struct host_rate *rate)
{
	rate->at = jiffies;
}

static u64 per_second(u64 now, u64 before, u32 passed)
{
	return div_u64((now - before) * HZ, passed);
}

/* What lies further back than a minute counts less and less. */
static u64 over_minute(u64 minute, u64 second, u32 passed)
{
	passed = min_t(u32, passed, MINUTE);
	return div_u64(minute * (MINUTE - passed) + second * passed, MINUTE);
}

void rate_update(struct host_rate *rate, const struct flow_counters *now,
		 unsigned long at)
{
	u32 passed = at - rate->at;
	enum direction dir;

	/* Two rounds may meet at a host; of an instant there is no rate. */
	if (passed < HZ / 2)
		return;
	if (passed > STALE) {
		*rate = (struct host_rate){
			.seen = *now, .at = at, .over = rate->over,
			.spent = rate->spent,
			.quota_base = rate->quota_base,
			.quota_end = rate->quota_end,
		};
		return;
	}
	for (dir = 0; dir < __DIRS; dir++) {
		rate->second.packets[dir] =
			per_second(now->packets[dir], rate->seen.packets[dir], passed);
		rate->second.bytes[dir] =
			per_second(now->bytes[dir], rate->seen.bytes[dir], passed);
		rate->minute.packets[dir] =
			over_minute(rate->minute.packets[dir],
				    rate->second.packets[dir], passed);
		rate->minute.bytes[dir] =
			over_minute(rate->minute.bytes[dir],
				    rate->second.bytes[dir], passed);
	}
	rate->seen = *now;
	rate->at = at;
}

bool quota_update(struct host_rate *rate, u64 quota, u32 period, u64 bytes,
		  u64 now)
{
	u64 whole = (u64)period * HZ;
	bool was = rate->over;

	if (!quota) {
		rate->quota_end = 0;
		rate->over = false;
		rate->spent = false;
		return false;
	}
	/* It begins, it is over, or it has been made shorter. */
	if (!rate->quota_end || now >= rate->quota_end) {
		rate->quota_base = bytes;
		rate->quota_end = now + whole;
		was = false;
	} else if (rate->quota_end > now + whole) {
		rate->quota_end = now + whole;
	}
	rate->over = bytes - rate->quota_base >= quota;
	rate->spent = bytes - rate->quota_base >= quota / 16;
	return rate->over && !was;
}

/* The host may have no mappings until its period is over. */
static void quota_enforce(struct portico_net *pn, struct host *host)
{
	struct hlist_node *tmp;
	struct mapping *m;

	hlist_for_each_entry_safe(m, tmp, &host->mappings, host_link)
		if (!(m->flags & MAPPING_STATIC))
			mapping_unlink(pn, m);
}

static void host_look(struct portico_net *pn, struct host *host)
{
	const struct inside *inside = NULL;
	struct flow_counters now;
	u64 bytes;

	lockdep_assert_held(&pn->mappings.lock);
	host_read(host, &now);
	rate_update(&host->rate, &now, jiffies);
	bytes = flow_bytes(&now);
	if (inside_has_quotas(pn))
		inside = inside_find(pn, &host->addr, host->family);
	if (quota_update(&host->rate, inside ? inside->quota : 0,
			 inside ? inside->quota_period : 1, bytes,
			 get_jiffies_64()))
		event_host(pn, PORTICO_EVENT_HOST_QUOTA, host);
	/* Time and again: whether to refuse may have been set later. */
	if (host->rate.over && inside->quota_refuse)
		quota_enforce(pn, host);
}

void rate_ask(struct portico_net *pn)
{
	WRITE_ONCE(pn->rates.asked, jiffies ?: 1);
}

bool rate_is_fresh(const struct host_rate *rate)
{
	return time_before(jiffies, rate->at + STALE);
}

/* RCU read side. */
static bool is_awake(struct portico_net *pn)
{
	unsigned long asked = READ_ONCE(pn->rates.asked);

	return inside_has_quotas(pn) ||
	       (asked && time_before(jiffies, asked + AWAKE));
}

/* The first host of a new round, when it is time for one. RCU read side. */
static struct host *round_begin(struct portico_net *pn)
{
	struct rate_round *round = &pn->rates;

	if (!is_awake(pn) ||
	    (round->begun && time_before(jiffies, round->begun + HZ)))
		return NULL;
	round->begun = jiffies ?: 1;
	return list_first_or_null_rcu(&pn->hosts.all, struct host, all);
}

void rate_slice(struct portico_net *pn)
{
	struct rate_round *round = &pn->rates;
	struct host *host;
	u32 work = 0;

	rcu_read_lock();
	host = round->next ?: round_begin(pn);
	for (; host && work < RATE_WORK_MAX;
	     host = list_next_or_null_rcu(&pn->hosts.all, &host->all,
					  struct host, all)) {
		spin_lock_bh(&pn->mappings.lock);
		work += 1 + host->mappings_count;
		host_look(pn, host);
		spin_unlock_bh(&pn->mappings.lock);
	}
	round->next = host;
	rcu_read_unlock();
}
