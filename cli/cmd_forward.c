// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "args.h"
#include "format.h"
#include "forward.h"
#include "kernel.h"
#include "print.h"

static int forward_add(struct args *a)
{
	struct forward f;

	if (forward_parse(a, &f))
		return EXIT_USAGE;
	return kernel_do(PORTICO_CMD_FORWARD_ADD, &set_forward, &f, NULL, NULL);
}

static int forward_del(struct args *a)
{
	struct forward f;

	if (forward_parse_external(a, &f) || args_end(a))
		return EXIT_USAGE;
	/* The first port is the key; how many follow, the kernel knows. */
	f.has &= ~(1ULL << PORTICO_A_FORWARD_COUNT);
	return kernel_do(PORTICO_CMD_FORWARD_DEL, &set_forward, &f, NULL, NULL);
}

enum {
	C_PROTO, C_EXTERNAL, C_INTERNAL, C_COUNT, C_PLACED, C_COUNTERS,
	C_MAX = C_COUNTERS + 4,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_EXTERNAL] = { "EXTERNAL", "external", COL_BRIEF },
	[C_INTERNAL] = { "INTERNAL", "internal", COL_BRIEF },
	[C_COUNT] = { "", "count", COL_JSON },
	[C_PLACED] = { "PLACED", "placed", COL_BRIEF },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
};

static int forward_row(void *obj, void *arg)
{
	const struct forward *f = obj;
	struct table *t = arg;
	char text[320];

	row_begin(t);
	if (has(f, PORTICO_A_FORWARD_PROTO))
		cell_proto(t, C_PROTO, f->proto);
	forward_side(text, sizeof(text), &f->external, f->count);
	cell_both(t, C_EXTERNAL, text,
		  opt.json ? json_endpoint(&f->external) : NULL);
	forward_side(text, sizeof(text), &f->internal, f->count);
	cell_both(t, C_INTERNAL, text,
		  opt.json ? json_endpoint(&f->internal) : NULL);
	cell_number(t, C_COUNT, f->count ? f->count : 1);
	cell_number(t, C_PLACED, f->placed);
	cell_counters(t, C_COUNTERS, &f->counters);
	return row_end(t);
}

static int forward_show(struct args *a)
{
	struct table t;
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	table_begin(&t, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_FORWARD_GET, NULL, NULL, &set_forward,
			  forward_row, &t);
	return table_end(&t, ret);
}

static const struct command commands[] = {
	{ "show", forward_show, "", "Forwards and their traffic",
	  "PLACED: ports in place now, 1 for a whole address; 0 while no uplink has\n"
	  "the address.",
	  "  portico forward show" },
	{ "add", forward_add, "[PROTO] EXTERNAL to INTERNAL",
	  "Let the outside reach an inside host",
	  "One port, a range of ports, or, without protocol and port, a whole\n"
	  "address (1:1): the host is then known by it, ports as they are, in both\n"
	  "directions, and nobody else is. GRE and ESP have no ports: all of it from\n"
	  "an address.",
	  "  portico forward add tcp 203.0.113.8:8080 to 192.168.0.10:80\n"
	  "  portico forward add udp 203.0.113.8:8000-8099 to 192.168.0.10:8000\n"
	  "  portico forward add gre 203.0.113.8 to 192.168.0.10\n"
	  "  portico forward add 203.0.113.9 to 192.168.0.11" },
	{ "del", forward_del, "[PROTO] EXTERNAL", "Take it back", NULL,
	  "  portico forward del tcp 203.0.113.8:8080" },
};

const struct object object_forward = {
	"forward", "static mappings made by the admin",
	commands, ARRAY_SIZE(commands),
};
