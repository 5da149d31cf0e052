/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file here shares: the options, the exit statuses, how an error
 * is said, and the shape of the object table.
 */
#ifndef PORTICO_CLI_H
#define PORTICO_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <linux/types.h>

#ifndef PORTICO_VERSION
#define PORTICO_VERSION "0.1"
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(a, b) __attribute__((__format__(printf, a, b)))

/* Exit statuses, part of the interface. */
enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,		/* wrong words; audit: the books differ */
	EXIT_KERNEL = 2,	/* the kernel refused, or could not be asked */
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	bool json;
	bool pretty;
	bool oneline;
	bool stats;
	bool details;
	bool brief;
	bool human;
	bool numeric;
	bool resolve;
	bool timestamp;
	bool version;
	bool help;
	enum color_mode color;
	const char *netns;
	const char *batch;
};

extern struct options opt;

struct args;

struct command {
	const char *name;
	int (*run)(struct args *a);	/* returns an exit status */
	const char *synopsis;		/* what follows the command's name */
	const char *summary;
	const char *details;		/* NULL, or lines explaining the keys */
	const char *example;		/* full command lines */
};

struct object {
	const char *name;
	const char *summary;
	/* The first is the default; one without a name takes all the words. */
	const struct command *commands;
	unsigned int n_commands;
};

extern const struct object object_account, object_block;
extern const struct object object_uplink, object_inside, object_forward;
extern const struct object object_mapping, object_session, object_host;
extern const struct object object_socket, object_port, object_reason;
extern const struct object object_status, object_who, object_audit;
extern const struct object object_monitor, object_apply, object_check;
extern const struct object object_dump, object_metrics, object_top, object_complete;

/* Runs the words of one command line, options already taken out. */
int run_words(char **words, int n);

/* help.c: to stdout, for whoever asks. */
void help_main(void);
void help_object(const struct object *o);
void help_command(const struct object *o, const struct command *c);

/*
 * error.c: one line on stderr, beginning with error_name ("portico") and, while
 * a file is read, with its name and line. error() returns EXIT_USAGE.
 */
extern const char *error_name;
int error(const char *fmt, ...) __printf(1, 2);
int error_kernel(const char *fmt, ...) __printf(1, 2);
void note(const char *fmt, ...) __printf(1, 2);
void error_where(const char *file, unsigned int line);
/* Nothing is said while this is set. */
void error_silence(bool silent);
/* How many errors so far: tells whether an error still needs its hint. */
unsigned int error_count(void);

/* Safe to print, whatever is in it; one of a few static buffers. */
const char *quoted(const char *s);

/* Memory, or the end of the program with a sentence. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/* @list of *@n objects of @size, and a copy of @obj behind them. */
void *xappend(void *list, size_t *n, const void *obj, size_t size);
char *xstrdup(const char *s);

#endif
