/* SPDX-License-Identifier: GPL-2.0 */
/* The words of a forward: read by commands and files, written by dump. */
#ifndef PORTICO_FORWARD_H
#define PORTICO_FORWARD_H

#include <stdio.h>

#include "args.h"
#include "model.h"

int forward_parse(struct args *a, struct forward *f);
/* [PROTO] EXTERNAL alone, as in "forward del". */
int forward_parse_external(struct args *a, struct forward *f);
/* "tcp 203.0.113.8:8080 to 192.168.0.10:80" */
void forward_words(FILE *out, const struct forward *f);
/* One side with its ports: "203.0.113.8:8000-8099". */
void forward_side(char *out, size_t size, const struct endpoint *e,
		  __u16 count);

#endif
