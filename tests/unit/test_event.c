/*
 * Events as sentences: every one of events.def, whole and with all optional fields
 * missing, whatever a client or a program said, and however little room there is.
 */
#include "unit.h"

#include "event.h"

#define ID "0F4K2M9QZ1A7B"
#define PEER "127.0.0.1:53412"
#define PROXY "192.0.2.1:4000"

#define T(k, t)                                                                          \
	{                                                                                \
		.key = k, .text = t                                                      \
	}
#define N(k, n)                                                                          \
	{                                                                                \
		.key = k, .number = n                                                    \
	}

/* One event, its fields up to one without a key, and the golden text. */
struct golden {
	enum event_id id;
	struct prong_field fields[12];
	const char *text;
};

static const struct golden whole[] = {
	{ EVENT_SERVING,
	    { T("listen", "127.0.0.1:9999 [::1]:9999"), T("program", "@echo"),
		N("max", 4096), T("max_from", "RLIMIT_NOFILE 1024") },
	    "serving @echo on 127.0.0.1:9999 [::1]:9999; at most 4096 sessions at once "
	    "(RLIMIT_NOFILE 1024)" },
	{ EVENT_NOTE, { T("text", "as it is") }, "as it is" },
	{ EVENT_WARNING, { T("text", "as it is") }, "as it is" },
	{ EVENT_SESSION_BEGIN,
	    { T("source", PEER), T("proxy", PROXY), N("pid", 4711), N("live", 1),
		N("max", 4096), T("start", "warm"), N("waited_ms", 1500) },
	    "begin 127.0.0.1:53412 by way of 192.0.2.1:4000 pid 4711 (1 of 4096), warm, "
	    "waited 1.5 s" },
	{ EVENT_SESSION_END,
	    { T("source", PEER), N("pid", 4711), T("how", "killed by KILL"),
		T("cause", "idle-timeout"), N("duration_ms", 1234), N("bytes_in", 12),
		N("bytes_out", 1536), N("cpu_us", 800), N("peak_kb", 1229),
		T("hit", "pids-max 12 times"), T("rest", "terminated") },
	    "end 127.0.0.1:53412 pid 4711: killed by KILL, ended for idle-timeout after "
	    "1.2 s, 12 B in, 1.5 KB out, CPU 0.8 ms, peak 1.2 MB, hit pids-max 12 times, "
	    "what it left behind was terminated" },
	{ EVENT_SESSION_FAILED,
	    { T("source", PEER), N("pid", 4711),
		T("how", "never ran: failed at stage \"dir\": Permission denied"),
		T("hint", "the directory must exist") },
	    "end 127.0.0.1:53412 pid 4711: never ran: failed at stage \"dir\": Permission "
	    "denied; the directory must exist" },
	{ EVENT_STUCK, { N("pid", 4711) },
	    "pid 4711 does not end, though it was sent KILL: it has become another user, or "
	    "waits for a device" },
	{ EVENT_REFUSED,
	    { T("source", PEER), T("proxy", PROXY), T("reason", "source-full"),
		T("why", "10 of 10 sessions from 127.0.0.1"), N("live", 10),
		N("waited_ms", 250), N("more", 37), N("more_ms", 60000) },
	    "refused 127.0.0.1:53412 by way of 192.0.2.1:4000 after 250 ms (source-full): "
	    "10 of 10 sessions from 127.0.0.1 (37 more in 1 min)" },
	{ EVENT_REFUSED_MORE,
	    { T("reason", "source-full"), N("more", 37), N("more_ms", 10000) },
	    "refused 37 more in 10 s: source-full" },
	{ EVENT_ISOLATION,
	    { T("asked", "strict"), T("in_force", "user, files"),
		T("missing", "pid: no namespaces here") },
	    "isolation (strict): in force: user, files; missing: pid: no namespaces here" },
	{ EVENT_CONFINED, { N("pid", 4711), T("text", "user nobody, no capability") },
	    "the kernel says of pid 4711: user nobody, no capability" },
	{ EVENT_FORBIDDEN,
	    { N("pid", 4711), T("program", "cat"), T("call", "ptrace"), T("met", "EPERM"),
		N("more", 7) },
	    "pid 4711 (cat) called ptrace, which it may not: EPERM (7 more since the last line)" },
	{ EVENT_PENALTY,
	    { T("source", "192.0.2.7"), N("for_ms", 20000), T("offence", "exit"),
		N("offences", 3), N("more", 2), N("more_ms", 10000) },
	    "192.0.2.7 is shut out for 20 s: exit, offence 3 (2 more in 10 s)" },
	{ EVENT_PENALTIES_CLEARED, { N("count", 1) },
	    "forgot what 1 source owed on request" },
	{ EVENT_STRESS, { N("live", 80), N("max", 100), N("left", 20) },
	    "under stress: 80 of 100 sessions; new ones get 20 percent of the time "
	    "limits" },
	{ EVENT_RELAXED, { N("live", 69), N("max", 100) },
	    "no more stress: 69 of 100 sessions" },
	{ EVENT_POLICY_FAILED,
	    { T("source", PEER), T("error", "exited 3"), T("said", "no such table"),
		T("verdict", "refused"), N("more", 2) },
	    "the policy program gave no answer about 127.0.0.1:53412: exited 3: no such "
	    "table; it is refused (2 failures since the last line)" },
	{ EVENT_STDERR, { N("pid", 4711), T("line", "oops") }, "oops" },
	{ EVENT_STDERR_DROPPED, { N("lines", 9), N("limit", 50) },
	    "9 more lines of error output dropped: more than 50 a second" },
	{ EVENT_ACCEPT_FAILED,
	    { T("listen", "[::]:9"), T("error", "Too many open files (EMFILE)"),
		N("pause_ms", 160), N("more", 5) },
	    "cannot accept on [::]:9: Too many open files (EMFILE); trying again in 160 ms "
	    "(5 failures since the last line)" },
	{ EVENT_SPAWN_FAILED,
	    { T("error", "Cannot allocate memory (ENOMEM)"), N("pause_ms", 1000),
		N("more", 5) },
	    "cannot start a process: Cannot allocate memory (ENOMEM); accepting again in "
	    "1.0 s (5 failures since the last line)" },
	{ EVENT_RESUMED, { N("failures", 3) }, "accepting again after 3 failures" },
	{ EVENT_SPARES,
	    { T("how", "warm"), N("ready", 1), T("call", "read(0)"), N("start_ms", 48),
		N("memory_kb", 8500) },
	    "started ahead (warm): 1 ready, held at read(0) after 48 ms, 8.3 MB each" },
	{ EVENT_SPARES_FAILED,
	    { T("how", "clone"), T("reason", "it has 3 threads"), T("instead", "warm"),
		N("pause_ms", 2000), N("more", 5) },
	    "cannot be started ahead (clone): it has 3 threads; each client gets a "
	    "warm process; trying again in 2.0 s (5 failures since the last line)" },
	{ EVENT_REPLACED, { N("before", 4711), N("pid", 4712) },
	    "pid 4711 ended before it took its client, pid 4712 takes its place" },
	{ EVENT_SPARES_RETIRED, { T("why", "a file has changed"), N("count", 4) },
	    "ended 4 that waited for a client: a file has changed" },
	{ EVENT_DRAINING, { N("live", 2), N("timeout_ms", 200000) },
	    "stopping: no new connections, 2 sessions may go on for 3 min 20 s" },
	{ EVENT_ENDING, { N("live", 2) }, "stopping: ending 2 sessions" },
	{ EVENT_DRAINED, { N("ended", 7), N("refused", 1) },
	    "stopped: 7 sessions served, 1 refused" },
	{ EVENT_RELOADED, { N("services", 2), N("older", 1) },
	    "another set of services is in force: 2 services; 1 session with earlier "
	    "settings" },
	{ EVENT_RELOAD_FAILED, { T("text", "as it is") },
	    "nothing was changed, the services go on as they are: as it is" },
	{ EVENT_UPGRADING, { T("text", "as it is") },
	    "another program takes over: as it is" },
	{ EVENT_UPGRADED,
	    { T("version", "0.4.0"), T("from", "0.3.0"), N("services", 1), N("live", 2) },
	    "took over as version 0.4.0 from version 0.3.0: 1 service, 2 sessions taken "
	    "along" },
	{ EVENT_UPGRADE_FAILED, { T("text", "as it is") },
	    "this program goes on: as it is" },
	{ EVENT_HELD, { N("live", 2) },
	    "paused on request: new clients wait, 2 sessions may go on" },
	{ EVENT_RELEASED, { N("live", 2) }, "accepting again on request" },
	{ EVENT_ORPHAN, { N("pid", 4712), N("status", 1) },
	    "reaped orphan 4712, status 1" },
	{ EVENT_SIGNAL, { T("name", "HUP"), T("text", "nothing to reload") },
	    "HUP: nothing to reload" },
	{ EVENT_CONTROL, { T("request", "kill all"), N("uid", 0), N("pid", 4713) },
	    "asked to kill all by uid 0, pid 4713" },
	{ EVENT_LOG_DROPPED, { N("lines", 12) },
	    "12 log lines dropped: the reader of the log was too slow or gone" },
	{ EVENT_FAILED, { T("text", "as it is") }, "as it is" },
};

/* Those that have parts to leave out. */
static const struct golden bare[] = {
	{ EVENT_SESSION_END,
	    { T("source", PEER), T("how", "exited 0"), N("duration_ms", 85) },
	    "end 127.0.0.1:53412: exited 0 after 85 ms" },
	{ EVENT_SESSION_END,
	    { T("source", PEER), N("pid", 1), T("how", "exited 0"), N("duration_ms", 0),
		N("bytes_out", 0), N("peak_kb", 1) },
	    "end 127.0.0.1:53412 pid 1: exited 0 after 0 ms, 0 B out, peak 1.0 KB" },
	{ EVENT_SESSION_FAILED,
	    { T("source", PEER),
		T("how", "never ran: no process: Cannot allocate memory") },
	    "end 127.0.0.1:53412: never ran: no process: Cannot allocate memory" },
	{ EVENT_SESSION_BEGIN,
	    { T("source", PEER), N("pid", 4711), N("live", 1), N("max", 4096) },
	    "begin 127.0.0.1:53412 pid 4711 (1 of 4096)" },
	{ EVENT_ISOLATION, { T("asked", "settings"), T("in_force", "capabilities") },
	    "isolation (settings): in force: capabilities" },
	{ EVENT_PENALTY,
	    { T("source", "uid 1000"), N("for_ms", 500), T("offence", "signal"),
		N("offences", 1) },
	    "uid 1000 is shut out for 500 ms: signal, offence 1" },
	{ EVENT_PENALTIES_CLEARED, { N("count", 2) },
	    "forgot what 2 sources owed on request" },
	{ EVENT_POLICY_FAILED,
	    { T("source", PEER), T("error", "killed by SEGV"), T("verdict", "let in") },
	    "the policy program gave no answer about 127.0.0.1:53412: killed by SEGV; it "
	    "is let in" },
	{ EVENT_REFUSED,
	    { T("source", PEER), T("reason", "service-full"),
		T("why", "4 of 4 sessions") },
	    "refused 127.0.0.1:53412 (service-full): 4 of 4 sessions" },
	{ EVENT_REFUSED,
	    { T("source", PEER), T("reason", "service-full"), T("why", "4 of 4 sessions"),
		N("more", 3) },
	    "refused 127.0.0.1:53412 (service-full): 4 of 4 sessions" },
	{ EVENT_ACCEPT_FAILED,
	    { T("listen", "[::]:9"), T("error", "why"), N("pause_ms", 10) },
	    "cannot accept on [::]:9: why; trying again in 10 ms" },
	{ EVENT_SPAWN_FAILED, { T("error", "why"), N("pause_ms", 10) },
	    "cannot start a process: why; accepting again in 10 ms" },
	{ EVENT_RELOADED, { N("services", 1) },
	    "another set of services is in force: 1 service" },
	{ EVENT_SPARES, { T("how", "spare"), N("ready", 2) },
	    "started ahead (spare): 2 ready" },
	{ EVENT_SPARES_FAILED,
	    { T("how", "warm"), T("reason", "it closed its connection"),
		T("instead", "fresh") },
	    "cannot be started ahead (warm): it closed its connection; each client gets a "
	    "fresh process" },
	{ EVENT_DRAINING, { N("live", 0) },
	    "stopping: no new connections, 0 sessions may go on" },
};

static void
begin(struct event *event, const struct golden *golden)
{
	event_begin(event, golden->id, NULL, NULL);
	for (size_t i = 0; golden->fields[i].key != NULL; i++) {
		const struct prong_field *field = &golden->fields[i];

		if (field->text != NULL)
			event_text(event, field->key, field->text);
		else
			event_number(event, field->key, field->number);
	}
}

static void
check(const struct golden *golden)
{
	struct event event;
	char text[1024];

	begin(&event, golden);
	assert_int_equal(
	    prong_event_text(&event.told, text, sizeof(text)), strlen(golden->text));
	assert_string_equal(text, golden->text);
}

static void
every_event_is_a_sentence(void **state)
{
	bool is_seen[EVENT_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		check(&whole[i]);
		is_seen[whole[i].id] = true;
	}
	for (int i = 0; i < EVENT_COUNT; i++) {
		struct event event;

		event_begin(&event, (enum event_id)i, NULL, NULL);
		assert_row(is_seen[i], event.told.name);
	}
}

static void
what_is_not_known_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bare); i++)
		check(&bare[i]);
}

static void
the_subject_goes_before(void **state)
{
	struct event event;
	char text[128];

	(void)state;
	event_begin(&event, EVENT_NOTE, "echo", NULL);
	event_text(&event, "text", "hello");
	assert_int_equal(prong_event_text(&event.told, text, sizeof(text)), 11);
	assert_string_equal(text, "echo: hello");

	event_begin(&event, EVENT_STDERR, "echo", ID);
	event_text(&event, "line", "hello");
	assert_int_equal(prong_event_text(&event.told, text, sizeof(text)), 26);
	assert_string_equal(text, "echo[" ID "]: hello");
}

static void
what_came_from_outside_is_escaped(void **state)
{
	struct event event;
	char text[128];

	(void)state;
	event_begin(&event, EVENT_STDERR, NULL, NULL);
	event_text(&event, "line", "\x1b[2J[a] {b}\nc\xff \xc3\xa9");
	(void)prong_event_text(&event.told, text, sizeof(text));
	assert_string_equal(text, "\\x1b[2J[a] {b}\\x0ac\\xff \xc3\xa9");
}

static void
however_little_room_there_is_the_text_ends(void **state)
{
	struct event event;
	char complete[512], text[512];
	size_t length, used;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		begin(&event, &whole[i]);
		length = prong_event_text(&event.told, complete, sizeof(complete));
		for (size_t size = 1; size <= length + 1; size++) {
			memset(text, '#', sizeof(text));
			used = prong_event_text(&event.told, text, size);
			assert_int_equal(used, strlen(text));
			assert_true(used < size);
			assert_int_equal(text[size], '#');
		}
		assert_string_equal(text, complete);
	}
	assert_int_equal(prong_event_text(&event.told, text, 0), 0);
}

static void
a_text_may_be_written_in_place(void **state)
{
	struct event event;
	struct text first, second;

	(void)state;
	event_begin(&event, EVENT_SIGNAL, NULL, NULL);
	first = event_open(&event);
	text_put(&first, "one");
	event_close(&event, "name", &first);
	second = event_open(&event);
	text_put(&second, "two");
	event_close(&event, "text", &second);
	assert_string_equal(event.told.fields[0].text, "one");
	assert_string_equal(event.told.fields[1].text, "two");
}

static void
a_text_in_which_nothing_was_written_is_empty(void **state)
{
	struct event event;
	struct text text;

	(void)state;
	memset(&event, 'x', sizeof(event));
	event_begin(&event, EVENT_STDERR, NULL, NULL);
	text = event_open(&event);
	event_close(&event, "line", &text);
	assert_memory_equal(event.told.fields[0].text, "", 1);
}

static void
a_text_that_is_too_long_is_cut_and_the_next_is_empty(void **state)
{
	struct event event;
	struct text text;

	(void)state;
	memset(&event, 'x', sizeof(event));
	event_begin(&event, EVENT_SIGNAL, NULL, NULL);
	text = event_open(&event);
	for (size_t i = 0; i < 3 * sizeof(event.scratch); i++)
		text_put_char(&text, 'y');
	event_close(&event, "name", &text);
	text = event_open(&event);
	text_put(&text, "no room");
	event_close(&event, "text", &text);
	assert_int_equal(strlen(event.told.fields[0].text), sizeof(event.scratch) - 1);
	assert_string_equal(event.told.fields[1].text, "");
}

static void
remember(const struct prong_event *event, void *context)
{
	*(const char **)context = event->name;
}

static void
an_event_goes_to_whoever_listens(void **state)
{
	const char *heard = NULL;
	struct event event;

	(void)state;
	event_begin(&event, EVENT_RESUMED, NULL, NULL);
	event_send(&event, &(struct event_sink){ 0 });
	event_send(&event, &(struct event_sink){ remember, &heard });
	assert_string_equal(heard, "resumed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_a_sentence),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(the_subject_goes_before),
		cmocka_unit_test(what_came_from_outside_is_escaped),
		cmocka_unit_test(however_little_room_there_is_the_text_ends),
		cmocka_unit_test(a_text_may_be_written_in_place),
		cmocka_unit_test(a_text_in_which_nothing_was_written_is_empty),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_and_the_next_is_empty),
		cmocka_unit_test(an_event_goes_to_whoever_listens),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
