#include "quiet.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.h"
#include "unit.h"

#define ENDED 42
#define SIGNALS 64

/* As the kernel has it, and not libc. */
struct action {
	unsigned long handler, flags, restorer;
	uint64_t mask;
};

struct host {
	const char *step; /* that was begun last */
	size_t steps;
	char wrong[256];
};

static struct host *host; /* shared with the child */
static struct action before[SIGNALS];

static void
look_at_signals(struct action *actions)
{
	memset(actions, 0, SIGNALS * sizeof(*actions));
	for (int i = 0; i < SIGNALS; i++)
		(void)syscall(SYS_rt_sigaction, i + 1, NULL, &actions[i], 8);
}

static size_t
count_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	const struct dirent *entry;
	size_t count = 0;

	if (folder == NULL)
		return 0;
	while ((entry = readdir(folder)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(folder);
	return count;
}

static void
complain(const char *what)
{
	if (host->wrong[0] == '\0')
		(void)snprintf(
		    host->wrong, sizeof(host->wrong), "%s: %s", host->step, what);
}

/* In place of what the library would call. */
char *__wrap_getenv(const char *name);
char *__wrap_secure_getenv(const char *name);

char *
__wrap_getenv(const char *name)
{
	complain(name);
	return NULL;
}

char *
__wrap_secure_getenv(const char *name)
{
	complain(name);
	return NULL;
}

void
quiet_look(void)
{
	struct action now[SIGNALS];

	look_at_signals(now);
	if (memcmp(now, before, sizeof(now)) != 0)
		complain("the action of a signal is another");
	if (count_threads() != 1)
		complain("there is another thread");
}

void
quiet_step(const char *what)
{
	quiet_look();
	host->step = what;
	host->steps++;
}

void
must(bool condition, const char *what)
{
	if (!condition)
		complain(what);
}

/* ---- lives ----------------------------------------------------------------------- */

static char *nothing[] = { NULL };

/* What stdio still holds would come to light when the host ends. */
static void
live(void (*life)(void), enum quiet_environment environment, const int *out)
{
	if (dup2(out[0], STDOUT_FILENO) < 0 || dup2(out[1], STDERR_FILENO) < 0)
		_exit(1);
	environ = environment == QUIET_EMPTY
		      ? nothing
		      : mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	look_at_signals(before);
	life();
	quiet_look();
	(void)fflush(NULL);
	_exit(ENDED);
}

static int
run(void (*life)(void), enum quiet_environment environment, const int *out)
{
	int status = 0;
	pid_t child;

	if (host == NULL)
		host = mmap(NULL, sizeof(*host), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(host, MAP_FAILED);
	memset(host, 0, sizeof(*host));
	host->step = "begin";
	(void)fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live(life, environment, out);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
assert_empty(int *fd, const char *what)
{
	char text[256] = "";
	struct pollfd end = { .fd = *fd, .events = POLLIN };

	assert_int_equal(poll(&end, 1, 20000), 1);
	if (read(*fd, text, sizeof(text) - 1) != 0)
		fail_msg(
		    "in '%s' or before it wrote to %s: '%s'", host->step, what, text);
	close_fd(fd);
}

bool
quiet_ends(void (*life)(void), enum quiet_environment environment)
{
	int status =
	    run(life, environment, (const int[]){ STDOUT_FILENO, STDERR_FILENO });

	return WIFEXITED(status) && WEXITSTATUS(status) == ENDED;
}

void
quiet_assert(void (*life)(void), enum quiet_environment environment)
{
	int out[2], err[2], status;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	status = run(life, environment, (const int[]){ out[1], err[1] });
	close_fd(&out[1]);
	close_fd(&err[1]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != ENDED)
		fail_msg("in '%s' the host ended: status %x", host->step, status);
	if (host->wrong[0] != '\0')
		fail_msg("%s", host->wrong);
	assert_true(host->steps > 0);
	assert_empty(&out[0], "stdout");
	assert_empty(&err[0], "stderr");
}
