/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who uses a socket: the process that last sent on it, listened on it or was
 * found holding it.
 *
 * While a process sends, it is `current`: that is noted at no cost when it is
 * the same as before. Received packets and the kernel's own timers say nothing.
 * A record that nobody has sent on is resolved when somebody asks, by looking
 * through the open files of all processes.
 *
 * An accepted connection so belongs to the process that serves it, a socket
 * passed on (fork, exec, SCM_RIGHTS, socket activation) to its last sender;
 * the first known user is kept beside it.
 */
#ifndef PORTICO_OWNER_H
#define PORTICO_OWNER_H

#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "sock.h"

struct portico_net;

/* Process and its exec count in one word, never 0. */
static inline u32 owner_key(const struct task_struct *task)
{
	return (u32)task->tgid | (u32)READ_ONCE(task->self_exec_id) << 22;
}

/*
 * Is the running process one that can be a user? Not one that only lets packets
 * in, as a tunnel's daemon does with soft interrupts off. Any context.
 */
static inline bool owner_runs(void)
{
	return in_task() && !softirq_count() && !(current->flags & PF_KTHREAD);
}

/* Does it have one? Then its user is filled in. Any context. */
static inline bool owner_known(const struct sock_rec *rec)
{
	/* Pairs with owner_give(). */
	return smp_load_acquire(&rec->user_key);
}

/* Does somebody else act on the socket than before? Any context. */
static inline bool owner_differs(const struct sock_rec *rec)
{
	/* A word read once: the compiler may compare it where it stands. */
	return unlikely(data_race(rec->user_key) != owner_key(current)) && owner_runs();
}

/*
 * @task is its user. @sent: it acts on the socket right now, which beats having been
 * found with it. Any context.
 */
void owner_set(struct sock_rec *rec, struct task_struct *task, bool sent);

static __always_inline void owner_fill(struct sock_user *user, struct task_struct *task)
{
	BUILD_BUG_ON(sizeof(user->comm) != sizeof(task->comm));
	user->pid = task->tgid;
	/*
	 * The process has its first thread's name. One that changes meanwhile may
	 * come out mixed; it ends, as its last byte is never anything but 0.
	 */
	memcpy(user->comm, task->group_leader->comm, sizeof(user->comm));
}

/* The first one. One caller for each record. */
static inline void owner_give(struct sock_rec *rec, struct task_struct *task)
{
	owner_fill(&rec->user, task);
	/* Who sees it sees the user: owner_known(). */
	smp_store_release(&rec->user_key, owner_key(task));
}

/* The first one, who stays beside all later ones. Under rec->lock. */
static inline const struct sock_user *owner_creator(const struct sock_rec *rec)
{
	return rec->passed ? &rec->creator : &rec->user;
}

/* Of a new record that nobody can find yet: the running process, which is one. */
static inline void owner_first(struct sock_rec *rec)
{
	if (rec->kernel)
		return;
	rec->user_at = jiffies | 1;
	owner_give(rec, current);
}

/* A process has it for the first time. Any context. */
static inline void owner_begin(struct sock_rec *rec, struct task_struct *task)
{
	/* Somebody else may be at it. */
	if (unlikely(cmpxchg(&rec->user_at, 0, jiffies | 1)))
		return;
	/* The handshake is over. */
	rec->embryo = false;
	owner_give(rec, task);
}

/* Another one than before acts on the socket: the running one. Any context. */
static inline void owner_other(struct sock_rec *rec)
{
	if (likely(!READ_ONCE(rec->user_key) && !rec->kernel))
		owner_begin(rec, current);
	else
		owner_set(rec, current, true);
}

/* The running process does something with the socket. Any context. */
static inline void owner_note(struct sock_rec *rec)
{
	if (owner_differs(rec))
		owner_other(rec);
}

/*
 * Give open records without a user the process that holds their socket; those
 * that nobody held are looked for again at most once a second. Process context,
 * sleeps.
 */
void owner_resolve(struct portico_net *pn);

#endif
