/*
 * thaw -- a server becomes what another program has frozen
 *
 * What was written is taken as it comes, strictly: anything that is not understood ends
 * the attempt, with every descriptor still open, so that the old program can go on.
 */
#include <fcntl.h>
#include <string.h>

#include "frozen.h"
#include "listener.h"
#include "reload.h"
#include "room.h"
#include "version.h"

struct thaw {
	struct prong *server;
	bool is_trial;
	bool is_over;                    /* "end" was read */
	struct prong_service **by_index; /* in the order of the lines */
	uint32_t service_count;
	struct conn *last; /* whose rest may follow */
	const char *problem;
};

static int
thaw_server(struct thaw *thaw, char *line)
{
	struct prong *server = thaw->server;
	pid_t self = server->owner;
	int rc = state_get(line, &frozen_server_record, server);

	if (rc == 0 && !thaw->is_trial && server->owner != self) {
		thaw->problem = "it is the state of another process";
		rc = -EINVAL;
	}
	/* Nothing of it is ours to end: prong_free() only forgets. */
	server->owner = thaw->is_trial ? -1 : self;
	return rc;
}

static int
thaw_past(struct thaw *thaw, char *line)
{
	return state_get(line, &frozen_past_record, &thaw->server->ledgers.past);
}

static int
thaw_live(struct thaw *thaw, char *line)
{
	uint64_t live;

	if (text_parse_number(line, 0, UINT32_MAX / 4, &live) < 0)
		return -EPROTO;
	return room_grow(thaw->server, (uint32_t)live + 1);
}

/* Kept by nobody until a service of its name comes. */
static int
thaw_ledger(struct thaw *thaw, char *line)
{
	struct ledger read = { 0 }, *ledger;
	int rc = state_get(line, &frozen_ledger_record, &read);

	if (rc < 0 || memchr(read.name, '\0', sizeof(read.name)) == NULL)
		return -EPROTO;
	ledger = ledgers_get(&thaw->server->ledgers, read.name);
	if (ledger == NULL)
		return -ENOMEM;
	if (ledger->users != 1)
		return -EPROTO;
	read.next = ledger->next;
	read.users = ledger->users;
	*ledger = read;
	return 0;
}

static int
thaw_add_service(struct thaw *thaw, const struct frozen_service *frozen)
{
	struct prong *server = thaw->server;
	struct prong_service **list =
	    frozen->is_retired ? &server->retired : &server->services;
	struct prong_service **more, *service;
	int rc;

	more = reallocarray(
	    thaw->by_index, thaw->service_count + 1, sizeof(*thaw->by_index));
	if (more == NULL)
		return -ENOMEM;
	thaw->by_index = more;
	service = service_new(server, frozen->name, &rc);
	if (service == NULL)
		return rc == -EINVAL ? -EPROTO : rc;
	service->is_settled = true;
	service->is_retired = frozen->is_retired;
	if (!service->is_retired)
		service->ledger->serving = service;
	while (*list != NULL)
		list = &(*list)->next;
	*list = service;
	thaw->by_index[thaw->service_count++] = service;
	return 0;
}

static int
thaw_service(struct thaw *thaw, char *line)
{
	struct frozen_service frozen;
	int rc = state_get(line, &frozen_service_record, &frozen);

	if (rc < 0 || memchr(frozen.name, '\0', sizeof(frozen.name)) == NULL)
		return -EPROTO;
	return thaw_add_service(thaw, &frozen);
}

static struct prong_service *
last_service(const struct thaw *thaw)
{
	return thaw->service_count == 0 ? NULL : thaw->by_index[thaw->service_count - 1];
}

static int
thaw_setting(struct thaw *thaw, char *line)
{
	struct prong_service *service = last_service(thaw);
	char *name = strsep(&line, " "), message[512];

	if (service == NULL || line == NULL ||
	    settings_set(&service->settings, name, line, message, sizeof(message)) < 0)
		return -EPROTO;
	return 0;
}

static int
thaw_word(struct thaw *thaw, char *line)
{
	struct prong_service *service = last_service(thaw);
	char word[1024];
	size_t length;

	if (service == NULL || state_get_bytes(line, word, sizeof(word) - 1, &length) < 0)
		return -EPROTO;
	word[length] = '\0';
	return setting_list_add(&service->settings.listen, word);
}

static int
thaw_listener(struct thaw *thaw, char *line)
{
	struct prong_service *service = last_service(thaw);
	struct listener read = { 0 }, *more;
	int rc = state_get(line, &frozen_listener_record, &read);

	if (rc < 0 || service == NULL || fcntl(read.bound.fd, F_GETFD) < 0)
		return -EPROTO;
	more =
	    reallocarray(service->listeners, service->listener_count + 1, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	service->listeners = more;
	more += service->listener_count++;
	listener_init(more, service, &read.bound);
	more->word = read.word;
	return 0;
}

static int
thaw_charge(struct conn *conn, const struct addr_key *key)
{
	struct prong_service *service = conn->service;
	struct source *source =
	    sources_get(&service->server->sources, service->ledger->number, key);

	if (source == NULL)
		return -EPROTO;
	source->live++;
	service->ledger->gate.live++;
	service->live++;
	conn->charge = (struct charge){ &service->ledger->gate, source };
	return 0;
}

static int
thaw_take(struct thaw *thaw, const struct frozen_conn *frozen)
{
	struct conn *conn = slots_take(&thaw->server->slots);
	struct slot slot;
	int rc;

	if (conn == NULL)
		return -EPROTO;
	slot = conn->slot;
	*conn = frozen->conn;
	conn->slot = slot;
	conn->service = thaw->by_index[frozen->service];
	rc = thaw_charge(conn, &frozen->key);
	thaw->last = conn;
	return rc;
}

/* The trial holds no client's connection open. */
static void
thaw_let_go(struct conn *conn)
{
	close_fd(&conn->client_fd);
	close_fd(&conn->pidfd);
	close_fd(&conn->error_fd);
}

static int
thaw_conn(struct thaw *thaw, char *line)
{
	struct frozen_conn frozen = { 0 };
	int rc = state_get(line, &frozen_conn_record, &frozen);

	if (rc < 0 || frozen.service >= thaw->service_count ||
	    frozen.conn.state <= CONN_FREE || frozen.conn.state > CONN_FINISHING ||
	    memchr(frozen.conn.id, '\0', sizeof(frozen.conn.id)) == NULL)
		return -EPROTO;
	if (!thaw->is_trial)
		return thaw_take(thaw, &frozen);
	thaw_let_go(&frozen.conn);
	return 0;
}

static int
thaw_rest(struct thaw *thaw, char *line)
{
	struct output_rest scratch, *rest = &scratch;
	size_t length;

	if (thaw->last != NULL)
		rest = &thaw->server->rests
			    .pools[thaw->last->slot.segment][thaw->last->slot.offset];
	if (state_get_bytes(line, rest->bytes, sizeof(rest->bytes), &length) < 0)
		return -EPROTO;
	rest->used = (uint32_t)length;
	return 0;
}

static int
thaw_end(struct thaw *thaw, char *line)
{
	thaw->is_over = line == NULL;
	return thaw->is_over ? 0 : -EPROTO;
}

static const struct {
	const char *kind;
	int (*take)(struct thaw *, char *line);
} kinds[] = {
	{ "server", thaw_server },
	{ "past", thaw_past },
	{ "live", thaw_live },
	{ "ledger", thaw_ledger },
	{ "service", thaw_service },
	{ "set", thaw_setting },
	{ "word", thaw_word },
	{ "listener", thaw_listener },
	{ "conn", thaw_conn },
	{ "rest", thaw_rest },
	{ "end", thaw_end },
};

static int
thaw_line(struct thaw *thaw, char *line)
{
	char *kind = strsep(&line, " ");

	if (thaw->is_over)
		return -EPROTO;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return line == NULL && kinds[i].take != thaw_end
				   ? -EPROTO
				   : kinds[i].take(thaw, line);
	return -EPROTO;
}

/* "prong-state 1 0.2.0" */
static int
thaw_header(struct thaw *thaw, char *line)
{
	char *version;
	uint64_t format;

	if (line == NULL || strncmp(line, "prong-state ", 12) != 0) {
		thaw->problem = "it is not the state of a server";
		return -EPROTO;
	}
	version = line + 12;
	if (text_parse_number(strsep(&version, " "), 1, UINT32_MAX, &format) < 0 ||
	    format != STATE_FORMAT || version == NULL) {
		thaw->problem = "it was written in a form that version " PRONG_VERSION
				" does not know";
		return -EPROTO;
	}
	(void)snprintf(
	    thaw->server->frozen_by, sizeof(thaw->server->frozen_by), "%s", version);
	return 0;
}

static int
thaw_all(struct thaw *thaw, char *text)
{
	int rc = thaw_header(thaw, strsep(&text, "\n"));
	char *line;

	while (rc == 0 && (line = strsep(&text, "\n")) != NULL && text != NULL)
		rc = thaw_line(thaw, line);
	return rc == 0 && !thaw->is_over ? -EPROTO : rc;
}

/* Ledgers were counted once more while they waited for their services. */
static void
thaw_settle(struct prong *server)
{
	struct ledger *at = server->ledgers.first;

	while (at != NULL) {
		struct ledger *next = at->next;

		ledgers_put(&server->ledgers, at);
		at = next;
	}
}

static void
thaw_resume(struct prong *server)
{
	for (struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at))
		conn_resume(at);
}

static int
thaw_fail(struct prong *server, const struct thaw *thaw, int rc)
{
	struct text error = TEXT_ON(server->error);

	text_printf(&error, "what was handed over cannot be taken: %s",
	    thaw->problem != NULL ? thaw->problem
	    : rc == -EPROTO       ? "a line of it is not understood"
				  : strerror(-rc));
	return rc;
}

PRONG_API int
prong_thaw(struct prong *server, int fd, unsigned flags)
{
	struct thaw thaw = { .server = server, .is_trial = (flags & PRONG_TRIAL) != 0 };
	cleanup_(free_text) char *text = NULL;
	int rc;

	if (server->is_started || server->services != NULL)
		return engine_fail(server, -EINVAL, "only a new server can take over");
	(void)loop_update_now(&server->loop);
	rc = state_read(fd, &text);
	if (rc == 0)
		rc = thaw_all(&thaw, text);
	free(thaw.by_index);
	if (rc < 0)
		return thaw_fail(server, &thaw, rc);
	thaw_settle(server);
	server->is_started = true;
	thaw_resume(server);
	return 0;
}

PRONG_API const char *
prong_thawed_from(const struct prong *server)
{
	return server->frozen_by;
}
