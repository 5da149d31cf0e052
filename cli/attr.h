/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes to structs and back, driven by one table per attribute set, so
 * that no length is ever trusted and the two directions cannot disagree.
 */
#ifndef PORTICO_ATTR_H
#define PORTICO_ATTR_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

enum attr_kind {
	AT_U8, AT_U16, AT_BE16, AT_U32, AT_U64, AT_STR, AT_ADDR, AT_FLAG,
	AT_BYTES, AT_NEST,
};

struct attr_field {
	const char *name;
	__u16 type;
	__u8 kind;
	__u16 off;			/* in the struct */
	__u16 size;			/* of the member, or of one element */
	__u16 max;			/* repeated: capacity, else 0 */
	__u16 count_off;		/* repeated: the __u16 that counts */
	const struct attr_set *nest;
};

struct attr_set {
	const char *name;
	size_t size;			/* of the struct */
	const struct attr_field *fields;
	unsigned int n;
};

/*
 * Fills @obj (zeroed first) from @len bytes of attributes. Attributes that
 * the table does not know are passed over. -1 when malformed; @where then
 * names the culprit.
 */
int attr_decode(const struct attr_set *set, const void *data, size_t len,
		void *obj, char *where, size_t where_size);

/* Appends what @obj has. False when the message is full at @size. */
bool attr_encode(const struct attr_set *set, struct nlmsghdr *nlh, size_t size,
		 const void *obj);

/* The name of the attribute at @offset of @len bytes of attributes. */
void attr_name_at(const struct attr_set *set, const void *data, size_t len,
		  size_t offset, char *out, size_t size);
/* The name of attribute @type of the set, or "attribute N". */
void attr_name(const struct attr_set *set, unsigned int type, char *out,
	       size_t size);

#endif
