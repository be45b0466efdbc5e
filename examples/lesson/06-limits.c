/*
 * 06-limits -- nobody gets everything: sessions are counted, and have a time
 *
 *     cc -Wall 06-limits.c -o 06-limits
 *     ./06-limits [PORT [SECONDS]]      SECONDS: a session's time, 60 unless given
 *
 * Mended: the parent knows its sessions.  There are at most so many, of one address and
 * of all; none is longer than its time; a client that gets none, be it that fork() fails,
 * is told why.  The log has who it was and for how long.  Wrong here, and mended in step
 *
 *     07  a client that has sent something before it is refused may never see why
 *     08  the address is compiled in; no SO_REUSEADDR; inet_ntop() is told the size of
 *         another buffer
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SESSIONS = 32, PER_SOURCE = 8 };

static struct session {
	pid_t pid; /* 0: nobody's */
	struct in_addr source;
	char name[80];
	long began_us;
} sessions[SESSIONS];

static int seconds = 60;
static int listener, children;
static sigset_t before;
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

/* One SIGCHLD may stand for many children: signals that are pending do not queue. */
static void
reap_children(void)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(children, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < SESSIONS; i++) {
			if (sessions[i].pid != pid)
				continue;
			say_end(&sessions[i], status);
			sessions[i].pid = 0;
		}
	}
}

/* Readable when a child has ended; the signal itself interrupts nothing any more. */
static void
open_children(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &before);
	children = signalfd(-1, &mask, SFD_NONBLOCK);
	if (children < 0) {
		perror("signalfd");
		exit(1);
	}
}

static void
open_listener(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	socklen_t length = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
	    listen(listener, 128) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
		perror("listen");
		exit(1);
	}
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
}

static void
name_client(const struct sockaddr_in *peer, char *name, size_t size)
{
	char ip[16];

	inet_ntop(AF_INET, &peer->sin_addr, ip, sizeof(data));
	snprintf(name, size, "%s:%d", ip, ntohs(peer->sin_port));
}

/* 0, or -1: the client does not read any more. */
static int
write_all(int client, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(client, bytes, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		bytes += count;
		length -= count;
	}
	return 0;
}

static void
serve(int client)
{
	for (;;) {
		ssize_t count = read(client, data, sizeof(data));

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0 || write_all(client, data, count) < 0)
			break;
	}
	close(client);
}

/* The next client, or -1: it is gone again, or there is no room yet. */
static int
accept_client(struct sockaddr_in *ret_peer)
{
	socklen_t length = sizeof(*ret_peer);
	int client = accept(listener, (struct sockaddr *)ret_peer, &length);

	if (client >= 0)
		return client;
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
		return -1;
	perror("accept, once more in 0.1 s");
	poll(NULL, 0, 100);
	return -1;
}

/* The parent waits for no client: what the socket does not take at once is left out. */
static void
refuse(int client, const char *name, const char *why)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "refused: %s\n", why);

	printf("refused %s: %s\n", name, why);
	send(client, text, length, MSG_DONTWAIT);
	close(client);
}

/* A place for one more session of this source; NULL, and why there is none. */
static struct session *
find_place(struct in_addr source, const char **ret_why)
{
	struct session *place = NULL;
	int of_source = 0;

	for (int i = 0; i < SESSIONS; i++) {
		if (sessions[i].pid == 0)
			place = &sessions[i];
		else if (sessions[i].source.s_addr == source.s_addr)
			of_source++;
	}
	*ret_why = of_source < PER_SOURCE ? "the server is full" : "too many from you";
	return of_source < PER_SOURCE ? place : NULL;
}

/* A process for the next client, if it may have one. */
static void
welcome(void)
{
	struct sockaddr_in peer = { 0 };
	int client = accept_client(&peer);
	struct session *session;
	const char *why;
	char name[80];
	pid_t pid;

	if (client < 0)
		return;
	name_client(&peer, name, sizeof(name));
	session = find_place(peer.sin_addr, &why);
	if (session == NULL) {
		refuse(client, name, why);
		return;
	}
	pid = fork();
	if (pid < 0) {
		refuse(client, name, "no process can be had now");
		return;
	}
	if (pid == 0) {
		close(listener);
		close(children);
		sigprocmask(SIG_SETMASK, &before, NULL);
		alarm(seconds);
		serve(client);
		exit(0);
	}
	close(client);
	session->pid = pid;
	session->source = peer.sin_addr;
	session->began_us = now_us();
	snprintf(session->name, sizeof(session->name), "%s", name);
	printf("begin %s pid %d\n", name, pid);
}

int
main(int argc, char *argv[])
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (argc > 2)
		seconds = (int)strtol(argv[2], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_listener(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 9999);
	open_children();
	sigaction(SIGPIPE, &ignored, NULL);
	for (;;) {
		struct pollfd sources[] = {
			{ .fd = listener, .events = POLLIN },
			{ .fd = children, .events = POLLIN },
		};

		if (poll(sources, 2, -1) < 0)
			continue;
		if (sources[1].revents != 0)
			reap_children();
		if (sources[0].revents != 0)
			welcome();
	}
}
