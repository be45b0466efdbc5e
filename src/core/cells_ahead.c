/* Cells that wait for their sessions, made between two turns of the loop. */
#include "cells.h"
#include "engine.h"

/* Not at once: the client who was just served wants the processor more. */
#define REFILL_DELAY_MS 3
#define RETRY_MS 1000

/* Sessions that wait in processes of their own have their cells with them. */
static bool
is_made_ahead(const struct prong_service *service)
{
	return service->settings.start == START_FRESH && !service->is_asker;
}

static void
cells_refill(struct cells *cells, msec delay)
{
	struct prong *server = cells->service->server;

	msec due = engine_now(server) + delay;

	if (!cells->service->is_retired &&
	    (cells->timer.due == 0 || due < cells->timer.due))
		timer_arm(&server->timers, &cells->timer, due);
}

void
cells_wanted(struct cells *cells)
{
	if (!is_made_ahead(cells->service))
		return;
	sizing_demand(
	    &cells->sizing, cells->ready_count, engine_now(cells->service->server));
	cells_refill(cells, REFILL_DELAY_MS);
}

static void
cells_touch(struct cells *cells)
{
	cells->is_due = true;
	cells->service->server->are_cells_due = true;
}

void
cells_fire(struct timer *timer, msec now)
{
	(void)now;
	cells_touch(container_of(timer, struct cells, timer));
}

void
cells_open(struct cells *cells)
{
	if (cells->capacity > 0 && is_made_ahead(cells->service))
		cells_refill(cells, 0);
}

static void
cells_end_ready(struct cells *cells, uint32_t count)
{
	for (; count > 0 && cells->ready != NULL; count--) {
		struct cell *cell = cells->ready;

		cells_unlink(cell);
		cells_give(cell);
	}
}

void
cells_close(struct cells *cells)
{
	if (cells->service == NULL)
		return;
	timer_disarm(&cells->service->server->timers, &cells->timer);
	cells->is_due = false;
	cells_end_ready(cells, cells->ready_count);
}

/* One at a time: each holds us up. */
static void
cells_fill(struct cells *cells)
{
	struct prong *server = cells->service->server;
	msec now = engine_now(server);
	struct report report;
	struct cell *cell;
	int rc;

	cells->is_due = false;
	(void)sizing_tick(&cells->sizing, now);
	cells_end_ready(cells, sizing_surplus(&cells->sizing, cells->ready_count));
	if (sizing_missing(&cells->sizing, cells->ready_count, 0, now) > 0) {
		cell = cells_make(cells, &report, &rc);
		if (cell == NULL) { /* whoever needs one will have the reason told */
			cells_refill(cells, RETRY_MS);
			return;
		}
		cell->state = CELL_READY;
		cell->next = cells->ready;
		cells->ready = cell;
		cells->ready_count++;
		sizing_arrived(&cells->sizing);
	}
	if (sizing_missing(&cells->sizing, cells->ready_count, 0, now) > 0)
		cells_refill(cells, 0);
	else if (sizing_due(&cells->sizing) != 0)
		cells_refill(cells, sizing_due(&cells->sizing) - now);
}

static void
cells_turn_all(struct prong_service *set)
{
	for (; set != NULL; set = set->next)
		if (set->cells.is_due)
			cells_fill(&set->cells);
}

void
cells_turn(struct prong *server)
{
	if (!server->are_cells_due)
		return;
	server->are_cells_due = false;
	cells_turn_all(server->services);
}
