#include "embed.h"

#include <sys/socket.h>

#include "place.h"

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

void
embed_start(struct embed *embed)
{
	if (prong_start(embed->server) < 0)
		fail_msg("%s", prong_error(embed->server));
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
		assert_int_equal(prong_dispatch(embed->server, -1), 0);
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
		rc = prong_dispatch(embed->server, -1);
	while (rc == 0);
	assert_int_equal(rc, 1);
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
	if (connect(fd, &place.addr.sa, place.addr.len) == 0)
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
	static char heard[65536];
	size_t used = 0;
	ssize_t n;

	while ((n = recv(*fd, heard + used, sizeof(heard) - 1 - used, 0)) > 0)
		used += (size_t)n;
	assert_int_equal(n, 0);
	heard[used] = '\0';
	close_fd(fd);
	return heard;
}
