// SPDX-License-Identifier: GPL-2.0
/*
 * sockets: what an operation of a local program costs, over the loopback
 * device, both ends in this process. Prints, in nanoseconds an operation:
 *
 *	udp N rr N crr N bulk N
 *
 * udp: send and receive 18 bytes; rr: a byte there and one back over TCP; crr:
 * the same with connecting and closing; bulk: 32 KiB over TCP.
 *
 * sockets NAME: that operation alone, without end, for tests/bench/profile.
 */
#include <arpa/inet.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	5
/*
 * Connections end in the history first, and leave it in crowds: what that costs
 * is measured too, so it is full before, and a round longer than a crowd.
 */
#define CRR_FIRST	2500
#define CRR_ROUND	1000
#define BULK	(32 << 10)

static int out, in, listener;
static struct sockaddr_in where;

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static int bound(int type)
{
	socklen_t len = sizeof(where);
	int fd = socket(AF_INET, type, 0);

	where.sin_family = AF_INET;
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	where.sin_port = 0;
	must(!bind(fd, (struct sockaddr *)&where, sizeof(where)), "bind");
	must(!getsockname(fd, (struct sockaddr *)&where, &len), "getsockname");
	return fd;
}

static void dial(void)
{
	int one = 1;

	out = socket(AF_INET, SOCK_STREAM, 0);
	must(!setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "nodelay");
	must(!connect(out, (struct sockaddr *)&where, sizeof(where)), "connect");
	in = accept(listener, NULL, NULL);
	must(in >= 0, "accept");
	must(!setsockopt(in, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "nodelay");
}

static void hang_up(void)
{
	close(out);
	close(in);
}

static void pass(int from, int to, size_t size)
{
	static char buf[BULK];
	size_t got = 0;
	ssize_t n;

	must(write(from, buf, size) == (ssize_t)size, "write");
	while (got < size) {
		n = read(to, buf, size - got);
		must(n > 0, "read");
		got += n;
	}
}

static void udp(void)
{
	pass(out, in, 18);
}

static void rr(void)
{
	pass(out, in, 1);
	pass(in, out, 1);
}

static void crr(void)
{
	dial();
	rr();
	hang_up();
}

static void bulk(void)
{
	pass(out, in, BULK);
}

/* The least of some rounds: what else happens only adds. */
static long cost(void (*operation)(void), int count)
{
	struct timespec a, b;
	long ns, best = 0;
	int i, r;

	for (r = 0; r <= ROUNDS; r++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (i = 0; i < count; i++)
			operation();
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec;
		if (r && (!best || ns / count < best))
			best = ns / count;
	}
	return best;
}

static void pair_up(void)
{
	in = bound(SOCK_DGRAM);
	out = socket(AF_INET, SOCK_DGRAM, 0);
	must(!connect(out, (struct sockaddr *)&where, sizeof(where)), "connect");
}

static void listen_up(void)
{
	listener = bound(SOCK_STREAM);
	must(!listen(listener, 16), "listen");
}

static void forever(const char *name)
{
	void (*operation)(void) = NULL;

	if (!strcmp(name, "udp"))
		operation = udp;
	else if (!strcmp(name, "rr"))
		operation = rr;
	else if (!strcmp(name, "crr"))
		operation = crr;
	else if (!strcmp(name, "bulk"))
		operation = bulk;
	must(!!operation, "no such operation");
	if (operation == udp)
		pair_up();
	else
		listen_up();
	if (operation == rr || operation == bulk)
		dial();
	for (;;)
		operation();
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 1)
		forever(argv[1]);
	pair_up();
	printf("udp %ld", cost(udp, 400));
	hang_up();

	listen_up();
	dial();
	printf(" rr %ld", cost(rr, 400));
	printf(" bulk %ld", cost(bulk, 400));
	hang_up();
	for (i = 0; i < CRR_FIRST; i++)
		crr();
	printf(" crr %ld\n", cost(crr, CRR_ROUND));
	return 0;
}
