#include "entry.h"

#include <sys/socket.h>

#include "apply.h"
#include "ask.h"
#include "engine.h"
#include "host.h"
#include "penalise.h"
#include "refuse.h"
#include "start.h"
#include "turn.h"

#define GROUPS_USUAL 64

/* ---- the facts -------------------------------------------------------------------- */

/* Groups of the client's process (socket(7)), of which there may be 65536.  Where memory
 * is short they are not known, and it is nobody's member. */
struct groups {
	gid_t usual[GROUPS_USUAL];
	gid_t *many; /* owned; NULL: those above are all */
};

static void
groups_read(struct groups *groups, int fd, struct apply_ids *ids)
{
	socklen_t size = sizeof(groups->usual);
	gid_t *into = groups->usual;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, into, &size) < 0) {
		into = errno == ERANGE ? malloc(size) : NULL;
		groups->many = into;
		if (into == NULL ||
		    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, into, &size) < 0)
			return;
	}
	ids->groups = into;
	ids->group_count = size / sizeof(*into);
}

static void
groups_done(struct groups *groups)
{
	if (groups->many != NULL) /* nearly never: nothing is allocated for a client */
		free(groups->many);
}

/* A client of a Unix socket. */
static void
ids_read(struct conn *conn, struct apply_ids *ids, struct groups *groups)
{
	struct ucred credentials = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t length = sizeof(credentials);

	(void)getsockopt(conn->client_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
	conn->peer_uid = credentials.uid;
	conn->peer_gid = credentials.gid;
	*ids = (struct apply_ids){ .uid = credentials.uid, .gid = credentials.gid };
	if (conn->service->settings.allow_gid.count > 0)
		groups_read(groups, conn->client_fd, ids);
}

/* A Unix path that a proxy tells is nobody that could be counted: the proxy is. */
static const struct addr *
whom_to_count(const struct conn *conn)
{
	if (conn->introduction != NULL && conn->peer.sa.sa_family == AF_UNIX)
		return &conn->introduction->proxy;
	return &conn->peer;
}

static void
entry_fill(struct application *application, struct conn *conn)
{
	const struct addr *who = whom_to_count(conn);
	cleanup_(groups_done) struct groups groups = { .many = NULL };
	struct apply_ids ids;

	if (who->sa.sa_family == AF_UNIX) {
		ids_read(conn, &ids, &groups);
		apply(application, conn->service, who, &ids);
	} else {
		apply(application, conn->service, who, NULL);
	}
	application->applicant.has_waited = conn->has_waited;
	if (conn->service->settings.early_drop.begin > 0)
		application->applicant.chance = engine_chance(conn->service->server);
}

/* ---- out -------------------------------------------------------------------------- */

static void
entry_leave(struct conn *conn, enum refusal refusal, const char *why)
{
	service_refused(conn->service, refusal, &conn->peer, conn, why);
	conn_leave(conn);
}

void
entry_refuse(struct conn *conn, enum refusal refusal, const char *why, msec wait)
{
	refuse_say(conn, refusal, wait, "");
	entry_leave(conn, refusal, why);
}

void
entry_refuse_by_policy(struct conn *conn, const char *why, const char *said)
{
	refuse_say(conn, REFUSAL_POLICY, 0, said);
	entry_leave(conn, REFUSAL_POLICY, why);
}

void
entry_cancel(struct conn *conn, const char *why)
{
	switch (conn->state) {
	case CONN_ARRIVING:
	case CONN_WAITING:
		entry_refuse(conn, REFUSAL_STOPPING, why, 0);
		return;
	case CONN_ASKING:
		ask_cancel(conn);
		return;
	case CONN_FREE:
	case CONN_ENTERING:
	case CONN_RUNNING:
	case CONN_TERMINATING:
	case CONN_KILLED:
	case CONN_FINISHING:
		return;
	}
}

/* The source is let go first: while this one leaves another may enter. */
static void
entry_turn_away(struct conn *conn, const struct application *application,
    struct source *source, const struct ruling *ruling)
{
	char why[512];
	struct text text = TEXT_ON(why);

	why[0] = '\0';
	refuse_put_why(&text, application, ruling);
	if (ruling->verdict == REFUSE_DENIED && source != NULL &&
	    !application->applicant.is_exempt)
		penalise_source(conn, source, OFFENCE_DENIED);
	conn_put_source(conn, source);
	entry_refuse(conn, refuse_reason(ruling->verdict), why, ruling->wait);
}

/* ---- in --------------------------------------------------------------------------- */

void
entry_start(struct conn *conn, const struct listener *listener)
{
	msec waited = conn_waited(conn);

	conn->state = CONN_RUNNING;
	conn->waited = waited < UINT32_MAX ? (uint32_t)waited : UINT32_MAX;
	conn->begun = engine_now(conn->service->server);
	conn->number = ++conn->service->ledger->numbered;
	start_begin(conn, listener);
}

/* By the host; nothing was charged yet. */
static bool
entry_is_vetoed(
    struct conn *conn, const struct application *application, struct source *source)
{
	char words[512] = "";
	struct text why = TEXT_ON(words);

	if (host_admits(conn, &why))
		return false;
	if (source != NULL && !application->applicant.is_exempt)
		penalise_source(conn, source, OFFENCE_POLICY);
	conn_put_source(conn, source);
	entry_refuse_by_policy(conn, words, words);
	return true;
}

/* False: the host would not have it. */
static bool
entry_admit(struct conn *conn, struct application *application, struct source *source,
    const struct listener *listener)
{
	struct prong_service *service = conn->service;

	if (entry_is_vetoed(conn, application, source))
		return false;
	admit_enter(
	    &conn->charge, &service->ledger->gate, source, &application->applicant);
	conn->is_exempt = application->applicant.is_exempt;
	service_feel_stress(service);
	conn->time_left = admit_time_left(&service->ledger->gate);
	if (application->door->asker != NULL)
		ask_begin(conn, listener);
	else
		entry_start(conn, listener);
	service_update(service);
	return true;
}

/* Full, but it waits in our queue as others do in the kernel's. */
static bool
may_wait_for_room(const struct conn *conn, enum verdict verdict)
{
	const struct gate *gate = &conn->service->ledger->gate;

	return verdict == REFUSE_SERVICE_FULL && !gate->refuses_when_full &&
	       gate->reserve == 0;
}

/* Whoever had to wait is judged by the rules in force now; there may be none any more,
 * where another program has let it wait. */
static bool
entry_follow_reload(struct conn *conn)
{
	struct prong_service *serving = conn->service->ledger->serving;

	if (serving != NULL && serving->door != NULL)
		conn_move(conn, serving);
	else if (conn->service->base != NULL)
		conn_move(conn, conn->service->base);
	if (door_of(conn->service) != NULL)
		return true;
	entry_refuse(conn, REFUSAL_STOPPING, "its service is no more", 0);
	return false;
}

/* Of one that had to wait: if not it waits again. */
static bool
entry_goes_on(struct conn *conn)
{
	if (!entry_follow_reload(conn))
		return false;
	if (turn_is_open(conn->service->ledger))
		return true;
	turn_wait_for_release(conn);
	return false;
}

bool
entry_apply(struct conn *conn, const struct listener *listener)
{
	struct prong *server = conn->service->server;
	struct application application;
	struct source *source;
	struct ruling ruling;

	if (listener == NULL && !entry_goes_on(conn))
		return false;
	entry_fill(&application, conn);
	conn_move(conn, application.service);
	source = sources_get(&server->sources, &conn->service->ledger->memory,
	    &application.key, application.applicant.now);
	application.applicant.source = source;
	ruling = admit_check(&conn->service->ledger->gate, &application.applicant);
	switch (ruling.verdict) {
	case ADMIT:
		return entry_admit(conn, &application, source, listener);
	case ADMIT_LATER:
		turn_promise(conn, &application, source, ruling.wait);
		return false;
	case REFUSE_SERVICE_FULL:
	case REFUSE_DENIED:
	case REFUSE_PENALTY:
	case REFUSE_UNKNOWN:
	case REFUSE_SOURCE_FULL:
	case REFUSE_EARLY:
	case REFUSE_SOURCE_RATE:
	case REFUSE_RATE:
		break;
	}
	if (may_wait_for_room(conn, ruling.verdict)) {
		conn_put_source(conn, source);
		turn_wait_for_room(conn);
	} else {
		entry_turn_away(conn, &application, source, &ruling);
	}
	return false;
}
