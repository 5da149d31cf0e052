// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

static bool shown;

void progress(const char *what, __u64 n)
{
	static time_t last, first;
	struct timespec now;

	/* Asking for the time costs more than the work itself. */
	if (n % 256 || !isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!first)
		first = now.tv_sec;
	/* What is done in a second needs no progress. */
	if (now.tv_sec == last || now.tv_sec <= first + 1)
		return;
	last = now.tv_sec;
	shown = true;
	fprintf(stderr, "\r%s %llu", what, n);
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
