// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <string.h>

#include "account.h"
#include "cli.h"
#include "format.h"

int account_parse_name(struct args *a, struct account *acc)
{
	const char *word = args_need(a, "account name"), *p;

	memset(acc, 0, sizeof(*acc));
	if (!word)
		return -1;
	if (!*word)
		return -error("empty account name");
	if (strlen(word) >= sizeof(acc->name))
		return -error("bad account name '%s': longer than %zu bytes",
			      quoted(word), sizeof(acc->name) - 1);
	for (p = word; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return -error("bad account name '%s': only letters, digits, '-', '_' and '.'",
				      quoted(word));
	if (strchr("-.", *word))
		return -error("bad account name '%s': begins with '%c'",
			      quoted(word), *word);
	strcpy(acc->name, word);
	give(acc, PORTICO_A_ACCOUNT_NAME);
	return 0;
}

static int take_prefix(const char *word, void *obj)
{
	struct account *acc = obj;
	struct endpoint *e = &acc->prefix[acc->n_prefix];
	struct prefix p;

	if (acc->n_prefix == PORTICO_MAX_ACCOUNT_PREFIXES)
		return -error("bad prefix '%s': more than %d in one account",
			      quoted(word), PORTICO_MAX_ACCOUNT_PREFIXES);
	if (parse_prefix(word, &p))
		return -1;
	e->addr = p.addr;
	e->prefixlen = p.len;
	give(e, PORTICO_A_ENDPOINT_ADDR);
	give(e, PORTICO_A_ENDPOINT_PREFIXLEN);
	acc->n_prefix++;
	return 0;
}

int account_parse(struct args *a, struct account *acc)
{
	const char *word;

	if (account_parse_name(a, acc))
		return -1;
	word = args_need(a, "prefix");
	if (!word || parse_list(word, "prefix", take_prefix, acc))
		return -1;
	give(acc, PORTICO_A_ACCOUNT_PREFIX);
	return args_end(a);
}

void account_words(FILE *f, const struct account *acc)
{
	char text[80];
	__u16 i;

	fputs(quoted(acc->name), f);
	for (i = 0; i < acc->n_prefix; i++) {
		format_prefix(text, sizeof(text), &acc->prefix[i].addr,
			      acc->prefix[i].prefixlen);
		fprintf(f, "%c%s", i ? ',' : ' ', text);
	}
}
