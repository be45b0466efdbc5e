/*
 * What a filter's program answers, by an interpreter and by the kernel.
 */
#include "filtered.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "apart.h"

/* Above all calls, on each machine. */
#define HIGHEST 600

/* ---- the program ----------------------------------------------------------------- */

/* Calls of the table as a list, against what the filter says of each number there is. */
static void
every_number_is_answered_as_its_grant(void **state)
{
	static const char *const all[] = { "@default", "@basic", "read",
		"read,readv,getpid,dup2,nanosleep,sendto,bind,execve,uname,chdir" };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct filter_program program = written(all[i], &no_secret);
		struct filter_calls *calls = malloc(sizeof(*calls));
		struct text wrong = { 0 };

		assert_int_equal(filter_read(calls, &all[i], 1, &wrong), 0);
		for (int number = 0; number < FILTER_CALLS_MAX; number++) {
			uint32_t said = answer_of(&program, number, 0, 0, 0);

			if (calls->of[number] == FILTER_UNKNOWN)
				assert_true(number < HIGHEST || said == MISSING);
			else if (calls->of[number] == FILTER_FORBIDDEN)
				assert_true(said == FORBIDDEN || said == MISSING);
			else if (number == syscall_number("clone3"))
				assert_int_equal(said, MISSING);
			else if (number == syscall_number("socketpair"))
				assert_true(said == FORBIDDEN || said == ALLOWED);
			else
				assert_int_equal(said, ALLOWED);
		}
		free(calls);
		free(program.code);
	}
}

static void
a_foreign_convention_ends_the_process(void **state)
{
	struct filter_program program = written("@default", &no_secret);
	struct seccomp_data data = { .nr = 1, .arch = SCMP_ARCH_X86 };
	size_t steps;

	(void)state;
	assert_int_equal(run(&program, &data, &steps), SECCOMP_RET_KILL_PROCESS);
	data.arch = SCMP_ARCH_ARM;
	assert_int_equal(run(&program, &data, &steps), SECCOMP_RET_KILL_PROCESS);
#ifdef __x86_64__
	assert_int_equal(
	    answer_of(&program, 0x40000000 | 59, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer_of(&program, -2, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer_of(&program, -1, 0, 0, 0), ALLOWED);
#endif
	assert_int_equal(answer_of(&program, 1000, 0, 0, 0), MISSING);
	free(program.code);
}

static void
few_steps_decide(void **state)
{
	static const char *const all[] = { "@default", "@basic" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct filter_program program = written(all[i], &no_secret);
		size_t most = 0, sum = 0;

		for (int number = 0; number < 470; number++) {
			const struct seccomp_data data = { .nr = number,
				.arch = seccomp_arch_native() };
			size_t steps = 0;

			(void)run(&program, &data, &steps);
			sum += steps;
			most = steps > most ? steps : most;
		}
		print_message(
		    "# %s: %u instructions, %zu steps at most, %zu on average\n", all[i],
		    program.length, most, sum / 470);
		assert_true(most < 40);
		free(program.code);
	}
}

static void
only_the_secret_is_executed(void **state)
{
	const struct filter_secret secret = { 0x123456789abc, 0x223456789abc };
	struct filter_program program = written("@default,@no-exec", &secret);
	int execve = syscall_number("execve"), execveat = syscall_number("execveat");

	(void)state;
	assert_int_equal(answer_of(&program, execve, 0x123456789abc, 0, 0), ALLOWED);
	assert_int_equal(answer_of(&program, execve, 0x123456789abd, 0, 0), FORBIDDEN);
	assert_int_equal(answer_of(&program, execve, 0x56789abc, 0, 0), FORBIDDEN);
	assert_int_equal(answer_of(&program, execve, 0x223456789abc, 0, 0), FORBIDDEN);
	assert_int_equal(answer_of(&program, execveat, 3, 0x223456789abc, 0), ALLOWED);
	assert_int_equal(answer_of(&program, execveat, 3, 0x123456789abc, 0), FORBIDDEN);
	free(program.code);
}

static void
what_a_start_needs_is_allowed(void **state)
{
	static const char *const words[] = { "read" };
	struct filter_calls *calls = malloc(sizeof(*calls));
	struct text wrong = { 0 };

	(void)state;
	assert_int_equal(filter_read(calls, words, 1, &wrong), 0);
	assert_false(filter_may_exec(calls));
	filter_allow_start(calls, FILTER_OF_PROGRAM);
	assert_int_equal(calls->of[syscall_number("sendmsg")], FILTER_GUARDED);
	assert_int_equal(calls->of[syscall_number("futex")], FILTER_FORBIDDEN);
	assert_int_equal(calls->of[syscall_number("execve")], FILTER_FORBIDDEN);
	filter_allow_start(calls, FILTER_OF_WAITER);
	assert_int_equal(calls->of[syscall_number("futex")], FILTER_ALLOWED);
	assert_int_equal(calls->of[syscall_number("clone")], FILTER_GUARDED);
	free(calls);
}

/* ---- the kernel ------------------------------------------------------------------ */

static int
install(const char *words)
{
	struct filter_program program =
	    written_with(words, &no_secret, SECCOMP_RET_ERRNO | EPERM);
	struct sock_fprog code = { .len = program.length, .filter = program.code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &code) < 0 ? -errno : 0;
}

static int
an_ordinary_process(void)
{
	int fds[2];
	pid_t pid;

	want(install("@default") == 0);
	want(pipe(fds) == 0);
	want(write(fds[1], "x", 1) == 1);
	pid = fork();
	if (pid == 0)
		_exit(7);
	want(pid > 0);
	want(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	want(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
	want(syscall(SYS_unshare, CLONE_NEWUSER) < 0 && errno == EPERM);
	want(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0 &&
	     errno == EPERM);
	want(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == ENOSYS);
	want(ioctl(fds[0], TIOCSTI, "x") < 0 && errno == EPERM);
	want(ioctl(fds[0], FIONREAD, &fds[1]) == 0);
	want(syscall(SYS_personality, 0xffffffff) >= 0);
	want(syscall(5000) < 0 && errno == ENOSYS);
	return 0;
}

static int
one_of_the_network(void)
{
	want(install("@default,@network-client") == 0);
	want(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	want(socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
	want(socket(AF_NETLINK, SOCK_RAW, 12) < 0 && errno == EPERM);
	want(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	want(syscall(SYS_listen, 0, 0) < 0 && errno == EPERM);
	want(syscall(SYS_connect, -1, NULL, 0) < 0 && errno == EBADF);
	return 0;
}

static int
one_that_asks_little(void)
{
	want(install("@basic") == 0);
	want(socket(AF_INET, SOCK_DGRAM, 0) >= 0);
	want(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL) < 0 && errno == EPERM);
	want(syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && errno == EPERM);
	want(syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 && errno == EPERM);
	want(open("/", O_RDONLY | O_CLOEXEC) >= 0);
	return 0;
}

#ifdef __x86_64__
static int
one_that_speaks_x32(void)
{
	want(install("@default") == 0);
	(void)syscall(0x40000000 | SYS_getpid);
	return 0;
}

/* getpid of 32-bit code is 20, which is writev here. */
static int
one_that_speaks_i386(void)
{
	long rc = 20;

	want(install("@default") == 0);
	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}
#endif

static void
the_kernel_takes_them(void **state)
{
	(void)state;
	assert_int_equal(apart(an_ordinary_process), 0);
	assert_int_equal(apart(one_of_the_network), 0);
	assert_int_equal(apart(one_that_asks_little), 0);
#ifdef __x86_64__
	assert_int_equal(apart(one_that_speaks_x32), -SIGSYS);
	assert_int_equal(apart(one_that_speaks_i386), -SIGSYS);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_answered_as_its_grant),
		cmocka_unit_test(a_foreign_convention_ends_the_process),
		cmocka_unit_test(few_steps_decide),
		cmocka_unit_test(only_the_secret_is_executed),
		cmocka_unit_test(what_a_start_needs_is_allowed),
		cmocka_unit_test(the_kernel_takes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
