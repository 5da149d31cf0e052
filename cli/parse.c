// SPDX-License-Identifier: GPL-2.0
/* Numbers, durations and names; addresses are in parse_addr.c. */
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "parse.h"

int parse_number(const char *s, const char *what, __u64 min, __u64 max,
		 __u64 *out)
{
	__u64 v = 0;
	const char *p;

	if (!*s)
		return -error("empty %s", what);
	for (p = s; *p; p++) {
		if (!isdigit((unsigned char)*p)) {
			const char c[2] = { *p, 0 };

			return -error("bad %s '%s': '%s' is not a digit", what,
				      quoted(s), quoted(c));
		}
		if (v > (UINT64_MAX - (*p - '0')) / 10)
			return -error("bad %s '%s': above %ju", what,
				      quoted(s), (uintmax_t)max);
		v = v * 10 + (*p - '0');
	}
	if (v > max)
		return -error("bad %s '%s': above %ju", what, quoted(s),
			      (uintmax_t)max);
	if (v < min)
		return -error("bad %s '%s': below %ju", what, quoted(s),
			      (uintmax_t)min);
	if (s[0] == '0' && s[1])
		return -error("bad %s '%s': begins with a zero", what,
			      quoted(s));
	*out = v;
	return 0;
}

int parse_bytes(const char *s, const char *what, __u64 *out)
{
	static const char letters[] = "kMGT";
	size_t n = strlen(s);
	const char *letter = n ? strchr(letters, s[n - 1]) : NULL;
	__u64 scale = 1;
	char number[32];

	if (n >= sizeof(number))
		return -error("bad %s '%s': too long", what, quoted(s));
	memcpy(number, s, n + 1);
	if (letter) {
		number[n - 1] = 0;
		for (; letter >= letters; letter--)
			scale *= 1000;
	}
	if (parse_number(number, what, 1, UINT64_MAX / scale, out))
		return -1;
	*out *= scale;
	return 0;
}

static const struct unit {
	char letter;
	__u32 seconds;
} units[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

/* One "2h" of "2h4m" at *@pp; @next is the largest unit still allowed. */
static int duration_part(const char *s, const char **pp, size_t *next,
			 __u64 *sum)
{
	const char *p = *pp;
	__u64 v = 0;
	char c[2] = "";
	size_t i;

	if (!isdigit((unsigned char)*p)) {
		c[0] = *p;
		return -error("bad duration '%s': a number is missing before '%s'",
			      quoted(s), quoted(c));
	}
	for (; isdigit((unsigned char)*p); p++)
		if (v <= UINT32_MAX)
			v = v * 10 + (*p - '0');
	for (i = 0; i < ARRAY_SIZE(units) && units[i].letter != *p; i++)
		;
	c[0] = *p;
	if (!*p)
		return -error("bad duration '%s': its last number has no unit",
			      quoted(s));
	if (i == ARRAY_SIZE(units))
		return -error("bad duration '%s': unit '%s' is none of s, m, h, d, w",
			      quoted(s), quoted(c));
	if (i < *next)
		return -error("bad duration '%s': larger units come first, each once",
			      quoted(s));
	*next = i + 1;
	*sum += v * units[i].seconds;
	*pp = p + 1;
	return 0;
}

int parse_duration(const char *s, __u32 min, __u32 max, __u32 *out)
{
	const char *p = s;
	__u64 sum = 0;
	size_t next = 0;

	if (!*s)
		return -error("empty duration");
	if (s[strspn(s, "0123456789")] == 0) {
		if (parse_number(s, "duration", min, max, &sum))
			return -1;
	} else {
		while (*p)
			if (duration_part(s, &p, &next, &sum))
				return -1;
	}
	if (sum > max)
		return -error("bad duration '%s': above %us", quoted(s), max);
	if (sum < min)
		return -error("bad duration '%s': below %us", quoted(s), min);
	*out = sum;
	return 0;
}

int parse_list(const char *word, const char *what,
	       int (*take)(const char *one, void *obj), void *obj)
{
	char one[128];
	size_t n;

	for (;; word += n + 1) {
		n = strcspn(word, ",");
		if (n >= sizeof(one))
			return -error("bad %s '%s': too long", what,
				      quoted(word));
		memcpy(one, word, n);
		one[n] = 0;
		if (take(one, obj))
			return -1;
		if (!word[n])
			return 0;
	}
}

int parse_ports(const char *s, __u16 min, __u16 *first, __u16 *last)
{
	const char *dash = strchr(s, '-');
	__u64 a, b;
	char buf[32];

	if (!dash) {
		if (parse_number(s, "port", min, 65535, &a))
			return -1;
		*first = *last = a;
		return 0;
	}
	if ((size_t)(dash - s) >= sizeof(buf))
		return -error("bad port range '%s': too long", quoted(s));
	memcpy(buf, s, dash - s);
	buf[dash - s] = 0;
	if (parse_number(buf, "port", min, 65535, &a) ||
	    parse_number(dash + 1, "port", min, 65535, &b))
		return -1;
	if (a > b)
		return -error("bad port range '%s': %ju is above %ju",
			      quoted(s), (uintmax_t)a, (uintmax_t)b);
	*first = a;
	*last = b;
	return 0;
}

int parse_onoff(const char *s, const char *what, __u8 *out)
{
	if (!strcmp(s, "on"))
		*out = 1;
	else if (!strcmp(s, "off"))
		*out = 0;
	else
		return -error("bad %s '%s': neither 'on' nor 'off'", what,
			      quoted(s));
	return 0;
}

bool proto_is_tunnel(__u8 proto)
{
	return proto == IPPROTO_GRE || proto == IPPROTO_ESP;
}

int parse_proto(const char *s, __u8 *out)
{
	int known = proto_by_name(s);
	__u64 v;

	if (!*s)
		return -error("empty protocol");
	if (known >= 0) {
		*out = known;
		return 0;
	}
	if (!isdigit((unsigned char)*s))
		return -error("unknown protocol '%s'", quoted(s));
	if (parse_number(s, "protocol", 1, 255, &v))
		return -1;
	*out = v;
	return 0;
}

int parse_ifname(const char *s, char out[16])
{
	const char *p;

	if (!*s)
		return -error("empty interface name");
	if (strlen(s) >= IFNAMSIZ)
		return -error("bad interface name '%s': longer than %d characters",
			      quoted(s), IFNAMSIZ - 1);
	if (!strcmp(s, ".") || !strcmp(s, ".."))
		return -error("bad interface name '%s'", s);
	for (p = s; *p; p++) {
		if (*p == '/' || *p == ':' || isspace((unsigned char)*p)) {
			const char c[2] = { *p, 0 };

			return -error("bad interface name '%s': '%s' cannot be in it",
				      quoted(s), quoted(c));
		}
	}
	memset(out, 0, IFNAMSIZ);
	memcpy(out, s, strlen(s));
	return 0;
}

int parse_choice(const char *s, const char *what, const char *const *names,
		 __u8 *out)
{
	char list[256] = "";
	size_t used = 0;
	__u8 i;

	for (i = 0; names[i]; i++) {
		if (!strcmp(s, names[i])) {
			*out = i;
			return 0;
		}
		used += snprintf(list + used, sizeof(list) - used, "%s%s",
				 i ? ", " : "", names[i]);
		if (used >= sizeof(list))
			used = sizeof(list) - 1;
	}
	return -error("bad %s '%s': none of %s", what, quoted(s), list);
}
