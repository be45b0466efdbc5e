/*
 * Our programs and those that libseccomp makes of the same rules: every call meets the
 * same in both.
 */
#include "filtered.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED SECCOMP_RET_TRAP
#define ALL_BITS 0xffffffffULL

static const struct filter_secret secret = { 0x123456789abc, 0x223456789abc };

/* ---- libseccomp's
 * ---------------------------------------------------------------------- */

struct twin {
	scmp_filter_ctx context;
	int number;
};

static void
allow_if(const struct twin *twin, struct scmp_arg_cmp one)
{
	assert_int_equal(
	    seccomp_rule_add_array(twin->context, SCMP_ACT_ALLOW, twin->number, 1, &one),
	    0);
}

static void
allow_word(const struct twin *twin, unsigned argument, uint64_t value)
{
	allow_if(twin, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, ALL_BITS, value));
}

static void
twin_clone(const struct twin *twin)
{
	allow_if(twin, SCMP_A0(SCMP_CMP_MASKED_EQ,
			   CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
			       CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT,
			   0));
}

/* No rule can say "neither of two". */
static void
twin_ioctl(const struct twin *twin)
{
	allow_if(twin, SCMP_A1(SCMP_CMP_LT, TIOCSTI));
	allow_if(twin, SCMP_A1(SCMP_CMP_GT, TIOCLINUX));
	for (uint64_t request = TIOCSTI + 1; request < TIOCLINUX; request++)
		allow_if(twin, SCMP_A1(SCMP_CMP_EQ, request));
}

static void
twin_personality(const struct twin *twin)
{
	allow_word(twin, 0, 0);
	allow_word(twin, 0, ALL_BITS);
}

/* TCP, UDP, and whatever 0 is of a stream or of datagrams. */
static void
allow_ip(const struct twin *twin, int family)
{
	static const int protocols[] = { 0, IPPROTO_TCP, IPPROTO_UDP };

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		const struct scmp_arg_cmp all[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, ALL_BITS,
							family),
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xc, 0),
			SCMP_A2(SCMP_CMP_MASKED_EQ, ALL_BITS, protocols[i]) };

		assert_int_equal(seccomp_rule_add_array(
				     twin->context, SCMP_ACT_ALLOW, twin->number, 3, all),
		    0);
	}
}

static void
twin_socket(const struct twin *twin)
{
	const struct scmp_arg_cmp routes[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, ALL_BITS,
						   AF_NETLINK),
		SCMP_A2(SCMP_CMP_MASKED_EQ, ALL_BITS, 0) };

	allow_word(twin, 0, AF_UNIX);
	allow_ip(twin, AF_INET);
	allow_ip(twin, AF_INET6);
	assert_int_equal(seccomp_rule_add_array(
			     twin->context, SCMP_ACT_ALLOW, twin->number, 2, routes),
	    0);
}

static void
twin_socketpair(const struct twin *twin)
{
	for (uint64_t flags = 0; flags < 4; flags++) {
		const uint64_t bits =
		    (flags & 1 ? SOCK_NONBLOCK : 0) | (flags & 2 ? SOCK_CLOEXEC : 0);

		allow_word(twin, 1, SOCK_STREAM | bits);
		allow_word(twin, 1, SOCK_SEQPACKET | bits);
	}
}

static void
twin_send(const struct twin *twin)
{
	allow_if(twin, SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
}

static void
twin_sendmsg(const struct twin *twin)
{
	allow_if(twin, SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
}

static void
twin_prlimit(const struct twin *twin)
{
	allow_word(twin, 0, 0);
}

static void
twin_no_socket(const struct twin *twin)
{
	assert_int_equal(
	    seccomp_rule_add(twin->context, SCMP_ACT_ERRNO(EPERM), twin->number, 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, ALL_BITS, AF_UNIX)),
	    0);
}

static void
twin_missing(const struct twin *twin)
{
	assert_int_equal(
	    seccomp_rule_add(twin->context, SCMP_ACT_ERRNO(ENOSYS), twin->number, 0), 0);
}

static void
twin_execve(const struct twin *twin)
{
	allow_if(twin, SCMP_A0(SCMP_CMP_EQ, secret.path));
}

static void
twin_execveat(const struct twin *twin)
{
	allow_if(twin, SCMP_A1(SCMP_CMP_EQ, secret.empty));
}

static const struct {
	const char *name;
	enum filter_grant grant;
	void (*add)(const struct twin *);
} special[] = {
	{ "clone", FILTER_GUARDED, twin_clone },
	{ "ioctl", FILTER_GUARDED, twin_ioctl },
	{ "personality", FILTER_GUARDED, twin_personality },
	{ "socket", FILTER_GUARDED, twin_socket },
	{ "socket", FILTER_FORBIDDEN, twin_no_socket },
	{ "socketpair", FILTER_GUARDED, twin_socketpair },
	{ "send", FILTER_GUARDED, twin_send },
	{ "sendto", FILTER_GUARDED, twin_send },
	{ "sendmsg", FILTER_GUARDED, twin_sendmsg },
	{ "sendmmsg", FILTER_GUARDED, twin_send },
	{ "prlimit64", FILTER_GUARDED, twin_prlimit },
	{ "clone3", FILTER_GUARDED, twin_missing },
	{ "clone3", FILTER_FORBIDDEN, twin_missing },
	{ "io_uring_setup", FILTER_FORBIDDEN, twin_missing },
	{ "io_uring_enter", FILTER_FORBIDDEN, twin_missing },
	{ "io_uring_register", FILTER_FORBIDDEN, twin_missing },
	{ "execve", FILTER_FORBIDDEN, twin_execve },
	{ "execveat", FILTER_FORBIDDEN, twin_execveat },
};

static void
twin_add(const struct twin *twin, enum filter_grant grant)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (syscall_number(special[i].name) == twin->number &&
		    special[i].grant == grant) {
			special[i].add(twin);
			return;
		}
	assert_int_not_equal(grant, FILTER_GUARDED);
	if (grant == FILTER_ALLOWED)
		assert_int_equal(
		    seccomp_rule_add(twin->context, SCMP_ACT_ALLOW, twin->number, 0), 0);
}

static struct filter_program
exported(scmp_filter_ctx context)
{
	struct filter_program program;
	int fd = memfd_create("twin", MFD_CLOEXEC);
	off_t size;

	assert_int_equal(seccomp_export_bpf(context, fd), 0);
	size = lseek(fd, 0, SEEK_END);
	program.length = (unsigned short)((size_t)size / sizeof(*program.code));
	program.code = malloc((size_t)size);
	assert_int_equal(pread(fd, program.code, (size_t)size, 0), size);
	(void)close(fd);
	return program;
}

static struct filter_program
twin_of(const struct filter_calls *calls)
{
	struct twin twin = { .context = seccomp_init(SCMP_ACT_TRAP) };
	struct filter_program program;

	assert_non_null(twin.context);
	assert_int_equal(seccomp_attr_set(twin.context, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS),
	    0);
	(void)seccomp_attr_set(twin.context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (twin.number = 0; twin.number < FILTER_CALLS_MAX; twin.number++)
		if (calls->of[twin.number] != FILTER_UNKNOWN)
			twin_add(&twin, calls->of[twin.number]);
	program = exported(twin.context);
	seccomp_release(twin.context);
	return program;
}

/* ---- both
 * ------------------------------------------------------------------------------ */

/* What the calls that depend on their arguments look at, and what lies beside it. */
static const uint64_t values[] = { 0, 1, 2, 3, 5, 6, 0x805, 0x80001, 0x80002, 0x80801,
	132, 262, 9, 10, 11, 12, 16, 17, 38, 0x11, 0x5411, 0x5412, 0x5413, 0x541b, 0x541c,
	0x541d, 0x40000, 0x20000, 0x20011, 0x2000000, 0x4000000, 0x8000000, 0x10000000,
	0x20000000, 0x40000000, 0x7e020000, 0xffffffff, 0x80000000, 0x123456789abc,
	0x123456789abd, 0x223456789abc, 0x56789abc };

static void
assert_same(const char *words, const struct filter_program *ours,
    const struct filter_program *twin, const struct seccomp_data *data)
{
	size_t steps;
	uint32_t said = run(ours, data, &steps), wanted = run(twin, data, &steps);

	if (said != wanted)
		fail_msg("%s: call %d (%#llx, %#llx, %#llx): %#x, and libseccomp's %#x",
		    words, data->nr, (unsigned long long)data->args[0],
		    (unsigned long long)data->args[1], (unsigned long long)data->args[2],
		    said, wanted);
}

static void
compare_call(const char *words, const struct filter_program *ours,
    const struct filter_program *twin, int number)
{
	struct seccomp_data data = { .nr = number, .arch = seccomp_arch_native() };
	const size_t count = sizeof(values) / sizeof(values[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < count; k++) {
			data.args[0] = values[i];
			data.args[1] = values[k];
			data.args[2] = values[(i + k) % count];
			data.args[3] = values[k];
			assert_same(words, ours, twin, &data);
		}
		data.args[0] = values[i];
		data.args[2] = 0;
		assert_same(words, ours, twin, &data);
	}
}

static void
compare_foreign(const char *words, const struct filter_program *ours,
    const struct filter_program *twin)
{
	struct seccomp_data data = { .nr = 1, .arch = SCMP_ARCH_X86 };

	assert_same(words, ours, twin, &data);
	data.arch = SCMP_ARCH_PPC64LE;
	assert_same(words, ours, twin, &data);
#ifdef __x86_64__
	data.arch = seccomp_arch_native();
	for (int number = 0; number < 600; number++) {
		data.nr = 0x40000000 | number;
		assert_same(words, ours, twin, &data);
	}
#endif
}

static void
compare(const char *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct filter_calls *calls = malloc(sizeof(*calls));
		struct filter_program ours, twin;
		struct text wrong = { 0 };

		assert_int_equal(filter_read(calls, &all[i], 1, &wrong), 0);
		filter_allow_start(calls, i % 3);
		assert_int_equal(filter_write(calls, &secret, REFUSED, &ours), 0);
		twin = twin_of(calls);
		for (int number = 0; number < FILTER_CALLS_MAX; number++)
			if (calls->of[number] != FILTER_UNKNOWN)
				compare_call(all[i], &ours, &twin, number);
		compare_foreign(all[i], &ours, &twin);
		print_message("# %.40s: %u instructions, libseccomp's tree %u\n", all[i],
		    ours.length, twin.length);
		free(ours.code);
		free(twin.code);
		free(calls);
	}
}

static void
every_call_meets_the_same(void **state)
{
	static const char *const all[] = { "@default", "@basic",
		"@default,@network-client", "@default,@network-server,@no-exec",
		"@basic,-@exec,@ptrace", "@known", "@default,clone,ioctl,clone3,socket",
		"@privileged", "read,write,exit_group",
		"read,readv,getpid,dup2,nanosleep,sendto,bind,uname,chdir,ioctl,bpf" };

	(void)state;
	compare(all, sizeof(all) / sizeof(all[0]));
}

/* Every other call: more ranges than one block has. */
static void
many_ranges_are_no_trouble(void **state)
{
	char words[8192] = "exit";
	struct text text = { .at = words, .used = 4, .size = sizeof(words) };
	const char *const all[] = { words };

	(void)state;
	for (int number = 0; number < 600; number += 2) {
		char *name =
		    seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number);

		if (name != NULL)
			text_printf(&text, ",%s", name);
		free(name);
	}
	assert_false(text.is_cut);
	compare(all, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_meets_the_same),
		cmocka_unit_test(many_ranges_are_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
