// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "gate.h"
#include "serve.h"

static enum pcp_result result_of(int err)
{
	switch (err) {
	case 0:
		return PCP_SUCCESS;
	case EBUSY:
	case EEXIST:
		return PCP_CANNOT_PROVIDE_EXTERNAL;
	case EACCES:
	case EADDRNOTAVAIL:
		return PCP_NOT_AUTHORIZED;
	case EDQUOT:
		return PCP_USER_EX_QUOTA;
	case EPROTONOSUPPORT:
		return PCP_UNSUPP_PROTOCOL;
	case ENOSPC:
	case ENOMEM:
		return PCP_NO_RESOURCES;
	default:
		/* No address now, or no module to speak to. */
		return PCP_NETWORK_FAILURE;
	}
}

static void set_endpoint(struct endpoint *ep, const struct addr *addr,
			 __u16 port, bool has_port)
{
	if (addr->len)
		give(ep, PORTICO_A_ENDPOINT_ADDR);
	ep->addr = *addr;
	if (has_port)
		give(ep, PORTICO_A_ENDPOINT_PORT);
	ep->port = port;
}

/* What the kernel is asked first; @r's suggestion is for the caller to add. */
static void want_mapping(struct mapping *m, const struct addr *client,
			 const struct wire_request *r, __u32 lifetime)
{
	memset(m, 0, sizeof(*m));
	if (r->proto)
		give(m, PORTICO_A_MAPPING_PROTO);
	m->proto = r->proto;
	give(m, PORTICO_A_MAPPING_INTERNAL);
	set_endpoint(&m->internal, client, r->internal, true);
	give(m, PORTICO_A_MAPPING_LIFETIME);
	m->lifetime = lifetime;
	give(m, PORTICO_A_MAPPING_NONCE);
	memcpy(m->nonce, r->nonce, sizeof(m->nonce));
	if (r->kind == WIRE_PEER) {
		give(m, PORTICO_A_MAPPING_REMOTE);
		set_endpoint(&m->remote, &r->remote, r->remote_port, true);
	}
}

/* Address and port as suggested, then either alone, then what there is. */
static int lease_suggested(struct gate *g, const struct wire_request *r,
			   struct mapping *want, struct mapping *got)
{
	static const struct addr none;
	int err;

	if (!r->external && !r->external_addr.len)
		return gate_lease(g, want, got);
	give(want, PORTICO_A_MAPPING_EXTERNAL);
	set_endpoint(&want->external, &r->external_addr, r->external,
		     r->external);
	err = gate_lease(g, want, got);
	if (r->exact || (err != EBUSY && err != EEXIST))
		return err;
	if (r->external && r->external_addr.len) {
		memset(&want->external, 0, sizeof(want->external));
		set_endpoint(&want->external, &none, r->external, true);
		err = gate_lease(g, want, got);
		if (err != EBUSY && err != EEXIST)
			return err;
	}
	want->has &= ~(1ULL << PORTICO_A_MAPPING_EXTERNAL);
	return gate_lease(g, want, got);
}

static void serve_delete(struct gate *g, const struct addr *client,
			 const struct wire_request *r, struct wire_outcome *o)
{
	struct mapping want, got = { 0 };
	int err;

	want_mapping(&want, client, r, 0);
	err = gate_lease(g, &want, &got);
	/* What is not there has been deleted (RFC 6887 section 15.1). */
	o->result = result_of(err == ENOENT ? 0 : err);
	if (o->result || r->natpmp)
		return;
	o->external = r->external;
	o->external_addr = r->external_addr;
	if (!err && has(&got, PORTICO_A_MAPPING_EXTERNAL)) {
		o->external = got.external.port;
		o->external_addr = got.external.addr;
	}
}

static __u32 clamp_lifetime(const struct serve_limits *limits,
			    const struct wire_request *r)
{
	__u32 lifetime = r->lifetime;

	/* NAT-PMP's may become shorter, never longer (RFC 6886 section 3.3). */
	if (!r->natpmp && lifetime < limits->lifetime_min)
		lifetime = limits->lifetime_min;
	return lifetime > limits->lifetime_max ? limits->lifetime_max : lifetime;
}

static void serve_lease(struct gate *g, const struct serve_limits *limits,
			const struct addr *client, const struct wire_request *r,
			struct wire_outcome *o)
{
	struct mapping want, got = { 0 };

	if (r->exact && r->external_alien) {
		o->result = PCP_CANNOT_PROVIDE_EXTERNAL;
		return;
	}
	o->lifetime = clamp_lifetime(limits, r);
	want_mapping(&want, client, r, o->lifetime);
	o->result = result_of(lease_suggested(g, r, &want, &got));
	o->external = got.external.port;
	o->external_addr = got.external.addr;
}

void serve(struct gate *g, const struct serve_limits *limits,
	   const struct addr *client, __u32 epoch,
	   const struct wire_request *r, struct wire_outcome *o)
{
	memset(o, 0, sizeof(*o));
	o->epoch = epoch;
	switch (r->kind) {
	case WIRE_SILENCE:
	case WIRE_ANNOUNCE:
		break;
	case WIRE_REFUSED:
		o->result = r->result;
		break;
	case WIRE_ADDRESS:
		if (!gate_address(g, client, &o->external_addr))
			o->result = PCP_NETWORK_FAILURE;
		break;
	case WIRE_MAP:
		if (r->lifetime)
			serve_lease(g, limits, client, r, o);
		else
			serve_delete(g, client, r, o);
		break;
	case WIRE_PEER:
		serve_lease(g, limits, client, r, o);
		break;
	}
}
