/* SPDX-License-Identifier: GPL-2.0 */
/* The words of an inside prefix: read by commands and files, written by dump. */
#ifndef PORTICO_INSIDE_H
#define PORTICO_INSIDE_H

#include <stdio.h>

#include "args.h"
#include "model.h"

#define INSIDE_SYNOPSIS							\
	"PREFIX [uplink DEV] [max-ports N] [max-sessions N] [max-rate N/s] [quota BYTES[/PERIOD]|none] [over-quota notify|refuse] [npt PREFIX|none]"

int inside_parse(struct args *a, struct inside *in);
/* The prefix alone, as in "inside del". */
int inside_parse_prefix(struct args *a, struct inside *in);
void inside_prefix(char *out, size_t size, const struct inside *in);
/* Its quota as written: "10G/day". */
void inside_quota(char *out, size_t size, const struct inside *in);
/* The keywords of all that is set, after the prefix. */
void inside_words(FILE *f, const struct inside *in);

#endif
