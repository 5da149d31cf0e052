// SPDX-License-Identifier: GPL-2.0
/* Reasons: names, texts and per-CPU counters. */
#include <linux/slab.h>

#include "net.h"
#include "reason.h"

const struct reason_info reason_info[__REASON_MAX] = {
#define X(sym, n, v, t) [REASON_##sym] = {			\
	.name = n, .text = t, .verdict = PORTICO_VERDICT_##v },
	PORTICO_REASONS(X)
#undef X
};

int reason_net_init(struct portico_net *pn)
{
	pn->reasons = alloc_percpu(struct reason_cpu);
	pn->reasons_base = kzalloc(sizeof(*pn->reasons_base), GFP_KERNEL);
	if (pn->reasons && pn->reasons_base)
		return 0;
	reason_net_exit(pn);
	return -ENOMEM;
}

void reason_net_exit(struct portico_net *pn)
{
	free_percpu(pn->reasons);
	kfree(pn->reasons_base);
}

/* On 32-bit kernels a u64 is read in two halves: read until both agree. */
static u64 counter_read(const u64 *counter)
{
	u64 a, b = READ_ONCE(*counter);

	do {
		a = b;
		b = READ_ONCE(*counter);
	} while (!IS_ENABLED(CONFIG_64BIT) && a != b);
	return b;
}

static void count_sum(struct reason_count *sum, const struct reason_count *one)
{
	sum->packets += counter_read(&one->packets);
	sum->bytes += counter_read(&one->bytes);
}

void reason_read(struct portico_net *pn, struct reason_cpu *sum)
{
	const struct reason_cpu *book;
	int cpu, hook, why;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		book = per_cpu_ptr(pn->reasons, cpu);
		for (hook = 0; hook < __PORTICO_HOOK_MAX; hook++) {
			count_sum(&sum->seen[hook], &book->seen[hook]);
			for (why = 0; why < __REASON_MAX; why++)
				count_sum(&sum->at[hook][why],
					  &book->at[hook][why]);
		}
	}
}

/* What @book has at one place, by the number of the place. */
static struct reason_count *count_at(struct reason_cpu *book, int i)
{
	if (i < __PORTICO_HOOK_MAX)
		return &book->seen[i];
	i -= __PORTICO_HOOK_MAX;
	return &book->at[i / __REASON_MAX][i % __REASON_MAX];
}

#define PLACES	(__PORTICO_HOOK_MAX * (1 + __REASON_MAX))

void reason_shown(struct portico_net *pn, struct reason_cpu *sum)
{
	const struct reason_count *base;
	int i;

	lockdep_assert_held(&pn->config);
	reason_read(pn, sum);
	for (i = 0; i < PLACES; i++) {
		base = count_at(pn->reasons_base, i);
		count_at(sum, i)->packets -= base->packets;
		count_at(sum, i)->bytes -= base->bytes;
	}
}

void reason_reset(struct portico_net *pn, struct reason_cpu *sum)
{
	struct reason_count *base;
	int i;

	reason_shown(pn, sum);
	for (i = 0; i < PLACES; i++) {
		base = count_at(pn->reasons_base, i);
		base->packets += count_at(sum, i)->packets;
		base->bytes += count_at(sum, i)->bytes;
	}
}
