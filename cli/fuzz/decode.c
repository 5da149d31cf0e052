// SPDX-License-Identifier: GPL-2.0
/* Answers of the kernel: the first byte chooses the attribute set. */
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "cli.h"
#include "extack.h"
#include "model.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static const struct attr_set *const sets[] = {
	&set_status, &set_uplink, &set_inside, &set_forward, &set_mapping,
	&set_session, &set_host, &set_socket, &set_port, &set_reason,
	&set_audit, &set_event,
};

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static char room[1 << 20] __attribute__((aligned(8)));
	const struct attr_set *set;
	struct extack ext;
	struct nlmsghdr *nlh = (void *)room;
	void *copy, *obj, *again;
	char where[128];

	if (size < 1)
		return 0;
	set = sets[data[0] % ARRAY_SIZE(sets)];
	copy = xcalloc(1, size - 1);
	memcpy(copy, data + 1, size - 1);
	obj = xcalloc(1, set->size);
	again = xcalloc(1, set->size);
	extack_parse(copy, size - 1, &ext);
	attr_name_at(set, copy, size - 1, data[0], where, sizeof(where));
	if (!attr_decode(set, copy, size - 1, obj, where, sizeof(where))) {
		/* What was understood is written and understood again. */
		mnl_nlmsg_put_header(nlh);
		if (!attr_encode(set, nlh, sizeof(room), obj) ||
		    attr_decode(set, mnl_nlmsg_get_payload(nlh),
				mnl_nlmsg_get_payload_len(nlh), again, where,
				sizeof(where)) ||
		    memcmp(obj, again, set->size))
			abort();
	}
	free(copy);
	free(obj);
	free(again);
	return 0;
}
