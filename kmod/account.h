/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accounts: named sums over the inside hosts of a few prefixes. Nothing is
 * counted for them: what the hosts have is added up when somebody asks, less what
 * they had when the account was made or last reset. As hosts only ever count up,
 * and leave what they had when they are forgotten, nothing is lost between a reset
 * and the next reading, and nothing comes twice.
 *
 * All of it is configuration: config lock held, process context.
 */
#ifndef PORTICO_ACCOUNT_H
#define PORTICO_ACCOUNT_H

#include <linux/list.h>
#include <linux/portico.h>

#include "session.h"
#include "tuple.h"

struct host;
struct portico_net;

struct account_prefix {
	union nf_inet_addr addr;
	u8 family, plen;
};

struct account {
	struct list_head all;		/* account_table.all, by id */
	u64 id;				/* dump key, never reused */
	char name[PORTICO_ACCOUNT_NAME_LEN];
	u32 nprefixes;
	struct account_prefix prefixes[PORTICO_MAX_ACCOUNT_PREFIXES];
	struct flow_counters base;	/* at the last reset */
	struct flow_counters past;	/* of hosts forgotten; mapping_table.lock */
	u64 since;			/* ns, real time */
};

struct account_table {
	struct list_head all;
	u32 count;
	u64 next_id;
};

struct account_sum {
	u32 hosts, mappings;		/* now */
	struct flow_counters counters;	/* since the account's last reset */
	struct flow_counters second, minute;	/* rates: rate.h */
};

void account_net_init(struct portico_net *pn);
void account_net_exit(struct portico_net *pn);

struct account *account_get(struct portico_net *pn, const char *name);
/* Takes @account, kmalloc()ed, over on success. -EEXIST, -ENOSPC. */
int account_add(struct portico_net *pn, struct account *account);
/* @host, which had @sum, is forgotten. mapping_table.lock held, RCU read side. */
void account_forget(struct portico_net *pn, const struct host *host,
		    const struct flow_counters *sum);
/* The same name and prefixes? */
bool account_same(const struct account *a, const struct account *b);
void account_del(struct portico_net *pn, struct account *account);

void account_read(struct portico_net *pn, const struct account *account,
		  struct account_sum *sum);
/* The same, and it counts from there on. */
void account_reset(struct portico_net *pn, struct account *account,
		   struct account_sum *sum);

#endif
