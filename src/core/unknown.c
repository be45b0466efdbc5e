#include "unknown.h"

#include "engine.h"
#include "known.h"

int
unknown_service(struct prong *server, const char *name)
{
	struct text error = TEXT_ON(server->error);
	struct known known;

	known_init(&known, name);
	for (const struct prong_service *at = prong_service_next(server, NULL);
	     at != NULL; at = prong_service_next(server, at))
		known_add(&known, at->name);
	known_put_missing(&known, &error, "service");
	return -ENOENT;
}
