// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "format.h"
#include "kernel.h"
#include "print.h"

enum {
	C_NAME, C_PREFIXES, C_HOSTS, C_MAPPINGS,
	C_COUNTERS, C_OUT_RATE = C_COUNTERS + 4, C_IN_RATE, C_OUT_MINUTE,
	C_IN_MINUTE, C_SINCE, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_NAME] = { "ACCOUNT", "name", COL_BRIEF },
	[C_PREFIXES] = { "PREFIXES", "prefixes", COL_BRIEF },
	[C_HOSTS] = { "HOSTS", "hosts", COL_RIGHT },
	[C_MAPPINGS] = { "MAPPINGS", "mappings", COL_RIGHT },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_OUT_RATE] = { "OUT-B/S", "out_rate", COL_RIGHT | COL_STATS },
	[C_IN_RATE] = { "IN-B/S", "in_rate", COL_RIGHT | COL_STATS },
	[C_OUT_MINUTE] = { "", "out_rate_minute", COL_JSON },
	[C_IN_MINUTE] = { "", "in_rate_minute", COL_JSON },
	[C_SINCE] = { "SINCE", "since_at_ms", COL_RIGHT },
};

static void cell_prefixes(struct table *t, const struct account *acc)
{
	json_t *list = json_array();
	char all[PORTICO_MAX_ACCOUNT_PREFIXES * 64] = "", one[64];
	size_t used = 0;
	__u16 i;

	for (i = 0; i < acc->n_prefix; i++) {
		format_prefix(one, sizeof(one), &acc->prefix[i].addr,
			      acc->prefix[i].prefixlen);
		used += snprintf(all + used, sizeof(all) - used, "%s%s",
				 i ? "," : "", one);
		json_array_append_new(list, json_string(one));
	}
	cell_both(t, C_PREFIXES, all, list);
}

struct show {
	struct table table;
	const char *name;		/* NULL: all */
};

static int account_row(void *obj, void *arg)
{
	const struct account *acc = obj;
	struct show *s = arg;
	struct table *t = &s->table;

	if (s->name && strcmp(s->name, acc->name))
		return 0;
	row_begin(t);
	cell_name(t, C_NAME, acc->name);
	cell_prefixes(t, acc);
	cell_number(t, C_HOSTS, acc->hosts);
	cell_count(t, C_MAPPINGS, acc->mappings);
	cell_counters(t, C_COUNTERS, &acc->counters);
	cell_bytes(t, C_OUT_RATE, acc->second.out_bytes);
	cell_bytes(t, C_IN_RATE, acc->second.in_bytes);
	cell_bytes(t, C_OUT_MINUTE, acc->minute.out_bytes);
	cell_bytes(t, C_IN_MINUTE, acc->minute.in_bytes);
	cell_time(t, C_SINCE, acc->since_at);
	return row_end(t);
}

static int account_show(struct args *a)
{
	struct show s = { .name = args_next(a) };
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_ACCOUNT_GET, NULL, NULL, &set_account,
			  account_row, &s);
	if (!ret && s.name && !s.table.rows)
		ret = error_kernel("no account '%s'", quoted(s.name));
	return table_end(&s.table, ret);
}

static int account_add(struct args *a)
{
	struct account acc;

	if (account_parse(a, &acc))
		return EXIT_USAGE;
	return kernel_do(PORTICO_CMD_ACCOUNT_ADD, &set_account, &acc, NULL, NULL);
}

static int account_del(struct args *a)
{
	struct account acc;

	if (account_parse_name(a, &acc) || args_end(a))
		return EXIT_USAGE;
	return kernel_do(PORTICO_CMD_ACCOUNT_DEL, &set_account, &acc, NULL, NULL);
}

/* Shows what it was until now. */
static int account_reset(struct args *a)
{
	struct show s = { .name = NULL };
	struct account acc, was;
	int ret;

	if (account_parse_name(a, &acc) || args_end(a))
		return EXIT_USAGE;
	ret = kernel_do(PORTICO_CMD_ACCOUNT_RESET, &set_account, &acc,
			&set_account, &was);
	if (ret)
		return ret;
	table_begin(&s.table, cols, C_MAX);
	return table_end(&s.table, account_row(&was, &s));
}

static const struct command commands[] = {
	{ "show", account_show, "[NAME]", "What the hosts of each account moved",
	  "With -s also how fast, in bytes over about the last second.",
	  "  portico account show\n  portico -j account show office" },
	{ "add", account_add, ACCOUNT_SYNOPSIS,
	  "Add up the inside hosts of these prefixes under a name, from now on",
	  "A host is in an account once, and may be in several accounts.",
	  "  portico account add office 192.168.1.0/24,fd00:1::/64" },
	{ "reset", account_reset, "NAME",
	  "Count from now on, and show what it was: nothing is lost in between",
	  NULL, "  portico -j account reset office" },
	{ "del", account_del, "NAME", "Forget it; its hosts keep what they counted",
	  NULL, "  portico account del office" },
};

const struct object object_account = {
	"account", "named sums over the hosts of prefixes",
	commands, ARRAY_SIZE(commands),
};
