#include "frozen.h"

#include "cells.h"
#include "listener.h"

#define NUMBER(member) STATE_FIELD(TYPE, member, STATE_NUMBER)
#define BYTES(member) STATE_FIELD(TYPE, member, STATE_BYTES)

#define TYPE struct prong
static const struct state_field server_fields[] = {
	NUMBER(owner),
	NUMBER(id_base),
	NUMBER(files_before.rlim_cur),
	NUMBER(files_before.rlim_max),
	NUMBER(warden.pidfd),
	NUMBER(ledgers.numbered),
	NUMBER(facts.files),
	NUMBER(facts.files_in_use),
	NUMBER(facts.processes),
	NUMBER(facts.pids),
	NUMBER(facts.pid_max),
	NUMBER(facts.memory),
};
const struct state_record frozen_server_record = STATE_RECORD("server", server_fields);
#undef TYPE

#define TYPE struct prong_stats
static const struct state_field past_fields[] = {
	NUMBER(accepted),
	NUMBER(refused),
	NUMBER(ended),
	NUMBER(failed),
};
const struct state_record frozen_past_record = STATE_RECORD("past", past_fields);
#undef TYPE

#define TYPE struct ledger
static const struct state_field ledger_fields[] = {
	BYTES(name),
	NUMBER(number),
	NUMBER(is_held),
	NUMBER(gate.max),
	NUMBER(gate.max_per_source),
	NUMBER(gate.refuses_when_full),
	NUMBER(gate.most),
	NUMBER(gate.entered),
	NUMBER(gate.left),
	NUMBER(numbered),
	NUMBER(refused),
	NUMBER(failed),
};
const struct state_record frozen_ledger_record = STATE_RECORD("ledger", ledger_fields);
#undef TYPE

#define TYPE struct ledger
static const struct state_field memory_fields[] = {
	NUMBER(gate.bucket.full_at),
	NUMBER(gate.is_stressed),
	NUMBER(memory.most),
	NUMBER(memory.is_strict),
	NUMBER(memory.limits.least),
	NUMBER(memory.limits.most),
	NUMBER(memory.limits.decay),
};
const struct state_record frozen_memory_record = STATE_RECORD("memory", memory_fields);
#undef TYPE

#define TYPE struct ledger
static const struct state_field refusals_fields[] = {
	NUMBER(refusals[REFUSAL_SERVICE_FULL]),
	NUMBER(refusals[REFUSAL_SOURCE_FULL]),
	NUMBER(refusals[REFUSAL_NO_DESCRIPTORS]),
	NUMBER(refusals[REFUSAL_DENIED]),
	NUMBER(refusals[REFUSAL_PENALTY]),
	NUMBER(refusals[REFUSAL_SOURCES_FULL]),
	NUMBER(refusals[REFUSAL_EARLY_DROP]),
	NUMBER(refusals[REFUSAL_SOURCE_RATE]),
	NUMBER(refusals[REFUSAL_RATE]),
	NUMBER(refusals[REFUSAL_WAITING_FULL]),
	NUMBER(refusals[REFUSAL_GONE]),
	NUMBER(refusals[REFUSAL_PROXY]),
	NUMBER(refusals[REFUSAL_POLICY]),
	NUMBER(refusals[REFUSAL_POLICY_FAILED]),
	NUMBER(refusals[REFUSAL_STOPPING]),
	NUMBER(refusals[REFUSAL_FAILED]),
};
const struct state_record frozen_refusals_record =
    STATE_RECORD("refusals", refusals_fields);
_Static_assert(ARRAY_SIZE(refusals_fields) == REFUSAL_COUNT, "every reason is handed on");
#undef TYPE

#define TYPE struct frozen_source
static const struct state_field source_fields[] = {
	NUMBER(owner),
	BYTES(key),
	NUMBER(bucket.full_at),
	NUMBER(penalty.until),
	NUMBER(penalty.counted),
	NUMBER(penalty.level),
	NUMBER(penalty.acts),
	NUMBER(penalty.last),
};
const struct state_record frozen_source_record = STATE_RECORD("source", source_fields);
#undef TYPE

#define TYPE struct frozen_arrival
static const struct state_field arrival_fields[] = {
	NUMBER(service),
	NUMBER(has_promise),
	BYTES(key),
	NUMBER(has_proxy),
	BYTES(proxy),
	BYTES(conn.id),
	NUMBER(conn.state),
	BYTES(conn.peer),
	NUMBER(conn.client_fd),
	NUMBER(conn.clocks.at[DUE_ENTRY]),
	NUMBER(conn.begun),
	NUMBER(conn.preface),
	NUMBER(conn.has_waited),
	NUMBER(conn.is_ready),
};
const struct state_record frozen_arrival_record = STATE_RECORD("arrival", arrival_fields);

static const struct state_field more_fields[] = {
	NUMBER(has_proxy),
	BYTES(proxy),
	NUMBER(conn.preface),
	NUMBER(conn.is_exempt),
	NUMBER(conn.time_left),
};
const struct state_record frozen_more_record = STATE_RECORD("more", more_fields);
#undef TYPE

#define TYPE struct cgroup
static const struct state_field cgroup_fields[] = {
	NUMBER(fd),
	NUMBER(controllers),
	NUMBER(before.ooms),
	NUMBER(before.oom_kills),
	NUMBER(before.memory_hits),
	NUMBER(before.pids_hits),
	NUMBER(before.throttled),
	NUMBER(before.throttled_usec),
	NUMBER(before.memory_stall),
	NUMBER(before.cpu_stall),
	NUMBER(before.memory_peak),
};
const struct state_record frozen_cgroup_record = STATE_RECORD("cgroup", cgroup_fields);
#undef TYPE

#define TYPE struct frozen_confinement
static const struct state_field confined_fields[] = {
	NUMBER(cell_pid),
	NUMBER(cell_pidfd),
	NUMBER(cell_life_fd),
	NUMBER(own_id),
	NUMBER(alarm_fd),
};
const struct state_record frozen_confined_record =
    STATE_RECORD("confined", confined_fields);
#undef TYPE

#define TYPE struct frozen_alarm
static const struct state_field alarm_fields[] = {
	NUMBER(service),
	NUMBER(fd),
};
const struct state_record frozen_alarm_record = STATE_RECORD("alarm", alarm_fields);
#undef TYPE

#define TYPE struct own_range
static const struct state_field turn_fields[] = {
	NUMBER(first),
	NUMBER(last),
	NUMBER(turn),
};
const struct state_record frozen_turn_record = STATE_RECORD("turn", turn_fields);
#undef TYPE

#define TYPE struct frozen_service
static const struct state_field service_fields[] = {
	BYTES(name),
	NUMBER(is_retired),
	NUMBER(has_handler),
};
const struct state_record frozen_service_record = STATE_RECORD("service", service_fields);
#undef TYPE

#define TYPE struct listener
static const struct state_field listener_fields[] = {
	NUMBER(word),
	NUMBER(bound.fd),
	NUMBER(bound.is_inherited),
	NUMBER(bound.has_path),
	NUMBER(bound.dev),
	NUMBER(bound.ino),
	BYTES(bound.addr),
};
const struct state_record frozen_listener_record =
    STATE_RECORD("listener", listener_fields);
#undef TYPE

#define TYPE struct frozen_conn
static const struct state_field conn_fields[] = {
	NUMBER(service),
	BYTES(key),
	BYTES(conn.id),
	NUMBER(conn.number),
	NUMBER(conn.state),
	NUMBER(conn.cause),
	BYTES(conn.peer),
	NUMBER(conn.peer_uid),
	NUMBER(conn.peer_gid),
	NUMBER(conn.pid),
	NUMBER(conn.pidfd),
	NUMBER(conn.client_fd),
	NUMBER(conn.error_fd),
	NUMBER(conn.clocks.at[DUE_SESSION]),
	NUMBER(conn.clocks.at[DUE_IDLE]),
	NUMBER(conn.clocks.at[DUE_FIRST_BYTE]),
	NUMBER(conn.clocks.at[DUE_EOF]),
	NUMBER(conn.clocks.at[DUE_GRACE]),
	NUMBER(conn.clocks.at[DUE_LINGER]),
	NUMBER(conn.clocks.at[DUE_REST]),
	NUMBER(conn.clocks.at[DUE_OUTPUT]),
	NUMBER(conn.begun),
	NUMBER(conn.ended),
	NUMBER(conn.mark),
	NUMBER(conn.idle_mark),
	NUMBER(conn.rest_until),
	NUMBER(conn.rest_pause),
	NUMBER(conn.rest),
	NUMBER(conn.client_eof),
	NUMBER(conn.must_linger),
	NUMBER(conn.is_lingering),
	NUMBER(conn.has_rest),
	NUMBER(conn.has_output_rest),
	NUMBER(conn.report.stage),
	NUMBER(conn.report.error),
	NUMBER(conn.ending.kind),
	NUMBER(conn.ending.status),
	NUMBER(conn.ending.dumped_core),
	NUMBER(conn.ending.stage),
	NUMBER(conn.ending.error),
	NUMBER(conn.ending.cpu_usec),
	NUMBER(conn.ending.peak_kb),
	BYTES(conn.traffic),
	NUMBER(conn.output_since),
	NUMBER(conn.output_lines),
	NUMBER(conn.output_dropped),
};
const struct state_record frozen_conn_record = STATE_RECORD("conn", conn_fields);
#undef TYPE

_Static_assert(DUE_COUNT == 9, "every clock of a session is handed on");

void
frozen_put_confinement(FILE *out, const struct confinement *confinement)
{
	/* One whose init has ended is nothing that could be taken over. */
	const struct cell *cell =
	    confinement->cell != NULL && confinement->cell->pidfd >= 0 ? confinement->cell
								       : NULL;
	struct frozen_confinement frozen = { .cell_pidfd = -1,
		.cell_life_fd = -1,
		.alarm_fd = alarms_fd(confinement->alarm) };

	if (cell == NULL && confinement->own_id == 0 && frozen.alarm_fd < 0)
		return;
	if (cell != NULL) {
		frozen.cell_pid = cell->pid;
		frozen.cell_pidfd = cell->pidfd;
		frozen.cell_life_fd = cell->life_fd;
	}
	frozen.own_id = confinement->own_id;
	state_put(out, &frozen_confined_record, &frozen);
}
