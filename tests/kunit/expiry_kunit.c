// SPDX-License-Identifier: GPL-2.0
/* How long an idle session lives. */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/portico.h>

#include "net.h"

/* Each time-out is its own number, so that a mix-up shows. */
static const struct uplink_timeouts timeouts = {
	.udp = 300, .tcp_opening = 240, .tcp_established = 7440,
	.tcp_closing = 241, .icmp = 60, .hold = 120, .other = 301,
};

struct row {
	const char *desc;
	u8 proto, state;
	u32 seconds;
};

static const struct row rows[] = {
	{ "udp", IPPROTO_UDP, PORTICO_STATE_ACTIVE, 300 },
	{ "udp answered", IPPROTO_UDP, PORTICO_STATE_REPLIED, 300 },
	{ "udp-lite", IPPROTO_UDPLITE, PORTICO_STATE_ACTIVE, 300 },
	{ "icmp", IPPROTO_ICMP, PORTICO_STATE_ACTIVE, 60 },
	{ "icmpv6", IPPROTO_ICMPV6, PORTICO_STATE_ACTIVE, 60 },
	{ "dccp asking", IPPROTO_DCCP, PORTICO_STATE_ACTIVE, 240 },
	{ "dccp answered", IPPROTO_DCCP, PORTICO_STATE_REPLIED, 7440 },
	{ "gre answered", IPPROTO_GRE, PORTICO_STATE_REPLIED, 301 },
	{ "esp", IPPROTO_ESP, PORTICO_STATE_ACTIVE, 301 },
	{ "sctp", IPPROTO_SCTP, PORTICO_STATE_ACTIVE, 301 },
	{ "tcp nothing seen", IPPROTO_TCP, PORTICO_STATE_NONE, 240 },
	{ "tcp opening out", IPPROTO_TCP, PORTICO_STATE_OPENING_OUT, 240 },
	{ "tcp opening in", IPPROTO_TCP, PORTICO_STATE_OPENING_IN, 240 },
	{ "tcp established", IPPROTO_TCP, PORTICO_STATE_ESTABLISHED, 7440 },
	{ "tcp fin out", IPPROTO_TCP, PORTICO_STATE_FIN_OUT, 7440 },
	{ "tcp fin in", IPPROTO_TCP, PORTICO_STATE_FIN_IN, 7440 },
	{ "tcp closing", IPPROTO_TCP, PORTICO_STATE_CLOSING, 241 },
	{ "tcp reset", IPPROTO_TCP, PORTICO_STATE_RESET, 241 },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static struct mapping *mapping(struct kunit *test, u8 proto)
{
	struct mapping *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct ext_addr *ext = kunit_kzalloc(test, sizeof(*ext), GFP_KERNEL);
	struct uplink *uplink = kunit_kzalloc(test, sizeof(*uplink), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, ext);
	KUNIT_ASSERT_NOT_NULL(test, uplink);
	uplink->timeouts = timeouts;
	ext->uplink = uplink;
	m->ext = ext;
	m->key = endpoint_key(1, htons(1), proto, NFPROTO_IPV4);
	return m;
}

static void timeout(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct mapping *m = mapping(test, row->proto);

	KUNIT_EXPECT_EQ(test, session_timeout(m->ext->uplink, row->proto,
					      row->state), row->seconds);
}

/* Never early: the last packet's stamp may be up to a quarter second old. */
static void deadline(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct mapping *m = mapping(test, row->proto);
	u32 last[] = { 0, 1, 12345, INT_MAX, (u32)INT_MAX + 1, U32_MAX };
	u32 after;
	int i;

	m->first.state = row->state;
	m->first.window[DIR_IN] = 16;
	m->first.window[DIR_OUT] = 16;
	for (i = 0; i < ARRAY_SIZE(last); i++) {
		m->first.last = last[i];
		after = session_deadline(m, &m->first) - last[i];
		KUNIT_EXPECT_GE(test, after, row->seconds * HZ);
		KUNIT_EXPECT_LE(test, after, (row->seconds + 1) * HZ);
	}
}

/* A segment from nowhere makes no connection that lasts. */
static void one_sided(struct kunit *test)
{
	struct mapping *m = mapping(test, IPPROTO_TCP);
	int dir;

	m->first.state = PORTICO_STATE_ESTABLISHED;
	for (dir = 0; dir < __DIRS; dir++) {
		m->first.window[dir] = 16;
		m->first.window[!dir] = 0;
		KUNIT_EXPECT_LE(test, session_deadline(m, &m->first), 241U * HZ);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(timeout, row_gen_params),
	KUNIT_CASE_PARAM(deadline, row_gen_params),
	KUNIT_CASE(one_sided),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_expiry",
	.test_cases = cases,
};

kunit_test_suite(suite);
