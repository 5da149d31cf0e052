/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One side of the peers, gathered for a reader: what ended, then what lives. All
 * of it is one sum, though it is gathered while sessions end: a session that ends
 * before the walk has come to it is added at its end, one that ends after that
 * was counted already.
 */
#ifndef PORTICO_PEER_ROWS_H
#define PORTICO_PEER_ROWS_H

#include "peer.h"

/* The row of @addr after @c was added, or NULL: it went to the others. */
struct peer_row *peer_rows_add(struct peer_rows *rows,
			       const union nf_inet_addr *addr, u8 family,
			       const struct flow_counters *c);

/* A session of @m gave @c away: add it if the walk has yet to come to @m. */
void peer_rows_missed(struct peer_rows *rows, const struct mapping *m,
		      const union nf_inet_addr *addr,
		      const struct flow_counters *c);

/* peer.c: what ended on @side; mapping_table.lock held. */
void peer_rows_ended(struct peer_rows *rows, struct portico_net *pn,
		     enum peer_side side);
/* peer.c: a live session of @m; a live record. */
void peer_rows_session(struct peer_rows *rows, const struct mapping *m,
		       const struct session *s);
void peer_rows_socket(struct peer_rows *rows, enum peer_side side,
		      const struct sock_rec *rec, const struct flow_counters *c);

#endif
