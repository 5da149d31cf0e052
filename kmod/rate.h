/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rates and quotas. A host's bytes are the sum over its mappings, so no packet
 * can be held against a quota as it passes; instead all hosts are looked at, one
 * after the other, in a round that begins once a second and does a bounded part
 * of its work at each tick of gc.c. With some ten thousands of mappings each host
 * is seen every second, with a million every half minute. They are looked at while
 * there is a quota, and for some minutes after somebody asked for hosts.
 *
 * Written under mapping_table.lock.
 */
#ifndef PORTICO_RATE_H
#define PORTICO_RATE_H

#include <linux/types.h>

#include "session.h"

struct host;
struct inside;
struct portico_net;

struct host_rate {
	struct flow_counters seen;	/* when last looked at */
	struct flow_counters second;	/* a second, since the look before */
	struct flow_counters minute;	/* a second, over about a minute */
	unsigned long at;		/* jiffies of the last look */
	u64 quota_base;			/* bytes when the period began */
	u64 quota_end;			/* jiffies64; 0: no quota, or not yet seen */
	bool over;			/* the quota of this period is used up */
	bool spent;			/* or a sixteenth of it at least */
};

struct rate_round {
	struct host *next;		/* to be looked at; NULL: the round is over */
	unsigned long begun;		/* jiffies */
	unsigned long asked;		/* jiffies, 0: never */
};

/* A host was made. */
void rate_host_init(struct host_rate *rate);

/* Somebody wants to know rates. */
void rate_ask(struct portico_net *pn);
/* Is what is said of the host's rates true now? */
bool rate_is_fresh(const struct host_rate *rate);

/* A part of the round. Process context. */
void rate_slice(struct portico_net *pn);

/*
 * The look itself: @now is all that the host had counted at @at (jiffies), which
 * is not before the last look. Exported for the unit tests.
 */
void rate_update(struct host_rate *rate, const struct flow_counters *now,
		 unsigned long at);
/* Begins and ends periods; true when the quota has just been used up. */
bool quota_update(struct host_rate *rate, u64 quota, u32 period, u64 bytes,
		  u64 now);

/* Of the period that runs now. */
static inline u64 quota_used(const struct host_rate *rate, u64 bytes)
{
	return rate->quota_end ? bytes - rate->quota_base : 0;
}

#endif
