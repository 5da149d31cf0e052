/* SPDX-License-Identifier: GPL-2.0 */
/* -V: says the version of the CLI and, when loaded, of the module. */
#ifndef PORTICO_VERSION_H
#define PORTICO_VERSION_H

int show_version(void);

#endif
