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
	struct ext_addr *to = arg, *from = m->ext;
	const struct endpoint in = {
		.addr = m->host->addr, .port = key_port(m->key),
		.proto = mapping_proto(m), .family = mapping_family(m),
	};
	enum reason why;
	struct mapping *made;
	__be16 port = m->ext_port;
	struct lease lease;
	bool leased;

	/* A forward that waits for the new address comes first. */
	if (!moves(m) || forward_wants(pn, to, port, &in))
		return;
	leased = lease_get(m, &lease);
	/* The new one has its place in the table, and counts against the same host. */
	mapping_unlink(pn, m);
	rcu_read_lock();
	/* Connections go on in the middle: their other end will reset them. */
	if (!mapping_place(pn, to, port, &in, MAPPING_RESTORED, &made, &why)) {
		if (leased)
			lease_put(pn, made, &lease);
		if (made->host->ext == from)
			host_set_ext(made->host, to);
	}
	rcu_read_unlock();
}

void migrate(struct portico_net *pn, struct ext_addr *from, struct ext_addr *to)
{
	lockdep_assert_held(&pn->config);
	mapping_each(pn, from, migrate_one, to);
}
