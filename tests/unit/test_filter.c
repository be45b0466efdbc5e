/*
 * Words to filters: what each set has, and what is said of mistakes.
 */
#include "filtered.h"

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ---- sets ------------------------------------------------------------------------ */

static bool
has_word(const char *words, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(words, name); at != NULL; at = strstr(at + 1, name))
		if ((at == words || at[-1] == ' ') &&
		    (at[length] == '\0' || at[length] == ' ' || at[length] == '?'))
			return true;
	return false;
}

static bool
is_in_a_set(const char *name)
{
	for (size_t i = 0; i < syscall_set_count; i++)
		if (has_word(syscall_sets[i].words, name))
			return true;
	return false;
}

static size_t
count_strangers(uint32_t arch)
{
	size_t strangers = 0;

	for (int i = 0; i < FILTER_CALLS_MAX; i++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, i);

		if (name != NULL && !is_in_a_set(name)) {
			print_message("# in no set: %s (%d)\n", name, i);
			strangers++;
		}
		free(name);
	}
	return strangers;
}

static void
every_call_is_in_a_set(void **state)
{
	(void)state;
	assert_int_equal(count_strangers(SCMP_ARCH_X86_64), 0);
	assert_int_equal(count_strangers(SCMP_ARCH_AARCH64), 0);
	assert_int_equal(count_strangers(SCMP_ARCH_X86), 0);
	assert_int_equal(count_strangers(SCMP_ARCH_ARM), 0);
	assert_int_equal(count_strangers(SCMP_ARCH_PPC64LE), 0);
	assert_int_equal(count_strangers(SCMP_ARCH_RISCV64), 0);
}

static void
check_word(const struct syscall_set *set, const char *word)
{
	char name[64];

	if (word[0] == '@' || (word[0] == '-' && word[1] == '@')) {
		const char *wanted = word + (word[0] == '-');
		bool is_there = false;

		for (size_t i = 0; i < syscall_set_count; i++)
			is_there |= strcmp(syscall_sets[i].name, wanted) == 0;
		assert_row(is_there, word);
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "?"), word);
	if (syscall_number(name) < 0 &&
	    seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR)
		print_message("# %s: libseccomp does not know %s\n", set->name, name);
}

static void
every_word_of_a_set_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < syscall_set_count; i++) {
		char words[4096], *rest = words, *word;

		assert_true(syscall_sets[i].name[0] == '@' && syscall_sets[i].what[0]);
		(void)snprintf(words, sizeof(words), "%s", syscall_sets[i].words);
		while ((word = strsep(&rest, " ")) != NULL)
			if (word[0] != '\0')
				check_word(&syscall_sets[i], word);
	}
}

static const struct row {
	const char *words, *call;
	uint32_t answer;
	uint64_t args[3];
} rows[] = {
	{ "@default", "read", ALLOWED },
	{ "@default", "openat", ALLOWED },
	{ "@default", "execve", ALLOWED },
	{ "@default", "recvfrom", ALLOWED },
	{ "@default", "prctl", ALLOWED },
	{ "@default", "fchmodat2", ALLOWED },
	{ "@default", "mseal", ALLOWED },
	{ "@default", "socket", QUIET, { AF_UNIX } },
	{ "@default", "socket", FORBIDDEN, { AF_INET } },
	{ "@default", "connect", FORBIDDEN },
	{ "@default", "bind", FORBIDDEN },
	{ "@default", "listen", FORBIDDEN },
	{ "@default", "accept4", FORBIDDEN },
	{ "@default", "mount", FORBIDDEN },
	{ "@default", "ptrace", FORBIDDEN },
	{ "@default", "unshare", FORBIDDEN },
	{ "@default", "bpf", FORBIDDEN },
	{ "@default", "userfaultfd", FORBIDDEN },
	{ "@default", "chroot", FORBIDDEN },
	{ "@default", "io_uring_setup", MISSING },
	{ "@default", "clone3", MISSING },
	{ "@default", "clone", ALLOWED, { SIGCHLD } },
	{ "@default", "clone", ALLOWED, { CLONE_VM | CLONE_VFORK | SIGCHLD } },
	{ "@default", "clone", FORBIDDEN, { CLONE_NEWUSER | SIGCHLD } },
	{ "@default", "clone", FORBIDDEN, { CLONE_NEWNET } },
	{ "@default", "clone", FORBIDDEN, { CLONE_NEWNS } },
	{ "@default", "ioctl", ALLOWED, { 0, TCGETS } },
	{ "@default", "ioctl", FORBIDDEN, { 0, TIOCSTI } },
	{ "@default", "ioctl", FORBIDDEN, { 0, TIOCSTI | 1ULL << 32 } },
	{ "@default", "ioctl", FORBIDDEN, { 0, 0x541c } },
	{ "@default", "personality", ALLOWED, { 0xffffffff } },
	{ "@default", "personality", ALLOWED, { ~0ULL } },
	{ "@default", "personality", ALLOWED, { 0 } },
	{ "@default", "personality", FORBIDDEN, { 0x0040000 } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_UNIX } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_INET } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_INET6, SOCK_DGRAM } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_NETLINK, SOCK_RAW, 0 } },
	{ "@default,@network-client", "socket", FORBIDDEN, { AF_NETLINK, SOCK_RAW, 12 } },
	{ "@default,@network-client", "socket", FORBIDDEN, { AF_PACKET } },
	{ "@default,@network-client", "socket", FORBIDDEN, { 38 /* AF_ALG */ } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_INET, SOCK_STREAM, 6 } },
	{ "@default,@network-client", "socket", ALLOWED, { AF_INET6, SOCK_DGRAM, 17 } },
	{ "@default,@network-client", "socket", FORBIDDEN,
	    { AF_INET, SOCK_STREAM, 262 } },
	{ "@default,@network-client", "socket", FORBIDDEN,
	    { AF_INET6, SOCK_STREAM, 132 } },
	{ "@default,@network-client", "socket", FORBIDDEN, { AF_INET, SOCK_SEQPACKET } },
	{ "@default,@network-client", "socketpair", ALLOWED, { AF_UNIX, SOCK_DGRAM } },
	{ "@default,@network-client", "sendmsg", FORBIDDEN, { 3, 0, MSG_FASTOPEN } },
	{ "@default,@network-client", "connect", ALLOWED },
	{ "@default,@network-client", "bind", ALLOWED },
	{ "@default,@network-client", "listen", FORBIDDEN },
	{ "@default,@network-server", "bind", ALLOWED },
	{ "@default,@network-server", "accept4", ALLOWED },
	{ "@default,@network-server", "connect", FORBIDDEN },
	{ "@default,socket", "socket", ALLOWED, { AF_PACKET } },
	{ "@default,clone3", "clone3", ALLOWED },
	{ "@default,@namespaces", "unshare", ALLOWED },
	{ "@default,@namespaces", "clone", ALLOWED, { CLONE_NEWUSER } },
	{ "@namespaces,@default", "clone", ALLOWED, { CLONE_NEWUSER } },
	{ "@default,@io-uring", "io_uring_setup", ALLOWED },
	{ "@default,-openat", "openat", FORBIDDEN },
	{ "@default,-@file-system", "stat", FORBIDDEN },
	{ "@default,-@file-system,openat", "openat", ALLOWED },
	{ "@default,@no-exec", "execve", FORBIDDEN },
	{ "@default,@no-exec", "execveat", FORBIDDEN },
	{ "@default,@no-exec,execve", "execve", ALLOWED },
	{ "@basic", "socket", ALLOWED, { AF_PACKET } },
	{ "@basic", "chroot", ALLOWED },
	{ "@basic", "move_pages", ALLOWED },
	{ "@basic", "accept", ALLOWED },
	{ "@basic", "mount", FORBIDDEN },
	{ "@basic", "setns", FORBIDDEN },
	{ "@basic", "keyctl", FORBIDDEN },
	{ "@basic", "kexec_load", FORBIDDEN },
	{ "@basic", "ptrace", FORBIDDEN },
	{ "@basic", "process_vm_writev", FORBIDDEN },
	{ "@basic", "perf_event_open", FORBIDDEN },
	{ "@basic", "settimeofday", FORBIDDEN },
	{ "@basic", "clone", FORBIDDEN, { CLONE_NEWPID } },
	{ "@basic", "clone3", MISSING },
	{ "@basic", "io_uring_enter", MISSING },
	{ "@default", "socketpair", ALLOWED, { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC } },
	{ "@default", "socketpair", FORBIDDEN, { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC } },
	{ "@default", "sendmsg", ALLOWED, { 3, 0, MSG_NOSIGNAL } },
	{ "@default", "prlimit64", ALLOWED, { 0, 7 } },
	{ "@default", "prlimit64", FORBIDDEN, { 1, 7 } },
	{ "@basic", "socketpair", ALLOWED, { AF_UNIX, SOCK_DGRAM } },
	{ "@basic", "sendmsg", ALLOWED, { 3, 0, MSG_FASTOPEN } },
	{ "@basic", "prlimit64", FORBIDDEN, { 1, 7 } },
	{ "@basic", "ioctl", FORBIDDEN, { 0, TIOCSTI } },
	{ "@basic,@ptrace", "ptrace", ALLOWED },
	{ "@ptrace,@basic", "ptrace", ALLOWED },
	{ "read", "read", ALLOWED },
	{ "read", "write", FORBIDDEN },
	{ "read,write", "write", ALLOWED },
};

static void
each_word_says_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint32_t said = answer(
		    row->words, row->call, row->args[0], row->args[1], row->args[2]);

		if (said != row->answer)
			fail_msg("%s: %s(%#llx, %#llx): %#x", row->words, row->call,
			    (unsigned long long)row->args[0],
			    (unsigned long long)row->args[1], said);
	}
}

/* ---- mistakes -------------------------------------------------------------------- */

static void
assert_wrong(const char *words, const char *expected)
{
	struct filter_calls *calls = malloc(sizeof(*calls));
	char line[256] = "";
	struct text wrong = TEXT_ON(line);

	assert_int_equal(filter_read(calls, &words, 1, &wrong), -EINVAL);
	assert_string_equal(line, expected);
	free(calls);
}

static void
a_mistake_is_quoted_and_what_is_near_named(void **state)
{
	(void)state;
	assert_wrong("opnat", "'opnat' is no system call that is known; 'openat' is");
	assert_wrong(
	    "@default,-ptrce", "'ptrce' is no system call that is known; 'ptrace' is");
	assert_wrong("@defualt", "'@defualt' is no set that is known; '@default' is");
	assert_wrong("@network-clients",
	    "'@network-clients' is no set that is known; '@network-client' is");
	assert_wrong("@zzz",
	    "'@zzz' is no set that is known; @default, @network-client and @basic are");
	assert_wrong("frobnicate",
	    "'frobnicate' is no system call that is known; it is a "
	    "name as in syscalls(2), or a set such as @default");
	assert_wrong("ioctl?", "'ioctl?' is no system call that is known; 'ioctl' is");
	assert_wrong("@default,,read",
	    "'' is no system call that is known; it is a name as "
	    "in syscalls(2), or a set such as @default");
}

/* Of 32-bit machines, and of newer ones. */
static void
a_call_of_other_machines_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(
	    answer("@default,waitpid,stat64,vm86", "read", 0, 0, 0), ALLOWED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_in_a_set),
		cmocka_unit_test(every_word_of_a_set_is_known),
		cmocka_unit_test(each_word_says_what_is_allowed),
		cmocka_unit_test(a_mistake_is_quoted_and_what_is_near_named),
		cmocka_unit_test(a_call_of_other_machines_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
