/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets added up by what they have in common. */
#ifndef PORTICO_SOCKET_BY_H
#define PORTICO_SOCKET_BY_H

#include "model.h"

enum socket_by { BY_PROCESS, BY_USER, BY_CGROUP, BY_PORT };

extern const char *const socket_by_names[];

int socket_show_by(const struct socket_record *filter, enum socket_by by);

#endif
