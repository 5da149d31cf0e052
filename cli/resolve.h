/* SPDX-License-Identifier: GPL-2.0 */
/* Names of addresses and users, looked up only when asked for (-r, no -N). */
#ifndef PORTICO_RESOLVE_H
#define PORTICO_RESOLVE_H

#include <stddef.h>
#include <linux/types.h>

#include "parse.h"

/* With -r the host's name if it has one, else the address. */
void resolve_addr(char *out, size_t size, const struct addr *a);
/* The user's name, with -N or when unknown the number. */
void resolve_user(char *out, size_t size, __u32 uid);
/* Path of a cgroup v2 id below its mount, else the number. */
void resolve_cgroup(char *out, size_t size, __u64 id);

#endif
