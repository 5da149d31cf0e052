// SPDX-License-Identifier: GPL-2.0
/* Exchanged prefixes: RFC 6296's own example, its edges, and there and back. */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/inet.h>
#include <linux/prandom.h>
#include <net/checksum.h>
#include <net/ipv6.h>

#include "npt.h"
#include "tuple.h"

struct row {
	const char *desc;
	const char *inside, *outside;
	u8 plen;
	const char *from, *to;		/* NULL: cannot be mapped */
	enum npt_result result;
};

static const struct row rows[] = {
	{ "3.6: the example", "fd01:203:405::", "2001:db8:1::", 48,
	  "fd01:203:405:1::1234", "2001:db8:1:d550::1234" },
	{ "3.2: 0xffff is written as 0", "fd01:203:405::", "2001:db8:1::", 48,
	  "fd01:203:405:2ab0::1", "2001:db8:1:0::1" },
	{ "subnet 0", "fd01:203:405::", "2001:db8:1::", 48,
	  "fd01:203:405::1", "2001:db8:1:d54f::1" },
	{ "4.2: subnet 0xffff", "fd01:203:405::", "2001:db8:1::", 48,
	  "fd01:203:405:ffff::1", NULL, NPT_NO_WORD },
	{ "a /48 keeps an identifier of zeros", "fd01:203:405::", "2001:db8:1::", 48,
	  "fd01:203:405:1::", "2001:db8:1:d550::" },
	{ "3.4: shorter than /48", "fd01:200::", "2001:d00::", 24,
	  "fd01:203:405:1::1234", "2001:d03:405:d201::1234" },
	{ "3.5: /64, the first word of the identifier", "fd01:203:405:1::", "2001:db8:1:2::", 64,
	  "fd01:203:405:1::1234", "2001:db8:1:2:d54e::1234" },
	{ "3.5: a word of 0xffff is passed over", "fd01:203:405:1::", "2001:db8:1:2::", 64,
	  "fd01:203:405:1:ffff::1234", "2001:db8:1:2:ffff:d54e:0:1234" },
	{ "3.5: down to the last word", "fd01:203:405:1::", "2001:db8:1:2::", 64,
	  "fd01:203:405:1:ffff:ffff:ffff:1", "2001:db8:1:2:ffff:ffff:ffff:d54f" },
	{ "3.5: no word is left", "fd01:203:405:1::", "2001:db8:1:2::", 64,
	  "fd01:203:405:1:ffff:ffff:ffff:ffff", NULL, NPT_NO_WORD },
	{ "3.7: an identifier of zeros", "fd01:203:405:1::", "2001:db8:1:2::", 64,
	  "fd01:203:405:1::", NULL, NPT_NO_HOST },
	{ "/56 keeps the rest of its subnet", "fd01:203:405:100::", "2001:db8:1:900::", 56,
	  "fd01:203:405:1ab:1::1", "2001:db8:1:9ab:cd50::1" },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static struct in6_addr addr(struct kunit *test, const char *text)
{
	struct in6_addr a = {};

	KUNIT_ASSERT_EQ_MSG(test, in6_pton(text, -1, a.s6_addr, -1, NULL), 1,
			    "%s", text);
	return a;
}

static struct inside prefix(const struct in6_addr *in,
			    const struct in6_addr *out, u8 plen)
{
	struct inside inside = {
		.family = NFPROTO_IPV6, .plen = plen, .npt = true,
		.addr.in6 = *in, .npt_prefix = *out,
		.npt_adjust = npt_adjustment(in, out),
	};

	return inside;
}

static void as_the_rfc_says(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct in6_addr in = addr(test, row->inside);
	struct in6_addr out = addr(test, row->outside);
	struct inside inside = prefix(&in, &out, row->plen);
	struct in6_addr from = addr(test, row->from), got = from, to;

	KUNIT_EXPECT_EQ(test, npt_outwards(&inside, &got), row->result);
	if (row->to) {
		to = addr(test, row->to);
		KUNIT_EXPECT_TRUE_MSG(test, ipv6_addr_equal(&got, &to),
				      "%pI6c", &got);
		KUNIT_EXPECT_EQ(test, npt_inwards(&inside, &got), NPT_DONE);
	}
	/* There and back, or not touched at all. */
	KUNIT_EXPECT_TRUE_MSG(test, ipv6_addr_equal(&got, &from), "%pI6c", &got);
}

static u16 sum(const struct in6_addr *a)
{
	return (__force u16)csum_fold(csum_partial(a, sizeof(*a), 0));
}

/* Any prefixes of any length, any address: the sum stays, and it comes back. */
static void there_and_back(struct kunit *test)
{
	struct in6_addr in, out, was, now;
	struct rnd_state rnd;
	struct inside inside;
	int i, plen;

	prandom_seed_state(&rnd, 6296);
	for (i = 0; i < 2000; i++) {
		plen = 1 + prandom_u32_state(&rnd) % NPT_PLEN_MAX;
		prandom_bytes_state(&rnd, &now, sizeof(now));
		ipv6_addr_prefix(&in, &now, plen);
		was = now;
		prandom_bytes_state(&rnd, &now, sizeof(now));
		ipv6_addr_prefix(&out, &now, plen);
		inside = prefix(&in, &out, plen);
		now = was;
		if (npt_outwards(&inside, &now) != NPT_DONE)
			continue;
		KUNIT_ASSERT_TRUE_MSG(test, ipv6_prefix_equal(&now, &out, plen),
				      "%pI6c is not in %pI6c/%d", &now, &out, plen);
		KUNIT_ASSERT_EQ_MSG(test, sum(&now) % 0xffff, sum(&was) % 0xffff,
				    "%pI6c and %pI6c, /%d", &was, &now, plen);
		KUNIT_ASSERT_EQ(test, npt_inwards(&inside, &now), NPT_DONE);
		KUNIT_ASSERT_TRUE_MSG(test, ipv6_addr_equal(&now, &was),
				      "%pI6c came back as %pI6c", &was, &now);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(as_the_rfc_says, row_gen_params),
	KUNIT_CASE(there_and_back),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_npt",
	.test_cases = cases,
};

kunit_test_suite(suite);
