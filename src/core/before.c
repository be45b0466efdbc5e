#include "before.h"

#include <string.h>

#include "engine.h"

int
before_check(const struct prong_service *service, const char *what)
{
	if (service == NULL)
		return -EINVAL;
	if (!service->is_settled)
		return 0;

	struct text error = TEXT_ON(service->server->error);

	text_printf(&error,
	    "%s: cannot %s: the service serves already; a new set of services can have it "
	    "otherwise, see prong_reload_begin()",
	    service->name, what);
	return -EBUSY;
}

/* "SERVICE: cannot WHAT: WHY" */
static int
before_fail(
    const struct prong_service *service, int rc, const char *what, const char *why)
{
	struct text error = TEXT_ON(service->server->error);

	text_printf(&error, "%s: cannot %s: %s", service->name, what, why);
	return rc;
}

static struct prong_service *
before_not_added(struct prong *server, const char *name, const char *why)
{
	struct text error = TEXT_ON(server->error);

	text_put(&error, "cannot add service '");
	text_put_quoted(&error, name, strlen(name));
	text_printf(&error, "': %s", why);
	return NULL;
}

PRONG_API struct prong_service *
prong_service_add(struct prong *server, const char *name)
{
	struct prong_service **last =
	    server->is_making ? &server->making : &server->services;
	int rc;

	if (name == NULL)
		name = "";
	if (server->is_started && !server->is_making)
		return before_not_added(server, name,
		    "the server was started already; prong_reload_begin() begins a new set "
		    "of services");
	while (*last != NULL) {
		if (strcmp((*last)->name, name) == 0)
			return before_not_added(
			    server, name, "another service has that name");
		last = &(*last)->next;
	}
	*last = service_new(server, name, &rc);
	if (*last == NULL)
		return before_not_added(server, name,
		    rc == -ENOMEM ? "no memory for it"
				  : "a name is 1 to 63 letters, digits, or -_.@");
	return *last;
}

PRONG_API int
prong_listen(struct prong_service *service, const char *where)
{
	int rc = before_check(service, "add an address");

	if (rc < 0)
		return rc;
	if (where == NULL)
		return before_fail(service, -EINVAL, "add an address",
		    "there is none; one is like \"127.0.0.1:9999\"");
	if (setting_list_add(&service->settings.listen, where) < 0)
		return before_fail(
		    service, -ENOMEM, "add an address", "no memory for it");
	return 0;
}

PRONG_API int
prong_listen_fd(struct prong_service *service, int fd)
{
	char where[24];
	int rc = before_check(service, "add a socket");

	if (rc < 0)
		return rc;
	if (fd < 0)
		return before_fail(service, -EBADF, "add a socket",
		    "a descriptor is 0 or greater; see what made it");
	(void)snprintf(where, sizeof(where), "fd:%d", fd);
	return prong_listen(service, where);
}

PRONG_API int
prong_set(struct prong_service *service, const char *name, const char *value)
{
	char what[64];
	int rc;

	if (name == NULL)
		name = "";
	(void)snprintf(what, sizeof(what), "set %s", name);
	rc = before_check(service, what);
	if (rc < 0)
		return rc;
	/* A setting of the command, which makes `env` of it. */
	if (value != NULL && strcmp(name, "pass-env") == 0)
		return before_fail(service, -EINVAL, what,
		    "the library reads no environment; env with NAME=VALUE does it");
	if (value == NULL && settings_find(name) != NULL) {
		rc = settings_reset(&service->settings, name);
		return rc < 0 ? before_fail(service, rc, what, "no memory for it") : 0;
	}
	return settings_set(&service->settings, name, value, service->server->error,
	    sizeof(service->server->error));
}

PRONG_API int
prong_program(struct prong_service *service, const char *const argv[])
{
	int rc = before_check(service, "set the program");

	if (rc < 0)
		return rc;
	if (argv == NULL || argv[0] == NULL)
		return before_fail(service, -EINVAL, "set the program",
		    "it needs at least its name, argv[0]");
	setting_list_done(&service->settings.program);
	service->handler = NULL;
	service->prepare = NULL;
	for (size_t i = 0; argv[i] != NULL; i++)
		if (setting_list_add(&service->settings.program, argv[i]) < 0)
			return before_fail(
			    service, -ENOMEM, "set the program", "no memory for it");
	return 0;
}

PRONG_API int
prong_handler(struct prong_service *service, prong_handler_fn *handler, void *context)
{
	int rc = before_check(service, "set the handler");

	if (rc < 0)
		return rc;
	if (handler == NULL)
		return before_fail(service, -EINVAL, "set the handler",
		    "it is no function; for a program there is prong_program()");
	service->handler = handler;
	service->prepare = NULL;
	service->context = context;
	return 0;
}

PRONG_API int
prong_prepare(struct prong_service *service, prong_prepare_fn *prepare)
{
	int rc = before_check(service, "set what a handler prepares");

	if (rc < 0)
		return rc;
	if (service->handler == NULL)
		return before_fail(service, -EINVAL, "set what a handler prepares",
		    "it has no handler; prong_handler() comes first");
	service->prepare = prepare;
	return 0;
}
