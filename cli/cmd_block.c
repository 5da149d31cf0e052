// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "args.h"
#include "filter.h"
#include "format.h"
#include "kernel.h"
#include "print.h"

static int take_host(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct block *b = obj;

	if (!word || parse_addr(word, &b->host))
		return -1;
	give(b, PORTICO_A_BLOCK_HOST);
	return 0;
}

static int take_external(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct endpoint_words w;
	struct block *b = obj;

	if (!word || parse_endpoint(word, EP_FILTER, &w))
		return -1;
	if (w.has_prefix)
		return -error("bad external '%s': one address, not a prefix",
			      quoted(word));
	if (w.has_addr) {
		b->external = w.addr;
		give(b, PORTICO_A_BLOCK_EXTERNAL);
	}
	if (w.has_port) {
		b->port = w.port;
		give(b, PORTICO_A_BLOCK_PORT);
	}
	return 0;
}

static int take_dev(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct block *b = obj;

	if (!word || parse_ifname(word, b->uplink))
		return -1;
	give(b, PORTICO_A_BLOCK_UPLINK);
	return 0;
}

static const struct key block_filter[] = {
	{ "host", take_host, false },
	{ "external", take_external, false },
	{ "dev", take_dev, false },
	{ NULL, NULL, false },
};

enum { C_HOST, C_EXTERNAL, C_PORTS, C_FIRST, C_COUNT, C_USED, C_FIXED, C_DEV, C_MAX };

static const struct column cols[C_MAX] = {
	[C_HOST] = { "HOST", "host", COL_BRIEF },
	[C_EXTERNAL] = { "EXTERNAL", "external", COL_BRIEF },
	[C_PORTS] = { "PORTS", "", COL_TEXT | COL_BRIEF },
	[C_FIRST] = { "", "first", COL_JSON },
	[C_COUNT] = { "", "count", COL_JSON },
	[C_USED] = { "USED", "used", COL_RIGHT },
	[C_FIXED] = { "", "deterministic", COL_JSON },
	[C_DEV] = { "DEV", "dev", 0 },
};

static int block_row(void *obj, void *arg)
{
	const struct block *b = obj;
	struct table *t = arg;
	char ports[16];

	row_begin(t);
	cell_addr(t, C_HOST, &b->host);
	cell_addr(t, C_EXTERNAL, &b->external);
	snprintf(ports, sizeof(ports), "%u-%u", b->first, b->first + b->count - 1u);
	cell_text(t, C_PORTS, ports);
	cell_number(t, C_FIRST, b->first);
	cell_number(t, C_COUNT, b->count);
	cell_number(t, C_USED, b->used);
	cell_bool(t, C_FIXED, has(b, PORTICO_A_BLOCK_DETERMINISTIC));
	cell_name(t, C_DEV, b->uplink);
	return row_end(t);
}

static int block_show(struct args *a)
{
	struct block filter = { 0 };
	struct table t;
	int ret;

	if (args_keys(a, block_filter, &filter))
		return EXIT_USAGE;
	table_begin(&t, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_BLOCK_GET, &set_block, &filter, &set_block,
			  block_row, &t);
	return table_end(&t, ret);
}

static const struct command commands[] = {
	{ "show", block_show, "[host ADDR] [external ENDPOINT] [dev NAME]",
	  "Blocks of external ports, and whose they are",
	  "  host ADDR           of this inside host\n"
	  "  external ENDPOINT   203.0.113.8, 203.0.113.8:40000, :40000\n"
	  "  dev NAME            the uplink\n"
	  "USED: ports taken now, those at rest too, over all protocols. Of a\n"
	  "deterministic uplink a host's block, or whose a port is, is told before\n"
	  "anybody has used it.",
	  "  portico block show\n"
	  "  portico block show host 192.168.0.10\n"
	  "  portico block show external 203.0.113.8:40123" },
};

const struct object object_block = {
	"block", "external ports that are one host's",
	commands, ARRAY_SIZE(commands),
};
