// SPDX-License-Identifier: GPL-2.0
/*
 * Prometheus text. No label grows with the number of hosts, mappings or
 * sockets: those are added up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "format.h"
#include "kernel.h"
#include "metrics.h"
#include "print.h"
#include "progress.h"

struct sums {
	struct uplink *uplinks;
	size_t n_uplinks;
	struct counters side[__PORTICO_SIDE_MAX];
	__u64 hosts[__PORTICO_SIDE_MAX];
	struct port port[256];		/* by protocol */
	struct reason *reasons;
	size_t n_reasons;
	struct account *accounts;
	size_t n_accounts;
	__u64 rows;
};

static int take_uplink(void *obj, void *arg)
{
	struct sums *s = arg;

	s->uplinks = xappend(s->uplinks, &s->n_uplinks, obj,
			     sizeof(*s->uplinks));
	return 0;
}

static int take_reason(void *obj, void *arg)
{
	struct sums *s = arg;

	s->reasons = xappend(s->reasons, &s->n_reasons, obj,
			     sizeof(*s->reasons));
	return 0;
}

static int take_account(void *obj, void *arg)
{
	struct sums *s = arg;

	s->accounts = xappend(s->accounts, &s->n_accounts, obj,
			      sizeof(*s->accounts));
	return 0;
}

static int take_host(void *obj, void *arg)
{
	const struct host *h = obj;
	struct sums *s = arg;

	progress("rows read:", s->rows++);
	if (h->side < __PORTICO_SIDE_MAX) {
		counters_add(&s->side[h->side], &h->counters);
		s->hosts[h->side] += has(h, PORTICO_A_HOST_ADDR);
	}
	return 0;
}

static int take_port(void *obj, void *arg)
{
	const struct port *p = obj;
	struct sums *s = arg;
	struct port *to = &s->port[p->proto];

	progress("rows read:", s->rows++);
	to->sockets++;
	to->established += p->established;
	to->listener += p->listener;
	to->wildcard += p->wildcard;
	to->reuseport += p->reuseport;
	to->none += p->none;
	return 0;
}

static void put_status(FILE *f, const struct status *st)
{
	const struct {
		const char *table;
		__u64 used, max;
	} tables[] = {
		{ "mappings", st->mappings, st->mappings_max },
		{ "sessions", st->sessions, st->sessions_max },
		{ "hosts", st->hosts, st->hosts_max },
		{ "remotes", st->remotes, st->remotes_max },
		{ "sockets", st->sockets, st->sockets_max },
		{ "sockets_closed", st->sockets_closed, st->history_max },
		{ "mappings_ended", st->ended, st->ended_max },
	};
	size_t i;

	metric_head(f, "info", "gauge", "Version of the module.");
	metric(f, "info", 1, "version", st->version, NULL);
	metric_head(f, "table_rows", "gauge", "Rows of a table in use.");
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		metric(f, "table_rows", tables[i].used, "table",
		       tables[i].table, NULL);
	metric_head(f, "table_rows_max", "gauge", "Limit of a table.");
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		metric(f, "table_rows_max", tables[i].max, "table",
		       tables[i].table, NULL);
	metric_head(f, "ports_held", "gauge", "External ports in hold-down.");
	metric(f, "ports_held", st->held, NULL);
	metric_head(f, "memory_bytes", "gauge", "Memory held by the tables.");
	metric(f, "memory_bytes", st->memory, NULL);
	metric_head(f, "mappings_created_total", "counter", "Mappings made.");
	metric(f, "mappings_created_total", st->mappings_created, NULL);
	metric_head(f, "mappings_refused_total", "counter", "Mappings refused.");
	metric(f, "mappings_refused_total", st->mappings_refused, NULL);
	metric_head(f, "history_lost_total", "counter",
		    "Closed sockets pushed out of the history.");
	metric(f, "history_lost_total", st->history_lost, NULL);
	metric_head(f, "ended_lost_total", "counter",
		    "Ended mappings that are kept no more.");
	metric(f, "ended_lost_total", st->ended_lost, NULL);
	metric_head(f, "hosts_forgotten_total", "counter",
		    "Inside hosts that made room for others.");
	metric(f, "hosts_forgotten_total", st->hosts_forgotten, NULL);
	metric_head(f, "events_lost_total", "counter",
		    "Events that nobody could be told.");
	metric(f, "events_lost_total", st->events_lost, NULL);
}

static void put_uplinks(FILE *f, const struct sums *s)
{
	const struct uplink *up = s->uplinks, *end = up + s->n_uplinks;

	if (!s->n_uplinks)
		return;
	metric_head(f, "uplink_mappings", "gauge", "Live mappings by uplink.");
	for (; up < end; up++)
		metric(f, "uplink_mappings", up->mappings, "dev", up->ifname,
		       NULL);
	metric_head(f, "uplink_packets_total", "counter",
		    "Translated packets by uplink.");
	for (up = s->uplinks; up < end; up++) {
		if (!up->counters.has)
			continue;
		metric(f, "uplink_packets_total", up->counters.out_packets,
		       "dev", up->ifname, "direction", "out", NULL);
		metric(f, "uplink_packets_total", up->counters.in_packets,
		       "dev", up->ifname, "direction", "in", NULL);
	}
	metric_head(f, "uplink_bytes_total", "counter",
		    "Translated layer-3 bytes by uplink.");
	for (up = s->uplinks; up < end; up++) {
		if (!up->counters.has)
			continue;
		metric(f, "uplink_bytes_total", up->counters.out_bytes, "dev",
		       up->ifname, "direction", "out", NULL);
		metric(f, "uplink_bytes_total", up->counters.in_bytes, "dev",
		       up->ifname, "direction", "in", NULL);
	}
}

static void put_sides(FILE *f, const struct sums *s)
{
	unsigned int i;

	metric_head(f, "hosts", "gauge", "Hosts with a record by side.");
	for (i = 0; i < __PORTICO_SIDE_MAX; i++)
		metric(f, "hosts", s->hosts[i], "side", side_names[i], NULL);
	metric_head(f, "host_packets", "gauge", "Packets of the hosts on record.");
	for (i = 0; i < __PORTICO_SIDE_MAX; i++) {
		metric(f, "host_packets", s->side[i].out_packets, "side",
		       side_names[i], "direction", "out", NULL);
		metric(f, "host_packets", s->side[i].in_packets, "side",
		       side_names[i], "direction", "in", NULL);
	}
	metric_head(f, "host_bytes", "gauge",
		    "Layer-3 bytes of the hosts on record.");
	for (i = 0; i < __PORTICO_SIDE_MAX; i++) {
		metric(f, "host_bytes", s->side[i].out_bytes, "side",
		       side_names[i], "direction", "out", NULL);
		metric(f, "host_bytes", s->side[i].in_bytes, "side",
		       side_names[i], "direction", "in", NULL);
	}
}

static void put_accounts(FILE *f, const struct sums *s)
{
	const struct account *acc = s->accounts, *end = acc + s->n_accounts;

	if (!s->n_accounts)
		return;
	metric_head(f, "account_packets_total", "counter",
		    "Packets of the hosts of an account since it was reset.");
	for (; acc < end; acc++) {
		metric(f, "account_packets_total", acc->counters.out_packets,
		       "account", acc->name, "direction", "out", NULL);
		metric(f, "account_packets_total", acc->counters.in_packets,
		       "account", acc->name, "direction", "in", NULL);
	}
	metric_head(f, "account_bytes_total", "counter",
		    "Layer-3 bytes of the hosts of an account since it was reset.");
	for (acc = s->accounts; acc < end; acc++) {
		metric(f, "account_bytes_total", acc->counters.out_bytes,
		       "account", acc->name, "direction", "out", NULL);
		metric(f, "account_bytes_total", acc->counters.in_bytes,
		       "account", acc->name, "direction", "in", NULL);
	}
}

static void put_ports(FILE *f, const struct sums *s)
{
	char proto[16];
	unsigned int i;

	metric_head(f, "port_packets_total", "counter",
		    "Arrivals at local ports by what the lookup found.");
	for (i = 0; i < ARRAY_SIZE(s->port); i++) {
		const struct port *p = &s->port[i];

		if (!p->sockets)
			continue;
		format_proto(proto, sizeof(proto), i);
		metric(f, "port_packets_total", p->established, "proto", proto,
		       "found", "established", NULL);
		metric(f, "port_packets_total", p->listener, "proto", proto,
		       "found", "listener", NULL);
		metric(f, "port_packets_total", p->wildcard, "proto", proto,
		       "found", "wildcard", NULL);
		metric(f, "port_packets_total", p->reuseport, "proto", proto,
		       "found", "reuseport", NULL);
		metric(f, "port_packets_total", p->none, "proto", proto,
		       "found", "none", NULL);
	}
}

static void put_reasons(FILE *f, const struct sums *s)
{
	const struct reason *r = s->reasons, *end = r + s->n_reasons;

	metric_head(f, "reason_packets_total", "counter",
		    "Packets by what was done with them and why.");
	for (; r < end; r++)
		metric(f, "reason_packets_total", r->packets, "hook",
		       name_of(hook_names, r->hook), "verdict",
		       name_of(verdict_names, r->verdict), "reason", r->name,
		       NULL);
	metric_head(f, "reason_bytes_total", "counter",
		    "Layer-3 bytes by what was done with them and why.");
	for (r = s->reasons; r < end; r++)
		metric(f, "reason_bytes_total", r->bytes, "hook",
		       name_of(hook_names, r->hook), "verdict",
		       name_of(verdict_names, r->verdict), "reason", r->name,
		       NULL);
}

static int collect(FILE *f, struct sums *s)
{
	struct status st = { 0 };
	int ret;

	ret = kernel_do(PORTICO_CMD_STATUS_GET, NULL, NULL, &set_status, &st);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_UPLINK_GET, NULL, NULL,
				  &set_uplink, take_uplink, s);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_HOST_GET, NULL, NULL, &set_host,
				  take_host, s);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_PORT_GET, NULL, NULL, &set_port,
				  take_port, s);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_REASON_GET, NULL, NULL,
				  &set_reason, take_reason, s);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_ACCOUNT_GET, NULL, NULL,
				  &set_account, take_account, s);
	progress_end();
	if (ret)
		return ret;
	put_status(f, &st);
	put_uplinks(f, s);
	put_sides(f, s);
	put_accounts(f, s);
	put_ports(f, s);
	put_reasons(f, s);
	return 0;
}

/* A reader never sees half a file: written beside it, then renamed. */
static int write_file(const char *path, const char *text, size_t n)
{
	char tmp[4096];
	bool bad;
	FILE *f;
	int fd;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
		return error("file name '%s' is too long", quoted(path));
	fd = mkstemp(tmp);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return error("cannot write beside '%s': %s", quoted(path),
			     strerror(errno));
	bad = fchmod(fd, 0644) || fwrite(text, 1, n, f) != n;
	bad = fclose(f) || bad;
	if (!bad && !rename(tmp, path))
		return EXIT_DONE;
	error_kernel("cannot write '%s': %s", quoted(path), strerror(errno));
	unlink(tmp);
	return EXIT_KERNEL;
}

static int metrics(struct args *a)
{
	const char *path = args_next(a);
	struct sums *s;
	char *text = NULL;
	size_t n = 0;
	FILE *f;
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	if (path && !*path)
		return error("empty file name");
	f = open_memstream(&text, &n);
	if (!f)
		return error_kernel("out of memory");
	s = xcalloc(1, sizeof(*s));
	ret = collect(f, s);
	free(s->uplinks);
	free(s->reasons);
	free(s->accounts);
	free(s);
	if (fclose(f) && !ret)
		ret = error_kernel("out of memory");
	if (!ret && path) {
		ret = write_file(path, text, n);
	} else if (!ret) {
		fwrite(text, 1, n, stdout);
		fflush(stdout);
		ret = output_status();
	}
	free(text);
	return ret;
}

static const struct command commands[] = {
	{ "", metrics, "[FILE]", "Prometheus text, to FILE or standard output",
	  "FILE is replaced as a whole, as node_exporter's textfile directory needs.\n"
	  "Hosts, mappings and sockets are added up: the number of series is bounded.",
	  "  portico metrics /var/lib/prometheus/node-exporter/portico.prom" },
};

const struct object object_metrics = {
	"metrics", "Prometheus text", commands, ARRAY_SIZE(commands),
};
