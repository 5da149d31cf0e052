/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCP (RFC 6887) and NAT-PMP (RFC 6886) as bytes. Nothing here asks the kernel
 * or keeps anything: one datagram becomes one request, and a request with its
 * outcome one datagram. No length is trusted, nothing is read past @len.
 */
#ifndef PORTICO_PCPD_WIRE_H
#define PORTICO_PCPD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "../parse.h"

#define WIRE_PORT	5351		/* servers */
#define WIRE_CLIENTS	5350		/* clients, for announcements */
#define WIRE_MAX	1100		/* RFC 6887 section 7 */
#define WIRE_NONCE	12

/* RFC 6887 section 7.4 */
enum pcp_result {
	PCP_SUCCESS, PCP_UNSUPP_VERSION, PCP_NOT_AUTHORIZED,
	PCP_MALFORMED_REQUEST, PCP_UNSUPP_OPCODE, PCP_UNSUPP_OPTION,
	PCP_MALFORMED_OPTION, PCP_NETWORK_FAILURE, PCP_NO_RESOURCES,
	PCP_UNSUPP_PROTOCOL, PCP_USER_EX_QUOTA, PCP_CANNOT_PROVIDE_EXTERNAL,
	PCP_ADDRESS_MISMATCH, PCP_EXCESSIVE_REMOTE_PEERS,
};

enum wire_kind {
	WIRE_SILENCE,			/* not to be answered */
	WIRE_REFUSED,			/* @result says why */
	WIRE_ANNOUNCE,
	WIRE_ADDRESS,			/* NAT-PMP: the external address? */
	WIRE_MAP,
	WIRE_PEER,
};

struct wire_request {
	enum wire_kind kind;
	bool natpmp;
	__u8 version, opcode;
	enum pcp_result result;
	const __u8 *raw;		/* the caller's buffer */
	size_t raw_len;

	__u32 lifetime;
	__u8 nonce[WIRE_NONCE];		/* NAT-PMP: zeroes */
	__u8 proto;			/* 0: all */
	__u16 internal, external;	/* ports; 0: all, none suggested */
	struct addr external_addr;	/* len 0: none suggested */
	bool external_alien;		/* one of another family was suggested */
	bool exact;			/* the suggestion, or failure */
	bool prefer_failure;		/* because of the option */
	struct addr remote;
	__u16 remote_port;
};

/* What became of it. */
struct wire_outcome {
	enum pcp_result result;
	__u32 lifetime;			/* given */
	__u32 epoch;
	__u16 external;
	struct addr external_addr;
};

/* @source: where the datagram is from. */
void wire_read(struct wire_request *r, const __u8 *data, size_t len,
	       const struct addr *source);

/* The answer into @out[WIRE_MAX]; its length, 0: none. */
size_t wire_write(const struct wire_request *r, const struct wire_outcome *o,
		  __u8 *out);

/* Said to all clients: the epoch began anew. */
size_t wire_announce(__u32 epoch, __u8 *out);
size_t wire_announce_address(__u32 epoch, const struct addr *external,
			     __u8 *out);

#endif
