/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets added up by what they have in common. */
#ifndef PORTICO_SOCKET_BY_H
#define PORTICO_SOCKET_BY_H

#include "model.h"
#include "socket.h"

enum socket_by { BY_PROCESS, BY_USER, BY_CGROUP, BY_PORT };

extern const char *const socket_by_names[];

/* Largest first, by what names it, or -1 with the error said. */
int socket_show_by(const struct socket_record *filter,
		   const struct socket_choice *choice, enum socket_by by);

#endif
