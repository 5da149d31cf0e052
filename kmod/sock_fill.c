// SPDX-License-Identifier: GPL-2.0
/* What a socket says about itself. */
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "compat.h"
#include "net.h"
#include "sock.h"
#include "sock_describe.h"
#include "sock_fill.h"
#include "sock_fold.h"
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

/* The one state that tells outcomes apart, and whether this is it; see sock_moved(). */
static u8 sock_watch(u8 proto, enum port_outcome outcome)
{
	if (proto == IPPROTO_TCP)
		return outcome == PORT_ESTABLISHED ? 0 : TCP_LISTEN;
	return outcome == PORT_ESTABLISHED ?
	       TCP_ESTABLISHED : TCP_ESTABLISHED | SOCK_WATCH_NOT;
}

void sock_describe_loose(struct sock_rec *rec, const struct sock *sk)
{
	rec->kind = sock_kind(sk);
	if (rec->kind == SOCK_KIND_RAW)
		rec->port = 0;
	rec->outcome = sock_outcome(sk);
	rec->watch = rec->kind ? SOCK_WATCH_ALL :
				 sock_watch(rec->proto, rec->outcome);
	/* UDP tells nobody when it closes. */
	rec->verify = rec->proto != IPPROTO_TCP;
	rec->looked = READ_ONCE(rec->pn->socks->round);
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

	sock_addresses(sk, &local, &remote);
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
