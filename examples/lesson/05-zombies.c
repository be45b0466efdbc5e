/*
 * 05-zombies -- every child is reaped and told, however many end at once
 *
 *     cc -Wall 05-zombies.c -o 05-zombies
 *     ./05-zombies [PORT]      9999 unless given; 0: any that is free; Ctrl-C ends it
 *
 * Mended: there is no handler any more.  SIGCHLD is blocked and read from a signalfd, in
 * an ordinary place where printf() is allowed; the log has the pid and how it ended, and
 * comes line by line, so that a child inherits no text.  Wrong here, and mended in step
 *
 *     06  fork() returning -1 is taken for the parent's branch; there are no limits
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
#include <unistd.h>

static int listener, children;
static sigset_t before;
static char data[1024];

static void
say_end(pid_t pid, int status)
{
	printf("end pid %d: ", pid);
	if (WIFSIGNALED(status))
		printf("killed by signal %d\n", WTERMSIG(status));
	else
		printf("exited %d\n", WEXITSTATUS(status));
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
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		say_end(pid, status);
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
say_client(const struct sockaddr_in *peer, const char *what)
{
	char ip[16];

	inet_ntop(AF_INET, &peer->sin_addr, ip, sizeof(data));
	printf("%s:%d %s\n", ip, ntohs(peer->sin_port), what);
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
serve(int client, const struct sockaddr_in *peer)
{
	say_client(peer, "connected");
	for (;;) {
		ssize_t count = read(client, data, sizeof(data));

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0 || write_all(client, data, count) < 0)
			break;
	}
	say_client(peer, "disconnected");
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

/* A process for the next client. */
static void
welcome(void)
{
	struct sockaddr_in peer;
	int client = accept_client(&peer);

	if (client < 0)
		return;
	if (fork() == 0) {
		close(listener);
		close(children);
		sigprocmask(SIG_SETMASK, &before, NULL);
		serve(client, &peer);
		exit(0);
	}
	close(client);
}

int
main(int argc, char *argv[])
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };

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
