#include "prepare_limits.h"

#include <string.h>

#include "engine.h"
#include "limitword.h"

_Static_assert(PLAN_LIMITS >= RLIM_NLIMITS, "there is room for all");

static struct rlimit *
find(struct plan *plan, int resource)
{
	for (size_t i = 0; i < plan->limit_count; i++)
		if (plan->limits[i].resource == resource)
			return &plan->limits[i].value;
	return NULL;
}

const struct rlimit *
prepare_limits_find(const struct plan *plan, int resource)
{
	return find((struct plan *)plan, resource);
}

static void
put(struct plan *plan, int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit *value = find(plan, resource);

	if (value == NULL) {
		struct plan_limit *limit = &plan->limits[plan->limit_count++];

		limit->resource = resource;
		value = &limit->value;
	}
	*value = (struct rlimit){ .rlim_cur = soft, .rlim_max = hard };
}

static void
put_size(struct plan *plan, int resource, const struct setting_size *size)
{
	if (size->is_set)
		put(plan, resource, size->bytes, size->bytes);
}

static void
put_count(struct plan *plan, int resource, uint32_t count)
{
	if (count > 0)
		put(plan, resource, count, count);
}

/* ---- settings with a name of their own ------------------------------------------- */

static void
limits_of_settings(struct plan *plan, const struct settings *settings)
{
	put_size(plan, RLIMIT_AS, &settings->limit_memory);
	put_size(plan, RLIMIT_FSIZE, &settings->limit_file_size);
	put_size(plan, RLIMIT_CORE, &settings->limit_core);
	if (settings->limit_cpu > 0) {
		rlim_t seconds = (rlim_t)((settings->limit_cpu + 999) / 1000);

		put(plan, RLIMIT_CPU, seconds, seconds + 1);
	}
	put_count(plan, RLIMIT_NPROC, settings->limit_processes);
	put_count(plan, RLIMIT_NOFILE, settings->limit_files);
}

/* ---- `limit` ----------------------------------------------------------------------- */

static rlim_t
value_of(uint64_t value)
{
	return value == LIMITWORD_UNLIMITED ? RLIM_INFINITY : (rlim_t)value;
}

/* The words were looked at when they were said. */
static int
limit_of_word(struct plan *plan, const char *word, struct text *message)
{
	struct limitword limit;
	struct text nobody = { 0 };

	if (limitword_parse(word, &limit, &nobody, NULL) < 0)
		return -EINVAL;
	if (find(plan, limit.resource) != NULL) {
		text_printf(message,
		    "limit: '%s' says what %s says already: leave out one of them\n",
		    word, limitword_setting(limit.resource));
		return -EINVAL;
	}
	put(plan, limit.resource, value_of(limit.soft), value_of(limit.hard));
	return 0;
}

static int
limits_of_words(struct plan *plan, const struct setting_list *words, struct text *message)
{
	int rc, worst = 0;

	for (size_t i = 0; i < words->count; i++)
		if ((rc = limit_of_word(plan, words->words[i], message)) < 0)
			worst = rc;
	return worst;
}

/* ---- what nobody has said ---------------------------------------------------------- */

/* Programs get the descriptor limit that prong itself was given, whatever it raised its
 * own to: select(2) breaks above 1024. */
static void
limit_files_as_before(struct prong_service *service)
{
	const struct rlimit *before = &service->server->files_before;
	struct rlimit now;

	if (find(&service->plan, RLIMIT_NOFILE) == NULL &&
	    getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur != before->rlim_cur)
		put(&service->plan, RLIMIT_NOFILE, before->rlim_cur, before->rlim_max);
}

void
prepare_limits_add(struct prong_service *service, int resource, rlim_t soft, rlim_t hard)
{
	put(&service->plan, resource, soft, hard);
}

int
prepare_limits(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	int rc;

	limits_of_settings(&service->plan, settings);
	rc = limits_of_words(&service->plan, &settings->limits, message);
	limit_files_as_before(service);
	return rc;
}
