/*
 * Every error that the manual has (docs/libprong) and a program's own calls can bring
 * about, until the server serves.
 */
#include "errors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "scratch.h"

/* Of a host that speaks another language. */
char *
strerror(int error)
{
	(void)error;
	return (char *)"kein Raum";
}

static int
handle(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return 0;
}

static const char *const program[] = { "@echo", NULL };

/* ---- before the start ------------------------------------------------------------- */

static void
words_that_are_none(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");
	const char *const nothing[] = { NULL };

	(void)state;
	FAILS(prong_listen, -EINVAL,
	    "echo: cannot add an address: there is none; one is like", service, NULL);
	FAILS(prong_listen_fd, -EBADF, "echo: cannot add a socket: a descriptor is 0 or",
	    service, -1);
	FAILS(prong_set, -ENOENT, "maxx is not a setting; did you mean max?", service,
	    "maxx", "1");
	FAILS(prong_set, -ENOENT, " is not a setting", service, NULL, "1");
	FAILS(prong_set, -EINVAL, "max: 'many' is not ", service, "max", "many");
	FAILS(prong_set, -ENOENT, "maxx is not a setting", service, "maxx", NULL);
	assert_int_equal(prong_set(service, "max", NULL), 0);
	FAILS(prong_set, -ERANGE, "max: '0' is not a number from 1 to ", service, "max",
	    "0");
	FAILS(prong_set, -EINVAL, "cannot set pass-env: the library reads no environment",
	    service, "pass-env", "HOME");
	assert_int_equal(prong_set(service, "pass-env", NULL), 0);
	FAILS(prong_program, -EINVAL,
	    "echo: cannot set the program: it needs at least its", service, nothing);
	FAILS(prong_program, -EINVAL, "argv[0]", service, NULL);
	FAILS(prong_prepare, -EINVAL, "it has no handler; prong_handler() comes first",
	    service, NULL);
	FAILS(prong_handler, -EINVAL,
	    "it is no function; for a program there is prong_pro", service, NULL, NULL);
}

static void
a_value_that_is_asked_for(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");
	char value[8];

	(void)state;
	FAILS(prong_get, -ENOENT, "maxx is not a setting; did you mean max?", service,
	    "maxx", value, sizeof(value));
	assert_string_equal(value, "");
	FAILS(
	    prong_get, -ENOENT, " is not a setting", service, NULL, value, sizeof(value));
	FAILS(prong_get, -ERANGE, "listen: its value is longer than the 8 bytes for it",
	    service, "listen", value, sizeof(value));
	assert_string_equal(value, "127.0.0");
	assert_int_equal(prong_get(service, "max", value, sizeof(value)), 0);
	assert_string_equal(value, "auto");
}

/* Whoever checks only the last of several calls finds the first reason. */
static void
a_service_that_could_not_be_added_may_be_spoken_to(void **state)
{
	static const char said[] = "cannot add service 'a/b': a name is 1 to 63 letters, "
				   "digits, or -_.@";
	struct prong_service *none = prong_service_add(it.server, "a/b");

	(void)state;
	assert_null(none);
	assert_int_equal(prong_listen(none, "9999"), -EINVAL);
	assert_int_equal(prong_listen_fd(none, 0), -EINVAL);
	assert_int_equal(prong_set(none, "max", "1"), -EINVAL);
	assert_int_equal(prong_program(none, program), -EINVAL);
	assert_int_equal(prong_handler(none, handle, NULL), -EINVAL);
	assert_int_equal(prong_prepare(none, NULL), -EINVAL);
	assert_int_equal(prong_on_admit(none, NULL, NULL), -EINVAL);
	assert_int_equal(prong_on_end(none, NULL, NULL), -EINVAL);
	assert_string_equal(prong_error(it.server), said);
	assert_null(prong_bound(none, 0));
	assert_null(prong_service_add(it.server, NULL));
	assert_said("cannot add service '': a name is 1 to 63 letters");
	assert_null(prong_service_find(it.server, NULL));
}

static void
a_server_that_was_not_started(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");
	struct prong_why why;
	int fd = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	FAILS(prong_drain, -EINVAL,
	    "cannot drain: the server was not started; prong_start()", it.server);
	FAILS(prong_drain_within, -EINVAL, "cannot drain: the server was not started; ",
	    it.server, 0);
	FAILS(prong_kill, -EINVAL,
	    "cannot kill: the server was not started; prong_start()", it.server);
	FAILS(prong_reload_begin, -EINVAL, "the server was not started; ", it.server);
	FAILS(prong_reload_commit, -EINVAL,
	    "none was begun; prong_reload_begin() does it", it.server);
	FAILS(prong_freeze, -EBUSY, "the server was not started", it.server, fd, 0);
	FAILS(prong_why, -EINVAL, "the service does not serve; prong_start(), or ",
	    service, "192.0.2.7", &why, sizeof(why));
	FAILS(prong_thaw, -EINVAL, "only a new server without services can take over",
	    it.server, fd, 0);
	close_fd(&fd);
}

static void
a_server_without_services(void **state)
{
	int ends[2], fd = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	FAILS(prong_start, -EINVAL, "there is no service; prong_service_add() makes one",
	    it.server);
	FAILS(prong_check, -EINVAL, "there is no service; prong_service_add() makes one",
	    it.server);
	FAILS(prong_try, -EINVAL, "there is no service; prong_service_add() makes one",
	    it.server);
	FAILS(prong_pause, -ENOENT, "the server has no service", it.server, NULL);
	FAILS(prong_resume, -ENOENT, "there is no service 'no\\x0asuch'", it.server,
	    "no\nsuch");
	FAILS(prong_thaw, -EINVAL, "the only flags are PRONG_TRIAL and PRONG_SAME",
	    it.server, fd, 4);
	FAILS(prong_thaw, -EPROTO, "it is not the state of a server", it.server, fd, 0);
	FAILS(
	    prong_thaw, -EBADF, "cannot be taken: Bad file descriptor", it.server, -1, 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	FAILS(prong_thaw, -EPROTO, "it is not the state of a server", it.server, ends[0],
	    0);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	close_fd(&fd);
}

/* ---- the start -------------------------------------------------------------------- */

static void
an_address_that_cannot_be_had(void **state)
{
	struct scratch scratch;
	char where[512];

	(void)state;
	scratch_init(&scratch);
	(void)echo("192.0.2.1:0");
	FAILS(prong_start, -EADDRNOTAVAIL,
	    "no interface of this machine has that address", it.server);
	FAILS(prong_check, -EADDRNOTAVAIL,
	    "no interface of this machine has that address", it.server);

	embed_done(&it);
	embed_init(&it);
	(void)snprintf(
	    where, sizeof(where), "unix:%s", scratch_file(&scratch, "file", "", 0600));
	(void)echo(where);
	FAILS(prong_start, -EEXIST,
	    "cannot replace what is not a socket at unix:", it.server);

	embed_done(&it);
	embed_init(&it);
	(void)echo("no-such-address.invalid:0");
	FAILS(
	    prong_start, -ENOENT, "cannot resolve 'no-such-address.invalid'", it.server);
	scratch_done(&scratch);
}

static void
descriptors_that_do_not_listen(void **state)
{
	static const char said[] = "is not a stream socket\nlisten: descriptor ";
	int ends[2], stream;
	struct prong_service *service = prong_service_add(it.server, "echo");

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(prong_listen_fd(service, ends[0]), 0);
	assert_int_equal(prong_listen_fd(service, stream), 0);
	FAILS(prong_start, -EINVAL, said, it.server);
	assert_said("is a socket that does not listen");
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	close_fd(&stream);
}

static void
an_address_that_is_taken(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");
	static struct embed other;

	(void)state;
	embed_init(&other);
	(void)embed_program(&other, "other", program);
	embed_start(&other);
	assert_int_equal(
	    prong_listen(service, prong_bound(prong_service_next(other.server, NULL), 0)),
	    0);
	FAILS(prong_start, -EADDRINUSE, "by another address of this process", it.server);
	embed_done(&other);
}

static void
an_error_in_english_whatever_the_host_speaks(void **state)
{
	(void)state;
	(void)echo("192.0.2.1:0");
	FAILS(prong_start, -EADDRNOTAVAIL, "Cannot assign requested address", it.server);
}

static void
a_program_that_cannot_be_had(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");

	(void)state;
	(void)prong_program(service, (const char *[]){ "/", NULL });
	FAILS(prong_start, -EISDIR, "program: '/' is a directory, not a program",
	    it.server);
	(void)prong_program(service, (const char *[]){ "/etc/passwd", NULL });
	FAILS(prong_start, -EACCES, "is not executable; chmod +x makes it so", it.server);
	(void)prong_program(service, (const char *[]){ "/nonexistent", NULL });
	FAILS(prong_start, -ENOENT, "program: '/nonexistent' does not exist", it.server);
}

static void
a_socket_that_lacks_what_a_setting_wants(void **state)
{
	struct prong_service *service;
	char where[64];

	(void)state;
	(void)snprintf(where, sizeof(where), "unix:@prong-unit-errors-%d", (int)getpid());
	service = echo(where);
	(void)prong_set(service, "idle-timeout", "5s");
	FAILS(prong_start, -EOPNOTSUPP, "session-timeout works everywhere", it.server);
}

/* As many descriptors as there are now, and none more. */
static struct rlimit
leave_no_descriptor(void)
{
	struct rlimit before, none;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ (rlim_t)fd, before.rlim_max };
	close_fd(&fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return before;
}

static void
a_server_needs_descriptors(void **state)
{
	struct rlimit before = leave_no_descriptor();
	struct prong *server = prong_new();
	int error = errno;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(server);
	assert_int_equal(error, EMFILE);
	assert_string_equal(prong_error(server),
	    "there is no server: prong_new() failed, errno says why");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(words_that_are_none),
		EMBED_TEST(a_value_that_is_asked_for),
		EMBED_TEST(a_service_that_could_not_be_added_may_be_spoken_to),
		EMBED_TEST(a_server_that_was_not_started),
		EMBED_TEST(a_server_without_services),
		EMBED_TEST(an_address_that_cannot_be_had),
		EMBED_TEST(descriptors_that_do_not_listen),
		EMBED_TEST(an_address_that_is_taken),
		EMBED_TEST(an_error_in_english_whatever_the_host_speaks),
		EMBED_TEST(a_program_that_cannot_be_had),
		EMBED_TEST(a_socket_that_lacks_what_a_setting_wants),
		EMBED_TEST(a_server_needs_descriptors),
	};

	return cmocka_run_group_tests_name("prong_errors", tests, NULL, NULL);
}
