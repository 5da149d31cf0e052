// SPDX-License-Identifier: GPL-2.0
/* Every parser of words, with the same bytes as a word and as a line. */
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "filter.h"
#include "format.h"
#include "forward.h"
#include "inside.h"
#include "parse.h"
#include "uplink.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static void parse_word(const char *s)
{
	struct endpoint_words w;
	struct addr_run run;
	struct prefix prefix;
	struct addr addr;
	char text[128], name[16];
	__u16 a, b;
	__u32 d;
	__u64 n;
	__u8 u;

	parse_number(s, "number", 1, 65535, &n);
	parse_number(s, "number", 0, UINT64_MAX, &n);
	if (!parse_addr(s, &addr))
		format_addr(text, sizeof(text), &addr);
	parse_prefix(s, &prefix);
	if (!parse_duration(s, 1, 604800, &d) && (d < 1 || d > 604800))
		abort();
	if (!parse_ports(s, 1, &a, &b) && (a < 1 || b < a))
		abort();
	parse_onoff(s, "switch", &u);
	parse_proto(s, &u);
	parse_ifname(s, name);
	parse_choice(s, "state", state_names, &u);
	for (u = 0; u < 32; u++)
		parse_endpoint(s, u, &w);
	if (!parse_run(s, &run)) {
		struct addr_run again;

		/* What is written is read back as the same. */
		format_run(text, sizeof(text), &run);
		if (parse_run(text, &again) || memcmp(&run, &again, sizeof(run)))
			abort();
	}
	quoted(s);
}

static void parse_words(char *s)
{
	struct uplink *up = xcalloc(1, sizeof(*up));
	struct mapping m = { 0 };
	struct forward f;
	struct inside in;
	char *words[64], *save;
	int n = 0;

	for (s = strtok_r(s, "\n ", &save); s && n < 64;
	     s = strtok_r(NULL, "\n ", &save))
		words[n++] = s;
	uplink_parse(&(struct args){ words, n }, up);
	inside_parse(&(struct args){ words, n }, &in);
	forward_parse(&(struct args){ words, n }, &f);
	args_keys(&(struct args){ words, n }, mapping_filter, &m);
	free(up);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	char *s = xcalloc(size + 1, 1);

	memcpy(s, data, size);
	error_silence(true);
	parse_word(s);
	parse_words(s);
	free(s);
	return 0;
}
