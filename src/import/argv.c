#include "argv.h"

#include <string.h>

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* tcpd looks for a name without a slash where Debian keeps servers. */
static const char *
unwrap(struct draft_service *service, const char *name)
{
	struct store *store = &service->draft->store;
	const char *path =
	    name[0] == '/' ? name : store_printf(store, "/usr/sbin/%s", name);

	draft_lose(service, store_printf(store, "tcpd %s", name),
	    "its rules in /etc/hosts.allow and /etc/hosts.deny are not asked: "
	    "everybody is let in");
	return path;
}

void
argv_set(struct draft_service *service, const char *path, const struct words *args,
    size_t first)
{
	struct store *store = &service->draft->store;
	const char *name = first < args->count ? args->at[first] : base_name(path);

	if (strcmp(base_name(path), "tcpd") == 0 && first < args->count) {
		path = unwrap(service, name);
		name = base_name(path);
	}
	words_add(&service->program, store, path);
	if (strcmp(base_name(path), "busybox") == 0 &&
	    strcmp(base_name(name), "busybox") != 0)
		words_add(&service->program, store, base_name(name));
	else if (strcmp(name, base_name(path)) != 0 && strcmp(name, path) != 0)
		draft_lose(service, store_printf(store, "argv[0] %s", name),
		    "a program gets its path as argv[0]");
	for (size_t i = first + 1; i < args->count; i++)
		words_add(&service->program, store, args->at[i]);
}

const char *
argv_builtin(const char *internal)
{
	static const char *const names[] = { "@echo", "@discard", "@daytime", "@time",
		"@chargen" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i] + 1, internal) == 0)
			return names[i];
	return NULL;
}
