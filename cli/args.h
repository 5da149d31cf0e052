/* SPDX-License-Identifier: GPL-2.0 */
/* The words of a command, taken one by one, and tables of keywords. */
#ifndef PORTICO_ARGS_H
#define PORTICO_ARGS_H

#include <stdbool.h>

struct args {
	char **words;
	int n;		/* how many are left */
};

/* NULL at the end. */
const char *args_peek(const struct args *a);
const char *args_next(struct args *a);
/* The word after @key, or NULL with the error said. */
const char *args_value(struct args *a, const char *key);
/* The word called @what, or NULL with the error said. */
const char *args_need(struct args *a, const char *what);
/* 0 when nothing is left, else -1 with the error said. */
int args_end(struct args *a);

struct key {
	const char *name;
	/* Takes the words after the keyword; -1 with the error said. */
	int (*parse)(struct args *a, const char *key, void *obj);
	bool many;	/* may be given more than once */
};

/* Takes all the words left; the table ends with a NULL name. */
int args_keys(struct args *a, const struct key *keys, void *obj);

/* The name closest to @word by edits, if close enough, else NULL. */
const char *closest(const char *word, const char *best, const char *candidate);

#endif
