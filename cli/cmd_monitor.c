// SPDX-License-Identifier: GPL-2.0
/* Events as they happen, one line each; a lost one shows as a gap. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "args.h"
#include "format.h"
#include "forward.h"
#include "inside.h"
#include "kernel.h"
#include "print.h"
#include "resolve.h"
#include "socket.h"
#include "uplink.h"

enum object_bit { OBJ_MAPPING, OBJ_UPLINK, OBJ_INSIDE, OBJ_FORWARD, OBJ_SOCKET, OBJ_HOST,
		   OBJ_ACCOUNT, OBJ_BLOCK };

static const char *const object_names[] = {
	"mapping", "uplink", "inside", "forward", "socket", "host", "account",
	"block", NULL,
};

static const struct event_word {
	enum object_bit object;
	const char *what;
} words[] = {
	[PORTICO_EVENT_MAPPING_ADD] = { OBJ_MAPPING, "add" },
	[PORTICO_EVENT_MAPPING_DEL] = { OBJ_MAPPING, "del" },
	[PORTICO_EVENT_MAPPING_REFUSED] = { OBJ_MAPPING, "refused" },
	[PORTICO_EVENT_UPLINK_ADD] = { OBJ_UPLINK, "add" },
	[PORTICO_EVENT_UPLINK_SET] = { OBJ_UPLINK, "set" },
	[PORTICO_EVENT_UPLINK_DEL] = { OBJ_UPLINK, "del" },
	[PORTICO_EVENT_UPLINK_ADDRESS] = { OBJ_UPLINK, "address" },
	[PORTICO_EVENT_INSIDE_ADD] = { OBJ_INSIDE, "add" },
	[PORTICO_EVENT_INSIDE_SET] = { OBJ_INSIDE, "set" },
	[PORTICO_EVENT_INSIDE_DEL] = { OBJ_INSIDE, "del" },
	[PORTICO_EVENT_FORWARD_ADD] = { OBJ_FORWARD, "add" },
	[PORTICO_EVENT_FORWARD_DEL] = { OBJ_FORWARD, "del" },
	[PORTICO_EVENT_SOCKET_OPEN] = { OBJ_SOCKET, "open" },
	[PORTICO_EVENT_SOCKET_CLOSE] = { OBJ_SOCKET, "close" },
	[PORTICO_EVENT_HOST_QUOTA] = { OBJ_HOST, "quota" },
	[PORTICO_EVENT_ACCOUNT_ADD] = { OBJ_ACCOUNT, "add" },
	[PORTICO_EVENT_ACCOUNT_DEL] = { OBJ_ACCOUNT, "del" },
	[PORTICO_EVENT_BLOCK_ADD] = { OBJ_BLOCK, "add" },
	[PORTICO_EVENT_BLOCK_DEL] = { OBJ_BLOCK, "del" },
};

static_assert(ARRAY_SIZE(words) == __PORTICO_EVENT_MAX, "event words");

struct monitor {
	unsigned int objects;	/* bits; 0: all */
	bool begun;
	__u32 seq;
};

static int put_line_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	fflush(stdout);
	return output_status();
}

/* @lost 0: not known yet; the next event tells. */
static int put_gap(__u32 lost)
{
	json_t *o;

	if (opt.json) {
		o = json_object();
		json_object_set_new(o, "event", json_string("gap"));
		json_object_set_new(o, "lost",
				    lost ? json_integer(lost) : json_null());
		return put_line_json(o);
	}
	if (lost)
		printf("%sgap: %u event%s lost%s\n", tone_on(TONE_BAD), lost,
		       lost == 1 ? "" : "s", tone_off(TONE_BAD));
	else
		printf("%sgap: events come faster than they are read%s\n",
		       tone_on(TONE_BAD), tone_off(TONE_BAD));
	fflush(stdout);
	return output_status();
}

static void put_mapping(const struct mapping *m)
{
	char in[300], out[300], peer[300], proto[16];

	format_proto(proto, sizeof(proto), m->proto);
	format_endpoint(in, sizeof(in), &m->internal);
	format_endpoint(out, sizeof(out), &m->external);
	printf(" %s %s -> %s", proto, in,
	       has(m, PORTICO_A_MAPPING_EXTERNAL) ? out : "-");
	if (has(m, PORTICO_A_MAPPING_REMOTE)) {
		format_endpoint(peer, sizeof(peer), &m->remote);
		printf(" remote %s", peer);
	}
	if (*m->uplink)
		printf(" dev %s", quoted(m->uplink));
	if (m->counters.out_packets || m->counters.in_packets)
		printf(" out %llu in %llu", m->counters.out_bytes,
		       m->counters.in_bytes);
}

static void put_uplink(const struct uplink *up, __u8 type)
{
	char text[64];
	__u16 i;

	printf(" %s", quoted(up->ifname));
	for (i = 0; i < up->n_address; i++) {
		format_addr(text, sizeof(text), &up->address[i]);
		printf("%s%s", i ? "," : " now ", text);
	}
	if (type == PORTICO_EVENT_UPLINK_ADD || type == PORTICO_EVENT_UPLINK_SET)
		uplink_words(stdout, up);
}

static void put_socket(const struct socket_record *s)
{
	char proto[16], local[300], remote[300], process[256];

	format_proto(proto, sizeof(proto), s->proto);
	format_endpoint(local, sizeof(local), &s->local);
	format_endpoint(remote, sizeof(remote), &s->remote);
	socket_process(process, sizeof(process), s);
	printf(" %s %s %s", proto, local, process);
	if (has(s, PORTICO_A_SOCKET_REMOTE))
		printf(" remote %s", remote);
	if (s->counters.out_packets || s->counters.in_packets)
		printf(" out %llu in %llu", s->counters.out_bytes,
		       s->counters.in_bytes);
}

static void put_host(const struct host *h)
{
	char text[64], span[32];

	format_addr(text, sizeof(text), &h->addr);
	format_duration(span, sizeof(span), h->quota_left);
	printf(" %s used %llu, period ends in %s", text, h->quota_used, span);
}

static void put_block(const struct block *b)
{
	struct endpoint e = { .addr = b->external, .port = b->first };
	char host[64], text[300];

	give(&e, PORTICO_A_ENDPOINT_ADDR);
	give(&e, PORTICO_A_ENDPOINT_PORT);
	format_addr(host, sizeof(host), &b->host);
	format_endpoint(text, sizeof(text), &e);
	printf(" %s -> %s-%u dev %s", host, text, b->first + b->count - 1u,
	       quoted(b->uplink));
}

static void put_text(const struct event *e, const struct event_word *w)
{
	char text[80];

	if (opt.timestamp) {
		format_time(text, sizeof(text), e->at);
		printf("%s ", text);
	}
	printf("%s %s", object_names[w->object], w->what);
	if (has(e, PORTICO_A_EVENT_MAPPING))
		put_mapping(&e->mapping);
	if (has(e, PORTICO_A_EVENT_UPLINK))
		put_uplink(&e->uplink, e->type);
	if (has(e, PORTICO_A_EVENT_INSIDE)) {
		inside_prefix(text, sizeof(text), &e->inside);
		printf(" %s", text);
		inside_words(stdout, &e->inside);
	}
	if (has(e, PORTICO_A_EVENT_FORWARD)) {
		putchar(' ');
		forward_words(stdout, &e->forward);
	}
	if (has(e, PORTICO_A_EVENT_SOCKET))
		put_socket(&e->socket);
	if (has(e, PORTICO_A_EVENT_HOST))
		put_host(&e->host);
	if (has(e, PORTICO_A_EVENT_ACCOUNT)) {
		putchar(' ');
		account_words(stdout, &e->account);
	}
	if (has(e, PORTICO_A_EVENT_BLOCK))
		put_block(&e->block);
	if (*e->reason)
		printf(" reason %s", quoted(e->reason));
	putchar('\n');
}

static void json_proto(json_t *o, __u8 proto)
{
	char text[16];

	format_proto(text, sizeof(text), proto);
	json_object_set_new(o, "proto", json_string(text));
}

static void json_mapping(json_t *o, const struct mapping *m)
{
	json_proto(o, m->proto);
	json_object_set_new(o, "internal", json_endpoint(&m->internal));
	json_object_set_new(o, "external", json_endpoint(&m->external));
	json_object_set_new(o, "remote", json_endpoint(&m->remote));
	json_object_set_new(o, "dev", json_name(m->uplink));
	json_object_set_new(o, "counters", json_counters(&m->counters));
}

static void json_uplink(json_t *o, const struct uplink *up)
{
	json_t *list = json_array();
	__u16 i;

	for (i = 0; i < up->n_address; i++)
		json_array_append_new(list, json_addr(&up->address[i]));
	json_object_set_new(o, "dev", json_name(up->ifname));
	json_object_set_new(o, "addresses", list);
}

static void json_socket(json_t *o, const struct socket_record *s)
{
	json_proto(o, s->proto);
	json_object_set_new(o, "local", json_endpoint(&s->local));
	json_object_set_new(o, "remote", json_endpoint(&s->remote));
	json_object_set_new(o, "cookie", json_integer((json_int_t)s->cookie));
	json_object_set_new(o, "pid", s->pid ? json_integer(s->pid) :
			    json_null());
	json_object_set_new(o, "comm", *s->comm ? json_name(s->comm) :
			    json_null());
	json_object_set_new(o, "uid", has(s, PORTICO_A_SOCKET_UID) ?
			    json_integer(s->uid) : json_null());
	json_object_set_new(o, "counters", json_counters(&s->counters));
}

static void json_host(json_t *o, const struct host *h)
{
	json_object_set_new(o, "host", json_addr(&h->addr));
	json_object_set_new(o, "quota_used",
			    json_integer((json_int_t)h->quota_used));
	json_object_set_new(o, "quota_left_ms",
			    json_integer(1000LL * h->quota_left));
	json_object_set_new(o, "counters", json_counters(&h->counters));
}

static void json_forward(json_t *o, const struct forward *f)
{
	if (has(f, PORTICO_A_FORWARD_PROTO))
		json_proto(o, f->proto);
	else
		json_object_set_new(o, "proto", json_null());
	json_object_set_new(o, "external", json_endpoint(&f->external));
	json_object_set_new(o, "internal", json_endpoint(&f->internal));
	json_object_set_new(o, "count", json_integer(f->count ? f->count : 1));
}

static int put_json(const struct event *e, const struct event_word *w)
{
	json_t *o = json_object();
	char text[80];

	snprintf(text, sizeof(text), "%s-%s", object_names[w->object], w->what);
	json_object_set_new(o, "event", json_string(text));
	json_object_set_new(o, "seq", json_integer(e->seq));
	json_object_set_new(o, "at_ms", json_integer(e->at / 1000000));
	json_object_set_new(o, "reason", *e->reason ? json_name(e->reason) :
			    json_null());
	if (has(e, PORTICO_A_EVENT_MAPPING))
		json_mapping(o, &e->mapping);
	if (has(e, PORTICO_A_EVENT_UPLINK))
		json_uplink(o, &e->uplink);
	if (has(e, PORTICO_A_EVENT_INSIDE)) {
		inside_prefix(text, sizeof(text), &e->inside);
		json_object_set_new(o, "prefix", json_string(text));
	}
	if (has(e, PORTICO_A_EVENT_FORWARD))
		json_forward(o, &e->forward);
	if (has(e, PORTICO_A_EVENT_SOCKET))
		json_socket(o, &e->socket);
	if (has(e, PORTICO_A_EVENT_HOST))
		json_host(o, &e->host);
	if (has(e, PORTICO_A_EVENT_ACCOUNT))
		json_object_set_new(o, "account", json_name(e->account.name));
	if (has(e, PORTICO_A_EVENT_BLOCK))
		json_put_block(o, &e->block);
	return put_line_json(o);
}

static int on_event(const struct event *e, void *arg)
{
	static const struct event_word unknown = { OBJ_MAPPING, "?" };
	struct monitor *m = arg;
	const struct event_word *w = &unknown;
	int ret = 0;

	if (m->begun && e->seq != m->seq + 1)
		ret = put_gap(e->seq - m->seq - 1);
	m->begun = true;
	m->seq = e->seq;
	if (e->type < ARRAY_SIZE(words))
		w = &words[e->type];
	if (ret || (m->objects && !(m->objects & (1U << w->object))))
		return ret;
	if (opt.json)
		return put_json(e, w);
	put_text(e, w);
	fflush(stdout);
	return output_status();
}

static int on_lost(void *arg)
{
	(void)arg;
	return put_gap(0);
}

static int follow(struct args *a)
{
	struct monitor m = { .objects = 0 };
	const char *word;
	__u8 i;

	while ((word = args_next(a))) {
		if (parse_choice(word, "object", object_names, &i))
			return EXIT_USAGE;
		if (m.objects & (1U << i))
			return error("'%s' is given twice", word);
		m.objects |= 1U << i;
	}
	if (opt.pretty)
		return error("option '-p' is not for monitor: one JSON object is one line");
	return kernel_monitor(on_event, on_lost, &m);
}

static const struct command commands[] = {
	{ "", follow, "[mapping] [uplink] [inside] [forward] [socket] [host] [account] [block]",
	  "Events as they happen, until interrupted",
	  "With -j one JSON object per line, with -t the time of each event. When\n"
	  "events were lost, a line says so, and how many.",
	  "  portico monitor mapping\n  portico -j monitor" },
};

const struct object object_monitor = {
	"monitor", "events as they happen", commands, ARRAY_SIZE(commands),
};
