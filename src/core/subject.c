#include "subject.h"

#include "child.h"
#include "limitword.h"

static const char *
subject_of_mounts(const struct isolation *isolation, int detail)
{
	const struct plan_mounts *mounts = isolation->cell_plan.mounts;

	if (detail == DETAIL_PROC)
		return "/proc";
	if (mounts == NULL || detail < 1 || (size_t)detail > mounts->count)
		return NULL;
	return mounts->all[detail - 1].path;
}

static const char *
subject_of_rules(const struct isolation *isolation, int detail)
{
	const struct plan_ruleset *rules = isolation->cell_plan.ruleset != NULL
					       ? isolation->cell_plan.ruleset
					       : isolation->plan.ruleset;

	if (rules == NULL || detail < 1 || (size_t)detail > rules->rule_count)
		return NULL;
	return rules->rules[detail - 1].path;
}

const char *
subject_of_stage(const struct prong_service *service, int stage, int detail)
{
	const struct settings *settings = &service->settings;

	switch (stage) {
	case STAGE_MOUNTS:
		return subject_of_mounts(&service->isolation, detail);
	case STAGE_LIMITS:
	case STAGE_FILES:
		return limitword_name(detail - 1);
	case STAGE_ROOT:
		return settings->root;
	case STAGE_RULES:
		return subject_of_rules(&service->isolation, detail);
	case STAGE_USER:
		return settings->user != NULL ? settings->user : settings->group;
	case STAGE_DIRECTORY:
		return settings->dir;
	case STAGE_PROGRAM:
		return service->path;
	default:
		return NULL;
	}
}
