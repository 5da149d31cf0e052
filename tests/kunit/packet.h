/* SPDX-License-Identifier: GPL-2.0 */
/* Packets for suites: made from bytes, freed with the test. */
#ifndef PORTICO_KUNIT_PACKET_H
#define PORTICO_KUNIT_PACKET_H

#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/skbuff.h>

static inline void packet_free(void *skb)
{
	kfree_skb(skb);
}

/* An skb as netfilter hooks see it: data at the network header. */
static inline struct sk_buff *packet(struct kunit *test, const void *bytes,
				     unsigned int len, u8 family)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + ETH_HLEN + len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, packet_free, skb));
	skb_reserve(skb, NET_SKB_PAD + ETH_HLEN);
	skb_reset_network_header(skb);
	skb_put_data(skb, bytes, len);
	skb->protocol = family == NFPROTO_IPV4 ? htons(ETH_P_IP) :
						 htons(ETH_P_IPV6);
	return skb;
}

#endif
