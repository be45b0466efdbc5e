#include "cells.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "engine.h"
#include "group.h"
#include "patience.h"

#define READY_MIN 2
/* Whoever is in it may wait for a device, and nobody ends that. */
#define END_WAIT_MS 2000

static char *const init_argv[] = { (char *)"prong-init", NULL };
static char *const no_environment[] = { NULL };

bool
cells_are_wanted(const struct prong_service *service)
{
	return service->plan.isolation != NULL && service->isolation.cell_plan.make != 0;
}

static void
alone_remove(struct cell *cell)
{
	struct cell **at = &cell->cells->alone;

	while (*at != cell)
		at = &(*at)->next;
	*at = cell->next;
	free(cell);
}

static void
cell_free(struct cell *cell)
{
	struct cells *cells = cell->cells;

	loop_remove(&cells->service->server->loop, &cell->watch);
	close_fd(&cell->pidfd);
	close_fd(&cell->life_fd);
	close_fd(&cell->ruleset_fd);
	cell->state = CELL_FREE;
	cells->used--;
	if (cells->service->is_retired)
		cells->service->server->is_sweep_due = true;
	if (cell->is_alone) {
		alone_remove(cell);
		return;
	}
	cell->next = cells->free;
	cells->free = cell;
}

void
cells_unlink(struct cell *cell)
{
	struct cell **at = &cell->cells->ready;

	while (*at != cell)
		at = &(*at)->next;
	*at = cell->next;
	cell->cells->ready_count--;
}

static bool
is_owner(const struct cell *cell)
{
	return cell->cells->service->server->owner == getpid();
}

/* Whom the host has forked may hold a copy of the other end for as long as he likes: KILL
 * does not ask for that. */
static void
cell_end(struct cell *cell)
{
	close_fd(&cell->life_fd);
	if (cell->pidfd >= 0 && is_owner(cell))
		(void)group_signal_leader(cell->pidfd, SIGKILL);
}

/* One that does not end in time is an orphan like others. */
static void
cell_wait(struct cell *cell)
{
	struct ending ending;

	cell_end(cell);
	if (cell->pidfd < 0 || !is_owner(cell))
		return;
	(void)patience_wait(cell->pidfd, POLLIN, END_WAIT_MS);
	(void)reap_collect(cell->pidfd, &ending);
}

/* But those that were taken over. */
static void
cells_end_all(struct cells *cells)
{
	cells_close(cells);
	for (uint32_t i = 0; i < cells->capacity; i++) {
		if (cells->all[i].state == CELL_FREE)
			continue;
		cell_wait(&cells->all[i]);
		cell_free(&cells->all[i]);
	}
	free(cells->all);
	cells->all = cells->free = NULL;
	cells->capacity = 0;
}

void
cells_done(struct cells *cells)
{
	cells_end_all(cells);
	while (cells->alone != NULL) {
		cell_wait(cells->alone);
		cell_free(cells->alone);
	}
}

static int
cells_records(struct cells *cells, uint32_t capacity)
{
	cells->all = calloc(capacity, sizeof(*cells->all));
	if (cells->all == NULL)
		return -ENOMEM;
	cells->capacity = capacity;
	for (uint32_t i = capacity; i-- > 0;) {
		cells->all[i] = (struct cell){ .cells = cells,
			.next = cells->free,
			.pidfd = -1,
			.life_fd = -1,
			.ruleset_fd = -1 };
		cells->free = &cells->all[i];
	}
	return 0;
}

/* Those that were taken over stay. */
int
cells_init(struct prong_service *service, uint32_t capacity)
{
	struct cells *cells = &service->cells;

	cells_end_all(cells);
	cells->service = service;
	cells->timer.fire = cells_fire;
	if (!cells_are_wanted(service))
		return 0;
	cells->plan = (struct plan){
		.argv = init_argv,
		.image_fd = service->server->nursery.image_fd,
		.ignored_signals = service->plan.ignored_signals,
		.umask = 022,
		.dir = "/",
		.isolation = &service->isolation.cell_plan,
	};
	sizing_init(&cells->sizing, READY_MIN, CELLS_READY_MAX);
	return cells_records(cells, capacity);
}

/* Of a session that still runs: it has ended with its init, or will in this moment. */
static void
cell_ended(struct watch *watch, uint32_t events)
{
	struct cell *cell = container_of(watch, struct cell, watch);
	struct ending ending;

	(void)events;
	if (!reap_collect(cell->pidfd, &ending))
		return;
	if (cell->state == CELL_TAKEN) {
		loop_remove(&cell->cells->service->server->loop, &cell->watch);
		close_fd(&cell->pidfd);
		close_fd(&cell->life_fd);
		return;
	}
	if (cell->state == CELL_READY)
		cells_unlink(cell);
	cell_free(cell);
}

/* ---- making one ------------------------------------------------------------------ */

static int
cell_watch(struct cell *cell)
{
	cell->watch = (struct watch){ .ready = cell_ended, .fd = -1 };
	return loop_add(
	    &cell->cells->service->server->loop, &cell->watch, cell->pidfd, EPOLLIN);
}

static int
cell_spawn(struct cell *cell, int input, struct report *report)
{
	struct nursery *nursery = &cell->cells->service->server->nursery;
	struct birth_isolation isolation = {
		.cell_fd = -1, .ruleset_fd = -1, .tell_fd = -1
	};
	struct spawn_request request = {
		.plan = &cell->cells->plan,
		.environment = no_environment,
		.client_fd = input,
		.error_fd = nursery->null_fd,
		.report = report,
		.isolation = &isolation,
	};
	struct spawned child = { .pidfd = -1, .ruleset_fd = -1 };
	int rc;

	*report = (struct report){ 0 };
	rc = spawn_program(nursery, &request, &child);
	if (rc < 0)
		return rc;
	cell->pid = child.pid;
	cell->pidfd = child.pidfd;
	cell->ruleset_fd = child.ruleset_fd;
	return report->stage != 0 ? -report->error : cell_watch(cell);
}

static int
cell_make(struct cell *cell, struct report *report)
{
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	cell->life_fd = fds[1];
	rc = cell_spawn(cell, fds[0], report);
	(void)close(fds[0]);
	if (rc < 0)
		cell_wait(cell);
	return rc;
}

struct cell *
cells_make(struct cells *cells, struct report *report, int *ret_rc)
{
	struct cell *cell = cells->free;

	*ret_rc = -EAGAIN;
	if (cell == NULL)
		return NULL;
	cells->free = cell->next;
	cells->used++;
	*ret_rc = cell_make(cell, report);
	if (*ret_rc == 0)
		return cell;
	cell_free(cell);
	return NULL;
}

/* ---- taking and giving ----------------------------------------------------------- */

struct cell *
cells_take(struct cells *cells, struct report *report, int *ret_rc)
{
	struct cell *cell = cells->ready;

	cells_wanted(cells);
	if (cell != NULL) {
		cells_unlink(cell);
		*ret_rc = 0;
	} else {
		cell = cells_make(cells, report, ret_rc);
	}
	if (cell != NULL)
		cell->state = CELL_TAKEN;
	return cell;
}

void
cells_give(struct cell *cell)
{
	cell_end(cell);
	close_fd(&cell->ruleset_fd);
	cell->state = CELL_LEAVING;
	if (cell->pidfd < 0) /* its init was the first to end */
		cell_free(cell);
}

struct cell *
cells_adopt(struct prong_service *service, pid_t pid, int pidfd, int life_fd)
{
	struct cell *cell = calloc(1, sizeof(*cell));

	if (cell == NULL)
		return NULL;
	service->cells.service = service;
	*cell = (struct cell){ .cells = &service->cells,
		.state = CELL_TAKEN,
		.is_alone = true,
		.pid = pid,
		.pidfd = pidfd,
		.life_fd = life_fd,
		.ruleset_fd = -1 };
	if (cell_watch(cell) < 0) {
		free(cell);
		return NULL;
	}
	cell->next = service->cells.alone;
	service->cells.alone = cell;
	service->cells.used++;
	return cell;
}

/* Those in use stand near the beginning: the others need not be looked at. */
bool
cells_have(const struct cells *cells, pid_t pid)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < cells->capacity && seen < cells->used; i++) {
		if (cells->all[i].state == CELL_FREE)
			continue;
		if (cells->all[i].pid == pid)
			return true;
		seen++;
	}
	for (const struct cell *at = cells->alone; at != NULL; at = at->next)
		if (at->pid == pid)
			return true;
	return false;
}
