#include "upgrade.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "base.h"
#include "keep.h"
#include "logcarry.h"
#include "manage.h"
#include "server.h"
#include "text.h"
#include "words.h"

#define TRIAL_SECONDS 30
#define DELETED " (deleted)"

static void
free_env(char ***words)
{
	handover_env_free(*words);
}

/* After our file was replaced the link still leads to the old one, under a name with a
 * remark behind it. */
void
upgrade_init(struct upgrade *upgrade, char *const argv[], const char *path)
{
	ssize_t length;

	*upgrade =
	    (struct upgrade){ .argv = argv, .answer = -1, .process = -1, .deadline = -1 };
	if (path != NULL) {
		(void)snprintf(upgrade->path, sizeof(upgrade->path), "%s", path);
		return;
	}
	length = readlink("/proc/self/exe", upgrade->path, sizeof(upgrade->path) - 1);
	if (length < 0)
		length = 0;
	upgrade->path[length] = '\0';
	if (length > (ssize_t)strlen(DELETED) &&
	    strcmp(upgrade->path + length - strlen(DELETED), DELETED) == 0)
		upgrade->path[length - (ssize_t)strlen(DELETED)] = '\0';
}

static void
trial_end(struct server *server)
{
	struct upgrade *upgrade = &server->upgrade;

	/* Ended already, as a rule; its status is taken with the orphans', and its number
	 * may be another's by now. */
	if (upgrade->process >= 0)
		(void)syscall(SYS_pidfd_send_signal, upgrade->process, SIGKILL, NULL, 0);
	prong_unwatch(server->prong, upgrade->answer);
	prong_unwatch(server->prong, upgrade->process);
	prong_unwatch(server->prong, upgrade->deadline);
	close_fd(&upgrade->answer);
	close_fd(&upgrade->process);
	close_fd(&upgrade->deadline);
}

void
upgrade_done(struct server *server)
{
	trial_end(server);
}

static void
upgrade_fail(struct server *server, const char *why)
{
	uint64_t token = server->upgrade.token;

	trial_end(server);
	server->upgrade.token = 0;
	server_say_lines(
	    server, PRONG_ERR, "upgrade-failed", "this program goes on: {text}", why);
	manage_answer(server, token, N_("the upgrade was not done"), why);
	server->failed = "upgrade";
	if (!server->is_draining)
		server_notify_ready(server);
}

static void
upgrade_fail_to(struct server *server, const char *what, int rc)
{
	char line[4608];

	(void)snprintf(line, sizeof(line), "%s %s: %s", what, server->upgrade.path,
	    rc == -EBUSY ? prong_error(server->prong) : strerror(-rc));
	upgrade_fail(server, line);
}

/* ---- what is handed over --------------------------------------------------------- */

/* What there is, written down; the caller's descriptor, or -errno. */
static int
state_make(struct server *server, unsigned flags)
{
	cleanup_(close_fd) int fd = memfd_create("prong-state", MFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = prong_freeze(server->prong, fd, flags);
	if (rc < 0)
		return rc;
	rc = keep_one(fd, true);
	if (rc == 0)
		rc = keep_inherited(server, true);
	if (rc < 0) {
		prong_unfreeze(server->prong);
		(void)keep_inherited(server, false);
		return rc;
	}
	return take_fd(&fd);
}

static void
state_forget(struct server *server, int *fd)
{
	prong_unfreeze(server->prong);
	(void)keep_inherited(server, false);
	close_fd(fd);
}

static struct handover
handover_of(const struct server *server, enum handover_kind kind, int state)
{
	return (struct handover){ .kind = kind,
		.state = state,
		.answer = -1,
		.old = -1,
		.log = -1,
		.sockets = server->inherit->count,
		.names = server->inherit->given,
		.path = server->upgrade.path,
		.started_at = server->started_at,
		.generation = server->generation };
}

/* ---- the new program for good ------------------------------------------------------ */

/* Returns only if it could not be done. */
static int
exec_new(struct server *server, int state)
{
	struct handover handover = handover_of(server, HANDOVER_TAKE, state);
	cleanup_(free_env) char **env = NULL;
	cleanup_(close_fd) int old = open("/proc/self/exe", O_PATH);
	cleanup_(close_fd) int log = -1;
	char control[MANAGE_STATE_BYTES], words[KEEP_WORDS_BYTES];
	int rc;

	if (old < 0)
		return -errno;
	manage_keep(server, server->upgrade.token, control, sizeof(control));
	handover.old = old;
	handover.control = control;
	keep_words(server, words, sizeof(words));
	handover.words = words;
	handover_put_said(&handover, &server->config);
	logsink_flush(&server->log);
	log = logcarry_write(&server->log);
	handover.log = log;
	env = handover_env(&handover, server->notify);
	if (env == NULL) {
		manage_unkeep(server);
		return -ENOMEM;
	}
	(void)execve(server->upgrade.path, server->upgrade.argv, env);
	rc = -errno;
	manage_unkeep(server);
	return rc;
}

static void
upgrade_take(struct server *server)
{
	int rc, state;

	trial_end(server);
	state = state_make(server, 0);
	if (state < 0) {
		upgrade_fail_to(server, "handing over to", state);
		return;
	}
	rc = exec_new(server, state);
	state_forget(server, &state);
	upgrade_fail_to(server, "executing", rc);
}

/* ---- the trial --------------------------------------------------------------------- */

/* Its last line; before it stands what went to its standard error, warnings as a rule. */
static bool
is_good(const char *said)
{
	static const char good[] = UPGRADE_GOOD_ANSWER;
	size_t length = strlen(said), wanted = sizeof(good) - 1;

	return length >= wanted && strcmp(said + length - wanted, good) == 0 &&
	       (length == wanted || said[length - wanted - 1] == '\n');
}

static void
trial_over(struct server *server)
{
	struct upgrade *upgrade = &server->upgrade;

	upgrade->said[upgrade->used] = '\0';
	if (is_good(upgrade->said)) {
		upgrade_take(server);
		return;
	}
	upgrade_fail(server,
	    upgrade->used > 0 ? upgrade->said
			      : "the new program ended without saying that it could take "
				"over; is it prong, and not an older one?");
}

/* What is there; false when nothing can follow. */
static bool
answer_read(struct upgrade *upgrade)
{
	size_t room = sizeof(upgrade->said) - 1 - upgrade->used;
	ssize_t got = read(upgrade->answer, upgrade->said + upgrade->used, room);

	if (got > 0)
		upgrade->used += (size_t)got;
	return (got > 0 && upgrade->used < sizeof(upgrade->said) - 1) ||
	       (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
on_answer(uint32_t events, void *context)
{
	struct server *server = context;

	(void)events;
	if (!answer_read(&server->upgrade))
		trial_over(server);
}

/* It has ended, and has said everything, though others of its kind may hold the pipe. */
static void
on_ended(uint32_t events, void *context)
{
	struct server *server = context;

	(void)events;
	(void)answer_read(&server->upgrade);
	trial_over(server);
}

static void
on_deadline(uint32_t events, void *context)
{
	(void)events;
	upgrade_fail(context, "the new program did not say within 30 seconds whether it "
			      "could take over; is it prong, and not an older one?");
}

static int
deadline_open(void)
{
	const struct itimerspec timer = { .it_value = { .tv_sec = TRIAL_SECONDS } };
	cleanup_(close_fd) int fd =
	    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &timer, NULL) < 0)
		return -errno;
	return take_fd(&fd);
}

static int
trial_watch(struct server *server, int answer)
{
	struct upgrade *upgrade = &server->upgrade;
	int rc;

	upgrade->answer = answer;
	upgrade->used = 0;
	upgrade->deadline = deadline_open();
	if (upgrade->deadline < 0)
		return upgrade->deadline;
	rc = prong_watch(server->prong, answer, EPOLLIN, on_answer, server);
	if (rc == 0)
		rc = prong_watch(
		    server->prong, upgrade->process, EPOLLIN, on_ended, server);
	if (rc == 0)
		rc = prong_watch(
		    server->prong, upgrade->deadline, EPOLLIN, on_deadline, server);
	return rc;
}

/* What it has to say goes through the pipe, and what it complains of as well: what is no
 * prong knows no other way to say so. */
static int
actions_add(posix_spawn_file_actions_t *actions, int answer)
{
	int error = posix_spawn_file_actions_addopen(
	    actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (error == 0)
		error = posix_spawn_file_actions_addopen(
		    actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	return error != 0
		   ? error
		   : posix_spawn_file_actions_adddup2(actions, answer, STDERR_FILENO);
}

/* Until it is waited for, which happens between turns, the number is its own. */
static int
process_open(struct upgrade *upgrade, pid_t pid)
{
	int rc;

	upgrade->process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (upgrade->process >= 0)
		return 0;
	rc = -errno;
	(void)kill(pid, SIGKILL);
	return rc;
}

static int
trial_spawn(struct server *server, int state, int answer)
{
	struct handover handover = handover_of(server, HANDOVER_TRIAL, state);
	cleanup_(free_env) char **env = NULL;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	handover.answer = answer;
	env = handover_env(&handover, server->notify);
	if (env == NULL)
		return -ENOMEM;
	error = posix_spawn_file_actions_init(&actions);
	if (error != 0)
		return -error;
	error = actions_add(&actions, answer);
	if (error == 0)
		error = posix_spawn(&pid, server->upgrade.path, &actions, NULL,
		    server->upgrade.argv, env);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error != 0 ? -error : process_open(&server->upgrade, pid);
}

/* The child has its copies of everything when posix_spawn() returns. */
static int
trial_begin(struct server *server)
{
	cleanup_(close_fd) int reader = -1;
	cleanup_(close_fd) int writer = -1;
	int fds[2], rc, state = state_make(server, PRONG_TRIAL);

	if (state < 0)
		return state;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		rc = -errno;
		state_forget(server, &state);
		return rc;
	}
	reader = fds[0];
	writer = fds[1];
	(void)fcntl(reader, F_SETFL, O_NONBLOCK);
	rc = keep_one(writer, true);
	if (rc == 0)
		rc = trial_spawn(server, state, writer);
	state_forget(server, &state);
	return rc < 0 ? rc : trial_watch(server, take_fd(&reader));
}

void
upgrade_begin(struct server *server, uint64_t token)
{
	int rc;

	if (server->is_draining || server->upgrade.answer >= 0) {
		manage_answer(server, token,
		    server->is_draining ? N_("the server is stopping")
					: N_("an upgrade is being tried already"),
		    NULL);
		return;
	}
	server->upgrade.token = token;
	server_say(server, PRONG_NOTICE, "upgrading",
	    "another program takes over: {text}", server->upgrade.path);
	rc = trial_begin(server);
	if (rc < 0)
		upgrade_fail_to(server, "trying", rc);
}
