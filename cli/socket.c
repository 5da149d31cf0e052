// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "socket.h"

void socket_process(char *out, size_t size, const struct socket_record *s)
{
	char comm[PORTICO_COMM_LEN * 4 + 4];

	escape(comm, sizeof(comm), s->comm);
	if (!*comm && !s->pid)
		snprintf(out, size, "-");
	else if (!s->pid)
		snprintf(out, size, "%s", comm);
	else
		snprintf(out, size, "%s[%u]", *comm ? comm : "?", s->pid);
}

const char *socket_state(const struct socket_record *s)
{
	if (has(s, PORTICO_A_SOCKET_CLOSED))
		return "closed";
	if (has(s, PORTICO_A_SOCKET_RAW))
		return "raw";
	return socket_state_name(s->proto, s->state);
}

bool socket_chosen(const struct socket_choice *c, const struct socket_record *s)
{
	if (c->state && strcmp(c->state, socket_state(s)))
		return false;
	return !c->comm || !strcmp(c->comm, *s->comm ? s->comm : s->create_comm);
}
