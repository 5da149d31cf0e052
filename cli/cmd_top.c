// SPDX-License-Identifier: GPL-2.0
/* The full-screen view: keys, and what they draw. */
#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "format.h"
#include "parse.h"
#include "top.h"

struct screen {
	enum top_view view;
	enum top_sort sort;
	char filter[64];
	bool typing;		/* keys go to the filter */
	bool paused;
	size_t first;		/* row at the top */
	unsigned int seconds;
	struct top_sample now;
};

static void put_head(const struct screen *s)
{
	mvprintw(0, 0, "portico %s by %s, every %us%s", top_view_names[s->view],
		 top_sort_names[s->sort], s->seconds,
		 s->paused ? ", paused" : "");
	if (s->typing || *s->filter)
		printw(", only '%s%s'", s->filter, s->typing ? "_" : "");
	clrtoeol();
	mvprintw(1, 0, "h hosts  s sockets  p processes  o ports | ");
	printw("r rate  b bytes  k packets  n name | / filter  space pause  q quit");
	clrtoeol();
	attron(A_REVERSE);
	mvprintw(2, 0, "%-*s", COLS, "");
	mvprintw(2, 0, "%10s %10s %10s %10s %10s  %s", "OUT/s", "IN/s", "OUT",
		 "IN", "PACKETS", "NAME");
	attroff(A_REVERSE);
}

static void put_row(int y, const struct top_row *r)
{
	char out_rate[32], in_rate[32], out[32], in[32], packets[32];

	format_bytes(out_rate, sizeof(out_rate), r->out_rate);
	format_bytes(in_rate, sizeof(in_rate), r->in_rate);
	format_bytes(out, sizeof(out), r->out_bytes);
	format_bytes(in, sizeof(in), r->in_bytes);
	format_count(packets, sizeof(packets), r->packets);
	mvprintw(y, 0, "%10s %10s %10s %10s %10s  ", out_rate, in_rate, out,
		 in, packets);
	printw("%s  ", r->name);
	attron(A_DIM);
	printw("%s", r->what);
	attroff(A_DIM);
	clrtoeol();
}

static void draw(struct screen *s)
{
	size_t rows = LINES > 4 ? LINES - 4 : 1, i;

	if (s->first + rows > s->now.n)
		s->first = s->now.n > rows ? s->now.n - rows : 0;
	put_head(s);
	for (i = 0; i < rows && s->first + i < s->now.n; i++)
		put_row(3 + i, s->now.order[s->first + i]);
	move(3 + i, 0);
	clrtobot();
	mvprintw(LINES - 1, 0, "%zu of %zu", s->now.n, s->now.rows.n);
	refresh();
}

/* Another view begins without rates; what is read is an exit status. */
static int sample(struct screen *s, bool fresh)
{
	struct top_sample next;
	int ret;

	ret = top_read(&next, s->view);
	if (ret) {
		top_free(&next);
		return ret;
	}
	if (!fresh)
		top_rates(&next, &s->now);
	top_free(&s->now);
	s->now = next;
	top_order(&s->now, s->sort, s->filter);
	return 0;
}

static void type(struct screen *s, int key)
{
	size_t n = strlen(s->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		s->typing = false;
	} else if (key == 27) {
		s->typing = false;
		*s->filter = 0;
	} else if (key == KEY_BACKSPACE || key == 127 || key == 8) {
		if (n)
			s->filter[n - 1] = 0;
	} else if (key >= ' ' && key < 127 && n + 1 < sizeof(s->filter)) {
		s->filter[n] = key;
		s->filter[n + 1] = 0;
	}
	top_order(&s->now, s->sort, s->filter);
}

/* True when another view was chosen. */
static bool choose(struct screen *s, int key)
{
	static const char views[] = "hspo", sorts[] = "rbkn";
	const char *p;

	p = key > 0 && key < 127 ? strchr(views, key) : NULL;
	if (p) {
		s->view = p - views;
		s->first = 0;
		return true;
	}
	p = key > 0 && key < 127 ? strchr(sorts, key) : NULL;
	if (p) {
		s->sort = p - sorts;
		top_order(&s->now, s->sort, s->filter);
	}
	return false;
}

static void scroll_by(struct screen *s, long n)
{
	if (n < 0 && s->first < (size_t)-n)
		s->first = 0;
	else
		s->first += n;
}

static int loop(struct screen *s)
{
	int key, ret = 0;

	for (;;) {
		bool fresh = false, read = false;

		draw(s);
		key = getch();
		if (key == ERR)
			read = !s->paused;
		else if (s->typing)
			type(s, key);
		else if (key == 'q')
			return 0;
		else if (key == '/')
			s->typing = true;
		else if (key == ' ')
			s->paused = !s->paused;
		else if (key == KEY_DOWN || key == KEY_UP)
			scroll_by(s, key == KEY_DOWN ? 1 : -1);
		else if (key == KEY_NPAGE || key == KEY_PPAGE)
			scroll_by(s, key == KEY_NPAGE ? LINES - 4 : 4 - LINES);
		else
			fresh = choose(s, key);
		if (read || fresh)
			ret = sample(s, fresh);
		if (ret)
			return ret;
	}
}

static int take_every(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct screen *s = obj;

	return word ? parse_duration(word, 1, 3600, &s->seconds) : -1;
}

static int take_sort(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct screen *s = obj;
	__u8 i;

	if (!word || parse_choice(word, key, top_sort_names, &i))
		return -1;
	s->sort = i;
	return 0;
}

static const struct key keys[] = {
	{ "sort", take_sort, false },
	{ "every", take_every, false },
	{ NULL, NULL, false },
};

static int show_screen(struct args *a)
{
	struct screen s = { .seconds = 1 };
	__u8 view;
	int ret;

	if (args_peek(a) && strcmp(args_peek(a), "sort") &&
	    strcmp(args_peek(a), "every")) {
		if (parse_choice(args_next(a), "view", top_view_names, &view))
			return EXIT_USAGE;
		s.view = view;
	}
	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	if (opt.json)
		return error("top is for people: option '-j' is not for it");
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return error("top needs a terminal");
	opt.human = true;
	/* Whatever is wrong is said before the screen is taken. */
	ret = sample(&s, true);
	if (ret)
		return ret;
	setlocale(LC_CTYPE, "");
	initscr();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	timeout(s.seconds * 1000);
	ret = loop(&s);
	endwin();
	/* What went wrong was said on the screen that is gone: once more. */
	if (ret)
		ret = sample(&s, true);
	top_free(&s.now);
	return ret;
}

static const struct command commands[] = {
	{ "", show_screen, "[hosts|sockets|processes|ports] [sort rate|bytes|packets|name] [every TIME]",
	  "Who moves how much, on the whole screen",
	  "  sort WHAT     rate unless given\n"
	  "  every TIME    how often it is read, default 1s\n"
	  "\n"
	  "Keys: h s p o choose the view, r b k n the order, '/' filters, space pauses,\n"
	  "arrows and pages scroll, q ends.",
	  "  portico top processes sort bytes" },
};

const struct object object_top = {
	"top", "who moves how much, on the whole screen",
	commands, ARRAY_SIZE(commands),
};
