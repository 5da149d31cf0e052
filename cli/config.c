// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "args.h"
#include "cli.h"
#include "config.h"
#include "forward.h"
#include "inside.h"
#include "lines.h"
#include "uplink.h"

static const struct kind {
	const char *name;
	size_t max;
} kinds[] = {
	[CONFIG_UPLINK] = { "uplink", PORTICO_MAX_UPLINKS },
	[CONFIG_INSIDE] = { "inside", PORTICO_MAX_INSIDE },
	[CONFIG_FORWARD] = { "forward", PORTICO_MAX_FORWARDS },
	[CONFIG_ACCOUNT] = { "account", PORTICO_MAX_ACCOUNTS },
};

static void *parse_object(struct args *a, enum config_kind kind)
{
	void *obj;
	int ret;

	switch (kind) {
	case CONFIG_UPLINK:
		obj = xcalloc(1, sizeof(struct uplink));
		ret = uplink_parse(a, obj);
		break;
	case CONFIG_INSIDE:
		obj = xcalloc(1, sizeof(struct inside));
		ret = inside_parse(a, obj);
		break;
	case CONFIG_ACCOUNT:
		obj = xcalloc(1, sizeof(struct account));
		ret = account_parse(a, obj);
		break;
	default:
		obj = xcalloc(1, sizeof(struct forward));
		ret = forward_parse(a, obj);
		break;
	}
	if (!ret)
		return obj;
	free(obj);
	return NULL;
}

static bool same_object(enum config_kind kind, const void *a, const void *b)
{
	const struct forward *f = a, *g = b;
	const struct uplink *u = a, *v = b;
	const struct inside *i = a, *j = b;
	const struct account *x = a, *y = b;

	switch (kind) {
	case CONFIG_UPLINK:
		return !strcmp(u->ifname, v->ifname);
	case CONFIG_INSIDE:
		return i->prefixlen == j->prefixlen &&
		       !memcmp(&i->addr, &j->addr, sizeof(i->addr));
	case CONFIG_ACCOUNT:
		return !strcmp(x->name, y->name);
	default:
		return f->proto == g->proto &&
		       f->external.port == g->external.port &&
		       !memcmp(&f->external.addr, &g->external.addr,
			       sizeof(f->external.addr));
	}
}

/* Room for one more of its kind, and none like it yet? */
static int check_new(const struct config *c, enum config_kind kind,
		     const void *obj)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++) {
		if (c->items[i].kind != kind)
			continue;
		if (same_object(kind, c->items[i].obj, obj))
			return error("the same %s is in line %u already",
				     kinds[kind].name, c->items[i].line);
		n++;
	}
	if (n >= kinds[kind].max)
		return error("more than %zu of '%s'", kinds[kind].max,
			     kinds[kind].name);
	return 0;
}

static int take_line(char **words, int n, unsigned int line, void *arg)
{
	struct args a = { .words = words, .n = n };
	const char *word = args_next(&a), *verb = args_next(&a);
	struct config *c = arg;
	enum config_kind kind;
	void *obj;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		if (!strcmp(word, kinds[kind].name))
			break;
	if (kind == ARRAY_SIZE(kinds))
		return error("'%s' is no part of a configuration: uplink, inside, forward, account are",
			     quoted(word));
	if (!verb || strcmp(verb, "add"))
		return error("expected '%s add', not '%s%s%s'", word, word,
			     verb ? " " : "", verb ? quoted(verb) : "");
	obj = parse_object(&a, kind);
	if (!obj)
		return EXIT_USAGE;
	if (check_new(c, kind, obj)) {
		free(obj);
		return EXIT_USAGE;
	}
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 64;
		c->items = xrealloc(c->items, c->room * sizeof(*c->items));
	}
	c->items[c->n++] = (struct config_item){
		.kind = kind, .line = line, .obj = obj,
	};
	return 0;
}

int config_read(struct config *c, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->path = strcmp(path, "-") ? path : "stdin";
	return lines_read(path, take_line, c);
}

void config_free(struct config *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->items[i].obj);
	free(c->items);
	memset(c, 0, sizeof(*c));
}
