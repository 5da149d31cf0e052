// SPDX-License-Identifier: GPL-2.0
/* Port rows: one for each, in order, and what a record owes them. */
#include <kunit/test.h>
#include <linux/in.h>

#include "net.h"
#include "port.h"
#include "sock.h"
#include "sock_chain.h"
#include "sock_fold.h"

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
	KUNIT_EXPECT_EQ(test, port_count(pn->ports), 0U);
	port_in(row, PORT_NONE, 1, 40);
	KUNIT_EXPECT_EQ(test, port_count(pn->ports), 1U);
	/* Slots are dense and begin behind the row of last resort. */
	KUNIT_EXPECT_EQ(test, row->slot, 1U);
	KUNIT_EXPECT_EQ(test, port_get(pn->ports, IPPROTO_TCP, 81)->slot, 2U);
	KUNIT_EXPECT_EQ(test, port_get(pn->ports, IPPROTO_UDP, 80)->slot,
			PORT_LEAF + 1);
	KUNIT_EXPECT_EQ(test, pn->ports->count, 2 * PORT_LEAF);
	peer_net_exit(pn);
	port_net_exit(pn);
}

/* Whatever leaf or branch they are in, with their neighbours, once each, in order. */
static void walk(struct kunit *test)
{
	static const struct {
		u8 proto;
		u16 port;
	} leaves[] = {
		{ IPPROTO_TCP, 0 }, { IPPROTO_TCP, 16 }, { IPPROTO_TCP, 4080 },
		{ IPPROTO_TCP, 4096 }, { IPPROTO_TCP, 65520 },
		{ IPPROTO_UDP, 0 }, { IPPROTO_UDP, 48 },
		{ IPPROTO_UDPLITE, 65520 },
	};
	struct portico_net *pn = new_net(test);
	struct port_row *row;
	u32 key = 0;
	int i, j;

	KUNIT_EXPECT_NULL(test, port_next(pn->ports, &key));
	for (i = ARRAY_SIZE(leaves) - 1; i >= 0; i--)
		port_get(pn->ports, leaves[i].proto, leaves[i].port + 2 * i);
	key = 0;
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		for (j = 0; j < PORT_LEAF; j++, key++) {
			row = port_next(pn->ports, &key);
			KUNIT_ASSERT_NOT_NULL(test, row);
			KUNIT_EXPECT_EQ(test, row->proto, leaves[i].proto);
			KUNIT_EXPECT_EQ(test, row->port, leaves[i].port + j);
			KUNIT_EXPECT_EQ(test, key, port_key(row->proto, row->port));
		}
	}
	KUNIT_EXPECT_NULL(test, port_next(pn->ports, &key));
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

static struct sock_rec *ended(struct kunit *test, struct portico_net *pn,
			      __be32 remote, u64 bytes)
{
	struct sock_rec *rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	rec->pn = pn;
	rec->proto = IPPROTO_TCP;
	rec->family = AF_INET;
	rec->port = 22;
	rec->outcome = PORT_ESTABLISHED;
	rec->local.s6_addr32[0] = htonl(0xcb007101);
	rec->remote.s6_addr32[0] = remote;
	atomic64_set(&rec->in_packets, 1);
	atomic64_set(&rec->in_bytes, bytes);
	return rec;
}

static u64 peer_bytes(struct portico_net *pn, enum peer_side side, __be32 addr)
{
	const struct peer *peer;

	list_for_each_entry(peer, &pn->peers.side[side].age, age)
		if (peer->addr.ip == addr)
			return flow_bytes(&peer->counters.local);
	return 0;
}

/* Fold the first @most of @from, which are the @n of @recs. */
static void fold_first(struct kunit *test, struct portico_net *pn,
		       struct sock_chain *from, unsigned int most, unsigned int n,
		       struct sock_rec *const *recs)
{
	struct sock_chain folded;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, sock_fold_some(pn, from, &folded, most), n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_PTR_EQ(test, sock_chain_take(&folded), recs[i]);
	KUNIT_EXPECT_TRUE(test, sock_chain_empty(&folded));
}

/* Of records that end together each peer gets its own, in whatever order. */
static void folds_in_runs(struct kunit *test)
{
	static const u32 remotes[] = { 1, 1, 2, 1, 3, 3, 3, 2 };
	struct portico_net *pn = new_net(test);
	struct port_row *row = port_get(pn->ports, IPPROTO_TCP, 22);
	struct sock_rec *recs[ARRAY_SIZE(remotes)];
	struct sock_chain from;
	int i;

	sock_chain_init(&from);
	for (i = 0; i < ARRAY_SIZE(remotes); i++) {
		recs[i] = ended(test, pn, htonl(remotes[i]), 1 << i);
		sock_chain_add(&from, recs[i]);
	}
	fold_first(test, pn, &from, 6, 6, recs);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_bytes), 0x3fLL);
	/* What comes meanwhile follows what is left. */
	recs[0] = ended(test, pn, htonl(1), 1 << 8);
	sock_chain_add(&from, recs[0]);
	fold_first(test, pn, &from, 2, 2, &recs[6]);
	fold_first(test, pn, &from, 2, 1, recs);
	fold_first(test, pn, &from, 2, 0, recs);
	KUNIT_EXPECT_EQ(test, peer_bytes(pn, PEER_REMOTE, htonl(1)), 0x10bULL);
	KUNIT_EXPECT_EQ(test, peer_bytes(pn, PEER_REMOTE, htonl(2)), 0x84ULL);
	KUNIT_EXPECT_EQ(test, peer_bytes(pn, PEER_REMOTE, htonl(3)), 0x70ULL);
	KUNIT_EXPECT_EQ(test, peer_bytes(pn, PEER_LOCAL, htonl(0xcb007101)), 0x1ffULL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_bytes), 0x1ffLL);
	peer_net_exit(pn);
	port_net_exit(pn);
}

/* Folding gives each figure once, however often it is done. */
static void folds_once(struct kunit *test)
{
	struct portico_net *pn = new_net(test);
	struct port_row *row = port_get(pn->ports, IPPROTO_TCP, 22);
	static struct port_sum sums[PORT_LEAF + 1];
	struct port_sum *sum = &sums[row->slot];
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
	memset(sums, 0, sizeof(sums));
	sock_add(rec, sums, ARRAY_SIZE(sums));
	KUNIT_EXPECT_EQ(test, sum->in_packets[PORT_ESTABLISHED], 5ULL);
	KUNIT_EXPECT_EQ(test, sum->in_bytes, 500ULL);
	KUNIT_EXPECT_EQ(test, sum->sockets, 1U);
	spin_lock_bh(&rec->pn->peers.lock);
	sock_fold(rec);
	sock_fold(rec);
	spin_unlock_bh(&rec->pn->peers.lock);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->in_bytes), 500LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&row->out_packets), 7LL);
	/* What comes later is owed later. */
	atomic64_add(1, &rec->in_packets);
	memset(sums, 0, sizeof(sums));
	sock_add(rec, sums, ARRAY_SIZE(sums));
	KUNIT_EXPECT_EQ(test, sum->in_packets[PORT_ESTABLISHED], 1ULL);
	KUNIT_EXPECT_EQ(test, sum->in_bytes, 0ULL);
	peer_net_exit(pn);
	port_net_exit(pn);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(order),
	KUNIT_CASE(one_row_each),
	KUNIT_CASE(walk),
	KUNIT_CASE(counts),
	KUNIT_CASE(folds_once),
	KUNIT_CASE(folds_in_runs),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_port",
	.test_cases = cases,
};

kunit_test_suite(suite);
