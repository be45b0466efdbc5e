#include "prepare_isolation.h"

#include <string.h>

#include "cgroups.h"

/* Where they would be is looked at when the service starts: this may be another place.
 * Who is asked about clients belongs to no session. */
int
prepare_cgroup(struct prong_service *service, struct text *message)
{
	(void)message;
	if (service->is_asker)
		service->isolation.measures.of[MEASURE_CGROUP] =
		    (struct measure_state){ .wish = WISH_NONE };
	return 0;
}

void
prepare_cgroup_done(struct prong_service *service)
{
	cgroups_close(service);
}

static void
note_in_force(struct prong_service *service)
{
	struct measure_state *state = &service->isolation.measures.of[MEASURE_CGROUP];
	struct text what = TEXT_ON(state->what);

	what.used = strlen(state->what);
	state->standing = STANDING_IN_FORCE;
	text_printf(&what, "%sbelow %s", what.used > 0 ? ", " : "",
	    service->isolation.cgroups->home.path);
}

/* Others may leave it, or make it, meanwhile: as long as the reason passes it is told as
 * it is, and not as what this machine lacks. */
static bool
is_passing(int error)
{
	return error == EBUSY || error == ENOENT || isolation_is_passing(error);
}

int
prepare_cgroup_open(struct prong_service *service, bool is_check, struct text *message)
{
	char line[CGROUP_PATH_MAX + 512] = "";
	struct text why = TEXT_ON(line);
	int rc, missed;

	if (!measure_is_wanted(&service->isolation.measures, MEASURE_CGROUP))
		return 0;
	rc = is_check ? cgroups_check(service, &why) : cgroups_open(service, &why);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		missed = isolation_miss(service, MEASURE_CGROUP, line, message);
		return missed < 0 && is_passing(-rc) ? rc : missed;
	}
	if (!is_check)
		note_in_force(service);
	return 0;
}
