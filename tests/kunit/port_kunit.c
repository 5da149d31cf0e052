// SPDX-License-Identifier: GPL-2.0
/* Port rows: one for each, in order, and what a record owes them. */
#include <kunit/test.h>
#include <linux/in.h>

#include "net.h"
#include "port.h"
#include "sock.h"
#include "sock_fill.h"

static struct portico_net *new_net(struct kunit *test)
{
	struct portico_net *pn;

	pn = kunit_kzalloc(test, sizeof(*pn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pn);
	KUNIT_ASSERT_EQ(test, port_net_init(pn), 0);
	KUNIT_ASSERT_EQ(test, peer_net_init(pn), 0);
	return pn;
}

static void order(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, port_key(IPPROTO_TCP, 65535),
			port_key(IPPROTO_UDP, 0));
	KUNIT_EXPECT_LT(test, port_key(IPPROTO_UDP, 65535),
			port_key(IPPROTO_UDPLITE, 0));
	KUNIT_EXPECT_LT(test, port_key(IPPROTO_TCP, 79),
			port_key(IPPROTO_TCP, 80));
}

static void one_row_each(struct kunit *test)
{
	struct portico_net *pn = new_net(test);
	struct port_row *row = port_get(pn->ports, IPPROTO_TCP, 80);

	KUNIT_EXPECT_EQ(test, row->port, 80);
	KUNIT_EXPECT_EQ(test, row->proto, IPPROTO_TCP);
	KUNIT_EXPECT_PTR_EQ(test, port_get(pn->ports, IPPROTO_TCP, 80), row);
	KUNIT_EXPECT_PTR_NE(test, port_get(pn->ports, IPPROTO_UDP, 80), row);
	KUNIT_EXPECT_PTR_NE(test, port_get(pn->ports, IPPROTO_TCP, 81), row);
	KUNIT_EXPECT_EQ(test, atomic_read(&pn->ports->count), 3);
	/* Slots are dense and begin behind the row of last resort. */
	KUNIT_EXPECT_EQ(test, row->slot, 1U);
	KUNIT_EXPECT_EQ(test, port_get(pn->ports, IPPROTO_TCP, 81)->slot, 3U);
	peer_net_exit(pn);
	port_net_exit(pn);
}

static void counts(struct kunit *test)
{
	struct portico_net *pn = new_net(test);
	struct port_row *row = port_get(pn->ports, IPPROTO_UDP, 53);

	port_in(row, PORT_NONE, 2, 100);
	port_in(row, PORT_WILDCARD, 1, 60);
	port_out(row, 3, 33);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_packets[PORT_NONE]), 2LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_packets[PORT_WILDCARD]),
			1LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_bytes), 160LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->out_packets), 3LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->out_bytes), 33LL);
	peer_net_exit(pn);
	port_net_exit(pn);
}

/* Folding gives each figure once, however often it is done. */
static void folds_once(struct kunit *test)
{
	struct portico_net *pn = new_net(test);
	struct port_row *row = port_get(pn->ports, IPPROTO_TCP, 22);
	struct port_sum sums[2] = {};
	struct sock_rec *rec;

	rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	spin_lock_init(&rec->lock);
	rec->pn = pn;
	rec->proto = IPPROTO_TCP;
	rec->port = 22;
	rec->outcome = PORT_ESTABLISHED;
	atomic64_set(&rec->in_packets, 5);
	atomic64_set(&rec->in_bytes, 500);
	atomic64_set(&rec->out_packets, 7);
	sock_add(rec, sums, 2);
	KUNIT_EXPECT_EQ(test, sums[1].in_packets[PORT_ESTABLISHED], 5ULL);
	KUNIT_EXPECT_EQ(test, sums[1].in_bytes, 500ULL);
	KUNIT_EXPECT_EQ(test, sums[1].sockets, 1U);
	spin_lock_bh(&rec->pn->peers.lock);
	sock_fold(rec);
	sock_fold(rec);
	spin_unlock_bh(&rec->pn->peers.lock);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_bytes), 500LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->out_packets), 7LL);
	/* What comes later is owed later. */
	atomic64_add(1, &rec->in_packets);
	memset(sums, 0, sizeof(sums));
	sock_add(rec, sums, 2);
	KUNIT_EXPECT_EQ(test, sums[1].in_packets[PORT_ESTABLISHED], 1ULL);
	KUNIT_EXPECT_EQ(test, sums[1].in_bytes, 0ULL);
	peer_net_exit(pn);
	port_net_exit(pn);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(order),
	KUNIT_CASE(one_row_each),
	KUNIT_CASE(counts),
	KUNIT_CASE(folds_once),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_port",
	.test_cases = cases,
};

kunit_test_suite(suite);
