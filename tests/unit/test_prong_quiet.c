/*
 * What serving must never do, looked for while it happens: write to the host's stdout or
 * stderr, end the host, read its environment, start a thread, change what a signal does.
 *
 * tools/check-library looks for the names of functions that would; here whatever the
 * library does has to get along without, in a host that watches it: quiet.h.
 */
#include "kinds.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "quiet.h"
#include "scratch.h"
#include "settings.h"

/* ---- lives ------------------------------------------------------------------------- */

#define TURNS_MOST 6000 /* of 10 ms; what works takes few of them */

static size_t ends;

static void
on_event(const struct prong_event *event, void *context)
{
	size_t *count = context;
	char text[1024];

	(void)prong_event_text(event, text, sizeof(text));
	if (strcmp(event->name, "session-end") == 0)
		++*count;
	quiet_look();
}

static struct prong *
server_new(const char *what)
{
	struct prong *server;

	quiet_step(what);
	server = prong_new();
	prong_on_event(server, on_event, &ends);
	return server;
}

static struct prong_service *
service_new(struct prong *server, const char *where)
{
	struct prong_service *service = prong_service_add(server, "quiet");

	WORKS(prong_listen(service, where));
	return service;
}

/* Whether it starts or not; a client at each, and the server is freed. */
static void
visit_and_free(struct prong *server)
{
	const struct prong_service *service = prong_service_next(server, NULL);
	int client = client_try(prong_bound(service, 0));

	ends = 0;
	(void)shutdown(client, SHUT_WR);
	for (int i = 0; i < TURNS_MOST && ends == 0; i++)
		WORKS(prong_dispatch(server, 10));
	must(ends != 0, "a session that does not end");
	WORKS(prong_drain(server));
	for (int i = 0; i < TURNS_MOST && prong_dispatch(server, 10) == 0; i++)
		;
	prong_free(server);
	if (client >= 0)
		close_fd(&client);
}

static bool
is_looked_up(const char *setting)
{
	static const char *const words[] = { "user", "group", "uid", "gid", "owner" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(setting, words[i]) != NULL)
			return true;
	return false;
}

/* Every setting with values that are none, or that only the start refuses. */
static void
try_settings(bool looked_up)
{
	static const char *const values[] = { "", "=", "\n\x01%n", "-1", "/nonexistent/a",
		"no-such-one", "99999999999999999999" };

	for (size_t i = 0; i < settings_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(values) &&
				   is_looked_up(settings_table[i].name) == looked_up;
		     k++) {
			struct prong *server = server_new(settings_table[i].name);
			struct prong_service *service =
			    service_new(server, "127.0.0.1:0");

			(void)prong_set(service, settings_table[i].name, values[k]);
			(void)prong_check(server);
			(void)prong_try(server);
			if (prong_start(server) == 0)
				(void)prong_dispatch(server, 0);
			prong_free(server);
		}
}

static void
wrong_settings(void)
{
	try_settings(false);
}

static void
wrong_addresses(void)
{
	static const char *const addresses[] = { "127.0.0.1:70000", "192.0.2.1:1", "[::1",
		"unix:/nonexistent/socket", "fd:77", "fd:1", "vsock:x:y" };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct prong *server = server_new(addresses[i]);
		struct prong_service *service = prong_service_add(server, "quiet");

		if (prong_listen(service, addresses[i]) == 0) {
			FAILS(prong_check(server));
			FAILS(prong_start(server));
		}
		prong_free(server);
	}
}

static void
taken_ports(void)
{
	struct prong *first = server_new("a port that is taken"), *second;

	(void)service_new(first, "127.0.0.1:0");
	WORKS(prong_start(first));
	second = server_new("a port that is taken");
	(void)service_new(second, prong_bound(prong_service_next(first, NULL), 0));
	FAILS(prong_start(second));
	prong_free(second);
	prong_free(first);
}

static void
wrong_calls(void)
{
	struct prong *server = server_new("wrong calls");
	struct prong_service *service;
	struct rlimit limit, none;

	FAILS(prong_start(server));
	FAILS(prong_check(server));
	FAILS(prong_drain(server));
	FAILS(prong_kill(server));
	FAILS(prong_end(server, "nobody", -1));
	FAILS(prong_reload_begin(server));
	FAILS(prong_reload_commit(server));
	FAILS(prong_thaw(server, 0, 0));
	FAILS(prong_freeze(server, 1, 0));
	FAILS(prong_watch(server, -1, 1, NULL, NULL));
	FAILS(prong_pause(server, "nobody"));
	must(prong_service_add(server, "a b") == NULL, "a name that is none");
	service = prong_service_add(server, "quiet");
	FAILS(prong_set(service, NULL, NULL));
	FAILS(prong_set(service, "maxx", "1"));
	FAILS(prong_program(service, NULL));
	FAILS(prong_handler(service, NULL, NULL));
	FAILS(prong_listen_fd(service, -1));
	prong_free(server);
	quiet_step("no descriptor left");
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){ 3, limit.rlim_max };
	(void)setrlimit(RLIMIT_NOFILE, &none);
	server = prong_new();
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	must(server == NULL, "a server without a descriptor");
	(void)prong_error(NULL);
	prong_free(NULL);
}

/* Programs that cannot be started, that are gone once it serves, that fail and say so. */
static void
wrong_programs(void)
{
	static const char *const programs[][4] = { { "/nonexistent" }, { "/etc/passwd" },
		{ "/" }, { "no-such-program" }, { "@no-such" } };
	static const char *const failing[][4] = { { "sh", "-c", "echo a >&2; exit 9" },
		{ "sh", "-c", "echo b >&2; kill -SEGV $$" } };
	struct scratch scratch;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct prong *server = server_new(programs[i][0]);

		if (prong_program(service_new(server, "127.0.0.1:0"), programs[i]) == 0)
			FAILS(prong_start(server));
		prong_free(server);
	}
	for (size_t i = 0; i < ARRAY_SIZE(failing); i++) {
		struct prong *server = server_new(failing[i][2]);

		WORKS(prong_program(service_new(server, "127.0.0.1:0"), failing[i]));
		WORKS(prong_start(server));
		visit_and_free(server);
	}
	{
		struct prong *server = server_new("a stage that fails");
		struct prong_service *service = service_new(server, "127.0.0.1:0");

		scratch_init(&scratch);
		WORKS(prong_set(service, "dir", scratch.dir));
		WORKS(prong_program(service, failing[0]));
		WORKS(prong_start(server));
		scratch_done(&scratch);
		visit_and_free(server);
	}
	{
		struct prong *server = server_new("a policy that fails");
		struct prong_service *service = service_new(server, "127.0.0.1:0");

		WORKS(prong_set(service, "policy", "/bin/false"));
		WORKS(prong_set(service, "refuse-text", "no\\n"));
		WORKS(prong_start(server));
		prong_free(server);
	}
}

static int
refuse(void *unused)
{
	(void)unused;
	(void)fputs("cannot\n", stderr);
	return 9;
}

/* Prints to both: to its client and to the log. */
static int
print(const struct prong_birth *birth, void *unused)
{
	(void)unused;
	(void)printf("%s\n", birth->source);
	(void)fputs("handled\n", stderr);
	return 9;
}

static void
handlers(void)
{
	static const char *const starts[] = { "fresh", "spare" };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(starts); i++) {
		struct prong *server = server_new("a handler that prints");
		struct prong_service *service = service_new(server, "127.0.0.1:0");

		WORKS(prong_set(service, "start", starts[i / 2]));
		WORKS(prong_handler(service, print, NULL));
		if (i % 2 == 1)
			WORKS(prong_prepare(service, refuse));
		WORKS(prong_start(server));
		visit_and_free(server);
	}
}

/* `isolation` "strict" makes root somebody else: with groups that are looked up. */
static void
try_kinds(bool looked_up)
{
	for (size_t i = 0; i < kinds_count; i++) {
		if ((strncmp(kinds[i].name, "strict", 6) == 0) != looked_up)
			continue;
		struct embed embed = { .server = server_new(kinds[i].name) };

		(void)kind_add(&embed, &kinds[i]);
		WORKS(prong_start(embed.server));
		visit_and_free(embed.server);
	}
}

static void
every_kind(void)
{
	try_kinds(false);
}

static void
reloads(void)
{
	struct prong *server = server_new("reloads");

	(void)service_new(server, "127.0.0.1:0");
	WORKS(prong_start(server));
	WORKS(prong_reload_begin(server));
	(void)service_new(server, "192.0.2.1:1");
	FAILS(prong_reload_commit(server));
	WORKS(prong_reload_begin(server));
	(void)service_new(server, "127.0.0.1:0");
	WORKS(prong_reload_commit(server));
	WORKS(prong_dispatch(server, 0));
	prong_free(server);
}

/* Names are looked up by libc: its resolver, and modules of nsswitch.conf(5), read what
 * they like.  Here they find an environment that is empty. */
static void
names(void)
{
	static const char *const hosts[] = { "localhost:0", "no-such-name.invalid:0" };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct prong *server = server_new(hosts[i]);

		(void)service_new(server, hosts[i]);
		must((prong_start(server) == 0) == (i == 0), "a name is looked up");
		prong_free(server);
	}
	try_settings(true);
	try_kinds(true);
}

#define QUIET(life, environment)                                                         \
	static void life##_are_quiet(void **state)                                       \
	{                                                                                \
		(void)state;                                                             \
		quiet_assert(life, environment);                                         \
	}

QUIET(wrong_settings, QUIET_UNREADABLE)
QUIET(wrong_addresses, QUIET_UNREADABLE)
QUIET(taken_ports, QUIET_UNREADABLE)
QUIET(wrong_calls, QUIET_UNREADABLE)
QUIET(wrong_programs, QUIET_UNREADABLE)
QUIET(handlers, QUIET_UNREADABLE)
QUIET(every_kind, QUIET_UNREADABLE)
QUIET(reloads, QUIET_UNREADABLE)
QUIET(names, QUIET_EMPTY)

/* ---- that it sees ---------------------------------------------------------------- */

static void
read_environment(void)
{
	quiet_step(*environ == NULL ? "none" : "some");
}

static void
the_environment_cannot_be_read(void **state)
{
	(void)state;
	assert_true(quiet_ends(read_environment, QUIET_EMPTY));
	assert_false(quiet_ends(read_environment, QUIET_UNREADABLE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_settings_are_quiet),
		cmocka_unit_test(wrong_addresses_are_quiet),
		cmocka_unit_test(taken_ports_are_quiet),
		cmocka_unit_test(wrong_calls_are_quiet),
		cmocka_unit_test(wrong_programs_are_quiet),
		cmocka_unit_test(handlers_are_quiet),
		cmocka_unit_test(every_kind_are_quiet),
		cmocka_unit_test(reloads_are_quiet),
		cmocka_unit_test(names_are_quiet),
		cmocka_unit_test(the_environment_cannot_be_read),
	};

	return cmocka_run_group_tests_name("prong_quiet", tests, NULL, NULL);
}
