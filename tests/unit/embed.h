/*
 * embed -- a program that embeds the library, for tests
 *
 * Keeps every event as it was told, turns the server until an event comes, and has what
 * a client needs.  Server and client are one thread: a test turns the server before it
 * waits for an answer.
 */
#pragma once

#include "prong.h"
#include "unit.h"

#define EMBED_EVENTS 64
#define EMBED_FIELDS 20

struct told_field {
	char key[24];
	bool is_text;
	char text[1024];
	int64_t number;
};

/* An event that was kept. */
struct told {
	char name[24], service[64], id[16];
	char sentence[1024];
	struct told_field fields[EMBED_FIELDS];
	size_t field_count;
};

struct embed {
	struct prong *server;
	struct told told[EMBED_EVENTS];
	size_t told_count; /* the oldest are kept */
	size_t waited;     /* told before this have been waited for */
};

/* The one of a test program, with a new server in each EMBED_TEST. */
extern struct embed it;

int embed_set_up(void **state);
int embed_tear_down(void **state);

#define EMBED_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, embed_set_up, embed_tear_down)

void embed_init(struct embed *);
void embed_done(struct embed *);

/* A service on a free port of 127.0.0.1 that runs a NULL-terminated program, or a
 * handler. */
struct prong_service *embed_program(
    struct embed *, const char *name, const char *const argv[]);
struct prong_service *embed_handler(
    struct embed *, const char *name, prong_handler_fn *, void *context);

/* A handler that is as cat(1). */
int embed_repeat(const struct prong_birth *, void *unused);

/* Starts, or fails with prong_error(). */
void embed_start(struct embed *);

/* prong_dispatch() as a program with a loop of its own calls it: when prong_fd() is
 * readable, and only then.  All that is waited for below is waited for so. */
int embed_turn(struct embed *);

/* Turns the server until the next event of that name; the result is valid until
 * embed_forget(). */
const struct told *embed_wait(struct embed *, const char *name);

/* The first of that name so far, or NULL. */
const struct told *embed_find(const struct embed *, const char *name);

/* Turns the server until it is drained. */
void embed_wait_drained(struct embed *);

/* How many of a service wait for their clients; turns the server until as many do. */
uint32_t embed_ready(const struct prong_service *);
void embed_wait_ready(struct embed *, const struct prong_service *, uint32_t count);

/* Makes room for more events. */
void embed_forget(struct embed *);

/* The text of a field; "" if there is none.  Its number; -1 if there is none. */
const char *told_text(const struct told *, const char *key);
int64_t told_number(const struct told *, const char *key);

/* Copies a text that is valid during a callback only. */
void embed_keep(char *into, size_t size, const char *text);

/* A connection to an address as prong_bound() has it. */
int client_open(const char *bound);

/* The same, or the -errno of connect(2). */
int client_try(const char *bound);
void client_say(int fd, const char *words);

/* Everything until the server's last byte, then closes.  Blocks: the server has to be
 * done.  The text is valid until the next call. */
const char *client_hear(int *fd);
