#include "session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"

#define GO_ON (-1)

struct session {
	size_t length;                     /* of input */
	char input[PROTOCOL_LINE_MAX + 2]; /* and \r\n */
};

static int
obey(const struct protocol_request *request)
{
	if (request->verb == PROTOCOL_QUIT) {
		(void)puts("OK bye");
		return SESSION_DONE;
	}
	(void)printf("ERROR %s\n",
	    request->verb == PROTOCOL_BAD ? request->wrong : "there is no store yet");
	return GO_ON;
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
	struct session session = { 0 };
	size_t length, next;
	int status = GO_ON;

	(void)birth, (void)context;
	while (status == GO_ON && next_line(&session, &length, &next)) {
		struct protocol_request request;

		if (length > PROTOCOL_LINE_MAX) {
			(void)puts("ERROR the line is too long");
			status = SESSION_LINE_TOO_LONG;
			break;
		}
		request = protocol_parse(session.input, length);
		status = obey(&request);
		forget(&session, next);
	}
	return status == GO_ON ? SESSION_DONE : status;
}
