// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "args.h"
#include "kernel.h"
#include "print.h"

enum { C_NAME, C_LEFT, C_RIGHT, C_DIFF, C_OK, C_MAX };

static const struct column cols[C_MAX] = {
	[C_NAME] = { "EQUATION", "equation", COL_BRIEF },
	[C_LEFT] = { "LEFT", "left", COL_RIGHT },
	[C_RIGHT] = { "RIGHT", "right", COL_RIGHT },
	[C_DIFF] = { "DIFFERENCE", "difference", COL_RIGHT | COL_BRIEF },
	[C_OK] = { "", "ok", COL_JSON },
};

struct show {
	struct table table;
	unsigned int differ;
};

static int audit_row(void *obj, void *arg)
{
	const struct audit *r = obj;
	struct show *s = arg;
	struct table *t = &s->table;
	char text[32];
	__s64 diff = (__s64)(r->left - r->right);

	row_begin(t);
	cell_name(t, C_NAME, r->name);
	cell_number(t, C_LEFT, r->left);
	cell_number(t, C_RIGHT, r->right);
	snprintf(text, sizeof(text), diff ? "%+lld" : "%lld", diff);
	cell_both(t, C_DIFF, text, opt.json ? json_integer(diff) : NULL);
	cell_tone(t, C_DIFF, diff ? TONE_BAD : TONE_GOOD);
	cell_bool(t, C_OK, !diff);
	s->differ += diff != 0;
	return row_end(t);
}

static int audit(struct args *a)
{
	struct show s = { .differ = 0 };
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_AUDIT_GET, NULL, NULL, &set_audit,
			  audit_row, &s);
	ret = table_end(&s.table, ret);
	if (ret || !s.differ)
		return ret;
	note("the books do not balance: %u equation%s differ%s", s.differ,
	     s.differ == 1 ? "" : "s", s.differ == 1 ? "s" : "");
	return EXIT_USAGE;
}

static const struct command commands[] = {
	{ "", audit, "", "Do the books balance? Exit status 1 if not",
	  "Each row is an equation of the books; traffic that passes while they\n"
	  "are read can make a small difference.",
	  "  portico audit && echo balanced" },
};

const struct object object_audit = {
	"audit", "do the books balance?", commands, ARRAY_SIZE(commands),
};
