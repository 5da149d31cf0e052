// SPDX-License-Identifier: GPL-2.0
/* What a socket says about itself, and how its counters reach its port's row. */
#include <linux/cgroup.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "compat.h"
#include "net.h"
#include "sock.h"
#include "sock_fill.h"
#include "sock_raw.h"

static bool sock_any_address(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_addr_any(&sk->sk_v6_rcv_saddr);
#endif
	return !sk->sk_rcv_saddr;
}

enum port_outcome sock_outcome(const struct sock *sk)
{
	u8 state = READ_ONCE(sk->sk_state);

	if (sock_proto(sk) == IPPROTO_TCP ? state != TCP_LISTEN :
					    state == TCP_ESTABLISHED)
		return PORT_ESTABLISHED;
	if (sk->sk_reuseport)
		return PORT_REUSEPORT;
	return sock_any_address(sk) ? PORT_WILDCARD : PORT_LISTENER;
}

/* Addresses stand at the same place in all three kinds of socket. */
static void addresses_of(const struct sock *sk, struct in6_addr *local,
			 struct in6_addr *remote)
{
	memset(local, 0, sizeof(*local));
	memset(remote, 0, sizeof(*remote));
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		*local = sk->sk_v6_rcv_saddr;
		*remote = sk->sk_v6_daddr;
		return;
	}
#endif
	local->s6_addr32[0] = sk->sk_rcv_saddr;
	remote->s6_addr32[0] = sk->sk_daddr;
}

/* The one state that tells outcomes apart, and whether this is it; see sock_moved(). */
static u8 sock_watch(u8 proto, enum port_outcome outcome)
{
	if (proto == IPPROTO_TCP)
		return outcome == PORT_ESTABLISHED ? 0 : TCP_LISTEN;
	return outcome == PORT_ESTABLISHED ?
	       TCP_ESTABLISHED : TCP_ESTABLISHED | SOCK_WATCH_NOT;
}

static u64 sock_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgrp = sock_cgroup_ptr(&((struct sock *)sk)->sk_cgrp_data);

	return cgrp ? cgroup_id(cgrp) : 0;
#else
	return 0;
#endif
}

void sock_describe(struct sock_rec *rec, const struct sock *sk)
{
	const struct sock *full = sk;

	rec->family = sk->sk_family;
	rec->proto = sock_proto(sk);
	rec->state = READ_ONCE(sk->sk_state);
	rec->kind = sk_fullsock(sk) ? sock_kind(sk) : SOCK_KIND_PORT;
	rec->port = rec->kind == SOCK_KIND_RAW ? 0 : sk->sk_num;
	rec->outcome = sock_outcome(sk);
	rec->watch = rec->kind ? SOCK_WATCH_ALL :
				 sock_watch(rec->proto, rec->outcome);
	rec->ifindex = sk->sk_bound_dev_if;
	addresses_of(sk, &rec->local, &rec->remote);
	rec->remote_port = sk->sk_dport;
	/* UDP tells nobody when it closes, and a request may come to nothing. */
	rec->verify = rec->proto != IPPROTO_TCP;
	if (rec->state == TCP_NEW_SYN_RECV) {
		rec->verify = true;
		rec->embryo = true;
		full = READ_ONCE(inet_reqsk(sk)->rsk_listener);
	} else if (!sk_fullsock(sk)) {
		full = NULL;
	}
	rec->uid = INVALID_UID;
	if (full) {
		rec->uid = READ_ONCE(full->sk_uid);
		rec->cgroup = sock_cgroup(full);
		rec->kernel = full->sk_kern_sock && !(rec->proto == IPPROTO_TCP &&
						      sk_is_mptcp(full));
	}
}

static void refresh_tcp(struct sock_rec *rec, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	rec->retrans = READ_ONCE(tp->total_retrans);
	if (rec->state == TCP_LISTEN)
		rec->backlog = READ_ONCE(sk->sk_ack_backlog);
	else
		rec->backlog = max_t(s32, READ_ONCE(tp->rcv_nxt) -
				     READ_ONCE(tp->copied_seq), 0);
}

void sock_unfolded(const struct sock_rec *rec, struct flow_counters *c)
{
	const struct flow_counters *folded = &rec->folded;

	c->packets[DIR_IN] = atomic64_read(&rec->in_packets) -
			     folded->packets[DIR_IN];
	c->bytes[DIR_IN] = atomic64_read(&rec->in_bytes) - folded->bytes[DIR_IN];
	c->packets[DIR_OUT] = atomic64_read(&rec->out_packets) -
			      folded->packets[DIR_OUT];
	c->bytes[DIR_OUT] = atomic64_read(&rec->out_bytes) -
			    folded->bytes[DIR_OUT];
}

/*
 * Whoever sent to it; of a connection that is its remote, if any of @arrived, not
 * folded so far, came at all.
 */
static void join_sources(struct sock_rec *rec, struct port_row *row, u64 arrived)
{
	const struct key_secret *secret = &rec->pn->ports->secret;
	u32 hash;

	sources_join(&row->sources, &rec->sources);
	if (rec->proto != IPPROTO_TCP || rec->outcome != PORT_ESTABLISHED || !arrived)
		return;
	if (rec->family == AF_INET6)
		hash = sources_hash6(secret, &rec->remote);
	else
		hash = sources_hash4(secret, rec->remote.s6_addr32[0]);
	sources_add(&row->sources, hash);
}

void sock_fold(struct sock_rec *rec)
{
	struct port_row *row;
	struct flow_counters c;

	if (rec->kind)
		return;
	row = port_get(rec->pn->ports, rec->proto, rec->port);
	sock_unfolded(rec, &c);
	flow_counters_add(&rec->folded, &c);
	atomic64_add(c.packets[DIR_IN], &row->in_packets[rec->outcome]);
	atomic64_add(c.bytes[DIR_IN], &row->in_bytes);
	atomic64_add(c.packets[DIR_OUT], &row->out_packets);
	atomic64_add(c.bytes[DIR_OUT], &row->out_bytes);
	join_sources(rec, row, c.packets[DIR_IN]);
	peer_socket(rec->pn, rec, &c);
	if (rec->last && (!row->last || time_after(rec->last, row->last)))
		WRITE_ONCE(row->last, rec->last);
}

/* Under rec->lock, of a record that is in use. */
static void fold_locked(struct sock_rec *rec)
{
	spin_lock(&rec->pn->peers.lock);
	sock_fold(rec);
	spin_unlock(&rec->pn->peers.lock);
}

/* What was counted until now was counted with the old ones. Under rec->lock. */
static void change_addresses(struct sock_rec *rec, const struct sock *sk)
{
	struct in6_addr local, remote;

	addresses_of(sk, &local, &remote);
	if (!ipv6_addr_equal(&local, &rec->local) ||
	    !ipv6_addr_equal(&remote, &rec->remote))
		fold_locked(rec);
	rec->local = local;
	rec->remote = remote;
	rec->remote_port = sk->sk_dport;
}

void sock_refresh(struct sock_rec *rec, const struct sock *sk)
{
	if (!sk_fullsock(sk))
		return;
	spin_lock_bh(&rec->lock);
	rec->state = READ_ONCE(sk->sk_state);
	rec->drops = compat_sk_drops(sk);
	rec->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	rec->uid = READ_ONCE(sk->sk_uid);
	if (rec->proto == IPPROTO_TCP) {
		if (rec->state != TCP_CLOSE)
			rec->embryo = false;
		refresh_tcp(rec, sk);
	} else {
		rec->backlog = sk_rmem_alloc_get(sk);
	}
	/* A closed TCP socket has forgotten them. */
	if (sk->sk_num && (rec->proto != IPPROTO_TCP || rec->state != TCP_CLOSE))
		change_addresses(rec, sk);
	spin_unlock_bh(&rec->lock);
}

void sock_final(struct sock_rec *rec, const struct sock *sk)
{
	/* Words of their own: no lock needed. */
	WRITE_ONCE(rec->drops, compat_sk_drops(sk));
	if (rec->proto == IPPROTO_TCP)
		WRITE_ONCE(rec->retrans, READ_ONCE(tcp_sk(sk)->total_retrans));
}

void sock_move(struct sock_rec *rec, const struct sock *sk)
{
	enum port_outcome outcome = sock_outcome(sk);
	u16 port = READ_ONCE(sk->sk_num);

	/* A socket that is closing has no port any more. */
	if (!port || rec->kind || (port == rec->port && outcome == rec->outcome))
		return;
	spin_lock_bh(&rec->lock);
	fold_locked(rec);
	if (port != rec->port)
		sources_clear(&rec->sources);
	WRITE_ONCE(rec->port, port);
	WRITE_ONCE(rec->watch, sock_watch(rec->proto, outcome));
	rec->outcome = outcome;
	spin_unlock_bh(&rec->lock);
	sock_refresh(rec, sk);
}

void sock_met(struct sock_rec *rec, struct sock *sk)
{
	u32 inode = 0;

	if (sk_fullsock(sk))
		inode = sock_i_ino(sk);
	sock_refresh(rec, sk);
	sock_move(rec, sk);
	WRITE_ONCE(rec->inode, inode);
}

/* Under rec->lock. */
static void add_locked(struct sock_rec *rec, const struct flow_counters *c,
		       struct port_sum *sum)
{
	sum->in_packets[rec->outcome] += c->packets[DIR_IN];
	sum->in_bytes += c->bytes[DIR_IN];
	sum->out_packets += c->packets[DIR_OUT];
	sum->out_bytes += c->bytes[DIR_OUT];
	sum->sockets += rec->life == SOCK_OPEN;
	if (rec->last && (!sum->last || time_after(rec->last, sum->last)))
		sum->last = rec->last;
}

void sock_add(struct sock_rec *rec, struct port_sum *sums, u32 n)
{
	struct port_row *row;
	struct flow_counters c;

	if (rec->kind)
		return;
	spin_lock_bh(&rec->lock);
	row = port_get(rec->pn->ports, rec->proto, rec->port);
	sock_unfolded(rec, &c);
	join_sources(rec, row, c.packets[DIR_IN]);
	if (row->slot < n)
		add_locked(rec, &c, &sums[row->slot]);
	spin_unlock_bh(&rec->lock);
}
