/*
 * The namespaces that sessions share: real ones, as root and as nobody.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "apart.h"
#include "facts.h"
#include "keeper.h"

#define NOBODY 65534

static int
become_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	return setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	       setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
	       prctl(PR_SET_DUMPABLE, 1) < 0; /* as who was nobody from the start */
}

static int
read_all(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL)
		return -1;
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	return fclose(file);
}

/* ---- users ------------------------------------------------------------------------- */

static int
enter_users(void)
{
	const struct keeper_order order = { .has_user = true };
	int user_fd = -1, network_fd = -1, files = facts_open_files();
	uid_t before = geteuid();
	struct stat st;

	want(keeper_make(&order, &user_fd, &network_fd) == 0);
	want(network_fd == -1 && facts_open_files() == files + 1);
	want(fcntl(user_fd, F_GETFD) == FD_CLOEXEC);
	want(ioctl(user_fd, NS_GET_NSTYPE) == CLONE_NEWUSER);
	want(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
	want(setns(user_fd, CLONE_NEWUSER) == 0);
	want(geteuid() == before && stat("/", &st) == 0);
	want(st.st_uid == (before == 0 ? 0 : NOBODY));
	return 0;
}

static int
enter_users_as_root(void)
{
	char before[512], now[512];
	int failed;

	if (geteuid() != 0)
		return 0;
	want(read_all("/proc/self/uid_map", before, sizeof(before)) == 0);
	failed = enter_users();
	if (failed != 0)
		return failed;
	want(read_all("/proc/self/uid_map", now, sizeof(now)) == 0);
	want(strcmp(before, now) == 0);
	want(setgroups(1, (gid_t[]){ 4711 }) == 0);
	want(setresuid(1234, 1234, 1234) == 0 && geteuid() == 1234);
	return 0;
}

static int
enter_users_as_nobody(void)
{
	want(become_nobody() == 0);
	return enter_users();
}

static void
everybody_has_the_same_number_in_there(void **state)
{
	(void)state;
	assert_int_equal(apart(enter_users_as_root), 0);
	assert_int_equal(apart(enter_users_as_nobody), 0);
}

/* ---- network ----------------------------------------------------------------------- */

static int
enter_network(bool has_user)
{
	const struct keeper_order order = { .has_user = has_user, .has_network = true };
	int user_fd = -1, network_fd = -1, socket_fd;
	struct if_nameindex *all;
	struct ifreq lo = { .ifr_name = "lo" };

	want(keeper_make(&order, &user_fd, &network_fd) == 0);
	want((user_fd >= 0) == has_user);
	want(fcntl(network_fd, F_GETFD) == FD_CLOEXEC);
	if (has_user)
		want(setns(user_fd, CLONE_NEWUSER) == 0);
	want(setns(network_fd, CLONE_NEWNET) == 0);
	all = if_nameindex();
	want(all != NULL);
	for (const struct if_nameindex *at = all; at->if_name != NULL; at++)
		if (strcmp(at->if_name, "lo") == 0)
			want(at->if_index == 1);
	socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	want(ioctl(socket_fd, SIOCGIFFLAGS, &lo) == 0);
	want((lo.ifr_flags & IFF_UP) == 0);
	if_freenameindex(all);
	return 0;
}

static int
enter_network_as_root(void)
{
	return geteuid() == 0 ? enter_network(false) : 0;
}

static int
enter_both_as_root(void)
{
	return geteuid() == 0 ? enter_network(true) : 0;
}

static int
enter_both_as_nobody(void)
{
	want(become_nobody() == 0);
	return enter_network(true);
}

static void
there_is_nothing_in_the_network(void **state)
{
	(void)state;
	assert_int_equal(apart(enter_network_as_root), 0);
	assert_int_equal(apart(enter_both_as_root), 0);
	assert_int_equal(apart(enter_both_as_nobody), 0);
}

/* ---- the host notices nothing ---------------------------------------------------- */

static volatile sig_atomic_t surprises;

static void
count_surprise(int number)
{
	(void)number;
	surprises++;
}

static int
make_in_a_host(void)
{
	const struct keeper_order order = { .has_user = true };
	struct sigaction action = { .sa_handler = count_surprise };
	sigset_t before, after;
	int user_fd = -1, network_fd = -1;

	want(sigaction(SIGCHLD, &action, NULL) == 0);
	want(sigprocmask(SIG_SETMASK, NULL, &before) == 0);
	want(keeper_make(&order, &user_fd, &network_fd) == 0);
	want(sigprocmask(SIG_SETMASK, NULL, &after) == 0);
	want(memcmp(&before, &after, sizeof(uint64_t)) == 0);
	want(surprises == 0);
	return 0;
}

static int
make_where_children_are_not_waited_for(void)
{
	const struct keeper_order order = { .has_user = true };
	struct sigaction action = { .sa_handler = SIG_IGN };
	int user_fd = -1, network_fd = -1;

	want(sigaction(SIGCHLD, &action, NULL) == 0);
	want(keeper_make(&order, &user_fd, &network_fd) == 0);
	return 0;
}

static void
a_host_is_not_told_of_the_child(void **state)
{
	(void)state;
	assert_int_equal(apart(make_in_a_host), 0);
	assert_int_equal(apart(make_where_children_are_not_waited_for), 0);
}

/* ---- it cannot be had ------------------------------------------------------------ */

static int
make_where_none_is_allowed(void)
{
	const struct keeper_order order = { .has_user = true, .has_network = true };
	int user_fd = -7, network_fd = -7, files, fd;

	want(unshare(CLONE_NEWUSER) == 0);
	fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
	want(fd >= 0 && write(fd, "0", 1) == 1 && close(fd) == 0);
	files = facts_open_files();
	want(keeper_make(&order, &user_fd, &network_fd) == -ENOSPC);
	want(user_fd == -7 && network_fd == -7 && facts_open_files() == files);
	want(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
	return 0;
}

static int
make_without_rights(void)
{
	const struct keeper_order order = { .has_network = true };
	int user_fd = -1, network_fd = -1;

	want(become_nobody() == 0);
	want(keeper_make(&order, &user_fd, &network_fd) == -EPERM);
	return 0;
}

static int
make_without_descriptors(void)
{
	const struct keeper_order order = { .has_user = true, .has_network = true };
	int user_fd = -1, network_fd = -1, most = 64;

	/* One fewer each time: it fails wherever it needs one more, and leaves none. */
	for (int rc = 0; most > 0 && rc != -EMFILE; most--) {
		want(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ (rlim_t)most, 64 }) == 0);
		rc = keeper_make(&order, &user_fd, &network_fd);
		close_fd(&user_fd);
		close_fd(&network_fd);
		want(rc == 0 || rc == -EMFILE);
	}
	for (; most > 0; most--) {
		want(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ (rlim_t)most, 64 }) == 0);
		want(keeper_make(&order, &user_fd, &network_fd) == -EMFILE);
		want(user_fd == -1 && network_fd == -1);
	}
	want(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
	return 0;
}

static void
what_cannot_be_had_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_int_equal(apart(make_where_none_is_allowed), 0);
	assert_int_equal(apart(make_without_rights), 0);
	assert_int_equal(apart(make_without_descriptors), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_has_the_same_number_in_there),
		cmocka_unit_test(there_is_nothing_in_the_network),
		cmocka_unit_test(a_host_is_not_told_of_the_child),
		cmocka_unit_test(what_cannot_be_had_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
