/*
 * wire -- a conversation with a server over its control socket
 *
 * Requests go out as lines, objects come in.  wire_take() never waits, for a program
 * that has a terminal to look after; wire_run() waits for a whole answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

/* How long a server may say nothing: when it is only asked who it is, usually, and when
 * it has work to do first. */
#define WIRE_HELLO_MS 3000
#define WIRE_QUIET_MS 10000
#define WIRE_WORK_MS 120000

struct wire {
	int fd; /* -1: none */
	char *bytes;
	size_t used, taken, room;
};

/* Negative errno of connect(2).  Never waits: -EAGAIN, if its queue is full. */
int wire_open(struct wire *, const char *path);
void wire_close(struct wire *);

/* The process id and the user of whoever has called listen(2), so also of one that never
 * says anything (SO_PEERCRED, unix(7)).  0: one of another pid namespace; -1: not known,
 * and nothing is stored. */
pid_t wire_peer(const struct wire *, uid_t *ret_uid);

/* The pidfd of the process at the other end; -1: it is not one that we can see. */
int wire_process(const struct wire *);

/* Sends a request: words, up to NULL.  -EINVAL: one of them is empty, has a blank or a
 * control character; -EMSGSIZE: too long. */
int wire_ask(struct wire *, const char *const words[]);

/* Reads what has arrived.  -EPIPE: the other side has ended the conversation. */
int wire_read(struct wire *);

/* The next object, which the caller gives back with json_decref(); NULL: not yet whole.
 * -EPROTO: not a JSON object. */
int wire_take(struct wire *, json_t **ret_object);

/* Is it the last one of an answer?  NULL in *ret_error: all went well. */
bool wire_is_last(const json_t *object, const char **ret_error);

/* The next object, waited for at most so long: -ETIMEDOUT. */
int wire_next(struct wire *, int quiet_ms, json_t **ret_object);

/* Asks, and calls `each` with every object of the answer but the last, which becomes
 * *ret_last.  A negative result of `each` ends it. */
struct wire_question {
	const char *const *words;
	int quiet_ms;
	int (*each)(const json_t *object, void *context); /* NULL: nothing */
	void *context;
};
int wire_run(struct wire *, const struct wire_question *, json_t **ret_last);

/* What a failure of these is called. */
const char *wire_mistake(int failed);
