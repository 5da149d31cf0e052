// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "netns.h"

/* iproute2's named namespaces. */
int netns_enter(const char *name)
{
	char path[300];
	int fd;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, "..") || strlen(name) > 255)
		return error("bad network namespace '%s'", quoted(name));
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_kernel("cannot open network namespace '%s': %s",
				    quoted(name), strerror(errno));
	if (setns(fd, CLONE_NEWNET) < 0) {
		close(fd);
		return error_kernel("cannot enter network namespace '%s': %s",
				    quoted(name), strerror(errno));
	}
	close(fd);
	return 0;
}
