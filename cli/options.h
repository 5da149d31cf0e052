/* SPDX-License-Identifier: GPL-2.0 */
/* The options, which may stand before, between and after the words. */
#ifndef PORTICO_OPTIONS_H
#define PORTICO_OPTIONS_H

/*
 * Takes the options out of argv[1..] into opt and leaves the words, in order,
 * at the front of @words (as large as argv). Returns their number, or -1 after
 * saying what is wrong. Words that begin with a dash after the object and are
 * no option of the program are left for the command.
 */
int options_take(int argc, char **argv, char **words);

/* Prints the options that begin with @word, one a line. */
void options_complete(const char *word);

/* One line each, for the help. */
void options_help(void);

#endif
