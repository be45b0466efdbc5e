/*
 * 10-program -- a program for each client, and no copy of the server on the way there
 *
 *     cc -Wall 10-program.c -o 10-program
 *     ./10-program [PORT [SECONDS [ADDRESS [PROGRAM [WORD]...]]]]      cat unless given
 *
 * Mended: as with vfork(2), the child borrows the server's memory until it executes the
 * program, and the server waits so long: nothing is copied, however large it is.  What
 * the program must not have is closed by exec, for all descriptors are CLOEXEC.  Still
 * to come:
 *
 *     11  a client waits until its process has been made
 */
#define _GNU_SOURCE /* clone(), accept4() */
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SESSIONS = 32, PER_SOURCE = 8, LEAVERS = 16, LEAVE_US = 2000000 };

static struct session {
	pid_t pid; /* 0: nobody's */
	int pidfd;
	struct in6_addr source;
	char name[80];
	long began_us;
} sessions[SESSIONS];

/* A client that was refused, until it has read why. */
static struct leaver {
	int fd; /* 0: nobody's */
	long until_us;
} leavers[LEAVERS];

static char *cat[] = { "cat", NULL };
static char **program = cat;
static int seconds = 60;
static int listener, events;
static char data[1024];

static long
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
say_end(const struct session *session, int status)
{
	printf("end %s pid %d: ", session->name, session->pid);
	if (WIFSIGNALED(status))
		printf("killed by signal %d", WTERMSIG(status));
	else
		printf("exited %d", WEXITSTATUS(status));
	printf(" after %ld ms\n", (now_us() - session->began_us) / 1000);
}

/* What an event of epoll is about: the listener, a session, a leaver. */
enum { OF_LISTENER = 0, OF_SESSION = 1, OF_LEAVER = OF_SESSION + SESSIONS };

static int
watch(int fd, unsigned number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

	return epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
}

/* close() alone would not do: should another process have the descriptor too, epoll
 * would tell of it as long as that has it. */
static void
unwatch(int fd)
{
	epoll_ctl(events, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

static void
reap(struct session *session)
{
	int status;

	if (waitpid(session->pid, &status, 0) == session->pid)
		say_end(session, status);
	unwatch(session->pidfd);
	session->pid = 0;
}

static void
open_events(void)
{
	events = epoll_create1(EPOLL_CLOEXEC);
	if (events < 0 || watch(listener, OF_LISTENER) < 0) {
		perror("epoll");
		exit(1);
	}
}

static void
name_address(const struct sockaddr_storage *address, char *name, size_t size)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE], port[8];

	if (getnameinfo((const struct sockaddr *)address, sizeof(*address), host,
		sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(name, size, "somebody");
	else if (address->ss_family == AF_INET6)
		snprintf(name, size, "[%s]:%s", host, port);
	else
		snprintf(name, size, "%s:%s", host, port);
}

static void
open_listener(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	char name[80];
	int error = getaddrinfo(host, port, &hints, &found);

	if (error != 0) {
		fprintf(stderr, "%s, port %s: %s\n", host, port, gai_strerror(error));
		exit(1);
	}
	listener =
	    socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int));
	if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) < 0 ||
	    listen(listener, 128) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
		perror("listen");
		exit(1);
	}
	freeaddrinfo(found);
	name_address(&address, name, sizeof(name));
	printf("listening on %s\n", name);
}

/* What a client is counted under: ::ffff:192.0.2.7 for an IPv4 address, else its /64. */
static struct in6_addr
source_of(const struct sockaddr_storage *peer)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
	struct in6_addr source = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (peer->ss_family == AF_INET) {
		memcpy(&source.s6_addr[12], &four->sin_addr, 4);
		return source;
	}
	source = ((const struct sockaddr_in6 *)peer)->sin6_addr;
	if (!IN6_IS_ADDR_V4MAPPED(&source))
		memset(&source.s6_addr[8], 0, 8);
	return source;
}

/* What the child is told, and what it leaves behind: its memory is ours until exec. */
struct start {
	int client;
	int error; /* 0: the program runs */
};

static int
start_run(void *context)
{
	struct start *start = context;
	struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(SIGPIPE, &usual, NULL);
	dup2(start->client, 0);
	dup2(start->client, 1);
	alarm(seconds);
	execvp(program[0], program);
	start->error = errno;
	_exit(127);
}

/* clone(2) as vfork(2), but on a stack of its own; -1: there is no process. */
static pid_t
start_program(struct start *start, int *ret_pidfd)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));

	return clone(start_run, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, start, ret_pidfd);
}

/* Who cannot be watched would be nobody's: better that there is none. */
static void
give_up(pid_t pid, int pidfd)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (pidfd >= 0)
		close(pidfd);
}

/* The next client, or -1: it is gone again, or there is no room yet. */
static int
accept_client(struct sockaddr_storage *ret_peer)
{
	socklen_t length = sizeof(*ret_peer);
	int client =
	    accept4(listener, (struct sockaddr *)ret_peer, &length, SOCK_CLOEXEC);

	if (client >= 0)
		return client;
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
		return -1;
	perror("accept, once more in 0.1 s");
	poll(NULL, 0, 100);
	return -1;
}

/* Its words are of no interest; but unread they would cost it ours. */
static void
read_leaver(struct leaver *leaver)
{
	ssize_t count = recv(leaver->fd, data, sizeof(data), MSG_DONTWAIT);

	if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	unwatch(leaver->fd);
	leaver->fd = 0;
}

/* Closes those that had their time; milliseconds of the next one, -1: there is none. */
static int
end_leavers(void)
{
	long now = now_us(), next = -1;

	for (int i = 0; i < LEAVERS; i++) {
		if (leavers[i].fd > 0 && leavers[i].until_us <= now) {
			unwatch(leavers[i].fd);
			leavers[i].fd = 0;
		}
		if (leavers[i].fd > 0 && (next < 0 || leavers[i].until_us - now < next))
			next = leavers[i].until_us - now;
	}
	return next < 0 ? -1 : (int)(next / 1000) + 1;
}

/* Whoever finds no place among the leavers is closed at once: they are bounded too. */
static void
add_leaver(int client)
{
	shutdown(client, SHUT_WR);
	for (int i = 0; i < LEAVERS; i++) {
		if (leavers[i].fd > 0)
			continue;
		if (watch(client, OF_LEAVER + i) < 0)
			break;
		leavers[i].fd = client;
		leavers[i].until_us = now_us() + LEAVE_US;
		return;
	}
	close(client);
}

/* The parent waits for no client: what the socket does not take at once is left out. */
static void
refuse(int client, const char *name, const char *why)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "refused: %s\n", why);

	printf("refused %s: %s\n", name, why);
	send(client, text, length, MSG_DONTWAIT);
	add_leaver(client);
}

/* A place for one more session of this source; NULL, and why there is none. */
static struct session *
find_place(struct in6_addr source, const char **ret_why)
{
	struct session *place = NULL;
	int of_source = 0;

	for (int i = 0; i < SESSIONS; i++) {
		if (sessions[i].pid == 0)
			place = &sessions[i];
		else if (IN6_ARE_ADDR_EQUAL(&sessions[i].source, &source))
			of_source++;
	}
	*ret_why = of_source < PER_SOURCE ? "the server is full" : "too many from you";
	return of_source < PER_SOURCE ? place : NULL;
}

/* A process for the next client, if it may have one. */
static void
welcome(void)
{
	struct sockaddr_storage peer = { 0 };
	int client = accept_client(&peer);
	struct session *session;
	struct start start = { .client = client };
	long began_us;
	int pidfd = -1;
	const char *why;
	char name[80];
	pid_t pid;

	if (client < 0)
		return;
	name_address(&peer, name, sizeof(name));
	session = find_place(source_of(&peer), &why);
	if (session == NULL) {
		refuse(client, name, why);
		return;
	}
	began_us = now_us();
	pid = start_program(&start, &pidfd);
	if (start.error != 0)
		fprintf(stderr, "%s: %s\n", program[0], strerror(start.error));
	if (pid < 0 || start.error != 0 ||
	    watch(pidfd, OF_SESSION + (session - sessions)) < 0) {
		give_up(pid, pidfd);
		refuse(client, name, "no process can be had now");
		return;
	}
	close(client);
	session->pid = pid;
	session->pidfd = pidfd;
	session->source = source_of(&peer);
	session->began_us = began_us;
	snprintf(session->name, sizeof(session->name), "%s", name);
	printf("begin %s pid %d, made in %ld us\n", name, pid, now_us() - began_us);
}

int
main(int argc, char *argv[])
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (argc > 2)
		seconds = (int)strtol(argv[2], NULL, 10);
	if (argc > 4)
		program = &argv[4];
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_listener(argc > 3 ? argv[3] : "127.0.0.1", argc > 1 ? argv[1] : "9999");
	open_events();
	sigaction(SIGPIPE, &ignored, NULL);
	for (;;) {
		struct epoll_event ready[16];
		int count = epoll_wait(events, ready, 16, end_leavers());

		for (int i = 0; i < count; i++) {
			unsigned number = ready[i].data.u32;

			if (number == OF_LISTENER)
				welcome();
			else if (number < OF_LEAVER)
				reap(&sessions[number - OF_SESSION]);
			else
				read_leaver(&leavers[number - OF_LEAVER]);
		}
	}
}
