#include "process_state.h"

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void
put_link(struct text *text, const char *path)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	target[length < 0 ? 0 : length] = '\0';
	text_printf(text, "%s -> %s\n", path, target);
}

/* The lines of a file that begin with one of the words; NULL: all. */
static void
put_file(struct text *text, const char *path, const char *const *words)
{
	char line[4096];
	FILE *file = fopen(path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		bool is_wanted = words == NULL;

		for (size_t i = 0; !is_wanted && words[i] != NULL; i++)
			is_wanted = strncmp(line, words[i], strlen(words[i])) == 0;
		if (is_wanted)
			text_printf(text, "%s: %s", path, line);
	}
	if (file != NULL)
		(void)fclose(file);
}

static void
put_signals(struct text *text)
{
	struct {
		unsigned long handler, flags, restorer;
		uint64_t mask;
	} action;
	uint64_t mask = 0;

	for (int i = 1; i <= 64; i++) {
		memset(&action, 0, sizeof(action));
		(void)syscall(SYS_rt_sigaction, i, NULL, &action, sizeof(mask));
		text_printf(text, "signal %d: %lx %lx %llx\n", i, action.handler,
		    action.flags, (unsigned long long)action.mask);
	}
	(void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask));
	text_printf(text, "signal mask: %llx\n", (unsigned long long)mask);
}

static void
put_limits(struct text *text)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = { 0 };

		(void)getrlimit((__rlimit_resource_t)i, &limit);
		text_printf(text, "limit %d: %llu %llu\n", i,
		    (unsigned long long)limit.rlim_cur,
		    (unsigned long long)limit.rlim_max);
	}
}

static void
put_prctl(struct text *text)
{
	static const int plain[] = { PR_GET_KEEPCAPS, PR_GET_TIMING, PR_GET_SECUREBITS,
		PR_GET_TIMERSLACK, PR_GET_NO_NEW_PRIVS, PR_GET_THP_DISABLE };
	static const int pointed[] = { PR_GET_PDEATHSIG, PR_GET_CHILD_SUBREAPER };
	char name[17] = "";

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		text_printf(
		    text, "prctl %d: %d\n", plain[i], prctl(plain[i], 0, 0, 0, 0));
	for (size_t i = 0; i < ARRAY_SIZE(pointed); i++) {
		int value = -1;

		(void)prctl(pointed[i], &value, 0, 0, 0);
		text_printf(text, "prctl %d: %d\n", pointed[i], value);
	}
	(void)prctl(PR_GET_NAME, name, 0, 0, 0);
	text_printf(text, "name: %s\n", name);
}

static void
put_place(struct text *text)
{
	static const char *const spaces[] = { "cgroup", "ipc", "mnt", "net", "pid",
		"pid_for_children", "time", "time_for_children", "user", "uts" };
	char path[64];
	mode_t mask = umask(0);

	(void)umask(mask);
	text_printf(text, "umask: %o\n", (unsigned)mask);
	put_link(text, "/proc/self/cwd");
	put_link(text, "/proc/self/root");
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		(void)snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", spaces[i]);
		put_link(text, path);
	}
	put_file(text, "/proc/self/cgroup", NULL);
	put_file(text, "/proc/self/oom_score_adj", NULL);
}

static void
put_time(struct text *text)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

	for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
		struct itimerval timer = { 0 };

		(void)getitimer((__itimer_which_t)timers[i], &timer);
		text_printf(text, "timer %d: %ld\n", timers[i],
		    (long)(timer.it_value.tv_sec + timer.it_interval.tv_sec));
	}
	put_file(text, "/proc/self/timers", NULL);
	text_printf(text, "nice: %d\n", getpriority(PRIO_PROCESS, 0));
	text_printf(text, "scheduler: %d\n", sched_getscheduler(0));
}

static void
put_libc(struct text *text)
{
	text_printf(text, "locale: %s\n", setlocale(LC_ALL, NULL));
	text_printf(text, "environment at %p\n", (void *)environ);
	for (char **at = environ; *at != NULL; at++)
		text_printf(text, "environment: %s\n", *at);
}

void
process_state_attributes(struct process_state *state)
{
	static const char *const lines[] = { "Umask", "Tgid", "PPid", "TracerPid", "Uid",
		"Gid", "Groups", "NSpid", "NSpgid", "NSsid", "Threads", "SigPnd",
		"ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Cap", "NoNewPrivs", "Seccomp",
		"Cpus_allowed", "Mems_allowed", NULL };
	struct text text = TEXT_ON(state->text);

	put_signals(&text);
	put_limits(&text);
	put_prctl(&text);
	put_place(&text);
	put_time(&text);
	put_libc(&text);
	put_file(&text, "/proc/self/status", lines);
	assert_false(text.is_cut);
}

static void
put_descriptors(struct text *text)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	char path[300];

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		uint64_t fd;

		if (text_parse_number(entry->d_name, 0, INT32_MAX, &fd) < 0 ||
		    (int)fd == dirfd(folder))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)fd);
		put_link(text, path);
	}
	(void)closedir(folder);
}

/* Without addresses: what malloc(3) has is larger or smaller. */
static void
put_mappings(struct text *text)
{
	char line[4096], rights[8], name[4096];
	FILE *file = fopen("/proc/self/maps", "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		name[0] = '\0';
		(void)sscanf(line, "%*s %7s %*s %*s %*s %4095s", rights, name);
#if defined(__SANITIZE_ADDRESS__) /* which maps what it needs when it needs it */
		if (name[0] == '\0')
			continue;
#endif
		text_printf(text, "mapping: %s %s\n", rights, name);
	}
	(void)fclose(file);
}

void
process_state_holdings(struct process_state *state)
{
	struct text text = TEXT_ON(state->text);
	siginfo_t info = { 0 };
	int rc = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);

	text_printf(&text, "children: %s\n", rc < 0 && errno == ECHILD ? "none" : "some");
	put_descriptors(&text);
	put_mappings(&text);
	assert_false(text.is_cut);
}

void
process_state_assert_same(const char *when, const struct process_state *before,
    const struct process_state *after)
{
	const char *one = before->text, *other = after->text;

	if (strcmp(one, other) == 0)
		return;
	while (*one == *other) {
		one++;
		other++;
	}
	while (one > before->text && one[-1] != '\n') {
		one--;
		other--;
	}
	fail_msg("%s: was '%.*s', is '%.*s'", when, (int)strcspn(one, "\n"), one,
	    (int)strcspn(other, "\n"), other);
}
