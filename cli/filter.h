/* SPDX-License-Identifier: GPL-2.0 */
/* The filter words that mappings, sessions and the rest share. */
#ifndef PORTICO_FILTER_H
#define PORTICO_FILTER_H

#include "args.h"
#include "model.h"

/* For struct mapping. */
extern const struct key mapping_filter[];
extern const struct key mapping_show_filter[];	/* and --ended */
#define MAPPING_FILTER_HELP						\
	"  proto PROTO         tcp, udp, icmp, ... or a number\n"	\
	"  internal ENDPOINT   192.168.0.10, 192.168.0.10:80, 192.168.0.0/24, :80\n" \
	"  external ENDPOINT   the public side\n"			\
	"  remote ENDPOINT     the peer\n"				\
	"  dev NAME            the uplink\n"				\
	"  state STATE         none, active, replied, opening-out, opening-in,\n" \
	"                      established, fin-out, fin-in, closing, reset"

#define MAPPING_FILTER_SYNOPSIS						\
	"[proto PROTO] [internal ENDPOINT] [external ENDPOINT] [remote ENDPOINT] [dev NAME] [state STATE]"

/* What an endpoint was written with, as an attribute set. */
void endpoint_from_words(struct endpoint *e, const struct endpoint_words *w);
/* The word after @key as an endpoint filter; a protocol goes to @proto. */
int filter_endpoint(struct args *a, const char *key, struct endpoint *e,
		    __u8 *proto, bool *has_proto);

#endif
