// SPDX-License-Identifier: GPL-2.0
/* The daemon's parser of datagrams, and the answer to whatever it made of them. */
#include <stdlib.h>
#include <string.h>

#include "pcpd/wire.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

/* The first byte says whose datagram it is, and what the kernel says to it. */
int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct addr source = { .len = 4, .b = { 192, 168, 0, 10 } };
	struct wire_outcome o = { .lifetime = 120, .epoch = 7, .external = 80 };
	struct wire_request r;
	__u8 out[WIRE_MAX], *exact;
	size_t len;
	bool silent;

	if (!size)
		return 0;
	if (data[0] & 1)
		source = (struct addr){ .len = 16, .b = { 0xfd, [15] = 10 } };
	o.external_addr = source;
	/* A buffer of its own, so that a byte too far is seen. */
	exact = malloc(size - 1);
	memcpy(exact, data + 1, size - 1);
	wire_read(&r, exact, size - 1, &source);
	o.result = r.kind == WIRE_REFUSED ? r.result : (data[0] >> 1) % 14;
	len = wire_write(&r, &o, out);
	silent = r.kind == WIRE_SILENCE;
	if (len > sizeof(out) || silent != !len)
		abort();
	/* Two servers must not talk to each other: no answer is answered. */
	wire_read(&r, out, len, &source);
	if (r.kind != WIRE_SILENCE)
		abort();
	free(exact);
	return 0;
}
