// SPDX-License-Identifier: GPL-2.0
/* Exchanging IPv6 prefixes: the arithmetic. */
#include <linux/bitops.h>
#include <net/checksum.h>
#include <net/ipv6.h>

#include "npt.h"

static __sum16 words_sum(const struct in6_addr *addr)
{
	__sum16 sum = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(addr->s6_addr16); i++)
		sum = csum16_add(sum, addr->s6_addr16[i]);
	return sum;
}

__sum16 npt_adjustment(const struct in6_addr *inside,
		       const struct in6_addr *outside)
{
	return csum16_sub(words_sum(inside), (__force __be16)words_sum(outside));
}

/* RFC 6296 3.4, 3.5: the word that takes up the difference, or -1. */
static int npt_word(const struct in6_addr *addr, u8 plen)
{
	int first = plen <= 48 ? 3 : 4, last = plen <= 48 ? 3 : 7, i;

	for (i = first; i <= last; i++)
		if (addr->s6_addr16[i] != htons(0xffff))
			return i;
	return -1;
}

static enum npt_result exchange(struct in6_addr *addr, u8 plen,
				const struct in6_addr *prefix, __sum16 add)
{
	int word = npt_word(addr, plen);
	__sum16 sum;

	if (plen > 48 && !addr->s6_addr32[2] && !addr->s6_addr32[3])
		return NPT_NO_HOST;
	if (word < 0)
		return NPT_NO_WORD;
	sum = csum16_add((__force __sum16)addr->s6_addr16[word],
			 (__force __be16)add);
	/* The two zeros of one's complement are one word: 3.2. */
	if (sum == CSUM_MANGLED_0)
		sum = 0;
	ipv6_addr_prefix_copy(addr, prefix, plen);
	addr->s6_addr16[word] = (__force __be16)sum;
	return NPT_DONE;
}

enum npt_result npt_outwards(const struct inside *inside, struct in6_addr *addr)
{
	return exchange(addr, inside->plen, &inside->npt_prefix,
			inside->npt_adjust);
}

enum npt_result npt_inwards(const struct inside *inside, struct in6_addr *addr)
{
	return exchange(addr, inside->plen, &inside->addr.in6,
			~inside->npt_adjust);
}
