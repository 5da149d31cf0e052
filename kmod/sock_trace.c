// SPDX-License-Identifier: GPL-2.0
/* TCP's state changes. */
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/tcp.h>

#include "compat.h"
#include "net.h"
#include "owner.h"
#include "sock.h"
#include "sock_trace.h"

static struct tracepoint *state_tp;

static void trace_listen(struct sock_book *book, const struct sock *sk)
{
	struct sock_rec *rec = sock_get(book, sk, true);

	if (!rec)
		return;
	if (rec->state != TCP_LISTEN)
		WRITE_ONCE(rec->state, TCP_LISTEN);
	/* The socket itself says so a moment later: then it has moved. */
	sock_watch_place(rec);
	owner_note(rec);
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
	compat_probe_lock();
	pn = portico_pernet_rcu(sock_net(sk));
	/* Pairs with the release in sock_net_init(). */
	book = pn ? smp_load_acquire(&pn->socks) : NULL;
	/* Before its books are open, or while they are being closed. */
	if (!book || !READ_ONCE(book->accounting))
		goto out;
	if (newstate == TCP_LISTEN)
		trace_listen(book, sk);
	else
		sock_ended(book, sk, oldstate);
out:
	compat_probe_unlock();
}

/*
 * Often in softirq, sometimes in process context; the namespace is alive as long as
 * the socket is.
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
