#include "client.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* What one turn does at most: receives, or sends an answer or a part of it. */
#define TURN_STEPS 12

/* What a step came to. */
enum step { GO_ON, LATER, GONE };

void
client_open(
    struct client *client, int fd, const struct control_asker *asker, struct means *means)
{
	client->fd = fd;
	client->asker = *asker;
	client->phase = CLIENT_IDLE;
	client->deadline = means->now + CLIENT_IDLE_MS;
	client->events = EPOLLIN;
	client->is_closing = false;
	client->answer.means = means;
	client->answer.is_active = client->answer.is_waiting = false;
	client->got = client->sent = 0;
	client->out = TEXT_ON(client->room);
}

void
client_close(struct client *client)
{
	close_fd(&client->fd);
	client->answer.is_active = client->answer.is_waiting = false;
}

void
client_wait(struct client *client)
{
	client->answer.is_active = client->answer.is_waiting = true;
	client->phase = CLIENT_WAITING;
	client->deadline = 0;
	client->events = EPOLLHUP;
}

/* ---- out --------------------------------------------------------------------------- */

static bool
has_pending(const struct client *client)
{
	return client->sent < client->out.used;
}

static enum step
send_pending(struct client *client, bool *moved)
{
	while (has_pending(client)) {
		ssize_t sent = send(client->fd, client->out.at + client->sent,
		    client->out.used - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == ENOBUFS ? LATER : GONE;
		client->sent += (size_t)sent;
		*moved = true;
	}
	client->out.used = client->sent = 0;
	return GO_ON;
}

/* Objects while there is room for a whole one. */
static void
fill(struct client *client)
{
	while (client->answer.is_active && !client->answer.is_waiting &&
	       client->out.size - client->out.used >= OBJECT_BYTES)
		answer_next(&client->answer, &client->out);
}

/* ---- in ---------------------------------------------------------------------------- */

static enum step
receive(struct client *client)
{
	ssize_t got;

	do
		got = recv(client->fd, client->in + client->got,
		    REQUEST_BYTES - client->got, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? LATER : GONE;
	if (got == 0)
		return GONE;
	client->got += (size_t)got;
	return GO_ON;
}

/* Begins to answer the first line of `in`, if a whole one is there. */
static bool
take_line(struct client *client)
{
	char line[REQUEST_BYTES + 1];
	const char *end = memchr(client->in, '\n', client->got);
	size_t length;

	if (end == NULL && client->got == REQUEST_BYTES) {
		answer_fail(&client->answer, "a request is at most 1024 bytes long");
		client->is_closing = true;
		client->got = 0;
		return true;
	}
	if (end == NULL)
		return false;
	length = (size_t)(end - client->in);
	memcpy(line, client->in, length);
	client->got -= length + 1;
	memmove(client->in, end + 1, client->got);
	answer_begin(&client->answer, &client->asker, line, length);
	return true;
}

/* ---- a turn ------------------------------------------------------------------------ */

static enum step
take_step(struct client *client, bool *moved)
{
	enum step sent;

	fill(client);
	sent = send_pending(client, moved);
	if (sent != GO_ON || client->answer.is_active)
		return sent != GO_ON ? sent : LATER;
	if (client->is_closing)
		return GONE;
	return take_line(client) ? GO_ON : receive(client);
}

static bool
has_line(const struct client *client)
{
	return memchr(client->in, '\n', client->got) != NULL ||
	       client->got == REQUEST_BYTES;
}

static enum client_phase
phase_of(const struct client *client)
{
	if (client->answer.is_waiting)
		return CLIENT_WAITING;
	if (client->answer.is_active || has_pending(client) || has_line(client))
		return CLIENT_ANSWERING;
	return client->got > 0 ? CLIENT_ASKING : CLIENT_IDLE;
}

/* A request has its time from its first byte on, an answer from its latest one. */
static void
enter_phase(struct client *client, bool moved)
{
	static const uint32_t events[] = {
		[CLIENT_IDLE] = EPOLLIN,
		[CLIENT_ASKING] = EPOLLIN,
		[CLIENT_ANSWERING] = EPOLLOUT,
		[CLIENT_WAITING] = EPOLLHUP,
	};
	const msec now = client->answer.means->now;
	const enum client_phase phase = phase_of(client);
	const bool is_new = phase != client->phase;

	client->phase = phase;
	client->events = events[phase];
	if (phase == CLIENT_WAITING)
		client->deadline = 0;
	else if (is_new || moved)
		client->deadline =
		    now + (phase == CLIENT_IDLE ? CLIENT_IDLE_MS : CLIENT_STUCK_MS);
}

bool
client_turn(struct client *client, uint32_t events)
{
	enum step step = GO_ON;
	bool moved = false;

	if (client->phase == CLIENT_WAITING)
		return (events & (EPOLLHUP | EPOLLERR)) == 0;
	for (int i = 0; i < TURN_STEPS && step == GO_ON; i++)
		step = take_step(client, &moved);
	if (step == GONE)
		return false;
	enter_phase(client, moved);
	return true;
}

void
client_answer(struct client *client, const char *error, const char *messages)
{
	answer_resume(&client->answer, error, messages);
	enter_phase(client, false);
}
