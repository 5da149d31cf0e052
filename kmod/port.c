// SPDX-License-Identifier: GPL-2.0
/* Port rows: made on first use, kept to the namespace's end. */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "net.h"
#include "port.h"
#include "sock.h"
#include "sock_fold.h"

static struct kmem_cache *leaf_cache;

int port_init(void)
{
	leaf_cache = KMEM_CACHE(port_leaf, 0);
	return leaf_cache ? 0 : -ENOMEM;
}

void port_exit(void)
{
	kmem_cache_destroy(leaf_cache);
}

int port_net_init(struct portico_net *pn)
{
	struct port_book *book = kzalloc(sizeof(*book), GFP_KERNEL);

	BUILD_BUG_ON(PORT_LEAF >> PORT_LEAF_BITS != 1 ||
		     PORT_BRANCH >> PORT_BRANCH_BITS != 1);
	if (!book)
		return -ENOMEM;
	get_random_bytes(&book->secret, sizeof(book->secret));
	spin_lock_init(&book->lock);
	pn->ports = book;
	return 0;
}

static void leaf_free(struct port_leaf *leaf)
{
	int i;

	for (i = 0; leaf && i < PORT_LEAF; i++)
		sources_free(&leaf->rows[i].sources);
	if (leaf)
		kmem_cache_free(leaf_cache, leaf);
}

void port_net_exit(struct portico_net *pn)
{
	struct port_book *book = pn->ports;
	int i, j;

	if (!book)
		return;
	for (i = 0; i < PORT_BRANCHES; i++) {
		for (j = 0; book->branches[i] && j < PORT_BRANCH; j++)
			leaf_free(book->branches[i]->leaves[j]);
		kfree(book->branches[i]);
	}
	sources_free(&book->other.sources);
	pn->ports = NULL;
	kfree(book);
}

/* Under book->lock. */
static struct port_leaf *leaf_make(struct port_book *book, u8 proto, u16 port)
{
	struct port_leaf *leaf;
	u32 i;

	leaf = kmem_cache_zalloc(leaf_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!leaf)
		return NULL;
	for (i = 0; i < PORT_LEAF; i++) {
		leaf->rows[i].proto = proto;
		leaf->rows[i].port = (port & ~(PORT_LEAF - 1)) + i;
		leaf->rows[i].slot = book->count + 1 + i;
	}
	/* Slots of rows that can be found are dense. */
	WRITE_ONCE(book->count, book->count + PORT_LEAF);
	return leaf;
}

/* The leaf of @port, made if need be; NULL: no memory. Under book->lock. */
static struct port_leaf *leaf_get(struct port_book *book, u8 proto, u16 port)
{
	u32 key = port_key(proto, port);
	struct port_branch **branch;
	struct port_leaf **leaf;

	branch = &book->branches[port_branch_at(key)];
	if (!*branch)
		/* Full of NULL before it is seen. */
		smp_store_release(branch, kzalloc(sizeof(**branch),
						  GFP_ATOMIC | __GFP_NOWARN));
	if (!*branch)
		return NULL;
	leaf = &(*branch)->leaves[port_leaf_at(key)];
	if (!*leaf)
		/* Its rows are what they are before it is seen. */
		smp_store_release(leaf, leaf_make(book, proto, port));
	return *leaf;
}

struct port_row *port_make(struct port_book *book, u8 proto, u16 port)
{
	struct port_leaf *leaf;

	spin_lock_bh(&book->lock);
	leaf = leaf_get(book, proto, port);
	spin_unlock_bh(&book->lock);
	return leaf ? &leaf->rows[port & (PORT_LEAF - 1)] : &book->other;
}

/* The first key of the leaf, or branch, after the one of @key. */
static u32 key_beyond(u32 key, unsigned int bits)
{
	return ((key >> bits) + 1) << bits;
}

struct port_row *port_next(const struct port_book *book, u32 *key)
{
	struct port_row *row;

	while (*key < PORT_RANKS << 16) {
		row = port_find(book, *key);
		if (row)
			return row;
		if (!READ_ONCE(book->branches[port_branch_at(*key)]))
			*key = key_beyond(*key, PORT_LEAF_BITS + PORT_BRANCH_BITS);
		else
			*key = key_beyond(*key, PORT_LEAF_BITS);
	}
	return NULL;
}

u32 port_count(const struct port_book *book)
{
	const struct port_row *row;
	u32 key, n = 0;

	for (key = 0; (row = port_next(book, &key)); key++) {
		n += !!READ_ONCE(row->last);
		cond_resched();
	}
	return n;
}

static void port_touch(struct port_row *row)
{
	unsigned long now = jiffies;

	if (READ_ONCE(row->last) != now)
		WRITE_ONCE(row->last, now);
}

void port_in(struct port_row *row, enum port_outcome outcome, u32 packets,
	     u32 bytes)
{
	atomic64_add(packets, &row->in_packets[outcome]);
	atomic64_add(bytes, &row->in_bytes);
	port_touch(row);
}

void port_out(struct port_row *row, u32 packets, u32 bytes)
{
	atomic64_add(packets, &row->out_packets);
	atomic64_add(bytes, &row->out_bytes);
	port_touch(row);
}

static void port_sum_row(struct port_sum *sum, const struct port_row *row)
{
	int i;

	for (i = 0; i < __PORT_OUTCOMES; i++)
		sum->in_packets[i] = atomic64_read(&row->in_packets[i]);
	sum->in_bytes = atomic64_read(&row->in_bytes);
	sum->out_packets = atomic64_read(&row->out_packets);
	sum->out_bytes = atomic64_read(&row->out_bytes);
	sum->last = READ_ONCE(row->last);
}

void port_read(struct portico_net *pn, struct flow_counters *sum)
{
	struct port_book *book = pn->ports;
	struct port_row *row = &book->other;
	u32 key = 0;
	int i;

	memset(sum, 0, sizeof(*sum));
	do {
		for (i = 0; i < __PORT_OUTCOMES; i++)
			sum->packets[DIR_IN] += atomic64_read(&row->in_packets[i]);
		sum->bytes[DIR_IN] += atomic64_read(&row->in_bytes);
		sum->packets[DIR_OUT] += atomic64_read(&row->out_packets);
		sum->bytes[DIR_OUT] += atomic64_read(&row->out_bytes);
		cond_resched();
		row = port_next(book, &key);
		key++;
	} while (row);
}

struct snapshot {
	struct port_sum *sums;
	u32 n;
};

static void add_record(struct sock_rec *rec, void *arg)
{
	const struct snapshot *s = arg;

	sock_add(rec, s->sums, s->n);
}

struct port_sum *port_snapshot(struct portico_net *pn, u32 *n)
{
	struct port_book *book = pn->ports;
	struct snapshot s;
	struct port_row *row;
	u32 key;

	sock_fold_lock(pn->socks);
	sock_make_rows(pn);
	*n = READ_ONCE(book->count) + 1;
	s.n = *n;
	s.sums = kvcalloc(*n, sizeof(*s.sums), GFP_KERNEL);
	if (s.sums) {
		port_sum_row(&s.sums[0], &book->other);
		for (key = 0; (row = port_next(book, &key)); key++) {
			if (row->slot < *n)
				port_sum_row(&s.sums[row->slot], row);
			cond_resched();
		}
		sock_each(pn, add_record, &s);
	}
	sock_fold_unlock(pn->socks);
	return s.sums;
}
