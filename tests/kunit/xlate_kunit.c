// SPDX-License-Identifier: GPL-2.0
/* Rewriting: after it, every checksum is what a fresh one would be. */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/prandom.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "packet.h"
#include "tuple.h"
#include "xlate.h"
#include "xlate_fast.h"

#define ROUNDS	200

struct row {
	const char *desc;
	u8 family, proto;
	enum xlate_side side;
};

static const struct row rows[] = {
	{ "tcp, source", NFPROTO_IPV4, IPPROTO_TCP, XLATE_SRC },
	{ "tcp, destination", NFPROTO_IPV4, IPPROTO_TCP, XLATE_DST },
	{ "udp, source", NFPROTO_IPV4, IPPROTO_UDP, XLATE_SRC },
	{ "udp, destination", NFPROTO_IPV4, IPPROTO_UDP, XLATE_DST },
	{ "icmp, source", NFPROTO_IPV4, IPPROTO_ICMP, XLATE_SRC },
	{ "icmp, destination", NFPROTO_IPV4, IPPROTO_ICMP, XLATE_DST },
	{ "tcp over ipv6, source", NFPROTO_IPV6, IPPROTO_TCP, XLATE_SRC },
	{ "tcp over ipv6, destination", NFPROTO_IPV6, IPPROTO_TCP, XLATE_DST },
	{ "udp over ipv6, source", NFPROTO_IPV6, IPPROTO_UDP, XLATE_SRC },
	{ "udp over ipv6, destination", NFPROTO_IPV6, IPPROTO_UDP, XLATE_DST },
	{ "icmpv6, source", NFPROTO_IPV6, IPPROTO_ICMPV6, XLATE_SRC },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static unsigned int l4_header(u8 proto)
{
	return proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

static __sum16 *l4_check(struct portico_pkt *pkt)
{
	switch (pkt->proto) {
	case IPPROTO_TCP:
		return &((struct tcphdr *)pkt_l4(pkt))->check;
	case IPPROTO_UDP:
		return &((struct udphdr *)pkt_l4(pkt))->check;
	default:
		return &((struct icmphdr *)pkt_l4(pkt))->checksum;
	}
}

/* Sum of the pseudo header, not folded into a checksum. */
static __wsum pseudo(struct portico_pkt *pkt, unsigned int len)
{
	if (pkt->proto == IPPROTO_ICMP)
		return 0;
	if (pkt->family == NFPROTO_IPV4)
		return csum_tcpudp_nofold(ip_hdr(pkt->skb)->saddr,
					  ip_hdr(pkt->skb)->daddr, len,
					  pkt->proto, 0);
	return csum_unfold(~csum_ipv6_magic(&ipv6_hdr(pkt->skb)->saddr,
					    &ipv6_hdr(pkt->skb)->daddr, len,
					    pkt->proto, 0));
}

/* What the transport checksum ought to be, the packet's own aside. */
static __sum16 fresh_check(struct portico_pkt *pkt)
{
	unsigned int len = pkt->skb->len - pkt->l4;
	__sum16 *check = l4_check(pkt), was = *check, sum;

	*check = 0;
	sum = csum_fold(csum_partial(pkt_l4(pkt), len, pseudo(pkt, len)));
	*check = was;
	if (!sum && pkt->proto == IPPROTO_UDP)
		sum = CSUM_MANGLED_0;
	return sum;
}

/* A whole packet of random content and true checksums. */
static struct sk_buff *random_packet(struct kunit *test, struct rnd_state *rnd,
				     const struct row *row,
				     struct portico_pkt *pkt)
{
	unsigned int l4 = row->family == NFPROTO_IPV4 ? 20 : 40;
	unsigned int data = prandom_u32_state(rnd) % 40;
	unsigned int len = l4 + l4_header(row->proto) + data;
	struct sk_buff *skb;
	u8 bytes[128];
	struct iphdr *iph = (void *)bytes;
	struct ipv6hdr *ip6h = (void *)bytes;

	prandom_bytes_state(rnd, bytes, sizeof(bytes));
	if (row->family == NFPROTO_IPV4) {
		iph->version = 4;
		iph->ihl = 5;
		iph->tot_len = htons(len);
		iph->frag_off = htons(IP_DF);
		iph->protocol = row->proto;
		iph->check = 0;
		iph->check = ip_fast_csum(iph, 5);
	} else {
		ip6h->version = 6;
		ip6h->nexthdr = row->proto;
		ip6h->payload_len = htons(len - l4);
	}
	switch (row->proto) {
	case IPPROTO_TCP:
		((struct tcphdr *)(bytes + l4))->doff = 5;
		break;
	case IPPROTO_UDP:
		((struct udphdr *)(bytes + l4))->len = htons(len - l4);
		break;
	case IPPROTO_ICMP:
		bytes[l4] = ICMP_ECHO;
		break;
	case IPPROTO_ICMPV6:
		bytes[l4] = ICMPV6_ECHO_REQUEST;
		break;
	}
	skb = packet(test, bytes, len, row->family);
	KUNIT_ASSERT_EQ(test, pkt_parse(pkt, skb, row->family), PKT_OK);
	*l4_check(pkt) = fresh_check(pkt);
	return skb;
}

static void random_addr(struct rnd_state *rnd, u8 family, union nf_inet_addr *a)
{
	memset(a, 0, sizeof(*a));
	prandom_bytes_state(rnd, a, family == NFPROTO_IPV4 ? 4 : 16);
}

static void checksums_stay_true(struct kunit *test)
{
	const struct row *row = test->param_value;
	union nf_inet_addr to;
	struct portico_pkt pkt, again;
	struct rnd_state rnd;
	struct sk_buff *skb;
	__be16 port;
	int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < ROUNDS; i++) {
		skb = random_packet(test, &rnd, row, &pkt);
		random_addr(&rnd, row->family, &to);
		port = (__force __be16)(u16)prandom_u32_state(&rnd);
		KUNIT_ASSERT_TRUE(test, xlate_endpoint(&pkt, row->side, &to, port));
		KUNIT_ASSERT_EQ(test, pkt_parse(&again, skb, row->family), PKT_OK);
		if (row->side == XLATE_SRC) {
			KUNIT_ASSERT_TRUE(test, addr_equal(&again.src, &to));
			KUNIT_ASSERT_EQ(test, again.sport, port);
		} else {
			KUNIT_ASSERT_TRUE(test, addr_equal(&again.dst, &to));
			KUNIT_ASSERT_EQ(test, again.dport, port);
		}
		KUNIT_ASSERT_EQ(test, *l4_check(&again), fresh_check(&again));
		if (row->family == NFPROTO_IPV4)
			KUNIT_ASSERT_EQ(test, ip_fast_csum(ip_hdr(skb), 5), 0);
	}
}

/* There and back again: not a bit may differ, the checksum's zero aside. */
static void undone_is_untouched(struct kunit *test)
{
	const struct row *row = test->param_value;
	union nf_inet_addr to, from;
	struct portico_pkt pkt;
	struct rnd_state rnd;
	struct sk_buff *skb;
	u8 before[128];
	__be16 port;
	int i;

	prandom_seed_state(&rnd, 2);
	for (i = 0; i < ROUNDS; i++) {
		skb = random_packet(test, &rnd, row, &pkt);
		memcpy(before, skb->data, skb->len);
		random_addr(&rnd, row->family, &to);
		from = row->side == XLATE_SRC ? pkt.src : pkt.dst;
		port = row->side == XLATE_SRC ? pkt.sport : pkt.dport;
		xlate_endpoint(&pkt, row->side, &to, htons(i));
		xlate_endpoint(&pkt, row->side, &from, port);
		KUNIT_ASSERT_MEMEQ(test, before, skb->data, skb->len);
	}
}

/* RFC 768: no checksum stays no checksum. */
static void udp_without_checksum(struct kunit *test)
{
	const struct row row = { "", NFPROTO_IPV4, IPPROTO_UDP, XLATE_SRC };
	union nf_inet_addr to = { .ip = htonl(0xcb007101) };
	struct portico_pkt pkt;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 3);
	random_packet(test, &rnd, &row, &pkt);
	*l4_check(&pkt) = 0;
	KUNIT_EXPECT_TRUE(test, xlate_endpoint(&pkt, XLATE_SRC, &to, htons(7)));
	KUNIT_EXPECT_EQ(test, *l4_check(&pkt), 0);
}

/* A sum that comes out zero is sent as all ones, on both ways of rewriting. */
static void udp_computed_zero(struct kunit *test)
{
	const struct row row = { "", NFPROTO_IPV4, IPPROTO_UDP, XLATE_SRC };
	struct portico_pkt pkt, fast;
	union nf_inet_addr to;
	struct rnd_state rnd, copy;
	struct udphdr *uh;
	u32 zeros = 0, port;

	prandom_seed_state(&rnd, 4);
	copy = rnd;
	random_packet(test, &rnd, &row, &pkt);
	random_packet(test, &copy, &row, &fast);
	/* Of all ports one makes the sum zero. */
	for (port = 0; port <= U16_MAX; port++) {
		to = pkt.src;
		xlate_endpoint(&pkt, XLATE_SRC, &to, htons(port));
		zeros += *l4_check(&pkt) == CSUM_MANGLED_0;
		KUNIT_ASSERT_NE(test, *l4_check(&pkt), 0);
		uh = pkt_l4(&fast);
		ip_hdr(fast.skb)->ttl = 64;
		xlate_fast(ip_hdr(fast.skb), &ip_hdr(fast.skb)->saddr, to.ip, uh,
			   &uh->source, htons(port));
		KUNIT_ASSERT_NE(test, uh->check, 0);
	}
	KUNIT_EXPECT_GT(test, zeros, 0);
}

/*
 * CHECKSUM_PARTIAL: the field holds the pseudo header's sum, and the device adds
 * the rest; the ports are part of that rest.
 */
static void partial_checksum(struct kunit *test)
{
	const struct row *row = test->param_value;
	union nf_inet_addr to;
	struct portico_pkt pkt;
	struct rnd_state rnd;
	struct sk_buff *skb;
	unsigned int len;
	__sum16 want;
	int i;

	if (row->proto == IPPROTO_ICMP || row->proto == IPPROTO_ICMPV6)
		return;
	prandom_seed_state(&rnd, 5);
	for (i = 0; i < ROUNDS; i++) {
		skb = random_packet(test, &rnd, row, &pkt);
		len = skb->len - pkt.l4;
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + pkt.l4;
		skb->csum_offset = (u8 *)l4_check(&pkt) - (u8 *)pkt_l4(&pkt);
		*l4_check(&pkt) = ~csum_fold(pseudo(&pkt, len));
		random_addr(&rnd, row->family, &to);
		KUNIT_ASSERT_TRUE(test, xlate_endpoint(&pkt, row->side, &to,
						       htons(i)));
		want = ~csum_fold(pseudo(&pkt, len));
		/* One's complement has two zeros. */
		if (*l4_check(&pkt) != (__force __sum16)0xffff || want)
			KUNIT_ASSERT_EQ(test, *l4_check(&pkt), want);
	}
}

/*
 * A tunnel's packet, whose inner checksum the device is to make: the outer one is
 * whole, and is kept right; or it is absent, and stays so.
 */
static void partial_within(struct kunit *test)
{
	const struct row *row = test->param_value;
	union nf_inet_addr to;
	struct portico_pkt pkt;
	struct rnd_state rnd;
	struct sk_buff *skb;
	int i;

	if (row->proto != IPPROTO_UDP)
		return;
	prandom_seed_state(&rnd, 7);
	for (i = 0; i < ROUNDS; i++) {
		skb = random_packet(test, &rnd, row, &pkt);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + pkt.l4 + 8;
		skb->csum_offset = 16;
		if (i & 1)
			*l4_check(&pkt) = 0;
		random_addr(&rnd, row->family, &to);
		KUNIT_ASSERT_TRUE(test, xlate_endpoint(&pkt, row->side, &to, htons(i)));
		if (i & 1)
			KUNIT_ASSERT_EQ(test, *l4_check(&pkt), (__force __sum16)0);
		else
			KUNIT_ASSERT_EQ(test, *l4_check(&pkt), fresh_check(&pkt));
	}
}

/* The fast path writes what the slow one and one hop would. */
static void fast_equals_slow(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct portico_pkt slow, fast;
	union nf_inet_addr to;
	struct rnd_state rnd, copy;
	struct iphdr *iph;
	__be16 *field;
	__be32 *addr;
	int i;

	if (row->family != NFPROTO_IPV4 || row->proto == IPPROTO_ICMP)
		return;
	prandom_seed_state(&rnd, 6);
	for (i = 0; i < ROUNDS; i++) {
		copy = rnd;
		random_packet(test, &copy, row, &fast);
		random_packet(test, &rnd, row, &slow);
		random_addr(&rnd, row->family, &to);
		if (ip_hdr(slow.skb)->ttl < 2)
			continue;
		xlate_endpoint(&slow, row->side, &to, htons(i));
		ip_decrease_ttl(ip_hdr(slow.skb));
		iph = ip_hdr(fast.skb);
		addr = row->side == XLATE_SRC ? &iph->saddr : &iph->daddr;
		field = pkt_l4(&fast) + (row->side == XLATE_SRC ? 0 : 2);
		xlate_fast(iph, addr, to.ip, pkt_l4(&fast), field, htons(i));
		KUNIT_ASSERT_EQ(test, ip_fast_csum(iph, 5), 0);
		KUNIT_ASSERT_EQ(test, *l4_check(&fast), fresh_check(&fast));
		KUNIT_ASSERT_MEMEQ(test, slow.skb->data, fast.skb->data,
				   slow.skb->len);
	}
}

/* The identification after a new source, in the gateway's order of bytes. */
static u16 ident_after(struct kunit *test, unsigned int len, u16 frag_off, u16 id)
{
	u8 bytes[128] = {};
	struct iphdr *iph = (void *)bytes;
	struct dst_entry dst = { .dev = init_net.loopback_dev };
	struct portico_pkt pkt;
	struct sk_buff *skb;

	iph->version = 4;
	iph->ihl = 5;
	iph->tot_len = htons(len);
	iph->id = htons(id);
	iph->frag_off = htons(frag_off);
	iph->protocol = IPPROTO_UDP;
	iph->saddr = htonl(0x0a000001);
	iph->daddr = htonl(0xc6336401);
	iph->check = ip_fast_csum(iph, 5);
	((struct udphdr *)(bytes + 20))->len = htons(len - 20);
	skb = packet(test, bytes, len, NFPROTO_IPV4);
	/* As IPsec's output leaves it: no device but the route's. */
	rcu_read_lock();
	skb_dst_set_noref(skb, &dst);
	KUNIT_EXPECT_EQ(test, pkt_parse(&pkt, skb, NFPROTO_IPV4), PKT_OK);
	xlate_addr(&pkt, XLATE_SRC, &(union nf_inet_addr){ .ip = htonl(0xcb007101) });
	skb_dst_drop(skb);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, ip_fast_csum(ip_hdr(skb), 5), 0);
	return ntohs(ip_hdr(skb)->id);
}

/* RFC 6864: what may be fragmented gets another, each time; the rest keeps it. */
static void identification(struct kunit *test)
{
	unsigned long *seen = kunit_kcalloc(test, BITS_TO_LONGS(65536), sizeof(long),
					    GFP_KERNEL);
	int i, id, others = 0;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	KUNIT_EXPECT_EQ(test, ident_after(test, 100, IP_DF, 77), 77);
	KUNIT_EXPECT_EQ(test, ident_after(test, 68, 0, 77), 77);
	for (i = 0; i < 100; i++) {
		id = ident_after(test, 69, 0, 77);
		others += id != 77;
		KUNIT_EXPECT_FALSE(test, test_and_set_bit(id, seen));
	}
	KUNIT_EXPECT_GE(test, others, 99);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(checksums_stay_true, row_gen_params),
	KUNIT_CASE_PARAM(undone_is_untouched, row_gen_params),
	KUNIT_CASE(udp_without_checksum),
	KUNIT_CASE(udp_computed_zero),
	KUNIT_CASE_PARAM(partial_checksum, row_gen_params),
	KUNIT_CASE_PARAM(partial_within, row_gen_params),
	KUNIT_CASE_PARAM(fast_equals_slow, row_gen_params),
	KUNIT_CASE(identification),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_xlate",
	.test_cases = cases,
};

kunit_test_suite(suite);
