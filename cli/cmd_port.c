// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "args.h"
#include "kernel.h"
#include "print.h"
#include "rows.h"

enum {
	C_PROTO, C_PORT, C_SOCKETS, C_ESTABLISHED, C_LISTENER, C_WILDCARD,
	C_REUSEPORT, C_NONE, C_SOURCES, C_COUNTERS, C_LAST = C_COUNTERS + 4, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_PORT] = { "PORT", "port", COL_RIGHT | COL_BRIEF },
	[C_SOCKETS] = { "SOCKETS", "sockets", COL_RIGHT },
	[C_ESTABLISHED] = { "ESTABLISHED", "established", COL_RIGHT },
	[C_LISTENER] = { "LISTENER", "listener", COL_RIGHT },
	[C_WILDCARD] = { "WILDCARD", "wildcard", COL_RIGHT },
	[C_REUSEPORT] = { "REUSEPORT", "reuseport", COL_RIGHT },
	[C_NONE] = { "NONE", "none", COL_RIGHT | COL_BRIEF },
	[C_SOURCES] = { "SOURCES", "sources", COL_RIGHT },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_LAST] = { "LAST", "last_at_ms", COL_RIGHT },
};

struct show {
	struct port filter;
	struct table table;
	struct rows rows;
	bool misses;
};

static int print_port(struct table *t, const struct port *p)
{
	row_begin(t);
	cell_proto(t, C_PROTO, p->proto);
	cell_number(t, C_PORT, p->port);
	cell_number(t, C_SOCKETS, p->sockets);
	cell_count(t, C_ESTABLISHED, p->established);
	cell_count(t, C_LISTENER, p->listener);
	cell_count(t, C_WILDCARD, p->wildcard);
	cell_count(t, C_REUSEPORT, p->reuseport);
	cell_count(t, C_NONE, p->none);
	if (p->none)
		cell_tone(t, C_NONE, TONE_BAD);
	if (has(p, PORTICO_A_PORT_SOURCES))
		cell_count(t, C_SOURCES, p->sources);
	cell_counters(t, C_COUNTERS, &p->counters);
	cell_time(t, C_LAST, p->last_at);
	return row_end(t);
}

static int port_row(void *obj, void *arg)
{
	const struct port *p = obj;
	struct show *s = arg;

	if (s->misses && !p->none)
		return 0;
	if (!s->rows.order)
		return print_port(&s->table, p);
	rows_add(&s->rows, p);
	return 0;
}

static int compare_key(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

#define ORDER(name, value)	ROWS_ORDER(name, struct port, compare_key, value)

ORDER(bytes, r->counters.out_bytes + r->counters.in_bytes)
ORDER(packets, r->counters.out_packets + r->counters.in_packets)
ORDER(sockets, r->sockets)
ORDER(misses, r->none)
ORDER(sources, r->sources)
ORDER(last, r->last_at)

static int take_sort(struct args *a, const char *key, void *obj)
{
	static const struct rows_order orders[] = {
		{ "bytes", by_bytes }, { "packets", by_packets },
		{ "sockets", by_sockets }, { "misses", by_misses },
		{ "sources", by_sources }, { "last", by_last },
		{ "port", compare_key }, { NULL, NULL },
	};
	struct show *s = obj;

	return rows_sort(&s->rows, args_value(a, key), orders);
}

static int take_top(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	return rows_top(&s->rows, args_value(a, key));
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
	{ "sort", take_sort, false },
	{ "top", take_top, false },
	{ NULL, NULL, false },
};

static int port_show(struct args *a)
{
	struct show s = { .rows = { .size = sizeof(struct port) } };
	size_t i;
	int ret;

	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	if (s.rows.top && !s.rows.order)
		s.rows.order = s.misses ? by_misses : by_bytes;
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_PORT_GET, &set_port, &s.filter, &set_port,
			  port_row, &s);
	rows_finish(&s.rows);
	for (i = 0; i < s.rows.n && !ret; i++)
		ret = print_port(&s.table, rows_at(&s.rows, i));
	rows_free(&s.rows);
	return table_end(&s.table, ret);
}

static const struct command commands[] = {
	{ "show", port_show, "[proto PROTO] [port N] [misses] [sort bytes|packets|sockets|misses|sources|last|port] [top N]",
	  "What arrived for each local port, and which socket was found",
	  "  proto PROTO   tcp, udp, ... or a number\n"
	  "  port N        this port alone\n"
	  "  misses        only ports where packets found no socket\n"
	  "  sort WHAT     largest first; last: latest first\n"
	  "  top N         only the first N (by bytes, or misses, unless sorted otherwise)",
	  "  portico port show proto tcp port 22\n"
	  "  portico port show misses top 20" },
};

const struct object object_port = {
	"port", "local ports: arrivals, the sockets found, and misses",
	commands, ARRAY_SIZE(commands),
};
