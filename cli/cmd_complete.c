// SPDX-License-Identifier: GPL-2.0
/*
 * Completion for shells, made from the same table and the same synopses that
 * the help prints, so that it cannot fall behind.
 */
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "format.h"
#include "kernel.h"
#include "model.h"
#include "objects.h"
#include "options.h"
#include "uplink.h"

#define MAX_TOKENS 64
/* A menu of more helps nobody. */
#define MAX_LIVE 200

/* "[timeout TIMEOUT TIME]": the words of one group of a synopsis. */
struct token {
	char text[96];
	bool begins;		/* a group of its own */
};

struct completion {
	const struct object *o;
	const char *word;	/* being typed */
	unsigned int live;
};

static void say(struct completion *c, const char *text)
{
	if (!strncmp(text, c->word, strlen(c->word)))
		puts(text);
}

static void say_all(struct completion *c, const char *const *names)
{
	for (; *names; names++)
		say(c, *names);
}

static unsigned int cut(const char *synopsis, struct token *t)
{
	unsigned int n = 0, depth = 0;
	const char *p = synopsis;

	while (*p && n < MAX_TOKENS) {
		bool opened = false;
		size_t len = 0;

		for (; *p == ' ' || *p == '['; p++) {
			opened |= *p == '[' && !depth;
			depth += *p == '[';
		}
		t[n].begins = opened || !depth;
		for (; *p && *p != ' '; p++) {
			if (*p == ']')
				depth -= depth > 0;
			else if (*p != '[' && len + 1 < sizeof(t[n].text))
				t[n].text[len++] = *p;
		}
		t[n].text[len] = 0;
		n += len > 0;
	}
	return n;
}

static bool stop_at(struct completion *c)
{
	return ++c->live >= MAX_LIVE;
}

static int live_mapping(void *obj, void *arg)
{
	const struct mapping *m = obj;
	struct completion *c = arg;
	char text[300];

	format_endpoint(text, sizeof(text), &m->internal);
	say(c, text);
	format_endpoint(text, sizeof(text), &m->external);
	say(c, text);
	return stop_at(c);
}

static int live_inside(void *obj, void *arg)
{
	const struct inside *in = obj;
	struct completion *c = arg;
	char text[80];

	format_prefix(text, sizeof(text), &in->addr, in->prefixlen);
	say(c, text);
	return stop_at(c);
}

static int live_forward(void *obj, void *arg)
{
	const struct forward *f = obj;
	struct completion *c = arg;
	char text[300];

	format_endpoint(text, sizeof(text), &f->external);
	say(c, text);
	return stop_at(c);
}

static int live_account(void *obj, void *arg)
{
	const struct account *acc = obj;
	struct completion *c = arg;

	say(c, quoted(acc->name));
	return stop_at(c);
}

static int live_reason(void *obj, void *arg)
{
	const struct reason *r = obj;
	struct completion *c = arg;

	say(c, quoted(r->name));
	return stop_at(c);
}

static void say_interfaces(struct completion *c)
{
	struct if_nameindex *list = if_nameindex(), *i;

	for (i = list; i && i->if_name; i++)
		say(c, i->if_name);
	if (list)
		if_freenameindex(list);
}

static void say_timeouts(struct completion *c)
{
	unsigned int i;

	for (i = 1; timeout_name(i); i++)
		say(c, timeout_name(i));
}

/* What the module knows; not loaded or not permitted is no error here. */
static void say_live(struct completion *c, const char *what)
{
	error_silence(true);
	if (!strcmp(what, "ENDPOINT") || !strcmp(what, "INTERNAL"))
		kernel_dump(PORTICO_CMD_MAPPING_GET, NULL, NULL, &set_mapping,
			    live_mapping, c);
	else if (!strcmp(what, "PREFIX"))
		kernel_dump(PORTICO_CMD_INSIDE_GET, NULL, NULL, &set_inside,
			    live_inside, c);
	else if (!strcmp(what, "EXTERNAL"))
		kernel_dump(PORTICO_CMD_FORWARD_GET, NULL, NULL, &set_forward,
			    live_forward, c);
	else if (!strcmp(what, "ACCOUNT"))
		kernel_dump(PORTICO_CMD_ACCOUNT_GET, NULL, NULL, &set_account,
			    live_account, c);
	else if (!strcmp(what, "REASON"))
		kernel_dump(PORTICO_CMD_REASON_GET, NULL, NULL, &set_reason,
			    live_reason, c);
	error_silence(false);
}

/* "on|off", "clamp|off|N", or a placeholder in capitals. */
static void say_value(struct completion *c, const char *token)
{
	static const char *const protos[] = {
		"tcp", "udp", "sctp", "dccp", "icmp", "icmpv6", "gre", "esp",
		NULL,
	};
	static const char *const forwarded[] = {
		"tcp", "udp", "sctp", "dccp", "gre", "esp", NULL,
	};
	char text[96], *save, *p;

	snprintf(text, sizeof(text), "%s", token);
	for (p = strtok_r(text, "|", &save); p; p = strtok_r(NULL, "|", &save)) {
		if (!isupper((unsigned char)*p))
			say(c, p);
		else if (!strcmp(p, "NAME") && c->o == &object_account)
			say_live(c, "ACCOUNT");
		else if (!strcmp(p, "DEV") || !strcmp(p, "NAME"))
			say_interfaces(c);
		else if (!strcmp(p, "PROTO"))
			say_all(c, c->o == &object_forward ? forwarded : protos);
		else if (!strcmp(p, "STATE"))
			say_all(c, c->o == &object_socket ? socket_state_names :
				state_names);
		else if (!strcmp(p, "MODE"))
			say_all(c, filtering_names);
		else if (!strcmp(p, "HOOK"))
			say_all(c, hook_names);
		else if (!strcmp(p, "TIMEOUT"))
			say_timeouts(c);
		else
			say_live(c, p);
	}
}

static bool is_keyword(const struct token *t)
{
	return t->begins && !isupper((unsigned char)t->text[0]) &&
	       !strchr(t->text, '|');
}

/* Is @word one of "tcp|udp"? A placeholder takes any. */
static bool is_value(const char *token, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	if (!strchr(token, '|'))
		return true;
	for (p = token; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (!strncmp(p, word, n) && (p[n] == '|' || !p[n]))
			return true;
	}
	return false;
}

static bool given(const struct args *a, const char *word)
{
	int i;

	for (i = 0; i < a->n - 1; i++)
		if (!strcmp(a->words[i], word))
			return true;
	return false;
}

/* The words of @a but the last are there; the last is being typed. */
static void complete_keys(struct completion *c, const char *synopsis,
			  const struct args *a)
{
	const char *prev = a->n > 1 ? a->words[a->n - 2] : NULL;
	const char *before = a->n > 2 ? a->words[a->n - 3] : NULL;
	struct token t[MAX_TOKENS];
	unsigned int n = cut(synopsis, t), i;

	for (i = 0; i + 1 < n; i++) {
		if (!is_keyword(&t[i]) || t[i + 1].begins)
			continue;
		if (prev && !strcmp(prev, t[i].text)) {
			say_value(c, t[i + 1].text);
			/* "[filtering [tcp|udp] MODE]": the first may be left out */
			if (strchr(t[i + 1].text, '|') && i + 2 < n &&
			    !t[i + 2].begins)
				say_value(c, t[i + 2].text);
			return;
		}
		if (before && !strcmp(before, t[i].text) && i + 2 < n &&
		    !t[i + 2].begins && is_value(t[i + 1].text, prev)) {
			say_value(c, t[i + 2].text);
			return;
		}
	}
	/* Words with a place of their own come before all keywords. */
	for (i = 0; i < n && !is_keyword(&t[i]); i++)
		if (a->n == (int)i + 1)
			say_value(c, t[i].text);
	if (a->n == 1 && i && synopsis[0] != '[')
		return;
	for (; i < n; i++)
		if (is_keyword(&t[i]) && (!given(a, t[i].text) ||
					  strstr("timeout filtering", t[i].text)))
			say(c, t[i].text);
}

static void complete_object(struct completion *c, struct args *a)
{
	const struct object *o = c->o;
	const struct command *cmd = o->commands;
	unsigned int i;

	if (!*cmd->name) {
		complete_keys(c, cmd->synopsis, a);
		return;
	}
	if (a->n == 1) {
		for (i = 0; i < o->n_commands; i++)
			say(c, o->commands[i].name);
		return;
	}
	for (i = 0; i < o->n_commands; i++)
		if (!strcmp(a->words[0], o->commands[i].name))
			break;
	if (i == o->n_commands)
		return;
	args_next(a);
	complete_keys(c, o->commands[i].synopsis, a);
}

static int complete(struct args *a)
{
	struct completion c = { .word = "" };
	const char *word;
	unsigned int i;

	if (a->n > 0)
		c.word = a->words[a->n - 1];
	if (c.word[0] == '-') {
		options_complete(c.word);
		return EXIT_DONE;
	}
	if (a->n < 2) {
		for (i = 0; objects[i]; i++)
			say(&c, objects[i]->name);
		say(&c, "help");
		return EXIT_DONE;
	}
	word = args_next(a);
	for (i = 0; objects[i]; i++) {
		c.o = objects[i];
		if (!strcmp(word, c.o->name)) {
			complete_object(&c, a);
			break;
		}
	}
	return EXIT_DONE;
}

static const struct command commands[] = {
	{ "", complete, "[-- WORD...]",
	  "What may follow, one a line, for a shell's completion",
	  "The last WORD is the one being typed, and may be empty.",
	  "  portico complete -- mapping show proto ''" },
};

const struct object object_complete = {
	"complete", "what may follow: for shells", commands,
	ARRAY_SIZE(commands),
};
