// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that unit tests (tests/kunit/) call. Built only for them
 * (PORTICO_KUNIT=1): the normal module exports nothing.
 */
#include <linux/export.h>

#include "audit.h"
#include "block.h"
#include "event.h"
#include "mapping_ref.h"
#include "net.h"
#include "npt.h"
#include "pkt.h"
#include "pool.h"
#include "rate.h"
#include "session.h"
#include "port.h"
#include "sock.h"
#include "sock_fold.h"
#include "sock_raw.h"
#include "sock_table.h"
#include "sources.h"
#include "tcp.h"
#include "xlate.h"

EXPORT_SYMBOL_GPL(portico_net_id);
EXPORT_SYMBOL_GPL(audit_run);
EXPORT_SYMBOL_GPL(pkt_parse);
EXPORT_SYMBOL_GPL(xlate_endpoint);
EXPORT_SYMBOL_GPL(xlate_addr);
EXPORT_SYMBOL_GPL(npt_adjustment);
EXPORT_SYMBOL_GPL(npt_outwards);
EXPORT_SYMBOL_GPL(npt_inwards);
EXPORT_SYMBOL_GPL(tcp_track);
EXPORT_SYMBOL_GPL(rate_update);
EXPORT_SYMBOL_GPL(quota_update);
EXPORT_SYMBOL_GPL(session_timeout);
EXPORT_SYMBOL_GPL(session_deadline);
EXPORT_SYMBOL_GPL(mapping_ref_shift);
EXPORT_SYMBOL_GPL(ext_spaces);
EXPORT_SYMBOL_GPL(pool_net_init);
EXPORT_SYMBOL_GPL(pool_ready);
EXPORT_SYMBOL_GPL(pool_net_exit);
EXPORT_SYMBOL_GPL(pool_find);
EXPORT_SYMBOL_GPL(pool_expire_held);
EXPORT_SYMBOL_GPL(pool_wake);
EXPORT_SYMBOL_GPL(ext_create);
EXPORT_SYMBOL_GPL(ext_put);
EXPORT_SYMBOL_GPL(ext_take_port);
EXPORT_SYMBOL_GPL(ext_take_this);
EXPORT_SYMBOL_GPL(event_net_init);
EXPORT_SYMBOL_GPL(event_net_exit);
EXPORT_SYMBOL_GPL(block_take);
EXPORT_SYMBOL_GPL(block_cover);
EXPORT_SYMBOL_GPL(block_leave);
EXPORT_SYMBOL_GPL(ext_set_owner);
EXPORT_SYMBOL_GPL(ext_release_port);
EXPORT_SYMBOL_GPL(peer_net_init);
EXPORT_SYMBOL_GPL(peer_net_exit);
EXPORT_SYMBOL_GPL(addr_secret);
EXPORT_SYMBOL_GPL(port_net_init);
EXPORT_SYMBOL_GPL(port_net_exit);
EXPORT_SYMBOL_GPL(port_make);
EXPORT_SYMBOL_GPL(port_next);
EXPORT_SYMBOL_GPL(port_count);
EXPORT_SYMBOL_GPL(port_in);
EXPORT_SYMBOL_GPL(port_out);
EXPORT_SYMBOL_GPL(sources_begin);
EXPORT_SYMBOL_GPL(sources_join);
EXPORT_SYMBOL_GPL(sources_count);
EXPORT_SYMBOL_GPL(sock_table_look);
EXPORT_SYMBOL_GPL(sock_next);
EXPORT_SYMBOL_GPL(sock_table_init);
EXPORT_SYMBOL_GPL(sock_table_exit);
EXPORT_SYMBOL_GPL(sock_fold);
EXPORT_SYMBOL_GPL(sock_fold_some);
EXPORT_SYMBOL_GPL(sock_add);
EXPORT_SYMBOL_GPL(sock_raw_live);
