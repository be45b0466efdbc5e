#include "embed.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "place.h"

struct embed it;

int
embed_set_up(void **state)
{
	(void)state;
	embed_init(&it);
	return 0;
}

int
embed_tear_down(void **state)
{
	(void)state;
	embed_done(&it);
	return 0;
}

static void
keep_field(struct told_field *kept, const struct prong_field *field)
{
	*kept = (struct told_field){
		.is_text = field->text != NULL,
		.number = field->number,
	};
	(void)snprintf(kept->key, sizeof(kept->key), "%s", field->key);
	if (field->text != NULL)
		(void)snprintf(kept->text, sizeof(kept->text), "%s", field->text);
}

static void
keep_event(const struct prong_event *event, void *context)
{
	struct embed *embed = context;
	struct told *told = &embed->told[embed->told_count];

	if (embed->told_count == EMBED_EVENTS)
		return;
	embed->told_count++;
	(void)snprintf(told->name, sizeof(told->name), "%s", event->name);
	(void)snprintf(told->service, sizeof(told->service), "%s",
	    event->service == NULL ? "" : event->service);
	(void)snprintf(
	    told->id, sizeof(told->id), "%s", event->id == NULL ? "" : event->id);
	(void)prong_event_text(event, told->sentence, sizeof(told->sentence));
	assert_true(event->field_count <= EMBED_FIELDS);
	told->field_count = event->field_count;
	for (size_t i = 0; i < event->field_count; i++)
		keep_field(&told->fields[i], &event->fields[i]);
}

void
embed_init(struct embed *embed)
{
	memset(embed, 0, sizeof(*embed));
	embed->server = prong_new();
	assert_non_null(embed->server);
	prong_on_event(embed->server, keep_event, embed);
}

void
embed_done(struct embed *embed)
{
	prong_free(embed->server);
	embed->server = NULL;
}

static struct prong_service *
embed_service(struct embed *embed, const char *name)
{
	struct prong_service *service = prong_service_add(embed->server, name);

	assert_non_null(service);
	assert_int_equal(prong_listen(service, "127.0.0.1:0"), 0);
	return service;
}

struct prong_service *
embed_program(struct embed *embed, const char *name, const char *const argv[])
{
	struct prong_service *service = embed_service(embed, name);

	assert_int_equal(prong_program(service, argv), 0);
	return service;
}

struct prong_service *
embed_handler(
    struct embed *embed, const char *name, prong_handler_fn *handler, void *context)
{
	struct prong_service *service = embed_service(embed, name);

	assert_int_equal(prong_handler(service, handler, context), 0);
	return service;
}

int
embed_repeat(const struct prong_birth *birth, void *unused)
{
	char bytes[256];
	ssize_t got;

	(void)birth;
	(void)unused;
	while ((got = read(0, bytes, sizeof(bytes))) > 0)
		if (write(1, bytes, (size_t)got) != got)
			return 1;
	return 0;
}

void
embed_start(struct embed *embed)
{
	if (prong_start(embed->server) < 0)
		fail_msg("%s", prong_error(embed->server));
}

int
embed_turn(struct embed *embed)
{
	struct pollfd due = { .fd = prong_fd(embed->server), .events = POLLIN };

	while (poll(&due, 1, -1) < 0)
		assert_int_equal(errno, EINTR);
	return prong_dispatch(embed->server, 0);
}

const struct told *
embed_wait(struct embed *embed, const char *name)
{
	for (;;) {
		while (embed->waited < embed->told_count) {
			const struct told *told = &embed->told[embed->waited++];

			if (strcmp(told->name, name) == 0)
				return told;
		}
		assert_true(embed->told_count < EMBED_EVENTS);
		assert_int_equal(embed_turn(embed), 0);
	}
}

const struct told *
embed_find(const struct embed *embed, const char *name)
{
	for (size_t i = 0; i < embed->told_count; i++)
		if (strcmp(embed->told[i].name, name) == 0)
			return &embed->told[i];
	return NULL;
}

void
embed_wait_drained(struct embed *embed)
{
	int rc;

	do
		rc = embed_turn(embed);
	while (rc == 0);
	assert_int_equal(rc, 1);
}

uint32_t
embed_ready(const struct prong_service *service)
{
	struct prong_spares spares;

	prong_spares(service, &spares, sizeof(spares));
	return spares.ready;
}

void
embed_wait_ready(struct embed *embed, const struct prong_service *service, uint32_t count)
{
	while (embed_ready(service) < count)
		assert_int_equal(embed_turn(embed), 0);
}

void
embed_forget(struct embed *embed)
{
	embed->told_count = embed->waited = 0;
}

static const struct told_field *
told_field(const struct told *told, const char *key)
{
	for (size_t i = 0; i < told->field_count; i++)
		if (strcmp(told->fields[i].key, key) == 0)
			return &told->fields[i];
	return NULL;
}

const char *
told_text(const struct told *told, const char *key)
{
	const struct told_field *field = told_field(told, key);

	return field != NULL && field->is_text ? field->text : "";
}

int64_t
told_number(const struct told *told, const char *key)
{
	const struct told_field *field = told_field(told, key);

	return field != NULL && !field->is_text ? field->number : -1;
}

void
embed_keep(char *into, size_t size, const char *text)
{
	(void)snprintf(into, size, "%s", text);
}

/* The host's signals are its own matter. */
static int
connect_whole(int fd, const struct addr *addr)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	rc = connect(fd, &addr->sa, addr->len);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
client_try(const char *bound)
{
	char said[256];
	struct text message = TEXT_ON(said);
	struct place place;
	int fd;

	assert_int_equal(place_parse(bound, &place, &message), 0);
	assert_int_equal(place.kind, PLACE_ADDRESS);
	fd = socket(place.addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect_whole(fd, &place.addr) == 0)
		return fd;
	close_fd(&fd);
	return -errno;
}

int
client_open(const char *bound)
{
	int fd = client_try(bound);

	assert_true(fd >= 0);
	return fd;
}

void
client_say(int fd, const char *words)
{
	ssize_t length = (ssize_t)strlen(words);

	assert_int_equal(send(fd, words, (size_t)length, MSG_NOSIGNAL), length);
}

const char *
client_hear(int *fd)
{
	static _Thread_local char heard[65536];
	size_t used = 0;
	ssize_t n;

	while ((n = recv(*fd, heard + used, sizeof(heard) - 1 - used, 0)) > 0)
		used += (size_t)n;
	assert_int_equal(n, 0);
	heard[used] = '\0';
	close_fd(fd);
	return heard;
}
