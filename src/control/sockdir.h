/*
 * sockdir -- where control sockets are, and making one
 *
 * A server of root: /run/prong/PID.sock; of anybody else:
 * $XDG_RUNTIME_DIR/prong/PID.sock; where there is neither, /tmp/prong-UID/PID.sock.  A
 * folder is made if it is not there; one that is a link, is not ours or can be written by
 * others is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

#include "text.h"

#define SOCKDIR_PATH_BYTES sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* A socket that listens, and its path's identity. */
struct sockdir_socket {
	int fd; /* -1: none */
	dev_t dev;
	ino_t ino;
	char path[SOCKDIR_PATH_BYTES];
};

/* The i-th folder for servers of the calling user, best first; false past the last. */
bool sockdir_candidate(unsigned i, char *path, size_t size);

/* Finds or makes the folder and writes the path of this process's socket in it; removes
 * what servers that are gone have left there.  Negative errno: why is in `message`. */
int sockdir_find(char *path, size_t size, struct text *message);

/* Binds and listens, with permissions 0600.  A socket that nobody listens on is
 * replaced, anything else never. */
int sockdir_open(
    struct sockdir_socket *ret_socket, const char *path, struct text *message);

/* Closes, and removes the path if it is still that of this socket. */
void sockdir_close(struct sockdir_socket *);
