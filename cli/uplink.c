// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "filter.h"
#include "uplink.h"

static const struct timeout {
	const char *name;
	size_t off;
} timeouts[] = {
	[PORTICO_A_TIMEOUTS_UDP] = {
		"udp", offsetof(struct timeouts, udp) },
	[PORTICO_A_TIMEOUTS_TCP_OPENING] = {
		"tcp-opening", offsetof(struct timeouts, tcp_opening) },
	[PORTICO_A_TIMEOUTS_TCP_ESTABLISHED] = {
		"tcp-established", offsetof(struct timeouts, tcp_established) },
	[PORTICO_A_TIMEOUTS_TCP_CLOSING] = {
		"tcp-closing", offsetof(struct timeouts, tcp_closing) },
	[PORTICO_A_TIMEOUTS_ICMP] = {
		"icmp", offsetof(struct timeouts, icmp) },
	[PORTICO_A_TIMEOUTS_HOLD] = {
		"hold", offsetof(struct timeouts, hold) },
	[PORTICO_A_TIMEOUTS_OTHER] = {
		"other", offsetof(struct timeouts, other) },
};

const char *timeout_name(unsigned int attr)
{
	return attr && attr < ARRAY_SIZE(timeouts) ? timeouts[attr].name : NULL;
}

__u32 *timeout_member(struct timeouts *t, unsigned int attr)
{
	return (__u32 *)((char *)t + timeouts[attr].off);
}

/* The addresses of a run, at most one more than a pool may have. */
static __u32 run_size(const struct addr_run *r)
{
	__u32 size = 0;
	unsigned int i;

	for (i = 0; i < r->first.len; i++) {
		size = size * 256 + r->last.b[i] - r->first.b[i];
		if (size > PORTICO_MAX_POOL)
			return PORTICO_MAX_POOL + 1;
	}
	return size + 1;
}

/* What the runs taken so far hold. */
static __u32 pool_size(const struct uplink *up)
{
	struct addr_run run;
	__u32 size = 0;
	__u16 i;

	for (i = 0; i < up->n_range; i++) {
		run.first = up->range[i].first;
		run.last = up->range[i].last;
		size += run_size(&run);
	}
	return size;
}

static int take_run(const char *word, void *obj)
{
	struct uplink *up = obj;
	struct addr_run run;
	struct range *r;

	if (parse_run(word, &run))
		return -1;
	if (pool_size(up) + run_size(&run) > PORTICO_MAX_POOL)
		return -error("bad address '%s': more than %d addresses on one uplink",
			      quoted(word), PORTICO_MAX_POOL);
	if (up->n_range == PORTICO_MAX_RANGES)
		return -error("bad address '%s': more than %d ranges on one uplink",
			      quoted(word), PORTICO_MAX_RANGES);
	r = &up->range[up->n_range++];
	r->first = run.first;
	r->last = run.last;
	give(r, PORTICO_A_RANGE_FIRST);
	give(r, PORTICO_A_RANGE_LAST);
	return 0;
}

static int take_address(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;

	if (!word || parse_list(word, "address", take_run, up))
		return -1;
	give(up, PORTICO_A_UPLINK_RANGE);
	return 0;
}

static int take_follow(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	(void)a;
	(void)key;
	give(up, PORTICO_A_UPLINK_FOLLOW);
	return 0;
}

static int take_ports(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;

	if (!word || parse_ports(word, 1, &up->port_min, &up->port_max))
		return -1;
	give(up, PORTICO_A_UPLINK_PORT_MIN);
	give(up, PORTICO_A_UPLINK_PORT_MAX);
	return 0;
}

static int take_filtering(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	unsigned int attr = PORTICO_A_UPLINK_FILTERING;
	struct uplink *up = obj;
	__u8 *to = &up->filtering;

	if (!word)
		return -1;
	if (!strcmp(word, "tcp")) {
		attr = PORTICO_A_UPLINK_FILTERING_TCP;
		to = &up->filtering_tcp;
	} else if (!strcmp(word, "udp")) {
		attr = PORTICO_A_UPLINK_FILTERING_UDP;
		to = &up->filtering_udp;
	}
	if (has(up, attr))
		return -error("'%s%s%s' is given twice", key,
			      to == &up->filtering ? "" : " ",
			      to == &up->filtering ? "" : word);
	if (to != &up->filtering)
		word = args_value(a, word);
	if (!word || parse_choice(word, key, filtering_names, to))
		return -1;
	give(up, attr);
	return 0;
}

static int take_timeout(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	unsigned int i;

	if (!word)
		return -1;
	for (i = 1; timeout_name(i) && strcmp(word, timeout_name(i)); i++)
		;
	if (!timeout_name(i))
		return -error("unknown timeout '%s': none of udp, tcp-opening, tcp-established, tcp-closing, icmp, hold, other",
			      quoted(word));
	if (has(&up->timeouts, i))
		return -error("'timeout %s' is given twice", word);
	word = args_value(a, word);
	if (!word || parse_duration(word, PORTICO_TIMEOUT_MIN,
				    PORTICO_TIMEOUT_MAX,
				    timeout_member(&up->timeouts, i)))
		return -1;
	give(&up->timeouts, i);
	give(up, PORTICO_A_UPLINK_TIMEOUTS);
	return 0;
}

static int take_onoff(struct args *a, const char *key, struct uplink *up,
		      unsigned int attr, __u8 *to)
{
	const char *word = args_value(a, key);

	if (!word || parse_onoff(word, key, to))
		return -1;
	give(up, attr);
	return 0;
}

static int take_fastpath(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	return take_onoff(a, key, up, PORTICO_A_UPLINK_FASTPATH, &up->fastpath);
}

static int take_hairpin(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	return take_onoff(a, key, up, PORTICO_A_UPLINK_HAIRPIN, &up->hairpin);
}

static int take_refresh(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	return take_onoff(a, key, up, PORTICO_A_UPLINK_REFRESH_INBOUND,
			  &up->refresh_inbound);
}

static int take_syn_answer(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	return take_onoff(a, key, up, PORTICO_A_UPLINK_SYN_ANSWER,
			  &up->syn_answer);
}

static int take_deterministic(struct args *a, const char *key, void *obj)
{
	struct uplink *up = obj;

	return take_onoff(a, key, up, PORTICO_A_UPLINK_DETERMINISTIC,
			  &up->deterministic);
}

static int take_change(struct args *a, const char *key, void *obj)
{
	static const char *const names[] = { "drop", "migrate", NULL };
	const char *word = args_value(a, key);
	struct uplink *up = obj;

	if (!word || parse_choice(word, key, names, &up->migrate))
		return -1;
	give(up, PORTICO_A_UPLINK_MIGRATE);
	return 0;
}

static int take_loss(struct args *a, const char *key, void *obj)
{
	static const char *const names[] = { "drop", "hold", NULL };
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	__u8 choice;

	if (!word || parse_choice(word, key, names, &choice))
		return -1;
	give(up, PORTICO_A_UPLINK_ADDRESS_HOLD);
	if (!choice)
		return 0;	/* 0 s */
	word = args_value(a, word);
	return !word || parse_duration(word, 1, PORTICO_TIMEOUT_MAX,
				       &up->address_hold) ? -1 : 0;
}

static int take_mss(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	__u64 v;

	if (!word)
		return -1;
	if (!strcmp(word, "off"))
		v = 0;
	else if (!strcmp(word, "clamp") || !strcmp(word, "pmtu"))
		v = 1;
	else if (parse_number(word, "mss", 64, 65535, &v))
		return -1;
	up->mss = v;
	give(up, PORTICO_A_UPLINK_MSS);
	return 0;
}

static int take_icmp_code(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	__u64 v = 255;

	if (!word)
		return -1;
	if (strcmp(word, "none") && parse_number(word, "icmp-code", 0, 15, &v))
		return -1;
	up->icmp_code = v;
	give(up, PORTICO_A_UPLINK_ICMP_CODE);
	return 0;
}

static int take_block(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	__u64 v = 0;

	if (!word)
		return -1;
	if (strcmp(word, "off") && strcmp(word, "0") &&
	    parse_number(word, "block", 64, 8192, &v))
		return -1;
	if (v & (v - 1))
		return -error("bad block '%s': not a power of two", quoted(word));
	up->block = v;
	give(up, PORTICO_A_UPLINK_BLOCK);
	return 0;
}

static int take_max_blocks(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;
	__u64 v;

	if (!word || parse_number(word, "max-blocks", 1, 64, &v))
		return -1;
	up->max_blocks = v;
	give(up, PORTICO_A_UPLINK_MAX_BLOCKS);
	return 0;
}

static int take_one_exempt(const char *word, void *obj)
{
	struct uplink *up = obj;
	struct endpoint_words w;

	if (up->n_exempt == PORTICO_MAX_EXEMPT)
		return -error("bad exempt '%s': more than %d on one uplink",
			      quoted(word), PORTICO_MAX_EXEMPT);
	if (!strcmp(word, "none")) {
		up->n_exempt++;		/* an empty one */
		return 0;
	}
	if (parse_endpoint(word, EP_FILTER, &w))
		return -1;
	endpoint_from_words(&up->exempt[up->n_exempt++], &w);
	return 0;
}

static int take_exempt(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct uplink *up = obj;

	if (!word || parse_list(word, "exempt", take_one_exempt, up))
		return -1;
	give(up, PORTICO_A_UPLINK_EXEMPT);
	return 0;
}

static const struct key keys[] = {
	{ "address", take_address, false },
	{ "follow", take_follow, false },
	{ "ports", take_ports, false },
	{ "filtering", take_filtering, true },
	{ "timeout", take_timeout, true },
	{ "fastpath", take_fastpath, false },
	{ "hairpin", take_hairpin, false },
	{ "refresh-inbound", take_refresh, false },
	{ "mss", take_mss, false },
	{ "icmp-code", take_icmp_code, false },
	{ "syn-answer", take_syn_answer, false },
	{ "exempt", take_exempt, false },
	{ "address-loss", take_loss, false },
	{ "address-change", take_change, false },
	{ "block", take_block, false },
	{ "max-blocks", take_max_blocks, false },
	{ "deterministic", take_deterministic, false },
	{ NULL, NULL, false },
};

int uplink_parse(struct args *a, struct uplink *up)
{
	const char *word = args_need(a, "interface name");

	memset(up, 0, sizeof(*up));
	if (!word || parse_ifname(word, up->ifname))
		return -1;
	give(up, PORTICO_A_UPLINK_IFNAME);
	if (args_keys(a, keys, up))
		return -1;
	if (has(up, PORTICO_A_UPLINK_RANGE) && has(up, PORTICO_A_UPLINK_FOLLOW))
		return -error("'address' and 'follow' exclude each other");
	return 0;
}

static void put_addresses(FILE *f, const struct uplink *up)
{
	struct addr_run run;
	char text[128];
	__u16 i;

	for (i = 0; i < up->n_range; i++) {
		run.first = up->range[i].first;
		run.last = up->range[i].last;
		format_run(text, sizeof(text), &run);
		fprintf(f, "%s%s", i ? "," : " address ", text);
	}
}

static void put_timeouts(FILE *f, const struct uplink *up)
{
	struct timeouts t = up->timeouts;
	char text[64];
	unsigned int i;

	for (i = 1; timeout_name(i); i++) {
		if (!has(&t, i))
			continue;
		format_duration(text, sizeof(text), *timeout_member(&t, i));
		fprintf(f, " timeout %s %s", timeout_name(i), text);
	}
}

static void put_onoff(FILE *f, const struct uplink *up, unsigned int attr,
		      const char *name, __u8 v)
{
	if (has(up, attr))
		fprintf(f, " %s %s", name, v ? "on" : "off");
}

void uplink_exempt(char *out, size_t size, const struct endpoint *e)
{
	struct endpoint shown = *e;

	/* A whole address needs no length. */
	if (shown.prefixlen == shown.addr.len * 8)
		shown.has &= ~(1ULL << PORTICO_A_ENDPOINT_PREFIXLEN);
	format_endpoint(out, size, &shown);
}

static void put_exempt(FILE *f, const struct uplink *up)
{
	char text[128];
	__u16 i;

	for (i = 0; i < up->n_exempt; i++) {
		uplink_exempt(text, sizeof(text), &up->exempt[i]);
		fprintf(f, "%s%s", i ? "," : " exempt ", text);
	}
}

void uplink_words(FILE *f, const struct uplink *up)
{
	char hold[64];

	put_addresses(f, up);
	put_exempt(f, up);
	if (has(up, PORTICO_A_UPLINK_PORT_MIN) &&
	    has(up, PORTICO_A_UPLINK_PORT_MAX))
		fprintf(f, " ports %u-%u", up->port_min, up->port_max);
	if (has(up, PORTICO_A_UPLINK_FILTERING))
		fprintf(f, " filtering %s",
			name_of(filtering_names, up->filtering));
	/* The kernel tells the mode of each protocol; say what differs. */
	if (has(up, PORTICO_A_UPLINK_FILTERING_TCP) &&
	    up->filtering_tcp != up->filtering)
		fprintf(f, " filtering tcp %s",
			name_of(filtering_names, up->filtering_tcp));
	if (has(up, PORTICO_A_UPLINK_FILTERING_UDP) &&
	    up->filtering_udp != up->filtering)
		fprintf(f, " filtering udp %s",
			name_of(filtering_names, up->filtering_udp));
	put_timeouts(f, up);
	put_onoff(f, up, PORTICO_A_UPLINK_FASTPATH, "fastpath", up->fastpath);
	put_onoff(f, up, PORTICO_A_UPLINK_HAIRPIN, "hairpin", up->hairpin);
	put_onoff(f, up, PORTICO_A_UPLINK_REFRESH_INBOUND, "refresh-inbound",
		  up->refresh_inbound);
	if (has(up, PORTICO_A_UPLINK_MSS) && up->mss > 1)
		fprintf(f, " mss %u", up->mss);
	else if (has(up, PORTICO_A_UPLINK_MSS))
		fprintf(f, " mss %s", up->mss ? "clamp" : "off");
	if (has(up, PORTICO_A_UPLINK_ICMP_CODE) && up->icmp_code == 255)
		fputs(" icmp-code none", f);
	else if (has(up, PORTICO_A_UPLINK_ICMP_CODE))
		fprintf(f, " icmp-code %u", up->icmp_code);
	put_onoff(f, up, PORTICO_A_UPLINK_SYN_ANSWER, "syn-answer",
		  up->syn_answer);
	if (has(up, PORTICO_A_UPLINK_ADDRESS_HOLD) && up->address_hold) {
		format_duration(hold, sizeof(hold), up->address_hold);
		fprintf(f, " address-loss hold %s", hold);
	} else if (has(up, PORTICO_A_UPLINK_ADDRESS_HOLD)) {
		fputs(" address-loss drop", f);
	}
	if (has(up, PORTICO_A_UPLINK_MIGRATE))
		fprintf(f, " address-change %s", up->migrate ? "migrate" : "drop");
	if (has(up, PORTICO_A_UPLINK_BLOCK) && up->block)
		fprintf(f, " block %u", up->block);
	else if (has(up, PORTICO_A_UPLINK_BLOCK))
		fputs(" block off", f);
	if (has(up, PORTICO_A_UPLINK_MAX_BLOCKS))
		fprintf(f, " max-blocks %u", up->max_blocks);
	put_onoff(f, up, PORTICO_A_UPLINK_DETERMINISTIC, "deterministic",
		  up->deterministic);
}
