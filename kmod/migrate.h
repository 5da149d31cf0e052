/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Migrate: mappings move from an external address that an uplink has lost to the
 * one that it has instead. Each keeps its internal endpoint, its lease and its
 * external port; where that is another's at the new address it ends. Sessions do not
 * move: no remote knows the new address, so the next packet from inside begins one.
 * In the books one mapping ends and another begins.
 */
#ifndef PORTICO_MIGRATE_H
#define PORTICO_MIGRATE_H

struct ext_addr;
struct portico_net;

/* @from is gone, @to of the same uplink and family. Config lock held, may sleep. */
void migrate(struct portico_net *pn, struct ext_addr *from, struct ext_addr *to);

#endif
