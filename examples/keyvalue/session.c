#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"

#define GO_ON (-1)

struct session {
	struct session_context *context;
	bool is_known;                     /* it has said who it is */
	size_t length;                     /* of input */
	char input[PROTOCOL_LINE_MAX + 2]; /* and \r\n */
};

int
session_prepare(void *context)
{
	struct session_context *own = context;
	int error = store_open(&own->store, own->folder, own->bytes, SESSION_PROCESSES);

	if (error == 0)
		return 0;
	(void)fprintf(stderr, "cannot open %s: %s\n", own->folder, mdb_strerror(error));
	return SESSION_NO_STORE;
}

/* Answers for the store; only what nobody can expect ends the session. */
static int
answer(int error)
{
	if (error == 0) {
		(void)puts("OK");
	} else if (error == MDB_NOTFOUND) {
		(void)puts("NONE");
	} else if (error == MDB_MAP_FULL) {
		(void)puts("ERROR full: delete something first");
	} else {
		(void)puts("ERROR the store has failed");
		(void)fprintf(stderr, "store: %s\n", mdb_strerror(error));
		return SESSION_NO_STORE;
	}
	return GO_ON;
}

static int
auth(struct session *session, const struct protocol_request *request)
{
	if (!users_check(&session->context->users, request->key, request->value)) {
		(void)puts("ERROR wrong name or password");
		(void)fputs("wrong name or password\n", stderr);
		return SESSION_WRONG_PASSWORD;
	}
	session->is_known = true;
	(void)fprintf(stderr, "is %s\n", request->key);
	return answer(0);
}

static int
get(struct session *session, const char *key)
{
	char value[PROTOCOL_LINE_MAX + 1];
	int error = store_get(&session->context->store, key, value, sizeof(value));

	if (error != 0)
		return answer(error);
	(void)printf("VALUE %s\n", value);
	return GO_ON;
}

/* All of them first, then to the client: however slow it is, no transaction waits. */
static int
keys(struct session *session, const char *prefix)
{
	char *lines = NULL;
	size_t size = 0, count = 0;
	FILE *memory = open_memstream(&lines, &size);
	int error;

	if (memory == NULL)
		return answer(ENOMEM);
	error = store_keys(&session->context->store, prefix, memory, &count);
	if (fclose(memory) != 0 && error == 0)
		error = ENOMEM;
	if (error == 0)
		(void)printf("%sOK %zu\n", lines, count);
	free(lines);
	return error == 0 ? GO_ON : answer(error);
}

static int
obey(struct session *session, const struct protocol_request *request)
{
	struct store *store = &session->context->store;

	if (request->verb == PROTOCOL_BAD)
		(void)printf("ERROR %s\n", request->wrong);
	else if (request->verb == PROTOCOL_QUIT)
		(void)puts("OK bye");
	else if (request->verb == PROTOCOL_AUTH)
		return auth(session, request);
	else if (!session->is_known)
		(void)puts("ERROR say AUTH first");
	else if (request->verb == PROTOCOL_GET)
		return get(session, request->key);
	else if (request->verb == PROTOCOL_SET)
		return answer(store_set(store, request->key, request->value));
	else if (request->verb == PROTOCOL_DEL)
		return answer(store_delete(store, request->key));
	else
		return keys(session, request->key);
	return request->verb == PROTOCOL_QUIT ? SESSION_DONE : GO_ON;
}

/* Reads more, after what was answered is on its way.  False: the client has finished. */
static bool
fill(struct session *session)
{
	size_t room = sizeof(session->input) - session->length;
	ssize_t got;

	if (fflush(stdout) != 0)
		return false;
	got = read(STDIN_FILENO, session->input + session->length, room);
	if (got > 0)
		session->length += (size_t)got;
	return got > 0;
}

/* False: there is no more.  A line without an end is none: its client may have died. */
static bool
next_line(struct session *session, size_t *ret_length, size_t *ret_next)
{
	while (!protocol_line(session->input, session->length, ret_length, ret_next)) {
		if (session->length == sizeof(session->input)) {
			*ret_length = *ret_next = session->length;
			return true;
		}
		if (!fill(session))
			return false;
	}
	return true;
}

/* Leaves nothing behind of what has been read: it may be a password. */
static void
forget(struct session *session, size_t bytes)
{
	session->length -= bytes;
	memmove(session->input, session->input + bytes, session->length);
	explicit_bzero(session->input + session->length, bytes);
}

int
session_serve(const struct prong_birth *birth, void *context)
{
	struct session session = { .context = context };
	size_t length, next;
	int status = GO_ON;

	(void)birth;
	while (status == GO_ON && next_line(&session, &length, &next)) {
		struct protocol_request request;

		if (length > PROTOCOL_LINE_MAX) {
			(void)puts("ERROR the line is too long");
			status = SESSION_LINE_TOO_LONG;
			break;
		}
		request = protocol_parse(session.input, length);
		status = obey(&session, &request);
		forget(&session, next);
	}
	store_close(&session.context->store);
	return status == GO_ON ? SESSION_DONE : status;
}
