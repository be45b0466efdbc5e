#include "control.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "carry.h"
#include "crowd.h"
#include "sockdir.h"
#include "steer.h"

/* New clients that one turn looks at, and how long to look at none after a failure. */
#define TURN_CLIENTS 16
#define PAUSE_MS 1000

struct control {
	struct means means;
	struct sockdir_socket socket;
	int timer;
	msec armed;       /* what the timer is set to; 0: not */
	msec accept_from; /* no new clients before; 0: they are waited for */
	struct crowd crowd;
};

/* ---- time -------------------------------------------------------------------------- */

static msec
earlier(msec one, msec other)
{
	if (one == 0 || other == 0)
		return one + other;
	return one < other ? one : other;
}

/* One that is armed too early is left alone: it finds nothing due and is armed again;
 * but not for nobody. */
static void
arm(struct control *control)
{
	const msec due = earlier(control->accept_from,
	    earlier(timed_next(&control->means.timed), crowd_next(&control->crowd)));
	const struct itimerspec timer = { .it_value = { .tv_sec = (time_t)(due / 1000),
					      .tv_nsec = (long)(due % 1000) * 1000000 } };

	if (due == control->armed ||
	    (due != 0 && control->armed != 0 && control->armed < due))
		return;
	if (timerfd_settime(control->timer, TFD_TIMER_ABSTIME, &timer, NULL) == 0)
		control->armed = due;
}

static void
on_moved(struct crowd *crowd)
{
	arm(container_of(crowd, struct control, crowd));
}

/* ---- connections ------------------------------------------------------------------- */

/* A lack of descriptors or memory would be told of again at once: look away. */
static void
pause_accepting(struct control *control)
{
	control->accept_from = control->means.now + PAUSE_MS;
	prong_unwatch(control->means.prong, control->socket.fd);
}

/* 0: nobody is left in the queue, or the turn is over; else why there was no client.
 * EAGAIN: it was said that somebody is there, and nobody was. */
static int
accept_some(struct control *control)
{
	int error = 0;

	for (int i = 0; i < TURN_CLIENTS; i++) {
		int fd =
		    accept4(control->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		error = fd < 0 ? errno : 0;
		if (fd >= 0)
			(void)crowd_add(&control->crowd, fd, false);
		else if (error == EAGAIN)
			return i == 0 ? error : 0;
		else if (error != EINTR && error != ECONNABORTED)
			return error;
	}
	return error;
}

/* A socket that says that somebody is there, turn after turn, and gives nobody, must not
 * make us spin. */
static void
on_connection(uint32_t events, void *context)
{
	struct control *control = context;

	(void)events;
	means_update_now(&control->means);
	if (accept_some(control) != 0)
		pause_accepting(control);
	arm(control);
}

static int
watch_socket(struct control *control)
{
	control->accept_from = 0;
	return prong_watch(
	    control->means.prong, control->socket.fd, EPOLLIN, on_connection, control);
}

static void
on_time(uint32_t events, void *context)
{
	struct control *control = context;
	uint64_t times;

	(void)events;
	(void)!read(control->timer, &times, sizeof(times));
	control->armed = 0;
	means_update_now(&control->means);
	if (control->accept_from != 0 && control->accept_from <= control->means.now &&
	    watch_socket(control) < 0)
		control->accept_from = control->means.now + PAUSE_MS;
	crowd_drop_due(&control->crowd);
	steer_resume_due(&control->means);
	arm(control);
}

/* ---- life -------------------------------------------------------------------------- */

static void
free_memory(struct control **control)
{
	free(*control);
}

struct control *
control_new(struct prong *prong, const struct control_host *host)
{
	cleanup_(free_memory) struct control *control = calloc(1, sizeof(*control));
	struct control *made = control;

	if (control == NULL)
		return NULL;
	control->means = (struct means){ .prong = prong, .host = host };
	control->socket.fd = -1;
	crowd_init(&control->crowd, &control->means, on_moved);
	control->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (control->timer < 0)
		return NULL;
	control = NULL;
	return made;
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	crowd_done(&control->crowd);
	prong_unwatch(control->means.prong, control->socket.fd);
	prong_unwatch(control->means.prong, control->timer);
	sockdir_close(&control->socket);
	close_fd(&control->timer);
	free(control);
}

static int
watch_all(struct control *control)
{
	int failed =
	    prong_watch(control->means.prong, control->timer, EPOLLIN, on_time, control);

	means_update_now(&control->means);
	return failed < 0 ? failed : watch_socket(control);
}

int
control_open(struct control *control, const char *path, char *message, size_t size)
{
	char found[SOCKDIR_PATH_BYTES];
	struct text text = { .at = message, .size = size };
	int failed = 0;

	text_put(&text, "no control socket: ");
	if (path == NULL) {
		failed = sockdir_find(found, sizeof(found), &text);
		path = found;
	}
	if (failed == 0)
		failed = sockdir_open(&control->socket, path, &text);
	if (failed < 0)
		return failed;
	failed = watch_all(control);
	if (failed < 0) {
		text_printf(&text, "watching it: %s", strerror(-failed));
		sockdir_close(&control->socket);
	}
	return failed;
}

const char *
control_path(const struct control *control)
{
	return control->socket.fd < 0 ? "" : control->socket.path;
}

void
control_answer(
    struct control *control, uint64_t token, const char *error, const char *messages)
{
	crowd_answer(&control->crowd, token, error, messages);
}

/* ---- over an exec ------------------------------------------------------------------ */

static int
set_cloexec(int fd, int flags)
{
	return fd >= 0 && fcntl(fd, F_SETFD, flags) < 0 ? -errno : 0;
}

int
control_keep(struct control *control, uint64_t token, char *state, size_t size)
{
	const struct client *client = crowd_find(&control->crowd, token);
	struct carry carry = { .socket = control->socket,
		.client_fd = client == NULL ? 0 : client->fd,
		.timed = control->means.timed };
	int failed = control->socket.fd < 0 ? -EBADF : carry_put(&carry, state, size);

	if (failed < 0)
		return failed;
	failed = set_cloexec(control->socket.fd, 0);
	if (failed == 0 && client != NULL)
		failed = set_cloexec(client->fd, 0);
	if (failed < 0)
		control_unkeep(control);
	return failed;
}

void
control_unkeep(struct control *control)
{
	(void)set_cloexec(control->socket.fd, FD_CLOEXEC);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		(void)set_cloexec(control->crowd.slots[i].client.fd, FD_CLOEXEC);
}

static bool
is_listening(int fd)
{
	int domain = 0, accepts = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 &&
	       domain == AF_UNIX && accepts != 0;
}

/* The client who asked for the upgrade; 0 if it is gone. */
static uint64_t
adopt_client(struct control *control, int fd)
{
	const struct client *client;

	if (fd == 0)
		return 0;
	(void)set_cloexec(fd, FD_CLOEXEC);
	client = crowd_add(&control->crowd, fd, true);
	return client == NULL ? 0 : client->asker.token;
}

int
control_adopt(struct control *control, const char *state, uint64_t *ret_token)
{
	struct carry carry;
	int failed = carry_read(&carry, state);

	if (failed < 0 || !is_listening(carry.socket.fd))
		return -EINVAL;
	(void)set_cloexec(carry.socket.fd, FD_CLOEXEC);
	control->socket = carry.socket;
	control->means.timed = carry.timed;
	failed = watch_all(control);
	if (failed < 0) {
		sockdir_close(&control->socket);
		return failed;
	}
	*ret_token = adopt_client(control, carry.client_fd);
	arm(control);
	return 0;
}
