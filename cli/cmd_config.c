// SPDX-License-Identifier: GPL-2.0
/* apply, check, dump. */
#include <stdio.h>

#include "account.h"
#include "args.h"
#include "config.h"
#include "forward.h"
#include "inside.h"
#include "kernel.h"
#include "print.h"
#include "uplink.h"

static int hand_over(struct args *a, bool check)
{
	const char *path = args_need(a, "file");
	struct config c;
	int ret;

	if (!path || args_end(a))
		return EXIT_USAGE;
	if (!*path)
		return error("empty file name");
	ret = config_read(&c, path);
	if (!ret)
		ret = kernel_apply(&c, check);
	config_free(&c);
	return ret;
}

static int apply(struct args *a)
{
	return hand_over(a, false);
}

static int check(struct args *a)
{
	return hand_over(a, true);
}

static int put_uplink(void *obj, void *arg)
{
	const struct uplink *up = obj;

	(void)arg;
	printf("uplink add %s", up->ifname);
	uplink_words(stdout, up);
	putchar('\n');
	return output_status();
}

static int put_inside(void *obj, void *arg)
{
	const struct inside *in = obj;
	char text[80];

	(void)arg;
	inside_prefix(text, sizeof(text), in);
	printf("inside add %s", text);
	inside_words(stdout, in);
	putchar('\n');
	return output_status();
}

static int put_forward(void *obj, void *arg)
{
	const struct forward *f = obj;

	(void)arg;
	fputs("forward add ", stdout);
	forward_words(stdout, f);
	putchar('\n');
	return output_status();
}

static int put_account(void *obj, void *arg)
{
	(void)arg;
	fputs("account add ", stdout);
	account_words(stdout, obj);
	putchar('\n');
	return output_status();
}

/* An older module may not know all kinds of objects. */
static int put_known(__u8 cmd, const struct attr_set *set, kernel_row row)
{
	bool known;
	int ret = kernel_knows(cmd, &known);

	return ret || !known ? ret :
	       kernel_dump(cmd, NULL, NULL, set, row, NULL);
}

static int put_config(struct args *a)
{
	const bool resolve = opt.resolve, numeric = opt.numeric;
	int ret;

	if (args_end(a))
		return EXIT_USAGE;
	if (opt.json)
		return error("dump prints what apply reads: option '-j' is not for it");
	/* Names of hosts would not be read back, nor protocols without a name. */
	opt.resolve = false;
	opt.numeric = false;
	ret = kernel_dump(PORTICO_CMD_UPLINK_GET, NULL, NULL, &set_uplink,
			  put_uplink, NULL);
	if (!ret)
		ret = kernel_dump(PORTICO_CMD_INSIDE_GET, NULL, NULL,
				  &set_inside, put_inside, NULL);
	if (!ret)
		ret = put_known(PORTICO_CMD_FORWARD_GET, &set_forward,
				put_forward);
	if (!ret)
		ret = put_known(PORTICO_CMD_ACCOUNT_GET, &set_account,
				put_account);
	/* More commands may follow, of a batch. */
	opt.resolve = resolve;
	opt.numeric = numeric;
	return ret;
}

#define FILE_HELP							\
	"FILE ('-': standard input) has one object a line, in the words of the\n" \
	"command line: 'uplink add ...', 'inside add ...', 'forward add ...',\n" \
	"'account add ...'.\n" \
	"'#' begins a comment."

static const struct command apply_commands[] = {
	{ "", apply, "FILE",
	  "Make the configuration what FILE says, all of it or nothing",
	  FILE_HELP "\n\nWhat is not in FILE is removed, what differs is changed; live sessions that\n"
	  "stay allowed survive.",
	  "  portico apply /etc/portico.conf" },
};

static const struct command check_commands[] = {
	{ "", check, "FILE", "Would FILE apply? Changes nothing", FILE_HELP,
	  "  portico check /etc/portico.conf && portico apply /etc/portico.conf" },
};

static const struct command dump_commands[] = {
	{ "", put_config, "", "The configuration, as apply reads it", NULL,
	  "  portico dump >/etc/portico.conf" },
};

const struct object object_apply = {
	"apply", "make the configuration what a file says",
	apply_commands, ARRAY_SIZE(apply_commands),
};

const struct object object_check = {
	"check", "would a file apply?",
	check_commands, ARRAY_SIZE(check_commands),
};

const struct object object_dump = {
	"dump", "the configuration, as apply reads it",
	dump_commands, ARRAY_SIZE(dump_commands),
};
