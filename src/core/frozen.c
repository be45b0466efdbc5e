#include "frozen.h"

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

_Static_assert(DUE_COUNT == 8, "every clock of a session is handed on");
