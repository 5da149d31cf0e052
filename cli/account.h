/* SPDX-License-Identifier: GPL-2.0 */
/* The words of an account: read by commands and files, written by dump. */
#ifndef PORTICO_ACCOUNT_H
#define PORTICO_ACCOUNT_H

#include <stdio.h>

#include "args.h"
#include "model.h"

#define ACCOUNT_SYNOPSIS "NAME PREFIX[,PREFIX...]"

int account_parse(struct args *a, struct account *acc);
/* The name alone, as in "account del". */
int account_parse_name(struct args *a, struct account *acc);
/* Name and prefixes. */
void account_words(FILE *f, const struct account *acc);

#endif
