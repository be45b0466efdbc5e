/*
 * parked -- what the files of the program share
 */
#pragma once

/* Reads once from fd 0: here it is held. */
void touch(void);

int run_scalable(const char *);
int run_sequence(const char *);
int run_threads(const char *);
