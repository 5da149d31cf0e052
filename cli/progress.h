/* SPDX-License-Identifier: GPL-2.0 */
/* How far long work is: on a terminal's stderr, nothing when piped. */
#ifndef PORTICO_PROGRESS_H
#define PORTICO_PROGRESS_H

#include <linux/types.h>

/* Call as often as you like. */
void progress(const char *what, __u64 n);
/* Clears the line. */
void progress_end(void);

#endif
