// SPDX-License-Identifier: GPL-2.0
/*
 * sample DEV COUNT SOURCE DESTINATION: look at COUNT UDP packets that leave by
 * DEV, and check both checksums, byte for byte, and the two addresses ("-":
 * any). Prints `ready`, then `sampled N bad N` when it has seen enough or when
 * nothing has come for two seconds.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/types.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static __u32 sum(const void *data, size_t len, __u32 acc)
{
	const __u8 *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += p[i] << 8 | p[i + 1];
	if (len & 1)
		acc += p[len - 1] << 8;
	return acc;
}

static __u16 fold(__u32 acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

/* An address of either family; "-": any. */
struct address {
	int family;
	__u8 bytes[16];
};

static int is(const struct address *a, const void *bytes)
{
	return !a->family || !memcmp(a->bytes, bytes, a->family == AF_INET ? 4 : 16);
}

/* Correct when the sum with the checksum in place is all ones. */
static int good_udp(const __u8 *p, size_t len, const __u8 *addrs, size_t size)
{
	struct udphdr uh;
	__u16 udp_len;
	__u32 acc;

	if (len < sizeof(uh))
		return 0;
	memcpy(&uh, p, sizeof(uh));
	udp_len = ntohs(uh.len);
	if (udp_len > len || !uh.check)
		return 0;
	acc = sum(addrs, size, IPPROTO_UDP + udp_len);
	return fold(sum(p, udp_len, acc)) == 0xffff;
}

static int good4(const __u8 *p, size_t len, const struct address *src,
		 const struct address *dst)
{
	struct iphdr ip;
	size_t l4;

	memcpy(&ip, p, sizeof(ip));
	l4 = ip.ihl * 4;
	if (ntohs(ip.tot_len) > len || fold(sum(p, l4, 0)) != 0xffff)
		return 0;
	return good_udp(p + l4, len - l4, p + 12, 8) &&
	       is(src, &ip.saddr) && is(dst, &ip.daddr);
}

static int good6(const __u8 *p, size_t len, const struct address *src,
		 const struct address *dst)
{
	struct ip6_hdr ip6;
	size_t l4 = sizeof(ip6);

	memcpy(&ip6, p, sizeof(ip6));
	return ntohs(ip6.ip6_plen) <= len - l4 &&
	       good_udp(p + l4, len - l4, p + 8, 32) &&
	       is(src, &ip6.ip6_src) && is(dst, &ip6.ip6_dst);
}

static struct address address(const char *text)
{
	struct address a = { .family = AF_INET };

	if (inet_pton(AF_INET, text, a.bytes) == 1)
		return a;
	a.family = inet_pton(AF_INET6, text, a.bytes) == 1 ? AF_INET6 : 0;
	return a;
}

int main(int argc, char **argv)
{
	struct timeval patience = { .tv_sec = 2 };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	__u8 buf[2048], *p;
	struct address src, dst;
	int fd, want, seen = 0, bad = 0;

	if (argc != 5)
		return 2;
	want = atoi(argv[2]);
	src = address(argv[3]);
	dst = address(argv[4]);
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	ll.sll_protocol = htons(ETH_P_ALL);
	ll.sll_ifindex = if_nametoindex(argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		return 2;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	puts("ready");
	fflush(stdout);
	while (seen < want) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct ethhdr eth;

		if (n < 0)
			break;
		if (n < (ssize_t)(sizeof(eth) + sizeof(struct ip6_hdr)))
			continue;
		memcpy(&eth, buf, sizeof(eth));
		p = buf + sizeof(eth);
		n -= sizeof(eth);
		if (eth.h_proto == htons(ETH_P_IP) && p[9] == IPPROTO_UDP)
			bad += !good4(p, n, &src, &dst);
		else if (eth.h_proto == htons(ETH_P_IPV6) && p[6] == IPPROTO_UDP)
			bad += !good6(p, n, &src, &dst);
		else
			continue;
		seen++;
	}
	printf("sampled %d bad %d\n", seen, bad);
	return 0;
}
