// SPDX-License-Identifier: GPL-2.0
/* When packets are kept to be carried out together, and when it is not tried. */
#include <kunit/test.h>

#include "fast_batch.h"

static struct fast_batch *new_batch(struct kunit *test)
{
	struct fast_batch *batch;

	batch = kunit_kzalloc(test, sizeof(*batch), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, batch);
	return batch;
}

/* How many of @packets, each alone in its queue, were kept. */
static unsigned int kept(struct fast_batch *batch, unsigned int packets)
{
	unsigned int count = 0;

	while (packets--) {
		if (batch_lonely(batch))
			continue;
		count++;
		batch_learn(batch, 1);
	}
	return count;
}

static void company_at_first(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kept(new_batch(test), BATCH_LONELY), BATCH_LONELY);
}

static void few_when_lonely(struct kunit *test)
{
	struct fast_batch *batch = new_batch(test);

	kept(batch, BATCH_LONELY);
	KUNIT_EXPECT_EQ(test, kept(batch, BATCH_TRY - 1), 0U);
	KUNIT_EXPECT_EQ(test, kept(batch, 1), 1U);
	KUNIT_EXPECT_EQ(test, kept(batch, 100 * BATCH_TRY), 100U);
}

static void all_when_joined(struct kunit *test)
{
	struct fast_batch *batch = new_batch(test);

	kept(batch, BATCH_LONELY);
	batch_learn(batch, 2);
	KUNIT_EXPECT_EQ(test, kept(batch, BATCH_LONELY), BATCH_LONELY);
	KUNIT_EXPECT_EQ(test, kept(batch, BATCH_TRY - 1), 0U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(company_at_first),
	KUNIT_CASE(few_when_lonely),
	KUNIT_CASE(all_when_joined),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_batch",
	.test_cases = cases,
};

kunit_test_suite(suite);
