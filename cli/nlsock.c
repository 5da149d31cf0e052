// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/portico.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "attr.h"
#include "cli.h"
#include "extack.h"
#include "nlsock.h"

/* A whole configuration fits: PORTICO_MAX_* of everything. */
#define TX_SIZE 0x100000
/* The kernel fills at most 32 KiB a datagram of a dump. */
#define RX_SIZE 0x10000
/* A dump that fits is taken again when it was interrupted; more streams. */
#define SPOOL_SIZE 0x100000
#define RETRIES 5
#define ANSWER_SECONDS 30

struct nlsock {
	struct mnl_socket *mnl;
	__u32 portid;
	__u32 seq;
	__u32 group;
	__u16 family;
	__u8 version;
	__u64 ops;			/* bit: the module has the command */
	struct nlmsghdr *tx;
	char *rx;
	char *spool;
	size_t spooled;
	nlsock_place place;
	void *place_arg;
	bool quiet;
	int err;
};

/* What one exchange knows about itself. */
struct exchange {
	struct nlsock *nl;
	const struct attr_set *set;	/* of the request, for names */
	nlsock_reply reply;
	void *arg;
	bool quiet;			/* errors are for the caller to say */
	bool spooling;
	bool interrupted;
	int err;			/* the kernel's errno */
};

bool nlsock_knows(const struct nlsock *nl, __u8 cmd)
{
	return cmd < 64 && (nl->ops >> cmd & 1);
}

__u8 nlsock_version(const struct nlsock *nl)
{
	return nl->version;
}

void nlsock_close(struct nlsock *nl)
{
	if (!nl)
		return;
	if (nl->mnl)
		mnl_socket_close(nl->mnl);
	free(nl->tx);
	free(nl->rx);
	free(nl->spool);
	free(nl);
}

void nlsock_locate(struct nlsock *nl, nlsock_place place, void *arg)
{
	nl->place = place;
	nl->place_arg = arg;
}

void nlsock_quiet(struct nlsock *nl, bool quiet)
{
	nl->quiet = quiet;
}

int nlsock_errno(const struct nlsock *nl)
{
	return nl->err;
}

struct nlmsghdr *nlsock_request(struct nlsock *nl, __u8 cmd, bool dump,
				size_t *size)
{
	struct genlmsghdr *genl;

	memset(nl->tx, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	mnl_nlmsg_put_header(nl->tx);
	nl->tx->nlmsg_type = nl->family;
	nl->tx->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	genl = mnl_nlmsg_put_extra_header(nl->tx, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = PORTICO_GENL_VERSION;
	*size = TX_SIZE;
	return nl->tx;
}

static void say_refusal(const struct exchange *x, int err,
			const struct extack *ext)
{
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlmsghdr *tx = x->nl->tx;
	char attr[128] = "";

	if (x->set && ext->has_missing)
		attr_name(x->set, ext->missing, attr, sizeof(attr));
	else if (x->set && ext->has_offset && ext->offset >= head &&
		 ext->offset < tx->nlmsg_len)
		attr_name_at(x->set, (const char *)tx + head,
			     tx->nlmsg_len - head, ext->offset - head, attr,
			     sizeof(attr));
	if (x->nl->place && ext->has_offset && ext->offset >= head)
		x->nl->place(ext->offset - head, x->nl->place_arg);
	if (err == EPERM && !*ext->text)
		error_kernel("not permitted: this needs CAP_NET_ADMIN; run it as root, as in 'sudo portico ...'");
	else if (err == EOPNOTSUPP && !*ext->text)
		error_kernel("the loaded module does not know this command: it is older than this CLI; update the module");
	else
		error_kernel("kernel: %s%s%s%s",
			     *ext->text ? quoted(ext->text) : strerror(err),
			     *attr ? " (" : "", attr,
			     !*attr ? "" : ext->has_missing ? " is missing)" : ")");
}

/* An ack, or the end of a dump: both may carry an error and its text. */
static int take_ack(struct exchange *x, const struct nlmsghdr *nlh)
{
	bool done = nlh->nlmsg_type == NLMSG_DONE;
	size_t len = mnl_nlmsg_get_payload_len(nlh), off;
	const char *p = mnl_nlmsg_get_payload(nlh);
	struct extack ext = { 0 };
	int code = 0;

	if (len >= sizeof(code))
		memcpy(&code, p, sizeof(code));
	else if (!done)
		return error_kernel("the kernel's answer is cut short");
	off = done ? sizeof(code) : sizeof(struct nlmsgerr);
	if (!done && !(nlh->nlmsg_flags & NLM_F_CAPPED) && len >= off) {
		const struct nlmsgerr *e = (const void *)p;

		if (e->msg.nlmsg_len > NLMSG_HDRLEN)
			off += MNL_ALIGN(e->msg.nlmsg_len - NLMSG_HDRLEN);
	}
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && off < len)
		extack_parse(p + off, len - off, &ext);
	if (code < 0) {
		x->err = -code;
		if (!x->quiet)
			say_refusal(x, -code, &ext);
		return EXIT_KERNEL;
	}
	if (*ext.text)
		note("kernel: %s", quoted(ext.text));
	return 0;
}

static int take_message(struct exchange *x, const struct nlmsghdr *nlh)
{
	struct nlsock *nl = x->nl;
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;

	if (nlh->nlmsg_len < head)
		return error_kernel("the kernel's answer is cut short");
	if (!x->reply)
		return 0;
	if (x->spooling && nl->spooled + MNL_ALIGN(nlh->nlmsg_len) <= SPOOL_SIZE) {
		memcpy(nl->spool + nl->spooled, nlh, nlh->nlmsg_len);
		nl->spooled += MNL_ALIGN(nlh->nlmsg_len);
		return 0;
	}
	if (x->spooling) {
		const char *p = nl->spool;
		int ret = 0;

		/* Too much to hold: from here on rows are shown as they come. */
		x->spooling = false;
		while (!ret && p < nl->spool + nl->spooled) {
			const struct nlmsghdr *old = (const void *)p;

			ret = x->reply(p + head, old->nlmsg_len - head, x->arg);
			p += MNL_ALIGN(old->nlmsg_len);
		}
		nl->spooled = 0;
		if (ret)
			return ret;
	}
	return x->reply((const char *)nlh + head, nlh->nlmsg_len - head,
			x->arg);
}

/* One datagram. Its length, 0 for a stray one, or -1 with errno set. */
static ssize_t receive(struct nlsock *nl)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = nl->rx, .iov_len = RX_SIZE };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(mnl_socket_get_fd(nl->mnl), &msg, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (msg.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	/* Only the kernel has port id 0; anybody may send us a message. */
	return from.nl_pid ? 0 : n;
}

/* Until the ack or the end of the dump. */
static int collect(struct exchange *x, __u32 seq)
{
	const struct nlmsghdr *nlh;
	ssize_t n;
	int left, ret;

	for (;;) {
		n = receive(x->nl);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return error_kernel("the kernel gave no answer for %d seconds",
					    ANSWER_SECONDS);
		if (n < 0)
			return error_kernel("cannot read the kernel's answer: %s",
					    strerror(errno));
		nlh = (const void *)x->nl->rx;
		for (left = n; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != seq ||
			    nlh->nlmsg_pid != x->nl->portid)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				x->interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return take_ack(x, nlh);
			if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
				continue;
			ret = take_message(x, nlh);
			if (ret)
				return ret;
		}
	}
}

static int exchange(struct exchange *x)
{
	struct nlsock *nl = x->nl;

	nl->tx->nlmsg_seq = ++nl->seq;
	nl->tx->nlmsg_pid = nl->portid;
	nl->spooled = 0;
	x->interrupted = false;
	while (mnl_socket_sendto(nl->mnl, nl->tx, nl->tx->nlmsg_len) < 0) {
		if (errno != EINTR)
			return error_kernel("cannot ask the kernel: %s",
					    strerror(errno));
	}
	return collect(x, nl->seq);
}

int nlsock_send(struct nlsock *nl, const struct attr_set *set,
		nlsock_reply reply, void *arg)
{
	bool dump = (nl->tx->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct exchange x = {
		.nl = nl, .set = set, .reply = reply, .arg = arg,
		.quiet = nl->quiet,
	};
	unsigned int tries = 0;
	const char *p;
	int ret;

	if (dump && !nl->spool)
		nl->spool = xcalloc(1, SPOOL_SIZE);
	do {
		x.spooling = dump;
		ret = exchange(&x);
	} while (!ret && x.interrupted && x.spooling && ++tries < RETRIES);
	nl->err = x.err;
	if (ret)
		return ret;
	if (x.interrupted)
		note("the table changed while it was read: rows may be missing or doubled");
	for (p = nl->spool; x.spooling && p < nl->spool + nl->spooled && !ret;) {
		const struct nlmsghdr *nlh = (const void *)p;

		ret = reply(p + head, nlh->nlmsg_len - head, arg);
		p += MNL_ALIGN(nlh->nlmsg_len);
	}
	return ret;
}

/* The id of the group called PORTICO_GENL_MCGRP. */
static void find_group(const struct nlattr *groups, struct nlsock *nl)
{
	const struct nlattr *g, *a;

	mnl_attr_for_each_nested(g, groups) {
		const char *name = NULL;
		size_t name_len = 0;
		__u32 id = 0;

		mnl_attr_for_each_nested(a, g) {
			size_t n = mnl_attr_get_payload_len(a);

			if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID &&
			    n == sizeof(id)) {
				id = mnl_attr_get_u32(a);
			} else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME) {
				name = mnl_attr_get_str(a);
				name_len = strnlen(name, n);
			}
		}
		if (name && name_len == strlen(PORTICO_GENL_MCGRP) &&
		    !memcmp(name, PORTICO_GENL_MCGRP, name_len))
			nl->group = id;
	}
}

static void find_ops(const struct nlattr *ops, struct nlsock *nl)
{
	const struct nlattr *o, *a;

	mnl_attr_for_each_nested(o, ops) {
		mnl_attr_for_each_nested(a, o) {
			if (mnl_attr_get_type(a) == CTRL_ATTR_OP_ID &&
			    mnl_attr_get_payload_len(a) == 4 &&
			    mnl_attr_get_u32(a) < 64)
				nl->ops |= 1ULL << mnl_attr_get_u32(a);
		}
	}
}

static int family_reply(const void *attrs, size_t len, void *arg)
{
	const struct nlattr *a = attrs;
	struct nlsock *nl = arg;
	int left = len;

	for (; mnl_attr_ok(a, left); a = mnl_attr_next(a)) {
		size_t n = mnl_attr_get_payload_len(a);

		left -= MNL_ALIGN(a->nla_len);
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID && n == 2)
			nl->family = mnl_attr_get_u16(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_VERSION && n == 4)
			nl->version = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GROUPS)
			find_group(a, nl);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_OPS)
			find_ops(a, nl);
	}
	return 0;
}

static int check_version(const struct nlsock *nl)
{
	if (nl->version > PORTICO_GENL_VERSION)
		return error_kernel("the loaded module is newer than this CLI (contract %u, here %u): update the CLI",
				    nl->version, PORTICO_GENL_VERSION);
	if (nl->version < PORTICO_GENL_VERSION)
		return error_kernel("the loaded module is older than this CLI (contract %u, here %u): update the module",
				    nl->version, PORTICO_GENL_VERSION);
	return 0;
}

static int find_family(struct nlsock *nl, bool quiet)
{
	struct exchange x = {
		.nl = nl, .reply = family_reply, .arg = nl, .quiet = true,
	};
	struct genlmsghdr *genl;
	size_t size;
	int ret;

	nlsock_request(nl, CTRL_CMD_GETFAMILY, false, &size);
	nl->tx->nlmsg_type = GENL_ID_CTRL;
	genl = mnl_nlmsg_get_payload(nl->tx);
	genl->version = 1;
	mnl_attr_put_strz(nl->tx, CTRL_ATTR_FAMILY_NAME, PORTICO_GENL_NAME);
	ret = exchange(&x);
	if (!ret && nl->family)
		return quiet ? 0 : check_version(nl);
	if (quiet || (ret && !x.err))
		return EXIT_KERNEL;
	if (!ret || x.err == ENOENT)
		return error_kernel("the kernel module is not loaded; load it with 'modprobe portico', or 'insmod portico.ko' where it was built");
	return error_kernel("cannot look up the kernel module: %s",
			    strerror(x.err));
}

int nlsock_open(struct nlsock **out, bool quiet)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct nlsock *nl = xcalloc(1, sizeof(*nl));
	int one = 1, big = 4 << 20, fd, ret;

	nl->tx = xcalloc(1, TX_SIZE);
	nl->rx = xcalloc(1, RX_SIZE);
	nl->mnl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->mnl || mnl_socket_bind(nl->mnl, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = error_kernel("cannot open a netlink socket: %s",
				   strerror(errno));
		nlsock_close(nl);
		return ret;
	}
	nl->portid = mnl_socket_get_portid(nl->mnl);
	fd = mnl_socket_get_fd(nl->mnl);
	/* Good to have; an old kernel without one of them answers tersely. */
	mnl_socket_setsockopt(nl->mnl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->mnl, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->mnl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* A whole configuration is one message. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	ret = find_family(nl, quiet);
	if (ret) {
		nlsock_close(nl);
		return ret;
	}
	*out = nl;
	return 0;
}

int nlsock_join(struct nlsock *nl)
{
	int fd = mnl_socket_get_fd(nl->mnl), big = 8 << 20;
	__u32 ctrl = GENL_ID_CTRL;	/* the number of nlctrl's only group, too */

	if (!nl->group)
		return error_kernel("the loaded module has no event group: it is older than this CLI; update the module");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	/* Who is left when the module goes would hear nothing, not even of that. */
	mnl_socket_setsockopt(nl->mnl, NETLINK_ADD_MEMBERSHIP, &ctrl, sizeof(ctrl));
	if (!mnl_socket_setsockopt(nl->mnl, NETLINK_ADD_MEMBERSHIP, &nl->group,
				   sizeof(nl->group)))
		return 0;
	if (errno == EPERM)
		return error_kernel("not permitted: this needs CAP_NET_ADMIN; run it as root, as in 'sudo portico ...'");
	return error_kernel("cannot listen to events: %s", strerror(errno));
}

static int take_id(const struct nlattr *attr, void *id)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		*(__u16 *)id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

/* Does it say that our family is no more? */
static bool ends_family(const struct nlsock *nl, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	__u16 id = 0;

	if (nlh->nlmsg_type != GENL_ID_CTRL || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_parse(nlh, sizeof(*genl), take_id, &id);
	return id == nl->family;
}

enum nlsock_event nlsock_wait(struct nlsock *nl, int timeout_ms,
			      nlsock_reply reply, void *arg, int *status)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(nl->mnl), .events = POLLIN,
	};
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlmsghdr *nlh;
	ssize_t n;
	int left;

	*status = 0;
	n = poll(&pfd, 1, timeout_ms);
	if (n == 0 || (n < 0 && errno == EINTR))
		return EVENT_TIMEOUT;
	n = receive(nl);
	if (n < 0 && errno == ENOBUFS)
		return EVENT_LOST;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return EVENT_TIMEOUT;
	if (n < 0) {
		*status = error_kernel("cannot read events: %s",
				       strerror(errno));
		return EVENT_FAILED;
	}
	nlh = (const void *)nl->rx;
	for (left = n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_len < head)
			continue;
		if (ends_family(nl, nlh)) {
			*status = error_kernel("the module is gone");
			return EVENT_FAILED;
		}
		if (nlh->nlmsg_type != nl->family)
			continue;
		*status = reply((const char *)nlh + head,
				nlh->nlmsg_len - head, arg);
		if (*status)
			return EVENT_FAILED;
	}
	return EVENT_GOT;
}
