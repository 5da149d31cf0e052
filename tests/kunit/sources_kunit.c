// SPDX-License-Identifier: GPL-2.0
/* How many addresses: what is said against what there were. */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/prandom.h>

#include "sources.h"

#define TRIALS	20		/* secrets, for each number */

struct number {
	const char *name;
	u32 addresses;
	u32 mean, each;		/* permille off, at most: the mean, and any trial */
};

/*
 * Standard errors of one trial: HyperLogLog's 65 permille, the mean's a fourth of
 * it; bounds are four of them. Few are counted by the registers they leave out.
 */
static const struct number numbers[] = {
	{ "one",	1,	0,	0 },
	{ "two",	2,	0,	0 },
	{ "ten",	10,	50,	200 },
	{ "100",	100,	30,	160 },
	{ "1000",	1000,	65,	260 },
	{ "10000",	10000,	65,	260 },
	{ "40000",	40000,	65,	260 },
};

static void number_desc(const struct number *n, char *desc)
{
	strscpy(desc, n->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(number, numbers, number_desc);

static u32 off(u64 said, u64 there)
{
	return div64_u64((said > there ? said - there : there - said) * 1000, there);
}

/* Addresses in a row: what a scanner has, and a hash finds hardest. */
static void count_is_near(struct kunit *test)
{
	const struct number *n = test->param_value;
	struct rnd_state rnd;
	struct key_secret secret;
	u32 i, t, said;
	u64 sum = 0;

	prandom_seed_state(&rnd, 6056);
	for (t = 0; t < TRIALS; t++) {
		struct sources s = {};

		prandom_bytes_state(&rnd, &secret, sizeof(secret));
		for (i = 0; i < n->addresses + 10; i++)
			sources_add(&s, sources_hash4(&secret, htonl(0x0a000000 +
							i % n->addresses)));
		said = sources_count(&s);
		sources_free(&s);
		sum += said;
		KUNIT_EXPECT_LE_MSG(test, off(said, n->addresses), n->each,
				    "%u said, trial %u", said, t);
	}
	KUNIT_EXPECT_LE_MSG(test, off(sum, (u64)n->addresses * TRIALS), n->mean,
			    "%llu said, all together", sum);
}

static void fill(struct sources *s, const struct key_secret *secret, u32 from,
		 u32 to)
{
	for (; from < to; from++)
		sources_add(s, sources_hash4(secret, htonl(from)));
}

static void joined_is_as_one(struct kunit *test)
{
	static const u32 cuts[] = { 0, 1, 2, 50, 99, 100 };
	const struct key_secret secret = { 0x123456789abcdefULL, 0xfedcba987654321ULL };
	struct sources all = {}, a, b;
	int i;

	fill(&all, &secret, 0, 100);
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		a = (struct sources){};
		b = (struct sources){};
		fill(&a, &secret, 0, cuts[i]);
		fill(&b, &secret, cuts[i], 100);
		sources_join(&a, &b);
		sources_join(&a, &b);
		KUNIT_EXPECT_EQ_MSG(test, sources_count(&a), sources_count(&all),
				    "cut at %u", cuts[i]);
		sources_free(&a);
		sources_free(&b);
	}
	sources_free(&all);
}

static void mapped_is_the_same(struct kunit *test)
{
	const struct key_secret secret = { 3, 5 };
	struct in6_addr mapped = { .s6_addr32 = { 0, 0, htonl(0xffff), htonl(0xc0000201) } };
	struct in6_addr other = { .s6_addr32 = { htonl(0x20010db8), 0, 0, htonl(0xc0000201) } };

	KUNIT_EXPECT_EQ(test, sources_hash6(&secret, &mapped),
			sources_hash4(&secret, htonl(0xc0000201)));
	KUNIT_EXPECT_NE(test, sources_hash6(&secret, &other),
			sources_hash4(&secret, htonl(0xc0000201)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(count_is_near, number_gen_params),
	KUNIT_CASE(joined_is_as_one),
	KUNIT_CASE(mapped_is_the_same),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_sources",
	.test_cases = cases,
};

kunit_test_suite(suite);
