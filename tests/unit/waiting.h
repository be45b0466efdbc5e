/*
 * waiting -- what tests of clients without a session have in common
 */
#pragma once

#include "embed.h"

#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"

static const char *const waiting_cat[] = { "/bin/cat", NULL };
static const char waiting_header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 1000 80\r\n";

static inline struct prong_service *
add(const char *name, const char *where)
{
	struct prong_service *service = prong_service_add(it.server, name);

	assert_non_null(service);
	assert_int_equal(prong_listen(service, where), 0);
	assert_int_equal(prong_program(service, waiting_cat), 0);
	return service;
}

static inline void
set(struct prong_service *service, const char *name, const char *value)
{
	if (prong_set(service, name, value) < 0)
		fail_msg("%s", prong_error(it.server));
}

/* A service that waits for the words of a proxy. */
static inline struct prong_service *
add_proxied(const char *name, const char *max)
{
	struct prong_service *service = add(name, "127.0.0.1:0");

	set(service, "proxy-from", "127.0.0.0/8");
	set(service, "proxy-timeout", "10m");
	set(service, "max", max);
	return service;
}

static inline void
begin(void)
{
	assert_int_equal(prong_reload_begin(it.server), 0);
}

static inline void
commit(void)
{
	if (prong_reload_commit(it.server) < 0)
		fail_msg("%s", prong_error(it.server));
}

static inline const char *
bound_of(const char *name)
{
	return prong_bound(prong_service_find(it.server, name), 0);
}

/* How many are in that state. */
static inline unsigned
count(const char *state)
{
	struct prong_session session;
	uint32_t cursor = 0;
	unsigned found = 0;

	while (prong_session_next(it.server, &cursor, &session, sizeof(session)))
		found += strcmp(session.state, state) == 0;
	return found;
}

static inline void
turn_until(const char *state, unsigned wanted)
{
	while (count(state) != wanted)
		assert_int_equal(prong_dispatch(it.server, -1), 0);
}

static inline void
expect_echo(int client)
{
	char byte;

	client_say(client, "x");
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
}

static inline void
leave(int client)
{
	close_fd(&client);
	(void)embed_wait(&it, "session-end");
}

static inline void
expect_nobody(void)
{
	uint32_t cursor = 0;
	struct prong_session session;

	assert_false(prong_session_next(it.server, &cursor, &session, sizeof(session)));
	assert_int_equal(it.server->waiting, 0);
	for (const struct ledger *at = it.server->ledgers.first; at != NULL;
	     at = at->next) {
		assert_int_equal(at->waiting, 0);
		assert_int_equal(at->gate.live, 0);
		assert_int_equal(at->gate.pending, 0);
	}
}

/* ---- clients that wait ----------------------------------------------------------- */

/* It serves: one has a session, and another waits for its end. */
static inline void
fill(int clients[2])
{
	(void)add_proxied("one", "2");
	embed_start(&it);
	for (int i = 0; i < 2; i++)
		clients[i] = client_open(bound_of("one"));
	turn_until("arriving", 2);
	begin();
	(void)add_proxied("one", "1");
	commit();
	client_say(clients[0], waiting_header);
	(void)embed_wait(&it, "session-begin");
	client_say(clients[1], waiting_header);
	turn_until("waiting", 1);
}

static inline void
set_policy(struct prong_service *service, const char *script)
{
	set(service, "policy", "/bin/sh");
	set(service, "policy", "-c");
	set(service, "policy", script);
	set(service, "policy-timeout", "10m");
}

static inline int
be_asked_about(void)
{
	int client;

	set_policy(add("one", "127.0.0.1:0"), "exec sleep 600");
	embed_start(&it);
	client = client_open(bound_of("one"));
	turn_until("asking", 1);
	return client;
}

/* ---- another program -------------------------------------------------------------- */

/* What they leave belongs to the new ones now, in the same process: they are not freed.
 */
static struct prong *before[8];
static size_t before_count;

static inline void
freeze(int state)
{
	if (prong_freeze(it.server, state, 0) < 0)
		fail_msg("%s", prong_error(it.server));
}

static inline void
thaw(int state)
{
	assert_true(before_count < ARRAY_SIZE(before));
	before[before_count++] = it.server;
	embed_init(&it);
	if (prong_thaw(it.server, state, 0) < 0)
		fail_msg("%s", prong_error(it.server));
	(void)close(state);
	begin();
}

static inline void
upgrade(void)
{
	int state = memfd_create("state", MFD_CLOEXEC);

	assert_true(state >= 0);
	freeze(state);
	thaw(state);
}
