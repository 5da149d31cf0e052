/* SPDX-License-Identifier: GPL-2.0 */
/* Values into words, the ones that parse.h reads. */
#ifndef PORTICO_FORMAT_H
#define PORTICO_FORMAT_H

#include <stddef.h>
#include <linux/types.h>

#include "parse.h"

struct endpoint;

/*
 * Whatever @s holds, @out is printable UTF-8 on one line: control and
 * direction-changing characters, bytes that are not UTF-8 and the backslash
 * itself become \xNN. Cut short with "..." if it does not fit.
 */
void escape(char *out, size_t size, const char *s);

/* -1 when unknown. */
int proto_by_name(const char *name);
void format_proto(char *out, size_t size, __u8 proto);
void format_addr(char *out, size_t size, const struct addr *a);
/* 192.168.0.0/24 */
void format_prefix(char *out, size_t size, const struct addr *a, __u8 len);
/* 192.0.2.1:80, [2001:db8::1]:80, 192.0.2.0/24, :80, or "-". */
void format_endpoint(char *out, size_t size, const struct endpoint *e);
/* As ADDR, ADDR/LEN if it is one, else ADDR-ADDR. */
void format_run(char *out, size_t size, const struct addr_run *r);
/* 2h4m */
void format_duration(char *out, size_t size, __u64 seconds);
/* With -h 1.2k or 3.4Mi, else all the digits. */
void format_count(char *out, size_t size, __u64 v);
/* As parse_bytes() reads it, to the byte: 10G. */
void format_round(char *out, size_t size, __u64 v);
void format_bytes(char *out, size_t size, __u64 v);
/* Nanoseconds since the epoch: local date and time. */
void format_time(char *out, size_t size, __u64 ns);

#endif
