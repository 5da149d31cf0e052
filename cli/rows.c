// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "parse.h"
#include "rows.h"

int rows_sort(struct rows *r, const char *word, const struct rows_order *orders)
{
	const char *names[16] = {};
	size_t i;
	__u8 n;

	for (i = 0; orders[i].name && i + 1 < ARRAY_SIZE(names); i++)
		names[i] = orders[i].name;
	if (!word || parse_choice(word, "sort", names, &n))
		return -1;
	r->order = orders[n].compare;
	return 0;
}

int rows_top(struct rows *r, const char *word)
{
	__u64 v;

	if (!word || parse_number(word, "top", 1, 1000000000, &v))
		return -1;
	r->top = v;
	return 0;
}

void *rows_at(const struct rows *r, size_t i)
{
	return r->v + i * r->size;
}

static void merge_equal(struct rows *r)
{
	size_t i, n = 0;

	if (!r->merge || r->n < 2)
		return;
	qsort(r->v, r->n, r->size, r->key);
	for (i = 1; i < r->n; i++) {
		if (!r->key(rows_at(r, n), rows_at(r, i)))
			r->merge(rows_at(r, n), rows_at(r, i));
		else if (++n != i)
			memcpy(rows_at(r, n), rows_at(r, i), r->size);
	}
	r->n = n + 1;
}

static void cut_to_top(struct rows *r)
{
	if (r->order && r->n > 1)
		qsort(r->v, r->n, r->size, r->order);
	if (r->top && r->n > r->top)
		r->n = r->top;
}

/* Full: before asking for more memory, drop what is not needed. */
static void make_room(struct rows *r)
{
	if (r->room && r->merge)
		merge_equal(r);
	else if (r->room && r->top)
		cut_to_top(r);
	if (r->n * 2 <= r->room && r->room)
		return;
	r->room = r->room ? r->room * 2 : 1024;
	if (r->room > (size_t)-1 / r->size)
		r->room = (size_t)-1 / r->size;
	r->v = xrealloc(r->v, r->room * r->size);
}

void rows_add(struct rows *r, const void *row)
{
	if (r->n == r->room)
		make_room(r);
	memcpy(rows_at(r, r->n), row, r->size);
	r->n++;
}

void rows_finish(struct rows *r)
{
	merge_equal(r);
	cut_to_top(r);
}

void rows_free(struct rows *r)
{
	free(r->v);
	r->v = NULL;
	r->n = 0;
	r->room = 0;
}
