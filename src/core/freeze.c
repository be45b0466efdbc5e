/*
 * freeze -- everything that is live, written down for the program that takes our place
 *
 * Lines in a fixed order: the server, its ledgers, each service with its settings and
 * listeners, then the sessions.
 */
#include <fcntl.h>
#include <string.h>

#include "frozen.h"
#include "listener.h"
#include "room.h"
#include "version.h"

static void
close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

/* "KIND NAME HEX" */
static void
put_text(FILE *out, const char *kind, const char *name, const char *value)
{
	(void)fprintf(out, "%s %s ", kind, name);
	state_put_bytes(out, value, strlen(value));
	(void)fputc('\n', out);
}

static void
put_words(FILE *out, const char *kind, const char *name, const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_text(out, kind, name, list->words[i]);
}

/* As an operator would say it; what is as if nothing had been said is left out. */
static void
freeze_setting(FILE *out, const struct setting *setting, const struct settings *settings)
{
	const char *field = (const char *)settings + setting->field;
	char value[STATE_VALUE_MAX] = "";
	struct text text = TEXT_ON(value);

	if (setting->kind == KIND_LIST) {
		put_words(out, "set", setting->name, (const void *)field);
		return;
	}
	setting_put_value(&text, setting, settings);
	if (value[0] != '\0' && strcmp(value, setting->preset) != 0)
		put_text(out, "set", setting->name, value);
}

static void
freeze_settings(FILE *out, const struct settings *settings)
{
	for (size_t i = 0; i < settings_count; i++)
		freeze_setting(out, &settings_table[i], settings);
	put_words(out, "word", "listen", &settings->listen);
	put_words(out, "word", "program", &settings->program);
}

static void
freeze_service(FILE *out, const struct prong_service *service)
{
	struct frozen_service frozen = { .is_retired = service->is_retired,
		.has_handler = service->handler != NULL };

	memcpy(frozen.name, service->name, sizeof(frozen.name));
	state_put(out, &frozen_service_record, &frozen);
	freeze_settings(out, &service->settings);
	for (size_t i = 0; i < service->listener_count; i++)
		state_put(out, &frozen_listener_record, &service->listeners[i]);
}

/* Services are counted in the order in which they are written. */
static uint32_t
service_index(const struct prong *server, const struct prong_service *wanted)
{
	uint32_t i = 0;

	for (const struct prong_service *at = server->services; at != NULL;
	     at = at->next) {
		if (at == wanted)
			return i;
		i++;
	}
	for (const struct prong_service *at = server->retired; at != NULL && at != wanted;
	     at = at->next)
		i++;
	return i;
}

static void
freeze_conn(FILE *out, const struct prong *server, const struct conn *conn)
{
	struct frozen_conn frozen = {
		.conn = *conn,
		.key = conn->charge.source->key,
		.service = service_index(server, conn->service),
	};
	const struct output_rest *rest;

	if (conn->service->handler != NULL && conn->state != CONN_FINISHING)
		frozen.conn.report = *room_report(server, conn);
	state_put(out, &frozen_conn_record, &frozen);
	if (!conn->has_output_rest)
		return;
	rest = &server->rests.pools[conn->slot.segment][conn->slot.offset];
	(void)fputs("rest ", out);
	state_put_bytes(out, rest->bytes, rest->used);
	(void)fputc('\n', out);
}

static void
freeze_all(FILE *out, const struct prong *server)
{
	(void)fprintf(out, "prong-state %d %s\n", STATE_FORMAT, PRONG_VERSION);
	state_put(out, &frozen_server_record, server);
	state_put(out, &frozen_past_record, &server->ledgers.past);
	(void)fprintf(out, "live %u\n", server->slots.live);
	for (const struct ledger *at = server->ledgers.first; at != NULL; at = at->next)
		state_put(out, &frozen_ledger_record, at);
	for (const struct prong_service *at = server->services; at != NULL; at = at->next)
		freeze_service(out, at);
	for (const struct prong_service *at = server->retired; at != NULL; at = at->next)
		freeze_service(out, at);
	for (const struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at))
		freeze_conn(out, server, at);
	(void)fputs("end\n", out);
}

static int
keep_fd(int fd, int flag)
{
	return fd >= 0 && fcntl(fd, F_SETFD, flag) < 0 ? -errno : 0;
}

static int
keep_session(const struct conn *conn, int flag)
{
	int pidfd = keep_fd(conn->pidfd, flag);
	int client = keep_fd(conn->client_fd, flag);
	int error = keep_fd(conn->error_fd, flag);

	return pidfd < 0 ? pidfd : client < 0 ? client : error;
}

/* FD_CLOEXEC or 0 for every descriptor that was written down; the first failure. */
static int
keep_all(const struct prong *server, int flag, bool with_sessions)
{
	int rc, first = 0;

	for (const struct prong_service *at = server->services; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++) {
			rc = keep_fd(at->listeners[i].bound.fd, flag);
			first = first < 0 ? first : rc;
		}
	rc = with_sessions ? keep_fd(server->warden.pidfd, flag) : 0;
	first = first < 0 ? first : rc;
	for (const struct conn *at = slots_next(&server->slots, NULL);
	     with_sessions && at != NULL; at = slots_next(&server->slots, at)) {
		rc = keep_session(at, flag);
		first = first < 0 ? first : rc;
	}
	return first;
}

static int
freeze_into(const struct prong *server, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	cleanup_(close_file) FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

	if (out == NULL) {
		close_fd(&copy);
		return -errno;
	}
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	freeze_all(out, server);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

PRONG_API int
prong_freeze(struct prong *server, int fd, unsigned flags)
{
	int rc;

	if (!server->is_started || server->is_draining || server->is_making)
		return engine_fail(server, -EBUSY,
		    server->is_draining ? "the server is stopping"
		    : server->is_making ? "a new set of services is being made"
					: "the server was not started");
	rc = freeze_into(server, fd);
	if (rc < 0)
		return engine_fail(server, rc, "what is live could not be written down");
	rc = keep_all(server, 0, (flags & PRONG_TRIAL) == 0);
	if (rc == 0)
		return 0;
	prong_unfreeze(server);
	return engine_fail(server, rc, "what is live could not be kept open");
}

PRONG_API void
prong_unfreeze(struct prong *server)
{
	(void)keep_all(server, FD_CLOEXEC, true);
}
