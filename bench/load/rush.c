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
#include <time.h>
#include <unistd.h>

enum {
	ECHO_SIZE = 64,
	HOLD_SIZE = 1,
	EVENTS = 256,
	SWEEP_NS = 100 * 1000000,
	CATCH_UP = 16 /* begins: who is later than this has missed them */
};

enum step { FREE, CONNECTING, WAITING_ANSWER, WAITING_END };

struct client {
	enum step step;
	int fd;
	uint64_t begun_ns, answered_ns; /* answered: the first byte of it; 0: none yet */
	uint64_t rests_until_ns;
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
	uint64_t due_ns; /* with a pace: the next begin */
	unsigned next;   /* with a pace: where to look for a client first */
	int epoll;
};

static const char payload[ECHO_SIZE + 1] =
    "the quick brown fox jumps over the lazy dog, 64 bytes"
    " in length\n";

static size_t
rush_payload_size(const struct rush *rush)
{
	static const size_t sizes[] = { [RUSH_HELLO] = 0,
		[RUSH_ECHO] = ECHO_SIZE,
		[RUSH_HOLD] = HOLD_SIZE,
		[RUSH_END] = 0 };

	return sizes[rush->plan->mode];
}

/* A line of that size: the end of the whole. */
static const char *
rush_payload(const struct rush *rush)
{
	return payload + ECHO_SIZE - rush_payload_size(rush);
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
	if (rush->plan->pause_ns > 0)
		client->rests_until_ns = tally_now_ns() + rush->plan->pause_ns;
	rush->busy--;
}

static void
client_fail(struct rush *rush, struct client *client)
{
	rush->tally->failed++;
	(void)close(client->fd);
	client_give(rush, client);
}

/* Of thousands that were refused in a second the kernel would keep every one for a
 * minute, and the last would meet another machine than the first. */
static void
client_reset(const struct client *client)
{
	const struct linger at_once = { .l_onoff = 1 };

	if (setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		err(111, "SO_LINGER");
}

static void
client_complete(struct rush *rush, struct client *client)
{
	uint64_t now = tally_now_ns();

	if (client->answered_ns == 0)
		client->answered_ns = now;
	tally_add(
	    rush->tally, client->answered_ns - client->begun_ns, now - client->begun_ns);
	if (rush->plan->mode == RUSH_END)
		client_reset(client);
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
	       send(client->fd, rush_payload(rush), size, MSG_NOSIGNAL) == (ssize_t)size;
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

	if (rush->plan->mode == RUSH_END)
		is_whole = true;
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
	if (got < 0 && rush->plan->mode != RUSH_END) {
		client_fail(rush, client);
		return;
	}
	if (got <= 0) {
		client_on_end(rush, client);
		return;
	}
	if (client->received == 0)
		client->answered_ns = tally_now_ns();
	client->received += (size_t)got;
	rush->tally->bytes += (uint64_t)got;
	if (client->step != WAITING_ANSWER)
		return;
	if (client->received > size ||
	    memcmp(buffer, rush_payload(rush) + at, (size_t)got) != 0)
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
	if (client->step == FREE && rush->plan->pace_ns == 0 && rush_may_begin(rush) &&
	    (client->rests_until_ns == 0 || client->rests_until_ns <= tally_now_ns()))
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

/* The one after `next` that is free; at least one is. */
static struct client *
rush_free_client(struct rush *rush)
{
	do
		rush->next = (rush->next + 1) % rush->plan->clients;
	while (rush->clients[rush->next].step != FREE);
	return &rush->clients[rush->next];
}

/* Begins what is due.  The pace does not depend on how fast the server is, unless all
 * clients are busy; what could not begin in time is lost, or it would come in a burst. */
static void
rush_pace(struct rush *rush)
{
	uint64_t now = tally_now_ns(), late = CATCH_UP * rush->plan->pace_ns;

	if (rush->due_ns + late < now)
		rush->due_ns = now - late;
	while (rush->due_ns <= now && rush->busy < rush->plan->clients &&
	       rush_may_begin(rush)) {
		rush->due_ns += rush->plan->pace_ns;
		client_begin(rush, rush_free_client(rush));
	}
}

/* Until the next sweep, the next begin, or until a client has rested. */
static uint64_t
rush_patience_ns(const struct rush *rush)
{
	uint64_t now = tally_now_ns(), until_ns = now + SWEEP_NS;

	if (rush->plan->pace_ns > 0 && rush->busy < rush->plan->clients &&
	    rush->due_ns < until_ns)
		until_ns = rush->due_ns;
	for (unsigned i = 0; rush->plan->pause_ns > 0 && i < rush->plan->clients; i++) {
		const struct client *client = &rush->clients[i];

		if (client->step == FREE && client->rests_until_ns < until_ns)
			until_ns = client->rests_until_ns;
	}
	return until_ns <= now ? 0 : until_ns - now;
}

static void
rush_turn(struct rush *rush)
{
	struct epoll_event events[EVENTS];
	uint64_t patience_ns = rush_patience_ns(rush);
	const struct timespec patience = {
		.tv_sec = (time_t)(patience_ns / 1000000000),
		.tv_nsec = (long)(patience_ns % 1000000000),
	};
	int count = epoll_pwait2(rush->epoll, events, EVENTS, &patience, NULL);

	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;

		if (client->step == CONNECTING)
			client_on_connected(rush, client);
		else
			client_on_readable(rush, client);
		rush_fill(rush, client);
	}
	if (rush->plan->pause_ns > 0 || tally_now_ns() >= rush->next_sweep_ns)
		rush_sweep(rush);
	if (rush->plan->pace_ns > 0)
		rush_pace(rush);
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
		.due_ns = start,
		.epoll = epoll_create1(EPOLL_CLOEXEC) };

	if (rush.clients == NULL || rush.epoll < 0)
		err(111, "clients");
	rush_sweep(&rush);
	while (rush.busy > 0 || rush_may_begin(&rush))
		rush_turn(&rush);
	tally->seconds = (double)(tally_now_ns() - start) / 1e9;
	(void)close(rush.epoll);
	free(rush.clients);
}
