// SPDX-License-Identifier: GPL-2.0
/* Which host, forward or process is behind an endpoint, now or before. */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "filter.h"
#include "format.h"
#include "kernel.h"
#include "print.h"
#include "resolve.h"
#include "socket.h"

struct who {
	struct endpoint_words asked;
	struct endpoint filter;
	json_t *found;
	unsigned int n;
	bool ours, ours_known;	/* the address asked is the gateway's own */
};

static void begin(struct who *w, json_t *o, const char *kind)
{
	json_object_set_new(o, "kind", json_string(kind));
	json_array_append_new(w->found, o);
}

static void set_proto(json_t *o, __u8 proto)
{
	char text[16];

	format_proto(text, sizeof(text), proto);
	json_object_set_new(o, "proto", json_string(text));
}

static json_t *json_ms(__u64 ns)
{
	return ns ? json_integer(ns / 1000000) : json_null();
}

static json_t *mapping_json(const struct mapping *m, bool ended)
{
	json_t *o = json_counters(&m->counters);

	set_proto(o, m->proto);
	json_object_set_new(o, "internal", json_endpoint(&m->internal));
	json_object_set_new(o, "external", json_endpoint(&m->external));
	json_object_set_new(o, "remote", json_endpoint(&m->remote));
	json_object_set_new(o, "state", ended ? json_null() :
			    json_string(name_of(state_names, m->state)));
	json_object_set_new(o, "dev", json_name(m->uplink));
	json_object_set_new(o, "created_at_ms", json_ms(m->created_at));
	json_object_set_new(o, "ended_at_ms", json_ms(m->ended_at));
	return o;
}

static int on_mapping(void *obj, void *arg)
{
	const struct mapping *m = obj;
	bool ended = has(m, PORTICO_A_MAPPING_ENDED);
	char proto[16], in[300], out[300], text[300];
	struct who *w = arg;

	w->n++;
	if (opt.json) {
		begin(w, mapping_json(m, ended), "mapping");
		return 0;
	}
	format_proto(proto, sizeof(proto), m->proto);
	format_endpoint(in, sizeof(in), &m->internal);
	format_endpoint(out, sizeof(out), &m->external);
	printf("%s/%s %s inside host %s/%s", out, proto, ended ? "was" : "is",
	       in, proto);
	if (*m->uplink)
		printf(" by uplink %s", quoted(m->uplink));
	if (has(m, PORTICO_A_MAPPING_REMOTE)) {
		format_endpoint(text, sizeof(text), &m->remote);
		printf(", talking to %s", text);
	}
	format_time(text, sizeof(text), m->created_at);
	if (ended) {
		printf(" (from %s", text);
		format_time(text, sizeof(text), m->ended_at);
		printf(" to %s", text);
	} else {
		printf(" (%s, since %s", name_of(state_names, m->state), text);
	}
	printf(", out %llu B, in %llu B)\n",
	       m->counters.out_bytes, m->counters.in_bytes);
	return 0;
}

/* Is the asked endpoint one of the forward's external ones? */
static bool forward_matches(const struct who *w, const struct forward *f)
{
	const struct endpoint *e = &f->external;
	__u32 last = e->port + (f->count ? f->count : 1u) - 1u;

	if (memcmp(&e->addr, &w->filter.addr, sizeof(e->addr)))
		return false;
	if (w->asked.has_proto && has(f, PORTICO_A_FORWARD_PROTO) &&
	    f->proto != w->asked.proto)
		return false;
	if (!w->asked.has_port)
		return true;
	/* Without a port: a whole address, or GRE or ESP, which have none. */
	if (!has(e, PORTICO_A_ENDPOINT_PORT))
		return !has(f, PORTICO_A_FORWARD_PROTO);
	return w->asked.port >= e->port && w->asked.port <= last;
}

static int on_forward(void *obj, void *arg)
{
	struct forward f = *(struct forward *)obj;
	char proto[16], in[300], out[300];
	struct who *w = arg;
	json_t *o;

	if (!forward_matches(w, &f))
		return 0;
	w->n++;
	if (w->asked.has_port && has(&f.external, PORTICO_A_ENDPOINT_PORT)) {
		f.internal.port += w->asked.port - f.external.port;
		f.external.port = w->asked.port;
	}
	if (opt.json) {
		o = json_object();
		if (has(&f, PORTICO_A_FORWARD_PROTO))
			set_proto(o, f.proto);
		else
			json_object_set_new(o, "proto", json_null());
		json_object_set_new(o, "external", json_endpoint(&f.external));
		json_object_set_new(o, "internal", json_endpoint(&f.internal));
		begin(w, o, "forward");
		return 0;
	}
	format_proto(proto, sizeof(proto), f.proto);
	format_endpoint(in, sizeof(in), &f.internal);
	format_endpoint(out, sizeof(out), &f.external);
	if (has(&f, PORTICO_A_FORWARD_PROTO))
		printf("%s/%s is forwarded to inside host %s/%s\n", out, proto,
		       in, proto);
	else
		printf("%s is forwarded as a whole to inside host %s\n", out, in);
	return 0;
}

static void put_socket(const struct socket_record *s)
{
	char proto[16], local[300], remote[300], process[256], user[64], at[64];
	bool closed = has(s, PORTICO_A_SOCKET_CLOSED);

	format_proto(proto, sizeof(proto), s->proto);
	format_endpoint(local, sizeof(local), &s->local);
	format_endpoint(remote, sizeof(remote), &s->remote);
	socket_process(process, sizeof(process), s);
	printf("%s/%s %s a local socket", local, proto, closed ? "was" : "is");
	if (strcmp(process, "-"))
		printf(" of process %s", process);
	if (has(s, PORTICO_A_SOCKET_UID)) {
		resolve_user(user, sizeof(user), s->uid);
		printf(", user %s", user);
	}
	if (has(s, PORTICO_A_SOCKET_REMOTE))
		printf(", connected to %s", remote);
	printf(" (%s", socket_state(s));
	if (closed && s->closed_at) {
		format_time(at, sizeof(at), s->closed_at);
		printf(" %s", at);
	}
	printf(", out %llu B, in %llu B)\n",
	       s->counters.out_bytes, s->counters.in_bytes);
}

/* Does one of the gateway's interfaces have this address? */
static bool is_ours(const struct addr *a)
{
	struct ifaddrs *list, *i;
	bool found = false;

	if (getifaddrs(&list))
		return false;
	for (i = list; i && !found; i = i->ifa_next) {
		const struct sockaddr_in *in = (void *)i->ifa_addr;
		const struct sockaddr_in6 *in6 = (void *)i->ifa_addr;

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET && a->len == 4)
			found = !memcmp(&in->sin_addr, a->b, 4);
		else if (i->ifa_addr->sa_family == AF_INET6 && a->len == 16)
			found = !memcmp(&in6->sin6_addr, a->b, 16);
	}
	freeifaddrs(list);
	return found;
}

static bool socket_matches(struct who *w, const struct socket_record *s)
{
	static const __u8 any[16], mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct addr *a = &w->filter.addr, *l = &s->local.addr;

	if (!l->len || !memcmp(l->b, any, l->len)) {
		if (!w->ours_known)
			w->ours = is_ours(a);
		w->ours_known = true;
		/* An IPv6 socket bound to any takes IPv4 as well. */
		return w->ours && (l->len != 4 || a->len == 4);
	}
	if (a->len == 4 && l->len == 16 && !memcmp(l->b, mapped, 12))
		return !memcmp(l->b + 12, a->b, 4);
	return l->len == a->len && !memcmp(l->b, a->b, a->len);
}

static int on_socket(void *obj, void *arg)
{
	const struct socket_record *s = obj;
	struct who *w = arg;
	char user[64];
	json_t *o;

	if (!socket_matches(w, s))
		return 0;
	w->n++;
	if (!opt.json) {
		put_socket(s);
		return 0;
	}
	o = json_counters(&s->counters);
	set_proto(o, s->proto);
	json_object_set_new(o, "local", json_endpoint(&s->local));
	json_object_set_new(o, "remote", json_endpoint(&s->remote));
	json_object_set_new(o, "state", json_string(socket_state(s)));
	json_object_set_new(o, "closed",
			    json_boolean(has(s, PORTICO_A_SOCKET_CLOSED)));
	json_object_set_new(o, "pid", s->pid ? json_integer(s->pid) :
			    json_null());
	json_object_set_new(o, "comm", *s->comm ? json_name(s->comm) :
			    json_null());
	json_object_set_new(o, "uid", has(s, PORTICO_A_SOCKET_UID) ?
			    json_integer(s->uid) : json_null());
	resolve_user(user, sizeof(user), s->uid);
	json_object_set_new(o, "user", has(s, PORTICO_A_SOCKET_UID) ?
			    json_string(user) : json_null());
	begin(w, o, "socket");
	return 0;
}

static int on_block(void *obj, void *arg)
{
	const struct block *b = obj;
	char host[64], asked[300];
	struct who *w = arg;
	json_t *o;

	w->n++;
	if (opt.json) {
		o = json_object();
		json_put_block(o, b);
		begin(w, o, "block");
		return 0;
	}
	format_addr(host, sizeof(host), &b->host);
	format_endpoint(asked, sizeof(asked), &w->filter);
	printf("%s lies in the block %u-%u of inside host %s by uplink %s\n", asked,
	       b->first, b->first + b->count - 1u, host, quoted(b->uplink));
	return 0;
}

static int ask_mappings(struct who *w, unsigned int side, bool ended)
{
	struct mapping m = { .proto = w->asked.proto };

	if (side == PORTICO_A_MAPPING_EXTERNAL)
		m.external = w->filter;
	else
		m.internal = w->filter;
	give(&m, side);
	if (w->asked.has_proto)
		give(&m, PORTICO_A_MAPPING_PROTO);
	if (ended)
		give(&m, PORTICO_A_MAPPING_ENDED);
	return kernel_dump(PORTICO_CMD_MAPPING_GET, &set_mapping, &m,
			   &set_mapping, on_mapping, w);
}

/* By port alone: a socket bound to any address answers for this one too. */
static int ask_sockets(struct who *w, bool closed)
{
	struct socket_record s = { .proto = w->asked.proto };

	s.local.port = w->asked.port;
	give(&s.local, PORTICO_A_ENDPOINT_PORT);
	give(&s, PORTICO_A_SOCKET_LOCAL);
	if (w->asked.has_proto)
		give(&s, PORTICO_A_SOCKET_PROTO);
	if (closed)
		give(&s, PORTICO_A_SOCKET_CLOSED);
	return kernel_dump(PORTICO_CMD_SOCKET_GET, &set_socket, &s, &set_socket,
			   on_socket, w);
}

/* A module without forwards has none to ask for. */
static int ask_forwards(struct who *w)
{
	bool known;
	int ret;

	ret = kernel_knows(PORTICO_CMD_FORWARD_GET, &known);
	if (ret || !known)
		return ret;
	return kernel_dump(PORTICO_CMD_FORWARD_GET, NULL, NULL, &set_forward,
			   on_forward, w);
}

/* Nobody has the port, or a record of it: it may still be known whose it is. */
static int ask_blocks(struct who *w)
{
	struct block b = { .external = w->filter.addr, .port = w->asked.port };
	bool known;
	int ret;

	ret = kernel_knows(PORTICO_CMD_BLOCK_GET, &known);
	if (ret || !known)
		return ret;
	give(&b, PORTICO_A_BLOCK_EXTERNAL);
	give(&b, PORTICO_A_BLOCK_PORT);
	return kernel_dump(PORTICO_CMD_BLOCK_GET, &set_block, &b, &set_block,
			   on_block, w);
}

static int ask(struct who *w)
{
	int ret;

	ret = ask_mappings(w, PORTICO_A_MAPPING_EXTERNAL, false);
	if (!ret)
		ret = ask_mappings(w, PORTICO_A_MAPPING_INTERNAL, false);
	if (!ret)
		ret = ask_forwards(w);
	if (!ret)
		ret = ask_sockets(w, false);
	if (!ret)
		ret = ask_mappings(w, PORTICO_A_MAPPING_EXTERNAL, true);
	if (!ret)
		ret = ask_mappings(w, PORTICO_A_MAPPING_INTERNAL, true);
	if (!ret)
		ret = ask_sockets(w, true);
	if (!ret && !w->n)
		ret = ask_blocks(w);
	return ret;
}

static int who(struct args *a)
{
	const char *word = args_need(a, "endpoint");
	struct who w = { .n = 0 };
	json_t *o;
	int ret;

	if (!word || parse_endpoint(word, EP_PORT | EP_PROTO, &w.asked) ||
	    args_end(a))
		return EXIT_USAGE;
	endpoint_from_words(&w.filter, &w.asked);
	if (opt.json)
		w.found = json_array();
	ret = ask(&w);
	if (ret) {
		json_decref(w.found);
		return ret;
	}
	if (opt.json) {
		o = json_object();
		json_object_set_new(o, "endpoint", json_endpoint(&w.filter));
		if (w.asked.has_proto)
			set_proto(o, w.asked.proto);
		else
			json_object_set_new(o, "proto", json_null());
		json_object_set_new(o, "found", w.found);
		return print_json(o);
	}
	if (!w.n)
		printf("%s: no mapping, forward or local socket, now or in the history\n",
		       quoted(word));
	return EXIT_DONE;
}

static const struct command commands[] = {
	{ "", who, "ENDPOINT",
	  "Which host, forward or process is behind an endpoint, now or before",
	  "ENDPOINT is external, internal or local, with a port; without a protocol\n"
	  "all are searched. Where there is nothing, but the port lies in a host's block,\n"
	  "that host.",
	  "  portico who 203.0.113.8:40123/udp\n"
	  "  portico who [2001:db8::1]:443/tcp" },
};

const struct object object_who = {
	"who", "who is behind an endpoint", commands, ARRAY_SIZE(commands),
};
