// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../attr.h"
#include "../cli.h"
#include "../nlsock.h"
#include "gate.h"

void gate_init(struct gate *g)
{
	memset(g, 0, sizeof(*g));
	g->inside = xcalloc(PORTICO_MAX_INSIDE, sizeof(*g->inside));
	g->uplinks = xcalloc(PORTICO_MAX_UPLINKS, sizeof(*g->uplinks));
}

void gate_free(struct gate *g)
{
	nlsock_close(g->nl);
	free(g->inside);
	free(g->uplinks);
}

/* Rows of a dump, or the one answer, go to @room objects from @to on. */
struct sink {
	const struct attr_set *set;
	char *to;
	unsigned int room, n;
};

static int take(const void *attrs, size_t len, void *arg)
{
	struct sink *s = arg;
	char where[128];

	if (s->n == s->room)
		return 0;
	if (attr_decode(s->set, attrs, len, s->to + s->n * s->set->size, where,
			sizeof(where)))
		return error_kernel("cannot understand the module's answer (%s)",
				    where);
	s->n++;
	return 0;
}

/* 0, or an errno: the kernel's, or EIO when it could not be asked. */
static int ask(struct gate *g, __u8 cmd, bool dump, const void *obj,
	       const struct attr_set *obj_set, struct sink *sink)
{
	struct nlmsghdr *nlh;
	int err = EIO;
	size_t size;

	if (!g->nl)
		return err;
	nlh = nlsock_request(g->nl, cmd, dump, &size);
	if (obj && !attr_encode(obj_set, nlh, size, obj))
		return err;
	if (!nlsock_send(g->nl, obj_set, take, sink))
		return 0;
	return nlsock_errno(g->nl) ? nlsock_errno(g->nl) : err;
}

static __u32 mix(__u32 hash, const void *data, size_t len)
{
	const __u8 *p = data;

	while (len--)
		hash = (hash ^ *p++) * 16777619;
	return hash;
}

static __u32 mix_addr(__u32 hash, const struct addr *a)
{
	return mix(hash, a->b, a->len);
}

/*
 * Which addresses by which uplink: their order does not matter. The kernel names the
 * first of a pool; the ranges stand for the others.
 */
static __u32 fingerprint(const struct gate *g)
{
	const struct uplink *u;
	__u32 sum = 0, name;
	unsigned int i, j;

	for (i = 0; i < g->n_uplinks; i++) {
		u = &g->uplinks[i];
		name = mix(2166136261U, u->ifname, strlen(u->ifname));
		for (j = 0; j < u->n_address; j++)
			sum += mix_addr(name, &u->address[j]);
		for (j = 0; j < u->n_range; j++)
			sum += mix_addr(mix_addr(~name, &u->range[j].first),
					&u->range[j].last);
	}
	return sum;
}

static bool read_all(struct gate *g, struct status *status)
{
	struct sink s = { &set_status, (char *)status, 1, 0 };
	struct sink in = { &set_inside, (char *)g->inside, PORTICO_MAX_INSIDE, 0 };
	struct sink up = { &set_uplink, (char *)g->uplinks,
			   PORTICO_MAX_UPLINKS, 0 };

	if (ask(g, PORTICO_CMD_STATUS_GET, false, NULL, NULL, &s) ||
	    ask(g, PORTICO_CMD_INSIDE_GET, true, NULL, NULL, &in) ||
	    ask(g, PORTICO_CMD_UPLINK_GET, true, NULL, NULL, &up) || !s.n)
		return false;
	g->n_inside = in.n;
	g->n_uplinks = up.n;
	return true;
}

bool gate_refresh(struct gate *g, bool *lost)
{
	struct status status = { 0 };
	__u32 print;

	*lost = false;
	if (!g->nl && !nlsock_open(&g->nl, true))
		nlsock_quiet(g->nl, true);
	if (!g->nl)
		return false;
	if (!read_all(g, &status)) {
		nlsock_close(g->nl);
		g->nl = NULL;
		g->n_inside = 0;
		g->n_uplinks = 0;
		return false;
	}
	print = fingerprint(g);
	*lost = g->since != status.since_at || g->fingerprint != print;
	g->since = status.since_at;
	g->fingerprint = print;
	return true;
}

static bool in_prefix(const struct addr *a, const struct addr *prefix, __u8 len)
{
	unsigned int whole = len / 8, bits = len % 8;

	if (a->len != prefix->len || whole > a->len ||
	    memcmp(a->b, prefix->b, whole))
		return false;
	return !bits || whole == a->len ||
	       !((a->b[whole] ^ prefix->b[whole]) >> (8 - bits));
}

const struct inside *gate_inside(const struct gate *g, const struct addr *addr)
{
	const struct inside *best = NULL;
	unsigned int i;

	for (i = 0; i < g->n_inside; i++)
		if (in_prefix(addr, &g->inside[i].addr, g->inside[i].prefixlen) &&
		    (!best || g->inside[i].prefixlen > best->prefixlen))
			best = &g->inside[i];
	return best;
}

bool gate_is_uplink(const struct gate *g, unsigned int ifindex)
{
	unsigned int i;

	for (i = 0; i < g->n_uplinks; i++)
		if (g->uplinks[i].ifindex == ifindex)
			return true;
	return false;
}

/* A host with mappings keeps the external address that they have. */
static bool address_in_use(struct gate *g, const struct addr *host,
			   struct addr *out)
{
	struct mapping *m = xcalloc(1, sizeof(*m));
	struct mapping filter = { 0 };
	struct sink s = { &set_mapping, (char *)m, 1, 0 };
	bool found;

	give(&filter, PORTICO_A_MAPPING_INTERNAL);
	give(&filter.internal, PORTICO_A_ENDPOINT_ADDR);
	filter.internal.addr = *host;
	found = !ask(g, PORTICO_CMD_MAPPING_GET, true, &filter, &set_mapping,
		     &s) && s.n;
	if (found)
		*out = m->external.addr;
	free(m);
	return found;
}

bool gate_address(struct gate *g, const struct addr *host, struct addr *out)
{
	const struct inside *in = gate_inside(g, host);
	const struct addr *first = NULL;
	unsigned int i, j, n = 0;
	const struct uplink *u;

	for (i = 0; in && i < g->n_uplinks; i++) {
		u = &g->uplinks[i];
		if (*in->uplink && strcmp(in->uplink, u->ifname))
			continue;
		for (j = 0; j < u->n_address; j++) {
			if (u->address[j].len != 4)
				continue;
			n++;
			if (!first)
				first = &u->address[j];
		}
	}
	if (!first)
		return false;
	if (n == 1 || !address_in_use(g, host, out))
		*out = *first;
	return true;
}

int gate_lease(struct gate *g, const struct mapping *want, struct mapping *got)
{
	struct sink s = { &set_mapping, (char *)got, 1, 0 };
	int err = ask(g, PORTICO_CMD_MAPPING_ADD, false, want, &set_mapping, &s);

	return err ? err : s.n ? 0 : EIO;
}
