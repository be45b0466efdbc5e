#include "open.h"

#include <string.h>

#include "engine.h"
#include "listener.h"
#include "place.h"

#define DEFAULT_PORT 9999

struct open_pool {
	struct bind_pool known; /* what binding looks at */
	struct bound *bounds;
	const struct listener **origins; /* of each of them */
};

void
open_pool_free(struct open_pool *pool)
{
	if (pool == NULL)
		return;
	free(pool->bounds);
	free(pool->origins);
	free(pool);
}

static void
pool_fill(struct open_pool *pool, const struct prong_service *set)
{
	size_t used = 0;

	for (const struct prong_service *at = set; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++) {
			pool->origins[used] = &at->listeners[i];
			pool->bounds[used++] = at->listeners[i].bound;
		}
	pool->known = (struct bind_pool){ pool->bounds, used };
}

struct open_pool *
open_pool_new(const struct prong_service *set)
{
	struct open_pool *pool = calloc(1, sizeof(*pool));
	size_t count = 1;

	for (const struct prong_service *at = set; at != NULL; at = at->next)
		count += at->listener_count;
	if (pool == NULL)
		return NULL;
	pool->bounds = calloc(count, sizeof(*pool->bounds));
	pool->origins = calloc(count, sizeof(const struct listener *));
	if (pool->bounds == NULL || pool->origins == NULL) {
		open_pool_free(pool);
		return NULL;
	}
	pool_fill(pool, set);
	return pool;
}

static int
open_add(struct prong_service *service, const struct bound *bound, int count, size_t word)
{
	size_t total = service->listener_count + (size_t)count;
	struct listener *more =
	    reallocarray(service->listeners, total, sizeof(*service->listeners));

	if (more == NULL)
		return -ENOMEM;
	service->listeners = more;
	for (int i = 0; i < count; i++) {
		struct listener *listener = &more[service->listener_count++];

		listener_init(listener, service, &bound[i]);
		listener->word = word;
	}
	return 0;
}

static const char *
word_of(const struct prong_service *service, size_t word)
{
	const struct setting_list *words = &service->settings.listen;

	return word < words->count ? words->words[word] : "";
}

static bool
is_any_port(const struct place *place)
{
	switch (place->kind) {
	case PLACE_ANY:
	case PLACE_LOOPBACK:
	case PLACE_NAME:
		return place->port == 0;
	case PLACE_ADDRESS:
		return addr_is_ip(&place->addr) && addr_port(&place->addr) == 0;
	case PLACE_FD:
		return false;
	}
	return false;
}

/* A free port stays what it is: of the same word of a service of the same name.  Without
 * all of it there would be another port, or one family less: -EMFILE, -ENFILE. */
static int
open_same_word(struct prong_service *service, size_t word, struct open_pool *pool,
    struct bound *bounds)
{
	const struct listener *first = NULL;
	int rc, count = 0;

	for (size_t i = 0; i < pool->known.count && count < BOUND_PER_PLACE; i++) {
		const struct listener *origin = pool->origins[i];

		if (pool->bounds[i].fd < 0 ||
		    strcmp(origin->service->name, service->name) != 0 ||
		    strcmp(word_of(origin->service, origin->word),
			word_of(service, word)) != 0)
			continue;
		if (first != NULL && origin->word != first->word)
			continue;
		rc = bind_share(&pool->bounds[i], &bounds[count]);
		if (rc < 0) {
			while (count > 0)
				close_fd(&bounds[--count].fd);
			return rc;
		}
		first = origin;
		count++;
		pool->bounds[i].fd = -1; /* only once */
	}
	return count;
}

static bool
is_taken(const struct prong_service *set, const struct addr *addr)
{
	for (const struct prong_service *at = set; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++)
			if (addr_equal(&at->listeners[i].bound.addr, addr))
				return true;
	return false;
}

/* Two of the new set cannot both have what the old one had once. */
static int
open_check_once(const struct prong_service *service, const struct bound *bounds,
    int count, struct text *message)
{
	const struct prong *server = service->server;
	const struct prong_service *set =
	    server->is_making ? server->making : server->services;

	for (int i = 0; i < count; i++) {
		if (!bounds[i].is_shared || !is_taken(set, &bounds[i].addr))
			continue;
		text_put(message, "listen: cannot listen on ");
		addr_put(message, &bounds[i].addr);
		text_put(message, ": it is listened on twice");
		return -EADDRINUSE;
	}
	return 0;
}

static int
open_word(struct prong_service *service, size_t word, const struct place *place,
    struct open_pool *pool, struct text *message)
{
	struct bound bounds[BOUND_PER_PLACE];
	int rc, count = 0;

	if (is_any_port(place))
		count = open_same_word(service, word, pool, bounds);
	if (count < 0)
		text_printf(message, "listen: cannot keep %s: %s", word_of(service, word),
		    text_errno(-count));
	if (count == 0)
		count =
		    bind_open(place, &service->settings, &pool->known, bounds, message);
	if (count < 0)
		return count;
	rc = open_check_once(service, bounds, count, message);
	if (rc == 0)
		rc = open_add(service, bounds, count, word);
	for (int i = 0; rc < 0 && i < count; i++) {
		close_fd(&bounds[i].fd);
		bind_remove(&bounds[i]);
	}
	return rc;
}

int
open_service(struct prong_service *service, struct open_pool *pool, struct text *message)
{
	const struct setting_list *words = &service->settings.listen;
	struct place place = { .kind = PLACE_LOOPBACK, .port = DEFAULT_PORT };
	int rc, worst = 0;

	if (words->count == 0)
		return open_word(service, 0, &place, pool, message);
	for (size_t i = 0; i < words->count; i++) {
		rc = place_parse(words->words[i], &place, message);
		if (rc == 0)
			rc = open_word(service, i, &place, pool, message);
		if (rc < 0) {
			text_put_char(message, '\n');
			worst = rc;
		}
	}
	return worst;
}

int
open_listen(struct prong_service *service, struct open_pool *pool, struct text *message)
{
	int rc, worst = 0;

	for (size_t i = 0; i < service->listener_count; i++) {
		rc = bind_listen(&service->listeners[i].bound, &service->settings,
		    &pool->known, message);
		if (rc < 0) {
			text_put_char(message, '\n');
			worst = rc;
		}
	}
	return worst;
}

bool
open_is_kept(const struct prong_service *set, const struct listener *listener)
{
	return is_taken(set, &listener->bound.addr);
}

static struct listener *
listener_of(struct prong_service *set, const struct addr *addr)
{
	for (struct prong_service *at = set; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++)
			if (addr_equal(&at->listeners[i].bound.addr, addr))
				return &at->listeners[i];
	return NULL;
}

static void
hand_over_one(struct listener *listener, struct prong_service *from)
{
	struct prong_service *service = listener->service;
	struct listener *old = listener_of(from, &listener->bound.addr);
	char line[512];
	struct text message = TEXT_ON(line);

	if (old != NULL) {
		listener->bound.has_path = old->bound.has_path;
		old->bound.has_path = false;
	}
	listener->bound.is_shared = false;
	if (bind_adapt(&listener->bound, &service->settings, &message) < 0)
		engine_tell(service->server, EVENT_WARNING, service->name, line);
}

void
open_hand_over(struct prong_service *from, struct prong_service *to)
{
	for (struct prong_service *at = to; at != NULL; at = at->next)
		for (size_t i = 0; i < at->listener_count; i++)
			if (at->listeners[i].bound.is_shared)
				hand_over_one(&at->listeners[i], from);
}
