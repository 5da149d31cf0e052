// SPDX-License-Identifier: GPL-2.0
/* SOCKET_GET: socket records over netlink. */
#include <linux/inetdevice.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "compat.h"
#include "net.h"
#include "nl.h"
#include "nl_sock.h"
#include "owner.h"
#include "sock.h"
#include "sock_find.h"
#include "sock_raw.h"
#include "sock_scan.h"

const struct nla_policy nl_socket_policy[PORTICO_A_SOCKET_MAX + 1] = {
	[PORTICO_A_SOCKET_PROTO] = { .type = NLA_U8 },
	[PORTICO_A_SOCKET_LOCAL] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_SOCKET_REMOTE] = NLA_POLICY_NESTED(nl_endpoint_policy),
	[PORTICO_A_SOCKET_PID] = { .type = NLA_U32 },
	[PORTICO_A_SOCKET_UID] = { .type = NLA_U32 },
	[PORTICO_A_SOCKET_CLOSED] = { .type = NLA_FLAG },
};

/* One side of a flow, as far as given. IPv4 stands as its mapped address. */
struct side_filter {
	struct in6_addr addr;
	u8 bits;
	bool has_port;
	__be16 port;
};

struct socket_filter {
	struct side_filter local;
	struct side_filter remote;
	bool has_proto;
	bool has_pid;
	bool has_uid;
	bool has_remote;
	bool closed;
	u8 proto;
	u32 pid;
	kuid_t uid;
};

struct sock_dump {
	struct socket_filter *filter;
	u64 after;			/* key of the last record shown */
};

static int filter_addr(struct side_filter *f, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *addr = tb[PORTICO_A_ENDPOINT_ADDR];
	struct nlattr *plen = tb[PORTICO_A_ENDPOINT_PREFIXLEN];
	unsigned int bits;

	if (!addr) {
		if (!plen)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, plen,
				    "a prefix length needs an address");
		return -EINVAL;
	}
	bits = nla_len(addr) * 8;
	if (bits != 32 && bits != 128) {
		NL_SET_ERR_MSG_ATTR(extack, addr,
				    "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	f->bits = plen ? nla_get_u8(plen) : bits;
	if (f->bits > bits) {
		NL_SET_ERR_MSG_ATTR(extack, plen,
				    "prefix length is longer than the address");
		return -EINVAL;
	}
	if (bits == 128) {
		nla_memcpy(&f->addr, addr, sizeof(f->addr));
		return 0;
	}
	ipv6_addr_set_v4mapped(nla_get_in_addr(addr), &f->addr);
	f->bits += 96;
	return 0;
}

static int filter_endpoint(struct side_filter *f, struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PORTICO_A_ENDPOINT_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, PORTICO_A_ENDPOINT_MAX, nest,
			       nl_endpoint_policy, extack);
	if (err)
		return err;
	if (tb[PORTICO_A_ENDPOINT_PORT]) {
		f->has_port = true;
		f->port = nla_get_be16(tb[PORTICO_A_ENDPOINT_PORT]);
	}
	return filter_addr(f, tb, extack);
}

static int filter_parse(struct socket_filter *f, struct nlattr **tb,
			struct netlink_callback *cb)
{
	struct user_namespace *reader = sk_user_ns(NETLINK_CB(cb->skb).sk);
	int err;

	err = filter_endpoint(&f->local, tb[PORTICO_A_SOCKET_LOCAL],
			      cb->extack);
	if (err)
		return err;
	err = filter_endpoint(&f->remote, tb[PORTICO_A_SOCKET_REMOTE],
			      cb->extack);
	if (err)
		return err;
	f->has_remote = tb[PORTICO_A_SOCKET_REMOTE];
	if (tb[PORTICO_A_SOCKET_PROTO]) {
		f->has_proto = true;
		f->proto = nla_get_u8(tb[PORTICO_A_SOCKET_PROTO]);
	}
	if (tb[PORTICO_A_SOCKET_PID]) {
		f->has_pid = true;
		f->pid = nla_get_u32(tb[PORTICO_A_SOCKET_PID]);
	}
	if (tb[PORTICO_A_SOCKET_UID]) {
		f->has_uid = true;
		f->uid = make_kuid(reader,
				   nla_get_u32(tb[PORTICO_A_SOCKET_UID]));
	}
	f->closed = nla_get_flag(tb[PORTICO_A_SOCKET_CLOSED]);
	return 0;
}

static bool endpoint_matches(const struct side_filter *f, u8 family,
			     const struct in6_addr *addr, __be16 port)
{
	struct in6_addr mapped;

	if (f->has_port && f->port != port)
		return false;
	if (!f->bits)
		return true;
	if (family == AF_INET) {
		ipv6_addr_set_v4mapped(addr->s6_addr32[0], &mapped);
		addr = &mapped;
	}
	return ipv6_prefix_equal(addr, &f->addr, f->bits);
}

/* Has it one remote? Raw and ping sockets know of no ports there. */
static bool is_connected(const struct sock_rec *rec)
{
	return rec->kind ? !ipv6_addr_any(&rec->remote) : rec->remote_port != 0;
}

/* Does the process use it, or did it make it? */
static bool is_of(struct sock_rec *rec, u32 pid)
{
	bool it;

	if (!owner_known(rec))
		return false;
	spin_lock_bh(&rec->lock);
	it = pid == rec->user.pid || pid == owner_creator(rec)->pid;
	spin_unlock_bh(&rec->lock);
	return it;
}

static bool filter_matches(const struct socket_filter *f, struct sock_rec *rec)
{
	if (f->has_proto && f->proto != rec->proto)
		return false;
	if (f->closed && READ_ONCE(rec->life) == SOCK_OPEN)
		return false;
	if (f->has_pid && !is_of(rec, f->pid))
		return false;
	if (f->has_uid && !(uid_valid(rec->uid) && uid_eq(f->uid, rec->uid)))
		return false;
	if (!endpoint_matches(&f->local, rec->family, &rec->local,
			      htons(rec->port)))
		return false;
	return !f->has_remote ||
	       (is_connected(rec) &&
		endpoint_matches(&f->remote, rec->family, &rec->remote,
				 rec->remote_port));
}

static int put_endpoint(struct sk_buff *skb, int type,
			const struct sock_rec *rec,
			const struct in6_addr *addr, __be16 port)
{
	int len = rec->family == AF_INET ? 4 : 16;
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || nla_put(skb, PORTICO_A_ENDPOINT_ADDR, len, addr) ||
	    (rec->kind != SOCK_KIND_RAW &&
	     nla_put_be16(skb, PORTICO_A_ENDPOINT_PORT, port)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counter(struct sk_buff *skb, int type, const atomic64_t *value)
{
	return nla_put_u64_64bit(skb, type, atomic64_read(value),
				 PORTICO_A_COUNTERS_PAD);
}

static int put_counters(struct sk_buff *skb, const struct sock_rec *rec)
{
	struct nlattr *nest = nla_nest_start(skb, PORTICO_A_SOCKET_COUNTERS);

	if (!nest ||
	    put_counter(skb, PORTICO_A_COUNTERS_OUT_PACKETS,
			&rec->out_packets) ||
	    put_counter(skb, PORTICO_A_COUNTERS_OUT_BYTES, &rec->out_bytes) ||
	    put_counter(skb, PORTICO_A_COUNTERS_IN_PACKETS, &rec->in_packets) ||
	    put_counter(skb, PORTICO_A_COUNTERS_IN_BYTES, &rec->in_bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, PORTICO_A_SOCKET_PAD);
}

static int put_times(struct sk_buff *skb, const struct sock_rec *rec)
{
	u64 last = 0;

	/* The tick may lie before the record. */
	if (rec->last)
		last = max(ktime_get_coarse_real_ns() -
			   jiffies64_to_nsecs(jiffies - rec->last),
			   rec->first_at);
	if (put_u64(skb, PORTICO_A_SOCKET_FIRST_AT, rec->first_at) ||
	    put_u64(skb, PORTICO_A_SOCKET_LAST_AT, last))
		return -EMSGSIZE;
	if (rec->life == SOCK_OPEN)
		return 0;
	return put_u64(skb, PORTICO_A_SOCKET_CLOSED_AT, rec->closed_at);
}

static int put_owner(struct sk_buff *skb, const struct sock_rec *rec,
		     struct user_namespace *reader)
{
	const struct sock_user *creator = owner_creator(rec);

	if (uid_valid(rec->uid) &&
	    nla_put_u32(skb, PORTICO_A_SOCKET_UID,
			from_kuid_munged(reader, rec->uid)))
		return -EMSGSIZE;
	if (put_u64(skb, PORTICO_A_SOCKET_CGROUP, rec->cgroup))
		return -EMSGSIZE;
	if (!owner_known(rec))
		return 0;
	if (nla_put_u32(skb, PORTICO_A_SOCKET_PID, rec->user.pid) ||
	    nla_put_string(skb, PORTICO_A_SOCKET_COMM, rec->user.comm) ||
	    nla_put_u32(skb, PORTICO_A_SOCKET_CREATE_PID, creator->pid) ||
	    nla_put_string(skb, PORTICO_A_SOCKET_CREATE_COMM,
			   creator->comm))
		return -EMSGSIZE;
	return 0;
}

static int put_identity(struct sk_buff *skb, const struct sock_rec *rec)
{
	if (put_u64(skb, PORTICO_A_SOCKET_COOKIE, rec->cookie) ||
	    nla_put_u8(skb, PORTICO_A_SOCKET_FAMILY, rec->family) ||
	    nla_put_u8(skb, PORTICO_A_SOCKET_PROTO, rec->proto) ||
	    put_endpoint(skb, PORTICO_A_SOCKET_LOCAL, rec, &rec->local,
			 htons(rec->port)))
		return -EMSGSIZE;
	if (rec->kind == SOCK_KIND_RAW && nla_put_flag(skb, PORTICO_A_SOCKET_RAW))
		return -EMSGSIZE;
	if (is_connected(rec))
		return put_endpoint(skb, PORTICO_A_SOCKET_REMOTE, rec,
				    &rec->remote, rec->remote_port);
	if (rec->proto != IPPROTO_TCP && !rec->kind)
		return nla_put_u32(skb, PORTICO_A_SOCKET_REMOTES,
				   sources_count(&rec->sources));
	return 0;
}

static int put_state(struct sk_buff *skb, const struct sock_rec *rec)
{
	bool open = rec->life == SOCK_OPEN;

	if (nla_put_u8(skb, PORTICO_A_SOCKET_STATE, rec->state) ||
	    (!open && nla_put_flag(skb, PORTICO_A_SOCKET_CLOSED)) ||
	    nla_put_u32(skb, PORTICO_A_SOCKET_IFINDEX, rec->ifindex) ||
	    nla_put_u32(skb, PORTICO_A_SOCKET_INODE, open ? rec->inode : 0) ||
	    nla_put_u32(skb, PORTICO_A_SOCKET_BACKLOG,
			open ? rec->backlog : 0) ||
	    put_u64(skb, PORTICO_A_SOCKET_DROPS, rec->drops) ||
	    put_u64(skb, PORTICO_A_SOCKET_RETRANS, rec->retrans))
		return -EMSGSIZE;
	return 0;
}

int nl_socket_fill(struct sk_buff *skb, struct sock_rec *rec,
		   struct user_namespace *reader)
{
	int err;

	spin_lock_bh(&rec->lock);
	err = put_identity(skb, rec) ?: put_state(skb, rec) ?:
	      put_owner(skb, rec, reader) ?: put_counters(skb, rec) ?:
	      put_times(skb, rec);
	spin_unlock_bh(&rec->lock);
	return err;
}

int nl_socket_get_start(struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	struct sock_dump *dump = (struct sock_dump *)cb->ctx;
	struct socket_filter *filter;
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return -ENOMEM;
	err = filter_parse(filter, compat_dump_attrs(cb), cb);
	if (err) {
		kfree(filter);
		return err;
	}
	dump->filter = filter;
	dump->after = 0;
	if (pn->socks->accounting) {
		sock_scan(pn);
		owner_resolve(pn);
	}
	return 0;
}

int nl_socket_get_done(struct netlink_callback *cb)
{
	struct sock_dump *dump = (struct sock_dump *)cb->ctx;

	kfree(dump->filter);
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct sock_rec *rec)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &portico_family, NLM_F_MULTI,
			  PORTICO_CMD_SOCKET_GET);
	if (!hdr)
		return -EMSGSIZE;
	err = nl_socket_fill(skb, rec, sk_user_ns(NETLINK_CB(cb->skb).sk));
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Up to a number of records, shown or not: 0 when the last was reached. */
static int dump_batch(struct sk_buff *skb, struct netlink_callback *cb,
		      struct portico_net *pn)
{
	struct sock_dump *dump = (struct sock_dump *)cb->ctx;
	struct sock_rec *rec;
	int n, err;

	for (n = 0; n < 256; n++) {
		rec = sock_next(pn->socks, dump->after);
		if (!rec)
			return 0;
		if (filter_matches(dump->filter, rec)) {
			if (READ_ONCE(rec->life) == SOCK_OPEN)
				sock_find_live(pn->net, rec);
			err = dump_one(skb, cb, rec);
			if (err)
				return err;
		}
		dump->after = sock_key(rec->cookie);
	}
	return 1;
}

int nl_socket_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct portico_net *pn = portico_pernet(sock_net(cb->skb->sk));
	int more;

	do {
		rcu_read_lock();
		more = dump_batch(skb, cb, pn);
		rcu_read_unlock();
		cond_resched();
	} while (more > 0);
	if (more == -EMSGSIZE && skb->len)
		return skb->len;
	return more ?: skb->len;
}
