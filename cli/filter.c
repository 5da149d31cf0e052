// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli.h"
#include "filter.h"
#include "format.h"

void endpoint_from_words(struct endpoint *e, const struct endpoint_words *w)
{
	memset(e, 0, sizeof(*e));
	if (w->has_addr) {
		e->addr = w->addr;
		give(e, PORTICO_A_ENDPOINT_ADDR);
	}
	if (w->has_port) {
		e->port = w->port;
		give(e, PORTICO_A_ENDPOINT_PORT);
	}
	if (w->has_prefix) {
		e->prefixlen = w->prefixlen;
		give(e, PORTICO_A_ENDPOINT_PREFIXLEN);
	}
}

int filter_endpoint(struct args *a, const char *key, struct endpoint *e,
		    __u8 *proto, bool *has_proto)
{
	const char *word = args_value(a, key);
	struct endpoint_words w;

	if (!word || parse_endpoint(word, EP_FILTER | EP_PROTO, &w))
		return -1;
	endpoint_from_words(e, &w);
	if (!w.has_proto)
		return 0;
	if (*has_proto && *proto != w.proto)
		return -error("bad %s '%s': another protocol is given already",
			      key, quoted(word));
	*proto = w.proto;
	*has_proto = true;
	return 0;
}

static int take_endpoint(struct args *a, const char *key, struct mapping *m,
			 struct endpoint *e, unsigned int attr)
{
	bool has_proto = has(m, PORTICO_A_MAPPING_PROTO);

	if (filter_endpoint(a, key, e, &m->proto, &has_proto))
		return -1;
	give(m, attr);
	if (has_proto)
		give(m, PORTICO_A_MAPPING_PROTO);
	return 0;
}

static int take_internal(struct args *a, const char *key, void *obj)
{
	struct mapping *m = obj;

	return take_endpoint(a, key, m, &m->internal,
			     PORTICO_A_MAPPING_INTERNAL);
}

static int take_external(struct args *a, const char *key, void *obj)
{
	struct mapping *m = obj;

	return take_endpoint(a, key, m, &m->external,
			     PORTICO_A_MAPPING_EXTERNAL);
}

static int take_remote(struct args *a, const char *key, void *obj)
{
	struct mapping *m = obj;

	return take_endpoint(a, key, m, &m->remote, PORTICO_A_MAPPING_REMOTE);
}

static int take_proto(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct mapping *m = obj;
	__u8 proto;

	if (!word || parse_proto(word, &proto))
		return -1;
	if (has(m, PORTICO_A_MAPPING_PROTO) && m->proto != proto)
		return -error("bad proto '%s': another protocol is given already",
			      quoted(word));
	m->proto = proto;
	give(m, PORTICO_A_MAPPING_PROTO);
	return 0;
}

static int take_dev(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct mapping *m = obj;

	if (!word || parse_ifname(word, m->uplink))
		return -1;
	give(m, PORTICO_A_MAPPING_UPLINK);
	return 0;
}

static int take_state(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct mapping *m = obj;

	if (!word || parse_choice(word, key, state_names, &m->state))
		return -1;
	give(m, PORTICO_A_MAPPING_STATE);
	return 0;
}

static int take_ended(struct args *a, const char *key, void *obj)
{
	struct mapping *m = obj;

	(void)a;
	(void)key;
	give(m, PORTICO_A_MAPPING_ENDED);
	return 0;
}

#define FILTER_KEYS							\
	{ "proto", take_proto, false },					\
	{ "internal", take_internal, false },				\
	{ "external", take_external, false },				\
	{ "remote", take_remote, false },				\
	{ "dev", take_dev, false },					\
	{ "state", take_state, false }

const struct key mapping_filter[] = {
	FILTER_KEYS,
	{ NULL, NULL, false },
};

const struct key mapping_show_filter[] = {
	FILTER_KEYS,
	{ "--ended", take_ended, false },
	{ NULL, NULL, false },
};
