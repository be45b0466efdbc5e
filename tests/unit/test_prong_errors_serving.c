/*
 * Every error that the manual has (docs/libprong) and a program's own calls can bring
 * about, while the server serves.
 */
#include "errors.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

static int
handle(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return 0;
}

static void
ready(uint32_t events, void *context)
{
	(void)events;
	(void)context;
}

static const char *const program[] = { "@echo", NULL };

static void
a_service_that_serves(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");

	(void)state;
	embed_start(&it);
	FAILS(prong_start, -EBUSY, "by prong_reload_begin()", it.server);
	FAILS(prong_check, -EINVAL, "serves already; prong_reload_begin()", it.server);
	FAILS(prong_try, -EINVAL, "serves already; prong_reload_begin()", it.server);
	assert_null(prong_service_add(it.server, "other"));
	assert_said(
	    "cannot add service 'other': the server was started already; prong_rel");
	FAILS(prong_listen, -EBUSY,
	    "echo: cannot add an address: the service serves already", service,
	    "127.0.0.1:0");
	FAILS(prong_listen_fd, -EBUSY, "see prong_reload_begin()", service, 0);
	FAILS(prong_set, -EBUSY, "echo: cannot set max: the service serves already",
	    service, "max", "1");
	FAILS(prong_program, -EBUSY, "cannot set the program: ", service, program);
	FAILS(prong_handler, -EBUSY, "cannot set the handler: ", service, handle, NULL);
	FAILS(
	    prong_prepare, -EBUSY, "cannot set what a handler prepares: ", service, NULL);
	FAILS(prong_on_admit, -EBUSY, "cannot set who admits: ", service, NULL, NULL);
	FAILS(prong_on_end, -EBUSY, "cannot set who is told of endings: ", service, NULL,
	    NULL);
}

static void
a_new_set_of_services(void **state)
{
	int fd = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	(void)echo("127.0.0.1:0");
	embed_start(&it);
	assert_int_equal(prong_reload_begin(it.server), 0);
	FAILS(prong_reload_begin, -EBUSY, "prong_reload_abort() ends it", it.server);
	FAILS(prong_freeze, -EBUSY, "a new set of services is being made", it.server, fd,
	    0);
	FAILS(prong_reload_commit, -EINVAL, "it has none; prong_service_add() makes one",
	    it.server);
	assert_int_equal(prong_drain(it.server), 0);
	FAILS(prong_reload_begin, -EINVAL, "the server is stopping", it.server);
	FAILS(prong_reload_commit, -EINVAL, "the server is stopping", it.server);
	FAILS(prong_freeze, -EBUSY, "the server is stopping", it.server, fd, 0);
	close_fd(&fd);
}

static void
clients_that_are_nobody(void **state)
{
	struct prong_service *service = echo("127.0.0.1:0");
	struct prong_why why;

	(void)state;
	embed_start(&it);
	FAILS(prong_end, -EINVAL,
	    "'' is neither the id of a session, nor an address, nor ", it.server, NULL,
	    0);
	FAILS(prong_end, -EINVAL, "'127.1' ", it.server, "127.1", 0);
	FAILS(prong_why, -EINVAL, "' is more than one address", service, "192.0.2.0/24",
	    &why, sizeof(why));
	FAILS(prong_why, -EINVAL, "'192.0.2.7:80' ", service, "192.0.2.7:80", &why,
	    sizeof(why));
	FAILS(prong_why, -EINVAL, "'' ", service, NULL, &why, sizeof(why));
	FAILS(prong_penalties_clear, -EINVAL, "'127.1' ", it.server, NULL, "127.1");
	FAILS(prong_penalties_clear, -EINVAL, "'' ", it.server, "echo", NULL);
	FAILS(prong_penalties_clear, -ENOENT, "there is no service 'other'", it.server,
	    "other", "all");
	FAILS(prong_pause, -ENOENT, "there is no service 'other', only echo", it.server,
	    "other");
}

static void
descriptors_that_cannot_be_watched(void **state)
{
	int ends[2], file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	FAILS(prong_watch, -EINVAL, "there is no function to call", it.server, ends[0],
	    EPOLLIN, NULL, NULL);
	FAILS(prong_watch, -EINVAL, "cannot watch descriptor ", it.server,
	    prong_fd(it.server), EPOLLIN, ready, NULL);
	FAILS(prong_watch, -EBADF, "cannot watch descriptor -1: it is not open",
	    it.server, -1, EPOLLIN, ready, NULL);
	FAILS(prong_watch, -EBADF, "cannot watch descriptor -1: it is not open",
	    it.server, -1, 0, NULL, NULL);
	FAILS(prong_watch, -EPERM, "such as a regular file", it.server, file, EPOLLIN,
	    ready, NULL);
	assert_int_equal(prong_watch(it.server, ends[0], EPOLLIN, ready, NULL), 0);
	assert_int_equal(dup3(ends[1], ends[0], O_CLOEXEC), ends[0]);
	FAILS(prong_watch, -ENOENT, "prong_unwatch() comes before close()", it.server,
	    ends[0], EPOLLOUT, ready, NULL);
	prong_unwatch(it.server, ends[0]);
	assert_int_equal(prong_watch(it.server, ends[0], 0, NULL, NULL), 0);
	for (int i = 1; i < 64; i++)
		assert_int_equal(prong_watch(it.server, 1000 + i, 0, NULL, NULL), 0);
	FAILS(prong_watch, -ENOSPC,
	    "64 are watched already, or fs.epoll.max_user_watches", it.server, ends[1],
	    EPOLLOUT, ready, NULL);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	close_fd(&file);
}

static void
turn_within(uint32_t events, void *context)
{
	int fd = *(int *)context;

	(void)events;
	FAILS(prong_dispatch, -EBUSY, "called by one of the functions that it calls",
	    it.server, 0);
	prong_unwatch(it.server, fd);
	close_fd(context);
}

static void
a_turn_within_a_turn(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close_fd(&ends[1]);
	assert_int_equal(
	    prong_watch(it.server, ends[0], EPOLLIN, turn_within, &ends[0]), 0);
	assert_int_equal(prong_dispatch(it.server, -1), 0);
	assert_int_equal(ends[0], -1);
}

static void
a_state_that_cannot_be_written(void **state)
{
	int ends[2];

	(void)state;
	(void)echo("127.0.0.1:0");
	embed_start(&it);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	FAILS(prong_freeze, -EINVAL, "the only flag is PRONG_TRIAL", it.server, ends[1],
	    PRONG_SAME);
	FAILS(prong_freeze, -EBADF, "could not be written down: Bad file descriptor",
	    it.server, -1, 0);
	FAILS(prong_freeze, -EINVAL, "could not be written down: Invalid argument",
	    it.server, ends[1], PRONG_TRIAL);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	assert_int_equal(prong_dispatch(it.server, 0), 0);
}

/* In a child that the host has forked: of what a thaw of the state fails. */
static int
thaw_apart(int fd, unsigned flags, const char *said)
{
	struct prong *server = prong_new();
	int rc = server == NULL ? 0 : prong_thaw(server, fd, flags);

	return strstr(prong_error(server), said) == NULL ? 1 : -rc;
}

static void
a_state_that_cannot_be_taken(void **state)
{
	static const struct {
		unsigned flags;
		const char *said;
		int error;
	} rows[] = {
		{ 0, "cannot be taken: it is the state of another process", EINVAL },
		{ PRONG_TRIAL | PRONG_SAME, "a service of it has a handler", EPROTO },
	};
	int fd = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	(void)embed_handler(&it, "hand", handle, NULL);
	embed_start(&it);
	assert_int_equal(prong_freeze(it.server, fd, PRONG_TRIAL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(thaw_apart(fd, rows[i].flags, rows[i].said));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WEXITSTATUS(status), rows[i].error);
	}
	prong_unfreeze(it.server);
	close_fd(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EMBED_TEST(a_service_that_serves),
		EMBED_TEST(a_new_set_of_services),
		EMBED_TEST(clients_that_are_nobody),
		EMBED_TEST(descriptors_that_cannot_be_watched),
		EMBED_TEST(a_turn_within_a_turn),
		EMBED_TEST(a_state_that_cannot_be_written),
		EMBED_TEST(a_state_that_cannot_be_taken),
	};

	return cmocka_run_group_tests_name("prong_errors_serving", tests, NULL, NULL);
}
