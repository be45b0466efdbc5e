/*
 * builtin -- the services of prong-builtin
 *
 * One small program holds them all; argv[0] says which one a process is.  A service
 * finds the client's socket as fd 0 and 1, blocking, and its error output as fd 2, with
 * SIGPIPE blocked: a client that is gone shows as EPIPE.  What a service returns is the
 * exit status of the process.
 */
#pragma once

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 111, /* a system call failed */
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

int builtin_main(char **argv, char **envp);

int echo_serve(char **argv, char **envp);
int hold_serve(char **argv, char **envp);
int inet_chargen(char **argv, char **envp);
int inet_daytime(char **argv, char **envp);
int inet_discard(char **argv, char **envp);
int inet_hello(char **argv, char **envp);
int inet_time(char **argv, char **envp);
int init_serve(char **argv, char **envp);
int pty_serve(char **argv, char **envp);
int qotd_serve(char **argv, char **envp);
int spare_serve(char **argv, char **envp);
int warden_serve(char **argv, char **envp);
