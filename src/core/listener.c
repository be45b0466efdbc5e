#include "listener.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "conn.h"
#include "engine.h"
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

/* The program sees an IPv4 client of a socket for both families as what it is. */
static void
peer_unmap(struct addr *peer)
{
	if (peer->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&peer->in6.sin6_addr))
		addr_unwrap(peer);
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
	peer_unmap(peer);
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

	if (listener->service->settings.refuse_text.length == 0)
		return false;
	close_fd(&server->spare_fd);
	fd = listener_accept(listener, &peer);
	if (fd >= 0)
		refuse_machine(listener->service, fd, &peer, REFUSAL_NO_DESCRIPTORS, why);
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static void
listener_failed(struct listener *listener, int error)
{
	if (error == EMFILE || error == ENFILE)
		(void)listener_refuse_one(listener, strerror(error));
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

void
listener_empty(struct listener *listener)
{
	const struct prong_service *service = listener->service;
	struct addr peer;
	int fd;

	for (int i = 0; i < EMPTY_MOST; i++) {
		if (!admit_listening(&service->ledger->gate))
			return;
		fd = listener_accept(listener, &peer);
		if (fd >= 0 && !listener_has_room(service->server))
			close_fd(&fd);
		else if (fd >= 0)
			(void)conn_begin(listener, fd, &peer);
		else if (listener_judge(-fd) != ACCEPT_NEXT)
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
