// SPDX-License-Identifier: GPL-2.0
/* Packets kept for a moment, and carried out together. */
#include <linux/delay.h>
#include <linux/slab.h>

#include "compat.h"
#include "fast.h"
#include "fast_batch.h"
#include "net.h"

#define TOGETHER	16	/* whose memory is asked for before their turn */

/* On behind our hook at ingress, as if that had said NF_ACCEPT. */
static void resume(struct sk_buff *skb)
{
	compat_resume_mark(skb);
	netif_receive_skb_core(skb);
}

static void carry_out(struct portico_net *pn, struct fast_flow *flow)
{
	switch (fast_run(pn, flow)) {
	case NF_ACCEPT:
		resume(flow->skb);
		break;
	case NF_DROP:
		kfree_skb(flow->skb);
		break;
	}
}

/*
 * Step by step for all, not flow by flow: the processor looks up the pages of
 * several such requests at a time, but only when they follow one another closely.
 */
static void ask(struct fast_batch *batch, unsigned int from, unsigned int to)
{
	struct portico_net *pn = batch->pn;
	unsigned int i;

	for (i = from; i < to; i++)
		if (batch->flows[i].plain)
			fast_ask_slot(pn, &batch->flows[i]);
	for (i = from; i < to; i++)
		if (batch->flows[i].plain)
			fast_guess(pn, &batch->flows[i]);
	for (i = from; i < to; i++)
		if (batch->flows[i].plain)
			fast_guess_again(pn, &batch->flows[i]);
}

static unsigned int batch_run(struct fast_batch *batch)
{
	struct portico_net *pn = batch->pn;
	unsigned int i, count = batch->count;

	batch->running = true;
	rcu_read_lock();
	for (i = 0; i < count; i++) {
		if (i % TOGETHER == 0)
			ask(batch, i, min(count, i + TOGETHER));
		carry_out(pn, &batch->flows[i]);
	}
	rcu_read_unlock();
	batch->running = false;
	batch_learn(batch, count);
	WRITE_ONCE(batch->count, 0);
	WRITE_ONCE(batch->runs, batch->runs + 1);
	return count;
}

static int batch_poll(struct napi_struct *napi, int budget)
{
	struct fast_batch *batch = container_of(napi, struct fast_batch, napi);
	int done = 0;

	if (batch->count)
		done = batch_run(batch);
	/* Nothing is left, so whatever the budget, this turn is over. */
	napi_complete(napi);
	return min(done, budget - 1);
}

/* What cannot wait, or could not go on behind our hook unchanged. */
static bool may_wait(const struct sk_buff *skb)
{
	return COMPAT_CAN_RESUME && !skb_pfmemalloc(skb) &&
	       !skb_dst_is_noref(skb) &&
	       !rcu_access_pointer(skb->dev->xdp_prog);
}

bool batch_take(struct fast_dev *fd, struct sk_buff *skb)
{
	struct fast_batch *batch = this_cpu_ptr(fd->pn->batches);
	struct fast_flow *flow = &batch->flows[batch->count];

	/* While a queue is being emptied its packets may come in once more. */
	if (batch->running || (!batch->count && batch_lonely(batch)) ||
	    !may_wait(skb))
		return false;
	flow->plain = fast_parse(flow, skb);
	if (!flow->plain && !batch->count)
		return false;
	flow->skb = skb;
	flow->outside = READ_ONCE(fd->uplink);
	if (flow->plain)
		fast_aim(fd->pn, flow);
	WRITE_ONCE(batch->count, batch->count + 1);
	if (batch->count == BATCH_MAX)
		batch_run(batch);
	else if (batch->count == 1)
		napi_schedule(&batch->napi);
	return true;
}

void batch_wait(struct portico_net *pn)
{
	const struct fast_batch *batch;
	unsigned int runs;
	int cpu;

	if (!pn->batches)
		return;
	for_each_possible_cpu(cpu) {
		batch = per_cpu_ptr(pn->batches, cpu);
		runs = READ_ONCE(batch->runs);
		while (READ_ONCE(batch->count) && READ_ONCE(batch->runs) == runs)
			usleep_range(50, 200);
	}
}

int batch_ready(struct portico_net *pn)
{
	struct fast_batch *batch;
	int cpu;

	lockdep_assert_held(&pn->config);
	if (pn->batches)
		return 0;
	pn->batch_dev = compat_dummy_alloc();
	if (!pn->batch_dev)
		return -ENOMEM;
	pn->batches = alloc_percpu(struct fast_batch);
	if (!pn->batches) {
		compat_dummy_free(pn->batch_dev);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu) {
		batch = per_cpu_ptr(pn->batches, cpu);
		batch->pn = pn;
		/* Nobody polls it but its own softirq. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &batch->napi.state);
		netif_napi_add(pn->batch_dev, &batch->napi, batch_poll);
		napi_enable(&batch->napi);
	}
	return 0;
}

void batch_net_exit(struct portico_net *pn)
{
	struct fast_batch *batch;
	int cpu;

	if (!pn->batches)
		return;
	batch_wait(pn);
	for_each_possible_cpu(cpu) {
		batch = per_cpu_ptr(pn->batches, cpu);
		napi_disable(&batch->napi);
		__netif_napi_del(&batch->napi);
	}
	synchronize_net();
	free_percpu(pn->batches);
	compat_dummy_free(pn->batch_dev);
	pn->batches = NULL;
}
