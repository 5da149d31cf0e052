// SPDX-License-Identifier: GPL-2.0
/* The audit: books of nothing balance, and each wrong counter shows where it is. */
#include <kunit/test.h>
#include <linux/portico.h>

#include "audit.h"
#include "net.h"
#include "port.h"
#include "reason.h"

#define BOOKS(field)	offsetof(struct portico_net, field)
#define PORTS(field)	offsetof(struct port_row, field)
#define REASONS(field)	offsetof(struct reason_cpu, field)

struct wrong {
	const char *row;	/* the equation that is to fail */
	enum { U32_OF_BOOKS, U64_OF_BOOKS, U64_OF_PORTS, U64_OF_REASONS } kind;
	size_t at;
};

/* Counters that atomics hold are words of the same size; nobody else is here. */
static const struct wrong wrongs[] = {
	{ "mappings: counted = found", U32_OF_BOOKS, BOOKS(mappings.count) },
	{ "live sessions: counted = hosts", U32_OF_BOOKS, BOOKS(sessions.count) },
	{ "mappings: made = found + ended", U64_OF_BOOKS, BOOKS(mappings.created) },
	{ "mappings: made = found + ended", U64_OF_BOOKS, BOOKS(history.lost) },
	{ "out packets: mappings = hosts", U64_OF_BOOKS,
	  BOOKS(mappings.retired.packets[DIR_OUT]) },
	{ "out bytes: mappings = translated", U64_OF_BOOKS,
	  BOOKS(mappings.retired.bytes[DIR_OUT]) },
	{ "in packets: mappings = translated", U64_OF_BOOKS,
	  BOOKS(mappings.retired.packets[DIR_IN]) },
	{ "in bytes: mappings = hosts", U64_OF_BOOKS,
	  BOOKS(mappings.retired.bytes[DIR_IN]) },
	{ "bytes of ended mappings: hosts = history", U64_OF_BOOKS,
	  BOOKS(history.lost_sum.bytes[DIR_OUT]) },
	{ "packets of ended mappings: hosts = history", U64_OF_BOOKS,
	  BOOKS(history.lost_sum.packets[DIR_IN]) },
	{ "out bytes: mappings = live sessions + remotes", U64_OF_BOOKS,
	  BOOKS(peers.side[PEER_REMOTE].other.flow.bytes[DIR_IN]) },
	{ "in bytes: mappings = live sessions + remotes", U64_OF_BOOKS,
	  BOOKS(peers.side[PEER_REMOTE].other.flow.bytes[DIR_OUT]) },
	{ "bytes of closed sockets: own addresses = remotes", U64_OF_BOOKS,
	  BOOKS(peers.side[PEER_LOCAL].other.local.bytes[DIR_IN]) },
	{ "prefix packets: hosts = exchanged", U64_OF_BOOKS,
	  BOOKS(hosts.other.packets[DIR_OUT]) },
	{ "prefix bytes: hosts = exchanged", U64_OF_BOOKS,
	  BOOKS(hosts.other.bytes[DIR_IN]) },
	{ "ingress packets: seen = reasons", U64_OF_REASONS,
	  REASONS(seen[PORTICO_HOOK_INGRESS].packets) },
	{ "pre-routing bytes: seen = reasons", U64_OF_REASONS,
	  REASONS(at[PORTICO_HOOK_PRE_ROUTING][REASON_INBOUND].bytes) },
	{ "in bytes: mappings = translated", U64_OF_REASONS,
	  REASONS(at[PORTICO_HOOK_PRE_ROUTING][REASON_INBOUND].bytes) },
	{ "post-routing packets: seen = reasons", U64_OF_REASONS,
	  REASONS(seen[PORTICO_HOOK_POST_ROUTING].packets) },
	{ "local-in packets: ports = booked", U64_OF_REASONS,
	  REASONS(at[PORTICO_HOOK_LOCAL_IN][REASON_SOCKET].packets) },
	{ "local-out bytes: ports = booked", U64_OF_REASONS,
	  REASONS(at[PORTICO_HOOK_LOCAL_OUT][REASON_SOCKET].bytes) },
	{ "local-in packets: ports = booked", U64_OF_PORTS,
	  PORTS(in_packets[PORT_NONE]) },
	{ "local-in bytes: ports = booked", U64_OF_PORTS, PORTS(in_bytes) },
	{ "local-out packets: ports = booked", U64_OF_PORTS, PORTS(out_packets) },
	{ "local-out bytes: ports = booked", U64_OF_PORTS, PORTS(out_bytes) },
};

static void wrong_desc(const struct wrong *wrong, char *desc)
{
	strscpy(desc, wrong->row, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(wrong, wrongs, wrong_desc);

static void add_to(struct portico_net *pn, const struct wrong *wrong, int n)
{
	switch (wrong->kind) {
	case U32_OF_BOOKS:
		*(u32 *)((void *)pn + wrong->at) += n;
		break;
	case U64_OF_BOOKS:
		*(u64 *)((void *)pn + wrong->at) += n;
		break;
	case U64_OF_PORTS:
		*(u64 *)((void *)&pn->ports->other + wrong->at) += n;
		break;
	case U64_OF_REASONS:
		*(u64 *)((void *)per_cpu_ptr(pn->reasons, 0) + wrong->at) += n;
		break;
	}
}

/* Rows that do not hold, and whether that of this name is among them. */
static u32 failing(struct kunit *test, struct portico_net *pn, const char *row,
		   bool *named)
{
	struct audit *audit = kunit_kzalloc(test, sizeof(*audit), GFP_KERNEL);
	u32 i, n = 0;

	KUNIT_ASSERT_NOT_NULL(test, audit);
	KUNIT_ASSERT_EQ(test, audit_run(pn, audit), 0);
	KUNIT_EXPECT_GT(test, audit->count, 20U);
	*named = false;
	for (i = 0; i < audit->count; i++) {
		if (audit->rows[i].left == audit->rows[i].right)
			continue;
		n++;
		*named |= row && !strcmp(row, audit->rows[i].name);
	}
	return n;
}

static void nothing_balances(struct kunit *test)
{
	bool named;

	KUNIT_EXPECT_EQ(test, failing(test, portico_pernet(&init_net), NULL, &named), 0U);
}

static void wrong_counter_shows(struct kunit *test)
{
	const struct wrong *wrong = test->param_value;
	struct portico_net *pn = portico_pernet(&init_net);
	bool named;

	add_to(pn, wrong, 1);
	KUNIT_EXPECT_GT(test, failing(test, pn, wrong->row, &named), 0U);
	KUNIT_EXPECT_TRUE_MSG(test, named, "%s", wrong->row);
	add_to(pn, wrong, -1);
	KUNIT_EXPECT_EQ(test, failing(test, pn, NULL, &named), 0U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_balances),
	KUNIT_CASE_PARAM(wrong_counter_shows, wrong_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_audit",
	.test_cases = cases,
};

kunit_test_suite(suite);
