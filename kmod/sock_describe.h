/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a new record has from its socket. Inline, as all of a connection's life:
 * tens of thousands of them begin and end in a second.
 *
 * @sk may be a full socket or a connection request; it is held by the caller or by
 * RCU. Any context.
 */
#ifndef PORTICO_SOCK_DESCRIBE_H
#define PORTICO_SOCK_DESCRIBE_H

#include <linux/cgroup.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/tcp.h>

#include "sock.h"
#include "sock_raw.h"

/* Addresses stand at the same place in all three kinds of socket. */
static inline void sock_addresses(const struct sock *sk, struct in6_addr *local,
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

static inline u64 sock_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgrp = sock_cgroup_ptr(&((struct sock *)sk)->sk_cgrp_data);

	return cgrp ? cgroup_id(cgrp) : 0;
#else
	return 0;
#endif
}

/* What may become something else, and what is not TCP: more of it. */
void sock_describe_loose(struct sock_rec *rec, const struct sock *sk);

/* @full: who stands for it; NULL: nobody any more. */
static inline void sock_describe_user(struct sock_rec *rec, const struct sock *full)
{
	rec->uid = full ? READ_ONCE(full->sk_uid) : INVALID_UID;
	rec->cgroup = full ? sock_cgroup(full) : 0;
	rec->kernel = full && full->sk_kern_sock &&
		      !(rec->proto == IPPROTO_TCP && sk_is_mptcp(full));
}

/* Word by word: for so few a string instruction takes longer to begin than to end. */
static inline void sock_zero(struct sock_rec *rec)
{
	unsigned long *words = (unsigned long *)&rec->zeros;
	unsigned int i;

	BUILD_BUG_ON(sizeof(rec->zeros) % sizeof(*words));
#pragma GCC unroll 64
	for (i = 0; i < sizeof(rec->zeros) / sizeof(*words); i++)
		WRITE_ONCE(words[i], 0);
}

/* Everything, before anyone can find it; @sk is in @state. */
static inline void sock_describe(struct sock_rec *rec, const struct sock *sk, u8 state)
{
	bool request = state == TCP_NEW_SYN_RECV;

	sock_zero(rec);
	spin_lock_init(&rec->lock);
	rec->outcome = PORT_ESTABLISHED;
	rec->family = sk->sk_family;
	rec->proto = request ? IPPROTO_TCP : sk->sk_protocol;
	rec->state = state;
	/*
	 * It may come to nothing. And one that was not there from its first packet on
	 * may have ended while nobody knew it.
	 */
	rec->verify = state != TCP_SYN_SENT;
	rec->embryo = request;
	rec->kind = SOCK_KIND_PORT;
	rec->port = sk->sk_num;
	rec->remote_port = sk->sk_dport;
	rec->ifindex = sk->sk_bound_dev_if;
	sock_addresses(sk, &rec->local, &rec->remote);
	if (unlikely(rec->proto != IPPROTO_TCP || state == TCP_LISTEN))
		sock_describe_loose(rec, sk);
	/* Its listener stands for a request. */
	sock_describe_user(rec, request ? READ_ONCE(inet_reqsk(sk)->rsk_listener) : sk);
}

#endif
