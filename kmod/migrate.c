// SPDX-License-Identifier: GPL-2.0
/* Mappings of an address that gave way to another. */
#include "lease.h"
#include "migrate.h"
#include "net.h"

/* Forwards name the address that they are for; a whole one has no ports to keep. */
static bool moves(const struct mapping *m)
{
	return !(m->flags & (MAPPING_STATIC | MAPPING_WHOLE));
}

static void migrate_one(struct portico_net *pn, struct mapping *m, void *arg)
{
	struct ext_addr *to = arg;
	const struct endpoint in = {
		.addr = m->host->addr, .port = key_port(m->key),
		.proto = mapping_proto(m), .family = mapping_family(m),
	};
	enum reason why;
	struct mapping *made;
	__be16 port = m->ext_port;
	struct lease lease;
	bool leased;

	if (!moves(m))
		return;
	leased = lease_get(m, &lease);
	/* The new one has its place in the table, and counts against the same host. */
	mapping_unlink(pn, m);
	if (!mapping_place(pn, to, port, &in, 0, &made, &why) && leased)
		lease_put(pn, made, &lease);
}

void migrate(struct portico_net *pn, struct ext_addr *from, struct ext_addr *to)
{
	lockdep_assert_held(&pn->config);
	mapping_each(pn, from, migrate_one, to);
}
