/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows kept in memory, for commands that sort or add up: an array of structs
 * that merges equal keys and, when only the top N are wanted, forgets the rest
 * as it goes.
 */
#ifndef PORTICO_ROWS_H
#define PORTICO_ROWS_H

#include <linux/types.h>
#include <stddef.h>

typedef int (*rows_compare)(const void *a, const void *b);

struct rows {
	size_t size;			/* of one */
	size_t n, room;
	char *v;
	rows_compare key;		/* with merge: equal ones become one */
	void (*merge)(void *into, const void *from);
	rows_compare order;		/* NULL: as they came */
	size_t top;			/* 0: all */
};

/*
 * by_NAME(): of two rows of @type the one whose @value, of *r, is larger comes
 * first; of equals the first by @key, so that the order is the same each time.
 */
#define ROWS_ORDER(name, type, key, value)				\
	static int by_##name(const void *a, const void *b)		\
	{								\
		const type *r = a;					\
		__u64 one = (value), two;				\
									\
		r = b;							\
		two = (value);						\
		if (one != two)						\
			return one > two ? -1 : 1;			\
		return key(a, b);					\
	}

/* A word after "sort", and the order it stands for. The last has no name. */
struct rows_order {
	const char *name;
	rows_compare compare;
};

/* Sort as @word says; -1 with the error said. */
int rows_sort(struct rows *r, const char *word, const struct rows_order *orders);
/* The number after "top"; -1 with the error said. */
int rows_top(struct rows *r, const char *word);

void rows_add(struct rows *r, const void *row);
/* Merges, sorts and cuts to the top. */
void rows_finish(struct rows *r);
/* The row, to be changed in place. */
void *rows_at(const struct rows *r, size_t i);
void rows_free(struct rows *r);

#endif
