// SPDX-License-Identifier: GPL-2.0
/* Addresses, prefixes, runs of addresses, endpoints. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "parse.h"

/* Long enough for any address, prefix or run that is right. */
#define MAX_TEXT 128

static int bad_addr(const char *s, const char *why)
{
	error("bad address '%s': %s", quoted(s), why);
	return -1;
}

static int parse_octet(const char *s, const char *p, size_t n, __u8 *out)
{
	unsigned int v = 0;
	char why[64];
	size_t i;

	if (!n)
		return bad_addr(s, "an octet is empty");
	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)p[i])) {
			const char c[2] = { p[i], 0 };

			snprintf(why, sizeof(why), "'%s' is not a digit",
				 quoted(c));
			return bad_addr(s, why);
		}
		if (v < 100000)
			v = v * 10 + (p[i] - '0');
	}
	if (v > 255) {
		snprintf(why, sizeof(why), "octet %.*s is above 255",
			 (int)(n < 20 ? n : 20), p);
		return bad_addr(s, why);
	}
	if (n > 1 && p[0] == '0') {
		snprintf(why, sizeof(why), "octet %.*s begins with a zero",
			 (int)(n < 20 ? n : 20), p);
		return bad_addr(s, why);
	}
	*out = v;
	return 0;
}

static int parse_addr4(const char *s, struct addr *out)
{
	const char *p = s;
	char why[64];
	int i;

	for (i = 0; ; i++) {
		size_t n = strcspn(p, ".");

		if (i == 4)
			return bad_addr(s, "more than 4 octets");
		if (parse_octet(s, p, n, &out->b[i]))
			return -1;
		if (!p[n])
			break;
		p += n + 1;
	}
	if (i < 3) {
		snprintf(why, sizeof(why), "only %d octets of 4", i + 1);
		return bad_addr(s, why);
	}
	out->len = 4;
	return 0;
}

/* Why inet_pton() did not like it, as well as can be told. */
static int explain_addr6(const char *s)
{
	unsigned int groups = 0;
	const char *p = s;
	char why[64];
	size_t n;

	if (strchr(s, '%'))
		return bad_addr(s, "an interface (%) cannot be part of it");
	n = strspn(s, "0123456789abcdefABCDEF:.");
	if (s[n]) {
		const char c[2] = { s[n], 0 };

		snprintf(why, sizeof(why), "'%s' is not a hexadecimal digit",
			 quoted(c));
		return bad_addr(s, why);
	}
	p = strstr(s, "::");
	if (p && strstr(p + 1, "::"))
		return bad_addr(s, "'::' is there twice");
	for (p = s; *p; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		groups += n > 0;
		if (n > 4 && !memchr(p, '.', n)) {
			snprintf(why, sizeof(why),
				 "group %.*s has more than 4 digits",
				 (int)(n < 20 ? n : 20), p);
			return bad_addr(s, why);
		}
	}
	if (groups > 8)
		return bad_addr(s, "more than 8 groups");
	if (groups < 8 && !strstr(s, "::"))
		return bad_addr(s, "fewer than 8 groups and no '::'");
	return bad_addr(s, "not an IPv6 address");
}

int parse_addr(const char *s, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (!*s)
		return -error("empty address");
	if (strlen(s) >= MAX_TEXT)
		return bad_addr(s, "too long");
	if (strchr(s, ':')) {
		if (inet_pton(AF_INET6, s, out->b) != 1)
			return explain_addr6(s);
		out->len = 16;
		return 0;
	}
	if (!strchr(s, '.') && s[strspn(s, "0123456789")])
		return bad_addr(s, "neither IPv4 nor IPv6");
	return parse_addr4(s, out);
}

/* Zeroes (or sets) all but the first @len bits; true if that changed some. */
static bool mask_addr(struct addr *a, unsigned int len, bool ones)
{
	bool changed = false;
	unsigned int i;

	for (i = len; i < a->len * 8u; i++) {
		__u8 bit = 0x80 >> (i % 8), *b = &a->b[i / 8];
		__u8 v = ones ? *b | bit : *b & ~bit;

		changed |= v != *b;
		*b = v;
	}
	return changed;
}

static int split(const char *s, char sep, char left[MAX_TEXT],
		 const char **right)
{
	const char *p = strchr(s, sep);

	*right = NULL;
	if (strlen(s) >= MAX_TEXT)
		return bad_addr(s, "too long");
	memcpy(left, s, strlen(s) + 1);
	if (p) {
		left[p - s] = 0;
		*right = p + 1;
	}
	return 0;
}

/* The length after the slash, against the family of @addr. */
static int parse_length(const char *s, const char *len, const struct addr *addr,
			__u8 *out)
{
	unsigned int max = addr->len * 8;
	__u64 v;

	if (parse_number(len, "prefix length", 0, 255, &v))
		return -1;
	if (v > max)
		return -error("bad prefix '%s': length %ju is above %u",
			      quoted(s), (uintmax_t)v, max);
	*out = v;
	return 0;
}

int parse_prefix(const char *s, struct prefix *out)
{
	char left[MAX_TEXT], text[64];
	const char *len;

	if (!*s)
		return -error("empty prefix");
	if (split(s, '/', left, &len) || parse_addr(left, &out->addr))
		return -1;
	if (!len)
		return -error("bad prefix '%s': its length is missing, as in %s/%d",
			      quoted(s), quoted(s), out->addr.len == 4 ? 24 : 64);
	if (parse_length(s, len, &out->addr, &out->len))
		return -1;
	if (mask_addr(&out->addr, out->len, false)) {
		format_addr(text, sizeof(text), &out->addr);
		return -error("bad prefix '%s': bits after the first %u are set, did you mean %s/%u?",
			      quoted(s), out->len, text, out->len);
	}
	return 0;
}

int parse_run(const char *s, struct addr_run *out)
{
	char left[MAX_TEXT];
	struct prefix prefix;
	const char *right;

	if (!*s)
		return -error("empty address");
	if (strchr(s, '/')) {
		if (parse_prefix(s, &prefix))
			return -1;
		out->first = prefix.addr;
		out->last = prefix.addr;
		mask_addr(&out->last, prefix.len, true);
		return 0;
	}
	if (split(s, '-', left, &right) || parse_addr(left, &out->first))
		return -1;
	out->last = out->first;
	if (!right)
		return 0;
	if (parse_addr(right, &out->last))
		return -1;
	if (out->first.len != out->last.len)
		return -error("bad address range '%s': both ends must be of one family",
			      quoted(s));
	if (memcmp(out->first.b, out->last.b, out->first.len) > 0)
		return -error("bad address range '%s': the first is above the last",
			      quoted(s));
	return 0;
}

/* "/tcp" or "/24" at the end of an endpoint. */
static int endpoint_slash(const char *s, const char *word, unsigned int flags,
			  struct endpoint_words *out)
{
	if (*word && !isdigit((unsigned char)*word)) {
		if (!(flags & EP_PROTO))
			return -error("bad endpoint '%s': a protocol does not belong here",
				      quoted(s));
		out->has_proto = true;
		return parse_proto(word, &out->proto);
	}
	if (!(flags & EP_FILTER))
		return -error("bad endpoint '%s': a prefix does not belong here",
			      quoted(s));
	if (out->has_port)
		return -error("bad endpoint '%s': either a port or a prefix, not both",
			      quoted(s));
	if (parse_length(s, word, &out->addr, &out->prefixlen))
		return -1;
	out->has_prefix = true;
	if (mask_addr(&out->addr, out->prefixlen, false)) {
		char text[64];

		format_addr(text, sizeof(text), &out->addr);
		return -error("bad prefix '%s': bits after the first %u are set, did you mean %s/%u?",
			      quoted(s), out->prefixlen, text, out->prefixlen);
	}
	return 0;
}

/* Cuts @left into address and port; *@port is NULL when there is none. */
static int endpoint_split(const char *s, char *left, char **addr, char **port)
{
	char *p;

	*addr = left;
	*port = NULL;
	if (*left == '[') {
		p = strchr(left, ']');
		if (!p)
			return -error("bad endpoint '%s': ']' is missing",
				      quoted(s));
		*p++ = 0;
		*addr = left + 1;
		if (!strchr(*addr, ':'))
			return -error("bad endpoint '%s': brackets are for IPv6",
				      quoted(s));
		if (*p && *p != ':')
			return -error("bad endpoint '%s': ':' must follow ']'",
				      quoted(s));
		*port = *p ? p + 1 : NULL;
		return 0;
	}
	p = strchr(left, ':');
	if (p && (p == left || !strchr(p + 1, ':'))) {
		*p = 0;
		*port = p + 1;
	}
	return 0;
}

static int endpoint_port(const char *s, const char *port, unsigned int flags,
			 struct endpoint_words *out)
{
	__u64 v;

	if (!port) {
		if (flags & EP_PORT)
			return -error("bad endpoint '%s': its port is missing",
				      quoted(s));
		return 0;
	}
	if (flags & EP_NO_PORT)
		return -error("bad endpoint '%s': a port does not belong here",
			      quoted(s));
	out->has_port = true;
	if (flags & EP_RANGE)
		return parse_ports(port, 1, &out->port, &out->port_last);
	if (parse_number(port, "port", 0, 65535, &v))
		return -1;
	out->port = v;
	out->port_last = v;
	return 0;
}

int parse_endpoint(const char *s, unsigned int flags,
		   struct endpoint_words *out)
{
	char left[MAX_TEXT], *addr, *port;
	const char *slash;

	memset(out, 0, sizeof(*out));
	if (!*s)
		return -error("empty endpoint");
	if (split(s, '/', left, &slash) ||
	    endpoint_split(s, left, &addr, &port))
		return -1;
	if (*addr || !port || !(flags & EP_FILTER)) {
		if (!*addr)
			return -error("bad endpoint '%s': its address is missing",
				      quoted(s));
		if (parse_addr(addr, &out->addr))
			return -1;
		out->has_addr = true;
	}
	if (endpoint_port(s, port, flags, out))
		return -1;
	return slash ? endpoint_slash(s, slash, flags, out) : 0;
}
