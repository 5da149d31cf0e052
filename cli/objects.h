/* SPDX-License-Identifier: GPL-2.0 */
/* All objects, in the order of the help; ends with NULL. */
#ifndef PORTICO_OBJECTS_H
#define PORTICO_OBJECTS_H

#include "cli.h"

extern const struct object *const objects[];

#endif
