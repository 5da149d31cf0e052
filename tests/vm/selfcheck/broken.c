// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does wrong on purpose, one way per load: a laboratory that
 * does not notice each of these is not fit to judge the real module.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *how = "";
module_param(how, charp, 0444);
static int shift = 40;
module_param(shift, int, 0444);

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static int __rcu *pointer;

static void overrun(void)
{
	char *p = kmalloc(24, GFP_KERNEL);

	if (p) {
		OPTIMIZER_HIDE_VAR(p);
		p[24 + shift - 40] = 1;
	}
	kfree(p);
}

static void leak(void)
{
	char *volatile p = kmalloc(100, GFP_KERNEL);

	pr_info("broken: leaking %d bytes\n", p ? 100 : 0);
	p = NULL;
}

static void deadlock(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static void sleepy(void)
{
	spin_lock(&lock_a);
	msleep(1);
	spin_unlock(&lock_a);
}

static int __init broken_init(void)
{
	if (!strcmp(how, "overrun"))
		overrun();
	else if (!strcmp(how, "leak"))
		leak();
	else if (!strcmp(how, "deadlock"))
		deadlock();
	else if (!strcmp(how, "sleep"))
		sleepy();
	else if (!strcmp(how, "shift"))
		pr_info("broken: %d\n", 1 << shift);
	else if (!strcmp(how, "rcu"))
		pr_info("broken: %p\n", rcu_dereference(pointer));
	else if (!strcmp(how, "warn"))
		WARN_ON(shift);
	else if (!strcmp(how, "oops"))
		*(int *)(long)(shift - 40) = 1;
	else if (!strcmp(how, "hold"))
		dev_hold(dev_get_by_name(&init_net, "lo"));
	return 0;
}

static void __exit broken_exit(void)
{
}

module_init(broken_init);
module_exit(broken_exit);

MODULE_DESCRIPTION("Wrong on purpose");
MODULE_LICENSE("GPL");
