#include "waiting.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "engine.h"
#include "warm.h"

#define CHANNEL 3
#define OWN_TEXTS 4 /* before the environment: id, source, number, peer */

struct waiting_order {
	struct warm_order head;
	char texts[WARM_TEXTS_MAX + 1];
	int fds[2];
};

static void
take_fds(struct msghdr *message, int fds[2])
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);

	fds[0] = fds[1] = -1;
	if (head != NULL && head->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
}

/* The supervisor is gone, or has no use for us. */
static void
receive(struct waiting_order *order)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec parts[] = { { &order->head, sizeof(order->head) },
		{ order->texts, WARM_TEXTS_MAX } };
	struct msghdr message = { .msg_iov = parts,
		.msg_iovlen = ARRAY_SIZE(parts),
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t got;

	do
		got = recvmsg(CHANNEL, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < (ssize_t)sizeof(order->head))
		_exit(0);
	order->texts[got - (ssize_t)sizeof(order->head)] = '\0';
	take_fds(&message, order->fds);
}

static bool
is_error_ours(void)
{
	struct stat input, error;

	return fstat(0, &input) == 0 && fstat(2, &error) == 0 &&
	       input.st_dev == error.st_dev && input.st_ino == error.st_ino;
}

static void
take_place(int fd, bool has_error)
{
	(void)dup2(fd, 0);
	(void)dup2(fd, 1);
	if (has_error)
		(void)dup2(fd, 2);
	(void)close(fd);
}

static void
copy_settle(const struct waiting_order *order, bool is_error_client)
{
	take_place(order->fds[0], is_error_client);
	if (order->head.has_error) {
		(void)dup2(order->fds[1], 2);
		(void)close(order->fds[1]);
	}
	(void)dup3(0, CHANNEL, O_CLOEXEC);
	(void)setsid();
	if (order->head.bound_to == 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != order->head.bound_to)
		_exit(0);
}

/* A sibling, which fork() cannot make.  libc keeps its thread's id where the kernel was
 * told to clear it; a copy must find its own there.  And the kernel must be told again
 * where the list of robust mutexes is, or one that a copy holds stays locked for ever
 * when it is killed. */
static pid_t
clone_sibling(void)
{
	int *id = NULL;
	void *robust_list = NULL;
	size_t robust_size = 0;
	unsigned long flags = CLONE_PARENT | SIGCHLD;
	pid_t pid;

	(void)syscall(SYS_get_robust_list, 0, &robust_list, &robust_size);
	if (prctl(PR_GET_TID_ADDRESS, &id) == 0 && id != NULL &&
	    *id == (int)syscall(SYS_gettid))
		flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, id, NULL);
#else
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, id);
#endif
	if (pid == 0 && robust_list != NULL)
		(void)syscall(SYS_set_robust_list, robust_list, robust_size);
	return pid;
}

/* True in the copy. */
static bool
copy_make(const struct waiting_order *order, bool is_error_client)
{
	struct warm_answer answer = { .kind = WARM_COPIED, .number = order->head.number };
	pid_t pid = order->fds[0] < 0 ? -1 : clone_sibling();

	if (pid == 0) {
		copy_settle(order, is_error_client);
		return true;
	}
	answer.value = order->fds[0] < 0 ? -EMFILE : pid < 0 ? -errno : pid;
	(void)close(order->fds[0]);
	if (order->fds[1] >= 0)
		(void)close(order->fds[1]);
	(void)send(CHANNEL, &answer, sizeof(answer), MSG_NOSIGNAL);
	return false;
}

static uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* As the supervisor has it: the socket's own may be a proxy's. */
static void
peer_read(struct addr *peer, const char *digits)
{
	uint8_t *bytes = (uint8_t *)&peer->sa;
	size_t most = sizeof(*peer) - offsetof(struct addr, sa);

	peer->len = 0;
	for (; digits != NULL && digits[0] != '\0' && peer->len < most; digits += 2)
		bytes[peer->len++] = (uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
}

static int
serve(const struct prong_service *service, struct waiting_order *order)
{
	const char *texts[ENGINE_ENVIRONMENT + OWN_TEXTS + 1] = { NULL };
	struct addr peer = { .len = 0 };
	struct prong_birth facts = { .service = service->name, .peer = &peer.sa };
	const struct setting_list *fixed = &service->environment;
	const char *at = order->texts;
	size_t i = 0;

	for (; i < order->head.text_count && i < ARRAY_SIZE(texts) - 1; i++) {
		texts[i] = at;
		at += strlen(at) + 1;
	}
	peer_read(&peer, texts[3]);
	facts.peer_len = peer.len;
	facts.id = texts[0];
	facts.source = texts[1];
	facts.number = texts[2] == NULL ? 0 : strtoull(texts[2], NULL, 10);
	for (size_t k = 0; k < fixed->count && i < ARRAY_SIZE(texts) - 1; k++)
		texts[i++] = fixed->words[k];
	facts.environment = texts + OWN_TEXTS;
	return service->handler(&facts, service->context);
}

/* The dynamic linker finds a function when it is called first, and notes it in memory
 * that each copy would then have to copy for itself.  Harmless arguments. */
static void
bind_calls(void)
{
	char nothing[1];

	(void)!read(-1, nothing, 0);
	(void)!write(-1, nothing, 0);
	(void)dup2(-1, -1);
	(void)shutdown(-1, SHUT_WR);
	(void)strtoull("", NULL, 10);
	(void)getppid();
	(void)prlimit(0, RLIMIT_CPU, NULL, NULL);
	(void)fflush(stdout);
	(void)close(-1);
}

/* Each for itself: what one opens its copies could not share. */
static void
prepare(const struct prong_service *service)
{
	int status = service->prepare == NULL ? 0 : service->prepare(service->context);

	if (status == 0)
		return;
	(void)fflush(stderr); /* why; what is in stdout has no client to go to */
	_exit((status & 0xff) == 0 ? 1 : status & 0xff);
}

static bool
limit_time(const struct warm_limit *limit)
{
	const struct rlimit seconds = { limit->soft, limit->hard };

	return limit->hard == 0 || prlimit(0, RLIMIT_CPU, &seconds, NULL) == 0;
}

static int
waiting_handler(const struct prong_birth *facts, void *context)
{
	const struct prong_service *service = context;
	const struct warm_answer taken = { .kind = WARM_TAKEN };
	bool is_error_client = is_error_ours();
	struct waiting_order order;
	int status;

	(void)facts;
	bind_calls();
	(void)dup3(0, CHANNEL, O_CLOEXEC);
	if (service->pool.is_single) /* else those that are copied from it */
		prepare(service);
	do {
		receive(&order);
		if (order.head.kind == WARM_COPY && copy_make(&order, is_error_client))
			prepare(service);
	} while (order.head.kind != WARM_CONNECTION);
	/* No room for it, or no limit: somebody else is to have the client. */
	if (order.fds[0] < 0 || !limit_time(&order.head.cpu))
		_exit(0);
	(void)send(CHANNEL, &taken, sizeof(taken), MSG_NOSIGNAL);
	(void)close(CHANNEL);
	take_place(order.fds[0], is_error_client);
	status = serve(service, &order);
	/* The client need not wait for our end to know that this was all. */
	(void)fflush(stdout);
	(void)shutdown(1, SHUT_WR);
	return status;
}

int
waiting_spawn(struct prong_service *service, const struct spawn_request *request,
    struct spawned *ret)
{
	const struct prong_birth nobody = { .service = service->name };

	return spawn_handler(
	    &service->server->nursery, request, waiting_handler, &nobody, service, ret);
}
