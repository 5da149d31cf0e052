// SPDX-License-Identifier: GPL-2.0
/* Errors on stderr, and memory that is there or ends the program. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "format.h"

const char *error_name = "portico";
static const char *where_file;
static unsigned int where_line;
static unsigned int count;
static bool silence;

void error_silence(bool silent)
{
	silence = silent;
}

void error_where(const char *file, unsigned int line)
{
	where_file = file;
	where_line = line;
}

unsigned int error_count(void)
{
	return count;
}

static void __printf(1, 0) say(const char *fmt, va_list ap)
{
	if (silence)
		return;
	/* What was printed so far belongs before the complaint. */
	fflush(stdout);
	fprintf(stderr, "%s: ", error_name);
	if (where_file)
		fprintf(stderr, "%s:%u: ", quoted(where_file), where_line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int error(const char *fmt, ...)
{
	va_list ap;

	count++;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

int error_kernel(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return EXIT_KERNEL;
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

const char *quoted(const char *s)
{
	static char bufs[4][256];
	static unsigned int next;
	char *buf = bufs[next++ % ARRAY_SIZE(bufs)];

	escape(buf, sizeof(bufs[0]), s);
	return buf;
}

static void *or_die(void *p)
{
	if (!p) {
		fprintf(stderr, "%s: out of memory\n", error_name);
		exit(EXIT_KERNEL);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return or_die(realloc(p, size ? size : 1));
}

void *xappend(void *list, size_t *n, const void *obj, size_t size)
{
	list = xrealloc(list, (*n + 1) * size);
	memcpy((char *)list + *n * size, obj, size);
	++*n;
	return list;
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}
