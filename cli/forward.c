// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

#include "cli.h"
#include "filter.h"
#include "format.h"
#include "forward.h"

static bool has_ports(__u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

/* A word that no endpoint begins with is a protocol. */
static bool is_proto(const char *word)
{
	return isalpha((unsigned char)*word) && !strpbrk(word, ".:/[");
}

/* One side; @count is how many ports it names, 0: none. */
static int parse_side(struct args *a, const char *what, const struct forward *f,
		      struct endpoint *e, __u32 *count)
{
	bool proto = has(f, PORTICO_A_FORWARD_PROTO);
	const char *word = args_need(a, what);
	struct endpoint_words w;

	if (!word || parse_endpoint(word, EP_RANGE, &w))
		return -1;
	if (proto && proto_is_tunnel(f->proto) && w.has_port)
		return -error("bad endpoint '%s': GRE and ESP have no ports",
			      quoted(word));
	if (proto && !proto_is_tunnel(f->proto) && !w.has_port)
		return -error("bad endpoint '%s': with a protocol, its port is missing",
			      quoted(word));
	if (!proto && w.has_port)
		return -error("bad endpoint '%s': a port needs a protocol before it",
			      quoted(word));
	endpoint_from_words(e, &w);
	*count = w.has_port ? w.port_last - w.port + 1u : 0;
	return 0;
}

int forward_parse_external(struct args *a, struct forward *f)
{
	const char *word = args_peek(a);
	__u32 count = 0;

	memset(f, 0, sizeof(*f));
	if (word && is_proto(word)) {
		args_next(a);
		if (parse_proto(word, &f->proto))
			return -1;
		if (!has_ports(f->proto) && !proto_is_tunnel(f->proto))
			return -error("protocol '%s' has no ports to forward",
				      quoted(word));
		give(f, PORTICO_A_FORWARD_PROTO);
	}
	if (parse_side(a, "external endpoint", f, &f->external, &count))
		return -1;
	give(f, PORTICO_A_FORWARD_EXTERNAL);
	if (count > UINT16_MAX)
		return -error("a range has at most %u ports", UINT16_MAX);
	if (count > 1) {
		f->count = count;
		give(f, PORTICO_A_FORWARD_COUNT);
	}
	return 0;
}

int forward_parse(struct args *a, struct forward *f)
{
	__u32 count = 0, want;
	const char *word;

	if (forward_parse_external(a, f))
		return -1;
	word = args_need(a, "'to'");
	if (!word)
		return -1;
	if (strcmp(word, "to"))
		return -error("expected 'to' instead of '%s'", quoted(word));
	if (parse_side(a, "internal endpoint", f, &f->internal, &count) ||
	    args_end(a))
		return -1;
	give(f, PORTICO_A_FORWARD_INTERNAL);
	if (f->external.addr.len != f->internal.addr.len)
		return -error("both endpoints must be of one family");
	want = has(f, PORTICO_A_FORWARD_COUNT) ? f->count : 1;
	if (count > 1 && count != want)
		return -error("the ranges differ in size: %u external ports, %u internal",
			      want, count);
	if (count && f->internal.port + want - 1 > 65535)
		return -error("the internal range ends above port 65535");
	return 0;
}

void forward_side(char *out, size_t size, const struct endpoint *e,
		  __u16 count)
{
	size_t used;

	format_endpoint(out, size, e);
	used = strlen(out);
	if (has(e, PORTICO_A_ENDPOINT_PORT) && count > 1 && used < size)
		snprintf(out + used, size - used, "-%u", e->port + count - 1u);
}

void forward_words(FILE *out, const struct forward *f)
{
	char external[320], internal[320], proto[16];

	forward_side(external, sizeof(external), &f->external, f->count);
	forward_side(internal, sizeof(internal), &f->internal, f->count);
	format_proto(proto, sizeof(proto), f->proto);
	fprintf(out, "%s%s%s to %s",
		has(f, PORTICO_A_FORWARD_PROTO) ? proto : "",
		has(f, PORTICO_A_FORWARD_PROTO) ? " " : "", external, internal);
}
