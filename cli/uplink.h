/* SPDX-License-Identifier: GPL-2.0 */
/* The words of an uplink: read by commands and files, written by dump. */
#ifndef PORTICO_UPLINK_H
#define PORTICO_UPLINK_H

#include <stdio.h>

#include "args.h"
#include "model.h"

#define UPLINK_SYNOPSIS							\
	"DEV [address RUN,...] [follow] [ports A-B] [filtering [tcp|udp] MODE] [timeout TIMEOUT TIME] [fastpath on|off] [hairpin on|off] [refresh-inbound on|off] [mss clamp|off|N] [icmp-code N|none] [syn-answer on|off] [exempt WHAT,...] [address-loss drop|hold TIME] [address-change drop|migrate] [block N|off] [max-blocks N] [deterministic on|off]"

/* The device and the keywords after it. 0 or -1 with the error said. */
int uplink_parse(struct args *a, struct uplink *up);
/* The keywords of all that is set, after the device's name. */
void uplink_words(FILE *f, const struct uplink *up);
/* One exempt destination, as the keyword takes it. */
void uplink_exempt(char *out, size_t size, const struct endpoint *e);
/* "tcp-established", for each attribute of the set; NULL beyond. */
const char *timeout_name(unsigned int attr);
__u32 *timeout_member(struct timeouts *t, unsigned int attr);

#endif
