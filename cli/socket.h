/* SPDX-License-Identifier: GPL-2.0 */
/* What socket, who and monitor share about a socket's record. */
#ifndef PORTICO_SOCKET_H
#define PORTICO_SOCKET_H

#include <stddef.h>

#include "model.h"

/* "curl[1234]", "-" when unknown; escaped. */
void socket_process(char *out, size_t size, const struct socket_record *s);
const char *socket_state(const struct socket_record *s);

/* What the kernel does not choose by, and in what order: as the words said. */
struct socket_choice {
	const char *state;	/* NULL: any */
	const char *comm;	/* of the owner, or who made it; NULL: any */
	const char *sort;	/* NULL: by bytes, if there is an order */
	size_t top;		/* 0: all */
};

/* Is this one of them? */
bool socket_chosen(const struct socket_choice *c, const struct socket_record *s);

#endif
