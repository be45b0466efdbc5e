#include "warden.h"

#include <linux/memfd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "conn.h"
#include "engine.h"
#include "group.h"

/* It takes a few descriptors: where there are hardly any they are the clients'. */
#define FEWEST_FILES 64
/* One that ends sooner will not live longer the next time. */
#define SHORTEST_LIFE_MS 1000

static void warden_ended(struct watch *, uint32_t events);

void
warden_init(struct warden *warden)
{
	*warden = (struct warden){
		.table_fd = -1, .pidfd = -1, .watch = { .ready = warden_ended, .fd = -1 }
	};
}

void
warden_done(struct warden *warden, bool is_owner)
{
	for (uint32_t i = 0; i < warden->count && is_owner; i++)
		(void)munmap(warden->tables[i], warden->sizes[i]);
	close_fd(&warden->table_fd);
	close_fd(&warden->pidfd);
	warden_init(warden);
}

/* Mappings begin at whole pages; the gaps are zero, which is nobody's group. */
static int
table_map(struct prong *server, uint32_t capacity)
{
	struct warden *warden = &server->warden;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (capacity * sizeof(int32_t) + page - 1) / page * page;
	void *table;

	if (ftruncate(warden->table_fd, (off_t)(warden->size + size)) < 0)
		return -errno;
	table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, warden->table_fd,
	    (off_t)warden->size);
	if (table == MAP_FAILED)
		return -errno;
	/* No fork has it, no handler of another server's either: whoever is named there
	 * is killed. */
	(void)madvise(table, size, MADV_DONTFORK);
	warden->tables[warden->count] = table;
	warden->sizes[warden->count++] = size;
	warden->size += size;
	return 0;
}

static int
table_grow(struct prong *server)
{
	struct warden *warden = &server->warden;
	const struct slots *slots = &server->slots;
	int rc = 0;

	if (warden->table_fd < 0)
		warden->table_fd = memfd_create("prong-groups", MFD_CLOEXEC);
	if (warden->table_fd < 0)
		return -errno;
	while (rc == 0 && warden->count < slots->count)
		rc = table_map(server, slots->segments[warden->count].capacity);
	return rc;
}

static void
warden_reap(int pidfd)
{
	while (waitid(P_PIDFD, (id_t)pidfd, &(siginfo_t){ 0 }, WEXITED) < 0 &&
	       errno == EINTR)
		;
}

static int
warden_spawn(struct prong *server, int self)
{
	char name[] = "prong-warden";
	char *argv[] = { name, NULL }, *environment[] = { NULL };
	const struct plan plan = { .image_fd = server->nursery.image_fd,
		.argv = argv,
		.umask = 022,
		.dir = "/" };
	struct report report = { 0 };
	struct spawn_request request = { .plan = &plan,
		.environment = environment,
		.client_fd = server->warden.table_fd,
		.error_fd = self,
		.report = &report };
	struct spawned child = { .pidfd = -1 };
	int rc = spawn_program(&server->nursery, &request, &child);

	spawn_let_go(&server->nursery);
	if (rc < 0)
		return rc;
	if (report.stage != STAGE_NONE) {
		warden_reap(child.pidfd);
		close_fd(&child.pidfd);
		return -report.error;
	}
	server->warden.pid = child.pid;
	server->warden.pidfd = child.pidfd;
	server->warden.started = engine_now(server);
	return loop_add(&server->loop, &server->warden.watch, child.pidfd, EPOLLIN);
}

static int
warden_start(struct prong *server)
{
	cleanup_(close_fd) int self = -1;
	char nothing[256];
	struct text message = TEXT_ON(nothing);
	int rc = engine_load_image(server, &message);

	if (rc < 0)
		return rc;
	self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return self < 0 ? -errno : warden_spawn(server, self);
}

static void
warden_tell_missing(struct prong *server, int rc)
{
	char line[256];

	(void)snprintf(line, sizeof(line),
	    "orphans: no process could be had that would see to it: %s; if prong is killed "
	    "the kernel ends the process of each session, but not what it has started",
	    text_errno(-rc));
	engine_tell(server, EVENT_WARNING, NULL, line);
}

/* Everybody who is live: a session may be older than its part of the table. */
static void
table_fill(const struct prong *server)
{
	for (const struct conn *at = slots_next(&server->slots, NULL); at != NULL;
	     at = slots_next(&server->slots, at))
		warden_enter(at);
}

static bool
is_wanted(const struct prong_service *set)
{
	for (; set != NULL; set = set->next)
		if (set->settings.orphans == ORPHANS_KILL)
			return true;
	return false;
}

void
warden_serve(struct prong *server, const struct prong_service *set)
{
	struct warden *warden = &server->warden;
	uint32_t before = warden->count;
	int rc;

	if (!is_wanted(set))
		return;
	rc = server->facts.files < FEWEST_FILES ? -EMFILE : table_grow(server);
	if (warden->count > before)
		table_fill(server);
	if (rc == 0 && warden->pid == 0)
		rc = warden_start(server);
	if (rc < 0)
		warden_tell_missing(server, rc);
}

static void
warden_forget(struct prong *server)
{
	struct warden *warden = &server->warden;

	loop_remove(&server->loop, &warden->watch);
	close_fd(&warden->pidfd);
	warden->pid = 0;
}

static void
warden_ended(struct watch *watch, uint32_t events)
{
	struct warden *warden = container_of(watch, struct warden, watch);
	struct prong *server = container_of(warden, struct prong, warden);
	bool was_short = engine_now(server) - warden->started < SHORTEST_LIFE_MS;
	int rc = -ESRCH;

	(void)events;
	warden_reap(warden->pidfd);
	warden_forget(server);
	if (!was_short)
		rc = warden_start(server);
	if (rc < 0)
		warden_tell_missing(server, rc);
}

void
warden_end_other(int pidfd)
{
	if (group_signal_leader(pidfd, SIGKILL) == 0)
		warden_reap(pidfd);
}

void
warden_stop(struct prong *server)
{
	if (server->warden.pid == 0)
		return;
	warden_end_other(server->warden.pidfd);
	warden_forget(server);
}

static int32_t *
place_of(const struct conn *conn)
{
	const struct warden *warden = &conn->service->server->warden;

	if (conn->slot.segment >= warden->count)
		return NULL;
	return &warden->tables[conn->slot.segment][conn->slot.offset];
}

int32_t *
warden_entry(const struct conn *conn)
{
	return conn->service->settings.orphans == ORPHANS_KILL ? place_of(conn) : NULL;
}

void
warden_enter(const struct conn *conn)
{
	int32_t *entry = warden_entry(conn);

	if (entry != NULL && conn->pidfd >= 0)
		*entry = conn->pid;
}

void
warden_leave(const struct conn *conn)
{
	int32_t *entry = place_of(conn);

	if (entry != NULL)
		*entry = 0;
}
