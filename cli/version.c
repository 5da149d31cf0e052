// SPDX-License-Identifier: GPL-2.0
#include <linux/portico.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "kernel.h"
#include "print.h"
#include "version.h"

/* World-readable, unlike the module's own answers. */
static bool module_version(char *out, size_t size)
{
	FILE *f = fopen("/sys/module/portico/version", "re");

	if (!f)
		return false;
	if (!fgets(out, size, f))
		*out = 0;
	fclose(f);
	out[strcspn(out, "\n")] = 0;
	return *out;
}

int show_version(void)
{
	unsigned int contract = kernel_probe();
	char version[64] = "";
	json_t *o;

	module_version(version, sizeof(version));
	if (opt.json) {
		o = json_object();
		json_object_set_new(o, "cli", json_string(PORTICO_VERSION));
		json_object_set_new(o, "cli_contract",
				    json_integer(PORTICO_GENL_VERSION));
		json_object_set_new(o, "module",
				    *version ? json_name(version) : json_null());
		json_object_set_new(o, "module_contract", contract ?
				    json_integer(contract) : json_null());
		return print_json(o);
	}
	printf("portico %s (contract %d), ", PORTICO_VERSION,
	       PORTICO_GENL_VERSION);
	if (!contract)
		puts("module not loaded");
	else
		printf("module %s (contract %u)\n",
		       *version ? quoted(version) : "of unknown version",
		       contract);
	return EXIT_DONE;
}
