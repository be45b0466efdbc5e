/*
 * puppet -- what the two files of the puppet share
 *
 * puppet.c reads and obeys; puppet_facts.c holds the commands that tell what the
 * process was given.  Each command is a function that gets the rest of its line.
 */
#pragma once

/* Writes the text to the client, whole. */
void say(const char *text);
void sayf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends an answer. */
void done(void);

long number(const char *word);

void run_env(const char *);
void run_fds(const char *);
void run_ids(const char *);
void run_signals(const char *);
void run_status(const char *);
void run_limits(const char *);
void run_cwd(const char *);
void run_umask(const char *);
void run_nice(const char *);
void run_argv(const char *);
void run_isatty(const char *);
void run_tty(const char *);
void run_peername(const char *);
void run_socket(const char *);
