/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words into values. Every function returns 0, or -1 after saying what is
 * wrong and where; the value is then unchanged or undefined.
 */
#ifndef PORTICO_PARSE_H
#define PORTICO_PARSE_H

#include <stdbool.h>
#include <string.h>
#include <linux/types.h>

struct addr {
	__u8 len;		/* 0 none, 4 IPv4, 16 IPv6 */
	__u8 b[16];		/* network order */
};

static inline bool addr_same(const struct addr *a, const struct addr *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

struct prefix {
	struct addr addr;	/* host bits zero */
	__u8 len;
};

/* Decimal, @min..@max; @what names it in errors ("port"). */
int parse_number(const char *s, const char *what, __u64 min, __u64 max,
		 __u64 *out);
/* 1500, 10k, 2M, 3G, 1T; powers of 1000. */
int parse_bytes(const char *s, const char *what, __u64 *out);
int parse_addr(const char *s, struct addr *out);
/* ADDR/LEN, the length needed, host bits zero. */
int parse_prefix(const char *s, struct prefix *out);
/* 300s, 5m, 2h4m, or plain seconds. */
int parse_duration(const char *s, __u32 min, __u32 max, __u32 *out);
/* A-B or A, of @min..65535. */
int parse_ports(const char *s, __u16 min, __u16 *first, __u16 *last);
int parse_onoff(const char *s, const char *what, __u8 *out);
/* Protocol name or number. */
int parse_proto(const char *s, __u8 *out);
/* GRE and ESP: mapped, but without ports. */
bool proto_is_tunnel(__u8 proto);
/* Gives each word of a list with commas to @take, up to the first -1. */
int parse_list(const char *word, const char *what,
	       int (*take)(const char *one, void *obj), void *obj);
int parse_ifname(const char *s, char out[16]);
/* Index of @s in @names, which ends with NULL. */
int parse_choice(const char *s, const char *what, const char *const *names,
		 __u8 *out);

/* Inclusive run of addresses: ADDR, ADDR/LEN or ADDR-ADDR. */
struct addr_run {
	struct addr first;
	struct addr last;
};

int parse_run(const char *s, struct addr_run *out);

enum {
	EP_PORT = 1,		/* a port must be there */
	EP_NO_PORT = 2,		/* a port must not be there */
	EP_PROTO = 4,		/* /tcp may follow */
	EP_RANGE = 8,		/* the port may be A-B */
	EP_FILTER = 16,		/* :port alone, and ADDR/LEN, will do */
};

/* What an endpoint was written with. */
struct endpoint_words {
	struct addr addr;
	__u16 port, port_last;
	__u8 prefixlen;
	__u8 proto;
	bool has_addr, has_port, has_prefix, has_proto;
};

/* 192.0.2.1:80/tcp, [2001:db8::1]:53/udp, and less as @flags allow. */
int parse_endpoint(const char *s, unsigned int flags,
		   struct endpoint_words *out);

#endif
