/*
 * check -- prong check: could this be served?
 *
 * Everything a start would find out: mistakes in the words, and whether this machine has
 * what they ask for.  Nothing is served, nothing is left open.
 */
#pragma once

/* `check` and what comes after it: as after prong itself.  0: all is well, 1: this
 * machine cannot have it, 2: there are mistakes. */
int check_run(int argc, char *argv[]);
