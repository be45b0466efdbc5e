/*
 * Handlers of an embedding program in cgroups of their own: they are forked, and go there
 * by themselves.  Where no cgroup can be made there is nothing to look at.
 */
#include "embed.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cgroup_home.h"
#include "cgroup_text.h"

/* Below the first cgroup of version 2 that is mounted, as the kernel calls it; "": there
 * is none. */
static char directory[256], path[64];

static void
find_mount(struct text *mount)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], root[256] = "";
	struct text root_text = TEXT_ON(root);

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (cgroup_text_mount(line, mount, &root_text))
			break;
	if (file != NULL)
		(void)fclose(file);
}

static int
home_make(void **state)
{
	char mount[128] = "";
	struct text text = TEXT_ON(mount);

	(void)snprintf(path, sizeof(path), "/prong-unit-%d", (int)getpid());
	find_mount(&text);
	(void)snprintf(directory, sizeof(directory), "%s%s", mount, path);
	if (mount[0] == '\0' || mkdir(directory, 0755) < 0)
		directory[0] = '\0';
	return embed_set_up(state);
}

static size_t
count_leaves(void)
{
	DIR *folder = opendir(directory);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		count += cgroup_text_is_leaf(entry->d_name, NULL);
	(void)closedir(folder);
	return count;
}

static int
home_remove(void **state)
{
	int rc = embed_tear_down(state);

	if (directory[0] == '\0')
		return rc;
	assert_int_equal(count_leaves(), 0);
	assert_int_equal(rmdir(directory), 0);
	return rc;
}

/* Says which is its own, as the kernel knows it. */
static int
tell_own(const struct prong_birth *birth, void *unused)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[512];

	(void)birth;
	(void)unused;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (cgroup_text_own(line) != NULL)
			(void)fputs(cgroup_text_own(line), stdout);
	return 0;
}

static struct prong_service *
start_handler(const char *how)
{
	struct prong_service *service = embed_handler(&it, "told", tell_own, NULL);

	assert_int_equal(prong_set(service, "cgroup", path), 0);
	assert_int_equal(prong_set(service, "start", how), 0);
	assert_int_equal(prong_set(service, "linger", "off"), 0);
	embed_start(&it);
	return service;
}

static void
expect_own(struct prong_service *service)
{
	char answer[512] = "", expected[96];
	int fd = client_open(prong_bound(service, 0));
	ssize_t got;

	(void)embed_wait(&it, "session-end");
	got = read(fd, answer, sizeof(answer) - 1);
	assert_true(got > 0);
	(void)snprintf(expected, sizeof(expected), "%s/prong-told-", path);
	assert_memory_equal(answer, expected, strlen(expected));
	close_fd(&fd);
}

static void
a_handler_runs_in_one_of_its_own(void **state)
{
	struct prong_service *service;

	(void)state;
	if (directory[0] == '\0')
		return;
	service = start_handler("fresh");
	for (int i = 0; i < 3; i++)
		expect_own(service);
}

static void
one_that_waits_does_so_as_well(void **state)
{
	struct prong_service *service;

	(void)state;
	if (directory[0] == '\0')
		return;
	service = start_handler("spare");
	embed_wait_ready(&it, service, 1);
	for (int i = 0; i < 3; i++)
		expect_own(service);
}

static void
a_copy_of_the_host_takes_nothing_from_it(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (directory[0] == '\0')
		return;
	(void)start_handler("spare");
	assert_true(count_leaves() >= 8);
	pid = fork();
	if (pid == 0) {
		prong_free(it.server);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(count_leaves() >= 8);
}

static void
what_cannot_be_had_is_an_error_at_start(void **state)
{
	struct prong_service *service = embed_handler(&it, "told", tell_own, NULL);

	(void)state;
	assert_int_equal(prong_set(service, "cgroup", "/prong-is-not-there"), 0);
	assert_true(prong_start(it.server) < 0);
	assert_non_null(strstr(prong_error(it.server), "cgroup: cannot be had: "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_handler_runs_in_one_of_its_own, home_make, home_remove),
		cmocka_unit_test_setup_teardown(
		    one_that_waits_does_so_as_well, home_make, home_remove),
		cmocka_unit_test_setup_teardown(
		    a_copy_of_the_host_takes_nothing_from_it, home_make, home_remove),
		EMBED_TEST(what_cannot_be_had_is_an_error_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
