// SPDX-License-Identifier: GPL-2.0
/*
 * dump portico|conntrack: read a whole table over netlink and do nothing with
 * it. Prints `read N`, the number of entries: what remains is the kernel's work.
 */
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/portico.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[256 << 10];

struct request {
	struct nlmsghdr nlh;
	union {
		struct genlmsghdr genl;
		struct nfgenmsg nf;
	};
	struct nlattr attr;
	char name[GENL_NAMSIZ];
};

static void ask(int fd, struct request *req)
{
	if (send(fd, req, req->nlh.nlmsg_len, 0) < 0) {
		perror("send");
		exit(1);
	}
}

static struct nlmsghdr *answer(int fd, ssize_t *len)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;

	*len = recv(fd, buf, sizeof(buf), 0);
	if (*len < 0 || (nlh->nlmsg_type == NLMSG_ERROR &&
			 ((struct nlmsgerr *)NLMSG_DATA(nlh))->error)) {
		fputs("dump: refused\n", stderr);
		exit(1);
	}
	return nlh;
}

static int family(int fd)
{
	struct request req = {
		.nlh.nlmsg_type = GENL_ID_CTRL,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.nlh.nlmsg_len = sizeof(req),
		.genl.cmd = CTRL_CMD_GETFAMILY,
		.attr.nla_type = CTRL_ATTR_FAMILY_NAME,
		.attr.nla_len = NLA_HDRLEN + sizeof(PORTICO_GENL_NAME),
		.name = PORTICO_GENL_NAME,
	};
	struct nlattr *a;
	ssize_t len;
	char *end;
	int id = 0;

	req.nlh.nlmsg_len = sizeof(req.nlh) + GENL_HDRLEN + NLA_ALIGN(req.attr.nla_len);
	ask(fd, &req);
	end = (char *)answer(fd, &len) + len;
	for (a = NLMSG_DATA(buf) + GENL_HDRLEN; (char *)a < end && a->nla_len;
	     a = (void *)a + NLA_ALIGN(a->nla_len))
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			id = *(__u16 *)((char *)a + NLA_HDRLEN);
	return id;
}

int main(int argc, char **argv)
{
	int portico = argc == 2 && !strcmp(argv[1], "portico");
	int fd = socket(AF_NETLINK, SOCK_RAW, portico ? NETLINK_GENERIC : NETLINK_NETFILTER);
	struct request req = { .nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };
	unsigned long entries = 0;
	struct nlmsghdr *nlh;
	ssize_t len;

	req.nlh.nlmsg_len = sizeof(req.nlh) + GENL_HDRLEN;
	if (portico) {
		req.nlh.nlmsg_type = family(fd);
		req.genl.cmd = PORTICO_CMD_MAPPING_GET;
		req.genl.version = PORTICO_GENL_VERSION;
	} else {
		req.nlh.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
		req.nf.nfgen_family = AF_INET;
	}
	ask(fd, &req);
	for (;;) {
		for (nlh = answer(fd, &len); NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE) {
				printf("read %lu\n", entries);
				return 0;
			}
			entries++;
		}
	}
}
