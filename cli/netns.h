/* SPDX-License-Identifier: GPL-2.0 */
/* Another network namespace for the whole program. */
#ifndef PORTICO_NETNS_H
#define PORTICO_NETNS_H

/* One that `ip netns` made; 0 or an exit status after saying what is wrong. */
int netns_enter(const char *name);

#endif
