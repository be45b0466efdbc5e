#include "prepare_preset.h"

#include "names.h"
#include "prepare_isolation.h"
#include "prepare_limits.h"
#include "presets.h"

#define NOBODY 65534

static rlim_t
least(rlim_t a, rlim_t b)
{
	return a < b ? a : b;
}

/* Never above what is in force: a preset takes away. */
static rlim_t
limit_of(int resource, rlim_t value)
{
	struct rlimit now = { .rlim_max = value };

	(void)getrlimit(resource, &now);
	return least(value, now.rlim_max);
}

void
prepare_preset_limits(struct prong_service *service)
{
	struct preset_limit limits[PRESET_LIMITS];
	size_t count = presets_limits(&service->settings, limits);

	if (!measure_is_wanted(&service->isolation.measures, MEASURE_LIMITS))
		return;
	for (size_t i = 0; i < count; i++) {
		uint64_t room =
		    limits[i].resource == RLIMIT_NPROC ? service_base(service)->max : 0;
		rlim_t value = limit_of(limits[i].resource, limits[i].value + room);

		prepare_limits_add(service, limits[i].resource, value, value);
	}
}

/* Without a user database it is the number that is nobody's everywhere. */
bool
prepare_preset_user(const struct prong_service *service, struct names_user *ret_user)
{
	const char *name = presets_user(&service->settings);
	char why[256];
	struct text nobody = TEXT_ON(why);

	if (name == NULL || geteuid() != 0 ||
	    !measure_is_wanted(&service->isolation.measures, MEASURE_USER))
		return false;
	if (names_user("user", name, ret_user, &nobody) < 0)
		*ret_user = (struct names_user){ .uid = NOBODY, .gid = NOBODY };
	return true;
}
