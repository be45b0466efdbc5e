/*
 * 04-eintr -- no error of accept() ends the server, or makes it spin
 *
 *     cc -Wall 04-eintr.c -o 04-eintr
 *     ./04-eintr [PORT]      9999 unless given; 0: any that is free; Ctrl-C ends it
 *
 * Mended: an error that is the client's concerns nobody else; one that will pass, such as
 * EMFILE, is waited out.  SA_RESTART has the kernel itself resume what a child's end
 * interrupts, wherever it can: not poll().  Wrong here, and mended in step
 *
 *     05  printf() in a handler; the signal's number for the pid; a buffer that the
 *         children copy
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener;
static char data[1024];

static void
on_child(int number)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		printf("reaped process %d\n", number);
}

static void
open_listener(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	socklen_t length = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM, 0);
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

/* The next client, however long it takes. */
static int
accept_client(struct sockaddr_in *ret_peer)
{
	for (;;) {
		socklen_t length = sizeof(*ret_peer);
		int client = accept(listener, (struct sockaddr *)ret_peer, &length);

		if (client >= 0)
			return client;
		if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
			continue;
		perror("accept, once more in 0.1 s");
		poll(NULL, 0, 100);
	}
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = on_child,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	open_listener(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 9999);
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGPIPE, &ignored, NULL);
	for (;;) {
		struct sockaddr_in peer;
		int client = accept_client(&peer);

		if (fork() == 0) {
			close(listener);
			serve(client, &peer);
			exit(0);
		}
		close(client);
	}
}
