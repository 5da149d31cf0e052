/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP sockets tell when they listen and when they close: the kernel's tracepoint
 * inet_sock_set_state, one for all namespaces. Both of these in process context;
 * after sock_trace_exit() no probe is running any more.
 */
#ifndef PORTICO_SOCK_TRACE_H
#define PORTICO_SOCK_TRACE_H

int sock_trace_init(void);
void sock_trace_exit(void);

#endif
