/*
 * What a process can still do when it has been through `rules`, of each ABI of Landlock
 * that there has been: as root and as nobody.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "access.h"
#include "apart.h"
#include "landlock.h"
#include "scratch.h"
#include "stages.h"

#define NOBODY 65534
#define NEWEST 7

static struct scratch scratch;
static char allowed[128], outside[128], inside_file[256], outside_file[256];
static int here;         /* the ABI of this machine */
static int abi = NEWEST; /* that a piece pretends */
static bool as_nobody;

static int
lose_rights(void)
{
	if (geteuid() != 0 || !as_nobody)
		return 0;
	return setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	       setresuid(NOBODY, NOBODY, NOBODY) < 0;
}

/* What a service with these settings would have, restricted to by its stage. */
static int
restrict_to(const char *const *said)
{
	struct plan_isolation isolation = {
		.user_fd = -1, .ruleset_fd = -1, .has_no_new_privileges = true
	};
	const struct plan plan = { .isolation = &isolation };
	const struct birth birth = { 0 };
	struct settings settings;
	struct access access;
	char lines[512] = "";

	want(settings_init(&settings) == 0);
	for (; said[0] != NULL; said += 2)
		want(
		    settings_set(&settings, said[0], said[1], lines, sizeof(lines)) == 0);
	access_init(&access, abi < here ? abi : here);
	if (settings.read.count + settings.write.count + settings.execute.count > 0)
		want(access_files(&access, &settings) == 0);
	if (access_has_ports(access.abi))
		want(access_ports(&access, &settings) == 0);
	if (access_has_scope(access.abi))
		access_scope(&access, &settings);
	else if (settings.scope.count > 0)
		want(access_enclose(&access) == 0);
	if ((access.ruleset.files | access.ruleset.ports | access.ruleset.scoped) == 0)
		return lose_rights(); /* this ABI has nothing of it */
	isolation.ruleset = &access.ruleset;
	want(landlock_make(&access.ruleset, &isolation.ruleset_fd) == 0);
	want(lose_rights() == 0);
	want(stage_rules(&plan, &birth) == 0);
	want(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	return 0;
}

#define SAY(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* 0, or the errno of opening it. */
static int
opening(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int
read_only_here(void)
{
	want(restrict_to(SAY("read", allowed)) == 0);
	want(opening(inside_file, O_RDONLY) == 0);
	want(opening(allowed, O_RDONLY | O_DIRECTORY) == 0);
	want(opening(inside_file, O_WRONLY) == EACCES);
	want(opening(inside_file, O_RDONLY | O_TRUNC) == (abi < 3 ? 0 : EACCES));
	want(opening(outside_file, O_RDONLY) == EACCES);
	want(opening(outside, O_RDONLY | O_DIRECTORY) == EACCES);
	want(opening("/", O_RDONLY | O_DIRECTORY) == EACCES);
	want(mkdir(allowed, 0700) < 0 && errno == EEXIST);
	want(unlink(inside_file) < 0 && errno == EACCES);
	return 0;
}

static int
write_only_here(void)
{
	char one[192], other[192];

	(void)snprintf(one, sizeof(one), "%s/one", allowed);
	(void)snprintf(other, sizeof(other), "%s/other", allowed);
	want(restrict_to(SAY("write", allowed)) == 0);
	want(opening(one, O_RDWR | O_CREAT | O_TRUNC) == 0);
	want(rename(one, other) == 0);
	want(symlink("x", one) == 0 && unlink(one) == 0);
	want(mkdir(one, 0700) == 0 && rmdir(one) == 0);
	want(unlink(other) == 0);
	/* Not 0, 0, which is no device: Linux 6.1.192 lets that be made as a file. */
	want(mknod(one, S_IFCHR | 0600, makedev(1, 3)) < 0);
	(void)snprintf(one, sizeof(one), "%s/one", outside);
	want(opening(one, O_RDWR | O_CREAT) == EACCES);
	want(opening(outside_file, O_WRONLY) == EACCES);
	want(opening(outside_file, O_RDONLY) == EACCES);
	want(unlink(outside_file) < 0 && errno == EACCES);
	return 0;
}

static int
execute_only_here(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	want(restrict_to(SAY("read", allowed, "execute", "/bin/cat")) == 0);
	(void)execv("/bin/sh", argv);
	want(errno == EACCES);
	(void)execv(inside_file, argv);
	want(errno == EACCES);
	return 0;
}

static int
execute_what_is_named(void)
{
	want(restrict_to(SAY("execute", "@system", "read", "@system")) == 0);
	(void)execl(
	    "/bin/sh", "sh", "-c", "read line </etc/passwd && echo >/dev/null", NULL);
	return errno;
}

/* A listener that was there before, or only its place, and its port. */
static int
take_before(bool listens, uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
	    bind(fd, (void *)&at, length) < 0 || (listens && listen(fd, 9) < 0) ||
	    getsockname(fd, (void *)&at, &length) < 0)
		return -1;
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static int
doing(int (*what)(int, const struct sockaddr *, socklen_t), uint16_t port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int rc, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	rc = what(fd, (const void *)&at, sizeof(at)) < 0 ? errno : 0;
	(void)close(fd);
	return rc;
}

static int
use_one_port(void)
{
	uint16_t port, other, place;
	char word[8], bind_word[8];

	want(take_before(true, &port) >= 0 && take_before(true, &other) >= 0);
	want(take_before(false, &place) >= 0);
	(void)snprintf(word, sizeof(word), "%u", port);
	(void)snprintf(bind_word, sizeof(bind_word), "%u", place);
	want(restrict_to(SAY("connect", word, "bind", bind_word)) == 0);
	want(doing(connect, port) == 0);
	want(doing(connect, other) == (abi < 4 ? 0 : EACCES));
	want(doing(bind, place) == 0);
	want(doing(bind, other) == (abi < 4 ? EADDRINUSE : EACCES));
	return 0;
}

static int
connect_only(void)
{
	uint16_t port;

	want(take_before(true, &port) >= 0);
	want(restrict_to(SAY("connect", "none")) == 0);
	want(doing(connect, port) == (abi < 4 ? 0 : EACCES));
	want(doing(bind, 0) == 0);
	return 0;
}

/* The parent's memory is its own, with each right; files are moved as before. */
static bool
is_enclosed(void)
{
	char memory[64], moved[192];

	(void)snprintf(memory, sizeof(memory), "/proc/%d/mem", (int)getppid());
	(void)snprintf(moved, sizeof(moved), "%s/moved", outside);
	return opening(memory, O_RDONLY) == EACCES && rename(inside_file, moved) == 0 &&
	       rename(moved, inside_file) == 0;
}

static int
leave_others_alone(void)
{
	const struct sockaddr_un name = { .sun_family = AF_UNIX,
		.sun_path = "\0prong-test-stages-rules" };
	int own, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t child;

	own = bind(fd, (const void *)&name, sizeof(name));
	want(own == 0 || errno == EADDRINUSE);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	want(lose_rights() == 0); /* whoever is sent to has the same user */
	child = fork();
	if (child == 0) {
		int status;

		/* The parent waits, and would be killed. */
		status =
		    restrict_to(SAY("scope", "signals", "scope", "abstract-sockets"));
		if (status != 0)
			_exit(status);
		if (abi >= 2 && !is_enclosed())
			_exit(104);
		if (abi < 6)
			_exit(kill(getppid(), 0) == 0 ? 0 : 100);
		if (kill(getppid(), 0) == 0 || errno != EPERM || kill(getpid(), 0) < 0)
			_exit(101);
		_exit(connect(fd, (const void *)&name, sizeof(name)) < 0 && errno == EPERM
			  ? 0
			  : 102);
	}
	want(waitpid(child, &own, 0) == child);
	return WIFEXITED(own) ? WEXITSTATUS(own) : 103;
}

static int (*const pieces[])(void) = { read_only_here, write_only_here, execute_only_here,
	execute_what_is_named, use_one_port, connect_only, leave_others_alone };

static void
only_what_is_named_can_be_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		for (abi = 1; abi <= here && abi <= NEWEST; abi++)
			for (int k = 0; k < 2; k++) {
				int rc;

				as_nobody = k == 1;
				rc = apart(pieces[i]);
				if (rc != 0)
					fail_msg("piece %zu, ABI %d, as %s: %d", i, abi,
					    as_nobody ? "nobody" : "is", rc);
			}
	abi = NEWEST;
}

static int
prepare_files(void **state)
{
	(void)state;
	here = landlock_abi();
	scratch_init(&scratch);
	if (chmod(scratch.dir, 0755) < 0)
		return -1;
	(void)snprintf(allowed, sizeof(allowed), "%s/in", scratch.dir);
	(void)snprintf(outside, sizeof(outside), "%s/out", scratch.dir);
	if (mkdir(allowed, 0777) < 0 || mkdir(outside, 0777) < 0 ||
	    chmod(allowed, 0777) < 0 || chmod(outside, 0777) < 0)
		return -1;
	(void)snprintf(inside_file, sizeof(inside_file), "%s",
	    scratch_file(&scratch, "in/file", "#!/bin/true\n", 0777));
	(void)snprintf(outside_file, sizeof(outside_file), "%s",
	    scratch_file(&scratch, "out/file", "text\n", 0777));
	return 0;
}

static int
remove_files(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_named_can_be_done),
	};

	return cmocka_run_group_tests_name(
	    "stages_rules", tests, prepare_files, remove_files);
}
