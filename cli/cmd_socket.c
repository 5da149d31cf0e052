// SPDX-License-Identifier: GPL-2.0
/* Rows as they are; adding them up is in socket_by.c. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "filter.h"
#include "format.h"
#include "kernel.h"
#include "print.h"
#include "resolve.h"
#include "rows.h"
#include "socket.h"
#include "socket_by.h"

enum {
	C_PROTO, C_FAMILY, C_STATE, C_LOCAL, C_REMOTE, C_COUNTERS,
	C_PROCESS = C_COUNTERS + 4, C_PID, C_COMM, C_CREATE_PID, C_CREATE_COMM,
	C_USER, C_UID, C_CGROUP, C_CGROUP_ID, C_DEV, C_INODE, C_COOKIE,
	C_REMOTES, C_BACKLOG, C_DROPS, C_RETRANS, C_FIRST, C_LAST, C_CLOSED, C_IS_CLOSED,
	C_RAW,
	C_MAX,
};

static const struct column cols[C_MAX] = {
	[C_PROTO] = { "PROTO", "proto", COL_BRIEF },
	[C_FAMILY] = { "", "family", COL_JSON },
	[C_STATE] = { "STATE", "state", COL_BRIEF },
	[C_LOCAL] = { "LOCAL", "local", COL_BRIEF },
	[C_REMOTE] = { "REMOTE", "remote", COL_BRIEF },
	[C_COUNTERS] = COUNTER_COLUMNS(COL_STATS),
	[C_PROCESS] = { "PROCESS", "", COL_TEXT | COL_BRIEF },
	[C_PID] = { "", "pid", COL_JSON },
	[C_COMM] = { "", "comm", COL_JSON },
	[C_CREATE_PID] = { "", "create_pid", COL_JSON },
	[C_CREATE_COMM] = { "", "create_comm", COL_JSON },
	[C_USER] = { "USER", "user", 0 },
	[C_UID] = { "", "uid", COL_JSON },
	[C_CGROUP] = { "CGROUP", "cgroup", COL_DETAILS },
	[C_CGROUP_ID] = { "", "cgroup_id", COL_JSON },
	[C_DEV] = { "DEV", "dev", COL_DETAILS },
	[C_INODE] = { "INODE", "inode", COL_RIGHT | COL_DETAILS },
	[C_COOKIE] = { "COOKIE", "cookie", COL_RIGHT | COL_DETAILS },
	[C_REMOTES] = { "REMOTES", "remotes", COL_RIGHT | COL_STATS },
	[C_BACKLOG] = { "BACKLOG", "backlog", COL_RIGHT | COL_STATS },
	[C_DROPS] = { "DROPS", "drops", COL_RIGHT | COL_STATS },
	[C_RETRANS] = { "RETRANS", "retrans", COL_RIGHT | COL_STATS },
	[C_FIRST] = { "FIRST", "first_at_ms", COL_RIGHT | COL_DETAILS },
	[C_LAST] = { "LAST", "last_at_ms", COL_RIGHT | COL_DETAILS },
	[C_CLOSED] = { "CLOSED", "closed_at_ms", COL_RIGHT | COL_DETAILS },
	[C_IS_CLOSED] = { "", "closed", COL_JSON },
	[C_RAW] = { "", "raw", COL_JSON },
};

static void cell_owner(struct table *t, const struct socket_record *s)
{
	char text[256];

	socket_process(text, sizeof(text), s);
	cell_text(t, C_PROCESS, text);
	if (s->pid)
		cell_number(t, C_PID, s->pid);
	if (*s->comm)
		cell_name(t, C_COMM, s->comm);
	if (s->create_pid)
		cell_number(t, C_CREATE_PID, s->create_pid);
	if (*s->create_comm)
		cell_name(t, C_CREATE_COMM, s->create_comm);
	if (has(s, PORTICO_A_SOCKET_UID)) {
		resolve_user(text, sizeof(text), s->uid);
		cell_text(t, C_USER, text);
		cell_number(t, C_UID, s->uid);
	}
	if (s->cgroup) {
		resolve_cgroup(text, sizeof(text), s->cgroup);
		cell_text(t, C_CGROUP, text);
		cell_number(t, C_CGROUP_ID, s->cgroup);
	}
}

static int print_socket(struct table *t, const struct socket_record *s)
{
	char name[IF_NAMESIZE];

	row_begin(t);
	cell_proto(t, C_PROTO, s->proto);
	cell_text(t, C_FAMILY, s->family == 10 ? "inet6" : "inet");
	cell_text(t, C_STATE, socket_state(s));
	if (has(s, PORTICO_A_SOCKET_CLOSED))
		cell_tone(t, C_STATE, TONE_DIM);
	cell_endpoint(t, C_LOCAL, &s->local);
	if (has(s, PORTICO_A_SOCKET_REMOTE))
		cell_endpoint(t, C_REMOTE, &s->remote);
	cell_counters(t, C_COUNTERS, &s->counters);
	cell_owner(t, s);
	if (s->ifindex)
		cell_name(t, C_DEV, if_indextoname(s->ifindex, name) ? name : "?");
	if (s->inode)
		cell_number(t, C_INODE, s->inode);
	cell_number(t, C_COOKIE, s->cookie);
	if (has(s, PORTICO_A_SOCKET_REMOTES))
		cell_number(t, C_REMOTES, s->remotes);
	if (has(s, PORTICO_A_SOCKET_BACKLOG))
		cell_number(t, C_BACKLOG, s->backlog);
	cell_count(t, C_DROPS, s->drops);
	cell_count(t, C_RETRANS, s->retrans);
	cell_time(t, C_FIRST, s->first_at);
	cell_time(t, C_LAST, s->last_at);
	cell_time(t, C_CLOSED, s->closed_at);
	cell_bool(t, C_IS_CLOSED, has(s, PORTICO_A_SOCKET_CLOSED));
	cell_bool(t, C_RAW, has(s, PORTICO_A_SOCKET_RAW));
	return row_end(t);
}

struct show {
	struct socket_record filter;
	struct socket_choice choice;
	struct table table;
	struct rows rows;
	int by;			/* enum socket_by, -1: each socket */
};

static int compare_cookie(const void *a, const void *b)
{
	const struct socket_record *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

#define ORDER(name, value)						\
	ROWS_ORDER(name, struct socket_record, compare_cookie, value)

ORDER(bytes, r->counters.out_bytes + r->counters.in_bytes)
ORDER(packets, r->counters.out_packets + r->counters.in_packets)
ORDER(drops, r->drops)
ORDER(retrans, r->retrans)
ORDER(backlog, r->backlog)
ORDER(first, r->first_at)
ORDER(last, r->last_at)

static const struct rows_order orders[] = {
	{ "bytes", by_bytes }, { "packets", by_packets }, { "drops", by_drops },
	{ "retrans", by_retrans }, { "backlog", by_backlog }, { "first", by_first },
	{ "last", by_last }, { NULL, NULL },
};

static int socket_row(void *obj, void *arg)
{
	const struct socket_record *s = obj;
	struct show *show = arg;

	if (!socket_chosen(&show->choice, s))
		return 0;
	if (!show->rows.order)
		return print_socket(&show->table, s);
	rows_add(&show->rows, s);
	return 0;
}

static int take_endpoint(struct args *a, const char *key, struct show *s,
			 struct endpoint *e, unsigned int attr)
{
	bool has_proto = has(&s->filter, PORTICO_A_SOCKET_PROTO);

	if (filter_endpoint(a, key, e, &s->filter.proto, &has_proto))
		return -1;
	give(&s->filter, attr);
	if (has_proto)
		give(&s->filter, PORTICO_A_SOCKET_PROTO);
	return 0;
}

static int take_local(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	return take_endpoint(a, key, s, &s->filter.local,
			     PORTICO_A_SOCKET_LOCAL);
}

static int take_remote(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	return take_endpoint(a, key, s, &s->filter.remote,
			     PORTICO_A_SOCKET_REMOTE);
}

static int take_proto(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;

	if (!word || parse_proto(word, &s->filter.proto))
		return -1;
	give(&s->filter, PORTICO_A_SOCKET_PROTO);
	return 0;
}

static int take_pid(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u64 v;

	if (!word || parse_number(word, key, 1, INT32_MAX, &v))
		return -1;
	s->filter.pid = v;
	give(&s->filter, PORTICO_A_SOCKET_PID);
	return 0;
}

static int take_uid(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u64 v;

	if (!word || parse_number(word, key, 0, UINT32_MAX - 1, &v))
		return -1;
	s->filter.uid = v;
	give(&s->filter, PORTICO_A_SOCKET_UID);
	return 0;
}

static int take_closed(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	(void)a;
	(void)key;
	give(&s->filter, PORTICO_A_SOCKET_CLOSED);
	return 0;
}

static int take_by(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u8 i;

	if (!word || parse_choice(word, key, socket_by_names, &i))
		return -1;
	s->by = i;
	return 0;
}

static int take_state(struct args *a, const char *key, void *obj)
{
	const char *word = args_value(a, key);
	struct show *s = obj;
	__u8 i;

	if (!word || parse_choice(word, key, socket_state_names, &i))
		return -1;
	s->choice.state = word;
	return 0;
}

static int take_comm(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	s->choice.comm = args_value(a, key);
	return s->choice.comm ? 0 : -1;
}

/* Which orders there are is known when all words are read. */
static int take_sort(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	s->choice.sort = args_value(a, key);
	return s->choice.sort ? 0 : -1;
}

static int take_top(struct args *a, const char *key, void *obj)
{
	struct show *s = obj;

	return rows_top(&s->rows, args_value(a, key));
}

static const struct key keys[] = {
	{ "proto", take_proto, false },
	{ "local", take_local, false },
	{ "remote", take_remote, false },
	{ "pid", take_pid, false },
	{ "uid", take_uid, false },
	{ "--closed", take_closed, false },
	{ "--by", take_by, false },
	{ "state", take_state, false },
	{ "comm", take_comm, false },
	{ "sort", take_sort, false },
	{ "top", take_top, false },
	{ NULL, NULL, false },
};

static int socket_show(struct args *a)
{
	struct show s = {
		.by = -1, .rows = { .size = sizeof(struct socket_record) },
	};
	size_t i;
	int ret;

	if (args_keys(a, keys, &s))
		return EXIT_USAGE;
	s.choice.top = s.rows.top;
	if (s.by >= 0)
		return socket_show_by(&s.filter, &s.choice, s.by);
	if (s.choice.sort && rows_sort(&s.rows, s.choice.sort, orders))
		return EXIT_USAGE;
	if (s.rows.top && !s.rows.order)
		s.rows.order = by_bytes;
	table_begin(&s.table, cols, C_MAX);
	ret = kernel_dump(PORTICO_CMD_SOCKET_GET, &set_socket, &s.filter,
			  &set_socket, socket_row, &s);
	rows_finish(&s.rows);
	for (i = 0; i < s.rows.n && !ret; i++)
		ret = print_socket(&s.table, rows_at(&s.rows, i));
	rows_free(&s.rows);
	return table_end(&s.table, ret);
}

static const struct command commands[] = {
	{ "show", socket_show,
	  "[proto PROTO] [local ENDPOINT] [remote ENDPOINT] [state STATE] [pid N] [uid N] [comm COMMAND] [--closed] [--by process|user|cgroup|port] [sort bytes|packets|sockets|drops|retrans|backlog|first|last] [top N]",
	  "The gateway's own sockets, their owners and traffic",
	  "  proto PROTO       tcp, udp or a number\n"
	  "  local ENDPOINT    203.0.113.8, 203.0.113.8:22, :22, [2001:db8::1]:22\n"
	  "  remote ENDPOINT   the peer\n"
	  "  state STATE       listen, established, ... as shown\n"
	  "  pid N, uid N      of the owner\n"
	  "  comm COMMAND      the owner's command\n"
	  "  --closed          the history instead of the living\n"
	  "  --by WHAT         add up what has it in common\n"
	  "  sort WHAT         largest or latest first; with --by only the first five\n"
	  "  top N             only the first N (by bytes unless sorted otherwise)",
	  "  portico socket show proto tcp local :22\n"
	  "  portico -s socket show --by process\n"
	  "  portico -s socket show state established sort retrans top 10" },
};

const struct object object_socket = {
	"socket", "the gateway's own sockets, with owner and history",
	commands, ARRAY_SIZE(commands),
};
