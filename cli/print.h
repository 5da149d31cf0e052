/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One call, three forms: an aligned table, tab-separated lines (-o), JSON
 * (-j). Rows are printed as they come, except that the first few are held
 * back to find the widths of the columns.
 *
 * A cell that is not filled is "-" in text and null in JSON: the keys of a
 * row are always the same.
 */
#ifndef PORTICO_PRINT_H
#define PORTICO_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <linux/types.h>

#include "cli.h"
#include "model.h"

enum {
	COL_RIGHT = 1,		/* numbers */
	COL_STATS = 2,		/* text: only with -s */
	COL_DETAILS = 4,	/* text: only with -d */
	COL_BRIEF = 8,		/* text: stays with -br */
	COL_JSON = 16,		/* only JSON */
	COL_TEXT = 32,		/* only text */
};

struct column {
	const char *head;	/* as the table's heading */
	const char *key;	/* snake_case, as JSON's key */
	unsigned int flags;
};

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_DIM, TONE_HEAD };

#define MAX_COLUMNS 32

struct table {
	const struct column *cols;
	unsigned int n;
	char *cell[MAX_COLUMNS];
	enum tone tone[MAX_COLUMNS];
	json_t *row;
	__u64 rows;
	bool settled;		/* widths are known, rows go straight out */
	unsigned int width[MAX_COLUMNS];
	struct held_row *held;
	unsigned int n_held;
	char *extra;		/* a second line of the row, -d */
};

/* Whether this column is printed at all. */
bool column_shown(const struct column *c);

void table_begin(struct table *t, const struct column *cols, unsigned int n);
void row_begin(struct table *t);
/* 0, or an exit status when the output is gone. */
int row_end(struct table *t);
/* Returns @status, or what went wrong with the output. */
int table_end(struct table *t, int status);

/* Not escaped: for words of our own. */
void cell_text(struct table *t, unsigned int col, const char *s);
/* Escaped: for names from the system. */
void cell_name(struct table *t, unsigned int col, const char *s);
void cell_tone(struct table *t, unsigned int col, enum tone tone);
void cell_number(struct table *t, unsigned int col, __u64 v);
void cell_count(struct table *t, unsigned int col, __u64 v);
void cell_bytes(struct table *t, unsigned int col, __u64 v);
void cell_bool(struct table *t, unsigned int col, bool v);
void cell_proto(struct table *t, unsigned int col, __u8 proto);
void cell_addr(struct table *t, unsigned int col, const struct addr *a);
void cell_endpoint(struct table *t, unsigned int col, const struct endpoint *e);
/* A span of milliseconds. */
void cell_span(struct table *t, unsigned int col, __u64 ms);
/* A point in time, ns since the epoch: text "3m ago", with -N the date. */
void cell_time(struct table *t, unsigned int col, __u64 ns);
/* Four cells from @col on: out packets, out bytes, in packets, in bytes. */
void cell_counters(struct table *t, unsigned int col, const struct counters *c);
/* Text and JSON that differ; takes @json over. */
void cell_both(struct table *t, unsigned int col, const char *text,
	       json_t *json);
/* A second, indented line (text with -d only). Escaped by the caller. */
void row_extra(struct table *t, const char *text);

/* The columns that cell_counters() fills. */
#define COUNTER_COLUMNS(hide)						\
	{ "OUT-PKTS", "out_packets", COL_RIGHT | (hide) },		\
	{ "OUT-BYTES", "out_bytes", COL_RIGHT },			\
	{ "IN-PKTS", "in_packets", COL_RIGHT | (hide) },		\
	{ "IN-BYTES", "in_bytes", COL_RIGHT }

/* JSON without a table: one value and a newline; takes @json over. */
int print_json(json_t *json);
json_t *json_endpoint(const struct endpoint *e);
json_t *json_addr(const struct addr *a);
json_t *json_name(const char *s);
json_t *json_counters(const struct counters *c);
/* Adds whose block it is and where to @o. */
void json_put_block(json_t *o, const struct block *b);

/* Is standard output coloured? The codes are empty if not. */
const char *tone_on(enum tone tone);
const char *tone_off(enum tone tone);

/* Whether standard output still takes what it is given; says if not. */
int output_status(void);

#endif
