// SPDX-License-Identifier: GPL-2.0
/*
 * A generator that is to the stack what a network card's driver is: it hands
 * over up to 64 packets in one softirq, then lets go, so that what waits for a
 * softirq's end gets it. (pktgen ends the softirq after every packet.)
 *
 * Packets are UDP, 18 bytes of payload, with both checksums; each is of a flow
 * drawn at random from hosts x ports. Writing a number to the parameter `go`
 * sends as many, in the writer's own time; when the write returns they have all
 * been received.
 */
#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#define BURST	64	/* NAPI_POLL_WEIGHT */
#define PAYLOAD	18
#define LENGTH	(sizeof(struct iphdr) + sizeof(struct udphdr) + PAYLOAD)

static char *dev = "d0";
module_param(dev, charp, 0444);
MODULE_PARM_DESC(dev, "interface that seems to receive");

static char *from = "10.0.0.2";
module_param(from, charp, 0444);
MODULE_PARM_DESC(from, "address of the first host");

static char *to = "198.51.100.1";
module_param(to, charp, 0444);
MODULE_PARM_DESC(to, "address they all send to, port 9");

static uint hosts = 1;
module_param(hosts, uint, 0444);
MODULE_PARM_DESC(hosts, "number of hosts");

static uint ports = 1;
module_param(ports, uint, 0444);
MODULE_PARM_DESC(ports, "number of source ports of each");

static uint port = 20000;
module_param(port, uint, 0444);
MODULE_PARM_DESC(port, "first source port");

static struct net_device *netdev;
static __be32 saddr, daddr;
static u64 seed = 88172645463325252ULL;

/* xorshift64: quick, and random enough to leave no cache line warm. */
static u32 draw(u32 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u64)(u32)(seed >> 32) * below >> 32;
}

static void fill(struct sk_buff *skb)
{
	struct udphdr *uh;
	struct iphdr *iph;

	iph = skb_put_zero(skb, LENGTH);
	iph->version = 4;
	iph->ihl = 5;
	iph->tot_len = htons(LENGTH);
	iph->ttl = 32;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = htonl(ntohl(saddr) + draw(hosts));
	iph->daddr = daddr;
	iph->check = ip_fast_csum(iph, iph->ihl);
	uh = (struct udphdr *)(iph + 1);
	uh->source = htons(port + draw(ports));
	uh->dest = htons(9);
	uh->len = htons(LENGTH - sizeof(*iph));
	uh->check = csum_tcpudp_magic(iph->saddr, iph->daddr, ntohs(uh->len),
				      IPPROTO_UDP,
				      csum_partial(uh, ntohs(uh->len), 0)) ?:
		    CSUM_MANGLED_0;
}

static int receive_one(void)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(netdev, ETH_HLEN + LENGTH);
	struct ethhdr *eth;

	if (!skb)
		return -ENOMEM;
	eth = skb_put_zero(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, netdev->dev_addr);
	eth->h_source[0] = 0x02;
	eth->h_source[5] = 0x02;
	eth->h_proto = htons(ETH_P_IP);
	fill(skb);
	skb->protocol = eth_type_trans(skb, netdev);
	netif_receive_skb(skb);
	return 0;
}

static int go(const char *val, const struct kernel_param *kp)
{
	unsigned int count, i;
	int err = kstrtouint(val, 0, &count);

	while (!err && count) {
		local_bh_disable();
		for (i = 0; i < BURST && count && !err; i++, count--)
			err = receive_one();
		local_bh_enable();
		cond_resched();
	}
	return err;
}

static const struct kernel_param_ops go_ops = { .set = go };
module_param_cb(go, &go_ops, NULL, 0200);
MODULE_PARM_DESC(go, "number of packets to receive now");

static int __init feed_init(void)
{
	saddr = in_aton(from);
	daddr = in_aton(to);
	netdev = dev_get_by_name(current->nsproxy->net_ns, dev);
	return netdev ? 0 : -ENODEV;
}

static void __exit feed_exit(void)
{
	dev_put(netdev);
}

module_init(feed_init);
module_exit(feed_exit);

MODULE_DESCRIPTION("Packets as a network card brings them, to measure with");
MODULE_LICENSE("GPL");
