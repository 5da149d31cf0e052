// SPDX-License-Identifier: GPL-2.0
/* One screen: module, uplinks, tables, and the reasons that need attention. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "format.h"
#include "kernel.h"
#include "print.h"

/* What the screen is made of, read before anything is printed. */
struct screen {
	struct status status;
	struct uplink *uplinks;
	size_t n_uplinks;
	struct reason *drops;
	size_t n_drops;
};

static int take_uplink(void *obj, void *arg)
{
	struct screen *s = arg;

	s->uplinks = xappend(s->uplinks, &s->n_uplinks, obj,
			     sizeof(*s->uplinks));
	return 0;
}

static int take_reason(void *obj, void *arg)
{
	const struct reason *r = obj;
	struct screen *s = arg;

	if (r->verdict != PORTICO_VERDICT_DROP || !r->packets)
		return 0;
	s->drops = xappend(s->drops, &s->n_drops, r, sizeof(*s->drops));
	return 0;
}

static int by_packets(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

static int read_screen(struct screen *s)
{
	int ret;

	memset(s, 0, sizeof(*s));
	ret = kernel_do(PORTICO_CMD_STATUS_GET, NULL, NULL, &set_status,
			&s->status);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_UPLINK_GET, NULL, NULL,
				  &set_uplink, take_uplink, s);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_REASON_GET, NULL, NULL,
				  &set_reason, take_reason, s);
	if (!ret && s->n_drops)
		qsort(s->drops, s->n_drops, sizeof(*s->drops), by_packets);
	return ret;
}

static void free_screen(struct screen *s)
{
	free(s->uplinks);
	free(s->drops);
}

static void put_addresses(const struct uplink *up)
{
	char text[64];
	__u16 i;

	if (!up->n_address)
		printf("  %sno address%s", tone_on(TONE_BAD), tone_off(TONE_BAD));
	for (i = 0; i < up->n_address; i++) {
		format_addr(text, sizeof(text), &up->address[i]);
		printf("%s%s", i ? "," : "  ", text);
	}
}

/* Bytes since @before a second ago, or in all. */
static void put_traffic(const struct uplink *up, const struct screen *before)
{
	struct counters c = up->counters;
	char out[32], in[32];
	size_t i;

	printf("  %u mapping%s", up->mappings, up->mappings == 1 ? "" : "s");
	if (!c.has) {
		putchar('\n');
		return;
	}
	for (i = 0; before && i < before->n_uplinks; i++) {
		const struct uplink *b = &before->uplinks[i];

		if (strcmp(b->ifname, up->ifname))
			continue;
		c.out_bytes -= b->counters.out_bytes;
		c.in_bytes -= b->counters.in_bytes;
	}
	format_bytes(out, sizeof(out), c.out_bytes);
	format_bytes(in, sizeof(in), c.in_bytes);
	printf("  out %s B%s  in %s B%s\n", out, before ? "/s" : "", in,
	       before ? "/s" : "");
}

static void put_use(const char *name, __u32 v, __u32 max)
{
	unsigned int percent = max ? (__u64)v * 100 / max : 0;
	enum tone tone = percent >= 90 ? TONE_BAD : TONE_PLAIN;
	char used[32], limit[32];

	format_count(used, sizeof(used), v);
	if (!max) {
		printf("  %-9s %10s\n", name, used);
		return;
	}
	format_count(limit, sizeof(limit), max);
	printf("  %-9s %10s of %-10s %s%3u%%%s\n", name, used, limit,
	       tone_on(tone), percent, tone_off(tone));
}

static void put_tables(const struct status *st)
{
	char text[32];

	printf("%stables%s\n", tone_on(TONE_HEAD), tone_off(TONE_HEAD));
	put_use("mappings", st->mappings, st->mappings_max);
	put_use("sessions", st->sessions, st->sessions_max);
	put_use("hosts", st->hosts, st->hosts_max);
	put_use("remotes", st->remotes, st->remotes_max);
	put_use("sockets", st->sockets, st->sockets_max);
	put_use("closed", st->sockets_closed, st->history_max);
	put_use("ended", st->ended, st->ended_max);
	put_use("ports", st->ports, 0);
	put_use("held", st->held, st->held_max);
	format_bytes(text, sizeof(text), st->memory);
	printf("  %-9s %10s bytes\n", "memory", text);
}

static void put_trouble(const char *what, __u64 v)
{
	if (v)
		printf("  %s%llu%s %s\n", tone_on(TONE_BAD), v,
		       tone_off(TONE_BAD), what);
}

static void put_attention(const struct screen *s)
{
	const struct status *st = &s->status;
	size_t i;

	printf("%sattention%s\n", tone_on(TONE_HEAD), tone_off(TONE_HEAD));
	if (!s->n_drops && !st->mappings_refused && !st->history_lost &&
	    !st->events_lost && !st->hosts_forgotten)
		puts("  nothing: no packet was dropped");
	put_trouble("mappings refused", st->mappings_refused);
	put_trouble("closed sockets pushed out of the history", st->history_lost);
	put_trouble("hosts forgotten, for want of room", st->hosts_forgotten);
	put_trouble("events that nobody could be told", st->events_lost);
	for (i = 0; i < s->n_drops && (i < 8 || opt.details); i++)
		printf("  %s%llu%s packets dropped at %s: %s (%s)\n",
		       tone_on(TONE_BAD), s->drops[i].packets,
		       tone_off(TONE_BAD),
		       name_of(hook_names, s->drops[i].hook),
		       quoted(s->drops[i].text), quoted(s->drops[i].name));
}

static void put_screen(const struct screen *s, const struct screen *before)
{
	const struct status *st = &s->status;
	char text[64];
	size_t i;

	printf("%sportico%s module %s, accounting %s", tone_on(TONE_HEAD),
	       tone_off(TONE_HEAD), *st->version ? quoted(st->version) : "?",
	       st->accounting ? "on" : "off");
	if (st->since_at) {
		format_time(text, sizeof(text), st->since_at);
		printf(", books opened %s", text);
	}
	printf("\n%suplinks%s\n", tone_on(TONE_HEAD), tone_off(TONE_HEAD));
	if (!s->n_uplinks)
		puts("  none: begin with 'portico uplink add DEV'");
	for (i = 0; i < s->n_uplinks; i++) {
		printf("  %s%s", quoted(s->uplinks[i].ifname),
		       s->uplinks[i].ifindex ? "" : " (absent)");
		put_addresses(&s->uplinks[i]);
		put_traffic(&s->uplinks[i], before);
	}
	put_tables(st);
	put_attention(s);
}

static void set_number(json_t *o, const char *key, __u64 v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void set_table(json_t *o, const char *key, __u32 used, __u32 max)
{
	json_t *t = json_object();

	set_number(t, "used", used);
	set_number(t, "max", max);
	json_object_set_new(o, key, t);
}

static json_t *screen_json(const struct screen *s)
{
	const struct status *st = &s->status;
	json_t *o = json_object(), *list = json_array(), *one;
	size_t i;
	__u16 j;

	json_object_set_new(o, "version", json_name(st->version));
	json_object_set_new(o, "accounting", json_boolean(st->accounting));
	set_number(o, "since_at_ms", st->since_at / 1000000);
	set_table(o, "mappings", st->mappings, st->mappings_max);
	set_table(o, "sessions", st->sessions, st->sessions_max);
	set_table(o, "hosts", st->hosts, st->hosts_max);
	set_table(o, "remotes", st->remotes, st->remotes_max);
	set_table(o, "sockets", st->sockets, st->sockets_max);
	set_table(o, "sockets_closed", st->sockets_closed, st->history_max);
	set_table(o, "mappings_ended", st->ended, st->ended_max);
	set_number(o, "ports", st->ports);
	set_number(o, "held", st->held);
	set_number(o, "held_max", st->held_max);
	set_number(o, "batch_from", st->batch_from);
	set_number(o, "memory_bytes", st->memory);
	set_number(o, "mappings_created", st->mappings_created);
	set_number(o, "mappings_refused", st->mappings_refused);
	set_number(o, "history_lost", st->history_lost);
	set_number(o, "ended_lost", st->ended_lost);
	set_number(o, "hosts_forgotten", st->hosts_forgotten);
	set_number(o, "events_lost", st->events_lost);
	for (i = 0; i < s->n_uplinks; i++) {
		json_t *addresses = json_array();

		one = json_counters(&s->uplinks[i].counters);
		json_object_set_new(one, "dev", json_name(s->uplinks[i].ifname));
		for (j = 0; j < s->uplinks[i].n_address; j++)
			json_array_append_new(addresses,
					      json_addr(&s->uplinks[i].address[j]));
		json_object_set_new(one, "addresses", addresses);
		set_number(one, "mappings", s->uplinks[i].mappings);
		json_array_append_new(list, one);
	}
	json_object_set_new(o, "uplinks", list);
	list = json_array();
	for (i = 0; i < s->n_drops; i++) {
		one = json_object();
		json_object_set_new(one, "hook", json_string(name_of(hook_names,
								     s->drops[i].hook)));
		json_object_set_new(one, "reason", json_name(s->drops[i].name));
		json_object_set_new(one, "text", json_name(s->drops[i].text));
		set_number(one, "packets", s->drops[i].packets);
		set_number(one, "bytes", s->drops[i].bytes);
		json_array_append_new(list, one);
	}
	json_object_set_new(o, "drops", list);
	return o;
}

static int status_show(struct args *a)
{
	struct screen before = { 0 }, now;
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	/* Rates need a second look, a second later: only when asked for. */
	if (opt.stats && !opt.json) {
		ret = read_screen(&before);
		if (!ret)
			sleep(1);
	}
	ret = read_screen(&now);
	if (!ret && opt.json)
		ret = print_json(screen_json(&now));
	else if (!ret)
		put_screen(&now, before.status.has ? &before : NULL);
	free_screen(&before);
	free_screen(&now);
	return ret;
}

static int take_number(struct args *a, const char *key, struct status *st,
		       unsigned int attr, __u32 *to)
{
	const char *word = args_value(a, key);
	__u64 v;

	if (!word || parse_number(word, key, 0, UINT32_MAX, &v))
		return -1;
	*to = v;
	give(st, attr);
	return 0;
}

#define TAKE(member, attr)						\
	static int take_##member(struct args *a, const char *key, void *obj) \
	{								\
		struct status *st = obj;				\
									\
		return take_number(a, key, st, attr, &st->member);	\
	}

TAKE(mappings_max, PORTICO_A_STATUS_MAPPINGS_MAX)
TAKE(sessions_max, PORTICO_A_STATUS_SESSIONS_MAX)
TAKE(hosts_max, PORTICO_A_STATUS_HOSTS_MAX)
TAKE(sockets_max, PORTICO_A_STATUS_SOCKETS_MAX)
TAKE(history_max, PORTICO_A_STATUS_HISTORY_MAX)
TAKE(batch_from, PORTICO_A_STATUS_BATCH_FROM)
TAKE(held_max, PORTICO_A_STATUS_HELD_MAX)
TAKE(ended_max, PORTICO_A_STATUS_ENDED_MAX)
TAKE(remotes_max, PORTICO_A_STATUS_REMOTES_MAX)

static int take_accounting(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct status *st = obj;

	if (!word || parse_onoff(word, key, &st->accounting))
		return -1;
	give(st, PORTICO_A_STATUS_ACCOUNTING);
	return 0;
}

static const struct key keys[] = {
	{ "mappings-max", take_mappings_max, false },
	{ "sessions-max", take_sessions_max, false },
	{ "hosts-max", take_hosts_max, false },
	{ "sockets-max", take_sockets_max, false },
	{ "history-max", take_history_max, false },
	{ "held-max", take_held_max, false },
	{ "ended-max", take_ended_max, false },
	{ "remotes-max", take_remotes_max, false },
	{ "batch-from", take_batch_from, false },
	{ "accounting", take_accounting, false },
	{ NULL, NULL, false },
};

static int status_set(struct args *a)
{
	struct status st = { 0 };

	if (args_keys(a, keys, &st))
		return EXIT_USAGE;
	if (!st.has)
		return error("nothing to set");
	return kernel_do(PORTICO_CMD_SET, &set_status, &st, NULL, NULL);
}

static const struct command commands[] = {
	{ "show", status_show, "", "The gateway on one screen",
	  "With -s the uplinks' traffic is shown as rates over one second.",
	  "  portico status\n  portico -h -s status" },
	{ "set", status_set,
	  "[mappings-max N] [sessions-max N] [hosts-max N] [sockets-max N] [history-max N] [ended-max N] [remotes-max N] [held-max N] [batch-from N] [accounting on|off]",
	  "Limits of the tables, and the books on local sockets",
	  "  mappings-max, sessions-max, hosts-max, sockets-max N   limits of the tables\n"
	  "  history-max N         closed sockets that are kept\n"
	  "  ended-max N           ended mappings that are kept, 1048576 at most\n"
	  "  remotes-max N         remote addresses with a record, 131072 at most\n"
	  "  held-max N            external ports that rest after use, 65536 at most\n"
	  "  batch-from N          mappings from which packets are translated in batches\n"
	  "  accounting on|off     books on local sockets and ports",
	  "  portico status set mappings-max 1000000" },
};

const struct object object_status = {
	"status", "the gateway on one screen, and its limits",
	commands, ARRAY_SIZE(commands),
};
