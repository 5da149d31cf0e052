// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "options.h"

struct options opt;

static const struct option {
	const char *letter, *name, *arg;
	bool *flag;
	const char **value;
	const char *help;
} options[] = {
	{ "-j", "--json", NULL, &opt.json, NULL, "JSON" },
	{ "-p", "--pretty", NULL, &opt.pretty, NULL, "JSON: indented" },
	{ "-o", "--oneline", NULL, &opt.oneline, NULL,
	  "one line a row, tab-separated, no heading" },
	{ "-s", "--statistics", NULL, &opt.stats, NULL, "more counters" },
	{ "-d", "--details", NULL, &opt.details, NULL, "more of everything" },
	{ "-br", "--brief", NULL, &opt.brief, NULL, "only what matters most" },
	{ "-h", "--human", NULL, &opt.human, NULL, "numbers as 1.2k and 3.4Mi" },
	{ "-N", "--numeric", NULL, &opt.numeric, NULL,
	  "no names: protocols, users, dates in full" },
	{ "-r", "--resolve", NULL, &opt.resolve, NULL, "names of addresses (asks DNS)" },
	{ "-t", "--timestamp", NULL, &opt.timestamp, NULL, "dates and times" },
	{ "-n", "--netns", "NAME", NULL, &opt.netns, "in this network namespace" },
	{ "-b", "--batch", "FILE", NULL, &opt.batch,
	  "commands from a file, one a line ('-': standard input)" },
	{ "-V", "--version", NULL, &opt.version, NULL, "version of CLI and module" },
	{ NULL, "--help", NULL, &opt.help, NULL, "this help, or a command's" },
};

void options_help(void)
{
	const struct option *o;
	char text[32];

	for (o = options; o < options + ARRAY_SIZE(options); o++) {
		snprintf(text, sizeof(text), "%s%s%s%s%s",
			 o->letter ? o->letter : "", o->letter ? ", " : "    ",
			 o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		printf("  %-22s %s\n", text, o->help);
	}
	printf("  %-22s %s\n", "-c, --color[=WHEN]",
	       "auto, always or never; NO_COLOR is honoured");
}

void options_complete(const char *word)
{
	const struct option *o;

	for (o = options; o < options + ARRAY_SIZE(options); o++)
		if (!strncmp(o->name, word, strlen(word)))
			puts(o->name);
	if (!strncmp("--color=", word, strlen(word)))
		puts("--color=");
}

/* -c, -c=WHEN, --color, --color=WHEN. 1: it was one, -1: and it was wrong. */
static int take_color(const char *word)
{
	const char *when;

	if (!strncmp(word, "--color", 7))
		when = word + 7;
	else if (!strncmp(word, "-c", 2))
		when = word + 2;
	else
		return 0;
	if (!*when || !strcmp(when, "=always"))
		opt.color = COLOR_ALWAYS;
	else if (!strcmp(when, "=auto"))
		opt.color = COLOR_AUTO;
	else if (!strcmp(when, "=never"))
		opt.color = COLOR_NEVER;
	else if (*when == '=')
		return -error("bad color '%s': none of auto, always, never",
			      quoted(when + 1));
	else
		return 0;
	return 1;
}

/* How many words the option at @i took, 0: it is none, -1: wrong. */
static int take_one(int argc, char **argv, int i)
{
	const char *word = argv[i];
	const struct option *o;
	size_t n;
	int ret;

	ret = take_color(word);
	if (ret)
		return ret;
	for (o = options; o < options + ARRAY_SIZE(options); o++) {
		n = strlen(o->name);
		if (o->flag && !strncmp(word, o->name, n) && word[n] == '=')
			return -error("option '%s' takes no value", o->name);
		if (o->value && !strncmp(word, o->name, n) && word[n] == '=') {
			*o->value = word + n + 1;
			return 1;
		}
		if (strcmp(word, o->name) &&
		    (!o->letter || strcmp(word, o->letter)))
			continue;
		if (o->flag) {
			*o->flag = true;
			return 1;
		}
		if (i + 1 >= argc)
			return -error("option '%s' needs a value", word);
		*o->value = argv[i + 1];
		return 2;
	}
	return 0;
}

int options_take(int argc, char **argv, char **words)
{
	bool only_words = false;
	int i = 1, n = 0, taken;

	while (i < argc) {
		const char *word = argv[i];

		if (only_words || word[0] != '-' || !word[1] ||
		    isdigit((unsigned char)word[1])) {
			words[n++] = argv[i++];
			continue;
		}
		if (!strcmp(word, "--")) {
			only_words = true;
			i++;
			continue;
		}
		taken = take_one(argc, argv, i);
		if (taken < 0)
			return -1;
		if (!taken && !n)
			return -error("unknown option '%s'", quoted(word));
		if (!taken)
			words[n++] = argv[i++];
		else
			i += taken;
	}
	if (opt.pretty && !opt.json && !opt.help && !opt.version)
		return -error("option '-p' is for JSON: give '-j' too");
	if (opt.json && opt.oneline)
		return -error("options '-j' and '-o' exclude each other");
	return n;
}
