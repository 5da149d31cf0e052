/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of commands: one a line, words separated by blanks, '#' begins a
 * comment where a word could begin.
 */
#ifndef PORTICO_LINES_H
#define PORTICO_LINES_H

/* Given the words of each line that has any; not 0 stops. */
typedef int (*lines_take)(char **words, int n, unsigned int line, void *arg);

/*
 * Reads @path ("-": standard input); errors said meanwhile name file and
 * line. Returns 0, what @take returned, or an exit status.
 */
int lines_read(const char *path, lines_take take, void *arg);

#endif
