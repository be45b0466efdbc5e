/* A connection is handed to a process that waits. */
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "engine.h"
#include "environment.h"
#include "pass.h"
#include "pool.h"
#include "prepare_spare.h"

/* A file that changes as often as this is what sessions write to, and no part of the
 * program: no person edits so fast. */
#define CHANGES_MOST 4
#define CHANGES_MS 10000
#define REFILL_DELAY_MS 3
#define HANDLER_FACTS 4 /* id, source, number, peer: see waiting.c */

/* The value of a variable of the connection, or "".  They stand in the order of the
 * slots, so the first look finds it. */
static const char *
value_of(char *const *environment, size_t count, const char *name, size_t guess)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < count; i++) {
		const char *word = environment[(guess + i) % count];

		if (strncmp(word, name, length) == 0 && word[length] == '=')
			return word + length + 1;
	}
	return "";
}

static size_t
texts_of_slots(const struct pool *pool, const char **texts)
{
	const struct prong *server = pool->service->server;
	size_t i;

	for (i = 0; pool->slots[i][0] != '\0'; i++)
		texts[i] = value_of(
		    server->environment, server->environment_own, pool->slots[i], i);
	return i;
}

static int
pass_texts(
    const struct spare *spare, const struct conn *conn, const struct pass_texts *texts)
{
	const struct warm_order order = { .kind = WARM_CONNECTION,
		.cpu = spare_cpu_limit(spare) };

	return pass_order(
	    spare->channel, &order, texts, (const int[]){ conn->client_fd, -1 });
}

static int
pass_to_held(const struct spare *spare, const struct conn *conn)
{
	const char *values[WARM_SLOTS_MAX];
	size_t count = texts_of_slots(spare->pool, values);

	return pass_texts(
	    spare, conn, &(struct pass_texts){ values, count, WARM_HELD_TEXTS_MAX });
}

/* Its facts go before what its environment has of this connection. */
static int
pass_to_handler(const struct spare *spare, const struct conn *conn)
{
	const struct prong *server = spare->pool->service->server;
	const char *texts[ENGINE_ENVIRONMENT + HANDLER_FACTS] = { conn->id };
	char source[ADDR_TEXT_MAX], number[24], peer[2 * sizeof(struct addr) + 1] = "";
	struct text source_text = TEXT_ON(source), number_text = TEXT_ON(number);
	struct text peer_text = TEXT_ON(peer);
	const uint8_t *bytes = (const uint8_t *)&conn->peer.sa;

	addr_put(&source_text, &conn->peer);
	text_put_number(&number_text, conn->number);
	texts[1] = source;
	texts[2] = number;
	for (size_t i = 0; i < conn->peer.len; i++)
		text_printf(&peer_text, "%02x", bytes[i]);
	texts[3] = peer;
	for (size_t i = 0; i < server->environment_own; i++)
		texts[HANDLER_FACTS + i] = server->environment[i];
	return pass_texts(spare, conn,
	    &(struct pass_texts){
		texts, HANDLER_FACTS + server->environment_own, WARM_TEXTS_MAX });
}

/* What is the same for all it has already.  From where it may execute the program is told
 * to nobody else: whoever is the program must not know it. */
static int
pass_to_waiter(const struct spare *spare, const struct conn *conn)
{
	const struct prong *server = spare->pool->service->server;
	const struct plan_isolation *isolation = spare->pool->plan.isolation;
	const struct warm_order order = { .kind = WARM_CONNECTION,
		.exec_at = isolation == NULL ? 0 : (uintptr_t)isolation->exec_path };

	return pass_order(spare->channel, &order,
	    &(struct pass_texts){ (const char *const *)server->environment,
		server->environment_own, WARM_TEXTS_MAX },
	    (const int[]){ conn->client_fd, -1 });
}

static int
pool_pass(const struct spare *spare, const struct conn *conn)
{
	if (spare->pool->service->handler != NULL)
		return pass_to_handler(spare, conn);
	return spare->pool->how == START_SPARE ? pass_to_waiter(spare, conn)
					       : pass_to_held(spare, conn);
}

static bool
changes_too_often(struct pool *pool, msec now)
{
	if (pool->changes == 0 || now - pool->changes_since > CHANGES_MS) {
		pool->changes = 0;
		pool->changes_since = now;
	}
	return ++pool->changes >= CHANGES_MOST;
}

/* Those that wait were started from files that are others now. */
static void
pool_look_at_files(struct pool *pool)
{
	struct loop *loop = &pool->service->server->loop;
	const char *path;
	char why[512];
	struct text text = TEXT_ON(why);
	uint32_t count = pool->ready + (pool->image != NULL);

	/* Once for all clients of a wake-up: they were there before the first look. */
	if (pool->how == START_SPARE || pool->looked == loop->wakeups)
		return;
	pool->looked = loop->wakeups;
	path = freshness_changed(&pool->freshness);
	if (path == NULL)
		return;
	text_printf(&text, "%s has changed", path);
	if (changes_too_often(pool, loop->now)) {
		freshness_forget(&pool->freshness, path);
		text_put(&text,
		    ", as it does all the time: it is not looked at any more; "
		    "a reload has processes started anew");
	} else {
		pool->is_noted = false;
	}
	sizing_forgive(&pool->sizing);
	pool->how = prepare_spare_how(pool->service);
	pool_restart(pool);
	pool->service->ledger->spares.retired += count;
	pool_tell_retired(pool, count, why);
}

static void
pool_refused(struct pool *pool, int rc)
{
	struct hold_report report = { .result = HOLD_FAILED, .error = -rc };

	(void)snprintf(report.detail, sizeof(report.detail),
	    "a connection could not be handed over");
	pool_fail(pool, &report);
}

void
pool_unused(struct pool *pool)
{
	pool->service->ledger->spares.lost++;
	if (pool->is_open)
		pool_refused(pool, -ESRCH);
}

/* It has ended in this very moment; or there is too much to be handed over, or the kernel
 * has no room for a descriptor on its way (unix(7), ETOOMANYREFS), which would be so with
 * the others as well. */
static enum pool_taken
take_ready(struct pool *pool, struct conn *conn)
{
	struct spare *spare;

	while ((spare = pool_pop(pool)) != NULL) {
		int rc = pool_pass(spare, conn);
		bool is_gone = rc == -EPIPE || rc == -ECONNRESET;

		if (rc == 0) {
			spare_adopt(spare, conn);
			pool_give(pool, spare);
			return POOL_TAKEN;
		}
		pool_refused(pool, rc);
		if (!is_gone) {
			pool_push(pool, spare);
			return POOL_NONE;
		}
		pool->service->ledger->spares.lost++;
		if (spare_leave(spare, false))
			pool_give(pool, spare);
	}
	return POOL_NONE;
}

/* The message waits in the copy's own queue until the copy is there to read it. */
static enum pool_taken
take_ordered(struct pool *pool, struct conn *conn)
{
	struct spare *spare =
	    pool->image == NULL || pool->image->is_unwanted ? NULL : pool_record(pool);

	if (spare == NULL)
		return POOL_NONE;
	if (spare_order(spare, pool->image) < 0) {
		pool_give(pool, spare);
		return POOL_NONE;
	}
	if (pool_pass(spare, conn) < 0) {
		(void)spare_leave(spare, false);
		return POOL_NONE;
	}
	spare->conn = conn;
	conn->ordered = spare;
	return POOL_ORDERED;
}

/* Not at once while there are others: the client who was just served wants the processor
 * more, and several are cheaper to start than one at a time. */
static void
pool_refill(struct pool *pool)
{
	if (pool->ready > 0)
		pool_arm(pool, engine_now(pool->service->server) + REFILL_DELAY_MS);
	else
		pool_touch(pool);
}

enum pool_taken
pool_take(struct pool *pool, struct conn *conn, const struct listener *listener)
{
	enum pool_taken taken;
	struct prong *server;
	uint32_t ready;

	if (!pool->is_open)
		return POOL_NONE;
	server = pool->service->server;
	pool_look_at_files(pool);
	ready = pool->ready;
	if (ready > 0 || pool->image != NULL)
		environment_fill(server, conn, listener);
	taken = take_ready(pool, conn);
	if (taken == POOL_TAKEN)
		pool->service->ledger->spares.hits++;
	else
		pool->service->ledger->spares.misses++;
	sizing_demand(&pool->sizing, taken == POOL_TAKEN ? ready : 0, engine_now(server));
	if (taken == POOL_NONE && pool->ready == 0)
		taken = take_ordered(pool, conn);
	pool_refill(pool);
	return taken;
}
