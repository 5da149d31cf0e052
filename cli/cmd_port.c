// SPDX-License-Identifier: GPL-2.0
#include "args.h"
#include "kernel.h"
#include "print.h"

enum {
	C_PROTO, C_PORT, C_SOCKETS, C_ESTABLISHED, C_LISTENER, C_WILDCARD,
	C_NONE, C_COUNTERS, C_LAST = C_COUNTERS + 4, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_PORT] = { "PORT", "port", COL_RIGHT | COL_BRIEF },
	[C_SOCKETS] = { "SOCKETS", "sockets", COL_RIGHT },
	[C_ESTABLISHED] = { "ESTABLISHED", "established", COL_RIGHT },
	[C_LISTENER] = { "LISTENER", "listener", COL_RIGHT },
	[C_WILDCARD] = { "WILDCARD", "wildcard", COL_RIGHT },
	[C_NONE] = { "NONE", "none", COL_RIGHT | COL_BRIEF },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_LAST] = { "LAST", "last_at_ms", COL_RIGHT },
};

struct show {
	struct port filter;
	struct table table;
	bool misses;
};

static int port_row(void *obj, void *arg)
{
	const struct port *p = obj;
	struct show *s = arg;
	struct table *t = &s->table;

	if (s->misses && !p->none)
		return 0;
	row_begin(t);
	cell_proto(t, C_PROTO, p->proto);
	cell_number(t, C_PORT, p->port);
	cell_number(t, C_SOCKETS, p->sockets);
	cell_count(t, C_ESTABLISHED, p->established);
	cell_count(t, C_LISTENER, p->listener);
	cell_count(t, C_WILDCARD, p->wildcard);
	cell_count(t, C_NONE, p->none);
	if (p->none)
		cell_tone(t, C_NONE, TONE_BAD);
	cell_counters(t, C_COUNTERS, &p->counters);
	cell_time(t, C_LAST, p->last_at);
	return row_end(t);
}

static int take_proto(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;

	if (!word || parse_proto(word, &s->filter.proto))
		return -1;
	give(&s->filter, PORTICO_A_PORT_PROTO);
	return 0;
}

static int take_port(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u64 v;

	if (!word || parse_number(word, key, 0, 65535, &v))
		return -1;
	s->filter.port = v;
	give(&s->filter, PORTICO_A_PORT_PORT);
	return 0;
}

static int take_misses(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	(void)a;
	(void)key;
	s->misses = true;
	return 0;
}

static const struct key keys[] = {
	{ "proto", take_proto, false },
	{ "port", take_port, false },
	{ "misses", take_misses, false },
	{ NULL, NULL, false },
};

static int port_show(struct args *a)
{
	struct show s = { .misses = false };
	int ret;

	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_PORT_GET, &set_port, &s.filter, &set_port,
			  port_row, &s);
	return table_end(&s.table, ret);
}

static const struct command commands[] = {
	{ "show", port_show, "[proto PROTO] [port N] [misses]",
	  "What arrived for each local port, and which socket was found",
	  "  proto PROTO   tcp, udp, ... or a number\n"
	  "  port N        this port alone\n"
	  "  misses        only ports where packets found no socket",
	  "  portico port show proto tcp port 22\n"
	  "  portico port show misses" },
};

const struct object object_port = {
	"port", "local ports: arrivals, the sockets found, and misses",
	commands, ARRAY_SIZE(commands),
};
