/*
 * manage -- the server as its control socket sees it
 *
 * Gives src/control what only the command knows and can do.  A socket that cannot be
 * made is told of in the log and costs nothing else.
 */
#pragma once

#include "control.h"

struct server;

/* The longest text that manage_keep() writes, with its NUL. */
#define MANAGE_STATE_BYTES CONTROL_STATE_BYTES

struct manage {
	struct control_host host;
	struct control *control; /* NULL: none */
};

/* After the server has begun to serve. */
void manage_open(struct server *);
void manage_close(struct server *);

/* What a client waits for is done, or was not for the reason `error`; then `text` is
 * told, line by line.  Token 0: nobody waits. */
void manage_answer(struct server *, uint64_t token, const char *error, const char *text);

/* Over an exec: "" where there is no socket.  adopt, in place of open: who waits for the
 * upgrade, or 0. */
void manage_keep(struct server *, uint64_t token, char *state, size_t size);
void manage_unkeep(struct server *);
uint64_t manage_adopt(struct server *, const char *state);
