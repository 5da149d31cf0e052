/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gateway as the kernel module knows it: prefixes and uplinks, read anew now
 * and then, and leases, asked for one by one. Everything that the daemon knows
 * beyond its own clock comes from here.
 */
#ifndef PORTICO_PCPD_GATE_H
#define PORTICO_PCPD_GATE_H

#include <stdbool.h>
#include <linux/portico.h>
#include <linux/types.h>

#include "../model.h"

struct gate {
	struct nlsock *nl;		/* NULL: no module */
	__u64 since;			/* the module's books opened at */
	struct inside *inside;		/* PORTICO_MAX_INSIDE of them */
	unsigned int n_inside;
	struct uplink *uplinks;		/* PORTICO_MAX_UPLINKS of them */
	unsigned int n_uplinks;
	__u32 fingerprint;		/* of the uplinks' addresses */
};

void gate_init(struct gate *g);
void gate_free(struct gate *g);

/*
 * Read it anew, speaking to the module again if it was gone. False: there is
 * nothing to speak to, or no longer. *@lost: what clients were given may be void,
 * since the module is another or external addresses have changed.
 */
bool gate_refresh(struct gate *g, bool *lost);

/* The inside prefix that holds @addr, or NULL. */
const struct inside *gate_inside(const struct gate *g, const struct addr *addr);
bool gate_is_uplink(const struct gate *g, unsigned int ifindex);

/* The external IPv4 address that @host has or would get; false: none. */
bool gate_address(struct gate *g, const struct addr *host, struct addr *out);

/* MAPPING_ADD of @want; 0 and *@got, or the kernel's errno. */
int gate_lease(struct gate *g, const struct mapping *want, struct mapping *got);

#endif
