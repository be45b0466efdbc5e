#include "conn.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "account.h"
#include "ask.h"
#include "engine.h"
#include "entry.h"
#include "finish.h"
#include "group.h"
#include "hangup.h"
#include "hello.h"
#include "listener.h"
#include "penalise.h"
#include "start.h"
#include "turn.h"

#define KILLED_LEAST_MS 5000

const char *
conn_cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_NONE] = "",
		[CAUSE_SESSION_TIMEOUT] = "session-timeout",
		[CAUSE_IDLE_TIMEOUT] = "idle-timeout",
		[CAUSE_FIRST_BYTE_TIMEOUT] = "first-byte-timeout",
		[CAUSE_EOF_GRACE] = "eof-grace",
		[CAUSE_HANGUP] = "hangup",
		[CAUSE_DRAIN] = "drain",
		[CAUSE_KILL] = "kill",
		[CAUSE_SYSCALL] = "syscall",
	};

	return names[cause];
}

void
conn_schedule(struct conn *conn)
{
	struct timers *timers = &conn->service->server->timers;
	msec due = clocks_next(&conn->clocks);

	if (due == conn->timer.due)
		return;
	if (due == 0)
		timer_disarm(timers, &conn->timer);
	else
		timer_arm(timers, &conn->timer, due);
}

/* Of one that has no session yet. */
static void
conn_entry_due(struct conn *conn)
{
	if (conn->state == CONN_ARRIVING)
		hello_due(conn);
	else if (conn->state == CONN_WAITING)
		turn_due(conn);
	else if (conn->state == CONN_ASKING)
		ask_due(conn);
}

static void
conn_due(struct conn *conn, enum due due, msec now)
{
	switch (due) {
	case DUE_SESSION:
		conn_terminate(conn, CAUSE_SESSION_TIMEOUT);
		return;
	case DUE_GRACE:
		if (conn->state == CONN_KILLED)
			finish_stuck(conn);
		else
			conn_kill(conn, conn->cause);
		return;
	case DUE_IDLE:
		hangup_idle_due(conn, now);
		return;
	case DUE_FIRST_BYTE:
		hangup_first_byte_due(conn);
		return;
	case DUE_EOF:
		hangup_eof_due(conn, now);
		return;
	case DUE_LINGER:
		finish_linger_due(conn);
		return;
	case DUE_REST:
		finish_rest_due(conn, now);
		return;
	case DUE_OUTPUT:
		output_resume(conn);
		return;
	case DUE_ENTRY:
		conn_entry_due(conn);
		return;
	case DUE_COUNT:
		break;
	}
	bug_if(true);
}

/* Any of them may end the session; a slot that is free, or in other hands since, has
 * nothing due. */
static void
conn_fire(struct timer *timer, msec now)
{
	struct conn *conn = container_of(timer, struct conn, timer);
	enum due due;

	while (conn->state != CONN_FREE && clocks_take(&conn->clocks, now, &due))
		conn_due(conn, due, now);
	if (conn->state != CONN_FREE)
		conn_schedule(conn);
}

/* Without the client's socket nothing can be known of the client; where nobody asks,
 * the descriptor is saved. */
bool
conn_needs_client(const struct settings *settings)
{
	return settings->on_hangup != ON_HANGUP_KEEP || settings->eof_grace > 0 ||
	       settings->linger > 0 || settings->idle_timeout > 0 ||
	       settings->first_byte_timeout > 0;
}

static void
conn_process_ready(struct watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, process_watch);

	(void)events;
	if (conn->state == CONN_ASKING)
		ask_ended(conn);
	else
		finish_process(conn);
}

/* A base counts what its variants have. */
static void
service_count(struct prong_service *service, int more)
{
	service->live += (uint32_t)more;
	if (service->base != NULL)
		service->base->live += (uint32_t)more;
	if (service->is_retired && service->live == 0)
		service->server->is_sweep_due = true;
}

static void
conn_init(
    struct conn *conn, struct prong_service *service, int fd, const struct addr *peer)
{
	conn->service = service;
	service_count(service, 1);
	conn->state = CONN_ENTERING;
	conn->peer = *peer;
	conn->peer_uid = conn->peer_gid = UINT32_MAX; /* not asked for yet */
	conn->pidfd = conn->error_fd = conn->channel = -1;
	conn->client_fd = fd;
	conn->process_watch = (struct watch){ .ready = conn_process_ready, .fd = -1 };
	conn->error_watch.fd = -1;
	hangup_init(conn);
	conn->timer.fire = conn_fire;
	conn->begun = engine_now(service->server);
}

bool
conn_is_session(const struct conn *conn)
{
	switch (conn->state) {
	case CONN_RUNNING:
	case CONN_TERMINATING:
	case CONN_KILLED:
	case CONN_FINISHING:
		return true;
	case CONN_FREE:
	case CONN_ENTERING:
	case CONN_ARRIVING:
	case CONN_WAITING:
	case CONN_ASKING:
		return false;
	}
	return false;
}

msec
conn_limit(const struct conn *conn, msec setting)
{
	return admit_shortened(setting, conn->time_left);
}

struct traffic
conn_traffic(const struct conn *conn)
{
	struct traffic traffic = traffic_read(conn->client_fd, conn->client_eof);

	traffic.in -= traffic.in < conn->preface ? traffic.in : conn->preface;
	return traffic;
}

/* ---- without a session ----------------------------------------------------------- */

bool
conn_may_wait(const struct conn *conn)
{
	return conn->service->ledger->waiting < conn->service->settings.waiting_max;
}

void
conn_begin_wait(struct conn *conn, enum conn_state state)
{
	conn->state = state;
	conn->service->ledger->waiting++;
	conn->service->server->waiting++;
}

void
conn_end_wait(struct conn *conn)
{
	conn->state = CONN_ENTERING;
	conn->service->ledger->waiting--;
	conn->service->server->waiting--;
	conn_schedule(conn);
}

/* Who is let in, or not, by the call that accepted it has not waited: our time stands
 * still meanwhile. */
msec
conn_waited(const struct conn *conn)
{
	return engine_now(conn->service->server) - conn->begun;
}

void
conn_move(struct conn *conn, struct prong_service *to)
{
	if (conn->service == to)
		return;
	service_count(to, 1);
	service_count(conn->service, -1);
	conn->service = to;
}

int
conn_resume(struct conn *conn)
{
	struct loop *loop = &conn->service->server->loop;

	conn->process_watch = (struct watch){ .ready = conn_process_ready, .fd = -1 };
	conn->error_watch.fd = conn->channel = -1;
	hangup_init(conn);
	conn->timer.fire = conn_fire;
	conn_schedule(conn);
	if (conn->state == CONN_FINISHING) {
		finish_resume(conn);
		return 0;
	}
	if (conn->state == CONN_ARRIVING)
		return hello_resume(conn);
	if (conn->state == CONN_WAITING)
		return turn_resume(conn);
	return start_is_stillborn(conn)
		   ? loop_add(loop, &conn->process_watch, conn->pidfd, EPOLLIN)
		   : start_watch(conn);
}

bool
conn_begin(struct listener *listener, int fd, const struct addr *peer)
{
	struct prong_service *service = listener->service;
	struct conn *conn = slots_take(&service->server->slots);

	bug_if(conn == NULL); /* there is one more than all services allow together */
	conn_init(conn, service, fd, peer);
	session_id_next(service->server, conn->id);
	return hello_is_due(conn) ? hello_begin(conn, listener)
				  : entry_apply(conn, listener);
}

/* The group; before setsid() there is none yet, only the process. */
void
conn_signal(const struct conn *conn, int number)
{
	if (conn->pidfd < 0)
		return;
	if (group_signal(conn->pid, conn->pidfd, number) == -ESRCH)
		(void)group_signal_leader(conn->pidfd, number);
}

void
conn_terminate(struct conn *conn, enum cause cause)
{
	if (conn->state != CONN_RUNNING)
		return;
	conn->state = CONN_TERMINATING;
	conn->cause = cause;
	conn->clocks.at[DUE_SESSION] = conn->clocks.at[DUE_IDLE] = 0;
	conn->clocks.at[DUE_FIRST_BYTE] = conn->clocks.at[DUE_EOF] = 0;
	conn->clocks.at[DUE_GRACE] =
	    engine_now(conn->service->server) + conn->service->settings.term_grace;
	conn_signal(conn, SIGTERM);
	conn_signal(conn, SIGCONT);
	conn_schedule(conn);
}

msec
conn_killed_ms(const struct conn *conn)
{
	const msec grace = (msec)conn->service->settings.term_grace;

	return grace > KILLED_LEAST_MS ? grace : KILLED_LEAST_MS;
}

void
conn_kill(struct conn *conn, enum cause cause)
{
	if (conn->state != CONN_RUNNING && conn->state != CONN_TERMINATING)
		return;
	if (conn->cause == CAUSE_NONE)
		conn->cause = cause;
	conn->state = CONN_KILLED;
	conn->clocks = (struct clocks){ 0 };
	conn->clocks.at[DUE_GRACE] =
	    engine_now(conn->service->server) + conn_killed_ms(conn);
	conn_signal(conn, SIGKILL);
	conn_schedule(conn);
}

static void
conn_free(struct conn *conn)
{
	struct prong_service *service = conn->service;

	timer_disarm(&service->server->timers, &conn->timer);
	slots_give(&service->server->slots, conn);
	service_count(service, -1);
	service_feel_stress(service);
	service_update(service);
}

void
conn_put_source(const struct conn *conn, struct source *source)
{
	struct prong *server = conn->service->server;

	if (source != NULL)
		sources_put(&server->sources, source, engine_now(server));
}

void
conn_leave(struct conn *conn)
{
	if (conn->state == CONN_ARRIVING)
		hello_leave(conn);
	else if (conn->state == CONN_WAITING)
		turn_leave(conn);
	close_fd(&conn->client_fd);
	conn_put_source(conn, admit_withdraw(&conn->charge));
	conn_free(conn);
}

void
conn_end(struct conn *conn)
{
	struct prong *server = conn->service->server;

	warden_leave(conn);
	if (confine_clear(&conn->confinement))
		conn->rest = REST_KILLED;
	output_end(conn);
	account_end(conn);
	penalise_session(conn);
	loop_remove(&server->loop, &conn->client_watch);
	close_fd(&conn->client_fd);
	loop_remove(&server->loop, &conn->process_watch);
	close_fd(&conn->pidfd);
	close_fd(&conn->channel);
	confine_release(conn->service, &conn->confinement);
	if (conn->ordered != NULL) {
		conn->ordered->conn = NULL;
		conn->ordered->is_unwanted = true;
	}
	conn_put_source(conn, admit_leave(&conn->charge));
	conn_free(conn);
}
