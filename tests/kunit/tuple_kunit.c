// SPDX-License-Identifier: GPL-2.0
/* Endpoints and their keys. */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/inet.h>

#include "tuple.h"

static void key_gives_back(struct kunit *test)
{
	u64 key = endpoint_key(0xc0a8000a, htons(8080), IPPROTO_TCP,
			       NFPROTO_IPV4);

	KUNIT_EXPECT_EQ(test, key_proto(key), IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, key_family(key), NFPROTO_IPV4);
	KUNIT_EXPECT_EQ(test, ntohs(key_port(key)), 8080);
	KUNIT_EXPECT_EQ(test, key >> 32, 0xc0a8000aULL);
}

/* Each part alone makes another key, at both ends of its range. */
static void key_tells_apart(struct kunit *test)
{
	u64 keys[] = {
		endpoint_key(0, 0, 0, 0),
		endpoint_key(1, 0, 0, 0),
		endpoint_key(0xffffffff, 0, 0, 0),
		endpoint_key(0, htons(1), 0, 0),
		endpoint_key(0, htons(0xffff), 0, 0),
		endpoint_key(0, 0, 1, 0),
		endpoint_key(0, 0, 0xff, 0),
		endpoint_key(0, 0, 0, NFPROTO_IPV4),
		endpoint_key(0, 0, 0, NFPROTO_IPV6),
	};
	int i, j;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE_MSG(test, keys[i], keys[j], "%d and %d", i, j);
}

static void ipv4_id_is_the_address(struct kunit *test)
{
	union nf_inet_addr a = { .ip = htonl(0xc0a8000a) };

	KUNIT_EXPECT_EQ(test, addr_id(&a, NFPROTO_IPV4),
			(__force u32)htonl(0xc0a8000a));
}

/* Every word of an IPv6 address plays a part in its fold. */
static void ipv6_id_uses_all_words(struct kunit *test)
{
	union nf_inet_addr zero = {}, one;
	int word;

	for (word = 0; word < 4; word++) {
		one = zero;
		one.all[word] = 1;
		KUNIT_EXPECT_NE_MSG(test, addr_id(&one, NFPROTO_IPV6),
				    addr_id(&zero, NFPROTO_IPV6), "word %d", word);
		KUNIT_EXPECT_FALSE(test, addr_equal(&one, &zero));
		KUNIT_EXPECT_FALSE(test, addr_is_any(&one));
	}
	KUNIT_EXPECT_TRUE(test, addr_is_any(&zero));
	KUNIT_EXPECT_TRUE(test, addr_equal(&zero, &zero));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(key_gives_back),
	KUNIT_CASE(key_tells_apart),
	KUNIT_CASE(ipv4_id_is_the_address),
	KUNIT_CASE(ipv6_id_uses_all_words),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_tuple",
	.test_cases = cases,
};

kunit_test_suite(suite);
