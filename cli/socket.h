/* SPDX-License-Identifier: GPL-2.0 */
/* What socket, who and monitor share about a socket's record. */
#ifndef PORTICO_SOCKET_H
#define PORTICO_SOCKET_H

#include <stddef.h>

#include "model.h"

/* "curl[1234]", "-" when unknown; escaped. */
void socket_process(char *out, size_t size, const struct socket_record *s);
const char *socket_state(const struct socket_record *s);

#endif
