// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "kernel.h"
#include "print.h"

enum { C_HOOK, C_VERDICT, C_NAME, C_PACKETS, C_BYTES, C_WHY, C_MAX };

static const struct column cols[C_MAX] = {
	[C_HOOK] = { "HOOK", "hook", COL_BRIEF },
	[C_VERDICT] = { "VERDICT", "verdict", COL_BRIEF },
	[C_NAME] = { "REASON", "reason", COL_BRIEF },
	[C_PACKETS] = { "PACKETS", "packets", COL_RIGHT | COL_BRIEF },
	[C_BYTES] = { "BYTES", "bytes", COL_RIGHT },
	[C_WHY] = { "WHY", "text", 0 },
};

struct show {
	struct table table;
	__u8 hook, verdict;
	bool by_hook, by_verdict, all;
	const char *name;
};

static int reason_row(void *obj, void *arg)
{
	const struct reason *r = obj;
	struct show *s = arg;
	struct table *t = &s->table;

	if ((s->by_hook && r->hook != s->hook) ||
	    (s->by_verdict && r->verdict != s->verdict) ||
	    (s->name && strcmp(s->name, r->name)))
		return 0;
	/* In text what never happened would hide what did. */
	if (!r->packets && !s->all && !opt.json)
		return 0;
	row_begin(t);
	cell_text(t, C_HOOK, name_of(hook_names, r->hook));
	cell_text(t, C_VERDICT, name_of(verdict_names, r->verdict));
	if (r->verdict == PORTICO_VERDICT_DROP)
		cell_tone(t, C_VERDICT, TONE_BAD);
	cell_name(t, C_NAME, r->name);
	cell_count(t, C_PACKETS, r->packets);
	cell_bytes(t, C_BYTES, r->bytes);
	cell_name(t, C_WHY, r->text);
	return row_end(t);
}

static int take_hook(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;

	s->by_hook = true;
	return word ? parse_choice(word, key, hook_names, &s->hook) : -1;
}

static int take_verdict(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;

	s->by_verdict = true;
	return word ? parse_choice(word, key, verdict_names, &s->verdict) : -1;
}

static int take_name(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	s->name = args_value(a, key);
	if (s->name && !*s->name)
		return -error("empty reason name");
	return s->name ? 0 : -1;
}

static int take_all(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	(void)a;
	(void)key;
	s->all = true;
	return 0;
}

static const struct key keys[] = {
	{ "hook", take_hook, false },
	{ "verdict", take_verdict, false },
	{ "name", take_name, false },
	{ "all", take_all, false },
	{ NULL, NULL, false },
};

static int show(__u8 cmd, struct show *s)
{
	int ret;

	table_begin(&s->table, cols, C_MAX);
	ret = kernel_dump(cmd, NULL, NULL, &set_reason, reason_row, s);
	return table_end(&s->table, ret);
}

static int reason_show(struct args *a)
{
	struct show s = { .all = false };

	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	return show(PORTICO_CMD_REASON_GET, &s);
}

static int reason_reset(struct args *a)
{
	struct show s = { .all = false };

	if (args_end(a))
		return EXIT_USAGE;
	return show(PORTICO_CMD_RESET, &s);
}

static const struct command commands[] = {
	{ "show", reason_show,
	  "[hook HOOK] [verdict pass|translated|drop] [name REASON] [all]",
	  "Why packets passed, were translated or dropped",
	  "  hook HOOK         ingress, pre-routing, post-routing, local-in, local-out\n"
	  "  verdict VERDICT   what was done\n"
	  "  name REASON       this reason alone\n"
	  "  all               also those that never happened (JSON has them always)",
	  "  portico reason show verdict drop" },
	{ "reset", reason_reset, "",
	  "Begin counting at zero again, and show what it was", NULL,
	  "  portico reason reset" },
};

const struct object object_reason = {
	"reason", "why packets passed, were translated or dropped",
	commands, ARRAY_SIZE(commands),
};
