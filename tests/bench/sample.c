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

/* Correct when the sum with the checksum in place is all ones. */
static int good(const __u8 *p, size_t len, in_addr_t src, in_addr_t dst)
{
	struct iphdr ip;
	struct udphdr uh;
	size_t l4;
	__u32 acc;

	memcpy(&ip, p, sizeof(ip));
	l4 = ip.ihl * 4;
	if (ntohs(ip.tot_len) > len || fold(sum(p, l4, 0)) != 0xffff)
		return 0;
	memcpy(&uh, p + l4, sizeof(uh));
	acc = sum(&ip.saddr, 8, ip.protocol + ntohs(uh.len));
	if (!uh.check || fold(sum(p + l4, ntohs(uh.len), acc)) != 0xffff)
		return 0;
	return (!src || ip.saddr == src) && (!dst || ip.daddr == dst);
}

static in_addr_t address(const char *text)
{
	return strcmp(text, "-") ? inet_addr(text) : 0;
}

int main(int argc, char **argv)
{
	struct timeval patience = { .tv_sec = 2 };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	__u8 buf[2048];
	in_addr_t src, dst;
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
		if (n < (ssize_t)(sizeof(eth) + sizeof(struct iphdr)))
			continue;
		memcpy(&eth, buf, sizeof(eth));
		if (eth.h_proto != htons(ETH_P_IP) || buf[sizeof(eth) + 9] != IPPROTO_UDP)
			continue;
		seen++;
		bad += !good(buf + sizeof(eth), n - sizeof(eth), src, dst);
	}
	printf("sampled %d bad %d\n", seen, bad);
	return 0;
}
