/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PORTICO_VERSION_H
#define PORTICO_VERSION_H

#define PORTICO_VERSION "0.1.0"

#endif
