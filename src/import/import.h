/*
 * import -- prong import inetd|xinetd|socket FILE...
 *
 * Prints a configuration of ours (YAML) made from that of another server, and as comments
 * what has no equivalent, with the reason, beside the service it belongs to.  What is
 * printed is always valid: each value went through settings_set().  A mistake in a file
 * is told with file and line, and the rest is read all the same; where nothing could be
 * read nothing is printed.
 *
 *   inetd   inetd.conf; a directory: all files in it (GNU inetd's inetd.d)
 *   xinetd  xinetd.conf with what it includes; a directory: as after includedir
 *   socket  .socket units; drop-ins (those in NAME.d) are read, and the service is looked
 *           for beside the socket, then where systemd keeps units
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Exit statuses. */
enum import_status {
	IMPORT_DONE = 0,
	IMPORT_FAILED = 1, /* a file could not be read or was empty, the output not
			      written, no memory */
	IMPORT_USAGE = 2,  /* not such a kind, or no file */
};

/* "import" and what comes after it on the command line: `kind` is inetd, xinetd or
 * socket.  Reads all files it can, prints to `out` and tells mistakes on `messages`. */
enum import_status import_run(
    const char *kind, char *const paths[], size_t count, FILE *out, FILE *messages);

/* For --help: "inetd|xinetd|socket". */
#define IMPORT_KINDS "inetd|xinetd|socket"
