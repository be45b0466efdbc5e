#include "crowd.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

void
crowd_init(struct crowd *crowd, struct means *means, void (*moved)(struct crowd *))
{
	crowd->means = means;
	crowd->moved = moved;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		crowd->slots[i].crowd = crowd;
		crowd->slots[i].client.fd = -1;
	}
}

static void
drop(struct slot *slot)
{
	if (slot->watched != 0)
		prong_unwatch(slot->crowd->means->prong, slot->client.fd);
	slot->watched = 0;
	client_close(&slot->client);
}

void
crowd_done(struct crowd *crowd)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (crowd->slots[i].client.fd >= 0)
			drop(&crowd->slots[i]);
}

static void on_client(uint32_t events, void *context);

/* Has the loop call for what the client waits for. */
static void
watch(struct slot *slot)
{
	const struct client *client = &slot->client;

	if (client->events == slot->watched)
		return;
	if (prong_watch(slot->crowd->means->prong, client->fd, client->events, on_client,
		slot) < 0)
		drop(slot);
	else
		slot->watched = client->events;
}

static void
on_client(uint32_t events, void *context)
{
	struct slot *slot = context;

	means_update_now(slot->crowd->means);
	if (client_turn(&slot->client, events))
		watch(slot);
	else
		drop(slot);
	slot->crowd->moved(slot->crowd);
}

/* ---- letting in -------------------------------------------------------------------- */

static struct slot *
free_slot(struct crowd *crowd)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (crowd->slots[i].client.fd < 0)
			return &crowd->slots[i];
	return NULL;
}

static struct client *
refuse(int fd, const char *why)
{
	char place[256];
	struct text line = TEXT_ON(place);
	struct object object;

	object_begin(&object, &line);
	object_text(&object, "error", why);
	object_end(&object);
	(void)send(fd, line.at, line.used, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

struct client *
crowd_add(struct crowd *crowd, int fd, bool is_waiting)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);
	struct control_asker asker;
	struct slot *slot;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    (peer.uid != 0 && peer.uid != geteuid()))
		return refuse(fd, "only root and the server's own user are answered");
	slot = free_slot(crowd);
	if (slot == NULL)
		return refuse(fd, "16 clients are connected already");
	crowd->served++;
	asker = (struct control_asker){
		.token = crowd->served << 8 | (uint64_t)(slot - crowd->slots),
		.pid = peer.pid,
		.uid = peer.uid,
	};
	client_open(&slot->client, fd, &asker, crowd->means);
	if (is_waiting)
		client_wait(&slot->client);
	watch(slot);
	return slot->client.fd < 0 ? NULL : &slot->client;
}

/* ---- those who wait ---------------------------------------------------------------- */

const struct client *
crowd_find(const struct crowd *crowd, uint64_t token)
{
	const size_t i = token & 0xff;
	const struct client *client = &crowd->slots[i % CONTROL_CLIENTS].client;

	if (i >= CONTROL_CLIENTS || client->fd < 0 || client->asker.token != token ||
	    !client->answer.is_waiting)
		return NULL;
	return client;
}

void
crowd_answer(struct crowd *crowd, uint64_t token, const char *error, const char *messages)
{
	struct slot *slot;

	if (crowd_find(crowd, token) == NULL)
		return;
	slot = &crowd->slots[token & 0xff];
	means_update_now(crowd->means);
	client_answer(&slot->client, error, messages);
	watch(slot);
	crowd->moved(crowd);
}

/* ---- time -------------------------------------------------------------------------- */

msec
crowd_next(const struct crowd *crowd)
{
	msec next = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &crowd->slots[i].client;

		if (client->fd >= 0 && client->deadline != 0 &&
		    (next == 0 || client->deadline < next))
			next = client->deadline;
	}
	return next;
}

void
crowd_drop_due(struct crowd *crowd)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct slot *slot = &crowd->slots[i];

		if (slot->client.fd >= 0 && slot->client.deadline != 0 &&
		    slot->client.deadline <= crowd->means->now)
			drop(slot);
	}
}
