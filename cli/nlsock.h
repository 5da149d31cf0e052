/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A generic netlink socket that speaks to one family: requests, dumps, acks
 * with their extended text, and events. Nothing outside nlsock.c and kernel.c
 * sees a netlink message. Functions return 0 or an exit status after saying
 * what went wrong.
 */
#ifndef PORTICO_NLSOCK_H
#define PORTICO_NLSOCK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct nlsock;
struct attr_set;

/* What nlsock_open() may find; the sentence is said unless @quiet. */
int nlsock_open(struct nlsock **out, bool quiet);
void nlsock_close(struct nlsock *nl);
/* The family's version of the contract, as the module says. */
__u8 nlsock_version(const struct nlsock *nl);

/* Whether the module has this command at all. */
bool nlsock_knows(const struct nlsock *nl, __u8 cmd);

/* A request to be filled with attributes up to *@size bytes in all. */
struct nlmsghdr *nlsock_request(struct nlsock *nl, __u8 cmd, bool dump,
				size_t *size);

/* Given the attributes of each reply; not 0 stops, and is returned. */
typedef int (*nlsock_reply)(const void *attrs, size_t len, void *arg);

/* Sends the request; @set names its attributes in errors (may be NULL). */
int nlsock_send(struct nlsock *nl, const struct attr_set *set,
		nlsock_reply reply, void *arg);

/*
 * Called before a refusal is said, with the offset among the request's
 * attributes that the kernel points at: to say which line of a file it was.
 */
typedef void (*nlsock_place)(size_t offset, void *arg);
void nlsock_locate(struct nlsock *nl, nlsock_place place, void *arg);

/* Whether refusals are said; they are unless switched off. */
void nlsock_quiet(struct nlsock *nl, bool quiet);
/* The kernel's errno of the last nlsock_send(), 0 if it did not refuse. */
int nlsock_errno(const struct nlsock *nl);

/* Joins the event group; nlsock_wait() then also fails when the module goes. */
int nlsock_join(struct nlsock *nl);

enum nlsock_event { EVENT_GOT, EVENT_LOST, EVENT_TIMEOUT, EVENT_FAILED };

/*
 * Waits for one datagram of events, @timeout_ms (-1: for ever). LOST: the
 * socket's buffer overflowed and events are gone. FAILED: said, or @reply did
 * not return 0, and its value is in *@status.
 */
enum nlsock_event nlsock_wait(struct nlsock *nl, int timeout_ms,
			      nlsock_reply reply, void *arg, int *status);

#endif
