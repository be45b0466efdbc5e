/* Services that were taken over from another program, and serve no more. */
#include "door.h"
#include "engine.h"
#include "prepare.h"
#include "prepare_isolation.h"
#include "room.h"
#include "variant.h"

static int
revive_one(struct prong_service *service, bool *needs_image)
{
	char line[512];
	struct text message = TEXT_ON(line);
	int rc = prepare_service(service, &message);

	if (rc < 0)
		return rc;
	rc = prepare_cgroup_open(service, false, &message);
	if (rc < 0)
		return rc;
	*needs_image |= service->plan.image_fd >= 0 || cells_are_wanted(service);
	return cells_init(service, engine_cells_needed(service));
}

static int
revive_image(struct prong *server)
{
	char line[512];
	struct text message = TEXT_ON(line);

	return engine_load_image(server, &message);
}

int
engine_revive(struct prong *server, struct prong_service *service)
{
	bool needs_image = false;
	int rc = revive_one(service, &needs_image);

	for (struct prong_service *at = variant_next(service, service);
	     rc == 0 && at != NULL; at = variant_next(service, at))
		rc = revive_one(at, &needs_image);
	server->has_proxies |= service->settings.proxy_from.count > 0;
	if (rc == 0)
		rc = room_grow(server, server->slots.capacity);
	if (rc == 0 && needs_image)
		rc = revive_image(server);
	if (rc < 0)
		door_done(service); /* half of it would be worse than none */
	return rc;
}
