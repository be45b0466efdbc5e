/*
 * wait -- the waiter: a process with all stages behind it and the program still to come
 *
 * prong-spare MODE PATH ARGV...; see warm.h.  It is a few kilobytes without a C library,
 * so what waits costs next to nothing; and it can make copies of itself, which costs the
 * supervisor no start of a process at all.
 */
#include "warm.h"

#include "builtin.h"
#include "io.h"
#include "message.h"
#include "sys.h"

#include <linux/prctl.h>

#define ENVIRONMENT_MOST 480
/* Above every descriptor that a program expects, and closed by its exec. */
#define CHANNEL 3
/* The largest page of the machines that there are. */
#define MAP_ALIGN 0x10000UL

struct order {
	struct warm_order head;
	char texts[WARM_TEXTS_MAX + 1];
	int fds[2];
};

static void
answer(enum warm_answer_kind kind, uint32_t number, long value)
{
	const struct warm_answer said = {
		.kind = kind, .number = number, .value = (int32_t)value
	};

	(void)sys_send(CHANNEL, &said, sizeof(said), SYS_MSG_NOSIGNAL);
}

/* Ends with the supervisor: nobody else can give us anything to do. */
static void
order_receive(struct order *order)
{
	long got;

	do
		got = message_receive(
		    CHANNEL, order, sizeof(order->head) + WARM_TEXTS_MAX, order->fds);
	while (got == -EINTR);
	if (got < (long)sizeof(order->head))
		sys_exit(EXIT_DONE);
	((char *)order)[got] = '\0';
}

/* Everything that was the old placeholder is now `fd`: 0, 1, and 2 if the client is to
 * get the errors as well. */
static void
take_place(int fd, bool has_error)
{
	(void)sys_dup(fd, SYS_INPUT);
	(void)sys_dup(fd, SYS_OUTPUT);
	if (has_error)
		(void)sys_dup(fd, SYS_ERROR);
	(void)sys_close(fd);
}

/* Is fd 2 the placeholder too? */
static bool
is_error_ours(void)
{
	struct statx input, error;

	return sys_stat(SYS_INPUT, &input) == 0 && sys_stat(SYS_ERROR, &error) == 0 &&
	       input.stx_ino == error.stx_ino;
}

/* The channel is the placeholder, under a number that exec closes. */
static void
channel_open(void)
{
	(void)sys_call3(__NR_dup3, SYS_INPUT, CHANNEL, O_CLOEXEC);
}

static void
copy_settle(const struct order *order, bool is_error_client)
{
	take_place(order->fds[0], is_error_client);
	if (order->head.has_error) {
		(void)sys_dup(order->fds[1], SYS_ERROR);
		(void)sys_close(order->fds[1]);
	}
	channel_open();
	(void)sys_setsid();
	if (order->head.bound_to == 0)
		return;
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sys_getppid() != order->head.bound_to)
		sys_exit(EXIT_DONE);
}

/* True in the copy. */
static bool
copy_make(const struct order *order, bool is_error_client)
{
	long pid = order->fds[0] < 0 ? -EMFILE : sys_clone_sibling();

	if (pid == 0) {
		copy_settle(order, is_error_client);
		return true;
	}
	(void)sys_close(order->fds[0]);
	if (order->head.has_error)
		(void)sys_close(order->fds[1]);
	answer(WARM_COPIED, order->head.number, pid);
	return false;
}

/* The path once more, at the address that a filter wants to see. */
static const char *
path_at(const char *path, uint64_t address)
{
	char *to = (char *)(unsigned long)address;
	unsigned long begin = address / MAP_ALIGN * MAP_ALIGN;
	size_t size = 1;

	while (path[size - 1] != '\0')
		size++;
	if (sys_map(begin, (address - begin + size + MAP_ALIGN - 1) / MAP_ALIGN *
			       MAP_ALIGN) != (long)begin)
		return path;
	for (size_t i = 0; i < size; i++)
		to[i] = path[i];
	return to;
}

static void __attribute__((noreturn))
execute(const char *path, uint64_t at, char **argv, char **envp)
{
	const struct sys_signals none = { { 0 } };

	if (at != 0)
		path = path_at(path, at);
	(void)sys_mask(SIG_SETMASK, &none, NULL); /* main has blocked one for built-ins */
	answer(WARM_FAILED, 0, sys_execve(path, argv, envp));
	sys_exit(EXIT_CANNOT_RUN);
}

/* The texts of the order and what we have already, as execve() wants them. */
static void
environment_of(struct order *order, char **own, char **environment)
{
	char *at = order->texts;
	uint32_t i;

	for (i = 0; i < order->head.text_count && i < ENVIRONMENT_MOST; i++) {
		environment[i] = at;
		while (*at != '\0')
			at++;
		at++;
	}
	while (*own != NULL && i < ENVIRONMENT_MOST)
		environment[i++] = *own++;
	environment[i] = NULL;
}

static int
run(struct order *order, char **argv, char **envp)
{
	char *environment[ENVIRONMENT_MOST + 1];

	environment_of(order, envp, environment);
	if (argv[0][0] == '\0') {
		(void)sys_close(CHANNEL);
		return builtin_main(argv + 1, environment);
	}
	execute(argv[0], order->head.exec_at, argv + 1, environment);
}

static int
wait_connection(char **argv, char **envp)
{
	bool is_error_client = is_error_ours();
	struct order order;

	for (;;) {
		order_receive(&order);
		if (order.head.kind == WARM_COPY)
			(void)copy_make(&order, is_error_client);
		else if (order.head.kind == WARM_CONNECTION)
			break;
	}
	if (order.fds[0] < 0) /* no room for it: somebody else is to have the client */
		return EXIT_SYSTEM;
	answer(WARM_TAKEN, 0, 0);
	take_place(order.fds[0], is_error_client);
	return run(&order, argv, envp);
}

/* Where Yama is missing the permission is not needed (prctl(2), PR_SET_PTRACER). */
static void
wait_tracer(char **argv, char **envp)
{
	struct order order;

	for (;;) {
		order_receive(&order);
		if (order.head.kind == WARM_GO)
			execute(argv[0], order.head.exec_at, argv + 1, envp);
		if (order.head.kind != WARM_TRACE)
			continue;
		(void)sys_prctl(PR_SET_PTRACER, (long)order.head.number);
		answer(WARM_READY, 0, 0);
	}
}

int
spare_serve(char **argv, char **envp)
{
	if (argv[1] == NULL || argv[2] == NULL || argv[3] == NULL)
		return EXIT_USAGE;
	channel_open();
	if (io_is_same(argv[1], "warm"))
		wait_tracer(argv + 2, envp);
	return wait_connection(argv + 2, envp);
}
