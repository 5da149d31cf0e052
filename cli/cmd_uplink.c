// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "format.h"
#include "kernel.h"
#include "print.h"
#include "uplink.h"

static int change(struct args *a, __u8 cmd, bool need)
{
	struct uplink *up = xcalloc(1, sizeof(*up));
	int ret = EXIT_USAGE;

	if (uplink_parse(a, up))
		goto out;
	if (need && up->has == 1ULL << PORTICO_A_UPLINK_IFNAME) {
		error("nothing to set");
		goto out;
	}
	ret = kernel_do(cmd, &set_uplink, up, NULL, NULL);
out:
	free(up);
	return ret;
}

static int uplink_add(struct args *a)
{
	return change(a, PORTICO_CMD_UPLINK_ADD, false);
}

static int uplink_set(struct args *a)
{
	return change(a, PORTICO_CMD_UPLINK_SET, true);
}

static int uplink_del(struct args *a)
{
	const char *word = args_need(a, "interface name");
	struct uplink *up;
	int ret;

	if (!word)
		return EXIT_USAGE;
	up = xcalloc(1, sizeof(*up));
	if (parse_ifname(word, up->ifname) || args_end(a)) {
		free(up);
		return EXIT_USAGE;
	}
	give(up, PORTICO_A_UPLINK_IFNAME);
	ret = kernel_do(PORTICO_CMD_UPLINK_DEL, &set_uplink, up, NULL, NULL);
	free(up);
	return ret;
}

enum {
	C_DEV, C_IFINDEX, C_ADDRESSES, C_FOLLOW, C_RANGES, C_PORTS, C_PORT_MIN,
	C_PORT_MAX, C_FILTERING, C_FILTERING_TCP, C_FILTERING_UDP, C_FASTPATH,
	C_HAIRPIN, C_REFRESH, C_MSS, C_ICMP_CODE, C_SYN_ANSWER, C_HOLD,
	C_MIGRATE, C_BLOCK, C_MAX_BLOCKS, C_DETERMINISTIC, C_TIMEOUTS, C_EXEMPT,
	C_MAPPINGS, C_COUNTERS, C_MAX = C_COUNTERS + 4,
};

static const struct column cols[C_MAX] = {
	[C_DEV] = { "DEV", "dev", COL_BRIEF },
	[C_IFINDEX] = { "", "ifindex", COL_JSON },
	[C_ADDRESSES] = { "ADDRESSES", "addresses", COL_BRIEF },
	[C_FOLLOW] = { "", "follow", COL_JSON },
	[C_RANGES] = { "", "ranges", COL_JSON },
	[C_PORTS] = { "PORTS", "", COL_TEXT },
	[C_PORT_MIN] = { "", "port_min", COL_JSON },
	[C_PORT_MAX] = { "", "port_max", COL_JSON },
	[C_FILTERING] = { "FILTERING", "filtering", 0 },
	[C_FILTERING_TCP] = { "", "filtering_tcp", COL_JSON },
	[C_FILTERING_UDP] = { "", "filtering_udp", COL_JSON },
	[C_FASTPATH] = { "", "fastpath", COL_JSON },
	[C_HAIRPIN] = { "", "hairpin", COL_JSON },
	[C_REFRESH] = { "", "refresh_inbound", COL_JSON },
	[C_MSS] = { "", "mss", COL_JSON },
	[C_ICMP_CODE] = { "", "icmp_code", COL_JSON },
	[C_SYN_ANSWER] = { "", "syn_answer", COL_JSON },
	[C_HOLD] = { "", "address_hold", COL_JSON },
	[C_MIGRATE] = { "", "address_migrate", COL_JSON },
	[C_BLOCK] = { "", "block", COL_JSON },
	[C_MAX_BLOCKS] = { "", "max_blocks", COL_JSON },
	[C_DETERMINISTIC] = { "", "deterministic", COL_JSON },
	[C_TIMEOUTS] = { "", "timeouts", COL_JSON },
	[C_EXEMPT] = { "", "exempt", COL_JSON },
	[C_MAPPINGS] = { "MAPPINGS", "mappings", COL_RIGHT },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
};

static void cell_addresses(struct table *t, const struct uplink *up)
{
	json_t *list = opt.json ? json_array() : NULL;
	char text[UPLINK_ADDRESSES * 64] = "", one[64];
	__u16 i;

	for (i = 0; i < up->n_address; i++) {
		if (list)
			json_array_append_new(list, json_addr(&up->address[i]));
		format_addr(one, sizeof(one), &up->address[i]);
		if (i)
			strcat(text, ",");
		strcat(text, one);
	}
	cell_both(t, C_ADDRESSES, text, list);
}

static void cell_settings(struct table *t, const struct uplink *up)
{
	json_t *ranges = json_array(), *timeouts = json_object(), *one;
	json_t *exempt = json_array();
	struct timeouts times = up->timeouts;
	unsigned int i;
	char key[32], text[128], *p;

	for (i = 0; i < up->n_range; i++) {
		one = json_object();
		json_object_set_new(one, "first", json_addr(&up->range[i].first));
		json_object_set_new(one, "last", json_addr(&up->range[i].last));
		json_array_append_new(ranges, one);
	}
	for (i = 0; i < up->n_exempt; i++) {
		uplink_exempt(text, sizeof(text), &up->exempt[i]);
		json_array_append_new(exempt, json_string(text));
	}
	for (i = 1; timeout_name(i); i++) {
		snprintf(key, sizeof(key), "%s", timeout_name(i));
		for (p = key; (p = strchr(p, '-'));)
			*p = '_';
		json_object_set_new(timeouts, key, has(&times, i) ?
				    json_integer(*timeout_member(&times, i)) :
				    json_null());
	}
	cell_both(t, C_RANGES, NULL, ranges);
	cell_both(t, C_TIMEOUTS, NULL, timeouts);
	cell_both(t, C_EXEMPT, NULL, exempt);
	cell_bool(t, C_FOLLOW, !up->n_range);
	cell_number(t, C_IFINDEX, up->ifindex);
	cell_number(t, C_PORT_MIN, up->port_min);
	cell_number(t, C_PORT_MAX, up->port_max);
	if (has(up, PORTICO_A_UPLINK_FILTERING_TCP))
		cell_text(t, C_FILTERING_TCP,
			  name_of(filtering_names, up->filtering_tcp));
	if (has(up, PORTICO_A_UPLINK_FILTERING_UDP))
		cell_text(t, C_FILTERING_UDP,
			  name_of(filtering_names, up->filtering_udp));
	cell_bool(t, C_FASTPATH, up->fastpath);
	cell_bool(t, C_HAIRPIN, up->hairpin);
	cell_bool(t, C_REFRESH, up->refresh_inbound);
	cell_number(t, C_MSS, up->mss);
	cell_number(t, C_ICMP_CODE, up->icmp_code);
	cell_bool(t, C_SYN_ANSWER, up->syn_answer);
	cell_number(t, C_HOLD, up->address_hold);
	cell_bool(t, C_MIGRATE, up->migrate);
	cell_number(t, C_BLOCK, up->block);
	cell_number(t, C_MAX_BLOCKS, up->max_blocks);
	cell_bool(t, C_DETERMINISTIC, up->deterministic);
}

struct show {
	struct table table;
	const char *dev;
};

static int uplink_row(void *obj, void *arg)
{
	const struct uplink *up = obj;
	struct show *s = arg;
	struct table *t = &s->table;
	char ports[32], *words = NULL;
	size_t n;
	FILE *f;

	if (s->dev && strcmp(s->dev, up->ifname))
		return 0;
	row_begin(t);
	cell_name(t, C_DEV, up->ifname);
	cell_addresses(t, up);
	snprintf(ports, sizeof(ports), "%u-%u", up->port_min, up->port_max);
	cell_text(t, C_PORTS, ports);
	cell_text(t, C_FILTERING, name_of(filtering_names, up->filtering));
	cell_number(t, C_MAPPINGS, up->mappings);
	cell_counters(t, C_COUNTERS, &up->counters);
	if (opt.json)
		cell_settings(t, up);
	f = opt.details ? open_memstream(&words, &n) : NULL;
	if (f) {
		fputs(up->n_range ? "" : " follow", f);
		uplink_words(f, up);
		fclose(f);
		row_extra(t, words[0] == ' ' ? words + 1 : words);
		free(words);
	}
	return row_end(t);
}

static int uplink_show(struct args *a)
{
	struct show s = { .dev = NULL };
	char name[16];
	int ret;

	if (args_peek(a)) {
		s.dev = args_next(a);
		if (parse_ifname(s.dev, name) || args_end(a))
			return EXIT_USAGE;
	}
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_UPLINK_GET, NULL, NULL, &set_uplink,
			  uplink_row, &s);
	return table_end(&s.table, ret);
}

#define UPLINK_KEYS							\
	"  address RUN,...     external addresses: 203.0.113.8/29, 198.51.100.7,\n" \
	"                      203.0.113.20-203.0.113.30; without, the interface's own\n" \
	"  follow              use the interface's own address again\n"	\
	"  ports A-B           external ports, default 1024-65535\n"	\
	"  filtering MODE      who may answer: endpoint-independent, address-dependent\n" \
	"                      (default), address-and-port-dependent; 'filtering tcp\n" \
	"                      MODE' and 'filtering udp MODE' for one protocol\n" \
	"  timeout TIMEOUT TIME   udp 5m, tcp-opening 4m, tcp-established 2h4m,\n" \
	"                      tcp-closing 4m, icmp 1m, hold 2m, other 5m\n" \
	"  fastpath on|off     established sessions take the short way\n" \
	"  hairpin on|off      inside hosts reach each other by external address\n" \
	"  refresh-inbound on|off   packets from outside restart timers too\n" \
	"  mss clamp|off|N     TCP segment size: by path MTU, untouched, or N\n" \
	"  icmp-code N|none    ICMP 3/N for refused mappings, default 13\n" \
	"  syn-answer on|off   unsolicited SYNs get ICMP 3/3 after 6 s, or nothing\n" \
	"  exempt WHAT,...     destinations left untranslated: 10.0.0.0/8, :53,\n" \
	"                      192.0.2.1:80; none\n" \
	"  address-loss drop|hold TIME   mappings end with the interface's address, or\n" \
	"                      wait so long for it\n" \
	"  address-change drop|migrate   and with another one, or move to it\n" \
	"  block N|off         ports by blocks of N, 64 to 8192, each for one host\n" \
	"  max-blocks N        so many for each host, default 8\n" \
	"  deterministic on|off   each host's one block follows from its address"

static const struct command commands[] = {
	{ "show", uplink_show, "[DEV]", "Uplinks, their addresses and traffic",
	  NULL, "  portico uplink show\n  portico -d uplink show eth0" },
	{ "add", uplink_add, UPLINK_SYNOPSIS, "Translate what leaves by DEV",
	  UPLINK_KEYS,
	  "  portico uplink add eth0\n"
	  "  portico uplink add eth0 address 203.0.113.8/29 timeout udp 5m" },
	{ "set", uplink_set, UPLINK_SYNOPSIS, "Change what is named",
	  UPLINK_KEYS, "  portico uplink set eth0 timeout tcp-established 3h" },
	{ "del", uplink_del, "DEV", "Stop translating; its mappings go with it",
	  NULL, "  portico uplink del eth0" },
};

const struct object object_uplink = {
	"uplink", "outside interfaces and their external addresses",
	commands, ARRAY_SIZE(commands),
};
