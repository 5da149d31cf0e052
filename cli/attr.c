// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "model.h"

static const struct attr_field *find(const struct attr_set *set,
				     unsigned int type)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		if (set->fields[i].type == type)
			return &set->fields[i];
	return NULL;
}

static bool fixed_size_ok(const struct attr_field *f, size_t len)
{
	switch (f->kind) {
	case AT_U8:	return len == 1;
	case AT_U16:
	case AT_BE16:	return len == 2;
	case AT_U32:	return len == 4;
	case AT_U64:	return len == 8;
	case AT_FLAG:	return len == 0;
	case AT_ADDR:	return len == 4 || len == 16;
	case AT_BYTES:	return len == f->size;
	default:	return true;
	}
}

/* One value into its member; false when its length is wrong. */
static bool decode_value(const struct attr_field *f, const void *data,
			 size_t len, void *to)
{
	struct addr *addr = to;
	__u16 be;

	if (!fixed_size_ok(f, len))
		return false;
	switch (f->kind) {
	case AT_BE16:
		memcpy(&be, data, sizeof(be));
		be = ntohs(be);
		memcpy(to, &be, sizeof(be));
		return true;
	case AT_STR:
		len = strnlen(data, len);
		if (len >= f->size)
			return false;
		memset(to, 0, f->size);
		memcpy(to, data, len);
		return true;
	case AT_ADDR:
		memset(addr, 0, sizeof(*addr));
		addr->len = len;
		memcpy(addr->b, data, len);
		return true;
	case AT_FLAG:
		return true;
	default:
		memcpy(to, data, len);
		return true;
	}
}

/* Where the next element goes; NULL when there is no room for more. */
static void *element(const struct attr_field *f, void *obj)
{
	__u16 n;

	if (!f->max)
		return (char *)obj + f->off;
	memcpy(&n, (char *)obj + f->count_off, sizeof(n));
	if (n >= f->max)
		return NULL;
	n++;
	memcpy((char *)obj + f->count_off, &n, sizeof(n));
	return (char *)obj + f->off + (size_t)(n - 1) * f->size;
}

int attr_decode(const struct attr_set *set, const void *data, size_t len,
		void *obj, char *where, size_t where_size)
{
	const struct nlattr *a = data;
	const struct attr_field *f;
	int left = len;
	void *to;

	memset(obj, 0, set->size);
	for (; mnl_attr_ok(a, left); a = mnl_attr_next(a)) {
		size_t n = mnl_attr_get_payload_len(a);

		left -= MNL_ALIGN(a->nla_len);
		f = find(set, mnl_attr_get_type(a));
		if (!f)
			continue;
		to = element(f, obj);
		if (!to)
			continue;
		*(__u64 *)obj |= 1ULL << f->type;
		if (f->kind == AT_NEST) {
			if (attr_decode(f->nest, mnl_attr_get_payload(a), n, to,
					where, where_size))
				return -1;
		} else if (!decode_value(f, mnl_attr_get_payload(a), n, to)) {
			snprintf(where, where_size, "%s.%s", set->name, f->name);
			return -1;
		}
	}
	if (left > 0) {
		snprintf(where, where_size, "%s: cut short", set->name);
		return -1;
	}
	return 0;
}

static bool encode_value(const struct attr_field *f, struct nlmsghdr *nlh,
			 size_t size, const void *from)
{
	const struct addr *addr = from;
	struct nlattr *nest;
	__u16 be;

	switch (f->kind) {
	case AT_STR:
		return mnl_attr_put_strz_check(nlh, size, f->type, from);
	case AT_ADDR:
		return mnl_attr_put_check(nlh, size, f->type, addr->len,
					  addr->b);
	case AT_FLAG:
		return mnl_attr_put_check(nlh, size, f->type, 0, NULL);
	case AT_BE16:
		memcpy(&be, from, sizeof(be));
		be = htons(be);
		return mnl_attr_put_check(nlh, size, f->type, sizeof(be), &be);
	case AT_NEST:
		nest = mnl_attr_nest_start_check(nlh, size, f->type);
		if (!nest || !attr_encode(f->nest, nlh, size, from))
			return false;
		mnl_attr_nest_end(nlh, nest);
		return true;
	default:
		return mnl_attr_put_check(nlh, size, f->type, f->size, from);
	}
}

bool attr_encode(const struct attr_set *set, struct nlmsghdr *nlh, size_t size,
		 const void *obj)
{
	const struct attr_field *f;
	__u16 n, i;

	for (f = set->fields; f < set->fields + set->n; f++) {
		if (!(*(const __u64 *)obj >> f->type & 1))
			continue;
		n = 1;
		if (f->max)
			memcpy(&n, (const char *)obj + f->count_off, sizeof(n));
		for (i = 0; i < n; i++)
			if (!encode_value(f, nlh, size, (const char *)obj +
					  f->off + (size_t)i * f->size))
				return false;
	}
	return true;
}

void attr_name(const struct attr_set *set, unsigned int type, char *out,
	       size_t size)
{
	const struct attr_field *f = find(set, type);

	if (f)
		snprintf(out, size, "%s", f->name);
	else
		snprintf(out, size, "attribute %u", type);
}

void attr_name_at(const struct attr_set *set, const void *data, size_t len,
		  size_t offset, char *out, size_t size)
{
	const struct nlattr *a = data;
	const struct attr_field *f;
	int left = len;
	size_t at, used;

	for (; mnl_attr_ok(a, left); a = mnl_attr_next(a)) {
		left -= MNL_ALIGN(a->nla_len);
		at = (const char *)a - (const char *)data;
		if (offset < at || offset >= at + a->nla_len)
			continue;
		attr_name(set, mnl_attr_get_type(a), out, size);
		f = find(set, mnl_attr_get_type(a));
		at += MNL_ATTR_HDRLEN;
		if (!f || !f->nest || offset < at)
			return;
		used = strlen(out);
		if (used + 2 > size)
			return;
		memcpy(out + used, ".", 2);
		attr_name_at(f->nest, mnl_attr_get_payload(a),
			     mnl_attr_get_payload_len(a), offset - at,
			     out + used + 1, size - used - 1);
		return;
	}
	snprintf(out, size, "?");
}
