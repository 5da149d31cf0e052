/* SPDX-License-Identifier: GPL-2.0 */
/* Becoming a user who may do nothing but speak to the module. */
#ifndef PORTICO_PCPD_DROP_H
#define PORTICO_PCPD_DROP_H

/*
 * Root becomes @user; whoever it is keeps CAP_NET_ADMIN and no other capability,
 * and cannot get one back. 0 or an exit status after saying what is wrong.
 */
int drop_privileges(const char *user);

#endif
