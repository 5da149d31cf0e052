/* SPDX-License-Identifier: GPL-2.0 */
/*
 * History: mappings that have ended, with their final numbers, for whoever asks
 * who had an external endpoint (RFC 6888 section 4). It is bounded; the oldest
 * go first, and what they had counted stays in a sum. Remotes are not kept
 * (RFC 6888 REQ-12).
 *
 * A record is written when its mapping can no longer be found, under
 * mapping_table.lock, and grows by what packets then on their way still count.
 */
#ifndef PORTICO_HISTORY_H
#define PORTICO_HISTORY_H

#include <linux/if.h>

#include "session.h"
#include "tuple.h"

struct mapping;
struct portico_net;

#define HISTORY_DEFAULT	(64U << 10)
#define HISTORY_MAX	(1024U << 10)

struct ended_mapping {
	union nf_inet_addr in, ex;
	struct flow_counters counters;
	u64 created, ended;		/* ns, real time */
	u32 sessions;			/* remotes it ever had */
	u16 flags;			/* MAPPING_* */
	__be16 in_port, ex_port;
	u8 proto, family;
	char uplink[IFNAMSIZ];
};

/* Records by their numbers: number n is at n modulo room, in pages. */
struct history_ring {
	u32 room;			/* records */
	struct ended_mapping *pages[];	/* NULL: not needed yet */
};

struct history {
	struct history_ring *ring;	/* NULL: no uplink yet */
	u32 max;
	u64 first, next;		/* numbers kept: [first, next) */
	u64 lost;			/* mappings whose record is gone */
	struct flow_counters lost_sum;	/* and what those had counted */
};

void history_net_init(struct portico_net *pn);
void history_net_exit(struct portico_net *pn);

/* Room for the first mapping's end; config lock held, process context. */
int history_ready(struct portico_net *pn);
/* Keep @max from now on, HISTORY_MAX or fewer; config lock held. -ENOMEM. */
int history_set_max(struct portico_net *pn, u32 max);

/* @m has just ended: begin its record. mapping_table.lock held. */
void history_begin(struct portico_net *pn, struct mapping *m);
/* @sum had been counted on @m, which has ended. mapping_table.lock held. */
void history_count(struct portico_net *pn, const struct mapping *m,
		   const struct flow_counters *sum);

/* Record @number, within [first, next). mapping_table.lock held. */
const struct ended_mapping *history_at(const struct history *history, u64 number);

static inline u32 history_kept(const struct history *history)
{
	return history->next - history->first;
}

#endif
