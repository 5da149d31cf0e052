// SPDX-License-Identifier: GPL-2.0
/* Remote and own addresses: what ended with them. */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "net.h"
#include "peer.h"
#include "peer_rows.h"
#include "sock.h"

struct peer_key {
	union nf_inet_addr addr;
	u8 family;
};

static u32 peer_hashfn(const void *data, u32 len, u32 seed)
{
	const struct peer_key *key = data;
	hsiphash_key_t k = { { seed, (unsigned long)seed << 16 ^ seed } };

	return hsiphash(&key->addr, sizeof(key->addr), &k) ^ key->family;
}

static u32 peer_obj_hashfn(const void *data, u32 len, u32 seed)
{
	const struct peer *peer = data;
	struct peer_key key = { .addr = peer->addr, .family = peer->family };

	return peer_hashfn(&key, len, seed);
}

static bool peer_is(const struct peer *peer, const struct peer_key *key)
{
	return peer->family == key->family && addr_equal(&peer->addr, &key->addr);
}

static int peer_cmpfn(struct rhashtable_compare_arg *arg, const void *obj)
{
	return !peer_is(obj, arg->key);
}

static const struct rhashtable_params peer_params = {
	.head_offset = offsetof(struct peer, node),
	.hashfn = peer_hashfn,
	.obj_hashfn = peer_obj_hashfn,
	.obj_cmpfn = peer_cmpfn,
	.automatic_shrinking = true,
};

/* Its numbers go to the others. Lock held; nobody looks up outside of it. */
static void peer_drop(struct peer_table *table, struct peer *peer)
{
	flow_counters_add(&table->other.flow, &peer->counters.flow);
	flow_counters_add(&table->other.local, &peer->counters.local);
	rhashtable_remove_fast(&table->table, &peer->node, peer_params);
	list_del(&peer->age);
	table->count--;
	kfree(peer);
}

static void peer_trim(struct peer_table *table, u32 max)
{
	while (table->count > max)
		peer_drop(table, list_first_entry(&table->age, struct peer, age));
}

static struct peer *peer_make(struct peer_table *table,
			      const struct peer_key *key)
{
	struct peer *peer;

	if (!table->max)
		return NULL;
	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
	if (!peer)
		return NULL;
	peer->addr = key->addr;
	peer->family = key->family;
	if (rhashtable_insert_fast(&table->table, &peer->node, peer_params)) {
		kfree(peer);
		return NULL;
	}
	list_add_tail(&peer->age, &table->age);
	table->count++;
	peer_trim(table, table->max);
	return peer;
}

/* Found or made, and the youngest now; NULL: it is one of the others. */
static struct peer *peer_get(struct peer_table *table, const struct peer_key *key)
{
	struct peer *peer = NULL;

	/* The same as before, as often as not. */
	if (!list_empty(&table->age))
		peer = list_last_entry(&table->age, struct peer, age);
	if (!peer || !peer_is(peer, key)) {
		rcu_read_lock();
		peer = rhashtable_lookup(&table->table, key, peer_params);
		rcu_read_unlock();
		if (peer)
			list_move_tail(&peer->age, &table->age);
		else
			peer = peer_make(table, key);
	}
	if (peer)
		peer->last = get_jiffies_64();
	return peer;
}

static struct peer_counters *counters_of(struct peer_table *table,
					 const struct peer_key *key)
{
	struct peer *peer = peer_get(table, key);

	return peer ? &peer->counters : &table->other;
}

static bool nothing(const struct flow_counters *c)
{
	/* Bytes alone are what was counted while a session was emptied. */
	return !(c->packets[DIR_OUT] | c->packets[DIR_IN] |
		 c->bytes[DIR_OUT] | c->bytes[DIR_IN]);
}

void peer_flow(struct portico_net *pn, const struct mapping *m,
	       const struct session *s, const struct flow_counters *c)
{
	struct peer_key key = { .family = mapping_family(m) };
	struct flow_counters theirs = flow_counters_turned(c);
	struct peers *peers = &pn->peers;

	lockdep_assert_held(&pn->mappings.lock);
	if (nothing(c))
		return;
	session_remote(m, s, &key.addr);
	spin_lock(&peers->lock);
	flow_counters_add(&counters_of(&peers->side[PEER_REMOTE], &key)->flow,
			  &theirs);
	spin_unlock(&peers->lock);
	if (peers->rows)
		peer_rows_missed(peers->rows, m, &key.addr, &theirs);
}

/* An address as it is on the wire: an IPv4 one may stand in an IPv6 socket. */
static struct peer_key key_of(const struct sock_rec *rec,
			      const struct in6_addr *addr)
{
	struct peer_key key = { .family = NFPROTO_IPV6, .addr.in6 = *addr };

	if (rec->family == AF_INET) {
		key.family = NFPROTO_IPV4;
	} else if (ipv6_addr_v4mapped(addr)) {
		key.family = NFPROTO_IPV4;
		memset(&key.addr, 0, sizeof(key.addr));
		key.addr.ip = addr->s6_addr32[3];
	}
	return key;
}

void peer_socket(struct portico_net *pn, const struct sock_rec *rec,
		 const struct flow_counters *c)
{
	struct peer_key local = key_of(rec, &rec->local);
	struct peer_key remote = key_of(rec, &rec->remote);
	struct flow_counters theirs = flow_counters_turned(c);
	struct peers *peers = &pn->peers;
	struct peer_table *table = &peers->side[PEER_REMOTE];

	lockdep_assert_held(&peers->lock);
	if (nothing(c))
		return;
	flow_counters_add(&counters_of(&peers->side[PEER_LOCAL], &local)->local, c);
	/* To whom an unconnected socket talked is not known. */
	flow_counters_add(addr_is_any(&remote.addr) ? &table->other.local :
			  &counters_of(table, &remote)->local, &theirs);
}

void peer_rows_socket(struct peer_rows *rows, enum peer_side side,
		      const struct sock_rec *rec, const struct flow_counters *c)
{
	struct peer_key key = key_of(rec, side == PEER_LOCAL ? &rec->local :
							       &rec->remote);
	struct flow_counters theirs = side == PEER_LOCAL ? *c : flow_counters_turned(c);

	if (side == PEER_REMOTE && addr_is_any(&key.addr))
		flow_counters_add(&rows->other, &theirs);
	else
		peer_rows_add(rows, &key.addr, key.family, &theirs);
}

void peer_rows_session(struct peer_rows *rows, const struct mapping *m,
		       const struct session *s)
{
	struct flow_counters c = {}, theirs;
	union nf_inet_addr remote;

	session_read(s, &c);
	if (nothing(&c))
		return;
	theirs = flow_counters_turned(&c);
	session_remote(m, s, &remote);
	peer_rows_add(rows, &remote, mapping_family(m), &theirs);
}

static void table_read(const struct peer_table *table, struct peer_counters *sum)
{
	const struct peer *peer;

	*sum = table->other;
	list_for_each_entry(peer, &table->age, age) {
		flow_counters_add(&sum->flow, &peer->counters.flow);
		flow_counters_add(&sum->local, &peer->counters.local);
	}
}

void peer_read(struct portico_net *pn, struct peer_counters sum[__PEER_SIDES])
{
	int side;

	spin_lock_bh(&pn->peers.lock);
	for (side = 0; side < __PEER_SIDES; side++)
		table_read(&pn->peers.side[side], &sum[side]);
	spin_unlock_bh(&pn->peers.lock);
}

void peer_rows_ended(struct peer_rows *rows, struct portico_net *pn,
		     enum peer_side side)
{
	struct peer_table *table = &pn->peers.side[side];
	const struct peer *peer;
	struct peer_row *row;

	lockdep_assert_held(&pn->mappings.lock);
	spin_lock(&pn->peers.lock);
	flow_counters_add(&rows->other, &table->other.flow);
	flow_counters_add(&rows->other, &table->other.local);
	/* The youngest first: should there be no room, the oldest are others. */
	list_for_each_entry_reverse(peer, &table->age, age) {
		row = peer_rows_add(rows, &peer->addr, peer->family,
				    &peer->counters.flow);
		if (row)
			row->last = peer->last;
		peer_rows_add(rows, &peer->addr, peer->family,
			      &peer->counters.local);
	}
	spin_unlock(&pn->peers.lock);
}

void peer_set_max(struct portico_net *pn, u32 max)
{
	struct peer_table *table = &pn->peers.side[PEER_REMOTE];

	spin_lock_bh(&pn->peers.lock);
	table->max = max;
	peer_trim(table, max);
	spin_unlock_bh(&pn->peers.lock);
}

int peer_net_init(struct portico_net *pn)
{
	struct peers *peers = &pn->peers;
	struct peer_table *table;
	int err = 0, side;

	spin_lock_init(&peers->lock);
	mutex_init(&peers->reading);
	for (side = 0; side < __PEER_SIDES && !err; side++) {
		table = &peers->side[side];
		INIT_LIST_HEAD(&table->age);
		table->max = PEERS_DEFAULT;
		err = rhashtable_init(&table->table, &peer_params);
	}
	if (err && side == __PEER_SIDES)
		rhashtable_destroy(&peers->side[PEER_LOCAL].table);
	return err;
}

void peer_net_exit(struct portico_net *pn)
{
	struct peer_table *table;
	int side;

	for (side = 0; side < __PEER_SIDES; side++) {
		table = &pn->peers.side[side];
		peer_trim(table, 0);
		rhashtable_destroy(&table->table);
	}
}
