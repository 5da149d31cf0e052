/* SPDX-License-Identifier: GPL-2.0 */
/* One family of Prometheus metrics: its heading, then its samples. */
#ifndef PORTICO_METRICS_H
#define PORTICO_METRICS_H

#include <linux/types.h>
#include <stdio.h>

void metric_head(FILE *f, const char *name, const char *type,
		 const char *help);
/* Pairs of label and value, ended by NULL; values are escaped. */
void metric(FILE *f, const char *name, __u64 v, ...);

#endif
