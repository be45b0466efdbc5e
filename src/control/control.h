/*
 * control -- the socket through which a running server is looked at and steered
 *
 * One Unix socket per supervisor, for its own user and root; docs/control.md has what is
 * spoken.  A client of prong.h like any other: it watches its descriptors in the
 * server's loop, never blocks, allocates nothing per client, and does not wake the
 * server while nobody is connected.  At most CONTROL_CLIENTS at once; a slow one gets
 * its answer piece by piece, as it reads.
 *
 * What only the command can do it is asked for through struct control_host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prong.h"

#define CONTROL_CLIENTS 16

/* The longest state that control_keep() writes, with its NUL. */
#define CONTROL_STATE_BYTES 8704

struct control;

/* What there is to say about the server as a whole. */
struct control_facts {
	const char *name; /* of the instance */
	const char *version;
	const char *config;  /* "": a command line */
	const char *state;   /* "serving", "draining" */
	int64_t started_at;  /* seconds since 1970 */
	uint64_t generation; /* of the set of services: 1, and 1 more with each reload */
};

/* Who asks for something.  The token names the waiting client for control_answer(). */
struct control_asker {
	uint64_t token;
	pid_t pid;
	uid_t uid;
};

/*
 * The functions of the command.  `reload` and `upgrade` start the work and return; each
 * call is followed by one control_answer() with its token, from within it or later.
 * `drain` has prong_drain_within()'s argument and result.  `note` is told of every
 * request that changes something, before it is carried out, for the log.
 */
struct control_host {
	void *context;
	void (*facts)(void *context, struct control_facts *ret_facts);
	int (*drain)(void *context, int64_t timeout_ms);
	void (*reload)(void *context, const struct control_asker *);
	void (*upgrade)(void *context, const struct control_asker *);
	void (*note)(void *context, const struct control_asker *, const char *request);
};

/* Both must outlive it.  NULL: no memory or no descriptor; errno says which. */
struct control *control_new(struct prong *, const struct control_host *);

/* Ends all conversations and removes the socket's path, if it is still ours. */
void control_free(struct control *);

/* Makes the socket at `path`, or where sockdir.h says if that is NULL.  Negative errno:
 * there is none, and `message` says why in one line; all else goes on working. */
int control_open(struct control *, const char *path, char *message, size_t size);

/* The path of the socket; "" while there is none. */
const char *control_path(const struct control *);

/* What a client waits for has been done, or has failed for the reason `error`; before
 * that it is told `messages`, one object a line (NULL: none).  The client may be gone. */
void control_answer(
    struct control *, uint64_t token, const char *error, const char *messages);

/*
 * Over an exec, for upgrade.  keep: the socket, the client of `token` and what is to be
 * resumed by itself are written into `state` as one word, and their descriptors outlive
 * the exec; -ENOSPC, or -EBADF: there
 * is no socket.  unkeep: the exec failed.  adopt, in place of control_open()
 * in the new program: -EINVAL if that is no such state.  *ret_token is good for
 * control_answer(), or 0.
 */
int control_keep(struct control *, uint64_t token, char *state, size_t size);
void control_unkeep(struct control *);
int control_adopt(struct control *, const char *state, uint64_t *ret_token);
