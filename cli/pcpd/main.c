// SPDX-License-Identifier: GPL-2.0
/* Options, and the loop that everything hangs on. */
#include <errno.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../cli.h"
#include "../format.h"
#include "../netns.h"
#include "drop.h"
#include "gate.h"
#include "listen.h"
#include "rate.h"
#include "serve.h"
#include "wire.h"

#define BATCH		32		/* datagrams of one socket in a row */
#define ANNOUNCEMENTS	10		/* RFC 6886 section 3.2.1 */
#define FIRST_GAP	250		/* ms, then twice as long each time */
#define SETTLE		100		/* ms: addresses come in crowds */

struct daemon {
	struct gate gate;
	struct listeners listeners;
	struct rate rate;
	struct serve_limits limits;
	const char *netns, *user;
	__u32 refresh, per_second;
	bool verbose;
	int rtnl;
	sigset_t signals;		/* let in while it waits */
	bool up;			/* there is a module to speak to */
	__u64 epoch;			/* ms: the state began */
	__u64 refresh_at, announce_at;
	unsigned int announce_left, announce_gap;
};

static volatile sig_atomic_t stop, hup;

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		hup = 1;
	else
		stop = 1;
}

static __u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static __u32 epoch_of(const struct daemon *d, __u64 now)
{
	return (now - d->epoch) / 1000;
}

/* Clients see it from the epoch, and are told (RFC 6887 section 8.5, 14.1). */
static void begin_epoch(struct daemon *d, __u64 now)
{
	d->epoch = now;
	d->announce_at = now;
	d->announce_gap = FIRST_GAP;
	d->announce_left = ANNOUNCEMENTS;
}

static void refresh(struct daemon *d, __u64 now)
{
	bool lost, up = gate_refresh(&d->gate, &lost);

	if (up != d->up)
		note(up ? "the kernel module is there" :
			  "the kernel module is gone: waiting for it");
	d->up = up;
	listen_refresh(&d->listeners, &d->gate);
	if (lost) {
		note("addresses are new or have changed: the epoch begins");
		begin_epoch(d, now);
	}
	d->refresh_at = now + d->refresh * 1000ULL;
}

static void announce(struct daemon *d, __u64 now)
{
	const struct listener *at;
	struct addr external;
	__u8 out[WIRE_MAX];
	unsigned int i;

	for (i = 0; i < d->listeners.n; i++) {
		at = &d->listeners.at[i];
		listen_announce(at, out, wire_announce(epoch_of(d, now), out));
		if (at->addr.len == 4 &&
		    gate_address(&d->gate, &at->addr, &external))
			listen_announce(at, out,
					wire_announce_address(epoch_of(d, now),
							      &external, out));
	}
	d->announce_left--;
	d->announce_at = now + d->announce_gap;
	d->announce_gap *= 2;
}

/* Those that make the kernel look through more than one mapping cost more. */
static __u32 cost_of(const struct wire_request *r)
{
	if (r->kind == WIRE_ADDRESS || (r->kind == WIRE_MAP && !r->internal))
		return 2;
	return 1;
}

static void say_served(const struct client *client, const struct wire_request *r,
		       const struct wire_outcome *o)
{
	char text[64], ext[64];

	format_addr(text, sizeof(text), &client->addr);
	format_addr(ext, sizeof(ext), &o->external_addr);
	note("%s: %s opcode %u protocol %u port %u lifetime %u: result %u, %s port %u, lifetime %u",
	     text, r->natpmp ? "NAT-PMP" : "PCP", r->opcode, r->proto,
	     r->internal, r->lifetime, o->result,
	     o->external_addr.len ? ext : "no address", o->external,
	     o->lifetime);
}

static void hear(struct daemon *d, const struct listener *at, __u64 now)
{
	__u8 in[WIRE_MAX + 4], out[WIRE_MAX];
	struct wire_request r;
	struct wire_outcome o;
	struct client client;
	unsigned int i;
	ssize_t n;
	size_t len;

	for (i = 0; i < BATCH; i++) {
		n = listen_receive(&d->listeners, at, &d->gate, in, sizeof(in),
				   &client);
		if (n < 0)
			return;
		if (!n)
			continue;
		wire_read(&r, in, n, &client.addr);
		if (r.kind == WIRE_SILENCE ||
		    !rate_allows(&d->rate, &client.addr, now, cost_of(&r)))
			continue;
		serve(&d->gate, &d->limits, &client.addr, epoch_of(d, now), &r,
		      &o);
		len = wire_write(&r, &o, out);
		if (len)
			listen_answer(at, &client, out, len);
		if (d->verbose)
			say_served(&client, &r, &o);
	}
}

static int rtnl_open(void)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV6_IFADDR,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* What changed does not matter: everything is read anew, a moment later. */
static void rtnl_heard(struct daemon *d, __u64 now)
{
	char buf[8192];

	while (recv(d->rtnl, buf, sizeof(buf), 0) > 0 || errno == ENOBUFS)
		;
	if (d->refresh_at > now + SETTLE)
		d->refresh_at = now + SETTLE;
}

static int wait_ms(const struct daemon *d, __u64 now)
{
	__u64 at = d->refresh_at;

	if (d->announce_left && d->announce_at < at)
		at = d->announce_at;
	return at > now ? at - now : 0;
}

static void turn(struct daemon *d)
{
	struct pollfd fds[LISTEN_MAX + 1];
	unsigned int i, n = d->listeners.n;
	__u64 now = now_ms();
	struct timespec wait;
	int left;

	if (hup) {
		hup = 0;
		d->refresh_at = now;
	}
	if (now >= d->refresh_at)
		refresh(d, now);
	if (d->announce_left && now >= d->announce_at)
		announce(d, now);
	n = d->listeners.n;
	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = d->listeners.at[i].fd,
					  .events = POLLIN };
	fds[n] = (struct pollfd){ .fd = d->rtnl, .events = POLLIN };
	left = wait_ms(d, now);
	wait = (struct timespec){ left / 1000, left % 1000 * 1000000L };
	/* Signals come in here and nowhere else: none is missed. */
	if (ppoll(fds, n + 1, &wait, &d->signals) <= 0)
		return;
	now = now_ms();
	for (i = 0; i < n; i++)
		if (fds[i].revents)
			hear(d, &d->listeners.at[i], now);
	if (fds[n].revents)
		rtnl_heard(d, now);
}

static void help(void)
{
	puts("Usage: portico-pcpd [OPTIONS]\n"
	     "Port control (PCP and NAT-PMP) for the inside hosts of a Portico gateway.\n\n"
	     "  -n, --netns NAME       in this network namespace\n"
	     "  -u, --user NAME        become this user (nobody)\n"
	     "      --min-lifetime T   PCP leases last at least this long (2m)\n"
	     "      --max-lifetime T   no lease lasts longer (1d)\n"
	     "  -r, --rate N           requests a second and client, twice as many at once (10)\n"
	     "      --refresh T        look for changes of the configuration this often (10s)\n"
	     "  -v, --verbose          say what each client asked for and got\n"
	     "  -V, --version          show the version\n"
	     "  -h, --help             show this help");
}

enum { OPT_MIN = 256, OPT_MAX, OPT_REFRESH };

static const struct option options[] = {
	{ "netns", required_argument, NULL, 'n' },
	{ "user", required_argument, NULL, 'u' },
	{ "min-lifetime", required_argument, NULL, OPT_MIN },
	{ "max-lifetime", required_argument, NULL, OPT_MAX },
	{ "rate", required_argument, NULL, 'r' },
	{ "refresh", required_argument, NULL, OPT_REFRESH },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* One option; 0, 1 to end well, or -1 after saying what is wrong. */
static int take_option(struct daemon *d, int c)
{
	__u64 n;

	switch (c) {
	case 'n':
		d->netns = optarg;
		return 0;
	case 'u':
		d->user = optarg;
		return 0;
	case OPT_MIN:
		return parse_duration(optarg, 1, PORTICO_TIMEOUT_MAX,
				      &d->limits.lifetime_min);
	case OPT_MAX:
		return parse_duration(optarg, 1, PORTICO_TIMEOUT_MAX,
				      &d->limits.lifetime_max);
	case OPT_REFRESH:
		return parse_duration(optarg, 1, 3600, &d->refresh);
	case 'r':
		if (parse_number(optarg, "rate", 1, 100000, &n))
			return -1;
		d->per_second = n;
		return 0;
	case 'v':
		d->verbose = true;
		return 0;
	case 'V':
		printf("portico-pcpd %s\n", PORTICO_VERSION);
		return 1;
	case 'h':
		help();
		return 1;
	default:
		return -1;	/* getopt has said it */
	}
}

static int start(struct daemon *d)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	__u32 seed = 0;
	unsigned int i;
	sigset_t set;
	int ret;

	if (d->limits.lifetime_min > d->limits.lifetime_max)
		return error("the shortest lifetime is longer than the longest");
	ret = d->netns ? netns_enter(d->netns) : 0;
	if (!ret)
		ret = drop_privileges(d->user);
	if (ret)
		return ret;
	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(caught); i++) {
		sigaction(caught[i], &sa, NULL);
		sigaddset(&set, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &set, &d->signals);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return error_kernel("no random numbers: %s", strerror(errno));
	rate_init(&d->rate, d->per_second, seed);
	d->rtnl = rtnl_open();
	if (d->rtnl < 0)
		return error_kernel("cannot watch the addresses: %s",
				    strerror(errno));
	gate_init(&d->gate);
	begin_epoch(d, now_ms());
	return 0;
}

int main(int argc, char **argv)
{
	static struct daemon d = {
		.limits = { .lifetime_min = 120, .lifetime_max = 86400 },
		.user = "nobody", .refresh = 10, .per_second = 10,
	};
	int c, ret;

	error_name = "portico-pcpd";
	while ((c = getopt_long(argc, argv, "n:u:r:vVh", options, NULL)) >= 0) {
		ret = take_option(&d, c);
		if (ret)
			return ret < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	if (optind < argc)
		return error("unexpected word '%s'", quoted(argv[optind]));
	ret = start(&d);
	if (ret)
		return ret;
	while (!stop)
		turn(&d);
	listen_close(&d.listeners);
	gate_free(&d.gate);
	close(d.rtnl);
	return EXIT_DONE;
}
