// SPDX-License-Identifier: GPL-2.0
/* TCP states: segments in, state out. */
#include <kunit/test.h>
#include <linux/portico.h>

#include "session.h"
#include "tcp.h"

#define SYN	0x02
#define FIN	0x01
#define RST	0x04
#define ACK	0x10

/* The client's first byte is 1001, the server's 5001. */
struct segment {
	u8 dir, flags;
	u32 seq, ack, len;
};

struct story {
	const char *desc;
	struct segment segment[8];	/* ends where flags are 0 */
	u8 state;			/* after the last one */
	bool shorter;			/* what the last one returned */
};

#define OPENED \
	{ DIR_OUT, SYN, 1000 }, \
	{ DIR_IN, SYN | ACK, 5000, 1001 }, \
	{ DIR_OUT, ACK, 1001, 5001 }

static const struct story stories[] = {
	{ "syn out", { { DIR_OUT, SYN, 1000 } }, PORTICO_STATE_OPENING_OUT },
	{ "syn in", { { DIR_IN, SYN, 5000 } }, PORTICO_STATE_OPENING_IN },
	{ "syn repeated",
	  { { DIR_OUT, SYN, 1000 }, { DIR_OUT, SYN, 1000 } },
	  PORTICO_STATE_OPENING_OUT },
	{ "handshake", { OPENED }, PORTICO_STATE_ESTABLISHED },
	{ "simultaneous open",
	  { { DIR_OUT, SYN, 1000 }, { DIR_IN, SYN, 5000 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "data both ways",
	  { OPENED, { DIR_OUT, ACK, 1001, 5001, 100 },
	    { DIR_IN, ACK, 5001, 1101, 1000 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "middle of a restored connection",
	  { { DIR_OUT, ACK, 1001, 5001, 10 } }, PORTICO_STATE_ESTABLISHED },
	{ "fin out", { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 } },
	  PORTICO_STATE_FIN_OUT },
	{ "fin in", { OPENED, { DIR_IN, FIN | ACK, 5001, 1001 } },
	  PORTICO_STATE_FIN_IN },
	{ "fin twice one way",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 },
	    { DIR_OUT, FIN | ACK, 1001, 5001 } },
	  PORTICO_STATE_FIN_OUT },
	{ "fin both ways",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 },
	    { DIR_IN, FIN | ACK, 5001, 1002 } },
	  PORTICO_STATE_CLOSING, true },
	{ "fin both ways, server first",
	  { OPENED, { DIR_IN, FIN | ACK, 5001, 1001 },
	    { DIR_OUT, FIN | ACK, 1001, 5002 } },
	  PORTICO_STATE_CLOSING, true },
	{ "data after half close",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 },
	    { DIR_IN, ACK, 5001, 1002, 500 } },
	  PORTICO_STATE_FIN_OUT },
	{ "fin far outside the window",
	  { OPENED, { DIR_IN, FIN | ACK, 5001 + (1 << 30), 1001 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "fin far behind the window",
	  { OPENED, { DIR_IN, FIN | ACK, 5001 - (1 << 30), 1001 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "exact rst in", { OPENED, { DIR_IN, RST, 5001 } },
	  PORTICO_STATE_RESET, true },
	{ "exact rst out", { OPENED, { DIR_OUT, RST, 1001 } },
	  PORTICO_STATE_RESET, true },
	{ "rst in the window, not exact", { OPENED, { DIR_IN, RST, 5101 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "rst one byte low", { OPENED, { DIR_IN, RST, 4999 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "rst out of the window",
	  { OPENED, { DIR_IN, RST, 5001 + (1 << 24) } },
	  PORTICO_STATE_ESTABLISHED },
	{ "rst refuses a syn",
	  { { DIR_OUT, SYN, 1000 }, { DIR_IN, RST | ACK, 0, 1001 } },
	  PORTICO_STATE_RESET, true },
	{ "rst does not know the syn",
	  { { DIR_OUT, SYN, 1000 }, { DIR_IN, RST | ACK, 0, 77 } },
	  PORTICO_STATE_OPENING_OUT },
	{ "rst without ack to a syn",
	  { { DIR_OUT, SYN, 1000 }, { DIR_IN, RST, 0 } },
	  PORTICO_STATE_OPENING_OUT },
	{ "opener gives up",
	  { { DIR_OUT, SYN, 1000 }, { DIR_OUT, RST, 1001 } },
	  PORTICO_STATE_RESET, true },
	{ "rst twice",
	  { OPENED, { DIR_IN, RST, 5001 }, { DIR_IN, RST, 5001 } },
	  PORTICO_STATE_RESET, false },
	{ "data after a rst that was not heeded",
	  { OPENED, { DIR_IN, RST, 5001 }, { DIR_IN, ACK, 5001, 1001, 10 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "syn within an open connection",
	  { OPENED, { DIR_IN, SYN, 9000 } }, PORTICO_STATE_ESTABLISHED },
	{ "new connection after the old one closed",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 },
	    { DIR_IN, FIN | ACK, 5001, 1002 }, { DIR_OUT, SYN, 7000 } },
	  PORTICO_STATE_OPENING_OUT },
	{ "new connection after a reset",
	  { OPENED, { DIR_IN, RST, 5001 }, { DIR_OUT, SYN, 7000 } },
	  PORTICO_STATE_OPENING_OUT },
	{ "new connection after one that the other side forgot",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 }, { DIR_OUT, SYN, 7000 },
	    { DIR_IN, SYN | ACK, 9000, 7001 }, { DIR_OUT, ACK, 7001, 9001 } },
	  PORTICO_STATE_ESTABLISHED },
	{ "new connection after one that both sides forgot",
	  { OPENED, { DIR_OUT, SYN, 700000000 },
	    { DIR_IN, SYN | ACK, 900000000, 700000001 },
	    { DIR_OUT, ACK, 700000001, 900000001 },
	    { DIR_IN, FIN | ACK, 900000001, 700000001 } },
	  PORTICO_STATE_FIN_IN },
	{ "syn from outside after a fin",
	  { OPENED, { DIR_OUT, FIN | ACK, 1001, 5001 }, { DIR_IN, SYN, 9000 } },
	  PORTICO_STATE_FIN_OUT },
	{ "sequence numbers wrap",
	  { { DIR_OUT, SYN, 0xfffffff0 },
	    { DIR_IN, SYN | ACK, 0xffffffff, 0xfffffff1 },
	    { DIR_OUT, ACK, 0xfffffff1, 0, 100 },
	    { DIR_IN, ACK, 0, 0x55, 10 },
	    { DIR_OUT, FIN | ACK, 0x55, 10 },
	    { DIR_IN, FIN | ACK, 10, 0x56 } },
	  PORTICO_STATE_CLOSING, true },
};

static void story_desc(const struct story *story, char *desc)
{
	strscpy(desc, story->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(story, stories, story_desc);

static bool feed(struct session *s, const struct segment *seg)
{
	struct tcphdr th = {
		.seq = htonl(seg->seq),
		.ack_seq = htonl(seg->ack),
		.doff = sizeof(th) / 4,
		.window = htons(64240),
		.syn = !!(seg->flags & SYN),
		.ack = !!(seg->flags & ACK),
		.fin = !!(seg->flags & FIN),
		.rst = !!(seg->flags & RST),
	};

	return tcp_track(s, seg->dir, &th, seg->len);
}

static void state(struct kunit *test)
{
	const struct story *story = test->param_value;
	struct session s = {};
	bool shorter = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(story->segment) && story->segment[i].flags; i++)
		shorter = feed(&s, &story->segment[i]);
	KUNIT_EXPECT_EQ(test, s.state, story->state);
	KUNIT_EXPECT_EQ(test, shorter, story->shorter);
}

/* RFC 7857, RFC 5961: what is not believed does not keep the session alive. */
static void forged_segment_refreshes_nothing(struct kunit *test)
{
	static const struct segment open[] = { OPENED };
	struct segment forged = { DIR_IN, ACK, 5001 + (1 << 30), 1001, 10 };
	struct session s = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(open); i++)
		feed(&s, &open[i]);
	s.last = (u32)jiffies - 10 * HZ;
	feed(&s, &forged);
	KUNIT_EXPECT_GE(test, (u32)jiffies - s.last, 10 * HZ);
	forged.seq = 5001;
	feed(&s, &forged);
	KUNIT_EXPECT_LT(test, (u32)jiffies - s.last, 5 * HZ);
}

struct syn {
	const char *desc;
	u8 option[8];
	u8 doff, scale;
};

static const struct syn syns[] = {
	{ "no option", {}, 5, 0 },
	{ "scale 7", { 3, 3, 7, 0 }, 6, 7 },
	{ "scale after padding", { 1, 3, 3, 9 }, 6, 9 },
	{ "scale beyond the maximum", { 3, 3, 200, 0 }, 6, 14 },
	{ "end before scale", { 0, 3, 3, 7 }, 6, 0 },
	{ "other option first", { 2, 4, 5, 180, 1, 3, 3, 5 }, 7, 5 },
	{ "length zero", { 2, 0, 3, 3 }, 6, 0 },
	{ "length one", { 2, 1, 3, 3 }, 6, 0 },
	{ "length beyond the header", { 2, 40, 3, 3 }, 6, 0 },
	{ "cut in the middle", { 1, 1, 1, 3 }, 6, 0 },
	{ "scale of the wrong length", { 3, 4, 7, 0 }, 6, 0 },
};

static void syn_desc(const struct syn *syn, char *desc)
{
	strscpy(desc, syn->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(syn, syns, syn_desc);

static void window_scale(struct kunit *test)
{
	const struct syn *syn = test->param_value;
	struct session s = {};
	struct {
		struct tcphdr th;
		u8 option[8];
	} packet = { .th = { .syn = 1, .doff = syn->doff } };

	memcpy(packet.option, syn->option, sizeof(syn->option));
	tcp_track(&s, DIR_OUT, &packet.th, 0);
	KUNIT_EXPECT_EQ(test, s.scale[DIR_OUT], syn->scale);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(state, story_gen_params),
	KUNIT_CASE(forged_segment_refreshes_nothing),
	KUNIT_CASE_PARAM(window_scale, syn_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_tcp",
	.test_cases = cases,
};

kunit_test_suite(suite);
