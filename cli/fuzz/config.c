// SPDX-License-Identifier: GPL-2.0
/* Configuration files. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct config c;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	error_silence(true);
	config_read(&c, path);
	config_free(&c);
	close(fd);
	return 0;
}
