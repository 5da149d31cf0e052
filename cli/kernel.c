// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "attr.h"
#include "cli.h"
#include "config.h"
#include "kernel.h"
#include "model.h"
#include "nlsock.h"

static struct nlsock *sock;

static int open_once(void)
{
	return sock ? 0 : nlsock_open(&sock, false);
}

void kernel_close(void)
{
	nlsock_close(sock);
	sock = NULL;
}

unsigned int kernel_probe(void)
{
	struct nlsock *nl;
	unsigned int version;

	if (nlsock_open(&nl, true))
		return 0;
	version = nlsock_version(nl);
	nlsock_close(nl);
	return version;
}

int kernel_knows(__u8 cmd, bool *known)
{
	int ret = open_once();

	*known = !ret && nlsock_knows(sock, cmd);
	return ret;
}

/* Where replies go. */
struct sink {
	const struct attr_set *set;
	void *obj;
	kernel_row row;
	void *arg;
};

static int take(const void *attrs, size_t len, void *arg)
{
	struct sink *s = arg;
	char where[128];

	if (attr_decode(s->set, attrs, len, s->obj, where, sizeof(where)))
		return error_kernel("cannot understand the module's answer (%s): are module and CLI of one version?",
				    where);
	return s->row ? s->row(s->obj, s->arg) : 0;
}

static int fill(struct nlmsghdr *nlh, size_t size, const struct attr_set *set,
		const void *obj)
{
	if (!obj || attr_encode(set, nlh, size, obj))
		return 0;
	return error_kernel("too much for one request");
}

int kernel_do(__u8 cmd, const struct attr_set *set, const void *obj,
	      const struct attr_set *reply_set, void *reply)
{
	struct sink sink = { .set = reply_set, .obj = reply };
	struct nlmsghdr *nlh;
	size_t size;
	int ret;

	ret = open_once();
	if (ret)
		return ret;
	nlh = nlsock_request(sock, cmd, false, &size);
	ret = fill(nlh, size, set, obj);
	return ret ? ret : nlsock_send(sock, set, reply ? take : NULL, &sink);
}

int kernel_try(__u8 cmd, const struct attr_set *set, const void *obj,
	       bool quiet)
{
	struct nlmsghdr *nlh;
	size_t size;
	int ret;

	ret = open_once();
	if (ret)
		return ret;
	nlh = nlsock_request(sock, cmd, false, &size);
	ret = fill(nlh, size, set, obj);
	if (ret)
		return ret;
	nlsock_quiet(sock, quiet);
	ret = nlsock_send(sock, set, NULL, NULL);
	nlsock_quiet(sock, false);
	switch (ret ? nlsock_errno(sock) : 0) {
	case 0:
	case EPERM:
	case EOPNOTSUPP:
		/* Done, or nothing that the next one would do better. */
		return ret;
	default:
		return KERNEL_REFUSED;
	}
}

int kernel_dump(__u8 cmd, const struct attr_set *set, const void *filter,
		const struct attr_set *reply_set, kernel_row row, void *arg)
{
	struct sink sink = { .set = reply_set, .row = row, .arg = arg };
	struct nlmsghdr *nlh;
	size_t size;
	int ret;

	ret = open_once();
	if (ret)
		return ret;
	nlh = nlsock_request(sock, cmd, true, &size);
	ret = fill(nlh, size, set, filter);
	if (ret)
		return ret;
	sink.obj = xcalloc(1, reply_set->size);
	ret = nlsock_send(sock, set, take, &sink);
	free(sink.obj);
	return ret;
}

/* Where each object begins among the attributes, for the error's line. */
struct places {
	const struct config *c;
	size_t *offset;		/* as many as c->n */
};

static void place(size_t offset, void *arg)
{
	const struct places *p = arg;
	size_t i;

	for (i = p->c->n; i-- > 0;) {
		if (offset >= p->offset[i]) {
			error_where(p->c->path, p->c->items[i].line);
			return;
		}
	}
}

static bool put_item(struct nlmsghdr *nlh, size_t size,
		     const struct config_item *item)
{
	static const struct {
		__u16 attr;
		const struct attr_set *set;
	} kinds[] = {
		[CONFIG_UPLINK] = { PORTICO_A_APPLY_UPLINK, &set_uplink },
		[CONFIG_INSIDE] = { PORTICO_A_APPLY_INSIDE, &set_inside },
		[CONFIG_FORWARD] = { PORTICO_A_APPLY_FORWARD, &set_forward },
		[CONFIG_ACCOUNT] = { PORTICO_A_APPLY_ACCOUNT, &set_account },
	};
	struct nlattr *nest;

	nest = mnl_attr_nest_start_check(nlh, size, kinds[item->kind].attr);
	if (!nest || !attr_encode(kinds[item->kind].set, nlh, size, item->obj))
		return false;
	mnl_attr_nest_end(nlh, nest);
	return true;
}

int kernel_apply(const struct config *c, bool check)
{
	const size_t head = NLMSG_HDRLEN + MNL_ALIGN(GENL_HDRLEN);
	struct places p = { .c = c };
	struct nlmsghdr *nlh;
	size_t size, i;
	int ret;

	ret = open_once();
	if (ret)
		return ret;
	p.offset = xcalloc(c->n, sizeof(*p.offset));
	nlh = nlsock_request(sock, PORTICO_CMD_APPLY, false, &size);
	for (i = 0; i < c->n && !ret; i++) {
		p.offset[i] = nlh->nlmsg_len - head;
		if (!put_item(nlh, size, &c->items[i]))
			ret = error_kernel("too much for one request");
	}
	if (!ret && check && !mnl_attr_put_check(nlh, size,
						 PORTICO_A_APPLY_CHECK, 0, NULL))
		ret = error_kernel("too much for one request");
	if (!ret) {
		nlsock_locate(sock, place, &p);
		ret = nlsock_send(sock, &set_apply, NULL, NULL);
		nlsock_locate(sock, NULL, NULL);
		error_where(NULL, 0);
	}
	free(p.offset);
	return ret;
}

struct events {
	kernel_event event;
	void *arg;
};

static int take_event(void *obj, void *arg)
{
	struct events *ev = arg;

	return ev->event(obj, ev->arg);
}

int kernel_monitor(kernel_event event, int (*lost)(void *arg), void *arg)
{
	struct events ev = { .event = event, .arg = arg };
	struct sink sink = {
		.set = &set_event, .row = take_event, .arg = &ev,
	};
	int ret;

	ret = open_once();
	if (ret)
		return ret;
	ret = nlsock_join(sock);
	if (ret)
		return ret;
	sink.obj = xcalloc(1, set_event.size);
	while (!ret) {
		if (nlsock_wait(sock, -1, take, &sink, &ret) == EVENT_LOST)
			ret = lost(arg);
	}
	free(sink.obj);
	return ret;
}
