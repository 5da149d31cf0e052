// SPDX-License-Identifier: GPL-2.0
/* A mapping in 32 bits: there and back, and who cannot be referred to. */
#include <kunit/test.h>
#include <linux/slab.h>

#include "mapping.h"
#include "mapping_ref.h"

#define SOME	64

static void there_and_back(struct kunit *test)
{
	size_t size = 1UL << max_t(int, mapping_ref_shift,
				   ilog2(sizeof(struct mapping)));
	struct mapping *m;
	int i;

	for (i = 0; i < SOME; i++) {
		m = kunit_kzalloc(test, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_ASSERT_TRUE(test, mapping_has_ref(m));
		KUNIT_EXPECT_NE(test, mapping_to_ref(m), 0);
		KUNIT_EXPECT_PTR_EQ(test, mapping_of_ref(mapping_to_ref(m)), m);
	}
}

static void none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mapping_to_ref(NULL), 0);
	KUNIT_EXPECT_NULL(test, mapping_of_ref(0));
}

/* The last place that has one, and the first that has not. */
static void ends(struct kunit *test)
{
	unsigned long step = 1UL << mapping_ref_shift;
	struct mapping *last = (void *)(PAGE_OFFSET + U32_MAX * step);
	struct mapping *beyond = (void *)(PAGE_OFFSET + U32_MAX * step + step);

	KUNIT_EXPECT_TRUE(test, mapping_has_ref(last));
	KUNIT_EXPECT_EQ(test, mapping_to_ref(last), U32_MAX);
	KUNIT_EXPECT_PTR_EQ(test, mapping_of_ref(U32_MAX), last);
	KUNIT_EXPECT_FALSE(test, mapping_has_ref(beyond));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(there_and_back),
	KUNIT_CASE(none),
	KUNIT_CASE(ends),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_mapping_ref",
	.test_cases = cases,
};

kunit_test_suite(suite);
