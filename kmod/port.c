// SPDX-License-Identifier: GPL-2.0
/* Port rows: made on first use, kept to the namespace's end. */
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "net.h"
#include "port.h"
#include "sock.h"
#include "sock_fill.h"

static struct kmem_cache *port_cache;

int port_init(void)
{
	port_cache = KMEM_CACHE(port_row, 0);
	return port_cache ? 0 : -ENOMEM;
}

void port_exit(void)
{
	kmem_cache_destroy(port_cache);
}

unsigned long port_key(u8 proto, u16 port)
{
	unsigned long rank;

	switch (proto) {
	case IPPROTO_TCP:
		rank = 0;
		break;
	case IPPROTO_UDP:
		rank = 1;
		break;
	default:
		rank = 2;
		break;
	}
	return rank << 16 | port;
}

int port_net_init(struct portico_net *pn)
{
	struct port_book *book = kzalloc(sizeof(*book), GFP_KERNEL);

	if (!book)
		return -ENOMEM;
	get_random_bytes(&book->secret, sizeof(book->secret));
	xa_init_flags(&book->rows, XA_FLAGS_LOCK_BH);
	pn->ports = book;
	return 0;
}

void port_net_exit(struct portico_net *pn)
{
	struct port_book *book = pn->ports;
	struct port_row *row;
	unsigned long key;

	if (!book)
		return;
	xa_for_each(&book->rows, key, row) {
		sources_free(&row->sources);
		kmem_cache_free(port_cache, row);
	}
	sources_free(&book->other.sources);
	xa_destroy(&book->rows);
	pn->ports = NULL;
	kfree(book);
}

static struct port_row *port_make(struct port_book *book, unsigned long key,
				  u8 proto, u16 port)
{
	struct port_row *row, *old;

	row = kmem_cache_zalloc(port_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!row)
		return &book->other;
	row->proto = proto;
	row->port = port;
	xa_lock_bh(&book->rows);
	/* The slot is given under the lock: slots of stored rows are dense. */
	row->slot = atomic_read(&book->count) + 1;
	old = __xa_cmpxchg(&book->rows, key, NULL, row,
			   GFP_ATOMIC | __GFP_NOWARN);
	if (!old)
		atomic_inc(&book->count);
	xa_unlock_bh(&book->rows);
	if (!old)
		return row;
	kmem_cache_free(port_cache, row);
	return xa_is_err(old) ? &book->other : old;
}

struct port_row *port_get(struct port_book *book, u8 proto, u16 port)
{
	unsigned long key = port_key(proto, port);
	struct port_row *row = xa_load(&book->rows, key);

	return likely(row) ? row : port_make(book, key, proto, port);
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
	unsigned long key = 0;
	int i;

	memset(sum, 0, sizeof(*sum));
	do {
		for (i = 0; i < __PORT_OUTCOMES; i++)
			sum->packets[DIR_IN] += atomic64_read(&row->in_packets[i]);
		sum->bytes[DIR_IN] += atomic64_read(&row->in_bytes);
		sum->packets[DIR_OUT] += atomic64_read(&row->out_packets);
		sum->bytes[DIR_OUT] += atomic64_read(&row->out_bytes);
		cond_resched();
		row = xa_find_after(&book->rows, &key, ULONG_MAX, XA_PRESENT);
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
	unsigned long key;

	sock_fold_lock(pn->socks);
	sock_make_rows(pn);
	*n = atomic_read(&book->count) + 1;
	s.n = *n;
	s.sums = kvcalloc(*n, sizeof(*s.sums), GFP_KERNEL);
	if (s.sums) {
		port_sum_row(&s.sums[0], &book->other);
		xa_for_each(&book->rows, key, row) {
			if (row->slot < *n)
				port_sum_row(&s.sums[row->slot], row);
			cond_resched();
		}
		sock_each(pn, add_record, &s);
	}
	sock_fold_unlock(pn->socks);
	return s.sums;
}
