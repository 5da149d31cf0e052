// SPDX-License-Identifier: GPL-2.0
/* Tables: held rows, widths, lines. Cells are in cell.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "print.h"

/* Rows that decide about the widths. */
#define HOLD 64

struct held_row {
	char *cell[MAX_COLUMNS];
	enum tone tone[MAX_COLUMNS];
	char *extra;
};

static bool colored(void)
{
	static int known = -1;
	const char *no, *term;

	if (opt.json)
		return false;
	if (opt.color != COLOR_AUTO)
		return opt.color == COLOR_ALWAYS;
	if (known < 0) {
		no = getenv("NO_COLOR");
		term = getenv("TERM");
		known = isatty(STDOUT_FILENO) && !(no && *no) &&
			term && strcmp(term, "dumb");
	}
	return known;
}

const char *tone_on(enum tone tone)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "", [TONE_GOOD] = "\033[32m",
		[TONE_BAD] = "\033[31m", [TONE_DIM] = "\033[2m",
		[TONE_HEAD] = "\033[1m",
	};

	return colored() ? codes[tone] : "";
}

const char *tone_off(enum tone tone)
{
	return tone != TONE_PLAIN && colored() ? "\033[0m" : "";
}

int output_status(void)
{
	static bool said;

	if (!ferror(stdout))
		return 0;
	/* A reader that went away is no error worth a line. */
	if (errno != EPIPE && !said)
		error_kernel("cannot write: %s", strerror(errno));
	said = true;
	return EXIT_KERNEL;
}

bool column_shown(const struct column *c)
{
	if (opt.json)
		return !(c->flags & COL_TEXT);
	if (c->flags & COL_JSON)
		return false;
	if (opt.brief)
		return c->flags & COL_BRIEF;
	if ((c->flags & COL_STATS) && !opt.stats)
		return false;
	if ((c->flags & COL_DETAILS) && !opt.details)
		return false;
	return true;
}

void table_begin(struct table *t, const struct column *cols, unsigned int n)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->cols = cols;
	t->n = n < MAX_COLUMNS ? n : MAX_COLUMNS;
	for (i = 0; i < t->n; i++)
		t->width[i] = strlen(cols[i].head);
	t->settled = opt.oneline;
}

/* Columns on screen, near enough: UTF-8 characters. */
static unsigned int width_of(const char *s)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void put_blanks(unsigned int n)
{
	while (n--)
		putc_unlocked(' ', stdout);
}

static void put_line(const struct table *t, char *const *cell,
		     const enum tone *tone)
{
	unsigned int i, pad = 0, w;
	bool first = true;

	for (i = 0; i < t->n; i++) {
		const char *s = cell && cell[i] ? cell[i] : "-";
		enum tone tn = tone ? tone[i] : TONE_HEAD;

		if (!column_shown(&t->cols[i]))
			continue;
		if (!cell)
			s = t->cols[i].head;
		w = width_of(s);
		w = !opt.oneline && w < t->width[i] ? t->width[i] - w : 0;
		if (opt.oneline && !first)
			putchar('\t');
		else if (!first)
			put_blanks(pad + 2);
		pad = 0;
		if (t->cols[i].flags & COL_RIGHT)
			put_blanks(w);
		else
			pad = w;
		fputs(tone_on(tn), stdout);
		fputs(s, stdout);
		fputs(tone_off(tn), stdout);
		first = false;
	}
}

static void put_row(const struct table *t, char *const *cell,
		    const enum tone *tone, const char *extra)
{
	put_line(t, cell, tone);
	if (extra)
		printf("%s%s", opt.oneline ? "\t" : "\n    ", extra);
	putchar('\n');
}

/* Enough rows seen: the heading, and all that was held back. */
static void settle(struct table *t)
{
	unsigned int i, j;

	t->settled = true;
	if (!opt.brief) {
		put_line(t, NULL, NULL);
		putchar('\n');
	}
	for (i = 0; i < t->n_held; i++) {
		struct held_row *h = &t->held[i];

		put_row(t, h->cell, h->tone, h->extra);
		for (j = 0; j < t->n; j++)
			free(h->cell[j]);
		free(h->extra);
	}
	free(t->held);
	t->held = NULL;
	t->n_held = 0;
}

static void hold(struct table *t)
{
	struct held_row *h;
	unsigned int i, w;

	if (!t->held)
		t->held = xcalloc(HOLD, sizeof(*t->held));
	h = &t->held[t->n_held++];
	for (i = 0; i < t->n; i++) {
		h->cell[i] = t->cell[i];
		h->tone[i] = t->tone[i];
		t->cell[i] = NULL;
		w = h->cell[i] ? width_of(h->cell[i]) : 1;
		if (w > t->width[i])
			t->width[i] = w;
	}
	h->extra = t->extra;
	t->extra = NULL;
	if (t->n_held == HOLD)
		settle(t);
}

/* In one piece: jansson would write it a few bytes at a time. */
static void put_json(const json_t *json)
{
	size_t flags = opt.pretty ? JSON_INDENT(4) : JSON_COMPACT;
	static size_t room;
	static char *text;
	size_t n;

	n = json_dumpb(json, text, room, flags);
	if (n > room) {
		room = n * 2;
		text = xrealloc(text, room);
		n = json_dumpb(json, text, room, flags);
	}
	fwrite(text, 1, n, stdout);
}

static void put_json_row(struct table *t)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (!(t->cols[i].flags & COL_TEXT) &&
		    !json_object_get(t->row, t->cols[i].key))
			json_object_set_new(t->row, t->cols[i].key, json_null());
	fputs(t->rows ? ",\n" : opt.pretty ? "[\n" : "[", stdout);
	put_json(t->row);
	json_decref(t->row);
	t->row = NULL;
}

void row_begin(struct table *t)
{
	if (opt.json)
		t->row = json_object();
	memset(t->tone, 0, sizeof(t->tone));
}

int row_end(struct table *t)
{
	unsigned int i;

	if (opt.json) {
		put_json_row(t);
	} else if (!t->settled) {
		hold(t);
	} else {
		put_row(t, t->cell, t->tone, t->extra);
		for (i = 0; i < t->n; i++) {
			free(t->cell[i]);
			t->cell[i] = NULL;
		}
		free(t->extra);
		t->extra = NULL;
	}
	t->rows++;
	return output_status();
}

int table_end(struct table *t, int status)
{
	/*
	 * What was read before a failure is shown, and the JSON stays whole;
	 * a failure before the first row shows nothing, not an empty list.
	 */
	if (opt.json && (t->rows || !status))
		puts(!t->rows ? "[]" : opt.pretty ? "\n]" : "]");
	else if (!opt.json && !t->settled && (t->rows || !status))
		settle(t);
	fflush(stdout);
	return status ? status : output_status();
}

void row_extra(struct table *t, const char *text)
{
	if (opt.json || !opt.details || opt.brief)
		return;
	free(t->extra);
	t->extra = xstrdup(text);
}

int print_json(json_t *json)
{
	put_json(json);
	putchar('\n');
	json_decref(json);
	fflush(stdout);
	return output_status();
}
