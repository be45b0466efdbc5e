/*
 * 11-spares -- processes are made ahead, and a client is handed to one that waits
 *
 *     cc -Wall 11-spares.c -o 11-spares
 *     ./11-spares [PORT [SECONDS [ADDRESS [PROGRAM [WORD]...]]]]      cat unless given
 *
 * Mended: the time that it takes to make a process passes before its client is there.  A
 * spare is this program once more, by the name of "spare"; its standard input is a socket
 * by which it is sent the client's, and then it executes the program.  What is still to
 * come is only a library that has all of it: step 12.
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

enum { SESSIONS = 32, PER_SOURCE = 8, SPARES = 4, LEAVERS = 16, LEAVE_US = 2000000 };

static struct session {
	pid_t pid; /* 0: nobody's */
	int pidfd;
	int channel; /* to a spare, which waits for its client; 0: it has one */
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
static char spare_name[] = "spare";
static char **arguments;
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
end_channel(struct session *session)
{
	if (session->channel > 0)
		close(session->channel);
	session->channel = 0;
}

static void
reap(struct session *session)
{
	int status;

	if (waitpid(session->pid, &status, WNOHANG) <= 0)
		return; /* the event is of whose place it was a moment ago */
	if (session->channel > 0)
		fprintf(stderr, "spare pid %d is lost\n", session->pid);
	else
		say_end(session, status);
	end_channel(session);
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
	int channel;
	int error; /* 0: the spare runs */
};

static int
start_run(void *context)
{
	struct start *start = context;

	dup2(start->channel, 0);
	execv("/proc/self/exe", arguments);
	start->error = errno;
	_exit(127);
}

/* clone(2) as vfork(2), but on a stack of its own; -1: there is no process. */
static pid_t
start_spare(struct start *start, int *ret_pidfd)
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

/* One more that waits, in a free place; if that fails, the place stays free. */
static void
add_spare(struct session *session)
{
	struct start start = { .error = 0 };
	int pair[2], pidfd = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	start.channel = pair[1];
	pid = start_spare(&start, &pidfd);
	close(pair[1]);
	if (pid < 0 || start.error != 0 ||
	    watch(pidfd, OF_SESSION + (session - sessions)) < 0) {
		give_up(pid, pidfd);
		close(pair[0]);
		return;
	}
	session->pid = pid;
	session->pidfd = pidfd;
	session->channel = pair[0];
}

/* Only when a client has come: spares that end at once are not made without end. */
static void
fill_spares(void)
{
	int waiting = 0;

	for (int i = 0; i < SESSIONS; i++)
		waiting += sessions[i].pid > 0 && sessions[i].channel > 0;
	for (int i = 0; i < SESSIONS && waiting < SPARES; i++) {
		if (sessions[i].pid > 0)
			continue;
		add_spare(&sessions[i]);
		waiting++;
	}
}

static void
lose_spare(struct session *session)
{
	siginfo_t info;

	kill(session->pid, SIGKILL);
	waitid(P_PID, session->pid, &info, WEXITED | WNOWAIT);
	reap(session);
}

/* A message with room for a descriptor, which travels beside at least one byte. */
struct parcel {
	char byte;
	struct iovec bytes;
	struct msghdr message;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
};

static void
init_parcel(struct parcel *parcel)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->bytes.iov_base = &parcel->byte;
	parcel->bytes.iov_len = 1;
	parcel->message.msg_iov = &parcel->bytes;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = &parcel->control;
	parcel->message.msg_controllen = sizeof(parcel->control);
}

static int
send_client(int channel, int client)
{
	struct parcel parcel;

	init_parcel(&parcel);
	parcel.control.header.cmsg_level = SOL_SOCKET;
	parcel.control.header.cmsg_type = SCM_RIGHTS;
	parcel.control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&parcel.control.header), &client, sizeof(int));
	return sendmsg(channel, &parcel.message, MSG_DONTWAIT) == 1 ? 0 : -1;
}

/* The life of a spare: it waits, has a client, becomes the program. */
static int
spare_run(void)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	struct parcel parcel;
	int client;

	init_parcel(&parcel);
	if (recvmsg(0, &parcel.message, MSG_CMSG_CLOEXEC) != 1 ||
	    CMSG_FIRSTHDR(&parcel.message) == NULL)
		return 0; /* the server has ended */
	memcpy(&client, CMSG_DATA(&parcel.control.header), sizeof(int));
	sigaction(SIGPIPE, &usual, NULL);
	dup2(client, 0);
	dup2(client, 1);
	alarm(seconds);
	execvp(program[0], program);
	perror(program[0]);
	return 127;
}

/* To the spare in that place, or to one made now; -1: there is none. */
static int
hand_over(struct session *session, int client)
{
	if (session->pid > 0 && send_client(session->channel, client) == 0)
		return 0;
	if (session->pid > 0)
		lose_spare(session);
	add_spare(session);
	return session->pid > 0 ? send_client(session->channel, client) : -1;
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
	struct session *place = NULL, *spare = NULL;
	int of_source = 0;

	for (int i = 0; i < SESSIONS; i++) {
		if (sessions[i].pid > 0 && sessions[i].channel > 0)
			spare = &sessions[i];
		else if (sessions[i].pid == 0)
			place = &sessions[i];
		else if (IN6_ARE_ADDR_EQUAL(&sessions[i].source, &source))
			of_source++;
	}
	if (spare != NULL)
		place = spare;
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
	long began_us;
	const char *why;
	char name[80];

	if (client < 0)
		return;
	name_address(&peer, name, sizeof(name));
	session = find_place(source_of(&peer), &why);
	if (session == NULL) {
		refuse(client, name, why);
		return;
	}
	began_us = now_us();
	if (hand_over(session, client) < 0) {
		refuse(client, name, "no process can be had now");
		return;
	}
	close(client);
	end_channel(session);
	session->source = source_of(&peer);
	session->began_us = began_us;
	snprintf(session->name, sizeof(session->name), "%s", name);
	printf(
	    "begin %s pid %d, made in %ld us\n", name, session->pid, now_us() - began_us);
	fill_spares();
}

int
main(int argc, char *argv[])
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (argc > 2)
		seconds = (int)strtol(argv[2], NULL, 10);
	if (argc > 4)
		program = &argv[4];
	if (strcmp(argv[0], spare_name) == 0)
		return spare_run();
	argv[0] = spare_name;
	arguments = argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_listener(argc > 3 ? argv[3] : "127.0.0.1", argc > 1 ? argv[1] : "9999");
	open_events();
	fill_spares();
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
