// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "cli.h"
#include "objects.h"
#include "options.h"

void help_main(void)
{
	unsigned int i;

	puts("Usage: portico [OPTIONS] OBJECT [COMMAND] [key value ...]\n"
	     "\n"
	     "A gateway that translates and keeps the books.\n"
	     "\n"
	     "Objects:");
	for (i = 0; objects[i]; i++)
		printf("  %-9s %s\n", objects[i]->name, objects[i]->summary);
	puts("\nOptions:");
	options_help();
	puts("\n"
	     "Exit status: 0 done, 1 wrong words, 2 the kernel refused.\n"
	     "\n"
	     "Example:\n"
	     "  portico uplink add eth0\n"
	     "  portico inside add 192.168.0.0/16\n"
	     "  portico -j mapping show proto tcp\n"
	     "\n"
	     "'portico OBJECT --help' tells about one object.");
}

/* "mapping show", or "who" where the command has no name. */
static void put_usage(const struct object *o, const struct command *c)
{
	printf("portico %s%s%s%s%s\n", o->name, *c->name ? " " : "", c->name,
	       *c->synopsis ? " " : "", c->synopsis);
}

void help_command(const struct object *o, const struct command *c)
{
	printf("Usage: ");
	put_usage(o, c);
	printf("\n%s.\n", c->summary);
	if (c->details)
		printf("\n%s\n", c->details);
	printf("\nExample:\n%s\n", c->example);
}

void help_object(const struct object *o)
{
	unsigned int i;

	if (o->n_commands == 1) {
		help_command(o, o->commands);
		return;
	}
	puts("Usage:");
	for (i = 0; i < o->n_commands; i++) {
		printf("  ");
		put_usage(o, &o->commands[i]);
	}
	printf("\n%s: %s.\n\nCommands:\n", o->name, o->summary);
	for (i = 0; i < o->n_commands; i++)
		printf("  %-8s %s%s\n", o->commands[i].name,
		       o->commands[i].summary, i ? "" : " (default)");
	printf("\nExample:\n%s\n", o->commands[0].example);
	printf("\n'portico %s COMMAND --help' tells more.\n", o->name);
}
