// SPDX-License-Identifier: GPL-2.0
/* The mapping table's hash: keys in a row must not fall upon one another. */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/prandom.h>

#include "key_hash.h"
#include "tuple.h"

#define SECRETS	300
#define KEYS	4096
#define BUCKETS	1024
/* Four a bucket, drawn at random: more than 20 in any comes once in 10^5 tables. */
#define MOST	20

struct row {
	const char *desc;
	u32 hosts;
};

static const struct row rows[] = {
	{ "the ports of one host in a row", 1 },
	{ "of eight hosts in a row", 8 },
	{ "one port of 4096 hosts", KEYS },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static void fill(const struct row *row, const struct key_secret *secret,
		 u8 *low, u8 *high)
{
	u32 i, hash;
	u64 key;

	for (i = 0; i < KEYS; i++) {
		key = endpoint_key((__force u32)htonl(0x0a000001 + i % row->hosts),
				   htons(10000 + i / row->hosts), IPPROTO_UDP,
				   NFPROTO_IPV4);
		hash = key_mix(secret, key);
		low[hash % BUCKETS]++;
		high[hash >> 22]++;
	}
}

/* Low bits choose the bucket, high ones tell the keys in it apart. */
static void in_a_row(struct kunit *test)
{
	u8 *load = kunit_kmalloc(test, 2 * BUCKETS, GFP_KERNEL);
	struct key_secret secret;
	struct rnd_state rnd;
	u32 n, i;

	KUNIT_ASSERT_NOT_NULL(test, load);
	prandom_seed_state(&rnd, 4787);
	for (n = 0; n < SECRETS; n++) {
		prandom_bytes_state(&rnd, &secret, sizeof(secret));
		memset(load, 0, 2 * BUCKETS);
		fill(test->param_value, &secret, load, load + BUCKETS);
		for (i = 0; i < 2 * BUCKETS; i++)
			KUNIT_ASSERT_LE_MSG(test, load[i], MOST,
					    "secret %u, bucket %u", n, i);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(in_a_row, row_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_key_hash",
	.test_cases = cases,
};

kunit_test_suite(suite);
