// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "format.h"
#include "kernel.h"
#include "model.h"
#include "resolve.h"
#include "socket.h"
#include "top.h"

const char *const top_view_names[] = {
	"hosts", "sockets", "processes", "ports", NULL,
};

const char *const top_sort_names[] = {
	"rate", "bytes", "packets", "name", NULL,
};

static int by_name(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void merge(void *into, const void *from)
{
	const struct top_row *y = from;
	struct top_row *x = into;

	x->packets += y->packets;
	x->out_bytes += y->out_bytes;
	x->in_bytes += y->in_bytes;
}

static void fill(struct top_row *r, const struct counters *c)
{
	r->packets = c->out_packets + c->in_packets;
	r->out_bytes = c->out_bytes;
	r->in_bytes = c->in_bytes;
}

static int take_host(void *obj, void *arg)
{
	const struct host *h = obj;
	struct top_row r = { .packets = 0 };

	if (has(h, PORTICO_A_HOST_ADDR))
		resolve_addr(r.name, sizeof(r.name), &h->addr);
	else
		snprintf(r.name, sizeof(r.name), "other");
	r.gathers = !has(h, PORTICO_A_HOST_ADDR);
	snprintf(r.what, sizeof(r.what), "%s, %u mappings",
		 name_of(side_names, h->side), h->mappings);
	fill(&r, &h->counters);
	rows_add(arg, &r);
	return 0;
}

static int take_socket(void *obj, void *arg)
{
	const struct socket_record *s = obj;
	char proto[16], local[300], remote[300], process[256];
	struct top_row r = { .packets = 0 };

	format_proto(proto, sizeof(proto), s->proto);
	format_endpoint(local, sizeof(local), &s->local);
	format_endpoint(remote, sizeof(remote), &s->remote);
	socket_process(process, sizeof(process), s);
	snprintf(r.name, sizeof(r.name), "%.8s %.38s %.38s", proto, local,
		 has(s, PORTICO_A_SOCKET_REMOTE) ? remote : "-");
	snprintf(r.what, sizeof(r.what), "%.12s %.40s", socket_state(s), process);
	fill(&r, &s->counters);
	rows_add(arg, &r);
	return 0;
}

static int take_process(void *obj, void *arg)
{
	const struct socket_record *s = obj;
	struct top_row r = { .packets = 0 };
	char process[256], user[64];

	socket_process(process, sizeof(process), s);
	resolve_user(user, sizeof(user), s->uid);
	snprintf(r.name, sizeof(r.name), "%.90s", process);
	snprintf(r.what, sizeof(r.what), "user %.40s", user);
	fill(&r, &s->counters);
	rows_add(arg, &r);
	return 0;
}

static int take_port(void *obj, void *arg)
{
	const struct port *p = obj;
	struct top_row r = { .packets = 0 };
	char proto[16];

	format_proto(proto, sizeof(proto), p->proto);
	snprintf(r.name, sizeof(r.name), "%s %u", proto, p->port);
	snprintf(r.what, sizeof(r.what), "%u sockets, %llu missed", p->sockets,
		 p->none);
	fill(&r, &p->counters);
	rows_add(arg, &r);
	return 0;
}

int top_read(struct top_sample *s, enum top_view view)
{
	struct host inside = { .side = PORTICO_SIDE_INSIDE };
	struct timespec now;
	int ret;

	memset(s, 0, sizeof(*s));
	s->rows.size = sizeof(struct top_row);
	s->rows.key = by_name;
	s->rows.merge = merge;
	clock_gettime(CLOCK_MONOTONIC, &now);
	s->at = now.tv_sec + now.tv_nsec / 1e9;
	switch (view) {
	case TOP_SOCKETS:
		ret = kernel_dump(PORTICO_CMD_SOCKET_GET, NULL, NULL,
				  &set_socket, take_socket, &s->rows);
		break;
	case TOP_PROCESSES:
		ret = kernel_dump(PORTICO_CMD_SOCKET_GET, NULL, NULL,
				  &set_socket, take_process, &s->rows);
		break;
	case TOP_PORTS:
		ret = kernel_dump(PORTICO_CMD_PORT_GET, NULL, NULL, &set_port,
				  take_port, &s->rows);
		break;
	default:
		give(&inside, PORTICO_A_HOST_SIDE);
		ret = kernel_dump(PORTICO_CMD_HOST_GET, &set_host, &inside,
				  &set_host, take_host, &s->rows);
		break;
	}
	rows_finish(&s->rows);
	return ret;
}

static __u64 rate(__u64 now, __u64 then, double seconds)
{
	return now > then ? (now - then) / seconds : 0;
}

void top_rates(struct top_sample *s, const struct top_sample *before)
{
	double seconds = s->at - before->at;
	const struct top_row *old;
	struct top_row *r;
	size_t i;

	if (seconds <= 0)
		return;
	for (i = 0; i < s->rows.n; i++) {
		r = rows_at(&s->rows, i);
		if (r->gathers)
			continue;
		old = before->rows.n ? bsearch(r, before->rows.v,
					       before->rows.n, sizeof(*r),
					       by_name) : NULL;
		r->out_rate = rate(r->out_bytes, old ? old->out_bytes : 0,
				   seconds);
		r->in_rate = rate(r->in_bytes, old ? old->in_bytes : 0, seconds);
	}
}

static enum top_sort sort_by;

static __u64 weight(const struct top_row *r)
{
	switch (sort_by) {
	case SORT_RATE:
		return r->out_rate + r->in_rate;
	case SORT_BYTES:
		return r->out_bytes + r->in_bytes;
	case SORT_PACKETS:
		return r->packets;
	default:
		return 0;
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct top_row *x = *(struct top_row *const *)a;
	const struct top_row *y = *(struct top_row *const *)b;
	__u64 m = weight(x), n = weight(y);

	if (m != n)
		return m > n ? -1 : 1;
	return by_name(x, y);
}

void top_order(struct top_sample *s, enum top_sort sort, const char *filter)
{
	struct top_row *r;
	size_t i;

	free(s->order);
	s->order = xcalloc(s->rows.n, sizeof(*s->order));
	s->n = 0;
	for (i = 0; i < s->rows.n; i++) {
		r = rows_at(&s->rows, i);
		if (!*filter || strstr(r->name, filter) ||
		    strstr(r->what, filter))
			s->order[s->n++] = r;
	}
	sort_by = sort;
	qsort(s->order, s->n, sizeof(*s->order), by_weight);
}

void top_free(struct top_sample *s)
{
	rows_free(&s->rows);
	free(s->order);
	memset(s, 0, sizeof(*s));
}
