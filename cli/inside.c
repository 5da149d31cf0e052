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

static int take_max_ports(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct inside *in = obj;
	__u64 v;

	if (!word || parse_number(word, key, 0, UINT32_MAX, &v))
		return -1;
	in->max_ports = v;
	give(in, PORTICO_A_INSIDE_MAX_PORTS);
	return 0;
}

static int take_max_rate(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key), *slash;
	struct inside *in = obj;
	char number[32];
	__u64 v;
	size_t n;

	if (!word)
		return -1;
	slash = strchr(word, '/');
	n = slash ? (size_t)(slash - word) : strlen(word);
	if (slash && strcmp(slash, "/s"))
		return -error("bad max-rate '%s': only '/s' may follow the number",
			      quoted(word));
	if (n >= sizeof(number))
		return -error("bad max-rate '%s': too long", quoted(word));
	memcpy(number, word, n);
	number[n] = 0;
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
	const char *word = args_value(a, key), *slash;
	struct inside *in = obj;
	char number[32];
	size_t n;

	if (!word)
		return -1;
	give(in, PORTICO_A_INSIDE_QUOTA);
	in->quota = 0;
	if (!strcmp(word, "none"))
		return 0;
	slash = strchr(word, '/');
	n = slash ? (size_t)(slash - word) : strlen(word);
	if (n >= sizeof(number))
		return -error("bad quota '%s': too long", quoted(word));
	memcpy(number, word, n);
	number[n] = 0;
	if (parse_bytes(number, key, &in->quota))
		return -1;
	if (!slash)
		return 0;
	give(in, PORTICO_A_INSIDE_QUOTA_PERIOD);
	return parse_period(slash + 1, &in->quota_period);
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
	char text[64];

	format_addr(text, sizeof(text), &in->addr);
	snprintf(out, size, "%s/%u", text, in->prefixlen);
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
	if (in->max_rate)
		fprintf(f, " max-rate %u/s", in->max_rate);
	if (in->quota) {
		inside_quota(text, sizeof(text), in);
		fprintf(f, " quota %s", text);
		if (in->quota_refuse)
			fprintf(f, " over-quota refuse");
	}
	if (in->npt.len) {
		format_addr(text, sizeof(text), &in->npt);
		fprintf(f, " npt %s/%u", text, in->prefixlen);
	}
}
