// SPDX-License-Identifier: GPL-2.0
/*
 * The module that carries all unit suites; the suites are the *_kunit.c here.
 * A kernel with KUnit finds them by itself; for one without, this starts them.
 */
#include <linux/module.h>

#ifdef PORTICO_SUITE_LISTS
#define X(list) extern struct kunit_suite *list[];
PORTICO_SUITE_LISTS
#undef X

#define X(list) list,
static struct kunit_suite **lists[] = { PORTICO_SUITE_LISTS NULL };
#undef X

static int count(struct kunit_suite **suites)
{
	int n = 0;

	while (suites[n])
		n++;
	return n;
}

static int __init suites_start(void)
{
	int i;

	for (i = 0; lists[i]; i++)
		__kunit_test_suites_init(lists[i], count(lists[i]));
	return 0;
}
module_init(suites_start);

static void __exit suites_end(void)
{
	int i;

	for (i = 0; lists[i]; i++)
		__kunit_test_suites_exit(lists[i], count(lists[i]));
}
module_exit(suites_end);
#endif

MODULE_DESCRIPTION("Unit tests of Portico");
MODULE_LICENSE("GPL");
