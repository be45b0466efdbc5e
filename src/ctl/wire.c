#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "text.h"
#include "words.h"

#define SEND_S 5
#define REQUEST_MOST 1024

/* No object of a server is nearly that long. */
#define LINE_MOST (1024 * 1024)

int
wire_open(struct wire *wire, const char *path)
{
	const struct timeval limit = { .tv_sec = SEND_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_(close_fd) int fd = -1;

	*wire = (struct wire){ .fd = -1 };
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fcntl(fd, F_SETFL, 0) < 0)
		return -errno;
	wire->fd = take_fd(&fd);
	return 0;
}

void
wire_close(struct wire *wire)
{
	close_fd(&wire->fd);
	free(wire->bytes);
	*wire = (struct wire){ .fd = -1 };
}

pid_t
wire_peer(const struct wire *wire, uid_t *ret_uid)
{
	struct ucred peer = { .pid = 0 };
	socklen_t length = sizeof(peer);

	if (getsockopt(wire->fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -1;
	*ret_uid = peer.uid;
	return peer.pid;
}

int
wire_process(const struct wire *wire)
{
	uid_t uid;
	const pid_t pid = wire_peer(wire, &uid);

	return pid <= 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool
is_word(const char *word)
{
	if (*word == '\0')
		return false;
	for (; *word != '\0'; word++)
		if ((unsigned char)*word <= ' ' || *word == 0x7f)
			return false;
	return true;
}

int
wire_ask(struct wire *wire, const char *const words[])
{
	char line[REQUEST_MOST + 1];
	struct text text = TEXT_ON(line);

	for (size_t i = 0; words[i] != NULL; i++) {
		if (!is_word(words[i]))
			return -EINVAL;
		text_printf(&text, "%s%s", i > 0 ? " " : "", words[i]);
	}
	text_put_char(&text, '\n');
	if (text.is_cut)
		return -EMSGSIZE;
	if (send(wire->fd, text.at, text.used, MSG_NOSIGNAL) != (ssize_t)text.used)
		return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
	return 0;
}

/* Room for more at the end; what was taken goes. */
static int
make_room(struct wire *wire)
{
	char *grown;

	memmove(wire->bytes, wire->bytes + wire->taken, wire->used - wire->taken);
	wire->used -= wire->taken;
	wire->taken = 0;
	if (wire->used < wire->room)
		return 0;
	if (wire->room >= LINE_MOST)
		return -EPROTO;
	grown = realloc(wire->bytes, wire->room + 65536);
	if (grown == NULL)
		return -ENOMEM;
	wire->bytes = grown;
	wire->room += 65536;
	return 0;
}

int
wire_read(struct wire *wire)
{
	ssize_t got;
	int failed;

	if (wire->bytes == NULL || wire->used == wire->room) {
		if (wire->bytes == NULL && (wire->bytes = malloc(65536)) != NULL)
			wire->room = 65536;
		failed = wire->bytes == NULL ? -ENOMEM : make_room(wire);
		if (failed < 0)
			return failed;
	}
	got = recv(
	    wire->fd, wire->bytes + wire->used, wire->room - wire->used, MSG_DONTWAIT);
	if (got > 0)
		wire->used += (size_t)got;
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	return -EPIPE;
}

int
wire_take(struct wire *wire, json_t **ret_object)
{
	const char *line, *end;
	json_t *object;

	*ret_object = NULL;
	if (wire->used == wire->taken)
		return 0;
	line = wire->bytes + wire->taken;
	end = memchr(line, '\n', wire->used - wire->taken);
	if (end == NULL)
		return 0;
	wire->taken += (size_t)(end - line) + 1;
	object = json_loadb(line, (size_t)(end - line), JSON_ALLOW_NUL, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return -EPROTO;
	}
	*ret_object = object;
	return 0;
}

bool
wire_is_last(const json_t *object, const char **ret_error)
{
	*ret_error = json_string_value(json_object_get(object, "error"));
	return *ret_error != NULL || json_is_true(json_object_get(object, "done"));
}

int
wire_next(struct wire *wire, int quiet_ms, json_t **ret_object)
{
	for (;;) {
		struct pollfd ready = { .fd = wire->fd, .events = POLLIN };
		int failed = wire_take(wire, ret_object);

		if (failed < 0 || *ret_object != NULL)
			return failed;
		failed = poll(&ready, 1, quiet_ms);
		if (failed == 0)
			return -ETIMEDOUT;
		if (failed < 0 && errno != EINTR)
			return -errno;
		failed = wire_read(wire);
		if (failed < 0)
			return failed;
	}
}

int
wire_run(struct wire *wire, const struct wire_question *question, json_t **ret_last)
{
	const char *error;
	json_t *object;
	int failed = wire_ask(wire, question->words);

	/* One who is turned away finds the reason behind the end. */
	while (failed >= 0 || failed == -EPIPE) {
		failed = wire_next(wire, question->quiet_ms, &object);
		if (failed < 0)
			return failed;
		if (wire_is_last(object, &error)) {
			*ret_last = object;
			return 0;
		}
		if (question->each != NULL)
			failed = question->each(object, question->context);
		json_decref(object);
	}
	return failed;
}

const char *
wire_mistake(int failed)
{
	switch (failed) {
	case -ENOENT:
	case -ECONNREFUSED:
		return _("no server has its control socket there");
	case -EACCES:
	case -EPERM:
		return _("only the server's own user and root may ask it");
	case -EPIPE:
		return _("the server ended the conversation");
	case -ETIMEDOUT:
		return _("the server does not answer");
	case -EPROTO:
		return _("this is not a server that speaks our language");
	case -EINVAL:
		return _("a word is empty, or has a blank or a control character in it");
	case -EMSGSIZE:
		return _("that is too long for a request");
	default:
		return words_error(-failed);
	}
}
