#include "prepare_isolation.h"

#include <linux/capability.h>
#include <sys/syscall.h>

#include "capable.h"
#include "contradictions.h"
#include "elsewhere.h"
#include "engine.h"

/* User and limits are in the plan itself, but for a user that is the session's own. */
static bool
is_anything_wanted(const struct prong_service *service)
{
	const struct measures *measures = &service->isolation.measures;

	if (service->own_range != NULL)
		return true;
	for (int i = 0; i < MEASURE_COUNT; i++)
		if (i != MEASURE_USER && i != MEASURE_LIMITS &&
		    measure_is_wanted(measures, i))
			return true;
	return false;
}

/* What it takes along is missing as well. */
int
isolation_miss(struct prong_service *service, enum measure measure, const char *why,
    struct text *message)
{
	struct measures *measures = &service->isolation.measures;
	bool is_struck[MEASURE_COUNT];
	int rc = 0;

	for (int i = 0; i < MEASURE_COUNT; i++)
		is_struck[i] = measures->of[i].is_struck;
	measures_strike(measures, measure, why);
	for (int i = 0; i < MEASURE_COUNT; i++) {
		if (is_struck[i] || !measures->of[i].is_struck ||
		    measures->of[i].wish != WISH_SETTING)
			continue;
		text_printf(message, "%s: cannot be had: %s\n", measure_name(i), why);
		rc = -EOPNOTSUPP;
	}
	return rc;
}

bool
isolation_is_passing(int error)
{
	return error == EAGAIN || error == EINTR || error == EMFILE || error == ENFILE ||
	       error == ENOMEM || error == ETIMEDOUT;
}

struct measures_facts
isolation_facts(const struct prong_service *service)
{
	return (struct measures_facts){
		.is_root = geteuid() == 0,
		.is_handler = service->handler != NULL,
		.is_privileged = capable_of(CAP_SYS_ADMIN) && elsewhere_can_return(),
	};
}

int
isolation_want(struct prong_service *service, struct text *message)
{
	const struct measures_facts facts = isolation_facts(service);

	isolation_done(service);
	measures_want(&service->isolation.measures, &service->settings, &facts);
	return contradictions_check(&service->settings, &facts, message);
}

int
prepare_isolation(struct prong_service *service, struct text *message)
{
	static int (*const parts[])(
	    struct prong_service *, struct text *) = { prepare_privilege,
		prepare_namespaces, prepare_landlock, prepare_filter, prepare_cgroup };
	const struct plan_isolation nothing = {
		.user_fd = -1, .network_fd = -1, .ruleset_fd = -1
	};
	struct isolation *isolation = &service->isolation;
	int rc, worst = 0;

	isolation->plan = nothing;
	isolation->cell_plan = nothing;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if ((rc = parts[i](service, message)) < 0)
			worst = rc;
	service->plan.isolation = is_anything_wanted(service) ? &isolation->plan : NULL;
	return worst;
}

void
isolation_done(struct prong_service *service)
{
	service->plan.isolation = NULL;
	prepare_cgroup_done(service);
	prepare_filter_done(service);
	prepare_landlock_done(service);
	prepare_namespaces_done(service);
}
