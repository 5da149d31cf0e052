// SPDX-License-Identifier: GPL-2.0
/* Mappings written as lines, and made again from them. */
#include <stdio.h>

#include "args.h"
#include "filter.h"
#include "format.h"
#include "kernel.h"
#include "lines.h"
#include "mapping.h"
#include "print.h"
#include "progress.h"

/* Refusals said one by one; after that only counted. */
#define SAID 10

static int save_row(void *obj, void *arg)
{
	const struct mapping *m = obj;
	char in[300], out[300], proto[16];

	(void)arg;
	/* Static ones come with the configuration. */
	if (m->flags & PORTICO_MAPPING_F_STATIC)
		return 0;
	format_proto(proto, sizeof(proto), m->proto);
	format_endpoint(in, sizeof(in), &m->internal);
	format_endpoint(out, sizeof(out), &m->external);
	printf("%s %s %s\n", proto, in, out);
	return output_status();
}

int mapping_save(struct args *a)
{
	struct mapping filter = { 0 };

	if (args_keys(a, mapping_filter, &filter))
		return EXIT_USAGE;
	if (opt.json)
		return error("save prints what restore reads: option '-j' is not for it");
	opt.resolve = false;
	return kernel_dump(PORTICO_CMD_MAPPING_GET, &set_mapping, &filter,
			   &set_mapping, save_row, NULL);
}

struct restore {
	__u64 done, refused;
};

static int parse_line(struct args *a, struct mapping *m)
{
	const char *proto = args_need(a, "protocol");
	struct endpoint_words w;
	unsigned int port;
	const char *word;

	if (!proto || parse_proto(proto, &m->proto))
		return -1;
	give(m, PORTICO_A_MAPPING_PROTO);
	port = proto_is_tunnel(m->proto) ? EP_NO_PORT : EP_PORT;
	word = args_need(a, "internal endpoint");
	if (!word || parse_endpoint(word, port, &w))
		return -1;
	endpoint_from_words(&m->internal, &w);
	give(m, PORTICO_A_MAPPING_INTERNAL);
	word = args_need(a, "external endpoint");
	if (!word || parse_endpoint(word, port, &w))
		return -1;
	endpoint_from_words(&m->external, &w);
	give(m, PORTICO_A_MAPPING_EXTERNAL);
	return args_end(a);
}

static int restore_line(char **words, int n, unsigned int line, void *arg)
{
	struct args a = { .words = words, .n = n };
	struct mapping m = { 0 };
	struct restore *r = arg;
	int ret;

	(void)line;
	if (parse_line(&a, &m))
		return EXIT_USAGE;
	progress("mappings restored:", r->done + r->refused);
	ret = kernel_try(PORTICO_CMD_MAPPING_ADD, &set_mapping, &m,
			 r->refused >= SAID);
	if (ret && ret != KERNEL_REFUSED)
		return ret;
	if (ret)
		r->refused++;
	else
		r->done++;
	return 0;
}

int mapping_restore(struct args *a)
{
	const char *path = args_need(a, "file");
	struct restore r = { 0 };
	int ret;

	if (!path || args_end(a))
		return EXIT_USAGE;
	if (!*path)
		return error("empty file name");
	ret = lines_read(path, restore_line, &r);
	progress_end();
	if (r.refused > SAID)
		note("%llu more were refused", r.refused - SAID);
	if (!ret)
		ret = print_touched("restored", "mapping", r.done);
	return ret ? ret : r.refused ? EXIT_KERNEL : EXIT_DONE;
}
