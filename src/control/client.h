/*
 * client -- one conversation over the control socket
 *
 * Reads a request, carries it out, sends the answer as the client takes it, and only
 * then looks at the next request.  Every turn does a bounded piece of work and never
 * blocks.  All memory is in the slot.
 */
#pragma once

#include "answer.h"

/* How long a client may take in the middle of a request or without taking a byte of its
 * answer, and how long between requests. */
#define CLIENT_STUCK_MS 10000
#define CLIENT_IDLE_MS 300000

enum client_phase { CLIENT_IDLE, CLIENT_ASKING, CLIENT_ANSWERING, CLIENT_WAITING };

struct client {
	int fd; /* -1: the slot is free */
	struct control_asker asker;
	enum client_phase phase;
	msec deadline;   /* 0: none */
	uint32_t events; /* that it wants to be called for */
	bool is_closing; /* after what is pending */
	struct answer answer;
	size_t got; /* bytes of `in` */
	char in[REQUEST_BYTES + 1];
	struct text out; /* on `room` */
	size_t sent;     /* bytes of `out` */
	char room[2 * OBJECT_BYTES];
};

/* Takes over the descriptor.  The slot must be free. */
void client_open(struct client *, int fd, const struct control_asker *, struct means *);
void client_close(struct client *);

/* One that is connected already and waits for an answer. */
void client_wait(struct client *);

/* Does what `events` (of epoll) make possible; then `events` and `deadline` say what is
 * next.  False: it is over, and is to be closed. */
bool client_turn(struct client *, uint32_t events);

/* It has been waited for: client_turn() will send it. */
void client_answer(struct client *, const char *error, const char *messages);
