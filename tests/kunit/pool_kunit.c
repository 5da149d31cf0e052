// SPDX-License-Identifier: GPL-2.0
/* Ports: which are given, which never, and when again. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/in.h>
#include <net/ip.h>

#include "block.h"
#include "event.h"
#include "net.h"
#include "pool.h"

#define RANGE_LOW	20000
#define RANGE_HIGH	20063

static struct portico_net *pn;
static struct uplink *uplink;
static struct ext_addr *ext;

static int pool_begin(struct kunit *test)
{
	union nf_inet_addr addr = { .ip = htonl(0xcb007101) };

	pn = kunit_kzalloc(test, sizeof(*pn), GFP_KERNEL);
	uplink = kunit_kzalloc(test, sizeof(*uplink), GFP_KERNEL);
	if (!pn || !uplink)
		return -ENOMEM;
	pn->net = &init_net;
	uplink->pn = pn;
	spin_lock_init(&pn->mappings.lock);
	refcount_set(&uplink->refs, 1);
	uplink->port_min = 1024;
	uplink->port_max = U16_MAX;
	/* Blocks are told of. */
	if (event_net_init(pn) || pool_net_init(pn) || pool_ready(pn))
		return -ENOMEM;
	ext = ext_create(pn, uplink, &addr, NFPROTO_IPV4);
	return ext ? 0 : -ENOMEM;
}

static void pool_end(struct kunit *test)
{
	if (!pn)
		return;
	if (ext)
		ext_put(ext);
	pool_net_exit(pn);
	rcu_barrier();		/* the address lets go of its uplink */
	event_net_exit(pn);
	ext = NULL;
	pn = NULL;
}

/* The port given for an internal one, or a negative error. */
static int take(u8 proto, u16 internal)
{
	enum reason why;
	__be16 port;
	int err;

	spin_lock_bh(&pn->mappings.lock);
	err = ext_take_port(pn, ext, NULL, proto, htons(internal), &port, &why);
	spin_unlock_bh(&pn->mappings.lock);
	if (err == -ENOSPC && why != REASON_PORTS_EXHAUSTED)
		return -EINVAL;
	return err ? err : ntohs(port);
}

static void release(u8 proto, u16 port, u32 hold)
{
	spin_lock_bh(&pn->mappings.lock);
	ext_set_owner(ext, proto, htons(port), (struct mapping *)pn);
	ext_release_port(pn, ext, proto, htons(port), hold);
	spin_unlock_bh(&pn->mappings.lock);
}

static void expire_held(void)
{
	spin_lock_bh(&pn->mappings.lock);
	pool_expire_held(pn);
	spin_unlock_bh(&pn->mappings.lock);
}

static void found_by_address(struct kunit *test)
{
	union nf_inet_addr addr = ext->addr;

	KUNIT_EXPECT_PTR_EQ(test, pool_find(&pn->pool, &addr, NFPROTO_IPV4), ext);
	KUNIT_EXPECT_NULL(test, pool_find(&pn->pool, &addr, NFPROTO_IPV6));
	addr.ip ^= htonl(1);
	KUNIT_EXPECT_NULL(test, pool_find(&pn->pool, &addr, NFPROTO_IPV4));
}

struct internal {
	const char *desc;
	u8 proto;
	u16 port;
};

static const struct internal internals[] = {
	{ "tcp 40000", IPPROTO_TCP, 40000 },
	{ "tcp 1024", IPPROTO_TCP, 1024 },
	{ "tcp 65535", IPPROTO_TCP, 65535 },
	{ "udp 53", IPPROTO_UDP, 53 },
	{ "udp 1", IPPROTO_UDP, 1 },
	{ "udp 1023", IPPROTO_UDP, 1023 },
	{ "icmp 0", IPPROTO_ICMP, 0 },
	{ "icmp 65535", IPPROTO_ICMP, 65535 },
};

static void internal_desc(const struct internal *in, char *desc)
{
	strscpy(desc, in->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(internal, internals, internal_desc);

static void free_port_is_kept(struct kunit *test)
{
	const struct internal *in = test->param_value;

	KUNIT_EXPECT_EQ(test, take(in->proto, in->port), in->port);
}

/* RFC 4787 REQ-3 and REQ-4: not shared, of the same class and parity. */
static void taken_port_gives_another(struct kunit *test)
{
	const struct internal *in = test->param_value;
	int i, port;

	take(in->proto, in->port);
	for (i = 0; i < 100; i++) {
		port = take(in->proto, in->port);
		KUNIT_ASSERT_GE(test, port, 0);
		KUNIT_ASSERT_NE(test, port, in->port);
		KUNIT_ASSERT_EQ(test, port & 1, in->port & 1);
		if (in->proto != IPPROTO_ICMP)
			KUNIT_ASSERT_EQ(test, port < 1024, in->port < 1024);
	}
}

static void protocols_do_not_meet(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, take(IPPROTO_TCP, 5000), 5000);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 5000), 5000);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_ICMP, 5000), 5000);
	KUNIT_EXPECT_EQ(test, ext_space(IPPROTO_AH), -1);
}

/* Without ports there is one, for one owner; GRE and ESP each have theirs. */
static void tunnels_have_one(struct kunit *test)
{
	enum reason why = __REASON_MAX;
	__be16 port;
	int err;

	KUNIT_EXPECT_EQ(test, take(IPPROTO_GRE, 0), 0);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_ESP, 0), 0);
	spin_lock_bh(&pn->mappings.lock);
	err = ext_take_port(pn, ext, NULL, IPPROTO_GRE, 0, &port, &why);
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_EQ(test, why, REASON_TUNNEL_TAKEN);
	release(IPPROTO_GRE, 0, 0);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_GRE, 0), 0);
}

/* Every port of the range is given once, then none, and nothing else moves. */
static void exhaustion(struct kunit *test)
{
	DECLARE_BITMAP(seen, RANGE_HIGH - RANGE_LOW + 1) = {};
	int i, port;

	uplink->port_min = RANGE_LOW;
	uplink->port_max = RANGE_HIGH;
	for (i = 0; i < 64; i++) {
		port = take(IPPROTO_UDP, 40000);
		KUNIT_ASSERT_GE(test, port, RANGE_LOW);
		KUNIT_ASSERT_LE(test, port, RANGE_HIGH);
		/* The other parity only when this one has run out. */
		KUNIT_ASSERT_EQ(test, port & 1, i < 32 ? 0 : 1);
		KUNIT_ASSERT_FALSE(test, __test_and_set_bit(port - RANGE_LOW, seen));
	}
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 40000), -ENOSPC);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 40001), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ext->spaces[EXT_UDP]->used, 64);
	KUNIT_EXPECT_GT(test, take(IPPROTO_TCP, 40000), 0);
	release(IPPROTO_UDP, RANGE_LOW + 7, 0);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 40000), RANGE_LOW + 7);
}

static void this_very_one(struct kunit *test)
{
	int first, second;

	spin_lock_bh(&pn->mappings.lock);
	first = ext_take_this(pn, ext, NULL, IPPROTO_TCP, htons(8080));
	second = ext_take_this(pn, ext, NULL, IPPROTO_TCP, htons(8080));
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_EQ(test, first, 0);
	KUNIT_EXPECT_EQ(test, second, -EBUSY);
	KUNIT_EXPECT_NE(test, take(IPPROTO_TCP, 8080), 8080);
}

/* RFC 6888 REQ-8: a port rests before somebody else gets it. */
static void freed_port_rests(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 7000), 7000);
	release(IPPROTO_UDP, 7000, 1000 * HZ);
	KUNIT_EXPECT_EQ(test, pn->pool.held_count, 1);
	expire_held();
	KUNIT_EXPECT_NE(test, take(IPPROTO_UDP, 7000), 7000);
	pn->pool.held[pn->pool.held_head].until = jiffies;
	expire_held();
	KUNIT_EXPECT_EQ(test, pn->pool.held_count, 0);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 7000), 7000);
}

/* An address that is one host's: each port as it is, or not at all. */
static void whole_address_changes_no_port(struct kunit *test)
{
	uplink->port_min = RANGE_LOW;
	uplink->port_max = RANGE_HIGH;
	ext->whole = kunit_kzalloc(test, sizeof(*ext->whole), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ext->whole);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 40000), 40000);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 40000), -ENOSPC);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_TCP, 40000), 40000);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_TCP, 0), 0);
	KUNIT_EXPECT_EQ(test, ext->spaces[EXT_UDP]->used, 1);
}

/* Ports at rest are free at once, of that address and of no other. */
static void rest_ends_early(struct kunit *test)
{
	union nf_inet_addr addr = { .ip = htonl(0xcb007102) };
	struct ext_addr *first = ext, *other;

	other = ext_create(pn, uplink, &addr, NFPROTO_IPV4);
	KUNIT_ASSERT_NOT_NULL(test, other);
	take(IPPROTO_UDP, 7000);
	release(IPPROTO_UDP, 7000, 1000 * HZ);
	ext = other;
	take(IPPROTO_UDP, 7000);
	release(IPPROTO_UDP, 7000, 1000 * HZ);
	ext = first;
	spin_lock_bh(&pn->mappings.lock);
	pool_wake(pn, ext);
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_UDP, 7000), 7000);
	ext = other;
	KUNIT_EXPECT_NE(test, take(IPPROTO_UDP, 7000), 7000);
	ext = first;
	/* When its time would have been, nobody takes it from its owner. */
	pn->pool.held[pn->pool.held_head].until = jiffies;
	expire_held();
	KUNIT_EXPECT_NE(test, take(IPPROTO_UDP, 7000), 7000);
	ext_put(other);
}

/* More ports at rest than are remembered: the oldest is free early. */
static void rest_is_bounded(struct kunit *test)
{
	int i;

	for (i = 0; i < HELD_MAX + 10; i++) {
		u8 proto = i & 1 ? IPPROTO_UDP : IPPROTO_TCP;
		int port = take(proto, 1024 + i / 2);

		KUNIT_ASSERT_GT(test, port, 0);
		release(proto, port, 1000 * HZ);
	}
	KUNIT_EXPECT_EQ(test, pn->pool.held_count, HELD_MAX);
	KUNIT_EXPECT_EQ(test, pn->pool.held_early, 10);
}

static void owner_is_an_index(struct kunit *test)
{
	struct mapping *one = kunit_kzalloc(test, sizeof(*one), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_EXPECT_NULL(test, ext_owner(ext, EXT_TCP, htons(8080)));
	take(IPPROTO_TCP, 8080);
	KUNIT_EXPECT_NULL(test, ext_owner(ext, EXT_TCP, htons(8080)));
	spin_lock_bh(&pn->mappings.lock);
	ext_set_owner(ext, IPPROTO_TCP, htons(8080), one);
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_PTR_EQ(test, ext_owner(ext, EXT_TCP, htons(8080)), one);
	KUNIT_EXPECT_NULL(test, ext_owner(ext, EXT_TCP, htons(8081)));
	KUNIT_EXPECT_NULL(test, ext_owner(ext, EXT_UDP, htons(8080)));
	spin_lock_bh(&pn->mappings.lock);
	ext_release_port(pn, ext, IPPROTO_TCP, htons(8080), 0);
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_NULL(test, ext_owner(ext, EXT_TCP, htons(8080)));
}

/* What the kernel may give to a local socket is not given to a mapping. */
static void local_range_is_left_out(struct kunit *test)
{
	int low, high, i, port;

	inet_get_local_port_range(&init_net, &low, &high);
	ext->local = true;
	KUNIT_EXPECT_NE(test, take(IPPROTO_UDP, low), low);
	KUNIT_EXPECT_NE(test, take(IPPROTO_UDP, high), high);
	for (i = 0; i < 2000; i++) {
		port = take(IPPROTO_TCP, (low + high) / 2);
		KUNIT_ASSERT_GT(test, port, 0);
		KUNIT_ASSERT_TRUE(test, port < low || port > high);
	}
	/* Identifiers of ICMP queries are not the kernel's to give. */
	KUNIT_EXPECT_EQ(test, take(IPPROTO_ICMP, low), low);
}

/*
 * RFC 6056: 4,096 draws fall evenly into 16 equal parts of the range. Chi-square
 * with 15 degrees of freedom exceeds 60 once in ten million runs.
 */
static void draws_are_even(struct kunit *test)
{
	u32 part[16] = {}, chi = 0;
	int i, port, d;

	uplink->port_min = 0x8000;
	uplink->port_max = 0xffff;
	for (i = 0; i < 4096; i++) {
		port = take(IPPROTO_TCP, 2000);
		KUNIT_ASSERT_GE(test, port, 0x8000);
		part[(port - 0x8000) / 2048]++;
		release(IPPROTO_TCP, port, 0);
	}
	for (i = 0; i < 16; i++) {
		d = part[i] - 256;
		chi += d * d;
	}
	KUNIT_EXPECT_LT_MSG(test, chi / 256, 60, "uneven");
}

/* The port given for one of @host out of its blocks, or a negative reason. */
static int take_for(struct host *host, u8 proto, u16 internal)
{
	enum reason why;
	__be16 port;
	int err;

	spin_lock_bh(&pn->mappings.lock);
	err = block_take(pn, ext, host, proto, htons(internal), &port, &why);
	spin_unlock_bh(&pn->mappings.lock);
	return err ? -(int)why : ntohs(port);
}

static struct host *blocks_begin(struct kunit *test, u16 size, u8 most)
{
	struct host *hosts = kunit_kcalloc(test, 3, sizeof(*hosts), GFP_KERNEL);

	uplink->block = size;
	uplink->max_blocks = most;
	return hosts;
}

/* All that a host gets lies in its own block, whatever the protocol. */
static void blocks_are_apart(struct kunit *test)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE,
				     IPPROTO_ICMP, IPPROTO_DCCP };
	struct host *hosts = blocks_begin(test, 64, 1);
	int i, h, port, first[2];

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	for (i = 0; i < 100; i++) {
		for (h = 0; h < 2; h++) {
			port = take_for(&hosts[h], protos[i % 5], 40001 + i);
			KUNIT_ASSERT_GE(test, port, 1024);
			if (!i)
				first[h] = port / 64;
			KUNIT_ASSERT_EQ(test, port / 64, first[h]);
			KUNIT_ASSERT_EQ(test, port & 1, (40001 + i) & 1);
		}
	}
	KUNIT_EXPECT_NE(test, first[0], first[1]);
	KUNIT_EXPECT_EQ(test, hosts[0].blocks_count, 1);
	/* The internal port, when it lies there. */
	port = first[0] * 64 + 63;
	while (take_for(&hosts[0], IPPROTO_TCP, port) != port && port > first[0] * 64)
		port--;
	KUNIT_EXPECT_EQ(test, port / 64, first[0]);
}

/* As many blocks as allowed, each to its last port; others have theirs. */
static void blocks_are_capped(struct kunit *test)
{
	struct host *hosts = blocks_begin(test, 64, 3);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	for (i = 0; i < 3 * 64; i++)
		KUNIT_ASSERT_GT(test, take_for(&hosts[0], IPPROTO_UDP, 5000), 0);
	KUNIT_EXPECT_EQ(test, hosts[0].blocks_count, 3);
	KUNIT_EXPECT_EQ(test, take_for(&hosts[0], IPPROTO_UDP, 5000),
			-REASON_HOST_BLOCKS);
	KUNIT_EXPECT_GT(test, take_for(&hosts[0], IPPROTO_TCP, 5000), 0);
	KUNIT_EXPECT_GT(test, take_for(&hosts[1], IPPROTO_UDP, 5000), 0);
}

static void blocks_run_out(struct kunit *test)
{
	struct host *hosts = blocks_begin(test, 64, 64);
	int port, mine;

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	uplink->port_min = 20000;	/* 20032 to 20159: two blocks */
	uplink->port_max = 20200;
	mine = take_for(&hosts[0], IPPROTO_UDP, 5000);
	KUNIT_EXPECT_GE(test, mine, 20032);
	port = take_for(&hosts[1], IPPROTO_UDP, 5000);
	KUNIT_EXPECT_LE(test, port, 20159);
	KUNIT_EXPECT_EQ(test, take_for(&hosts[2], IPPROTO_UDP, 5000),
			-REASON_BLOCKS_EXHAUSTED);
	/* Rest over, the block is another's. */
	release(IPPROTO_UDP, mine, 1000 * HZ);
	KUNIT_EXPECT_EQ(test, hosts[0].blocks_count, 1);
	KUNIT_EXPECT_LT(test, take_for(&hosts[2], IPPROTO_UDP, 5000), 0);
	pn->pool.held[pn->pool.held_head].until = jiffies;
	expire_held();
	KUNIT_EXPECT_EQ(test, hosts[0].blocks_count, 0);
	KUNIT_EXPECT_EQ(test, take_for(&hosts[2], IPPROTO_UDP, 5000) / 64, mine / 64);
}

static int take_this(const struct host *host, u8 proto, u16 port)
{
	int err;

	spin_lock_bh(&pn->mappings.lock);
	err = ext_take_this(pn, ext, host, proto, htons(port));
	spin_unlock_bh(&pn->mappings.lock);
	return err;
}

/* Of a block nobody else gets a port; where somebody has one is no block. */
static void blocks_are_not_shared(struct kunit *test)
{
	struct host *hosts = blocks_begin(test, 64, 64);
	int port, i;

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	uplink->port_min = 20032;
	uplink->port_max = 20159;
	KUNIT_EXPECT_EQ(test, take_this(&hosts[0], IPPROTO_TCP, 20100), 0);
	port = take_for(&hosts[0], IPPROTO_UDP, 20101);
	KUNIT_EXPECT_EQ(test, port / 64, 20032 / 64);
	KUNIT_EXPECT_EQ(test, take_for(&hosts[1], IPPROTO_UDP, 20101),
			-REASON_BLOCKS_EXHAUSTED);
	KUNIT_EXPECT_EQ(test, take_this(&hosts[1], IPPROTO_TCP, 20040), -EBUSY);
	KUNIT_EXPECT_EQ(test, take_this(&hosts[1], IPPROTO_SCTP, 20040), 0);
	KUNIT_EXPECT_EQ(test, take_this(&hosts[0], IPPROTO_TCP, 20040), 0);
	/* Nor without blocks, as long as there are some. */
	for (i = 0; i < 63; i++)
		KUNIT_ASSERT_EQ(test, take(IPPROTO_TCP, 20040) / 64, 20100 / 64);
	KUNIT_EXPECT_EQ(test, take(IPPROTO_TCP, 20040), -ENOSPC);
}

/* Made for a certain port, or not at all; unused it goes again. */
static void block_around_a_port(struct kunit *test)
{
	struct host *hosts = blocks_begin(test, 256, 1);
	enum reason why;
	int err[4], had;

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	spin_lock_bh(&pn->mappings.lock);
	err[0] = block_cover(pn, ext, &hosts[0], htons(1023), &why);
	err[1] = block_cover(pn, ext, &hosts[0], htons(8000), &why);
	err[2] = block_cover(pn, ext, &hosts[1], htons(7999), &why);
	err[3] = block_cover(pn, ext, &hosts[0], htons(9000), &why);
	had = hosts[0].blocks_count;
	block_leave(ext, htons(8000));
	spin_unlock_bh(&pn->mappings.lock);
	KUNIT_EXPECT_EQ(test, err[0], -EBUSY);
	KUNIT_EXPECT_EQ(test, err[1], 0);
	KUNIT_EXPECT_EQ(test, err[2], -EBUSY);
	/* It has its share; a port in the block it has is still to be had. */
	KUNIT_EXPECT_EQ(test, err[3], -EBUSY);
	KUNIT_EXPECT_EQ(test, had, 1);
	KUNIT_EXPECT_EQ(test, hosts[0].blocks_count, 0);
}

/* What the kernel may give to sockets is in no block. */
static void blocks_leave_the_local_range(struct kunit *test)
{
	struct host *hosts = blocks_begin(test, 4096, 64);
	int low, high, i, port;

	KUNIT_ASSERT_NOT_NULL(test, hosts);
	inet_get_local_port_range(&init_net, &low, &high);
	ext->local = true;
	for (i = 0; i < 40000; i++) {
		port = take_for(&hosts[0], IPPROTO_ICMP, i);
		if (port < 0)
			break;
		KUNIT_ASSERT_TRUE(test, port / 4096 * 4096 + 4095 < low ||
				  port / 4096 * 4096 > high);
	}
	KUNIT_EXPECT_EQ(test, port, -REASON_BLOCKS_EXHAUSTED);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(found_by_address),
	KUNIT_CASE_PARAM(free_port_is_kept, internal_gen_params),
	KUNIT_CASE_PARAM(taken_port_gives_another, internal_gen_params),
	KUNIT_CASE(protocols_do_not_meet),
	KUNIT_CASE(tunnels_have_one),
	KUNIT_CASE(exhaustion),
	KUNIT_CASE(this_very_one),
	KUNIT_CASE(freed_port_rests),
	KUNIT_CASE(whole_address_changes_no_port),
	KUNIT_CASE(rest_ends_early),
	KUNIT_CASE(rest_is_bounded),
	KUNIT_CASE(owner_is_an_index),
	KUNIT_CASE(local_range_is_left_out),
	KUNIT_CASE(draws_are_even),
	KUNIT_CASE(blocks_are_apart),
	KUNIT_CASE(blocks_are_capped),
	KUNIT_CASE(blocks_run_out),
	KUNIT_CASE(blocks_are_not_shared),
	KUNIT_CASE(block_around_a_port),
	KUNIT_CASE(blocks_leave_the_local_range),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_pool",
	.init = pool_begin,
	.exit = pool_end,
	.test_cases = cases,
};

kunit_test_suite(suite);
