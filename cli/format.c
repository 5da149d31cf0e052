// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "format.h"
#include "model.h"
#include "resolve.h"

/* Length of the UTF-8 sequence at @s and its character, 0 if it is none. */
static size_t utf8(const unsigned char *s, __u32 *out)
{
	static const __u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	__u32 c = s[0];
	size_t n, i;

	if (c < 0x80) {
		*out = c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	c &= 0x7f >> n;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*out = c;
	return n;
}

/* Characters that move the cursor, hide, or turn the text around. */
static bool harmful(__u32 c)
{
	return c < 0x20 || c == '\\' || (c >= 0x7f && c < 0xa0) ||
	       c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || c >= 0xe0000;
}

void escape(char *out, size_t size, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t used = 0, n, i, need;
	__u32 c;

	if (!size)
		return;
	while (*p) {
		bool plain;

		n = utf8(p, &c);
		plain = n && !harmful(c);
		if (!n)
			n = 1;
		need = plain ? n : 4 * n;
		if (used + need + 4 > size) {
			if (size >= 4)
				used += snprintf(out + used, size - used, "...");
			break;
		}
		if (plain) {
			memcpy(out + used, p, n);
			used += n;
		} else {
			for (i = 0; i < n; i++)
				used += snprintf(out + used, size - used,
						 "\\x%02x", p[i]);
		}
		p += n;
	}
	out[used < size ? used : size - 1] = 0;
}

static const struct proto {
	__u8 number;
	const char *name;
} protos[] = {
	{ IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" },
	{ IPPROTO_ICMP, "icmp" }, { IPPROTO_ICMPV6, "icmpv6" },
	{ IPPROTO_SCTP, "sctp" }, { IPPROTO_DCCP, "dccp" },
	{ IPPROTO_GRE, "gre" }, { IPPROTO_ESP, "esp" },
	{ IPPROTO_UDPLITE, "udplite" },
};

int proto_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (!strcmp(name, protos[i].name))
			return protos[i].number;
	return -1;
}

void format_proto(char *out, size_t size, __u8 proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos) && (!opt.numeric || opt.json); i++) {
		if (protos[i].number == proto) {
			snprintf(out, size, "%s", protos[i].name);
			return;
		}
	}
	snprintf(out, size, "%u", proto);
}

void format_addr(char *out, size_t size, const struct addr *a)
{
	if (a->len != 4 && a->len != 16)
		snprintf(out, size, "-");
	else if (!inet_ntop(a->len == 4 ? AF_INET : AF_INET6, a->b, out, size))
		snprintf(out, size, "?");
}

void format_prefix(char *out, size_t size, const struct addr *a, __u8 len)
{
	char text[64];

	format_addr(text, sizeof(text), a);
	snprintf(out, size, "%s/%u", text, len);
}

void format_endpoint(char *out, size_t size, const struct endpoint *e)
{
	bool has_port = has(e, PORTICO_A_ENDPOINT_PORT);
	char text[256] = "";

	if (has(e, PORTICO_A_ENDPOINT_ADDR))
		resolve_addr(text, sizeof(text), &e->addr);
	else if (!has_port)
		snprintf(text, sizeof(text), "-");
	if (has(e, PORTICO_A_ENDPOINT_PREFIXLEN))
		snprintf(out, size, "%s/%u", text, e->prefixlen);
	else if (!has_port)
		snprintf(out, size, "%s", text);
	else if (strchr(text, ':'))
		snprintf(out, size, "[%s]:%u", text, e->port);
	else
		snprintf(out, size, "%s:%u", text, e->port);
}

/* The length of the prefix that @r is, or -1. */
static int run_length(const struct addr_run *r)
{
	unsigned int bits = r->first.len * 8u, i, len = 0;

	while (len < bits &&
	       !((r->first.b[len / 8] ^ r->last.b[len / 8]) & (0x80 >> len % 8)))
		len++;
	for (i = len; i < bits; i++) {
		__u8 bit = 0x80 >> i % 8;

		if ((r->first.b[i / 8] & bit) || !(r->last.b[i / 8] & bit))
			return -1;
	}
	return len;
}

void format_run(char *out, size_t size, const struct addr_run *r)
{
	char first[64], last[64];
	int len = run_length(r);

	format_addr(first, sizeof(first), &r->first);
	format_addr(last, sizeof(last), &r->last);
	if (len == r->first.len * 8)
		snprintf(out, size, "%s", first);
	else if (len >= 0)
		snprintf(out, size, "%s/%d", first, len);
	else
		snprintf(out, size, "%s-%s", first, last);
}

void format_duration(char *out, size_t size, __u64 s)
{
	static const struct {
		__u64 seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t used = 0, i;

	if (opt.numeric || s == 0) {
		snprintf(out, size, "%llus", s);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(units) && used < size; i++) {
		if (s < units[i].seconds)
			continue;
		used += snprintf(out + used, size - used, "%llu%c",
				 s / units[i].seconds, units[i].letter);
		s %= units[i].seconds;
	}
}

static void format_scaled(char *out, size_t size, __u64 v, unsigned int base,
			  const char *const *suffix)
{
	double d = v;

	if (!opt.human || v < base) {
		snprintf(out, size, "%llu", v);
		return;
	}
	for (d /= base; d >= base && suffix[1]; d /= base)
		suffix++;
	snprintf(out, size, d < 10 ? "%.1f%s" : "%.0f%s", d, *suffix);
}

void format_count(char *out, size_t size, __u64 v)
{
	static const char *const suffix[] = { "k", "M", "G", "T", "P", NULL };

	format_scaled(out, size, v, 1000, suffix);
}

void format_round(char *out, size_t size, __u64 v)
{
	static const char *const suffix[] = { "", "k", "M", "G", "T" };
	size_t i = 0;

	for (; v && v % 1000 == 0 && i + 1 < ARRAY_SIZE(suffix); i++)
		v /= 1000;
	snprintf(out, size, "%llu%s", v, suffix[i]);
}

void format_bytes(char *out, size_t size, __u64 v)
{
	static const char *const suffix[] = { "Ki", "Mi", "Gi", "Ti", "Pi", NULL };

	format_scaled(out, size, v, 1024, suffix);
}

void format_time(char *out, size_t size, __u64 ns)
{
	time_t t = ns / 1000000000;
	char text[32];
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(text, sizeof(text), "?");
	snprintf(out, size, "%s.%03u", text,
		 (unsigned int)(ns % 1000000000 / 1000000));
}
