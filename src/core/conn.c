#include "conn.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "account.h"
#include "engine.h"
#include "finish.h"
#include "hangup.h"
#include "listener.h"
#include "refuse.h"
#include "start.h"

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
	};

	return names[cause];
}

/* Crockford's base 32: no I, L, O or U to misread. */
void
conn_id_put(char *id, uint64_t value)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	id[CONN_ID_SIZE - 1] = '\0';
	for (int i = CONN_ID_SIZE - 2; i >= 0; i--) {
		id[i] = digits[value & 31];
		value >>= 5;
	}
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

/* A session is counted under the address, or the user, or the machine it comes from. */
static struct addr_key
conn_key(struct conn *conn, int fd)
{
	const struct setting_prefix *prefix = &conn->service->settings.source_prefix;
	struct ucred credentials = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t length = sizeof(credentials);

	if (addr_is_ip(&conn->peer))
		return addr_key_of(&conn->peer, prefix->v4, prefix->v6);
	if (conn->peer.sa.sa_family != AF_UNIX)
		return addr_key_of_id(AF_VSOCK, conn->peer.vm.svm_cid);
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
	conn->peer_uid = credentials.uid;
	conn->peer_gid = credentials.gid;
	return addr_key_of_id(AF_UNIX, credentials.uid);
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
	(void)events;
	finish_process(container_of(watch, struct conn, process_watch));
}

/* A session that cannot be watched cannot be bounded: it is ended, and reaped here. */
static int
conn_watch(struct conn *conn)
{
	struct loop *loop = &conn->service->server->loop;
	int rc = loop_add(loop, &conn->process_watch, conn->pidfd, EPOLLIN | EPOLLET);

	if (rc == 0)
		rc = output_watch(conn);
	if (rc == 0)
		rc = hangup_watch(conn);
	return rc;
}

static void
conn_init(
    struct conn *conn, struct prong_service *service, int fd, const struct addr *peer)
{
	conn->service = service;
	service->live++;
	conn->state = CONN_RUNNING;
	conn->peer = *peer;
	conn->pidfd = conn->error_fd = -1;
	conn->client_fd = fd;
	conn->process_watch = (struct watch){ .ready = conn_process_ready, .fd = -1 };
	conn->error_watch.fd = -1;
	hangup_init(conn);
	conn->timer.fire = conn_fire;
	conn->begun = engine_now(service->server);
}

static void
conn_name(struct conn *conn)
{
	conn->number = ++conn->service->ledger->numbered;
	conn_id_put(conn->id, conn->service->server->id_base++);
}

static void
conn_banner(const struct conn *conn)
{
	const struct setting_text *banner = &conn->service->settings.banner;

	if (banner->length > 0)
		(void)!send(conn->client_fd, banner->text, banner->length,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* There is a process: see to it, tell, and let go of what is not needed. */
static void
conn_run(struct conn *conn)
{
	const struct settings *settings = &conn->service->settings;
	msec now = conn->begun;
	int rc;

	/* A handler's stages may still fail: finish knows. */
	if (conn->service->handler == NULL)
		service_recovered(conn->service);
	warden_enter(conn);
	account_begin(conn);
	if (settings->session_timeout > 0)
		conn->clocks.at[DUE_SESSION] = now + settings->session_timeout;
	if (settings->idle_timeout > 0)
		conn->clocks.at[DUE_IDLE] = now + settings->idle_timeout;
	if (settings->first_byte_timeout > 0)
		conn->clocks.at[DUE_FIRST_BYTE] = now + settings->first_byte_timeout;
	if (!conn_needs_client(settings))
		close_fd(&conn->client_fd);
	conn_schedule(conn);
	rc = conn_watch(conn);
	if (rc < 0) {
		service_pause(conn->service, EVENT_SPAWN_FAILED, -rc, NULL);
		finish_unwatchable(conn);
	}
}

/* The program never ran; its process is over already and will be reaped like any other.
 */
static bool
conn_is_stillborn(const struct conn *conn)
{
	return conn->report.stage != STAGE_NONE;
}

int
conn_resume(struct conn *conn)
{
	struct loop *loop = &conn->service->server->loop;

	conn->process_watch = (struct watch){ .ready = conn_process_ready, .fd = -1 };
	conn->error_watch.fd = -1;
	hangup_init(conn);
	conn->timer.fire = conn_fire;
	conn_schedule(conn);
	if (conn->state == CONN_FINISHING) {
		finish_resume(conn);
		return 0;
	}
	return conn_is_stillborn(conn)
		   ? loop_add(loop, &conn->process_watch, conn->pidfd, EPOLLIN)
		   : conn_watch(conn);
}

static void
conn_unstarted(struct conn *conn, int error)
{
	conn->ending = (struct ending){ .kind = ENDING_UNSTARTED, .error = error };
	conn->ended = conn->begun;
	conn->service->ledger->failed++;
	refuse_text(conn->service, conn->client_fd);
	service_pause(conn->service, EVENT_SPAWN_FAILED, error, NULL);
	conn_end(conn);
}

static void
conn_stillborn(struct conn *conn)
{
	int rc = loop_add(
	    &conn->service->server->loop, &conn->process_watch, conn->pidfd, EPOLLIN);

	if (rc < 0)
		finish_unwatchable(conn);
}

static void
conn_admitted(struct conn *conn, struct source *source, const struct listener *listener)
{
	int rc;

	admit_enter(&conn->charge, &conn->service->ledger->gate, source);
	conn_name(conn);
	conn_banner(conn);
	rc = start_process(conn, listener);
	if (rc < 0)
		conn_unstarted(conn, -rc);
	else if (conn_is_stillborn(conn))
		conn_stillborn(conn);
	else
		conn_run(conn);
}

bool
conn_begin(struct listener *listener, int fd, const struct addr *peer)
{
	struct prong_service *service = listener->service;
	struct prong *server = service->server;
	struct conn *conn = slots_take(&server->slots);
	struct addr_key key;
	struct source *source;
	enum verdict verdict;

	bug_if(conn == NULL); /* there is one more than all services allow together */
	conn_init(conn, service, fd, peer);
	key = conn_key(conn, fd);
	source = sources_get(&server->sources, service->ledger->number, &key);
	bug_if(source == NULL);
	verdict = admit_check(&service->ledger->gate, source);
	if (verdict == ADMIT) {
		conn_admitted(conn, source, listener);
		service_update(service);
		return true;
	}
	refuse_verdict(service, fd, peer, verdict, &key, source->live);
	sources_put(&server->sources, source);
	service->live--;
	slots_give(&server->slots, conn);
	return false;
}

/* The group: a zombie keeps its pid, so before reaping this can hit nobody else.  Before
 * setsid() there is no group yet, only the process. */
static void
conn_signal(const struct conn *conn, int number)
{
	if (conn->pidfd < 0)
		return;
	if (kill(-conn->pid, number) < 0 && errno == ESRCH)
		(void)syscall(SYS_pidfd_send_signal, conn->pidfd, number, NULL, 0);
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
	    engine_now(conn->service->server) + conn->service->settings.term_grace;
	conn_signal(conn, SIGKILL);
	conn_schedule(conn);
}

void
conn_end(struct conn *conn)
{
	struct prong_service *service = conn->service;
	struct prong *server = service->server;
	struct source *source;

	timer_disarm(&server->timers, &conn->timer);
	warden_leave(conn);
	output_end(conn);
	account_end(conn);
	loop_remove(&server->loop, &conn->client_watch);
	close_fd(&conn->client_fd);
	loop_remove(&server->loop, &conn->process_watch);
	close_fd(&conn->pidfd);
	source = admit_leave(&conn->charge);
	if (source != NULL)
		sources_put(&server->sources, source);
	slots_give(&server->slots, conn);
	service->live--;
	if (service->is_retired && service->live == 0)
		server->is_sweep_due = true;
	service_update(service);
}
