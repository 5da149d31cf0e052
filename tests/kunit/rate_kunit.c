// SPDX-License-Identifier: GPL-2.0
/* Rates and quotas: what a host moved, looked at now and then. */
#include <kunit/test.h>
#include <linux/jiffies.h>

#include "rate.h"

static struct flow_counters moved(u64 out, u64 in)
{
	return (struct flow_counters){ .bytes = { out, in } };
}

static void of_a_second(struct kunit *test)
{
	struct flow_counters now = moved(3000, 500);
	struct host_rate rate = { .at = 100 };

	rate_update(&rate, &now, 100 + HZ);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_OUT], 3000);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_IN], 500);
	now = moved(13000, 500);
	rate_update(&rate, &now, 100 + 3 * HZ);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_OUT], 5000);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_IN], 0);
}

/* Jiffies wrap five minutes after boot on purpose. */
static void across_a_wrap(struct kunit *test)
{
	struct host_rate rate = { .at = (unsigned long)-HZ };
	struct flow_counters now = moved(2000, 0);

	rate_update(&rate, &now, HZ);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_OUT], 1000);
}

static void of_no_time_at_all(struct kunit *test)
{
	struct flow_counters now = moved(2000, 0);
	struct host_rate rate = { .at = 50 };

	rate_update(&rate, &now, 50);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_OUT], 0);
	/* And nothing of it is lost. */
	rate_update(&rate, &now, 50 + HZ);
	KUNIT_EXPECT_EQ(test, rate.second.bytes[DIR_OUT], 2000);
}

static void of_a_minute(struct kunit *test)
{
	struct flow_counters now = moved(0, 0);
	struct host_rate rate = { .at = 0 };
	int i;

	for (i = 1; i <= 300; i++) {
		now.bytes[DIR_OUT] += 6000;
		rate_update(&rate, &now, i * HZ);
	}
	/* Steady: both are the same, but for what is rounded down. */
	KUNIT_EXPECT_GT(test, rate.minute.bytes[DIR_OUT], 5900);
	KUNIT_EXPECT_LE(test, rate.minute.bytes[DIR_OUT], 6000);
	for (; i <= 360; i++)
		rate_update(&rate, &now, i * HZ);
	/* Silent for a minute: 1/e is left. */
	KUNIT_EXPECT_GT(test, rate.minute.bytes[DIR_OUT], 1900);
	KUNIT_EXPECT_LT(test, rate.minute.bytes[DIR_OUT], 2300);
	/* Seldom looked at: what lay in between is its mean. */
	now.bytes[DIR_OUT] += 120 * 1000;
	rate_update(&rate, &now, (i + 119) * HZ);
	KUNIT_EXPECT_EQ(test, rate.minute.bytes[DIR_OUT], rate.second.bytes[DIR_OUT]);
}

static void quota_is_used_up_once(struct kunit *test)
{
	struct host_rate rate = {};

	/* What it had before is not held against it. */
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 1000, 60, 5000, 7 * HZ));
	KUNIT_EXPECT_EQ(test, quota_used(&rate, 5000), 0);
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 1000, 60, 5999, 8 * HZ));
	KUNIT_EXPECT_FALSE(test, rate.over);
	KUNIT_EXPECT_TRUE(test, quota_update(&rate, 1000, 60, 6000, 9 * HZ));
	KUNIT_EXPECT_TRUE(test, rate.over);
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 1000, 60, 7000, 10 * HZ));
	KUNIT_EXPECT_TRUE(test, rate.over);
	KUNIT_EXPECT_EQ(test, quota_used(&rate, 7000), 2000);
}

static void quota_begins_anew(struct kunit *test)
{
	struct host_rate rate = {};

	quota_update(&rate, 1000, 60, 0, 0 * HZ + 1);
	KUNIT_EXPECT_TRUE(test, quota_update(&rate, 1000, 60, 1000, HZ));
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 1000, 60, 1500, 60 * HZ));
	KUNIT_EXPECT_TRUE(test, rate.over);
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 1000, 60, 1500, 60 * HZ + 1));
	KUNIT_EXPECT_FALSE(test, rate.over);
	KUNIT_EXPECT_EQ(test, quota_used(&rate, 1600), 100);
	KUNIT_EXPECT_TRUE(test, quota_update(&rate, 1000, 60, 2500, 61 * HZ));
}

static void quota_is_changed(struct kunit *test)
{
	struct host_rate rate = {};

	quota_update(&rate, 1000, 3600, 0, HZ);
	KUNIT_EXPECT_TRUE(test, quota_update(&rate, 1000, 3600, 1000, 2 * HZ));
	/* Raised: it may go on. */
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 5000, 3600, 1000, 3 * HZ));
	KUNIT_EXPECT_FALSE(test, rate.over);
	/* Lowered: not any more. */
	KUNIT_EXPECT_TRUE(test, quota_update(&rate, 500, 3600, 1000, 4 * HZ));
	/* A shorter period ends earlier. */
	quota_update(&rate, 500, 60, 1000, 5 * HZ);
	KUNIT_EXPECT_EQ(test, rate.quota_end, 65 * HZ);
	/* Taken back. */
	KUNIT_EXPECT_FALSE(test, quota_update(&rate, 0, 60, 9000, 6 * HZ));
	KUNIT_EXPECT_FALSE(test, rate.over);
	KUNIT_EXPECT_EQ(test, quota_used(&rate, 9000), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(of_a_second),
	KUNIT_CASE(across_a_wrap),
	KUNIT_CASE(of_no_time_at_all),
	KUNIT_CASE(of_a_minute),
	KUNIT_CASE(quota_is_used_up_once),
	KUNIT_CASE(quota_begins_anew),
	KUNIT_CASE(quota_is_changed),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_rate",
	.test_cases = cases,
};

kunit_test_suite(suite);
