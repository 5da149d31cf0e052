// SPDX-License-Identifier: GPL-2.0
/* Who uses a socket. */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "net.h"
#include "owner.h"
#include "sock.h"

/*
 * At most once a tick or two: processes that take turns on one socket (a pool of DNS
 * servers) must not pay for each packet.
 */
void owner_set(struct sock_rec *rec, struct task_struct *task, bool sent)
{
	unsigned long now = jiffies | 1;

	/* Tunnels send in the context of whoever sent the inner packet. */
	if (rec->kernel)
		return;
	if (!owner_known(rec)) {
		owner_begin(rec, task);
		return;
	}
	if (!sent || rec->user_at == now)
		return;
	spin_lock_bh(&rec->lock);
	if (!rec->passed) {
		rec->creator = rec->user;
		rec->passed = true;
	}
	owner_fill(&rec->user, task);
	rec->user_at = now;
	WRITE_ONCE(rec->user_key, owner_key(task));
	spin_unlock_bh(&rec->lock);
}

struct resolve {
	struct portico_net *pn;
	struct task_struct *task;
};

static int resolve_file(const void *data, struct file *file, unsigned int fd)
{
	const struct resolve *r = data;
	struct socket *sock = sock_from_file(file);
	struct sock_rec *rec;
	struct sock *sk;
	u64 cookie;

	sk = sock ? READ_ONCE(sock->sk) : NULL;
	if (!sk || !net_eq(sock_net(sk), r->pn->net))
		return 0;
	cookie = atomic64_read(&sk->sk_cookie);
	rec = cookie ? sock_lookup(r->pn->socks, cookie) : NULL;
	if (rec && !READ_ONCE(rec->user_key))
		owner_set(rec, r->task, false);
	return 0;
}

/*
 * Is there anyone to look for? Those looked for in vain (@again) only now and
 * then: a socket that nobody holds any more would cost every dump a search.
 */
static bool resolve_needed(struct sock_book *book, bool again)
{
	struct sock_rec *rec;
	bool needed = false;
	u64 after = 0;
	int n;

	do {
		rcu_read_lock();
		for (n = 0; n < 256; n++) {
			rec = sock_next(book, after);
			if (!rec)
				break;
			after = sock_key(rec->cookie);
			if (READ_ONCE(rec->user_key) || rec->kernel ||
			    READ_ONCE(rec->life) != SOCK_OPEN)
				continue;
			needed |= again || !rec->sought;
			rec->sought = true;
		}
		rcu_read_unlock();
		cond_resched();
	} while (rec);
	return needed;
}

static void resolve_tasks(struct portico_net *pn)
{
	struct resolve r = { .pn = pn };
	struct task_struct *task;
	struct pid *pid;
	int nr = 1;

	while (!READ_ONCE(pn->socks->exiting)) {
		rcu_read_lock();
		pid = find_ge_pid(nr, &init_pid_ns);
		if (!pid) {
			rcu_read_unlock();
			return;
		}
		nr = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_TGID);
		if (task && !(task->flags & PF_KTHREAD)) {
			r.task = task;
			task_lock(task);
			iterate_fd(task->files, 0, resolve_file, &r);
			task_unlock(task);
		}
		rcu_read_unlock();
		cond_resched();
	}
}

void owner_resolve(struct portico_net *pn)
{
	struct sock_book *book = pn->socks;
	bool again;

	mutex_lock(&book->scan);
	again = time_after(jiffies, book->resolved_at + HZ);
	if (resolve_needed(book, again)) {
		resolve_tasks(pn);
		book->resolved_at = jiffies;
	}
	mutex_unlock(&book->scan);
}
