/*
 * The control socket's path, those who wait for an answer, an exec in between, and time.
 */
#include "desk.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "crowd.h"
#include "sockdir.h"
#include "steer.h"

/* ---- the path ----------------------------------------------------------------- */

static void
the_socket_is_for_its_owner_and_goes_with_the_server(void **state)
{
	struct desk desk;
	struct stat st;

	(void)state;
	desk_init(&desk, 0);
	assert_int_equal(lstat(desk.path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_string_equal(control_path(desk.control), desk.path);
	control_free(desk.control);
	assert_int_equal(lstat(desk.path, &st), -1);
	desk.control = NULL;
	desk_done(&desk);
}

static void
a_path_that_became_another_s_is_left_alone(void **state)
{
	struct desk desk;
	struct stat st;

	(void)state;
	desk_init(&desk, 0);
	assert_int_equal(unlink(desk.path), 0);
	(void)scratch_file(&desk.scratch, "c.sock", "not ours", 0600);
	control_free(desk.control);
	assert_int_equal(lstat(desk.path, &st), 0);
	desk.control = NULL;
	desk_done(&desk);
}

static void
a_socket_in_use_or_another_file_is_not_replaced(void **state)
{
	char place[256] = "";
	struct text message = TEXT_ON(place);
	struct sockdir_socket second;
	struct desk desk;

	(void)state;
	desk_init(&desk, 0);
	assert_int_equal(sockdir_open(&second, desk.path, &message), -EADDRINUSE);
	assert_non_null(strstr(place, "somebody listens there"));
	message = TEXT_ON(place);
	assert_int_equal(sockdir_open(&second,
			     scratch_file(&desk.scratch, "file", "x", 0600), &message),
	    -EEXIST);
	assert_non_null(strstr(place, "is there, and is not a socket"));
	desk_done(&desk);
}

static void
a_socket_that_nobody_listens_on_is_replaced(void **state)
{
	char place[256] = "";
	struct text message = TEXT_ON(place);
	struct sockdir_socket first, second;
	struct scratch scratch;
	const char *path;

	(void)state;
	scratch_init(&scratch);
	path = scratch_path(&scratch, "s");
	assert_int_equal(sockdir_open(&first, path, &message), 0);
	(void)close(first.fd);
	assert_int_equal(sockdir_open(&second, path, &message), 0);
	sockdir_close(&second);
	scratch_done(&scratch);
}

/* ---- those who wait ----------------------------------------------------------- */

static void
reload_is_answered_when_it_is_done(void **state)
{
	struct desk desk;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	assert_string_equal(desk_ask(&desk, fd, "reload\nps\n"), "");
	control_answer(desk.control, desk.asked, "nothing was changed",
	    "a.yaml:1: no\na.yaml:2: \"no\"");
	assert_string_equal(desk_hear(&desk, fd),
	    "{\"message\":\"a.yaml:1: no\"}\n{\"message\":\"a.yaml:2: \\\"no\\\"\"}\n"
	    "{\"error\":\"nothing was changed\"}\n{\"done\":true}\n");
	(void)desk_ask(&desk, fd, "reload\n");
	control_answer(desk.control, desk.asked, NULL, NULL);
	assert_string_equal(desk_hear(&desk, fd), "{\"done\":true}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
an_answer_for_one_who_left_goes_to_nobody_else(void **state)
{
	struct desk desk;
	uint64_t first;
	int fd;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	(void)desk_ask(&desk, fd, "reload\n");
	first = desk.asked;
	(void)close(fd);
	(void)fake_turn(&desk.prong);
	fd = desk_connect(&desk);
	(void)desk_ask(&desk, fd, "reload\n");
	assert_int_not_equal(desk.asked, first);
	control_answer(desk.control, first, NULL, NULL);
	control_answer(desk.control, 12345, NULL, NULL);
	assert_string_equal(desk_hear(&desk, fd), "");
	control_answer(desk.control, desk.asked, NULL, NULL);
	control_answer(desk.control, desk.asked, NULL, NULL);
	assert_string_equal(desk_hear(&desk, fd), "{\"done\":true}\n");
	(void)close(fd);
	desk_done(&desk);
}

/* What the new program does, in a child that has the descriptors and no more. */
static int
go_on_as_another(struct desk *desk, const char *kept)
{
	struct control *control;
	uint64_t token = 0;
	int fd;

	fake_init(&desk->prong, 0);
	control = control_new(&desk->prong, &desk->host);
	if (control == NULL || control_adopt(control, kept, &token) < 0)
		return 1;
	control_answer(control, token, NULL, NULL);
	(void)fake_turn(&desk->prong);
	desk->control = control;
	fd = desk_connect(desk);
	if (strcmp(desk_ask(desk, fd, "ps\n"), "{\"done\":true}\n") != 0)
		return 2;
	control_free(control);
	return access(desk->path, F_OK) == 0 ? 3 : 0;
}

static void
one_who_waits_is_answered_by_the_next_program(void **state)
{
	char kept[CONTROL_STATE_BYTES];
	struct desk desk;
	int fd, status;
	pid_t child;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	(void)desk_ask(&desk, fd, "pause rev 1h\n");
	(void)desk_ask(&desk, fd, "upgrade\n");
	assert_int_equal(control_keep(desk.control, desk.asked, kept, sizeof(kept)), 0);
	assert_non_null(strstr(kept, ";rev:"));
	child = fork();
	if (child == 0)
		_exit(go_on_as_another(&desk, kept));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(desk_hear(&desk, fd), "{\"done\":true}\n");
	(void)close(fd);
	desk_done(&desk);
}

static void
what_is_kept_outlives_an_exec_and_no_more(void **state)
{
	char kept[CONTROL_STATE_BYTES], small[4];
	struct desk desk;
	int fd, listener, cloexec = 0;

	(void)state;
	desk_init(&desk, 0);
	fd = desk_connect(&desk);
	(void)desk_ask(&desk, fd, "upgrade\n");
	assert_int_equal(
	    control_keep(desk.control, desk.asked, small, sizeof(small)), -ENOSPC);
	assert_int_equal(control_keep(desk.control, desk.asked, kept, sizeof(kept)), 0);
	assert_int_equal(sscanf(kept, "1;%d;", &listener), 1);
	assert_int_equal(fcntl(listener, F_GETFD), 0);
	control_unkeep(desk.control);
	cloexec = fcntl(listener, F_GETFD);
	assert_int_equal(cloexec, FD_CLOEXEC);
	(void)close(fd);
	desk_done(&desk);
}

static void
no_other_state_is_adopted(void **state)
{
	static const char *const rows[] = { "", "1", "2;3;0;1;1;;/x", "1;3;0;1;1;;x",
		"1;3;0;1;1;rev;/x", "1;3;0;1;1;rev:x;/x", "1;0;0;1;1;;/x",
		"1;999999;0;1;1;;/x" };
	struct control *control;
	struct prong prong;
	const struct control_host host = { 0 };
	uint64_t token;

	(void)state;
	fake_init(&prong, 0);
	control = control_new(&prong, &host);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(control_adopt(control, rows[i], &token) == -EINVAL, rows[i]);
	control_free(control);
}

/* ---- time --------------------------------------------------------------------- */

struct pair {
	struct means means;
	struct crowd crowd;
	struct control_host host;
	struct prong prong;
	struct client *client;
	int fd; /* the other end */
};

static void
on_moved(struct crowd *crowd)
{
	(void)crowd;
}

static void
pair_init(struct pair *pair)
{
	int fds[2];

	memset(pair, 0, sizeof(*pair));
	fake_init(&pair->prong, 50000);
	pair->means =
	    (struct means){ .prong = &pair->prong, .host = &pair->host, .now = 1000 };
	crowd_init(&pair->crowd, &pair->means, on_moved);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair->fd = fds[0];
	pair->client = crowd_add(&pair->crowd, fds[1], false);
	assert_non_null(pair->client);
}

static void
pair_done(struct pair *pair)
{
	crowd_done(&pair->crowd);
	(void)close(pair->fd);
}

static void
an_idle_client_has_five_minutes_and_a_stuck_one_ten_seconds(void **state)
{
	struct pair pair;
	msec last;

	(void)state;
	pair_init(&pair);
	assert_int_equal(pair.client->deadline, 1000 + 300000);
	desk_say(pair.fd, "p");
	assert_true(client_turn(pair.client, 1));
	assert_int_equal(pair.client->deadline, 1000 + 10000);
	pair.means.now = 5000;
	desk_say(pair.fd, "s"); /* another byte is no excuse */
	assert_true(client_turn(pair.client, 1));
	assert_int_equal(pair.client->deadline, 1000 + 10000);
	desk_say(pair.fd, "\n");
	assert_true(client_turn(pair.client, 1));
	assert_int_equal(pair.client->deadline, 5000 + 10000); /* takes its answer */
	do /* each part that it takes gives it more time */
		pair.means.now++;
	while (client_turn(pair.client, 4) &&
	       pair.client->deadline == pair.means.now + 10000);
	last = pair.client->deadline;
	assert_true(last > 5000 + 10000);
	pair.means.now = 12000; /* and then takes no more of it */
	assert_true(client_turn(pair.client, 4));
	assert_int_equal(pair.client->deadline, last);
	pair_done(&pair);
}

static void
whose_time_is_over_is_dropped(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	assert_int_equal(crowd_next(&pair.crowd), 301000);
	pair.means.now = 300999;
	crowd_drop_due(&pair.crowd);
	assert_true(pair.client->fd >= 0);
	pair.means.now = 301000;
	crowd_drop_due(&pair.crowd);
	assert_int_equal(pair.client->fd, -1);
	assert_int_equal(crowd_next(&pair.crowd), 0);
	pair_done(&pair);
}

static void
a_pause_for_a_time_ends_by_itself(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	assert_int_equal(timed_add(&pair.means.timed, "echo", 2000), 0);
	assert_int_equal(timed_add(&pair.means.timed, "rev", 3000), 0);
	pair.means.now = 2000;
	steer_resume_due(&pair.means);
	assert_string_equal(pair.prong.calls, "resume echo;");
	assert_int_equal(timed_next(&pair.means.timed), 3000);
	pair_done(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_socket_is_for_its_owner_and_goes_with_the_server),
		cmocka_unit_test(a_path_that_became_another_s_is_left_alone),
		cmocka_unit_test(a_socket_in_use_or_another_file_is_not_replaced),
		cmocka_unit_test(a_socket_that_nobody_listens_on_is_replaced),
		cmocka_unit_test(reload_is_answered_when_it_is_done),
		cmocka_unit_test(an_answer_for_one_who_left_goes_to_nobody_else),
		cmocka_unit_test(one_who_waits_is_answered_by_the_next_program),
		cmocka_unit_test(what_is_kept_outlives_an_exec_and_no_more),
		cmocka_unit_test(no_other_state_is_adopted),
		cmocka_unit_test(
		    an_idle_client_has_five_minutes_and_a_stuck_one_ten_seconds),
		cmocka_unit_test(whose_time_is_over_is_dropped),
		cmocka_unit_test(a_pause_for_a_time_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
