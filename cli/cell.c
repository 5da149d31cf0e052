// SPDX-License-Identifier: GPL-2.0
/* One value of a row, in text and JSON at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "print.h"

/* Jansson's integers are signed; what is above stays at their largest. */
static json_t *json_u64(__u64 v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

json_t *json_name(const char *s)
{
	char text[1024];

	escape(text, sizeof(text), s);
	return json_string(text);
}

json_t *json_addr(const struct addr *a)
{
	char text[64];

	if (!a->len)
		return json_null();
	format_addr(text, sizeof(text), a);
	return json_string(text);
}

json_t *json_endpoint(const struct endpoint *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "address", has(e, PORTICO_A_ENDPOINT_ADDR) ?
			    json_addr(&e->addr) : json_null());
	json_object_set_new(o, "port", has(e, PORTICO_A_ENDPOINT_PORT) ?
			    json_integer(e->port) : json_null());
	return o;
}

void json_put_block(json_t *o, const struct block *b)
{
	json_object_set_new(o, "host", json_addr(&b->host));
	json_object_set_new(o, "external", json_addr(&b->external));
	json_object_set_new(o, "first", json_integer(b->first));
	json_object_set_new(o, "count", json_integer(b->count));
	json_object_set_new(o, "dev", json_name(b->uplink));
}

json_t *json_counters(const struct counters *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "out_packets", json_u64(c->out_packets));
	json_object_set_new(o, "out_bytes", json_u64(c->out_bytes));
	json_object_set_new(o, "in_packets", json_u64(c->in_packets));
	json_object_set_new(o, "in_bytes", json_u64(c->in_bytes));
	return o;
}

void cell_both(struct table *t, unsigned int col, const char *text,
	       json_t *json)
{
	const struct column *c = &t->cols[col];

	if (opt.json && !(c->flags & COL_TEXT))
		json_object_set(t->row, c->key, json);
	json_decref(json);
	if (opt.json || !text)
		return;
	free(t->cell[col]);
	t->cell[col] = xstrdup(*text ? text : "-");
}

static void cell_plain(struct table *t, unsigned int col, const char *text)
{
	free(t->cell[col]);
	t->cell[col] = xstrdup(*text ? text : "-");
}

void cell_text(struct table *t, unsigned int col, const char *s)
{
	cell_both(t, col, s, opt.json ? json_string(s) : NULL);
}

void cell_name(struct table *t, unsigned int col, const char *s)
{
	char text[1024];

	if (!column_shown(&t->cols[col]))
		return;
	escape(text, sizeof(text), s);
	cell_text(t, col, text);
}

void cell_tone(struct table *t, unsigned int col, enum tone tone)
{
	t->tone[col] = tone;
}

void cell_number(struct table *t, unsigned int col, __u64 v)
{
	char text[32];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_u64(v));
		return;
	}
	snprintf(text, sizeof(text), "%llu", v);
	cell_plain(t, col, text);
}

void cell_count(struct table *t, unsigned int col, __u64 v)
{
	char text[32];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_u64(v));
		return;
	}
	format_count(text, sizeof(text), v);
	cell_plain(t, col, text);
}

void cell_bytes(struct table *t, unsigned int col, __u64 v)
{
	char text[32];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_u64(v));
		return;
	}
	format_bytes(text, sizeof(text), v);
	cell_plain(t, col, text);
}

void cell_bool(struct table *t, unsigned int col, bool v)
{
	cell_both(t, col, v ? "on" : "off", opt.json ? json_boolean(v) : NULL);
}

void cell_proto(struct table *t, unsigned int col, __u8 proto)
{
	char text[16];

	format_proto(text, sizeof(text), proto);
	cell_text(t, col, text);
}

void cell_addr(struct table *t, unsigned int col, const struct addr *a)
{
	char text[64];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_addr(a));
		return;
	}
	format_addr(text, sizeof(text), a);
	cell_plain(t, col, text);
}

void cell_endpoint(struct table *t, unsigned int col, const struct endpoint *e)
{
	char text[300];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_endpoint(e));
		return;
	}
	format_endpoint(text, sizeof(text), e);
	cell_plain(t, col, text);
}

void cell_span(struct table *t, unsigned int col, __u64 ms)
{
	char text[64];

	if (!column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_u64(ms));
		return;
	}
	if (opt.numeric)
		snprintf(text, sizeof(text), "%llums", ms);
	else
		format_duration(text, sizeof(text), ms / 1000);
	cell_plain(t, col, text);
}

void cell_time(struct table *t, unsigned int col, __u64 ns)
{
	struct timespec now;
	char text[64];
	__u64 sec;

	if (!ns || !column_shown(&t->cols[col]))
		return;
	if (opt.json) {
		cell_both(t, col, NULL, json_u64(ns / 1000000));
		return;
	}
	if (opt.numeric || opt.timestamp) {
		format_time(text, sizeof(text), ns);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		sec = ns / 1000000000;
		sec = (__u64)now.tv_sec > sec ? now.tv_sec - sec : 0;
		format_duration(text, sizeof(text), sec);
	}
	cell_plain(t, col, text);
}

void cell_counters(struct table *t, unsigned int col, const struct counters *c)
{
	/* What was not counted is not zero. */
	if (has(c, PORTICO_A_COUNTERS_OUT_PACKETS))
		cell_count(t, col, c->out_packets);
	if (has(c, PORTICO_A_COUNTERS_OUT_BYTES))
		cell_bytes(t, col + 1, c->out_bytes);
	if (has(c, PORTICO_A_COUNTERS_IN_PACKETS))
		cell_count(t, col + 2, c->in_packets);
	if (has(c, PORTICO_A_COUNTERS_IN_BYTES))
		cell_bytes(t, col + 3, c->in_bytes);
}
