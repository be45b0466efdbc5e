/*
 * fail -- makes happen what seldom does, to see what a server makes of it
 *
 *     cc -Wall -shared -fPIC fail.c -o fail.so
 *     FAIL_FORK=2 LD_PRELOAD=./fail.so ./05-zombies
 *
 *     FAIL_FORK=COUNT       the first COUNT processes cannot be made (EAGAIN)
 *     FAIL_ACCEPT="N ..."   the first calls of accept fail with these errors, one each:
 *                           103 ECONNABORTED, 24 EMFILE
 *     FAIL_READ=COUNT       after COUNT reads of sockets all others fail (EIO)
 *     FAIL_BALLAST=MB       the server is larger by so much
 *     FAIL_STRANGER=1       the server has a child that is no client's: its first one
 *     FAIL_WATCH=1          says on standard error when a handler calls printf(), or
 *                           inet_ntop() is told of more room than any address needs
 *
 * Wraps the C library's functions, as the dynamic linker lets it (ld.so(8)); the numbers
 * are Linux's.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static long forks_left, reads_left = -1;
static const char *accept_errors = "";
static bool is_watched;
static volatile sig_atomic_t is_in_handler;
static void (*handlers[65])(int);

/* Taken from the environment, so that what the server executes is not meant too. */
static const char *
take(const char *name)
{
	const char *value = getenv(name);

	unsetenv(name);
	return value;
}

static void
say(const char *text)
{
	if (write(2, text, strlen(text)) < 0)
		_exit(125);
}

static void
add_ballast(size_t bytes)
{
	char *ballast =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ballast == MAP_FAILED)
		_exit(125);
	madvise(ballast, bytes, MADV_NOHUGEPAGE);
	memset(ballast, 1, bytes);
}

__attribute__((constructor)) static void
fail_init(void)
{
	const char *forks = take("FAIL_FORK"), *reads = getenv("FAIL_READ");
	const char *errors = take("FAIL_ACCEPT"), *ballast = take("FAIL_BALLAST");

	forks_left = forks != NULL ? strtol(forks, NULL, 10) : 0;
	reads_left = reads != NULL ? strtol(reads, NULL, 10) : -1;
	accept_errors = errors != NULL ? errors : "";
	is_watched = take("FAIL_WATCH") != NULL;
	if (ballast != NULL)
		add_ballast((size_t)strtol(ballast, NULL, 10) << 20);
	if (take("FAIL_STRANGER") != NULL && fork() == 0) {
		for (;;)
			pause();
	}
}

static bool
must_fail(void)
{
	if (forks_left == 0)
		return false;
	forks_left--;
	errno = EAGAIN;
	return true;
}

pid_t
fork(void)
{
	pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");

	return must_fail() ? -1 : real();
}

int
clone(int (*run)(void *), void *stack, int flags, void *context, ...)
{
	int (*real)(int (*)(void *), void *, int, void *, ...) =
	    (int (*)(int (*)(void *), void *, int, void *, ...))dlsym(RTLD_NEXT, "clone");
	va_list more;
	int *pidfd;

	va_start(more, context);
	pidfd = va_arg(more, int *);
	va_end(more);
	return must_fail() ? -1 : real(run, stack, flags, context, pidfd);
}

int
accept4(int listener, struct sockaddr *peer, socklen_t *length, int flags)
{
	int (*real)(int, struct sockaddr *, socklen_t *, int) = (int (*)(
	    int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
	char *end;
	int error = (int)strtol(accept_errors, &end, 10);

	if (error == 0)
		return real(listener, peer, length, flags);
	accept_errors = end;
	errno = error;
	return -1;
}

int
accept(int listener, struct sockaddr *peer, socklen_t *length)
{
	return accept4(listener, peer, length, 0);
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	ssize_t (*real)(int, void *, size_t) =
	    (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	struct stat status;

	if (reads_left < 0 || fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode))
		return real(fd, bytes, size);
	if (reads_left == 0) {
		errno = EIO;
		return -1;
	}
	reads_left--;
	return real(fd, bytes, size);
}

const char *
inet_ntop(int family, const void *address, char *text, socklen_t size)
{
	const char *(*real)(int, const void *, char *, socklen_t) = (const char *(*)(int,
	    const void *, char *, socklen_t))dlsym(RTLD_NEXT, "inet_ntop");

	if (is_watched && size > INET6_ADDRSTRLEN)
		say("fail: inet_ntop() is told of more room than any address needs\n");
	return real(family, address, text, size);
}

static void
handle(int number)
{
	is_in_handler = 1;
	handlers[number](number);
	is_in_handler = 0;
}

int
sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
	int (*real)(int, const struct sigaction *, struct sigaction *) = (int (*)(int,
	    const struct sigaction *, struct sigaction *))dlsym(RTLD_NEXT, "sigaction");
	struct sigaction ours;

	if (!is_watched || action == NULL || action->sa_handler == SIG_DFL ||
	    action->sa_handler == SIG_IGN || (action->sa_flags & SA_SIGINFO) != 0)
		return real(number, action, before);
	ours = *action;
	handlers[number] = action->sa_handler;
	ours.sa_handler = handle;
	return real(number, &ours, before);
}

static int
watched_print(const char *format, va_list values)
{
	if (is_in_handler)
		say("fail: a handler calls printf()\n");
	return vprintf(format, values);
}

int
printf(const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = watched_print(format, values);
	va_end(values);
	return length;
}

/* What printf() is where programs are fortified. */
int
__printf_chk(int flag, const char *format, ...)
{
	va_list values;
	int length;

	(void)flag;
	va_start(values, format);
	length = watched_print(format, values);
	va_end(values);
	return length;
}
