// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli.h"
#include "format.h"
#include "inside.h"

static int take_uplink(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct inside *in = obj;

	if (!word || parse_ifname(word, in->uplink))
		return -1;
	give(in, PORTICO_A_INSIDE_UPLINK);
	return 0;
}

static int take_cap(struct args *a, const char *key, __u32 *cap)
{
	const char *word = args_value(a, key);
	__u64 v;

	if (!word || parse_number(word, key, 0, UINT32_MAX, &v))
		return -1;
	*cap = v;
	return 0;
}

static int take_max_ports(struct args *a, const char *key, void *obj)
{
	struct inside *in = obj;

	give(in, PORTICO_A_INSIDE_MAX_PORTS);
	return take_cap(a, key, &in->max_ports);
}

static int take_max_sessions(struct args *a, const char *key, void *obj)
{
	struct inside *in = obj;

	give(in, PORTICO_A_INSIDE_MAX_SESSIONS);
	return take_cap(a, key, &in->max_sessions);
}

/*
 * "5/s" into its number and, what stands behind the slash, *@unit: NULL without
 * one. -1 when there is no word, or it is too long.
 */
static int split_rate(const char *word, const char *key, char number[32],
		      const char **unit)
{
	size_t n;

	if (!word)
		return -1;
	n = strcspn(word, "/");
	if (n >= 32)
		return -error("bad %s '%s': too long", key, quoted(word));
	memcpy(number, word, n);
	number[n] = 0;
	*unit = word[n] ? word + n + 1 : NULL;
	return 0;
}

static int take_max_rate(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key), *unit;
	struct inside *in = obj;
	char number[32];
	__u64 v;

	if (split_rate(word, key, number, &unit))
		return -1;
	if (unit && strcmp(unit, "s"))
		return -error("bad max-rate '%s': only '/s' may follow the number",
			      quoted(word));
	if (parse_number(number, key, 0, UINT32_MAX, &v))
		return -1;
	in->max_rate = v;
	give(in, PORTICO_A_INSIDE_MAX_RATE);
	return 0;
}

static const struct period {
	const char *name;
	__u32 seconds;
} periods[] = {
	{ "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { "week", 604800 },
};

static int parse_period(const char *word, __u32 *seconds)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(periods); i++)
		if (!strcmp(word, periods[i].name)) {
			*seconds = periods[i].seconds;
			return 0;
		}
	return parse_duration(word, 1, PORTICO_QUOTA_PERIOD_MAX, seconds);
}

static int take_quota(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key), *unit;
	struct inside *in = obj;
	char number[32];

	give(in, PORTICO_A_INSIDE_QUOTA);
	in->quota = 0;
	if (word && !strcmp(word, "none"))
		return 0;
	if (split_rate(word, key, number, &unit) ||
	    parse_bytes(number, key, &in->quota))
		return -1;
	if (!unit)
		return 0;
	give(in, PORTICO_A_INSIDE_QUOTA_PERIOD);
	return parse_period(unit, &in->quota_period);
}

static const char *const over_names[] = { "notify", "refuse", NULL };

static int take_over_quota(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct inside *in = obj;

	if (!word || parse_choice(word, key, over_names, &in->quota_refuse))
		return -1;
	give(in, PORTICO_A_INSIDE_QUOTA_REFUSE);
	return 0;
}

static int take_npt(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct inside *in = obj;
	struct prefix p;

	if (word && !strcmp(word, "none")) {
		memset(&in->npt, 0, sizeof(in->npt));
		in->npt.len = 16;
		give(in, PORTICO_A_INSIDE_NPT);
		return 0;
	}
	if (!word || parse_prefix(word, &p))
		return -1;
	if (p.addr.len != 16 || in->addr.len != 16)
		return -error("bad npt '%s': both prefixes must be IPv6",
			      quoted(word));
	if (p.len != in->prefixlen)
		return -error("bad npt '%s': length %u differs from the inside prefix's %u",
			      quoted(word), p.len, in->prefixlen);
	in->npt = p.addr;
	give(in, PORTICO_A_INSIDE_NPT);
	return 0;
}

static const struct key keys[] = {
	{ "uplink", take_uplink, false },
	{ "max-ports", take_max_ports, false },
	{ "max-sessions", take_max_sessions, false },
	{ "max-rate", take_max_rate, false },
	{ "quota", take_quota, false },
	{ "over-quota", take_over_quota, false },
	{ "npt", take_npt, false },
	{ NULL, NULL, false },
};

int inside_parse_prefix(struct args *a, struct inside *in)
{
	const char *word = args_need(a, "prefix");
	struct prefix p;

	memset(in, 0, sizeof(*in));
	if (!word || parse_prefix(word, &p))
		return -1;
	in->addr = p.addr;
	in->prefixlen = p.len;
	give(in, PORTICO_A_INSIDE_ADDR);
	give(in, PORTICO_A_INSIDE_PREFIXLEN);
	return 0;
}

int inside_parse(struct args *a, struct inside *in)
{
	return inside_parse_prefix(a, in) ? -1 : args_keys(a, keys, in);
}

void inside_prefix(char *out, size_t size, const struct inside *in)
{
	format_prefix(out, size, &in->addr, in->prefixlen);
}

void inside_quota(char *out, size_t size, const struct inside *in)
{
	char bytes[32], period[32];
	size_t i;

	format_round(bytes, sizeof(bytes), in->quota);
	format_duration(period, sizeof(period), in->quota_period);
	for (i = 0; i < ARRAY_SIZE(periods); i++)
		if (in->quota_period == periods[i].seconds)
			snprintf(period, sizeof(period), "%s", periods[i].name);
	snprintf(out, size, "%s/%s", bytes, period);
}

void inside_words(FILE *f, const struct inside *in)
{
	char text[64];

	if (*in->uplink)
		fprintf(f, " uplink %s", quoted(in->uplink));
	if (in->max_ports)
		fprintf(f, " max-ports %u", in->max_ports);
	if (in->max_sessions)
		fprintf(f, " max-sessions %u", in->max_sessions);
	if (in->max_rate)
		fprintf(f, " max-rate %u/s", in->max_rate);
	if (in->quota) {
		inside_quota(text, sizeof(text), in);
		fprintf(f, " quota %s", text);
		if (in->quota_refuse)
			fprintf(f, " over-quota refuse");
	}
	if (in->npt.len) {
		format_prefix(text, sizeof(text), &in->npt, in->prefixlen);
		fprintf(f, " npt %s", text);
	}
}
