// SPDX-License-Identifier: GPL-2.0
/* Which sockets have no port, and when a silent one counts as closed. */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "net.h"
#include "sock.h"
#include "sock_raw.h"

struct kind_case {
	const char *name;
	u16 family, type, proto;
	enum sock_kind kind;
};

static const struct kind_case kinds[] = {
	{ "TCP", AF_INET, SOCK_STREAM, IPPROTO_TCP, SOCK_KIND_PORT },
	{ "UDP", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, SOCK_KIND_PORT },
	{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, SOCK_KIND_PING },
	{ "ping of IPv6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, SOCK_KIND_PING },
	{ "raw ICMP", AF_INET, SOCK_RAW, IPPROTO_ICMP, SOCK_KIND_RAW },
	{ "raw OSPF", AF_INET6, SOCK_RAW, 89, SOCK_KIND_RAW },
	{ "raw, header included", AF_INET, SOCK_RAW, IPPROTO_RAW, SOCK_KIND_RAW },
	{ "raw TCP", AF_INET, SOCK_RAW, IPPROTO_TCP, SOCK_KIND_PORT },
	{ "raw UDP", AF_INET6, SOCK_RAW, IPPROTO_UDP, SOCK_KIND_PORT },
	{ "raw UDP-Lite", AF_INET, SOCK_RAW, IPPROTO_UDPLITE, SOCK_KIND_PORT },
	{ "MPTCP", AF_INET, SOCK_STREAM, 262, SOCK_KIND_PORT },
	{ "packet socket", AF_PACKET, SOCK_RAW, 0, SOCK_KIND_PORT },
	{ "netlink", AF_NETLINK, SOCK_RAW, 1, SOCK_KIND_PORT },
};

static void kind_desc(const struct kind_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

static void kind_is(struct kunit *test)
{
	const struct kind_case *c = test->param_value;
	struct sock *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	sk->sk_family = c->family;
	sk->sk_type = c->type;
	sk->sk_protocol = c->proto;
	KUNIT_EXPECT_EQ(test, (int)sock_kind(sk), (int)c->kind);
}

static void silence_closes(struct kunit *test)
{
	struct sock_rec *rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);
	struct sock_book *book = kunit_kzalloc(test, sizeof(*book), GFP_KERNEL);
	struct portico_net *pn = kunit_kzalloc(test, sizeof(*pn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	KUNIT_ASSERT_NOT_NULL(test, book);
	KUNIT_ASSERT_NOT_NULL(test, pn);
	rec->pn = pn;
	pn->socks = book;
	rec->family = AF_INET;
	rec->proto = IPPROTO_ICMP;
	rec->kind = SOCK_KIND_PING;
	KUNIT_EXPECT_TRUE(test, sock_raw_live(rec));
	rec->last = jiffies - PING_SILENCE + HZ;
	KUNIT_EXPECT_TRUE(test, sock_raw_live(rec));
	rec->last = jiffies - PING_SILENCE - 1;
	KUNIT_EXPECT_FALSE(test, sock_raw_live(rec));
	/* Raw: met in this sweep, or heard of since the last. */
	rec->kind = SOCK_KIND_RAW;
	KUNIT_EXPECT_TRUE(test, sock_raw_live(rec));
	book->round = 1;
	KUNIT_EXPECT_FALSE(test, sock_raw_live(rec));
	rec->last = jiffies;
	KUNIT_EXPECT_TRUE(test, sock_raw_live(rec));
}

static struct kunit_case sock_raw_cases[] = {
	KUNIT_CASE_PARAM(kind_is, kind_gen_params),
	KUNIT_CASE(silence_closes),
	{}
};

static struct kunit_suite sock_raw_suite = {
	.name = "portico_sock_raw",
	.test_cases = sock_raw_cases,
};

kunit_test_suite(sock_raw_suite);
