#include "prepare_spare.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "door.h"
#include "engine.h"
#include "environment.h"
#include "environment_proxy.h"
#include "listener.h"

#define PAD_BYTES 63
#define PAD_BYTES_PATH 127
#define VARIABLES_MOST 48
#define VALUE_BYTES 256

int
prepare_spare_check(const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;

	if (settings->spares_min <= settings->spares_max)
		return 0;
	text_printf(message,
	    "spares-min: %u is more than spares-max, which is %u: lower the one or raise "
	    "the other\n",
	    settings->spares_min, settings->spares_max);
	return -EINVAL;
}

/* What cannot be changed any more in a copy of a program. */
static bool
is_bound(const struct prong_service *service)
{
	const struct plan_isolation *isolation = service->plan.isolation;

	return service->isolation.cgroups != NULL ||
	       (isolation != NULL &&
		   (isolation->enter != 0 || service->own_range != NULL));
}

bool
prepare_spare_is_single(const struct prong_service *service)
{
	const struct plan_isolation *isolation = service->plan.isolation;

	return is_bound(service) ||
	       (isolation != NULL && (isolation->ruleset != NULL ||
					 service->isolation.cell_plan.ruleset != NULL));
}

enum start_how
prepare_spare_how(const struct prong_service *service)
{
	enum start_how how = (enum start_how)service->settings.start;

	if (how == START_FRESH)
		return how;
	if (service->handler != NULL || service->plan.image_fd >= 0)
		return START_SPARE;
	return how == START_CLONE && is_bound(service) ? START_WARM : how;
}

/* ---- the waiter ------------------------------------------------------------------ */

static int
argv_add_all(struct setting_list *argv, const char *const *words)
{
	int rc = 0;

	for (; *words != NULL && rc == 0; words++)
		rc = setting_list_add(argv, *words);
	return rc;
}

static int
prepare_argv(struct pool *pool)
{
	const struct prong_service *service = pool->service;
	const char *const words[] = { "prong-spare",
		pool->how == START_SPARE ? "spare" : "warm",
		service->plan.image_fd >= 0 ? "" : service->path, NULL };
	int rc = argv_add_all(&pool->argv, words);

	if (rc == 0)
		rc = argv_add_all(&pool->argv, (const char *const *)service->argv.words);
	pool->plan.argv = pool->argv.words;
	return rc;
}

/* CPU time counts from the hand-over: set then. */
static void
leave_out_cpu(struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->limit_count; i++)
		if (plan->limits[i].resource != RLIMIT_CPU)
			plan->limits[kept++] = plan->limits[i];
	plan->limit_count = kept;
}

/* ---- the environment ------------------------------------------------------------- */

/* A variable of the connection, as far as it is known. */
struct variable {
	char name[32];
	char value[VALUE_BYTES + 1];
	bool is_fixed; /* of the same value for every connection that has it */
	size_t seen;   /* connections that have it */
};

struct variables {
	struct variable all[VARIABLES_MOST];
	size_t count;
	size_t connections;
};

static bool
is_of_listener(const char *name)
{
	static const char *const names[] = { "PROTO", "NCAT_PROTO", "PRONG_SERVICE",
		"TCPLOCALIP", "TCPLOCALPORT", "TCPLOCALADDR", "NCAT_LOCAL_ADDR",
		"NCAT_LOCAL_PORT", "SOCAT_SOCKADDR", "SOCAT_SOCKPORT", "IPCLOCALPATH",
		"VSOCKLOCALCID", "VSOCKLOCALPORT" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Of the socket's own end. */
static bool
is_local(const char *name)
{
	return strncmp(name, "PRO", 3) != 0 && strncmp(name, "NCAT_P", 6) != 0;
}

static struct variable *
variable_find(struct variables *variables, const char *word, size_t length)
{
	for (size_t i = 0; i < variables->count; i++)
		if (strncmp(variables->all[i].name, word, length) == 0 &&
		    variables->all[i].name[length] == '\0')
			return &variables->all[i];
	return NULL;
}

/* What another connection has otherwise is not fixed. */
static void
variable_note(struct variables *variables, const char *word, bool is_first, bool is_known)
{
	size_t length = strcspn(word, "=");
	struct variable *variable = variable_find(variables, word, length);

	if (length >= sizeof(variable->name))
		return;
	if (variable != NULL) {
		variable->seen++;
		variable->is_fixed &= strcmp(variable->value, word + length + 1) == 0;
		return;
	}
	if (variables->count == VARIABLES_MOST)
		return;
	variable = &variables->all[variables->count++];
	memcpy(variable->name, word, length);
	variable->name[length] = '\0';
	variable->seen = 1;
	(void)snprintf(variable->value, sizeof(variable->value), "%s", word + length + 1);
	variable->is_fixed = is_first && is_of_listener(variable->name) &&
			     (is_known || !is_local(variable->name));
}

/* The variables that such a connection to that listener would have. */
static void
variables_of_conn(
    struct variables *variables, const struct conn *conn, const struct listener *listener)
{
	struct prong *server = conn->service->server;
	bool is_first = variables->connections++ == 0;

	environment_fill(server, conn, listener);
	for (size_t i = 0; i < server->environment_own; i++)
		variable_note(
		    variables, server->environment[i], is_first, !listener->is_wildcard);
}

/* By asking for those of one that comes from the listener's own address, and where that
 * may be a proxy also of one that it says everything of. */
static void
variables_of(struct variables *variables, const struct prong_service *service,
    const struct listener *listener)
{
	struct source nobody = { 0 };
	struct introduction *introduction = calloc(1, sizeof(*introduction));
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn != NULL) {
		*conn = (struct conn){ .service = (struct prong_service *)service,
			.client_fd = -1,
			.peer = listener->bound.addr,
			.charge.source = &nobody };
		variables_of_conn(variables, conn, listener);
	}
	if (conn != NULL && introduction != NULL && door_of(service)->has_proxies) {
		environment_proxy_example(introduction);
		conn->introduction = introduction;
		conn->peer = introduction->header.from;
		variables_of_conn(variables, conn, listener);
	}
	free(introduction);
	free(conn);
}

/* How much room its values want. */
static size_t
pad_size(const struct variable *variable)
{
	size_t usual =
	    strstr(variable->name, "PATH") != NULL ? PAD_BYTES_PATH : PAD_BYTES;
	size_t seen = strlen(variable->value);

	return seen > usual ? seen : usual;
}

static int
environment_add(struct pool *pool, const struct variable *variable, size_t *slots)
{
	char pad[VALUE_BYTES + 1];
	size_t size = pad_size(variable);
	char word[sizeof(variable->name) + sizeof(variable->value) + 2];
	int rc;

	if (!variable->is_fixed && *slots == WARM_SLOTS_MAX)
		return 0;
	memset(pad, WARM_PAD, size);
	pad[size] = '\0';
	(void)snprintf(word, sizeof(word), "%s=%s", variable->name,
	    variable->is_fixed ? variable->value : pad);
	rc = setting_list_add(&pool->environment, word);
	if (rc < 0 || variable->is_fixed)
		return rc;
	memcpy(pool->slots[(*slots)++], variable->name, sizeof(variable->name));
	return 0;
}

/* With an id of its own, and with a deadline, whoever the client is. */
static int
prepare_environment(struct pool *pool)
{
	const struct prong_service *service = pool->service,
				   *base = service_base(service);
	struct variables variables = { .count = 0 };
	size_t slots = 0;
	int rc = 0;

	for (size_t i = 0; i < base->listener_count; i++)
		variables_of(&variables, service, &base->listeners[i]);
	/* What some connections have and others have not is not fixed. */
	for (size_t i = 0; i < variables.count; i++)
		variables.all[i].is_fixed &=
		    variables.all[i].seen == variables.connections;
	for (size_t i = 0; i < variables.count && rc == 0; i++)
		rc = environment_add(pool, &variables.all[i], &slots);
	for (size_t i = 0; i < service->environment.count && rc == 0; i++)
		rc = setting_list_add(&pool->environment, service->environment.words[i]);
	return rc;
}

/* ---- what the program is told of its socket while it starts ---------------------- */

static void
prepare_order(struct pool *pool)
{
	const struct prong_service *service = service_base(pool->service);
	const struct listener *first = service->listeners;
	int family;

	if (service->listener_count == 0)
		return;
	family = first->bound.addr.sa.sa_family;
	for (size_t i = 1; i < service->listener_count; i++)
		if (service->listeners[i].bound.addr.sa.sa_family != family)
			return;
	pool->order.family = (uint32_t)family;
	pool->order.protocol = addr_is_ip(&first->bound.addr) ? IPPROTO_TCP : 0;
	if (service->listener_count > 1 || first->is_wildcard ||
	    first->bound.addr.len > sizeof(pool->order.local))
		return;
	pool->order.local_length = first->bound.addr.len;
	memcpy(pool->order.local, &first->bound.addr.sa, first->bound.addr.len);
}

int
prepare_spare(struct pool *pool)
{
	const struct prong_service *service = pool->service;
	int rc;

	pool->plan = service->plan;
	if (service->handler != NULL)
		return 0;
	pool->plan.image_fd = service->server->nursery.image_fd;
	rc = prepare_argv(pool);
	if (rc < 0 || pool->how == START_SPARE)
		return rc;
	leave_out_cpu(&pool->plan);
	prepare_order(pool);
	return prepare_environment(pool);
}
