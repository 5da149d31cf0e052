// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <string.h>

#include "wire.h"

#define PCP_VERSION	2
#define PCP_HEADER	24
#define PCP_MAP_SIZE	36		/* MAP's part after the header */
#define PCP_PEER_SIZE	56
#define PCP_RESPONSE	0x80

enum { OP_ANNOUNCE, OP_MAP, OP_PEER };
enum { OPTION_THIRD_PARTY = 1, OPTION_PREFER_FAILURE, OPTION_FILTER };
#define OPTION_OPTIONAL	128		/* from here on it may be passed over */

/* Errors hold for this long, RFC 6887 section 7.4. */
#define ERROR_SHORT	30
#define ERROR_LONG	1800

#define NATPMP_RESPONSE	128
enum { NATPMP_ADDRESS, NATPMP_UDP, NATPMP_TCP };

/* RFC 6886 section 3.5 */
enum {
	NATPMP_SUCCESS, NATPMP_UNSUPP_VERSION, NATPMP_REFUSED,
	NATPMP_NETWORK_FAILURE, NATPMP_NO_RESOURCES, NATPMP_UNSUPP_OPCODE,
};

static __u16 get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static __u32 get32(const __u8 *p)
{
	return (__u32)get16(p) << 16 | get16(p + 2);
}

static void put16(__u8 *p, __u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(__u8 *p, __u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static const __u8 mapped4[12] = { [10] = 0xff, [11] = 0xff };

/* Sixteen bytes, IPv4 as ::ffff:a.b.c.d (RFC 6887 section 5). */
static void get_addr(struct addr *a, const __u8 *p)
{
	memset(a, 0, sizeof(*a));
	a->len = memcmp(p, mapped4, sizeof(mapped4)) ? 16 : 4;
	memcpy(a->b, a->len == 4 ? p + 12 : p, a->len);
}

static void put_addr(__u8 *p, const struct addr *a)
{
	memset(p, 0, 16);
	if (a->len == 4) {
		memcpy(p, mapped4, sizeof(mapped4));
		memcpy(p + 12, a->b, 4);
	} else if (a->len == 16) {
		memcpy(p, a->b, 16);
	}
}

static bool addr_is_zero(const struct addr *a)
{
	static const __u8 zero[16];

	return !memcmp(a->b, zero, a->len);
}

static void refuse(struct wire_request *r, enum pcp_result result)
{
	r->kind = WIRE_REFUSED;
	r->result = result;
}

static void read_natpmp(struct wire_request *r, const __u8 *data, size_t len,
			const struct addr *source)
{
	r->natpmp = true;
	/* It knows no IPv6, and a cut request nobody could answer rightly. */
	if (source->len != 4 || r->opcode & NATPMP_RESPONSE)
		return;
	switch (r->opcode) {
	case NATPMP_ADDRESS:
		if (len == 2)
			r->kind = WIRE_ADDRESS;
		return;
	case NATPMP_UDP:
	case NATPMP_TCP:
		if (len != 12)
			return;
		r->kind = WIRE_MAP;
		r->proto = r->opcode == NATPMP_UDP ? IPPROTO_UDP : IPPROTO_TCP;
		r->internal = get16(data + 4);
		r->external = get16(data + 6);
		r->lifetime = get32(data + 8);
		/* Only a deletion may mean all ports. */
		if (r->lifetime && !r->internal)
			refuse(r, PCP_NOT_AUTHORIZED);
		return;
	default:
		refuse(r, PCP_UNSUPP_OPCODE);
	}
}

/* What MAP and PEER begin with. */
static void read_map(struct wire_request *r, const __u8 *p,
		     const struct addr *source)
{
	memcpy(r->nonce, p, WIRE_NONCE);
	r->proto = p[12];
	r->internal = get16(p + 16);
	r->external = get16(p + 18);
	get_addr(&r->external_addr, p + 20);
	if (addr_is_zero(&r->external_addr)) {
		r->external_addr.len = 0;
	} else if (r->external_addr.len != source->len) {
		r->external_addr.len = 0;
		r->external_alien = true;
	}
	/* "All protocols" has no ports (RFC 6887 section 11.1). */
	if (!r->proto)
		r->internal = 0;
	/* Section 7.4: PEER and SCTP are never given another one. */
	r->exact = r->opcode == OP_PEER || r->proto == IPPROTO_SCTP;
}

static bool proto_known(__u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* Is there something that may not be asked for? */
static enum pcp_result check_map(const struct wire_request *r)
{
	bool all = !r->internal;

	if (!r->proto)
		return r->lifetime || r->opcode == OP_PEER ?
		       PCP_UNSUPP_PROTOCOL : PCP_SUCCESS;
	if (!proto_known(r->proto))
		return PCP_UNSUPP_PROTOCOL;
	if (r->opcode == OP_PEER)
		return all ? PCP_MALFORMED_REQUEST : PCP_SUCCESS;
	/* All ports of one protocol belong to nobody where many share them. */
	return all && r->lifetime ? PCP_UNSUPP_PROTOCOL : PCP_SUCCESS;
}

static enum pcp_result take_option(struct wire_request *r, __u8 code,
				   const __u8 *data, size_t len,
				   const struct addr *source)
{
	struct addr third;

	switch (code) {
	case OPTION_THIRD_PARTY:
		if (len != 16 || r->opcode == OP_ANNOUNCE)
			return PCP_MALFORMED_OPTION;
		get_addr(&third, data);
		/* To speak for oneself is no third party (section 13.1). */
		return addr_same(&third, source) ? PCP_MALFORMED_REQUEST :
						 PCP_NOT_AUTHORIZED;
	case OPTION_PREFER_FAILURE:
		if (len || r->opcode != OP_MAP || !r->lifetime)
			return PCP_MALFORMED_OPTION;
		r->exact = true;
		r->prefer_failure = true;
		return PCP_SUCCESS;
	case OPTION_FILTER:
		if (len != 20 || r->opcode != OP_MAP || data[1] > 128)
			return PCP_MALFORMED_OPTION;
		return PCP_UNSUPP_OPTION;
	default:
		return code < OPTION_OPTIONAL ? PCP_UNSUPP_OPTION : PCP_SUCCESS;
	}
}

/* All options up to the end; each of ours at most once. */
static enum pcp_result read_options(struct wire_request *r, const __u8 *p,
				    size_t len, const struct addr *source)
{
	enum pcp_result result;
	unsigned int seen = 0;
	size_t n;

	while (len) {
		if (len < 4)
			return PCP_MALFORMED_OPTION;
		n = get16(p + 2);
		if (n > len - 4)
			return PCP_MALFORMED_OPTION;
		if (p[0] <= OPTION_FILTER) {
			if (seen >> p[0] & 1)
				return PCP_MALFORMED_OPTION;
			seen |= 1U << p[0];
		}
		result = take_option(r, p[0], p + 4, n, source);
		if (result)
			return result;
		/* Padded to words; @len is whole words, so this stays within. */
		n = 4 + ((n + 3) & ~(size_t)3);
		p += n;
		len -= n;
	}
	return PCP_SUCCESS;
}

static enum pcp_result read_peer(struct wire_request *r, const __u8 *p,
				 const struct addr *source)
{
	r->remote_port = get16(p + PCP_MAP_SIZE);
	get_addr(&r->remote, p + PCP_MAP_SIZE + 4);
	return !r->remote_port || r->remote.len != source->len ||
	       addr_is_zero(&r->remote) ? PCP_MALFORMED_REQUEST : PCP_SUCCESS;
}

static enum pcp_result read_pcp(struct wire_request *r, const __u8 *data,
				size_t len, const struct addr *source)
{
	static const size_t sizes[] = { 0, PCP_MAP_SIZE, PCP_PEER_SIZE };
	const __u8 *p = data + PCP_HEADER;
	enum pcp_result result;
	struct addr client;

	if (len < PCP_HEADER || len > WIRE_MAX || len % 4)
		return PCP_MALFORMED_REQUEST;
	if (r->opcode > OP_PEER)
		return PCP_UNSUPP_OPCODE;
	r->lifetime = get32(data + 4);
	get_addr(&client, data + 8);
	if (!addr_same(&client, source))
		return PCP_ADDRESS_MISMATCH;
	if (len - PCP_HEADER < sizes[r->opcode])
		return PCP_MALFORMED_REQUEST;
	result = PCP_SUCCESS;
	if (r->opcode != OP_ANNOUNCE) {
		read_map(r, p, source);
		result = check_map(r);
	}
	if (!result && r->opcode == OP_PEER)
		result = read_peer(r, p, source);
	return result ? result :
	       read_options(r, p + sizes[r->opcode],
			    len - PCP_HEADER - sizes[r->opcode], source);
}

void wire_read(struct wire_request *r, const __u8 *data, size_t len,
	       const struct addr *source)
{
	static const enum wire_kind kinds[] = {
		[OP_ANNOUNCE] = WIRE_ANNOUNCE, [OP_MAP] = WIRE_MAP,
		[OP_PEER] = WIRE_PEER,
	};
	enum pcp_result result;

	memset(r, 0, sizeof(*r));
	if (len < 2)
		return;
	r->raw = data;
	r->raw_len = len;
	r->version = data[0];
	r->opcode = data[1];
	if (!r->version) {
		read_natpmp(r, data, len, source);
		return;
	}
	/* A response is never answered: two servers would talk for ever. */
	if (r->opcode & PCP_RESPONSE)
		return;
	if (r->version != PCP_VERSION) {
		refuse(r, PCP_UNSUPP_VERSION);
		return;
	}
	result = read_pcp(r, data, len, source);
	if (result)
		refuse(r, result);
	else
		r->kind = kinds[r->opcode];
}

static __u16 natpmp_result(enum pcp_result result)
{
	switch (result) {
	case PCP_SUCCESS:
		return NATPMP_SUCCESS;
	case PCP_UNSUPP_VERSION:
		return NATPMP_UNSUPP_VERSION;
	case PCP_UNSUPP_OPCODE:
		return NATPMP_UNSUPP_OPCODE;
	case PCP_NETWORK_FAILURE:
		return NATPMP_NETWORK_FAILURE;
	case PCP_NO_RESOURCES:
	case PCP_USER_EX_QUOTA:
	case PCP_CANNOT_PROVIDE_EXTERNAL:
		return NATPMP_NO_RESOURCES;
	default:
		return NATPMP_REFUSED;
	}
}

static size_t write_natpmp(const struct wire_request *r,
			   const struct wire_outcome *o, __u8 *out)
{
	bool map = r->opcode == NATPMP_UDP || r->opcode == NATPMP_TCP;
	size_t len = map ? 16 : r->opcode == NATPMP_ADDRESS ? 12 : 8;

	memset(out, 0, len);
	out[1] = r->opcode | NATPMP_RESPONSE;
	put16(out + 2, natpmp_result(o->result));
	put32(out + 4, o->epoch);
	if (map)
		put16(out + 8, r->internal);
	if (o->result)
		return len;
	if (map) {
		put16(out + 10, o->external);
		put32(out + 12, o->lifetime);
	} else if (o->external_addr.len == 4) {
		memcpy(out + 8, o->external_addr.b, 4);
	}
	return len;
}

static __u32 error_lifetime(enum pcp_result result)
{
	switch (result) {
	case PCP_NETWORK_FAILURE:
	case PCP_NO_RESOURCES:
	case PCP_USER_EX_QUOTA:
	case PCP_CANNOT_PROVIDE_EXTERNAL:
	case PCP_EXCESSIVE_REMOTE_PEERS:
		return ERROR_SHORT;
	default:
		return ERROR_LONG;
	}
}

static void write_header(__u8 *out, __u8 opcode, enum pcp_result result,
			 __u32 lifetime, __u32 epoch)
{
	memset(out, 0, PCP_HEADER);
	out[0] = PCP_VERSION;
	out[1] = opcode | PCP_RESPONSE;
	out[3] = result;
	put32(out + 4, lifetime);
	put32(out + 8, epoch);
}

/* An error repeats what was asked, filled up to whole words (section 8.2). */
static size_t write_error(const struct wire_request *r,
			  const struct wire_outcome *o, __u8 *out)
{
	size_t len = r->raw_len < WIRE_MAX ? r->raw_len : WIRE_MAX;

	memset(out, 0, WIRE_MAX);
	memcpy(out, r->raw, len);
	write_header(out, r->opcode, o->result, error_lifetime(o->result),
		     o->epoch);
	len = (len + 3) & ~(size_t)3;
	return len < PCP_HEADER ? PCP_HEADER : len;
}

size_t wire_write(const struct wire_request *r, const struct wire_outcome *o,
		  __u8 *out)
{
	__u8 *p = out + PCP_HEADER;
	size_t len;

	if (r->kind == WIRE_SILENCE)
		return 0;
	if (r->natpmp)
		return write_natpmp(r, o, out);
	if (o->result)
		return write_error(r, o, out);
	write_header(out, r->opcode, PCP_SUCCESS, o->lifetime, o->epoch);
	if (r->kind == WIRE_ANNOUNCE)
		return PCP_HEADER;
	len = r->kind == WIRE_PEER ? PCP_PEER_SIZE : PCP_MAP_SIZE;
	/* read_pcp() has seen that all of it is there. */
	memcpy(p, r->raw + PCP_HEADER, len);
	memset(p + 13, 0, 3);
	put16(p + 18, o->external);
	put_addr(p + 20, &o->external_addr);
	if (r->kind == WIRE_PEER)
		memset(p + PCP_MAP_SIZE + 2, 0, 2);
	if (r->prefer_failure) {
		put32(p + len, (__u32)OPTION_PREFER_FAILURE << 24);
		len += 4;
	}
	return PCP_HEADER + len;
}

size_t wire_announce(__u32 epoch, __u8 *out)
{
	write_header(out, OP_ANNOUNCE, PCP_SUCCESS, 0, epoch);
	return PCP_HEADER;
}

size_t wire_announce_address(__u32 epoch, const struct addr *external,
			     __u8 *out)
{
	const struct wire_request r = {
		.natpmp = true, .opcode = NATPMP_ADDRESS, .kind = WIRE_ADDRESS,
	};
	const struct wire_outcome o = {
		.epoch = epoch, .external_addr = *external,
	};

	return wire_write(&r, &o, out);
}
