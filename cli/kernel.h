/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel, asked in structs of model.h. Everything returns an exit status,
 * after saying what went wrong. The socket is opened at the first question and
 * shared by all that follow.
 */
#ifndef PORTICO_KERNEL_H
#define PORTICO_KERNEL_H

#include <stdbool.h>
#include <linux/types.h>

struct attr_set;

/* Contract version of the loaded module, 0: not loaded. Says nothing. */
unsigned int kernel_probe(void);

/* Is this command known to the module? *@known; an exit status. */
int kernel_knows(__u8 cmd, bool *known);

/* One request; @reply (may be NULL) is filled as @reply_set says. */
int kernel_do(__u8 cmd, const struct attr_set *set, const void *obj,
	      const struct attr_set *reply_set, void *reply);

/* The kernel's own "no", unlike not being able to ask. */
#define KERNEL_REFUSED 3

/* As kernel_do() without reply; KERNEL_REFUSED lets the caller go on. */
int kernel_try(__u8 cmd, const struct attr_set *set, const void *obj,
	       bool quiet);

/* Given each row in turn; not 0 stops, and is returned. */
typedef int (*kernel_row)(void *obj, void *arg);

/* All rows; @filter (may be NULL) as @set says, rows as @reply_set says. */
int kernel_dump(__u8 cmd, const struct attr_set *set, const void *filter,
		const struct attr_set *reply_set, kernel_row row, void *arg);

/* A whole configuration, all or nothing; @check: only look at it. */
struct config;
int kernel_apply(const struct config *c, bool check);

/* Events for ever. */
struct event;
typedef int (*kernel_event)(const struct event *e, void *arg);
int kernel_monitor(kernel_event event, int (*lost)(void *arg), void *arg);

void kernel_close(void);

#endif
