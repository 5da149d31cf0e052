// SPDX-License-Identifier: GPL-2.0
/* Blocks of ports, each for one host. */
#include <linux/bitmap.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ip.h>

#include "block.h"
#include "deterministic.h"
#include "event.h"
#include "net.h"

static void block_note(struct port_block *b, struct port_block *who)
{
	u32 unit;

	for (unit = 0; unit < b->count / BLOCK_MIN; unit++)
		b->ext->blocks[b->first / BLOCK_MIN + unit] = who;
}

static void block_release(struct port_block *b)
{
	event_block(b->ext->uplink->pn, PORTICO_EVENT_BLOCK_DEL, b);
	block_note(b, NULL);
	hlist_del(&b->link);
	b->host->blocks_count--;
	kfree(b);
}

void block_port_freed(struct ext_addr *ext, unsigned int space, u16 port)
{
	struct port_block *b = block_at(ext, port);

	if (b && block_space(space) && !--b->used)
		block_release(b);
}

void block_leave(struct ext_addr *ext, __be16 port)
{
	struct port_block *b = block_at(ext, ntohs(port));

	if (b && !b->used)
		block_release(b);
}

/* Hosts may be gone by now, and nobody listens. */
void block_free_all(struct ext_addr *ext)
{
	struct port_block *b;
	u32 unit;

	for (unit = 0; ext->blocks && unit < BLOCK_UNITS; unit++) {
		b = ext->blocks[unit];
		if (b) {
			block_note(b, NULL);
			kfree(b);
		}
	}
	kfree(ext->blocks);
}

/* May a block lie there at all? */
static bool block_fits(struct portico_net *pn, const struct ext_addr *ext,
		       u32 first, u32 count)
{
	const struct uplink *uplink = ext->uplink;
	u32 last = first + count - 1;
	int low, high;

	if (first < max_t(u32, READ_ONCE(uplink->port_min), 1024) ||
	    last > READ_ONCE(uplink->port_max))
		return false;
	if (!ext->local)
		return true;
	inet_get_local_port_range(pn->net, &low, &high);
	return last < low || first > high;
}

/* No block, and no port that somebody has, or that rests. */
static bool block_is_free(const struct ext_addr *ext, u32 first, u32 count)
{
	const struct ext_ports *ports;
	u32 space, parity, unit;

	for (unit = 0; ext->blocks && unit < count / BLOCK_MIN; unit++)
		if (ext->blocks[first / BLOCK_MIN + unit])
			return false;
	for (space = 0; space < __EXT_SPACES; space++) {
		ports = ext->spaces[space];
		for (parity = 0; ports && block_space(space) && parity < 2; parity++)
			if (find_next_bit(ports->taken[parity], (first + count) / 2,
					  first / 2) < (first + count) / 2)
				return false;
	}
	return true;
}

u32 block_count_taken(const struct ext_addr *ext, u32 first, u32 count)
{
	const struct ext_ports *ports;
	u32 space, parity, bit, n = 0;

	for (space = 0; space < __EXT_SPACES; space++) {
		ports = ext->spaces[space];
		for (parity = 0; ports && block_space(space) && parity < 2; parity++) {
			bit = first / 2;
			for_each_set_bit_from(bit, ports->taken[parity],
					      (first + count) / 2)
				n++;
		}
	}
	return n;
}

static struct port_block *block_make(struct ext_addr *ext, struct host *host,
				     u16 first, u16 count)
{
	struct port_block *b;

	if (!ext->blocks)
		ext->blocks = kcalloc(BLOCK_UNITS, sizeof(*ext->blocks),
				      GFP_ATOMIC | __GFP_NOWARN);
	if (!ext->blocks)
		return NULL;
	b = kzalloc(sizeof(*b), GFP_ATOMIC | __GFP_NOWARN);
	if (!b)
		return NULL;
	b->ext = ext;
	b->host = host;
	b->first = first;
	b->count = count;
	b->used = block_count_taken(ext, first, count);
	block_note(b, b);
	hlist_add_head(&b->link, &host->blocks);
	host->blocks_count++;
	event_block(ext->uplink->pn, PORTICO_EVENT_BLOCK_ADD, b);
	return b;
}

/* May @host have one more here? */
static bool block_allowed(const struct ext_addr *ext, const struct host *host,
			  enum reason *why)
{
	const struct port_block *b;
	u32 n = 0;

	hlist_for_each_entry(b, &host->blocks, link)
		n += b->ext->uplink == ext->uplink && !b->ext->gone;
	*why = REASON_HOST_BLOCKS;
	return n < ext->uplink->max_blocks;
}

/* A new one, the first free from a random place on and round. */
static struct port_block *block_new(struct portico_net *pn, struct ext_addr *ext,
				    struct host *host, enum reason *why)
{
	u32 count = ext->uplink->block, n, i, first;
	struct port_block *b;

	if (!block_allowed(ext, host, why))
		return NULL;
	*why = REASON_BLOCKS_EXHAUSTED;
	n = 65536 / count;
	first = get_random_u32_below(n) * count;
	for (i = 0; i < n; i++, first = (first + count) % 65536) {
		if (!block_fits(pn, ext, first, count) ||
		    !block_is_free(ext, first, count))
			continue;
		b = block_make(ext, host, first, count);
		if (!b)
			*why = REASON_NO_MEMORY;
		return b;
	}
	return NULL;
}

/* A random port of @parity in a block, or a negative error. */
static int block_draw(struct portico_net *pn, const struct port_block *b,
		      u8 proto, unsigned int parity)
{
	return ext_take_between(pn, b->ext, b->host, proto, b->first,
				block_last(b), parity);
}

/* In any block that @host has at @ext, or in @only, unless NULL. */
static int draw_any(struct portico_net *pn, struct ext_addr *ext,
		    struct host *host, const struct port_block *only, u8 proto,
		    unsigned int parity)
{
	const struct port_block *b;
	int port = -ENOSPC;

	if (only)
		return block_draw(pn, only, proto, parity);
	hlist_for_each_entry(b, &host->blocks, link) {
		if (b->ext == ext)
			port = block_draw(pn, b, proto, parity);
		if (port != -ENOSPC)
			break;
	}
	return port;
}

/*
 * The internal port where it is in a block, else one like it, else another; in any
 * block that @host has, or in @only, unless NULL.
 */
static int take_owned(struct portico_net *pn, struct ext_addr *ext,
		      struct host *host, const struct port_block *only, u8 proto,
		      u16 internal)
{
	const struct port_block *b = block_at(ext, internal);
	int port;

	if (b && b->host == host && (!only || b == only)) {
		port = ext_take_this(pn, ext, host, proto, htons(internal));
		if (port != -EBUSY)
			return port ?: internal;
	}
	port = draw_any(pn, ext, host, only, proto, internal & 1);
	return port != -ENOSPC ? port :
	       draw_any(pn, ext, host, only, proto, ~internal & 1);
}

/* The one block that @host has at a deterministic uplink, made if need be. */
static struct port_block *block_own(struct portico_net *pn, struct ext_addr *ext,
				    struct host *host, enum reason *why)
{
	u32 count = ext->uplink->block, port;
	struct port_block *b;
	u16 first;

	*why = REASON_BLOCKS_EXHAUSTED;
	if (det_place(pn, ext->uplink, &host->addr, &first) != ext)
		return NULL;
	b = block_at(ext, first);
	if (b && b->host == host && b->first == first && b->count == count)
		return b;
	/* Others from before give way; their ports stay with those who have them. */
	for (port = first; port < first + count; port += BLOCK_MIN) {
		b = block_at(ext, port);
		if (b)
			block_release(b);
	}
	*why = REASON_NO_MEMORY;
	return block_make(ext, host, first, count);
}

static int take_own(struct portico_net *pn, struct ext_addr *ext,
		    struct host *host, u8 proto, u16 internal, enum reason *why)
{
	struct port_block *b = block_own(pn, ext, host, why);
	int port;

	if (!b)
		return -ENOSPC;
	*why = REASON_NO_MEMORY;
	port = take_owned(pn, ext, host, b, proto, internal);
	if (port == -ENOSPC)
		*why = REASON_HOST_BLOCKS;
	if (port < 0)
		block_leave(ext, htons(b->first));
	return port;
}

/* In a block that it has, or in one more. */
static int take_any(struct portico_net *pn, struct ext_addr *ext,
		    struct host *host, u8 proto, u16 internal, enum reason *why)
{
	struct port_block *b;
	int port;

	*why = REASON_NO_MEMORY;
	port = take_owned(pn, ext, host, NULL, proto, internal);
	if (port != -ENOSPC)
		return port;
	b = block_new(pn, ext, host, why);
	if (!b)
		return -ENOSPC;
	*why = REASON_NO_MEMORY;
	port = take_owned(pn, ext, host, NULL, proto, internal);
	if (port == -ENOSPC)	/* local sockets have all of it */
		*why = REASON_BLOCKS_EXHAUSTED;
	if (port < 0)
		block_leave(ext, htons(b->first));
	return port;
}

int block_take(struct portico_net *pn, struct ext_addr *ext, struct host *host,
	       u8 proto, __be16 internal, __be16 *external, enum reason *why)
{
	int port;

	lockdep_assert_held(&pn->mappings.lock);
	if (det_rules(ext->uplink, host->family))
		port = take_own(pn, ext, host, proto, ntohs(internal), why);
	else
		port = take_any(pn, ext, host, proto, ntohs(internal), why);
	if (port < 0)
		return port;
	*external = htons(port);
	return 0;
}

/* Is @port in the one block that @host has, or would have? */
static int cover_own(struct portico_net *pn, struct ext_addr *ext,
		     struct host *host, u16 port, enum reason *why)
{
	const struct port_block *b = block_own(pn, ext, host, why);

	if (!b)
		return *why == REASON_NO_MEMORY ? -ENOMEM : -EBUSY;
	if (block_holds(b, port))
		return 0;
	block_leave(ext, htons(b->first));
	return -EBUSY;
}

int block_cover(struct portico_net *pn, struct ext_addr *ext, struct host *host,
		__be16 port, enum reason *why)
{
	const struct port_block *b = block_at(ext, ntohs(port));
	u32 count = ext->uplink->block;
	u32 first = ntohs(port) / count * count;

	lockdep_assert_held(&pn->mappings.lock);
	if (det_rules(ext->uplink, host->family))
		return cover_own(pn, ext, host, ntohs(port), why);
	if (b)
		return b->host == host ? 0 : -EBUSY;
	/* Another port may be in a block that it has. */
	if (!block_allowed(ext, host, why) ||
	    !block_fits(pn, ext, first, count) ||
	    !block_is_free(ext, first, count))
		return -EBUSY;
	*why = REASON_NO_MEMORY;
	return block_make(ext, host, first, count) ? 0 : -ENOMEM;
}
