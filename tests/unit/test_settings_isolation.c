/*
 * What an operator can say about whom a program runs as and what it may do.
 */
#include <sys/resource.h>

#include "limitword.h"
#include "settings_said.h"

static void
a_range_is_read_and_put_as_an_operator_would(void **state)
{
	static const struct {
		const char *value, *in_force;
	} rows[] = {
		{ "100000-165535", "100000-165535" },
		{ "1-1", "1-1" },
		{ "4294967294-4294967294", "4294967294-4294967294" },
		{ "1000000-2048575", "1000000-2048575" }, /* as many as there may be */
		{ "off", "off" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(set(s, "uid-range", rows[i].value) == 0, rows[i].value);
		assert_string_equal(value_of(s, "uid-range"), rows[i].in_force);
	}
	assert_int_equal(set(s, "uid-range", "7-9"), 0);
	assert_int_equal(s->uid_range.first, 7);
	assert_int_equal(s->uid_range.last, 9);
}

struct refused {
	const char *name, *values[24];
};

static const struct refused refusals[] = {
	{ "uid-range", { "", "100", "100-", "-100", "0-9", "9-8", "1-4294967295", "1 - 9",
			   "1000000-2048576", "1-9-", "01-9", "1:9", "none", "a-b",
			   "4294967297-4294967299" } },
	{ "limit", { "", "stack", "stack=", "=8M", "Stack=8M", "stack=8m", "stack=8M:4M",
		       "stack=8M:", "stack=:8M", "stack=0", "nofile=2", "nofile=64:128:1",
		       "nice=41", "rtprio=100", "cpu=0", "cpu=1500ms", "rttime=0",
		       "core=unlimited:0", "as=-1", "nproc=0", "infinity=1" } },
	{ "capabilities", { "", "cap-net", "net bind", "net_raw,kill", "7", "+chown" } },
	{ "connect", { "", "0", "65536", "http", "80-90", "-1", "080", "any" } },
	{ "bind", { "", "0", "65536", "*" } },
	{ "scope", { "", "signal", "all", "Signals", "signals,abstract-sockets" } },
	{ "namespaces", { "", "net", "pids", "mnt", "pid,mount", "PID" } },
	{ "read", { "", "srv", "./x", "~/x", "@default", "@", " /x" } },
	{ "write", { "", "srv", "@system" } },
	{ "execute", { "", "bin" } },
	{ "hide", { "", "none", "home", "@system" } },
	{ "syscalls",
	    { "", ",", "read,", ",read", "read, write", "read write", "@", "-", "@-",
		"Read", "--read", "@de_fault", "read,none", "none,read" } },
	{ "cgroup", { "", "yes", "on", "sessions", "./x" } },
	{ "root", { "", "srv" } },
};

static void
what_is_no_such_value_is_refused_and_changes_nothing(void **state)
{
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		char *before = strdup(value_of(s, refusals[i].name));

		assert_non_null(before);
		for (size_t j = 0; refusals[i].values[j] != NULL; j++) {
			int r = set(s, refusals[i].name, refusals[i].values[j]);

			assert_row(r == -EINVAL || r == -ERANGE, refusals[i].values[j]);
			assert_string_equal(value_of(s, refusals[i].name), before);
		}
		free(before);
	}
}

static void
words_are_kept_as_they_were_written(void **state)
{
	static const struct {
		const char *name, *words[8], *in_force;
	} rows[] = {
		{ "limit", { "stack=8M", "nofile=64:128", "core=0:unlimited", "cpu=30s" },
		    "stack=8M nofile=64:128 core=0:unlimited cpu=30s" },
		{ "capabilities", { "net_bind_service", "CAP_KILL", "cap_chown" },
		    "net_bind_service CAP_KILL cap_chown" },
		{ "connect", { "443", "65535" }, "443 65535" },
		{ "bind", { "1", "1" }, "1 1" },
		{ "scope", { "signals", "abstract-sockets" },
		    "signals abstract-sockets" },
		{ "namespaces", { "pid", "mount", "ipc", "uts", "user", "cgroup" },
		    "pid mount ipc uts user cgroup" },
		{ "read", { "@system", "/srv/my files", "none" },
		    "@system /srv/my files none" },
		{ "write", { "none", "/var/spool/x" }, "none /var/spool/x" },
		{ "execute", { "/usr/bin", "@system" }, "/usr/bin @system" },
		{ "hide", { "/home", "/root" }, "/home /root" },
		{ "syscalls",
		    { "@default,@network-client", "-ptrace,-@clock", "openat2" },
		    "@default,@network-client -ptrace,-@clock openat2" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; rows[i].words[j] != NULL; j++)
			assert_row(set(s, rows[i].name, rows[i].words[j]) == 0,
			    rows[i].words[j]);
		assert_string_equal(value_of(s, rows[i].name), rows[i].in_force);
	}
	assert_int_equal(set(s, "cgroup", "off"), 0);
	assert_int_equal(set(s, "cgroup", "/sys/fs/cgroup/prong"), 0);
	assert_string_equal(s->cgroup, "/sys/fs/cgroup/prong");
}

static void
none_stands_alone(void **state)
{
	static const struct {
		const char *name, *other;
	} rows[] = {
		{ "capabilities", "kill" },
		{ "connect", "80" },
		{ "bind", "80" },
		{ "scope", "signals" },
		{ "namespaces", "pid" },
		{ "syscalls", "@default" },
	};
	struct settings *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(set(s, rows[i].name, "none") == 0, rows[i].name);
		assert_row(set(s, rows[i].name, rows[i].other) == -EINVAL, rows[i].name);
		assert_string_equal(value_of(s, rows[i].name), "none");
	}
	settings_done(s);
	assert_int_equal(settings_init(s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_row(set(s, rows[i].name, rows[i].other) == 0, rows[i].name);
		assert_row(set(s, rows[i].name, "none") == -EINVAL, rows[i].name);
		assert_string_equal(value_of(s, rows[i].name), rows[i].other);
	}
}

/* ---- limits ---------------------------------------------------------------------- */

#define NO LIMITWORD_UNLIMITED

static void
a_limit_is_what_the_kernel_calls_it(void **state)
{
	static const struct {
		const char *word;
		struct limitword limit;
	} rows[] = {
		{ "as=1G", { RLIMIT_AS, 1 << 30, 1 << 30 } },
		{ "core=0", { RLIMIT_CORE, 0, 0 } },
		{ "cpu=30", { RLIMIT_CPU, 30, 30 } },
		{ "cpu=1m:2m", { RLIMIT_CPU, 60, 120 } },
		{ "data=64K:unlimited", { RLIMIT_DATA, 65536, NO } },
		{ "fsize=1", { RLIMIT_FSIZE, 1, 1 } },
		{ "locks=7", { RLIMIT_LOCKS, 7, 7 } },
		{ "memlock=unlimited", { RLIMIT_MEMLOCK, NO, NO } },
		{ "msgqueue=800K", { RLIMIT_MSGQUEUE, 819200, 819200 } },
		{ "nice=40", { RLIMIT_NICE, 40, 40 } },
		{ "nofile=64:128", { RLIMIT_NOFILE, 64, 128 } },
		{ "nproc=1", { RLIMIT_NPROC, 1, 1 } },
		{ "rss=1M", { RLIMIT_RSS, 1 << 20, 1 << 20 } },
		{ "rtprio=99", { RLIMIT_RTPRIO, 99, 99 } },
		{ "rttime=200", { RLIMIT_RTTIME, 200, 200 } },
		{ "rttime=200us:1ms", { RLIMIT_RTTIME, 200, 1000 } },
		{ "rttime=2s", { RLIMIT_RTTIME, 2000000, 2000000 } },
		{ "sigpending=0", { RLIMIT_SIGPENDING, 0, 0 } },
		{ "stack=8M", { RLIMIT_STACK, 8 << 20, 8 << 20 } },
	};
	struct text nobody = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct limitword limit;

		assert_row(limitword_parse(rows[i].word, &limit, &nobody, NULL) == 0,
		    rows[i].word);
		assert_row(limit.resource == rows[i].limit.resource, rows[i].word);
		assert_row(limit.soft == rows[i].limit.soft, rows[i].word);
		assert_row(limit.hard == rows[i].limit.hard, rows[i].word);
	}
}

static void
each_limit_of_the_kernel_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		assert_non_null(limitword_name(i));
	assert_null(limitword_name(RLIM_NLIMITS));
	assert_null(limitword_name(-1));
	assert_string_equal(limitword_setting(RLIMIT_NOFILE), "files");
	assert_null(limitword_setting(RLIMIT_STACK));
}

static void
a_limit_is_said_once(void **state)
{
	struct settings *s = *state;

	assert_int_equal(set(s, "limit", "stack=8M"), 0);
	assert_int_equal(set(s, "limit", "stack=9M"), -EINVAL);
	assert_int_equal(set(s, "limit", "rss=9M"), 0);
	assert_string_equal(value_of(s, "limit"), "stack=8M rss=9M");
}

/* ---- messages -------------------------------------------------------------------- */

static const struct told {
	const char *name, *value, *message;
} tells[] = {
	{ "uid-range", "100000",
	    "uid-range: '100000' is not FIRST-LAST with both from 1 to 4294967294 and at "
	    "most 1048576 of them, such as 1900000000-1900065535, or off (default off)" },
	{ "limit", "stack",
	    "limit: 'stack' is not NAME=SOFT or NAME=SOFT:HARD, such as stack=8M or "
	    "nofile=64:128 (unset by default)" },
	{ "limit", "nofil=64", "limit: 'nofil' is not a limit; did you mean nofile?" },
	{ "limit", "RLIMIT_NOFILE=64",
	    "limit: 'RLIMIT_NOFILE' is not a limit; did you mean nofile?" },
	{ "limit", "processes=9",
	    "limit: 'processes' is not a limit; did you mean nproc?" },
	{ "limit", "xyzzy=9",
	    "limit: 'xyzzy' is not a limit; there are as, core, cpu, data, fsize, locks, "
	    "memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, "
	    "stack" },
	{ "limit", "stack=8Q",
	    "limit: stack: '8Q' is not a size of at least 65536, such as 8M, or "
	    "unlimited" },
	{ "limit", "nice=50",
	    "limit: nice: '50' is not a number from 0 to 40, or unlimited" },
	{ "limit", "cpu=1.5",
	    "limit: cpu: '1.5' is not a time in whole seconds, such as 30s, or "
	    "unlimited" },
	{ "limit", "rttime=fast",
	    "limit: rttime: 'fast' is not a time, such as 200ms, or a number of "
	    "microseconds, or unlimited" },
	{ "limit", "nofile=128:x",
	    "limit: nofile: 'x' is not a number from 3 to 2147483647, or unlimited" },
	{ "limit", "nofile=128:64",
	    "limit: nofile: 128:64: the first limit is what holds, the second how far it "
	    "can be raised: it must not be less" },
	{ "capabilities", "net-raw",
	    "capabilities: 'net-raw' is not a capability, such as net_bind_service, or "
	    "none alone (unset by default)" },
	{ "connect", "http",
	    "connect: 'http' is not a port from 1 to 65535, or none alone (unset by "
	    "default)" },
	{ "scope", "signal", "scope: 'signal': did you mean signals?" },
	{ "namespaces", "net",
	    "namespaces: 'net' is not pid, mount, ipc, uts, user, cgroup, or none alone "
	    "(unset by default)" },
	{ "namespaces", "mounts", "namespaces: 'mounts': did you mean mount?" },
	{ "read", "srv",
	    "read: 'srv' is not a path that begins with /, @system or none (unset by "
	    "default)" },
	{ "hide", "none",
	    "hide: 'none' is not a path that begins with / (unset by default)" },
	{ "syscalls", "read write",
	    "syscalls: 'read write' is not a set such as @default, a system call such as "
	    "read, or one of them with a - before it, or none alone (unset by default)" },
	{ "syscalls", "read,none",
	    "syscalls: 'read,none' cannot stand beside others: 'none' is alone" },
	{ "cgroup", "on",
	    "cgroup: 'on' is not auto, off, or a path that begins with / (default "
	    "auto)" },
};

static void
a_message_says_what_is_wrong_with_the_word(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(tells); i++) {
		char message[512];
		int r = settings_set(
		    *state, tells[i].name, tells[i].value, message, sizeof(message));

		assert_row(r == -EINVAL || r == -ERANGE, tells[i].value);
		assert_string_equal(message, tells[i].message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_settings(a_range_is_read_and_put_as_an_operator_would),
		with_settings(what_is_no_such_value_is_refused_and_changes_nothing),
		with_settings(words_are_kept_as_they_were_written),
		with_settings(none_stands_alone),
		cmocka_unit_test(a_limit_is_what_the_kernel_calls_it),
		cmocka_unit_test(each_limit_of_the_kernel_has_a_name),
		with_settings(a_limit_is_said_once),
		with_settings(a_message_says_what_is_wrong_with_the_word),
	};

	return cmocka_run_group_tests_name("settings_isolation", tests, NULL, NULL);
}
