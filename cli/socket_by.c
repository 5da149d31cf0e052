// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "kernel.h"
#include "print.h"
#include "resolve.h"
#include "rows.h"
#include "socket.h"
#include "socket_by.h"

const char *const socket_by_names[] = {
	"process", "user", "cgroup", "port", NULL,
};

/* The sum of the sockets with one key. */
struct sum {
	enum socket_by by;
	__u64 key;		/* pid, uid, cgroup id, or protocol and port */
	char comm[PORTICO_COMM_LEN];
	bool known;
	__u64 sockets, backlog, drops, retrans;
	struct counters counters;
};

enum {
	C_NAME, C_KEY, C_PROTO, C_SOCKETS, C_COUNTERS,
	C_BACKLOG = C_COUNTERS + 4, C_DROPS, C_RETRANS, C_MAX,
};

static const struct column process_cols[C_MAX] = {
	[C_NAME] = { "PROCESS", "comm", COL_BRIEF },
	[C_KEY] = { "PID", "pid", COL_RIGHT | COL_BRIEF },
	[C_PROTO] = { "", "", COL_JSON | COL_TEXT },	/* neither */
	[C_SOCKETS] = { "SOCKETS", "sockets", COL_RIGHT },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_BACKLOG] = { "BACKLOG", "backlog", COL_RIGHT | COL_STATS },
	[C_DROPS] = { "DROPS", "drops", COL_RIGHT | COL_STATS },
	[C_RETRANS] = { "RETRANS", "retrans", COL_RIGHT | COL_STATS },
};

/* The same columns under the names of what is added up. */
static void choose_columns(struct column *cols, enum socket_by by)
{
	memcpy(cols, process_cols, sizeof(process_cols));
	if (by == BY_USER) {
		cols[C_NAME] = (struct column){ "USER", "user", COL_BRIEF };
		cols[C_KEY] = (struct column){ "UID", "uid", COL_RIGHT };
	} else if (by == BY_CGROUP) {
		cols[C_NAME] = (struct column){ "CGROUP", "cgroup", COL_BRIEF };
		cols[C_KEY] = (struct column){ "ID", "cgroup_id", COL_RIGHT };
	} else if (by == BY_PORT) {
		cols[C_NAME] = (struct column){ "PROTO", "", COL_TEXT | COL_BRIEF };
		cols[C_PROTO] = (struct column){ "", "proto", COL_JSON };
		cols[C_KEY] = (struct column){ "PORT", "port",
					       COL_RIGHT | COL_BRIEF };
	}
}

static int compare_key(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return memcmp(x->comm, y->comm, sizeof(x->comm));
}

#define ORDER(name, value)	ROWS_ORDER(name, struct sum, compare_key, value)

ORDER(bytes, r->counters.out_bytes + r->counters.in_bytes)
ORDER(packets, r->counters.out_packets + r->counters.in_packets)
ORDER(sockets, r->sockets)
ORDER(drops, r->drops)
ORDER(retrans, r->retrans)

static const struct rows_order orders[] = {
	{ "bytes", by_bytes }, { "packets", by_packets }, { "sockets", by_sockets },
	{ "drops", by_drops }, { "retrans", by_retrans }, { NULL, NULL },
};

static void merge(void *into, const void *from)
{
	const struct sum *y = from;
	struct sum *x = into;

	x->sockets += y->sockets;
	x->backlog += y->backlog;
	x->drops += y->drops;
	x->retrans += y->retrans;
	counters_add(&x->counters, &y->counters);
}

struct show {
	struct table table;
	struct rows rows;
	const struct socket_choice *choice;
	enum socket_by by;
};

static int add_row(void *obj, void *arg)
{
	const struct socket_record *s = obj;
	struct show *show = arg;
	struct sum sum = {
		.by = show->by, .sockets = 1, .backlog = s->backlog,
		.drops = s->drops, .retrans = s->retrans, .counters = s->counters,
	};

	if (!socket_chosen(show->choice, s))
		return 0;
	switch (show->by) {
	case BY_PROCESS:
		sum.key = s->pid;
		sum.known = s->pid;
		memcpy(sum.comm, s->comm, sizeof(sum.comm));
		break;
	case BY_USER:
		sum.key = s->uid;
		sum.known = has(s, PORTICO_A_SOCKET_UID);
		break;
	case BY_CGROUP:
		sum.key = s->cgroup;
		sum.known = s->cgroup;
		break;
	case BY_PORT:
		sum.key = (__u64)s->proto << 16 | s->local.port;
		sum.known = true;
		break;
	}
	rows_add(&show->rows, &sum);
	return 0;
}

static void cell_key(struct table *t, const struct sum *s)
{
	char text[256];

	if (s->by == BY_PORT) {
		format_proto(text, sizeof(text), s->key >> 16);
		if (opt.json)
			cell_text(t, C_PROTO, text);
		else
			cell_text(t, C_NAME, text);
		cell_number(t, C_KEY, s->key & 0xffff);
		return;
	}
	if (s->by == BY_PROCESS && *s->comm)
		cell_name(t, C_NAME, s->comm);
	if (!s->known)
		return;
	cell_number(t, C_KEY, s->key);
	if (s->by == BY_USER)
		resolve_user(text, sizeof(text), s->key);
	else if (s->by == BY_CGROUP)
		resolve_cgroup(text, sizeof(text), s->key);
	else
		return;
	cell_text(t, C_NAME, text);
}

static int print_sum(struct table *t, const struct sum *s)
{
	row_begin(t);
	cell_key(t, s);
	cell_count(t, C_SOCKETS, s->sockets);
	cell_counters(t, C_COUNTERS, &s->counters);
	cell_count(t, C_BACKLOG, s->backlog);
	cell_count(t, C_DROPS, s->drops);
	cell_count(t, C_RETRANS, s->retrans);
	return row_end(t);
}

int socket_show_by(const struct socket_record *filter,
		   const struct socket_choice *choice, enum socket_by by)
{
	struct show s = {
		.by = by,
		.choice = choice,
		.rows = {
			.size = sizeof(struct sum), .key = compare_key,
			.merge = merge, .order = by_bytes, .top = choice->top,
		},
	};
	struct column cols[C_MAX];
	size_t i;
	int ret;

	if (choice->sort && rows_sort(&s.rows, choice->sort, orders))
		return EXIT_USAGE;
	choose_columns(cols, by);
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_SOCKET_GET, &set_socket, filter,
			  &set_socket, add_row, &s);
	rows_finish(&s.rows);
	for (i = 0; i < s.rows.n && !ret; i++)
		ret = print_sum(&s.table, rows_at(&s.rows, i));
	rows_free(&s.rows);
	return table_end(&s.table, ret);
}
