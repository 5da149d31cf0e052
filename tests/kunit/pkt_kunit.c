// SPDX-License-Identifier: GPL-2.0
/* Parsing: what packets say, and which are refused. */
#include <kunit/test.h>
#include <linux/in.h>

#include "packet.h"
#include "pkt.h"

/* 192.168.0.10 to 203.0.113.80; @frag is the flags and offset word. */
#define IP4(ihl, len, frag, proto) \
	0x40 | (ihl), 0, 0, len, 0, 1, (frag) >> 8, (frag) & 0xff, 64, proto, \
	0, 0, 192, 168, 0, 10, 203, 0, 113, 80
/* 2001:db8::a to 2001:db8::50 */
#define IP6(len, next) \
	0x60, 0, 0, 0, 0, len, next, 64, \
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa, \
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50
/* port 4660 to port 80 */
#define PORTS	0x12, 0x34, 0, 80
#define TCP(doff) \
	PORTS, 0, 0, 0, 1, 0, 0, 0, 2, (doff) << 4, 0x10, 1, 0, 0, 0, 0, 0
#define UDP(len)	PORTS, 0, len, 0, 0
#define ICMP(type)	type, 0, 0, 0, 0x12, 0x34, 0, 1

struct row {
	const char *desc;
	u8 family, len;
	u8 bytes[100];
	enum pkt_parse want;
	u16 sport, dport;
	u16 l4;
};

#define V4	NFPROTO_IPV4
#define V6	NFPROTO_IPV6

static const struct row rows[] = {
	{ "tcp", V4, 40, { IP4(5, 40, 0, 6), TCP(5) }, PKT_OK, 4660, 80, 20 },
	{ "tcp with ip options", V4, 44,
	  { IP4(6, 44, 0, 6), 1, 1, 1, 0, TCP(5) }, PKT_OK, 4660, 80, 24 },
	{ "tcp with tcp options", V4, 44,
	  { IP4(5, 44, 0, 6), TCP(6), 1, 1, 1, 0 }, PKT_OK, 4660, 80, 20 },
	{ "tcp cut before its end", V4, 39, { IP4(5, 39, 0, 6), TCP(5) }, PKT_BAD },
	{ "tcp offset too small", V4, 40, { IP4(5, 40, 0, 6), TCP(4) }, PKT_BAD },
	{ "tcp offset beyond the packet", V4, 40,
	  { IP4(5, 40, 0, 6), TCP(15) }, PKT_BAD },
	{ "udp", V4, 28, { IP4(5, 28, 0, 17), UDP(8) }, PKT_OK, 4660, 80, 20 },
	{ "udp with data", V4, 30,
	  { IP4(5, 30, 0, 17), UDP(10), 1, 2 }, PKT_OK, 4660, 80, 20 },
	{ "udp-lite", V4, 28, { IP4(5, 28, 0, 136), UDP(8) }, PKT_OK, 4660, 80, 20 },
	{ "udp-lite, all of it covered", V4, 30,
	  { IP4(5, 30, 0, 136), UDP(0), 1, 2 }, PKT_OK, 4660, 80, 20 },
	{ "udp-lite, part of it covered", V4, 30,
	  { IP4(5, 30, 0, 136), UDP(9), 1, 2 }, PKT_OK, 4660, 80, 20 },
	{ "udp-lite coverage too small", V4, 28,
	  { IP4(5, 28, 0, 136), UDP(7) }, PKT_BAD },
	{ "udp-lite coverage beyond the packet", V4, 28,
	  { IP4(5, 28, 0, 136), UDP(9) }, PKT_BAD },
	{ "udp, a length of nothing", V4, 28, { IP4(5, 28, 0, 17), UDP(0) }, PKT_BAD },
	{ "udp cut", V4, 27, { IP4(5, 27, 0, 17), UDP(8) }, PKT_BAD },
	{ "udp length too small", V4, 28, { IP4(5, 28, 0, 17), UDP(7) }, PKT_BAD },
	{ "udp length beyond the packet", V4, 28,
	  { IP4(5, 28, 0, 17), UDP(9) }, PKT_BAD },
	{ "echo request", V4, 28, { IP4(5, 28, 0, 1), ICMP(8) },
	  PKT_OK, 4660, 4660, 20 },
	{ "echo reply", V4, 28, { IP4(5, 28, 0, 1), ICMP(0) },
	  PKT_OK, 4660, 4660, 20 },
	{ "timestamp", V4, 28, { IP4(5, 28, 0, 1), ICMP(13) },
	  PKT_OK, 4660, 4660, 20 },
	{ "icmp error", V4, 28, { IP4(5, 28, 0, 1), ICMP(3) }, PKT_NO_PORTS, 0, 0, 20 },
	{ "router advertisement", V4, 28, { IP4(5, 28, 0, 1), ICMP(9) },
	  PKT_NO_PORTS, 0, 0, 20 },
	{ "icmp cut", V4, 27, { IP4(5, 27, 0, 1), ICMP(8) }, PKT_BAD },
	{ "icmpv6 over ipv4", V4, 28, { IP4(5, 28, 0, 58), ICMP(128) },
	  PKT_NO_PORTS, 0, 0, 20 },
	{ "gre", V4, 28, { IP4(5, 28, 0, 47), 0, 0, 8, 0, 0, 0, 0, 0 },
	  PKT_OK, 0, 0, 20 },
	{ "gre cut", V4, 23, { IP4(5, 23, 0, 47), 0, 0, 8 }, PKT_BAD },
	{ "gre over ipv6", V6, 44, { IP6(4, 47), 0, 0, 0x86, 0xdd }, PKT_OK, 0, 0, 40 },
	{ "esp", V4, 28, { IP4(5, 28, 0, 50), 1, 2, 3, 4, 0, 0, 0, 1 },
	  PKT_OK, 0, 0, 20 },
	{ "esp cut", V4, 27, { IP4(5, 27, 0, 50), 1, 2, 3, 4, 0, 0, 0 }, PKT_BAD },
	{ "esp behind options", V6, 56,
	  { IP6(16, 60), 50, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1 },
	  PKT_OK, 0, 0, 48 },
	{ "ah", V4, 28, { IP4(5, 28, 0, 51), 50, 4, 0, 0, 0, 0, 0, 1 },
	  PKT_NO_PORTS, 0, 0, 20 },
	{ "sctp", V4, 32, { IP4(5, 32, 0, 132), UDP(8), 1, 2, 3, 4 },
	  PKT_OK, 4660, 80, 20 },
	{ "sctp cut", V4, 31, { IP4(5, 31, 0, 132), UDP(8), 1, 2, 3 }, PKT_BAD },
	{ "dccp over ipv6", V6, 52, { IP6(12, 33), UDP(8), 1, 2, 3, 4 },
	  PKT_OK, 4660, 80, 40 },
	{ "dccp cut", V4, 31, { IP4(5, 31, 0, 33), UDP(8), 1, 2, 3 }, PKT_BAD },
	{ "first fragment", V4, 28, { IP4(5, 28, 0x2000, 17), UDP(8) },
	  PKT_NO_PORTS, 0, 0, 20 },
	{ "last fragment", V4, 28, { IP4(5, 28, 0x0010, 17), UDP(8) },
	  PKT_NO_PORTS, 0, 0, 20 },
	{ "don't-fragment alone", V4, 28, { IP4(5, 28, 0x4000, 17), UDP(8) },
	  PKT_OK, 4660, 80, 20 },
	{ "header length too small", V4, 28, { IP4(4, 28, 0, 17), UDP(8) }, PKT_BAD },
	{ "header length beyond the packet", V4, 28,
	  { IP4(15, 28, 0, 17), UDP(8) }, PKT_BAD },
	{ "nineteen bytes", V4, 19, { IP4(5, 19, 0, 17) }, PKT_BAD },
	{ "nothing", V4, 0, {}, PKT_BAD },
	{ "ipv6 in the ipv4 hook", V4, 48, { IP6(8, 17), UDP(8) }, PKT_BAD },
	{ "tcp over ipv6", V6, 60, { IP6(20, 6), TCP(5) }, PKT_OK, 4660, 80, 40 },
	{ "udp over ipv6", V6, 48, { IP6(8, 17), UDP(8) }, PKT_OK, 4660, 80, 40 },
	{ "echo request, ipv6", V6, 48, { IP6(8, 58), ICMP(128) },
	  PKT_OK, 4660, 4660, 40 },
	{ "packet too big", V6, 48, { IP6(8, 58), ICMP(2) }, PKT_NO_PORTS, 0, 0, 40 },
	{ "icmpv4 over ipv6", V6, 48, { IP6(8, 1), ICMP(8) }, PKT_NO_PORTS, 0, 0, 40 },
	{ "destination options before udp", V6, 56,
	  { IP6(16, 60), 17, 0, 1, 4, 0, 0, 0, 0, UDP(8) }, PKT_OK, 4660, 80, 48 },
	{ "extension header cut", V6, 44, { IP6(4, 60), 17, 0, 1, 4 }, PKT_BAD },
	{ "fragment, ipv6", V6, 56,
	  { IP6(16, 44), 17, 0, 0, 0x10, 0, 0, 0, 1, UDP(8) }, PKT_NO_PORTS, 0, 0, 40 },
	{ "thirty-nine bytes", V6, 39, { IP6(0, 17) }, PKT_BAD },
	{ "ipv4 in the ipv6 hook", V6, 40, { IP4(5, 40, 0, 6), TCP(5) }, PKT_BAD },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static void parse(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct sk_buff *skb = packet(test, row->bytes, row->len, row->family);
	struct portico_pkt pkt;

	KUNIT_EXPECT_EQ(test, pkt_parse(&pkt, skb, row->family), row->want);
	if (row->want == PKT_BAD)
		return;
	KUNIT_EXPECT_EQ(test, ntohs(pkt.sport), row->sport);
	KUNIT_EXPECT_EQ(test, ntohs(pkt.dport), row->dport);
	KUNIT_EXPECT_EQ(test, pkt.l4, row->l4);
	KUNIT_EXPECT_EQ(test, !!pkt.has_ports, row->want == PKT_OK);
	KUNIT_EXPECT_EQ(test, pkt.bytes, row->len);
	KUNIT_EXPECT_EQ(test, pkt.packets, 1);
	KUNIT_EXPECT_EQ(test, pkt.family, row->family);
	if (row->family == V4) {
		KUNIT_EXPECT_EQ(test, ntohl(pkt.src.ip), 0xc0a8000a);
		KUNIT_EXPECT_EQ(test, ntohl(pkt.dst.ip), 0xcb007150);
	} else {
		KUNIT_EXPECT_EQ(test, ntohl(pkt.src.ip6[3]), 0xa);
		KUNIT_EXPECT_EQ(test, ntohl(pkt.dst.ip6[3]), 0x50);
	}
}

/* No prefix of a good packet makes it read what is not there. */
static void cut_anywhere(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct portico_pkt pkt;
	struct sk_buff *skb;
	int len;

	for (len = 0; len <= row->len; len++) {
		skb = packet(test, row->bytes, len, row->family);
		if (pkt_parse(&pkt, skb, row->family) == PKT_BAD)
			continue;
		KUNIT_EXPECT_LE_MSG(test, pkt.l4, len, "cut to %d", len);
		KUNIT_EXPECT_EQ(test, pkt.bytes, len);
	}
}

/* Layer-3 bytes of wire packets: each segment has headers of its own. */
static void aggregate_counts_as_segments(struct kunit *test)
{
	u8 bytes[40 + 30] = { IP4(5, 70, 0, 6), TCP(5) };
	struct sk_buff *skb = packet(test, bytes, sizeof(bytes), V4);
	struct portico_pkt pkt;

	skb_shinfo(skb)->gso_size = 10;
	skb_shinfo(skb)->gso_segs = 3;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
	KUNIT_EXPECT_EQ(test, pkt_parse(&pkt, skb, V4), PKT_OK);
	KUNIT_EXPECT_EQ(test, pkt.packets, 3);
	KUNIT_EXPECT_EQ(test, pkt.bytes, 3 * 50);
	/* A virtual machine's, of which the kernel has not counted the segments. */
	skb_shinfo(skb)->gso_type |= SKB_GSO_DODGY;
	skb_shinfo(skb)->gso_segs = 0;
	skb_shinfo(skb)->gso_size = 14;
	KUNIT_EXPECT_EQ(test, pkt_parse(&pkt, skb, V4), PKT_OK);
	KUNIT_EXPECT_EQ(test, pkt.packets, 3);
	KUNIT_EXPECT_EQ(test, pkt.bytes, 70 + 2 * 40);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(parse, row_gen_params),
	KUNIT_CASE_PARAM(cut_anywhere, row_gen_params),
	KUNIT_CASE(aggregate_counts_as_segments),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_pkt",
	.test_cases = cases,
};

kunit_test_suite(suite);
