#include "ask.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "child.h"
#include "engine.h"
#include "entry.h"
#include "environment.h"
#include "finish.h"
#include "penalise.h"
#include "patience.h"
#include "turn.h"
#include "subject.h"

#define SAID_MOST 200
#define ERROR_MOST 320
#define FORGET_WAIT_MS 2000

static const struct settings *
settings_of(const struct conn *conn)
{
	return &service_base(conn->service)->settings;
}

/* The first line of what it said, if any. */
static void
ask_listen(struct conn *conn, char *said, size_t size)
{
	ssize_t n =
	    conn->error_fd < 0 ? 0 : recv(conn->error_fd, said, size - 1, MSG_DONTWAIT);

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	close_fd(&conn->error_fd);
}

static void
ask_tell_failed(struct conn *conn, const char *error, const char *said)
{
	struct prong_service *service = conn->service;
	bool admits = settings_of(conn)->policy_failed == POLICY_FAILED_ADMIT;
	struct event event;
	struct text source;
	uint64_t more;
	msec more_ms;

	if (!limiter_allows(&service->ledger->policy_told, engine_now(service->server),
		&more, &more_ms))
		return;
	event_begin(&event, EVENT_POLICY_FAILED, service->name, conn->id);
	source = event_open(&event);
	addr_put(&source, &conn->peer);
	event_close(&event, "source", &source);
	event_text(&event, "error", error);
	if (said[0] != '\0')
		event_text(&event, "said", said);
	event_text(&event, "verdict", admits ? "let in" : "refused");
	if (more > 0)
		event_number(&event, "more", (int64_t)more);
	event_send(&event, &service->server->sink);
}

static void
ask_failed(struct conn *conn, const char *error, const char *said)
{
	char why[64 + ERROR_MOST];

	ask_tell_failed(conn, error, said);
	if (settings_of(conn)->policy_failed == POLICY_FAILED_ADMIT) {
		entry_start(conn, NULL);
		return;
	}
	(void)snprintf(why, sizeof(why), "the policy program gave no answer: %s", error);
	entry_refuse(conn, REFUSAL_POLICY_FAILED, why, 0);
}

static void
ask_refused(struct conn *conn, const char *said)
{
	char why[64 + SAID_MOST];

	(void)snprintf(why, sizeof(why), "the policy program says no%s%s",
	    said[0] == '\0' ? "" : ": ", said);
	penalise_charged(conn, OFFENCE_POLICY);
	entry_refuse_by_policy(conn, why, said);
}

/* Its ends of a pair, and an end of input: what it reads, and where it writes. */
static int
ask_pair(struct conn *conn, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	(void)shutdown(pair[0], SHUT_WR);
	conn->error_fd = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

static int
ask_spawn(struct conn *conn, const struct listener *listener)
{
	struct prong *server = conn->service->server;
	struct prong_service *asker = door_of(conn->service)->asker;
	struct spawned child = { .pidfd = -1 };
	cleanup_(close_fd) int theirs = -1;
	struct birth_isolation isolation;
	struct spawn_request request = {
		.plan = &asker->plan,
		.environment = server->environment,
		.report = &conn->report,
	};
	int rc = ask_pair(conn, &theirs);

	if (rc == 0)
		rc = confine_take(asker, &conn->confinement, &conn->report);
	if (rc < 0)
		return rc;
	environment_fill(server, conn, listener);
	request.client_fd = request.error_fd = theirs;
	request.entry = warden_entry(conn);
	confine_request(&conn->confinement, &request, &isolation);
	rc = spawn_program(&server->nursery, &request, &child);
	spawn_let_go(&server->nursery);
	if (rc < 0)
		return rc;
	conn->pid = child.pid;
	conn->pidfd = child.pidfd;
	warden_enter(conn);
	return loop_add(&server->loop, &conn->process_watch, conn->pidfd, EPOLLIN);
}

/* Whoever it left behind goes with it; before it is reaped its number is its own. */
static void
ask_kill(const struct conn *conn)
{
	conn_signal(conn, SIGKILL);
}

static void
ask_reset(struct conn *conn)
{
	warden_leave(conn);
	loop_remove(&conn->service->server->loop, &conn->process_watch);
	close_fd(&conn->pidfd);
	confine_release(door_of(conn->service)->asker, &conn->confinement);
	conn->clocks.at[DUE_ENTRY] = 0;
	conn->pid = 0;
	conn->report = (struct report){ 0 };
	conn->ending = (struct ending){ 0 };
}

void
ask_begin(struct conn *conn, const struct listener *listener)
{
	char error[ERROR_MOST];
	int rc;

	conn->state = CONN_ASKING;
	conn->is_late = false;
	rc = ask_spawn(conn, listener);
	if (rc == 0) {
		conn->clocks.at[DUE_ENTRY] =
		    engine_now(conn->service->server) + settings_of(conn)->policy_timeout;
		conn_schedule(conn);
		return;
	}
	if (conn->pidfd >= 0) {
		ask_kill(conn);
		(void)reap_collect(conn->pidfd, &conn->ending);
	}
	ask_reset(conn);
	close_fd(&conn->error_fd);
	(void)snprintf(
	    error, sizeof(error), "there is no process for it: %s", text_errno(-rc));
	ask_failed(conn, error, "");
}

/* As long as the program of a session has. */
static void
ask_end(struct conn *conn)
{
	conn->is_late = true;
	conn->clocks.at[DUE_ENTRY] =
	    engine_now(conn->service->server) + conn_killed_ms(conn);
	conn_schedule(conn);
	ask_kill(conn);
}

static void
ask_tell_stopping(struct conn *conn)
{
	entry_refuse(conn, REFUSAL_STOPPING,
	    conn->cause == CAUSE_DRAIN ? ENTRY_STOPPING : ENTRY_ENDED, 0);
}

/* The process is another user's, or waits for a device.  It keeps its place as a session
 * does, so that there are not more and more of them, until nobody wants it any more. */
static void
ask_stuck(struct conn *conn)
{
	finish_tell_stuck(conn);
	if (!conn->service->server->is_killing)
		return;
	close_fd(&conn->error_fd);
	ask_reset(conn);
	ask_tell_stopping(conn);
}

void
ask_due(struct conn *conn)
{
	if (conn->is_late)
		ask_stuck(conn);
	else
		ask_end(conn);
}

void
ask_cancel(struct conn *conn)
{
	conn->cause = conn->service->server->is_draining ? CAUSE_DRAIN : CAUSE_KILL;
	ask_end(conn);
}

static void
ask_put_unstarted(struct text *text, const struct conn *conn, const struct report *report)
{
	const struct prong_service *asker = door_of(conn->service)->asker;
	const char *subject = subject_of_stage(asker, report->stage, report->detail);
	const char *hint = child_stage_hint(report->stage, report->error);

	text_printf(text,
	    "it could not be started: stage \"%s\": ", child_stage_name(report->stage));
	if (subject != NULL)
		text_printf(text, "'%s': ", subject);
	text_put(text, text_errno(report->error));
	if (hint[0] != '\0')
		text_printf(text, "; %s", hint);
}

/* Nothing if it has given an answer. */
static void
ask_put_error(struct text *text, const struct conn *conn, const struct ending *ending,
    const struct report *report)
{
	if (report->stage != STAGE_NONE)
		ask_put_unstarted(text, conn, report);
	else if (conn->is_late)
		text_put(text, "it took too long (policy-timeout)");
	else if (ending->kind == ENDING_UNKNOWN)
		text_put(text, "its status was taken by somebody else");
	else if (ending->kind != ENDING_EXITED)
		text_printf(text, "it was killed by signal %d", ending->status);
	else if (ending->status > 1)
		text_printf(text, "it exited with %d", ending->status);
}

static void
ask_judge(struct conn *conn, const struct ending *ending, const struct report *report,
    const char *said)
{
	char error[ERROR_MOST] = "";
	struct text text = TEXT_ON(error);

	ask_put_error(&text, conn, ending, report);
	if (error[0] != '\0')
		ask_failed(conn, error, said);
	else if (ending->status == 1)
		ask_refused(conn, said);
	else
		entry_start(conn, NULL);
}

void
ask_ended(struct conn *conn)
{
	struct ending ending;
	struct report report = conn->report;
	char said[SAID_MOST];

	ask_kill(conn);
	if (!reap_collect(conn->pidfd, &ending))
		return;
	ask_listen(conn, said, sizeof(said));
	ask_reset(conn);
	if (conn->cause != CAUSE_NONE) {
		ask_tell_stopping(conn);
		return;
	}
	ask_judge(conn, &ending, &report, said);
}

void
ask_forget(struct conn *conn)
{
	struct ending ending;

	ask_kill(conn);
	(void)patience_wait(conn->pidfd, POLLIN, FORGET_WAIT_MS);
	(void)reap_collect(conn->pidfd, &ending);
	close_fd(&conn->error_fd);
	ask_reset(conn);
	if (conn->cause != CAUSE_NONE) {
		ask_tell_stopping(conn);
		return;
	}
	conn_put_source(conn, admit_withdraw(&conn->charge));
	conn->has_waited = true;
	turn_wait_for_release(conn);
}
