/*
 * desk -- a control socket over a fake server, and clients of it, for tests
 */
#pragma once

#include "control.h"
#include "fake_prong.h"
#include "scratch.h"

#define DESK_ANSWER_BYTES (16 * 1024 * 1024)

struct desk {
	struct prong prong;
	struct control_host host;
	struct control *control;
	struct scratch scratch;
	char path[100];
	uint64_t asked; /* the token of the last reload or upgrade */
	char noted[256];
	int64_t drained; /* what drain() was called with; -2: not */
};

/* Open, below a folder of its own. */
void desk_init(struct desk *, uint32_t sessions);
void desk_done(struct desk *);

/* A client that is connected. */
int desk_connect(struct desk *);

/* Writes all of it, as far as it goes without blocking. */
void desk_say(int fd, const char *words);

/* Everything that comes until the server is idle; valid until the next call. */
const char *desk_hear(struct desk *, int fd);

/* Says words and returns the answer. */
const char *desk_ask(struct desk *, int fd, const char *words);

/* Has the server ended the conversation? */
bool desk_is_over(struct desk *, int fd);

size_t desk_lines(const char *answer);

/* What is asked, what the server is called with by that, and what is answered. */
struct desk_row {
	const char *request, *calls, *answer;
};

void desk_expect(struct desk *, int fd, const struct desk_row rows[], size_t count);
