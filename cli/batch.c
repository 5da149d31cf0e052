// SPDX-License-Identifier: GPL-2.0
#include "batch.h"
#include "cli.h"
#include "lines.h"

static int run_line(char **words, int n, unsigned int line, void *arg)
{
	(void)line;
	(void)arg;
	return run_words(words, n);
}

int batch_run(const char *path)
{
	return lines_read(path, run_line, NULL);
}
