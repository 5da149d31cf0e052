// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cli.h"

const char *args_peek(const struct args *a)
{
	return a->n > 0 ? a->words[0] : NULL;
}

const char *args_next(struct args *a)
{
	if (a->n <= 0)
		return NULL;
	a->n--;
	return *a->words++;
}

const char *args_value(struct args *a, const char *key)
{
	const char *word = args_next(a);

	if (!word)
		error("'%s' needs a value", quoted(key));
	return word;
}

const char *args_need(struct args *a, const char *what)
{
	const char *word = args_next(a);

	if (!word)
		error("%s is missing", what);
	return word;
}

int args_end(struct args *a)
{
	if (a->n <= 0)
		return 0;
	error("unexpected word '%s'", quoted(a->words[0]));
	return -1;
}

#define MAX_WORD 32

/* Edits (insert, delete, replace) from one word to another. */
static unsigned int distance(const char *from, const char *to)
{
	unsigned int row[MAX_WORD + 1], i, j, diag, up;
	size_t n = strlen(from), m = strlen(to);

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			up = row[j];
			row[j] = diag + (from[i - 1] != to[j - 1]);
			if (row[j] > up + 1)
				row[j] = up + 1;
			if (row[j] > row[j - 1] + 1)
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[m];
}

const char *closest(const char *word, const char *best, const char *candidate)
{
	unsigned int d = distance(word, candidate);

	if (d > 2 || d * 2 >= strlen(candidate))
		return best;
	return best && distance(word, best) <= d ? best : candidate;
}

static int unknown_key(const char *word, const struct key *keys)
{
	const char *best = NULL;

	if (!*word) {
		error("empty keyword");
		return -1;
	}
	for (; keys->name; keys++)
		best = closest(word, best, keys->name);
	if (best)
		error("unknown keyword '%s', did you mean '%s'?", quoted(word),
		      best);
	else
		error("unknown %s '%s'", *word == '-' ? "option" : "keyword",
		      quoted(word));
	return -1;
}

int args_keys(struct args *a, const struct key *keys, void *obj)
{
	const struct key *k;
	const char *word;
	__u64 seen = 0, bit;

	while ((word = args_next(a))) {
		for (k = keys; k->name; k++)
			if (!strcmp(word, k->name))
				break;
		if (!k->name)
			return unknown_key(word, keys);
		bit = 1ULL << (k - keys);
		if ((seen & bit) && !k->many) {
			error("'%s' is given twice", word);
			return -1;
		}
		seen |= bit;
		if (k->parse(a, k->name, obj))
			return -1;
	}
	return 0;
}
