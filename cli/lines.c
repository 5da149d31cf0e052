// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lines.h"

#define MAX_LINE 65536
#define MAX_WORDS 1024

/* Cuts @line in place. The number of words, -1 with the error said. */
static int cut(char *line, char **words)
{
	char *save = NULL, *word;
	int n = 0;

	for (word = strtok_r(line, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (*word == '#')
			break;
		if (n == MAX_WORDS)
			return -error("more than %d words", MAX_WORDS);
		words[n++] = word;
	}
	return n;
}

static int take_line(char *line, size_t len, unsigned int number, char **words,
		     lines_take take, void *arg)
{
	int n;

	if (memchr(line, 0, len))
		return error("a NUL byte is in the line");
	if (len >= MAX_LINE)
		return error("line is longer than %d bytes", MAX_LINE - 1);
	n = cut(line, words);
	if (n < 0)
		return EXIT_USAGE;
	return n ? take(words, n, number, arg) : 0;
}

/*
 * One line without its end, cut at MAX_LINE; -1 at the end of the file, and when it
 * cannot be read: half a line may say something else than the whole.
 */
static ssize_t read_line(FILE *f, char *line)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (n < MAX_LINE)
			line[n++] = c;
		else
			break;
	}
	line[n] = 0;
	return c == EOF && (!n || ferror(f)) ? -1 : (ssize_t)n;
}

int lines_read(const char *path, lines_take take, void *arg)
{
	bool standard = !strcmp(path, "-");
	FILE *f = standard ? stdin : fopen(path, "re");
	char *line, **words;
	unsigned int number = 0;
	ssize_t len;
	int ret = 0;

	if (!f)
		return error("cannot open '%s': %s", quoted(path),
			     strerror(errno));
	line = xcalloc(MAX_LINE + 1, 1);
	words = xcalloc(MAX_WORDS, sizeof(*words));
	while (!ret) {
		errno = 0;
		len = read_line(f, line);
		if (len < 0)
			break;
		error_where(standard ? "stdin" : path, ++number);
		ret = take_line(line, len, number, words, take, arg);
	}
	error_where(NULL, 0);
	if (!ret && ferror(f))
		ret = error("cannot read '%s': %s", quoted(path),
			    strerror(errno));
	free(line);
	free(words);
	if (!standard)
		fclose(f);
	return ret;
}
