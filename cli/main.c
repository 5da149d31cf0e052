// SPDX-License-Identifier: GPL-2.0
/* The object table, and the way from words to a command. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "batch.h"
#include "cli.h"
#include "kernel.h"
#include "netns.h"
#include "objects.h"
#include "options.h"
#include "version.h"

const struct object *const objects[] = {
	&object_status, &object_uplink, &object_inside, &object_forward,
	&object_mapping, &object_session, &object_host, &object_block, &object_account,
	&object_socket, &object_port, &object_reason, &object_who, &object_audit,
	&object_monitor, &object_apply, &object_check, &object_dump,
	&object_metrics, &object_top, &object_complete, NULL,
};

static const struct object *find_object(const char *word)
{
	const char *best = NULL;
	unsigned int i;

	for (i = 0; objects[i]; i++) {
		if (!strcmp(word, objects[i]->name))
			return objects[i];
		best = closest(word, best, objects[i]->name);
	}
	if (!*word)
		error("empty object");
	else if (best)
		error("unknown object '%s', did you mean '%s'?", quoted(word),
		      best);
	else
		error("unknown object '%s'", quoted(word));
	return NULL;
}

/* The command that @word names; NULL with the error said. */
static const struct command *find_command(const struct object *o,
					  const char *word)
{
	const char *best = NULL;
	unsigned int i;

	for (i = 0; i < o->n_commands; i++) {
		if (!strcmp(word, o->commands[i].name))
			return &o->commands[i];
		best = closest(word, best, o->commands[i].name);
	}
	if (best)
		error("unknown command '%s %s', did you mean '%s'?", o->name,
		      quoted(word), best);
	else
		error("unknown command '%s %s'", o->name, quoted(word));
	return NULL;
}

static int hint(const struct object *o, const struct command *c)
{
	fprintf(stderr, "Try 'portico %s%s%s%s--help'.\n", o ? o->name : "",
		o ? " " : "", c ? c->name : "", c && *c->name ? " " : "");
	return EXIT_USAGE;
}

static int run_command(const struct object *o, const struct command *c,
		       struct args *a)
{
	unsigned int errors = error_count();
	int ret;

	if (opt.help) {
		help_command(o, c);
		return EXIT_DONE;
	}
	ret = c->run(a);
	if (ret == EXIT_USAGE && error_count() > errors)
		hint(o, c);
	return ret;
}

static int run_object(const struct object *o, struct args *a)
{
	const struct command *c = o->commands;
	const char *word = args_peek(a);

	if (word && !strcmp(word, "help")) {
		opt.help = true;
		args_next(a);
		word = args_peek(a);
	}
	if (!word && opt.help) {
		help_object(o);
		return EXIT_DONE;
	}
	if (*c->name && word) {
		c = find_command(o, word);
		if (!c)
			return hint(o, NULL);
		args_next(a);
	}
	return run_command(o, c, a);
}

static int run_any(struct args *a)
{
	const struct object *o;

	if (args_peek(a) && !strcmp(args_peek(a), "help")) {
		opt.help = true;
		args_next(a);
	}
	if (!args_peek(a)) {
		if (!opt.help) {
			error("object is missing");
			return hint(NULL, NULL);
		}
		help_main();
		return EXIT_DONE;
	}
	o = find_object(args_next(a));
	return o ? run_object(o, a) : hint(NULL, NULL);
}

int run_words(char **words, int n)
{
	struct args a = { .words = words, .n = n };
	bool help = opt.help;
	int ret;

	ret = run_any(&a);
	/* "help" as a word is for this line of a batch alone. */
	opt.help = help;
	return ret;
}

static int run(char **words, int n)
{
	int ret;

	if (opt.netns && !opt.help) {
		ret = netns_enter(opt.netns);
		if (ret)
			return ret;
	}
	if (opt.version)
		return show_version();
	if (opt.batch && !opt.help) {
		if (n)
			return error("unexpected word '%s': the commands come from the batch file",
				     quoted(words[0]));
		return batch_run(opt.batch);
	}
	return run_words(words, n);
}

int main(int argc, char **argv)
{
	char **words;
	int n, ret;

	/* A reader that goes away ends us quietly, whatever we inherited. */
	signal(SIGPIPE, SIG_DFL);
	/* Big tables in few writes; monitor flushes each event. */
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	words = xcalloc(argc + 1, sizeof(*words));
	n = options_take(argc, argv, words);
	ret = n < 0 ? hint(NULL, NULL) : run(words, n);
	kernel_close();
	free(words);
	if (fflush(stdout) && errno != EPIPE && !ret)
		ret = error_kernel("cannot write: %s", strerror(errno));
	return ret;
}
