// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "format.h"
#include "inside.h"
#include "kernel.h"
#include "print.h"

static int inside_add(struct args *a)
{
	struct inside in;

	if (inside_parse(a, &in))
		return EXIT_USAGE;
	return kernel_do(PORTICO_CMD_INSIDE_ADD, &set_inside, &in, NULL, NULL);
}

static int inside_set(struct args *a)
{
	struct inside in;

	if (inside_parse(a, &in))
		return EXIT_USAGE;
	if (in.has == (1ULL << PORTICO_A_INSIDE_ADDR |
		       1ULL << PORTICO_A_INSIDE_PREFIXLEN))
		return error("nothing to set");
	return kernel_do(PORTICO_CMD_INSIDE_SET, &set_inside, &in, NULL, NULL);
}

static int inside_del(struct args *a)
{
	struct inside in;

	if (inside_parse_prefix(a, &in) || args_end(a))
		return EXIT_USAGE;
	return kernel_do(PORTICO_CMD_INSIDE_DEL, &set_inside, &in, NULL, NULL);
}

enum {
	C_PREFIX, C_UPLINK, C_MAX_PORTS, C_MAX_SESSIONS, C_MAX_RATE, C_QUOTA, C_NPT,
	C_HOSTS, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PREFIX] = { "PREFIX", "prefix", COL_BRIEF },
	[C_UPLINK] = { "UPLINK", "uplink", COL_BRIEF },
	[C_MAX_PORTS] = { "MAX-PORTS", "max_ports", COL_RIGHT },
	[C_MAX_SESSIONS] = { "MAX-SESSIONS", "max_sessions", COL_RIGHT },
	[C_MAX_RATE] = { "MAX-RATE", "max_rate", COL_RIGHT },
	[C_QUOTA] = { "QUOTA", "quota", COL_RIGHT },
	[C_NPT] = { "NPT", "npt", 0 },
	[C_HOSTS] = { "HOSTS", "hosts", COL_RIGHT },
};

static void cell_quota(struct table *t, const struct inside *in)
{
	json_t *o = NULL;
	char text[80];

	if (opt.json) {
		o = json_object();
		json_object_set_new(o, "bytes", json_integer((json_int_t)in->quota));
		json_object_set_new(o, "period_ms",
				    json_integer(1000LL * in->quota_period));
		json_object_set_new(o, "refuse", json_boolean(in->quota_refuse));
	}
	inside_quota(text, sizeof(text), in);
	cell_both(t, C_QUOTA, text, o);
}

static int inside_row(void *obj, void *arg)
{
	const struct inside *in = obj;
	struct table *t = arg;
	char text[80];

	row_begin(t);
	inside_prefix(text, sizeof(text), in);
	cell_text(t, C_PREFIX, text);
	if (*in->uplink)
		cell_name(t, C_UPLINK, in->uplink);
	if (in->max_ports)
		cell_number(t, C_MAX_PORTS, in->max_ports);
	if (in->max_sessions)
		cell_number(t, C_MAX_SESSIONS, in->max_sessions);
	if (in->max_rate)
		cell_number(t, C_MAX_RATE, in->max_rate);
	if (in->quota)
		cell_quota(t, in);
	if (in->npt.len) {
		format_prefix(text, sizeof(text), &in->npt, in->prefixlen);
		cell_text(t, C_NPT, text);
	}
	cell_number(t, C_HOSTS, in->hosts);
	return row_end(t);
}

static int inside_show(struct args *a)
{
	struct table t;
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	table_begin(&t, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_INSIDE_GET, NULL, NULL, &set_inside,
			  inside_row, &t);
	return table_end(&t, ret);
}

#define INSIDE_KEYS							\
	"  uplink DEV       translate only what leaves by this uplink\n" \
	"  max-ports N      external ports for each host, 0: no cap\n"	\
	"  max-sessions N   sessions for each host, 0: no cap\n"	\
	"  max-rate N/s     new mappings a second for each host, 0: no cap\n" \
	"  quota BYTES/PERIOD  10G/day, 500M/hour, 1T/30d, for each host; none: no more\n" \
	"  over-quota WHAT  of who has used it up: notify tells of it by an event,\n" \
	"                   refuse ends its mappings too until the period is over\n" \
	"  npt PREFIX       IPv6: exchange the prefix for this one (RFC 6296); none: no more"

static const struct command commands[] = {
	{ "show", inside_show, "", "Inside prefixes and their limits", NULL,
	  "  portico inside show" },
	{ "add", inside_add, INSIDE_SYNOPSIS, "Translate the hosts of PREFIX",
	  INSIDE_KEYS,
	  "  portico inside add 192.168.0.0/16\n"
	  "  portico inside add fd00:1::/48 npt 2001:db8:1::/48" },
	{ "set", inside_set, INSIDE_SYNOPSIS, "Change what is named",
	  INSIDE_KEYS, "  portico inside set 192.168.0.0/16 max-ports 2000" },
	{ "del", inside_del, "PREFIX", "Stop translating; its mappings go with it",
	  NULL, "  portico inside del 192.168.0.0/16" },
};

const struct object object_inside = {
	"inside", "prefixes whose hosts are translated",
	commands, ARRAY_SIZE(commands),
};
