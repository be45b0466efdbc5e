/*
 * rush -- see rush.h
 */
#include "rush.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ECHO_SIZE = 64,
	HOLD_SIZE = 1,
	EVENTS = 256,
	SWEEP_MS = 100,
	SWEEP_NS = SWEEP_MS * 1000000
};

enum step { FREE, CONNECTING, WAITING_ANSWER, WAITING_END };

struct client {
	enum step step;
	int fd;
	uint64_t begun_ns;
	size_t received;
};

struct rush {
	const struct rush_plan *plan;
	struct dial *dial;
	struct tally *tally;
	struct client *clients;
	unsigned busy;
	uint64_t begun; /* exchanges so far */
	uint64_t until_ns, next_sweep_ns;
	int epoll;
};

static const char payload[ECHO_SIZE] =
    "the quick brown fox jumps over the lazy dog, 64 bytes"
    " in length";

static size_t
rush_payload_size(const struct rush *rush)
{
	static const size_t sizes[] = {
		[RUSH_HELLO] = 0, [RUSH_ECHO] = ECHO_SIZE, [RUSH_HOLD] = HOLD_SIZE
	};

	return sizes[rush->plan->mode];
}

static void
rush_watch(const struct rush *rush, struct client *client, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	if (epoll_ctl(rush->epoll, operation, client->fd, &event) < 0)
		err(111, "epoll_ctl");
}

static void
client_give(struct rush *rush, struct client *client)
{
	client->step = FREE;
	rush->busy--;
}

static void
client_fail(struct rush *rush, struct client *client)
{
	rush->tally->failed++;
	(void)close(client->fd);
	client_give(rush, client);
}

static void
client_complete(struct rush *rush, struct client *client)
{
	tally_add(rush->tally, tally_now_ns() - client->begun_ns);
	if (rush->plan->mode != RUSH_HOLD)
		(void)close(client->fd);
	else if (epoll_ctl(rush->epoll, EPOLL_CTL_DEL, client->fd, NULL) < 0)
		err(111, "epoll_ctl");
	client_give(rush, client);
}

/* The connection stands: says what there is to say.  Returns whether it could. */
static bool
client_speak(const struct rush *rush, struct client *client)
{
	size_t size = rush_payload_size(rush);

	client->step = size > 0 ? WAITING_ANSWER : WAITING_END;
	return size == 0 ||
	       send(client->fd, payload, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void
client_begin(struct rush *rush, struct client *client)
{
	bool is_connected;

	*client = (struct client){ .step = CONNECTING, .begun_ns = tally_now_ns() };
	rush->begun++;
	client->fd = dial_open(rush->dial, &is_connected);
	if (client->fd < 0) {
		rush->tally->failed++;
		client->step = FREE;
		return;
	}
	rush->busy++;
	if (is_connected && !client_speak(rush, client)) {
		client_fail(rush, client);
		return;
	}
	rush_watch(rush, client, EPOLL_CTL_ADD, is_connected ? EPOLLIN : EPOLLOUT);
}

static void
client_on_connected(struct rush *rush, struct client *client)
{
	if (dial_result(client->fd) < 0 || !client_speak(rush, client)) {
		client_fail(rush, client);
		return;
	}
	rush_watch(rush, client, EPOLL_CTL_MOD, EPOLLIN);
}

/* The whole answer is here. */
static void
client_on_answer(struct rush *rush, struct client *client)
{
	if (rush->plan->mode == RUSH_HOLD) {
		client_complete(rush, client);
		return;
	}
	(void)shutdown(client->fd, SHUT_WR);
	client->step = WAITING_END;
}

static void
client_on_end(struct rush *rush, struct client *client)
{
	size_t size = rush_payload_size(rush);
	bool is_whole = size == 0 ? client->received > 0 : client->received == size;

	if (is_whole && client->step == WAITING_END)
		client_complete(rush, client);
	else
		client_fail(rush, client);
}

static void
client_on_readable(struct rush *rush, struct client *client)
{
	char buffer[4096];
	ssize_t got = recv(client->fd, buffer, sizeof(buffer), 0);
	size_t at = client->received, size = rush_payload_size(rush);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		client_fail(rush, client);
		return;
	}
	if (got == 0) {
		client_on_end(rush, client);
		return;
	}
	client->received += (size_t)got;
	rush->tally->bytes += (uint64_t)got;
	if (client->step != WAITING_ANSWER)
		return;
	if (client->received > size || memcmp(buffer, payload + at, (size_t)got) != 0)
		client_fail(rush, client);
	else if (client->received == size)
		client_on_answer(rush, client);
}

static bool
rush_may_begin(const struct rush *rush)
{
	const struct rush_plan *plan = rush->plan;

	if (plan->count > 0 && rush->begun >= plan->count)
		return false;
	return rush->until_ns == 0 || tally_now_ns() < rush->until_ns;
}

static void
rush_fill(struct rush *rush, struct client *client)
{
	if (client->step == FREE && rush_may_begin(rush))
		client_begin(rush, client);
}

static void
rush_sweep(struct rush *rush)
{
	uint64_t now = tally_now_ns();

	rush->next_sweep_ns = now + SWEEP_NS;
	for (unsigned i = 0; i < rush->plan->clients; i++) {
		struct client *client = &rush->clients[i];

		if (client->step != FREE && now - client->begun_ns > RUSH_PATIENCE_NS)
			client_fail(rush, client);
		rush_fill(rush, client);
	}
}

static void
rush_turn(struct rush *rush)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(rush->epoll, events, EVENTS, SWEEP_MS);

	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;

		if (client->step == CONNECTING)
			client_on_connected(rush, client);
		else
			client_on_readable(rush, client);
		rush_fill(rush, client);
	}
	if (tally_now_ns() >= rush->next_sweep_ns)
		rush_sweep(rush);
}

void
rush_run(const struct rush_plan *plan, struct dial *dial, struct tally *tally)
{
	uint64_t start = tally_now_ns();
	struct rush rush = { .plan = plan,
		.dial = dial,
		.tally = tally,
		.clients = calloc(plan->clients, sizeof(struct client)),
		.until_ns = plan->seconds_ns > 0 ? start + plan->seconds_ns : 0,
		.epoll = epoll_create1(EPOLL_CLOEXEC) };

	if (rush.clients == NULL || rush.epoll < 0)
		err(111, "clients");
	do
		rush_sweep(&rush);
	while (rush.busy == 0 && rush_may_begin(&rush));
	while (rush.busy > 0)
		rush_turn(&rush);
	tally->seconds = (double)(tally_now_ns() - start) / 1e9;
	(void)close(rush.epoll);
	free(rush.clients);
}
