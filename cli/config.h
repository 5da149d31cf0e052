/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A whole configuration: the CLI's own words ("uplink add eth0 ..."), one
 * object a line, as `apply` reads and `dump` writes them.
 */
#ifndef PORTICO_CONFIG_H
#define PORTICO_CONFIG_H

#include <stddef.h>

enum config_kind { CONFIG_UPLINK, CONFIG_INSIDE, CONFIG_FORWARD, CONFIG_ACCOUNT };

struct config_item {
	enum config_kind kind;
	unsigned int line;
	void *obj;		/* struct uplink, inside, forward or account */
};

struct config {
	const char *path;
	struct config_item *items;
	size_t n, room;
};

/* 0 or an exit status, with every error's line said. */
int config_read(struct config *c, const char *path);
void config_free(struct config *c);

#endif
