#include "host.h"

#include <string.h>

#include "before.h"
#include "child.h"
#include "engine.h"
#include "introduction.h"

#define WHY_MOST 400

PRONG_API int
prong_on_admit(struct prong_service *service, prong_admit_fn *admit, void *context)
{
	int rc = before_check(service, "set who admits");

	if (rc < 0)
		return rc;
	service->admit = admit;
	service->admit_context = context;
	return 0;
}

PRONG_API int
prong_on_end(struct prong_service *service, prong_end_fn *end, void *context)
{
	int rc = before_check(service, "set who is told of endings");

	if (rc < 0)
		return rc;
	service->end = end;
	service->end_context = context;
	return 0;
}

/* ---- admission ------------------------------------------------------------------- */

static const char *
host_ask(const struct conn *conn, const struct prong_service *base)
{
	const struct gate *gate = &base->ledger->gate;
	/* Of one that a proxy speaks for we know the proxy's only. */
	const bool has_ids =
	    conn->peer.sa.sa_family == AF_UNIX && !introduction_names(conn->introduction);
	char source[ADDR_TEXT_MAX], proxy[ADDR_TEXT_MAX] = "";
	struct text source_text = TEXT_ON(source), proxy_text = TEXT_ON(proxy);
	struct prong_client client = {
		.id = conn->id,
		.service = base->name,
		.source = source,
		.proxy = proxy,
		.peer = &conn->peer.sa,
		.peer_len = conn->peer.len,
		.uid = has_ids ? conn->peer_uid : (uid_t)-1,
		.gid = has_ids ? conn->peer_gid : (gid_t)-1,
		.live = gate->live,
		.max = gate->max,
	};

	addr_put(&source_text, &conn->peer);
	if (conn->introduction != NULL)
		addr_put(&proxy_text, &conn->introduction->proxy);
	return base->admit(&client, base->admit_context);
}

/* Our time goes on while the host thinks; how late we are in this turn is not for the
 * client to wait. */
static const char *
host_ask_timed(struct conn *conn, const struct prong_service *base)
{
	struct loop *loop = &base->server->loop;
	msec before = loop->now;
	const char *no;

	conn->begun += loop_update_now(loop) - before;
	no = host_ask(conn, base);
	(void)loop_update_now(loop);
	return no;
}

bool
host_admits(struct conn *conn, struct text *why)
{
	const struct prong_service *base = service_base(conn->service);
	const char *no = base->admit == NULL ? NULL : host_ask_timed(conn, base);

	if (no == NULL)
		return true;
	text_put_bytes(why, no, strnlen(no, WHY_MOST));
	return false;
}

/* ---- endings --------------------------------------------------------------------- */

/* Of a session that another program, or another set, has left us: who serves now. */
static const struct prong_service *
host_of(const struct conn *conn)
{
	const struct prong_service *base = service_base(conn->service);
	const struct prong_service *serving = base->ledger->serving;

	return base->end != NULL || serving == NULL ? base : serving;
}

bool
host_listens(const struct conn *conn)
{
	return host_of(conn)->end != NULL;
}

static enum prong_how
host_how(enum ending_kind kind)
{
	switch (kind) {
	case ENDING_EXITED:
		return PRONG_EXITED;
	case ENDING_KILLED:
		return PRONG_KILLED;
	case ENDING_STAGE:
	case ENDING_UNSTARTED:
		return PRONG_FAILED;
	case ENDING_UNKNOWN:
		break;
	}
	return PRONG_UNKNOWN;
}

void
host_tell_ending(const struct conn *conn, const char *how)
{
	const struct prong_service *base = host_of(conn);
	const struct ending *ending = &conn->ending;
	char source[ADDR_TEXT_MAX];
	struct text text = TEXT_ON(source);
	const struct prong_ending told = {
		.id = conn->id,
		.service = base->name,
		.source = source,
		.number = conn->number,
		.pid = conn->pid,
		.how = host_how(ending->kind),
		.status = ending->status,
		.dumped_core = ending->dumped_core,
		.stage =
		    ending->kind == ENDING_STAGE ? child_stage_name(ending->stage) : "",
		.error = ending->error,
		.cause = conn_cause_name(conn->cause),
		.text = how,
		.duration_ms = (uint64_t)(conn->ended - conn->begun),
		.has_bytes = conn->traffic.is_known,
		.bytes_in = conn->traffic.in,
		.bytes_out = conn->traffic.out,
		.has_cost = reap_has_cost(ending),
		.cpu_us = reap_has_cost(ending) ? ending->cpu_usec : 0,
		.peak_kb = ending->peak_kb,
	};

	addr_put(&text, &conn->peer);
	base->end(&told, base->end_context);
}
