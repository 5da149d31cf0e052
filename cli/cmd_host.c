// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "format.h"
#include "kernel.h"
#include "print.h"
#include "resolve.h"
#include "rows.h"

enum {
	C_HOST, C_SIDE, C_HOSTS, C_MAPPINGS, C_SESSIONS, C_BLOCKS, C_CREATED,
	C_REFUSED, C_COUNTERS,
	C_OUT_RATE = C_COUNTERS + 4, C_IN_RATE, C_OUT_MINUTE, C_IN_MINUTE,
	C_QUOTA_USED, C_QUOTA_LEFT, C_QUOTA_OVER, C_FIRST, C_LAST, C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_HOST] = { "HOST", "host", COL_BRIEF },
	[C_SIDE] = { "SIDE", "side", COL_BRIEF },
	[C_HOSTS] = { "", "hosts", COL_JSON },
	[C_MAPPINGS] = { "MAPPINGS", "mappings", COL_RIGHT },
	[C_SESSIONS] = { "SESSIONS", "sessions", COL_RIGHT },
	[C_BLOCKS] = { "BLOCKS", "blocks", COL_RIGHT | COL_DETAILS },
	[C_CREATED] = { "CREATED", "created", COL_RIGHT | COL_DETAILS },
	[C_REFUSED] = { "REFUSED", "refused", COL_RIGHT | COL_DETAILS },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_OUT_RATE] = { "OUT-B/S", "out_rate", COL_RIGHT | COL_STATS },
	[C_IN_RATE] = { "IN-B/S", "in_rate", COL_RIGHT | COL_STATS },
	[C_OUT_MINUTE] = { "", "out_rate_minute", COL_JSON },
	[C_IN_MINUTE] = { "", "in_rate_minute", COL_JSON },
	[C_QUOTA_USED] = { "QUOTA-USED", "quota_used", COL_RIGHT | COL_DETAILS },
	[C_QUOTA_LEFT] = { "QUOTA-LEFT", "quota_left_ms", COL_RIGHT | COL_DETAILS },
	[C_QUOTA_OVER] = { "", "quota_over", COL_JSON },
	[C_FIRST] = { "FIRST", "first_at_ms", COL_RIGHT | COL_DETAILS },
	[C_LAST] = { "LAST", "last_at_ms", COL_RIGHT },
};

struct show {
	struct host filter;
	struct table table;
	struct rows rows;
	__u8 by;		/* prefix length, 0: each host */
	bool by_given;
	bool side_given;
	bool keep;		/* rows have to be kept before they are shown */
};

/* A row kept: a host, or the sum of a prefix's. */
struct kept {
	struct host h;
	__u64 hosts;
};

/* Bytes a second. */
static void cell_rates(struct table *t, const struct host *h)
{
	if (h->second.has) {
		cell_bytes(t, C_OUT_RATE, h->second.out_bytes);
		cell_bytes(t, C_IN_RATE, h->second.in_bytes);
	}
	if (h->minute.has) {
		cell_bytes(t, C_OUT_MINUTE, h->minute.out_bytes);
		cell_bytes(t, C_IN_MINUTE, h->minute.in_bytes);
	}
}

static void cell_quota(struct table *t, const struct host *h)
{
	bool over = has(h, PORTICO_A_HOST_QUOTA_OVER);

	cell_bool(t, C_QUOTA_OVER, over);
	if (!has(h, PORTICO_A_HOST_QUOTA_USED))
		return;
	cell_bytes(t, C_QUOTA_USED, h->quota_used);
	if (over)
		cell_tone(t, C_QUOTA_USED, TONE_BAD);
	if (has(h, PORTICO_A_HOST_QUOTA_LEFT))
		cell_span(t, C_QUOTA_LEFT, 1000ULL * h->quota_left);
}

static int print_kept(struct show *s, const struct kept *k)
{
	const struct host *h = &k->h;
	struct table *t = &s->table;
	char text[256], addr[200];

	row_begin(t);
	if (has(h, PORTICO_A_HOST_ADDR)) {
		resolve_addr(addr, sizeof(addr), &h->addr);
		if (s->by_given)
			snprintf(text, sizeof(text), "%s/%u", addr, h->prefixlen);
		else
			snprintf(text, sizeof(text), "%s", addr);
		cell_text(t, C_HOST, text);
	} else {
		cell_text(t, C_HOST, "other");
	}
	if (has(h, PORTICO_A_HOST_SIDE))
		cell_text(t, C_SIDE, name_of(side_names, h->side));
	cell_number(t, C_HOSTS, k->hosts);
	/* Only inside hosts have mappings. */
	if (has(h, PORTICO_A_HOST_MAPPINGS)) {
		cell_count(t, C_MAPPINGS, h->mappings);
		cell_count(t, C_SESSIONS, h->sessions);
		cell_count(t, C_BLOCKS, h->blocks);
		cell_count(t, C_CREATED, h->created);
		cell_count(t, C_REFUSED, h->refused);
	}
	if (h->refused)
		cell_tone(t, C_REFUSED, TONE_BAD);
	cell_counters(t, C_COUNTERS, &h->counters);
	cell_rates(t, h);
	cell_quota(t, h);
	if (h->first_at)
		cell_time(t, C_FIRST, h->first_at);
	if (h->last_at)
		cell_time(t, C_LAST, h->last_at);
	return row_end(t);
}

static void to_prefix(struct host *h, __u8 by)
{
	unsigned int bits = h->addr.len * 8u, i;

	if (by > bits)
		by = bits;
	for (i = by; i < bits; i++)
		h->addr.b[i / 8] &= ~(0x80 >> i % 8);
	h->prefixlen = by;
}

static int host_row(void *obj, void *arg)
{
	struct show *s = arg;
	struct kept k = { .hosts = 1 };

	k.h = *(struct host *)obj;
	if (s->by_given)
		to_prefix(&k.h, s->by);
	if (!s->keep)
		return print_kept(s, &k);
	rows_add(&s->rows, &k);
	return 0;
}

static int compare_key(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->h.side != y->h.side)
		return x->h.side < y->h.side ? -1 : 1;
	return memcmp(&x->h.addr, &y->h.addr, sizeof(x->h.addr));
}

/* Each has a period of its own: of several, what they used is told, no more. */
static void merge_quota(struct host *x, const struct host *y)
{
	const __u64 over = 1ULL << PORTICO_A_HOST_QUOTA_OVER;
	const __u64 used = 1ULL << PORTICO_A_HOST_QUOTA_USED;

	x->quota_used += y->quota_used;
	x->has |= y->has & (over | used);
	x->has &= ~(1ULL << PORTICO_A_HOST_QUOTA_LEFT);
}

static void merge(void *into, const void *from)
{
	struct kept *x = into;
	const struct kept *y = from;

	x->hosts += y->hosts;
	x->h.mappings += y->h.mappings;
	x->h.sessions += y->h.sessions;
	x->h.blocks += y->h.blocks;
	x->h.created += y->h.created;
	x->h.refused += y->h.refused;
	counters_add(&x->h.counters, &y->h.counters);
	counters_add(&x->h.second, &y->h.second);
	counters_add(&x->h.minute, &y->h.minute);
	merge_quota(&x->h, &y->h);
	if (y->h.first_at && (!x->h.first_at || y->h.first_at < x->h.first_at))
		x->h.first_at = y->h.first_at;
	if (y->h.last_at > x->h.last_at)
		x->h.last_at = y->h.last_at;
}

#define ORDER(name, value)	ROWS_ORDER(name, struct kept, compare_key, value)

ORDER(bytes, r->h.counters.out_bytes + r->h.counters.in_bytes)
ORDER(packets, r->h.counters.out_packets + r->h.counters.in_packets)
ORDER(rate, r->h.second.out_bytes + r->h.second.in_bytes)
ORDER(mappings, r->h.mappings)
ORDER(sessions, r->h.sessions)
ORDER(created, r->h.created)
ORDER(refused, r->h.refused)
ORDER(last, r->h.last_at)

static int take_by(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u64 v;

	if (!word || parse_number(word, "prefix length", 0, 128, &v))
		return -1;
	s->by = v;
	s->by_given = true;
	s->keep = true;
	s->rows.key = compare_key;
	s->rows.merge = merge;
	return 0;
}

static int take_side(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;

	s->side_given = true;
	if (word && !strcmp(word, "any"))
		return 0;

	if (!word || parse_choice(word, key, side_names, &s->filter.side))
		return -1;
	give(&s->filter, PORTICO_A_HOST_SIDE);
	return 0;
}

static int take_sort(struct args *a, const char *key, void *obj)
{
	static const struct rows_order orders[] = {
		{ "bytes", by_bytes }, { "packets", by_packets }, { "rate", by_rate },
		{ "mappings", by_mappings }, { "sessions", by_sessions },
		{ "created", by_created }, { "refused", by_refused },
		{ "last", by_last }, { "address", compare_key }, { NULL, NULL },
	};
	struct show *s = obj;

	s->keep = true;
	return rows_sort(&s->rows, args_value(a, key), orders);
}

static int take_top(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	s->keep = true;
	return rows_top(&s->rows, args_value(a, key));
}

static int take_address(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct endpoint_words w;
	struct show *s = obj;

	if (!word || parse_endpoint(word, EP_FILTER | EP_NO_PORT, &w))
		return -1;
	s->filter.addr = w.addr;
	give(&s->filter, PORTICO_A_HOST_ADDR);
	if (w.has_prefix) {
		s->filter.prefixlen = w.prefixlen;
		give(&s->filter, PORTICO_A_HOST_PREFIXLEN);
	}
	return 0;
}

static const struct key keys[] = {
	{ "address", take_address, false },
	{ "side", take_side, false },
	{ "--by", take_by, false },
	{ "sort", take_sort, false },
	{ "top", take_top, false },
	{ NULL, NULL, false },
};

static int look_for_rate(void *obj, void *arg)
{
	const struct host *h = obj;
	bool *asleep = arg;

	*asleep |= has(h, PORTICO_A_HOST_ADDR) && !h->second.has;
	return 0;
}

/* Hosts are looked at only while somebody wants to know: wake the module. */
static int wait_for_rates(const struct host *filter)
{
	bool asleep = false;
	int ret;

	ret = kernel_dump(PORTICO_CMD_HOST_GET, &set_host, filter, &set_host,
			  look_for_rate, &asleep);
	if (!ret && asleep)
		usleep(2200000);
	return ret;
}

static int host_show(struct args *a)
{
	struct show s = { .rows = { .size = sizeof(struct kept) } };
	size_t i;
	int ret;

	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	if (!s.side_given)
		give(&s.filter, PORTICO_A_HOST_SIDE);	/* inside */
	if (s.rows.top && !s.rows.order)
		s.rows.order = by_bytes;
	if (s.filter.side == PORTICO_SIDE_INSIDE && has(&s.filter, PORTICO_A_HOST_SIDE) &&
	    (s.rows.order == by_rate || (opt.stats && !opt.json))) {
		ret = wait_for_rates(&s.filter);
		if (ret)
			return ret;
	}
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_HOST_GET, &set_host, &s.filter, &set_host,
			  host_row, &s);
	rows_finish(&s.rows);
	for (i = 0; i < s.rows.n && !ret; i++)
		ret = print_kept(&s, rows_at(&s.rows, i));
	rows_free(&s.rows);
	return table_end(&s.table, ret);
}

static const struct command commands[] = {
	{ "show", host_show,
	  "[address ADDR[/LEN]] [side inside|local|remote|any] [--by PREFIXLEN] [sort bytes|packets|rate|mappings|sessions|created|refused|last|address] [top N]",
	  "IP addresses with their counters: inside hosts, or those of a side",
	  "  address ADDR[/LEN]  one host, or those of a prefix\n"
	  "  side SIDE           inside (if not said); local: the gateway's own; remote:\n"
	  "                      those talked to, by hosts and by the gateway; any: all\n"
	  "  --by PREFIXLEN      add up the hosts of each prefix of that length\n"
	  "  sort WHAT           largest first; last: latest first; rate: bytes over\n"
	  "                      about the last second, shown with -s\n"
	  "  top N               only the first N (by bytes unless sorted otherwise)",
	  "  portico host show side inside sort bytes top 10\n"
	  "  portico host show --by 24" },
};

const struct object object_host = {
	"host", "IP addresses and their counters",
	commands, ARRAY_SIZE(commands),
};
