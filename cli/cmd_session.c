// SPDX-License-Identifier: GPL-2.0
#include "args.h"
#include "filter.h"
#include "kernel.h"
#include "mapping.h"
#include "print.h"

enum {
	C_PROTO, C_INTERNAL, C_EXTERNAL, C_REMOTE, C_STATE, C_COUNTERS,
	C_IDLE = C_COUNTERS + 4, C_EXPIRES, C_DEV, C_FLAGS, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_INTERNAL] = { "INTERNAL", "internal", COL_BRIEF },
	[C_EXTERNAL] = { "EXTERNAL", "external", 0 },
	[C_REMOTE] = { "REMOTE", "remote", COL_BRIEF },
	[C_STATE] = { "STATE", "state", COL_BRIEF },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_IDLE] = { "IDLE", "idle_ms", COL_RIGHT | COL_DETAILS },
	[C_EXPIRES] = { "EXPIRES", "expires_ms", COL_RIGHT },
	[C_DEV] = { "DEV", "dev", COL_DETAILS },
	[C_FLAGS] = { "FLAGS", "flags", COL_DETAILS },
};

static int session_row(void *obj, void *arg)
{
	const struct session *s = obj;
	struct table *t = arg;

	row_begin(t);
	cell_proto(t, C_PROTO, s->proto);
	cell_endpoint(t, C_INTERNAL, &s->internal);
	cell_endpoint(t, C_EXTERNAL, &s->external);
	/* Without a remote it is the sum of a mapping's ended sessions. */
	if (has(s, PORTICO_A_SESSION_REMOTE)) {
		cell_endpoint(t, C_REMOTE, &s->remote);
		cell_text(t, C_STATE, name_of(state_names, s->state));
		if (s->state == PORTICO_STATE_ESTABLISHED ||
		    s->state == PORTICO_STATE_REPLIED)
			cell_tone(t, C_STATE, TONE_GOOD);
	} else {
		cell_text(t, C_STATE, "ended");
		cell_tone(t, C_STATE, TONE_DIM);
	}
	cell_counters(t, C_COUNTERS, &s->counters);
	if (has(s, PORTICO_A_SESSION_IDLE))
		cell_span(t, C_IDLE, s->idle);
	if (has(s, PORTICO_A_SESSION_EXPIRES))
		cell_span(t, C_EXPIRES, s->expires);
	if (*s->uplink)
		cell_name(t, C_DEV, s->uplink);
	cell_flags(t, C_FLAGS, s->flags);
	return row_end(t);
}

static int session_show(struct args *a)
{
	struct mapping filter = { 0 };
	struct table t;
	int ret;

	if (args_keys(a, mapping_filter, &filter))
		return EXIT_USAGE;
	table_begin(&t, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_SESSION_GET, &set_mapping, &filter,
			  &set_session, session_row, &t);
	return table_end(&t, ret);
}

static int session_flush(struct args *a)
{
	struct mapping filter = { 0 }, reply = { 0 };
	int ret;

	if (args_keys(a, mapping_filter, &filter))
		return EXIT_USAGE;
	ret = kernel_do(PORTICO_CMD_SESSION_FLUSH, &set_mapping, &filter,
			&set_mapping, &reply);
	return ret ? ret : print_touched("flushed", "session", reply.count);
}

static const struct command commands[] = {
	{ "show", session_show, MAPPING_FILTER_SYNOPSIS,
	  "Mappings with each remote endpoint they talk to",
	  MAPPING_FILTER_HELP,
	  "  portico session show remote 198.51.100.0/24\n"
	  "  portico -s session show state established" },
	{ "flush", session_flush, MAPPING_FILTER_SYNOPSIS,
	  "Send flows through the firewall again; cuts nothing",
	  MAPPING_FILTER_HELP,
	  "  portico session flush\n"
	  "  portico session flush internal 192.168.0.10" },
};

const struct object object_session = {
	"session", "mappings with each remote endpoint they talk to",
	commands, ARRAY_SIZE(commands),
};
