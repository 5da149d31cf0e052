// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>

#include "format.h"
#include "metrics.h"

void metric_head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP portico_%s %s\n# TYPE portico_%s %s\n", name, help,
		name, type);
}

static void put_label(FILE *f, const char *value)
{
	char text[1024];
	const char *p;

	/* Our own escaping leaves backslashes and quotes to be doubled. */
	escape(text, sizeof(text), value);
	for (p = text; *p; p++) {
		if (*p == '\\' || *p == '"')
			fputc('\\', f);
		fputc(*p, f);
	}
}

void metric(FILE *f, const char *name, __u64 v, ...)
{
	const char *label, *value;
	char sep = '{';
	va_list ap;

	fprintf(f, "portico_%s", name);
	va_start(ap, v);
	while ((label = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		fprintf(f, "%c%s=\"", sep, label);
		put_label(f, value);
		fputc('"', f);
		sep = ',';
	}
	va_end(ap);
	fprintf(f, "%s %llu\n", sep == ',' ? "}" : "", v);
}
