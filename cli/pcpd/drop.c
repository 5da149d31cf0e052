// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../cli.h"
#include "drop.h"

static int become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return error("no such user: '%s'", quoted(user));
	if (!pw->pw_uid)
		return error("user '%s' is root: name another", quoted(user));
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setgroups(0, NULL) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return error_kernel("cannot become user '%s': %s", quoted(user),
				    strerror(errno));
	return 0;
}

int drop_privileges(const char *user)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = 1U << CAP_NET_ADMIN,
		  .permitted = 1U << CAP_NET_ADMIN },
	};
	int ret;

	ret = geteuid() ? 0 : become(user);
	if (ret)
		return ret;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_capset, &head, data))
		return error_kernel("cannot keep CAP_NET_ADMIN alone: %s; run it as root",
				    strerror(errno));
	return 0;
}
