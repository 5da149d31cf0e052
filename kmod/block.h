/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks: runs of external ports that one inside host has for itself, so that one
 * record says who had a port when, instead of two for each mapping (RFC 6888
 * REQ-14). Where an uplink gives blocks, whatever a host gets there of TCP, UDP,
 * UDP-Lite, DCCP and of ICMP identifiers comes from blocks of its own; SCTP, GRE
 * and ESP, whose port is not for us to choose, have none.
 *
 * A block is made with the first port that is needed of it, and goes when the last
 * of its ports is free again, those at rest too. It is made only where no port is
 * taken, and lies whole within the uplink's range and outside of what the kernel
 * may give to sockets of its own; a port in it that a local socket holds is left
 * out. No other host gets a port of it, by a forward or otherwise: pool.c asks
 * block_bars() before it takes any. Where the uplink says that blocks are deterministic
 * each host has one, in a place of its own: deterministic.h. Ports that others have
 * there by then they keep.
 *
 * While no uplink has given blocks all of this is one look at a NULL pointer for
 * each new mapping. mapping_table.lock held everywhere.
 */
#ifndef PORTICO_BLOCK_H
#define PORTICO_BLOCK_H

#include "host.h"
#include "pool.h"
#include "uplink.h"

#define BLOCK_MIN	64		/* ports */
#define BLOCK_MAX	8192
#define BLOCK_UNITS	(65536 / BLOCK_MIN)
#define BLOCKS_DEFAULT	8		/* for each host at an uplink */
#define BLOCKS_MAX	64

struct port_block {
	struct ext_addr *ext;		/* lives as long as a port of it is taken */
	struct host *host;
	struct hlist_node link;		/* host.blocks */
	u16 first;
	u16 count;			/* a power of two, as it was when made */
	u32 used;			/* ports taken, of all protocols */
};

static inline u32 block_last(const struct port_block *b)
{
	return b->first + b->count - 1;
}

static inline bool block_holds(const struct port_block *b, u16 port)
{
	return port >= b->first && port <= block_last(b);
}

static inline bool block_space(unsigned int space)
{
	return space != EXT_SCTP && space != EXT_GRE && space != EXT_ESP;
}

/* Does @uplink give ports of @proto by blocks? */
static inline bool block_wanted(const struct uplink *uplink, u8 proto)
{
	return unlikely(uplink->block) && block_space(ext_space(proto));
}

/* The block in which @port lies, or NULL. */
static inline struct port_block *block_at(const struct ext_addr *ext, u16 port)
{
	return unlikely(ext->blocks) ? ext->blocks[port / BLOCK_MIN] : NULL;
}

/* Ports from @first on that somebody has, or that rest, over all protocols. */
u32 block_count_taken(const struct ext_addr *ext, u32 first, u32 count);

/* Is it another's than @host's? */
static inline bool block_bars(const struct ext_addr *ext,
			      const struct host *host, u8 proto, u16 port)
{
	const struct port_block *b = block_at(ext, port);

	return b && b->host != host && block_space(ext_space(proto));
}

/* A port was taken; it is free again. */
static inline void block_port_taken(const struct ext_addr *ext,
				    unsigned int space, u16 port)
{
	struct port_block *b = block_at(ext, port);

	if (b && block_space(space))
		b->used++;
}

void block_port_freed(struct ext_addr *ext, unsigned int space, u16 port);

/* What ext_take_port() does, out of the blocks of @host. */
int block_take(struct portico_net *pn, struct ext_addr *ext, struct host *host,
	       u8 proto, __be16 internal, __be16 *external, enum reason *why);

/*
 * See to it that @port lies in a block of @host, by making it if need be: 0, -EBUSY
 * where that cannot be (another port may do), or -ENOMEM and *@why. When the port
 * is not taken after all, block_leave() is to be called.
 */
int block_cover(struct portico_net *pn, struct ext_addr *ext, struct host *host,
		__be16 port, enum reason *why);
void block_leave(struct ext_addr *ext, __be16 port);

/* The last reference to @ext is gone. */
void block_free_all(struct ext_addr *ext);

#endif
