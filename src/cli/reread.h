/*
 * reread -- the configuration anew, in place of what serves
 *
 * All or nothing: whatever is wrong, the services go on as they are, and whoever asked is
 * told everything.  Of a command line the words stay what they are, but names, files and
 * users are looked up again.
 */
#pragma once

#include <stdint.h>

struct server;

/* Does it, tells the log, the service manager, and who waits at the control socket (0:
 * nobody). */
void reread_now(struct server *, uint64_t token);

/* Adds the services to the new set of the engine and commits it.  0, or -errno with what
 * was wrong in *ret_text, the caller's (NULL: no memory even for that). */
int reread_commit(struct server *, char **ret_text);
