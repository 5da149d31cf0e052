// SPDX-License-Identifier: GPL-2.0
/* TCP's state changes. */
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/tcp.h>

#include "net.h"
#include "owner.h"
#include "sock.h"
#include "sock_trace.h"

static struct tracepoint *state_tp;

static void trace_listen(struct portico_net *pn, const struct sock *sk)
{
	struct sock_rec *rec = sock_get(pn, sk, true);

	if (!rec)
		return;
	if (rec->state != TCP_LISTEN)
		WRITE_ONCE(rec->state, TCP_LISTEN);
	/* The socket itself says so a moment later: then it has moved. */
	sock_watch_place(rec);
	owner_note(rec);
}

static void trace_close(struct portico_net *pn, const struct sock *sk,
			int oldstate)
{
	u64 cookie = sock_cookie(sk);
	struct sock_rec *rec;

	/* No cookie: never met, so there is no record. */
	rec = cookie ? sock_lookup(pn->socks, cookie) : NULL;
	if (!rec)
		return;
	if (oldstate != TCP_SYN_RECV)
		/* Its handshake is over; of those that live the sweep sees it. */
		rec->embryo = false;
	else if (rec->embryo)
		/* Another one may live by the same cookie: the sweep sees that too. */
		return;
	sock_close(rec, sk);
}

/* Out of line: most changes are none of ours, and they should cost a look only. */
static noinline void state_changed(const struct sock *sk, int oldstate,
				   int newstate)
{
	struct sock_book *book;
	struct portico_net *pn;

	/* DCCP and SCTP say the same; MPTCP's own sockets have no ports. */
	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	rcu_read_lock();
	pn = portico_pernet_rcu(sock_net(sk));
	/* Before its books are open, or while they are being closed. */
	if (!pn || READ_ONCE(pn->leaving))
		goto out;
	/* Pairs with the release in sock_net_init(). */
	book = smp_load_acquire(&pn->socks);
	if (!book || !READ_ONCE(book->accounting))
		goto out;
	if (newstate == TCP_LISTEN)
		trace_listen(pn, sk);
	else
		trace_close(pn, sk, oldstate);
out:
	rcu_read_unlock();
}

/*
 * Often in softirq, sometimes in process context; preemption is off, and the
 * namespace is alive as long as the socket is.
 */
static void state_probe(void *data, const struct sock *sk, const int oldstate,
			const int newstate)
{
	if (newstate == TCP_CLOSE || newstate == TCP_LISTEN)
		state_changed(sk, oldstate, newstate);
}

static void find_tracepoint(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		state_tp = tp;
}

int sock_trace_init(void)
{
	/* Its symbol is not exported to modules. */
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	if (!state_tp)
		return -ENOENT;
	return tracepoint_probe_register(state_tp, state_probe, NULL);
}

void sock_trace_exit(void)
{
	tracepoint_probe_unregister(state_tp, state_probe, NULL);
	tracepoint_synchronize_unregister();
}
