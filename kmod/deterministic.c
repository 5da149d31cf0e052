// SPDX-License-Identifier: GPL-2.0
/* Where hosts have their blocks, and whose a block is. */
#include <net/ip.h>

#include "block.h"
#include "deterministic.h"
#include "host.h"
#include "net.h"

/* Is it one of those whose hosts are numbered? */
static bool counts(const struct inside *inside, const struct uplink *uplink)
{
	return inside->family == NFPROTO_IPV4 &&
	       inside_leaves_by(inside, uplink->name);
}

static bool before(const struct inside *a, const struct inside *b)
{
	u32 x = ntohl(a->addr.ip), y = ntohl(b->addr.ip);

	return x < y || (x == y && a->plen < b->plen);
}

static u64 hosts_of(const struct inside *inside)
{
	return 1ULL << (32 - inside->plen);
}

/* The number of @addr, which @inside holds. */
static u64 number_of(const struct inside_set *set, const struct uplink *uplink,
		     const struct inside *inside, const union nf_inet_addr *addr)
{
	u64 number = ntohl(addr->ip) - ntohl(inside->addr.ip);
	u32 i;

	for (i = 0; i < set->count; i++)
		if (counts(&set->at[i], uplink) && before(&set->at[i], inside))
			number += hosts_of(&set->at[i]);
	return number;
}

/* The prefix that comes after @last (NULL: the first one), or NULL. */
static const struct inside *prefix_after(const struct inside_set *set,
					 const struct uplink *uplink,
					 const struct inside *last)
{
	const struct inside *best = NULL, *inside;
	u32 i;

	for (i = 0; i < set->count; i++) {
		inside = &set->at[i];
		if (counts(inside, uplink) && (!last || before(last, inside)) &&
		    (!best || before(inside, best)))
			best = inside;
	}
	return best;
}

/* The address of that @number. */
static bool addr_of_number(const struct inside_set *set,
			   const struct uplink *uplink, u64 number,
			   union nf_inet_addr *addr)
{
	const struct inside *inside = NULL;

	while ((inside = prefix_after(set, uplink, inside))) {
		if (number < hosts_of(inside)) {
			memset(addr, 0, sizeof(*addr));
			addr->ip = htonl(ntohl(inside->addr.ip) + number);
			/* One of a longer prefix is numbered there. */
			return inside_set_find(set, addr, NFPROTO_IPV4) == inside;
		}
		number -= hosts_of(inside);
	}
	return false;
}

/*
 * Blocks on one address, by their place as a multiple of the size: from @first on,
 * @end being the first that is none, less those from @gap on to before @gap_end.
 */
struct places {
	u32 first, end, gap, gap_end;
};

/* An address that is one host's as a whole has none for others. */
static bool has_places(const struct ext_addr *ext)
{
	return ext->family == NFPROTO_IPV4 && !ext->whole;
}

static struct places places_of(struct portico_net *pn, const struct ext_addr *ext)
{
	const struct uplink *uplink = ext->uplink;
	u32 size = uplink->block;
	struct places p;
	int low, high;

	p.first = DIV_ROUND_UP(max_t(u32, READ_ONCE(uplink->port_min), 1024), size);
	p.end = max((READ_ONCE(uplink->port_max) + 1U) / size, p.first);
	p.gap = p.end;
	p.gap_end = p.end;
	if (ext->local) {
		inet_get_local_port_range(pn->net, &low, &high);
		p.gap = clamp(low / size, p.first, p.end);
		p.gap_end = clamp(high / size + 1, p.gap, p.end);
	}
	return p;
}

static u32 places_count(const struct places *p)
{
	return p->end - p->first - (p->gap_end - p->gap);
}

/* The place of the @n-th, of which there are more. */
static u32 place_nth(const struct places *p, u32 n)
{
	u32 place = p->first + n;

	return place < p->gap ? place : place + (p->gap_end - p->gap);
}

/* Which one is at @place; false: there is none. */
static bool place_number(const struct places *p, u32 place, u32 *n)
{
	if (place < p->first || place >= p->end ||
	    (place >= p->gap && place < p->gap_end))
		return false;
	*n = place - p->first;
	if (place >= p->gap_end)
		*n -= p->gap_end - p->gap;
	return true;
}

static const struct ext_set *exts_of(const struct uplink *uplink)
{
	return rcu_dereference_check(uplink->exts,
				     lockdep_is_held(&uplink->pn->mappings.lock));
}

static const struct inside_set *insides_of(const struct portico_net *pn)
{
	return rcu_dereference_check(pn->inside.set,
				     lockdep_is_held(&pn->mappings.lock));
}

struct ext_addr *det_place(struct portico_net *pn, const struct uplink *uplink,
			   const union nf_inet_addr *addr, u16 *first)
{
	const struct inside_set *set = insides_of(pn);
	const struct ext_set *exts = exts_of(uplink);
	const struct inside *inside = inside_set_find(set, addr, NFPROTO_IPV4);
	struct places places;
	struct ext_addr *ext;
	u64 number;
	u32 i, n;

	if (!exts || !inside || !counts(inside, uplink))
		return NULL;
	number = number_of(set, uplink, inside, addr);
	for (i = 0; i < exts->count; i++) {
		ext = exts->at[i];
		if (!has_places(ext))
			continue;
		places = places_of(pn, ext);
		n = places_count(&places);
		if (number < n) {
			*first = place_nth(&places, number) * uplink->block;
			return ext;
		}
		number -= n;
	}
	return NULL;
}

/* How many blocks there are on the addresses before @ext; false: it is no more. */
static bool blocks_before(struct portico_net *pn, const struct ext_addr *ext,
			  u64 *n)
{
	const struct ext_set *exts = exts_of(ext->uplink);
	struct places places;
	u32 i;

	*n = 0;
	for (i = 0; exts && i < exts->count; i++) {
		if (exts->at[i] == ext)
			return true;
		if (!has_places(exts->at[i]))
			continue;
		places = places_of(pn, exts->at[i]);
		*n += places_count(&places);
	}
	return false;
}

bool det_host(struct portico_net *pn, const struct ext_addr *ext, u16 port,
	      union nf_inet_addr *addr)
{
	const struct uplink *uplink = ext->uplink;
	const struct inside_set *set = insides_of(pn);
	struct places places;
	u64 number;
	u32 n;

	if (!set || !det_rules(uplink, ext->family) || !has_places(ext))
		return false;
	places = places_of(pn, ext);
	if (!place_number(&places, port / uplink->block, &n) ||
	    !blocks_before(pn, ext, &number))
		return false;
	return addr_of_number(set, uplink, number + n, addr);
}

struct ext_addr *det_pair(struct portico_net *pn, const struct uplink *uplink,
			  struct host *host)
{
	struct ext_addr *ext, *old = host->ext;
	u16 first;

	ext = det_place(pn, uplink, &host->addr, &first);
	if (!ext || ext->gone)
		return NULL;
	if (old != ext && (!old || old->gone || old->whole || old->uplink == uplink))
		host_set_ext(host, ext);
	return ext;
}

enum reason det_refusal(const struct uplink *uplink, u8 family)
{
	const struct ext_set *exts = exts_of(uplink);
	u32 i;

	if (!det_rules(uplink, family))
		return REASON_NO_ADDRESS;
	for (i = 0; exts && i < exts->count; i++)
		if (has_places(exts->at[i]) && !exts->at[i]->gone)
			return REASON_BLOCKS_EXHAUSTED;
	return REASON_NO_ADDRESS;
}
