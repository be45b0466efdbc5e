/*
 * 01-textbook -- the textbook's server, with everything that is wrong in it
 *
 *     cc -Wall 01-textbook.c -o 01-textbook
 *     ./01-textbook [PORT]      9999 unless given; 0: any that is free; Ctrl-C ends it
 *
 * Each client gets a process that echoes; a handler of SIGCHLD reaps those that end.
 * Wrong here, and mended in step
 *
 *     02  the child, its client gone, accepts others and never ends; the parent closes
 *         no client's socket
 *     03  strlen() of what was read; a short write; a failing read; EINTR; SIGPIPE
 *     04  any error of accept() but EINTR ends the server
 *     05  printf() in a handler; the signal's number for the pid; a buffer that the
 *         children copy
 *     06  fork() returning -1 is taken for the parent's branch; there are no limits
 *     08  the address is compiled in; no SO_REUSEADDR; inet_ntop() is told the size of
 *         another buffer
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void
serve(int client, const struct sockaddr_in *peer)
{
	say_client(peer, "connected");
	for (;;) {
		ssize_t count = read(client, data, sizeof(data));

		if (count == 0)
			break;
		if (write(client, data, strlen(data)) < 0)
			perror("write");
	}
	say_client(peer, "disconnected");
	close(client);
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = on_child };

	open_listener(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 9999);
	sigaction(SIGCHLD, &action, NULL);
	for (;;) {
		struct sockaddr_in peer;
		socklen_t length = sizeof(peer);
		int client = accept(listener, (struct sockaddr *)&peer, &length);

		if (client < 0 && errno == EINTR)
			continue;
		if (client < 0) {
			perror("accept");
			exit(1);
		}
		if (fork() == 0)
			serve(client, &peer);
	}
}
