/* The lines of a service: its name, its settings, its words, its listeners. */
#include <fcntl.h>
#include <string.h>

#include "listener.h"
#include "thaw.h"

static struct prong_service *
list_add(struct prong *server, struct prong_service **list, const char *name, int *ret_rc)
{
	struct prong_service *service = service_new(server, name, ret_rc);

	if (*ret_rc == -EINVAL)
		*ret_rc = -EPROTO;
	while (*list != NULL)
		list = &(*list)->next;
	*list = service;
	return service;
}

static int
service_add(struct thaw *thaw, const struct frozen_service *frozen)
{
	struct prong *server = thaw->server;
	struct prong_service **more, *service;
	int rc;

	more = reallocarray(
	    thaw->by_index, thaw->service_count + 1, sizeof(struct prong_service *));
	if (more == NULL)
		return -ENOMEM;
	thaw->by_index = more;
	service = list_add(server,
	    frozen->is_retired ? &server->retired : &server->services, frozen->name, &rc);
	if (service == NULL)
		return rc;
	service->is_settled = true;
	service->is_retired = frozen->is_retired;
	if (!service->is_retired)
		service->ledger->serving = service;
	thaw->by_index[thaw->service_count++] = service;
	return 0;
}

/* The same service once more, to be served. */
static int
service_add_twin(struct thaw *thaw, const struct frozen_service *frozen)
{
	int rc;

	thaw->twin = NULL;
	if (!thaw->is_same || frozen->is_retired)
		return 0;
	if (frozen->has_handler) {
		thaw->problem = "a service of it has a handler";
		return -EPROTO;
	}
	thaw->twin = list_add(thaw->server, &thaw->server->making, frozen->name, &rc);
	return thaw->twin == NULL ? rc : 0;
}

int
thaw_service_take(struct thaw *thaw, char *line)
{
	struct frozen_service frozen;
	int rc = state_get(line, &frozen_service_record, &frozen);

	if (rc < 0 || memchr(frozen.name, '\0', sizeof(frozen.name)) == NULL)
		return -EPROTO;
	rc = service_add(thaw, &frozen);
	return rc < 0 ? rc : service_add_twin(thaw, &frozen);
}

static struct prong_service *
last_service(const struct thaw *thaw)
{
	return thaw->service_count == 0 ? NULL : thaw->by_index[thaw->service_count - 1];
}

/* "NAME HEX" of the service in work, and of its twin. */
static int
service_text(struct thaw *thaw, char *line,
    int (*take)(struct prong_service *, const char *name, const char *value))
{
	struct prong_service *service = last_service(thaw);
	char *name = strsep(&line, " "), value[STATE_VALUE_MAX];
	size_t length;
	int rc;

	if (service == NULL || line == NULL ||
	    state_get_bytes(line, value, sizeof(value) - 1, &length) < 0 ||
	    memchr(value, '\0', length) != NULL)
		return -EPROTO;
	value[length] = '\0';
	rc = take(service, name, value);
	return rc < 0 || thaw->twin == NULL ? rc : take(thaw->twin, name, value);
}

static int
take_setting(struct prong_service *service, const char *name, const char *value)
{
	char message[512];
	int rc = settings_set(&service->settings, name, value, message, sizeof(message));

	return rc < 0 && rc != -ENOMEM ? -EPROTO : rc;
}

int
thaw_service_set(struct thaw *thaw, char *line)
{
	return service_text(thaw, line, take_setting);
}

static int
take_word(struct prong_service *service, const char *name, const char *value)
{
	if (strcmp(name, "listen") == 0)
		return setting_list_add(&service->settings.listen, value);
	if (strcmp(name, "program") == 0)
		return setting_list_add(&service->settings.program, value);
	return -EPROTO;
}

int
thaw_service_word(struct thaw *thaw, char *line)
{
	return service_text(thaw, line, take_word);
}

int
thaw_service_listen(struct thaw *thaw, char *line)
{
	struct prong_service *service = last_service(thaw);
	struct listener read = { 0 }, *more;
	int rc = state_get(line, &frozen_listener_record, &read);

	if (rc < 0 || service == NULL || fcntl(read.bound.fd, F_GETFD) < 0)
		return -EPROTO;
	more =
	    reallocarray(service->listeners, service->listener_count + 1, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	service->listeners = more;
	more += service->listener_count++;
	listener_init(more, service, &read.bound);
	more->word = read.word;
	return 0;
}
