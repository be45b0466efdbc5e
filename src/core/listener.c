#include "listener.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>

#include "conn.h"
#include "engine.h"
#include "patience.h"
#include "refuse.h"
#include "room.h"
#include "service.h"

/* Clients looked at per turn, so that timers and ended children get theirs.  Of these at
 * most one is given a process: clients whose process has ended wait for us to say so. */
#define ACCEPTS_PER_TURN 16
/* Without a client in between. */
#define FUTILE_MOST 64
/* At the end of a listener. */
#define EMPTY_MOST 256
#define LATE_MS 1
#define FUTILE_WITHIN_MS 100

/* accept(2) passes on errors of the connection that was queued; only a lack of something
 * asks for a pause.  What is in neither list cannot come from a listening socket, and
 * must not make us spin. */
enum accept_answer
listener_judge(int error)
{
	switch (error) {
	case EAGAIN:
		return ACCEPT_DONE;
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case ETIMEDOUT:
	case ECONNRESET:
		return ACCEPT_NEXT;
	default:
		return ACCEPT_PAUSE;
	}
}

/* An accepted descriptor, or -errno. */
static int
listener_accept(const struct listener *listener, struct addr *peer)
{
	int fd;

	peer->len = sizeof(*peer) - offsetof(struct addr, sa);
	fd = accept4(listener->bound.fd, &peer->sa, &peer->len, SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	addr_unmap(peer);
	return fd;
}

/* The spare descriptor is given up for a moment, so that one client is told instead of
 * being left in the queue.  False: not even that. */
static bool
listener_refuse_one(struct listener *listener, const char *why)
{
	struct prong *server = listener->service->server;
	struct addr peer;
	int fd;

	if (!refuse_has_text(listener->service, REFUSAL_NO_DESCRIPTORS))
		return false;
	close_fd(&server->spare_fd);
	fd = listener_accept(listener, &peer);
	if (fd >= 0)
		refuse_stranger(
		    listener->service, fd, &peer, REFUSAL_NO_DESCRIPTORS, why);
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static void
listener_failed(struct listener *listener, int error)
{
	if (error == EMFILE || error == ENFILE)
		(void)listener_refuse_one(listener, text_errno(error));
	service_pause(listener->service, EVENT_ACCEPT_FAILED, error, listener->name);
}

/* A socket that is always ready and never gives a client; one whose clients others take
 * is slower than this. */
static bool
listener_spins(struct listener *listener)
{
	msec now = engine_now(listener->service->server);

	if (listener->futile == 0 || now - listener->futile_since > FUTILE_WITHIN_MS) {
		listener->futile = 0;
		listener->futile_since = now;
	}
	return ++listener->futile >= FUTILE_MOST;
}

/* What to do after an accept that gave no client; true to go on. */
static bool
listener_go_on(struct listener *listener, int error)
{
	enum accept_answer answer = listener_judge(error);

	if (answer == ACCEPT_PAUSE || listener_spins(listener)) {
		listener_failed(listener, error);
		return false;
	}
	return answer == ACCEPT_NEXT;
}

static void
listener_ready(struct watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);
	struct prong_service *service = listener->service;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && service->is_armed; i++) {
		struct addr peer;
		int fd = listener_accept(listener, &peer);

		if (fd < 0 && !listener_go_on(listener, -fd))
			return;
		if (fd < 0)
			continue;
		listener->futile = 0;
		if (conn_begin(listener, fd, &peer))
			return;
	}
}

static bool
is_wildcard(const struct addr *addr)
{
	switch (addr->sa.sa_family) {
	case AF_INET:
		return addr->in.sin_addr.s_addr == htonl(INADDR_ANY);
	case AF_INET6:
		return IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
	case AF_VSOCK:
		return addr->vm.svm_cid == VMADDR_CID_ANY;
	default:
		return false;
	}
}

void
listener_init(
    struct listener *listener, struct prong_service *service, const struct bound *bound)
{
	struct text name = TEXT_ON(listener->name);

	listener->watch = (struct watch){ .ready = listener_ready, .fd = -1 };
	listener->service = service;
	listener->bound = *bound;
	listener->futile = 0;
	listener->is_wildcard = is_wildcard(&bound->addr);
	addr_put(&name, &bound->addr);
}

/* An inherited socket may be somebody else's too: closed, never shut down. */
void
listener_close(struct listener *listener)
{
	listener_disarm(listener);
	close_fd(&listener->bound.fd);
	bind_remove(&listener->bound);
	listener->bound.has_path = false;
}

/* Whoever is let in now has a slot that the set in force does not know of. */
static bool
listener_has_room(struct prong *server)
{
	uint32_t needed = engine_slots_needed(server, server->services);

	return room_grow(server, needed + 1) == 0;
}

/*
 * Nobody new comes into the queue, so that nobody is in it when the socket is closed: a
 * SYN is dropped, and its sender tries again after a second and meets whoever listens
 * then. The rest of a handshake passes.  The filter (socket(7), SO_ATTACH_FILTER) begins
 * at the TCP header; what is not TCP has none, and a socket of somebody else is left
 * alone.
 */
static void
listener_deafen(const struct listener *listener)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1), /* SYN and no ACK */
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	if (addr_is_ip(&listener->bound.addr) && !listener->bound.is_inherited)
		(void)setsockopt(listener->bound.fd, SOL_SOCKET, SO_ATTACH_FILTER,
		    &program, sizeof(program));
}

/* Who passed the filter in the moment before it was there may still be on the way. */
static bool
listener_is_awaited(const struct listener *listener)
{
	return patience_wait(listener->bound.fd, POLLIN, LATE_MS) != 0;
}

void
listener_empty(struct listener *listener)
{
	const struct prong_service *service = listener->service;
	struct addr peer;
	int fd;

	listener_deafen(listener);
	for (int i = 0; i < EMPTY_MOST; i++) {
		if (!admit_listening(&service->ledger->gate))
			return;
		fd = listener_accept(listener, &peer);
		if (fd >= 0 && !listener_has_room(service->server))
			close_fd(&fd);
		else if (fd >= 0)
			(void)conn_begin(listener, fd, &peer);
		else if (listener_judge(-fd) != ACCEPT_NEXT &&
			 !listener_is_awaited(listener))
			return;
	}
}

int
listener_arm(struct listener *listener)
{
	if (listener->watch.fd >= 0 || listener->bound.fd < 0)
		return 0;
	return loop_add(&listener->service->server->loop, &listener->watch,
	    listener->bound.fd, EPOLLIN);
}

void
listener_disarm(struct listener *listener)
{
	loop_remove(&listener->service->server->loop, &listener->watch);
}
