/*
 * What the public functions accept, and what prong_error() says when they do not.
 */
#include "embed.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "facts.h"

/* A service that would start. */
static struct prong_service *
good_service(void)
{
	return embed_program(&it, "echo", (const char *[]){ "@echo", NULL });
}

static void
a_new_server_has_no_complaint(void **state)
{
	struct prong_stats stats;

	(void)state;
	assert_string_equal(prong_error(it.server), "");
	prong_stats(it.server, &stats, sizeof(stats));
	assert_int_equal(stats.max, 0);
	assert_int_equal(stats.accepted, 0);
}

static void
freeing_nothing_is_fine(void **state)
{
	(void)state;
	prong_free(NULL);
}

static void
a_service_has_a_plain_name(void **state)
{
	static const char *const bad[] = { "", "a b", "a/b", "a\n", "\xc3\xa9",
		"0123456789012345678901234567890123456789012345678901234567890123" };
	static const char *const good[] = { "a", "A.b-c_d@9",
		"012345678901234567890123456789012345678901234567890123456789012" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_null(prong_service_add(it.server, bad[i]));
		assert_non_null(strstr(prong_error(it.server),
		    "': a name is 1 to 63 letters, digits, or -_.@"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_non_null(prong_service_add(it.server, good[i]));
	assert_null(prong_service_add(it.server, "a"));
	assert_string_equal(prong_error(it.server),
	    "cannot add service 'a': another service has that name");
}

static void
settings_are_those_of_the_command_line(void **state)
{
	static const struct {
		const char *name, *value;
		int rc;
		const char *said; /* what the message begins with */
	} rows[] = {
		{ "max", "8", 0, "" },
		{ "max", "auto", 0, "" },
		{ "no-delay", "yes", 0, "" },
		{ "session-timeout", "1.5s", 0, "" },
		{ "max", "0", -ERANGE, "max: '0' is not " },
		{ "max", "many", -EINVAL, "max: 'many' is not " },
		{ "max", "-1", -EINVAL, "max: '-1' is not " },
		{ "max-conns", "8", -ENOENT, "max-conns is not a setting" },
		{ "max-per-sorce", "8", -ENOENT,
		    "max-per-sorce is not a setting; did you mean max-per-source?" },
		{ "stderr", "paper", -EINVAL, "stderr: 'paper' is not " },
		{ "dir", "tmp", -EINVAL, "dir: 'tmp' is not " },
		{ "", "", -ENOENT, "" },
	};
	struct prong_service *service = good_service();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(
		    prong_set(service, rows[i].name, rows[i].value), rows[i].rc);
		assert_memory_equal(prong_error(it.server), rows[i].said,
		    rows[i].rc < 0 ? strlen(rows[i].said) : 0);
		assert_null(strchr(prong_error(it.server), '\n'));
	}
}

static void
a_server_without_a_service_does_not_start(void **state)
{
	(void)state;
	assert_int_equal(prong_start(it.server), -EINVAL);
	assert_string_equal(prong_error(it.server),
	    "cannot start: there is no service; prong_service_add() makes one");
}

static void
what_was_not_started_cannot_be_stopped(void **state)
{
	(void)state;
	assert_int_equal(prong_drain(it.server), -EINVAL);
	assert_string_equal(prong_error(it.server),
	    "cannot drain: the server was not started; prong_start() does it");
	assert_int_equal(prong_kill(it.server), -EINVAL);
}

static void
nothing_is_changed_after_the_start(void **state)
{
	struct prong_service *service = good_service();
	const char *const program[] = { "@echo", NULL };

	(void)state;
	embed_start(&it);
	assert_int_equal(prong_start(it.server), -EBUSY);
	assert_string_equal(prong_error(it.server),
	    "cannot start: the server was started already; another set of services "
	    "takes its place by prong_reload_begin()");
	assert_null(prong_service_add(it.server, "other"));
	assert_int_equal(prong_listen(service, "127.0.0.1:0"), -EBUSY);
	assert_int_equal(prong_set(service, "max", "1"), -EBUSY);
	assert_int_equal(prong_program(service, program), -EBUSY);
	assert_int_equal(prong_handler(service, NULL, NULL), -EBUSY);
}

static void
a_program_has_at_least_a_name(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	assert_int_equal(prong_program(service, (const char *[]){ NULL }), -EINVAL);
	assert_string_equal(prong_error(it.server),
	    "echo: cannot set the program: it needs at least its name, argv[0]");
}

/* Starts with one thing wrong. */
static void
check_start(int rc, const char *said)
{
	int open_before = facts_open_files();

	assert_int_equal(prong_start(it.server), rc);
	assert_string_equal(prong_error(it.server), said);
	assert_int_equal(facts_open_files(), open_before);
}

static void
a_program_is_looked_at_before_the_start(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	(void)prong_program(service, (const char *[]){ "@ecko", NULL });
	check_start(-EINVAL, "program: '@ecko' is not built in; did you mean @echo?");
	(void)prong_program(service, (const char *[]){ "/nonexistent", NULL });
	check_start(-ENOENT, "program: '/nonexistent' does not exist");
	(void)prong_program(service, (const char *[]){ "tool", NULL });
	(void)prong_set(service, "env", "PATH=/nonexistent");
	check_start(-ENOENT,
	    "program: 'tool' is in none of the directories of PATH, /nonexistent");
}

static void
a_terminal_is_not_for_built_ins(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	(void)prong_set(service, "pty", "raw");
	check_start(-EINVAL, "pty: a built-in needs no terminal; leave it out");
}

static void
the_stages_are_tried_before_the_start(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	(void)prong_set(service, "dir", "/nonexistent");
	check_start(-ENOENT,
	    "echo: a program could not be started: stage \"dir\": "
	    "'/nonexistent': No such file or directory; the directory must exist and be "
	    "open to the user that the program runs as");
}

static void
an_unknown_user_is_named(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	(void)prong_set(service, "user", "no-such-user");
	check_start(-ENOENT, "user: 'no-such-user' is not a user of this machine");
	(void)prong_set(service, "user", "4294967295");
	check_start(-ENOENT, "user: '4294967295' is not a user of this machine");
	(void)prong_set(service, "user", "0");
	(void)prong_set(service, "groups", "no-such-group");
	check_start(-ENOENT, "groups: 'no-such-group' is not a group of this machine");
}

static void
all_mistakes_are_told_at_once(void **state)
{
	struct prong_service *service = good_service();
	struct prong_service *other = prong_service_add(it.server, "other");

	(void)state;
	(void)prong_program(service, (const char *[]){ "/nonexistent", NULL });
	(void)prong_set(service, "user", "no-such-user");
	(void)prong_program(other, (const char *[]){ "/bin", NULL });
	assert_true(prong_start(it.server) < 0);
	assert_string_equal(prong_error(it.server),
	    "echo: program: '/nonexistent' does not exist\n"
	    "echo: user: 'no-such-user' is not a user of this machine\n"
	    "other: program: '/bin' is a directory, not a program");
}

static void
all_wrong_addresses_are_told_at_once(void **state)
{
	struct prong_service *service = good_service();

	(void)state;
	(void)prong_listen(service, "127.1:9");
	(void)prong_listen(service, "192.0.2.1:0");
	(void)prong_listen(service, "unix:/nonexistent/socket");
	(void)prong_listen(service, "fd:2147483647");
	check_start(-EINVAL,
	    "listen: '127.1:9' is not an address; known are 9999, 127.0.0.1:9999, "
	    "[::1]:9999, name:9999, unix:/path, unix:@name, vsock:CID:PORT, fd:N and "
	    "systemd\n"
	    "listen: cannot listen on 192.0.2.1:0: Cannot assign requested address; no "
	    "interface of this machine has that address\n"
	    "listen: cannot use the directory of unix:/nonexistent/socket: No such file "
	    "or directory\n"
	    "listen: descriptor 2147483647 is not open: nobody passed it to prong");
}

static void
counting_bytes_needs_tcp(void **state)
{
	struct prong_service *service = good_service();
	char where[64], said[256];

	(void)state;
	(void)snprintf(where, sizeof(where), "unix:@prong-unit-words-%d", (int)getpid());
	(void)snprintf(said, sizeof(said),
	    "idle-timeout: cannot be had on %s: only of TCP does the kernel count bytes; "
	    "session-timeout works everywhere",
	    where);
	(void)prong_listen(service, where);
	(void)prong_set(service, "idle-timeout", "5s");
	check_start(-EOPNOTSUPP, said);
}

static void
that_the_process_itself_has_the_address_is_said(void **state)
{
	struct prong_service *service = good_service();
	static struct embed other;
	char said[256];

	(void)state;
	embed_start(&it);
	embed_init(&other);
	assert_int_equal(prong_listen(prong_service_add(other.server, "echo"),
			     prong_bound(service, 0)),
	    0);
	assert_int_equal(prong_start(other.server), -EADDRINUSE);
	(void)snprintf(said, sizeof(said),
	    "listen: cannot listen on %s: Address already in use by another address of "
	    "this process",
	    prong_bound(service, 0));
	assert_string_equal(prong_error(other.server), said);
	embed_done(&other);
}

static void
after_a_mistake_the_start_can_be_tried_again(void **state)
{
	struct prong_service *service = good_service();
	static struct embed other;
	char where[64];

	(void)state;
	(void)snprintf(where, sizeof(where), "unix:@prong-unit-again-%d", (int)getpid());
	embed_init(&other);
	if (geteuid() == 0)
		(void)prong_set(service, "user", "0");
	(void)prong_listen(service, where);
	(void)prong_program(service, (const char *[]){ "/bin/cat", NULL });
	assert_int_equal(
	    prong_listen(prong_service_add(other.server, "other"), where), 0);
	embed_start(&other);
	for (int i = 0; i < 3; i++)
		assert_int_equal(prong_start(it.server), -EADDRINUSE);
	assert_null(prong_bound(service, 0));
	embed_done(&other);
	embed_start(&it);
	assert_string_equal(prong_error(it.server), "");
	assert_non_null(prong_bound(service, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_new_server_has_no_complaint),
		EMBED_TEST(freeing_nothing_is_fine),
		EMBED_TEST(a_service_has_a_plain_name),
		EMBED_TEST(settings_are_those_of_the_command_line),
		EMBED_TEST(a_server_without_a_service_does_not_start),
		EMBED_TEST(what_was_not_started_cannot_be_stopped),
		EMBED_TEST(nothing_is_changed_after_the_start),
		EMBED_TEST(a_program_has_at_least_a_name),
		EMBED_TEST(a_program_is_looked_at_before_the_start),
		EMBED_TEST(a_terminal_is_not_for_built_ins),
		EMBED_TEST(the_stages_are_tried_before_the_start),
		EMBED_TEST(an_unknown_user_is_named),
		EMBED_TEST(all_mistakes_are_told_at_once),
		EMBED_TEST(all_wrong_addresses_are_told_at_once),
		EMBED_TEST(counting_bytes_needs_tcp),
		EMBED_TEST(that_the_process_itself_has_the_address_is_said),
		EMBED_TEST(after_a_mistake_the_start_can_be_tried_again),
	};

	return cmocka_run_group_tests_name("prong_words", tests, NULL, NULL);
}
