// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "filter.h"
#include "format.h"
#include "kernel.h"
#include "mapping.h"
#include "print.h"

enum {
	C_PROTO, C_INTERNAL, C_EXTERNAL, C_REMOTE, C_STATE, C_SESSIONS,
	C_COUNTERS, C_IDLE = C_COUNTERS + 4, C_EXPIRES, C_AGE, C_ENDED,
	C_DEV, C_FLAGS, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_INTERNAL] = { "INTERNAL", "internal", COL_BRIEF },
	[C_EXTERNAL] = { "EXTERNAL", "external", COL_BRIEF },
	[C_REMOTE] = { "REMOTE", "remote", 0 },
	[C_STATE] = { "STATE", "state", 0 },
	[C_SESSIONS] = { "SESSIONS", "sessions", COL_RIGHT | COL_DETAILS },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_IDLE] = { "IDLE", "idle_ms", COL_RIGHT | COL_DETAILS },
	[C_EXPIRES] = { "EXPIRES", "expires_ms", COL_RIGHT },
	[C_AGE] = { "CREATED", "created_at_ms", COL_RIGHT | COL_DETAILS },
	[C_ENDED] = { "ENDED", "ended_at_ms", COL_RIGHT },
	[C_DEV] = { "DEV", "dev", COL_DETAILS },
	[C_FLAGS] = { "FLAGS", "flags", COL_DETAILS },
};

void cell_flags(struct table *t, unsigned int col, __u32 flags)
{
	static const struct {
		__u32 bit;
		const char *name;
	} names[] = {
		{ PORTICO_MAPPING_F_STATIC, "static" },
		{ PORTICO_MAPPING_F_PRESERVED, "preserved" },
		{ PORTICO_MAPPING_F_FAST_OUT, "fast-out" },
		{ PORTICO_MAPPING_F_FAST_IN, "fast-in" },
		{ PORTICO_MAPPING_F_LEASED, "leased" },
	};
	json_t *list = opt.json ? json_array() : NULL;
	char text[64] = "";
	size_t i, used = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].bit))
			continue;
		used += snprintf(text + used, sizeof(text) - used, "%s%s",
				 used ? "," : "", names[i].name);
		if (list)
			json_array_append_new(list, json_string(names[i].name));
	}
	cell_both(t, col, text, list);
}

static int mapping_row(void *obj, void *arg)
{
	const struct mapping *m = obj;
	struct table *t = arg;

	row_begin(t);
	cell_proto(t, C_PROTO, m->proto);
	cell_endpoint(t, C_INTERNAL, &m->internal);
	cell_endpoint(t, C_EXTERNAL, &m->external);
	if (has(m, PORTICO_A_MAPPING_REMOTE))
		cell_endpoint(t, C_REMOTE, &m->remote);
	if (has(m, PORTICO_A_MAPPING_STATE))
		cell_text(t, C_STATE, name_of(state_names, m->state));
	if (m->state == PORTICO_STATE_ESTABLISHED ||
	    m->state == PORTICO_STATE_REPLIED)
		cell_tone(t, C_STATE, TONE_GOOD);
	cell_number(t, C_SESSIONS, m->sessions);
	cell_counters(t, C_COUNTERS, &m->counters);
	if (has(m, PORTICO_A_MAPPING_IDLE))
		cell_span(t, C_IDLE, m->idle);
	if (has(m, PORTICO_A_MAPPING_EXPIRES))
		cell_span(t, C_EXPIRES, m->expires);
	cell_time(t, C_AGE, m->created_at);
	if (has(m, PORTICO_A_MAPPING_ENDED_AT))
		cell_time(t, C_ENDED, m->ended_at);
	if (*m->uplink)
		cell_name(t, C_DEV, m->uplink);
	cell_flags(t, C_FLAGS, m->flags);
	return row_end(t);
}

/* What has ended neither talks to anybody nor expires; what lives has no end. */
static void choose_columns(struct column *shown, bool ended)
{
	memcpy(shown, cols, sizeof(cols));
	if (!ended) {
		shown[C_ENDED].flags |= COL_JSON;
		return;
	}
	shown[C_REMOTE].flags |= COL_JSON;
	shown[C_STATE].flags |= COL_JSON;
	shown[C_EXPIRES].flags |= COL_JSON;
	shown[C_AGE].flags &= ~COL_DETAILS;
}

static int mapping_show(struct args *a)
{
	struct column shown[C_MAX];
	struct mapping filter = { 0 };
	struct table t;
	int ret;

	if (args_keys(a, mapping_show_filter, &filter))
		return EXIT_USAGE;
	choose_columns(shown, has(&filter, PORTICO_A_MAPPING_ENDED));
	table_begin(&t, shown, C_MAX);
	ret = kernel_dump(PORTICO_CMD_MAPPING_GET, &set_mapping, &filter,
			  &set_mapping, mapping_row, &t);
	return table_end(&t, ret);
}

/* Says how many the kernel touched. */
int print_touched(const char *verb, const char *noun, __u64 count)
{
	json_t *o;

	if (opt.json) {
		o = json_object();
		json_object_set_new(o, verb, json_integer(count));
		return print_json(o);
	}
	printf("%s %llu %s%s\n", verb, count, noun, count == 1 ? "" : "s");
	return EXIT_DONE;
}

static int delete(const struct mapping *filter)
{
	struct mapping reply = { 0 };
	int ret;

	ret = kernel_do(PORTICO_CMD_MAPPING_DEL, &set_mapping, filter,
			&set_mapping, &reply);
	return ret ? ret : print_touched("removed", "mapping", reply.count);
}

static int mapping_del(struct args *a)
{
	struct mapping filter = { 0 };

	if (args_keys(a, mapping_filter, &filter))
		return EXIT_USAGE;
	if (!filter.has)
		return error("say which mappings; 'mapping flush' removes all");
	return delete(&filter);
}

static int mapping_flush(struct args *a)
{
	struct mapping filter = { 0 };

	if (args_keys(a, mapping_filter, &filter))
		return EXIT_USAGE;
	return delete(&filter);
}

static const struct command commands[] = {
	{ "show", mapping_show, MAPPING_FILTER_SYNOPSIS " [--ended]",
	  "Internal endpoints and their external form",
	  MAPPING_FILTER_HELP "\n"
	  "  --ended             the history: those that are no more, oldest first",
	  "  portico mapping show proto tcp internal 192.168.0.10\n"
	  "  portico mapping show --ended external 203.0.113.8:40123\n"
	  "  portico -j mapping show external :8080" },
	{ "del", mapping_del, MAPPING_FILTER_SYNOPSIS,
	  "Remove those that match, and say how many", MAPPING_FILTER_HELP,
	  "  portico mapping del internal 192.168.0.10:4000/udp" },
	{ "flush", mapping_flush, MAPPING_FILTER_SYNOPSIS,
	  "Remove all, or all that match", MAPPING_FILTER_HELP,
	  "  portico mapping flush\n  portico mapping flush dev eth0" },
	{ "save", mapping_save, MAPPING_FILTER_SYNOPSIS,
	  "Print them as restore reads them: protocol, internal, external",
	  MAPPING_FILTER_HELP, "  portico mapping save >mappings" },
	{ "restore", mapping_restore, "FILE",
	  "Make the mappings of FILE again",
	  "FILE ('-': standard input) is what save printed. A mapping with either side\n"
	  "taken is refused, and the others are still made; the exit status is then 2.",
	  "  portico mapping restore mappings" },
};

const struct object object_mapping = {
	"mapping", "internal endpoints and their external form",
	commands, ARRAY_SIZE(commands),
};
