/* SPDX-License-Identifier: GPL-2.0 */
/* -b: the commands of a file, until one fails. */
#ifndef PORTICO_BATCH_H
#define PORTICO_BATCH_H

int batch_run(const char *path);

#endif
