// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli.h"
#include "format.h"
#include "resolve.h"

/* A dump names the same few hosts again and again. */
#define CACHE 256

static bool lookup(char *out, size_t size, const struct addr *a)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 *in6 = (void *)&ss;
	struct sockaddr_in *in = (void *)&ss;
	char name[NI_MAXHOST];
	socklen_t len;

	if (a->len == 4) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, a->b, 4);
		len = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, a->b, 16);
		len = sizeof(*in6);
	}
	if (getnameinfo((void *)&ss, len, name, sizeof(name), NULL, 0,
			NI_NAMEREQD))
		return false;
	escape(out, size, name);
	return true;
}

void resolve_addr(char *out, size_t size, const struct addr *a)
{
	static struct entry {
		struct addr addr;
		char name[128];
	} cache[CACHE];
	struct entry *e;
	unsigned int h = 0, i;

	if (!opt.resolve || opt.numeric || opt.json || !a->len) {
		format_addr(out, size, a);
		return;
	}
	for (i = 0; i < a->len; i++)
		h = h * 31 + a->b[i];
	e = &cache[h % CACHE];
	if (memcmp(&e->addr, a, sizeof(*a))) {
		e->addr = *a;
		if (!lookup(e->name, sizeof(e->name), a))
			format_addr(e->name, sizeof(e->name), a);
	}
	snprintf(out, size, "%s", e->name);
}

void resolve_user(char *out, size_t size, __u32 uid)
{
	static __u32 last_uid;
	static char last_name[64];
	struct passwd *pw;

	if (opt.numeric) {
		snprintf(out, size, "%u", uid);
		return;
	}
	if (!*last_name || last_uid != uid) {
		last_uid = uid;
		pw = getpwuid(uid);
		if (pw && *pw->pw_name)
			escape(last_name, sizeof(last_name), pw->pw_name);
		else
			snprintf(last_name, sizeof(last_name), "%u", uid);
	}
	snprintf(out, size, "%s", last_name);
}

/* A kernfs file handle is the id itself; type from linux/exportfs.h. */
#define HANDLE_KERNFS 0xfe

static bool cgroup_path(char *out, size_t size, __u64 id)
{
	struct {
		struct file_handle fh;
		__u64 id;
	} h = { .fh = { .handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS } };
	static const char mount[] = "/sys/fs/cgroup";
	char link[64], path[4096];
	int dir, fd;
	ssize_t n;

	memcpy(h.fh.f_handle, &id, sizeof(id));
	dir = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	fd = open_by_handle_at(dir, &h.fh, O_PATH | O_CLOEXEC);
	close(dir);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < (ssize_t)sizeof(mount) - 1)
		return false;
	path[n] = 0;
	if (strncmp(path, mount, sizeof(mount) - 1))
		return false;
	escape(out, size, path[sizeof(mount) - 1] ? path + sizeof(mount) - 1 : "/");
	return true;
}

void resolve_cgroup(char *out, size_t size, __u64 id)
{
	static __u64 last_id;
	static char last[256];

	if (opt.numeric) {
		snprintf(out, size, "%llu", id);
		return;
	}
	if (!*last || last_id != id) {
		last_id = id;
		if (!cgroup_path(last, sizeof(last), id))
			snprintf(last, sizeof(last), "%llu", id);
	}
	snprintf(out, size, "%s", last);
}
