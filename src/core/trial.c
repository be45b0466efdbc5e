#include "trial.h"

#include "engine.h"
#include "isolation_doubt.h"
#include "isolation_what.h"
#include "prepare.h"
#include "prepare_isolation.h"
#include "same_ids.h"
#include "subject.h"

/* Of a hundred services most differ in their programs only: the stages before that are
 * the same, and one of them has been through. */
static bool
is_tried(const struct prong_service *service)
{
	const struct prong *server = service->server;
	const struct prong_service *at =
	    server->is_making ? server->making : server->services;

	while (at != NULL && at != service) {
		if (at->is_tried && prepare_is_alike(&at->plan, &service->plan))
			return true;
		at = at->next;
	}
	return false;
}

static int
trial_once(struct prong_service *service, struct report *report)
{
	struct spawn_request request = { .plan = &service->plan, .report = report };
	struct confinement confinement;
	struct birth_isolation isolation;
	int rc = cells_init(service, 1);

	if (rc == 0)
		rc = confine_take(service, &confinement, report);
	if (rc < 0)
		return report->stage != STAGE_NONE ? 0 : rc;
	confine_request(&confinement, &request, &isolation);
	rc = spawn_trial(&service->server->nursery, &request);
	alarms_collect(service->server);
	confine_release(service, &confinement);
	cells_done(&service->cells);
	/* The supervisor itself was at a stage: to the session's pid namespace. */
	return report->stage != STAGE_NONE ? 0 : rc;
}

/* ---- whose stage it was ---------------------------------------------------------- */

static const struct {
	int stage;
	enum measure measures[7]; /* the first that is wanted; MEASURE_COUNT ends */
} blame[] = {
	{ STAGE_LIMITS, { MEASURE_LIMITS, MEASURE_COUNT } },
	{ STAGE_FILES, { MEASURE_LIMITS, MEASURE_COUNT } },
	/* Where all of them need one of users it is that one. */
	{ STAGE_ENTER, { MEASURE_USER_NAMESPACE, MEASURE_CGROUP_NAMESPACE, MEASURE_UTS,
			   MEASURE_IPC, MEASURE_PIDS, MEASURE_MOUNTS, MEASURE_COUNT } },
	{ STAGE_NAMESPACES,
	    { MEASURE_USER_NAMESPACE, MEASURE_NETWORK, MEASURE_CGROUP_NAMESPACE,
		MEASURE_UTS, MEASURE_IPC, MEASURE_MOUNTS, MEASURE_COUNT } },
	{ STAGE_MOUNTS, { MEASURE_MOUNTS, MEASURE_COUNT } },
	{ STAGE_ROOT, { MEASURE_ROOT, MEASURE_COUNT } },
	{ STAGE_RULES, { MEASURE_FILES, MEASURE_PORTS, MEASURE_SCOPE, MEASURE_COUNT } },
	{ STAGE_BOUNDING, { MEASURE_SECUREBITS, MEASURE_CAPABILITIES, MEASURE_COUNT } },
	{ STAGE_USER, { MEASURE_USER, MEASURE_COUNT } },
	{ STAGE_CAPABILITIES, { MEASURE_CAPABILITIES, MEASURE_COUNT } },
	{ STAGE_FILTER, { MEASURE_SYSCALLS, MEASURE_COUNT } },
};

enum measure
trial_measure(const struct measures *measures, const struct report *report)
{
	enum measure found = MEASURE_COUNT;

	/* The other mounts are of use without it. */
	if (report->stage == STAGE_MOUNTS && report->detail == DETAIL_PROC)
		return MEASURE_PIDS;

	for (size_t i = 0; i < ARRAY_SIZE(blame); i++) {
		if (blame[i].stage != report->stage)
			continue;
		for (size_t k = 0; blame[i].measures[k] != MEASURE_COUNT; k++) {
			enum measure measure = blame[i].measures[k];

			if (!measure_is_wanted(measures, measure))
				continue;
			if (measures->of[measure].wish == WISH_PRESET)
				return measure;
			if (found == MEASURE_COUNT)
				found = measure;
		}
	}
	return found;
}

/* ---- what is said ---------------------------------------------------------------- */

static void
put_why(
    struct text *text, const struct prong_service *service, const struct report *report)
{
	const char *subject = subject_of_stage(service, report->stage, report->detail);
	const char *hint = child_stage_hint(report->stage, report->error);

	if (subject != NULL)
		text_printf(text, "'%s': ", subject);
	text_put(text, text_errno(report->error));
	if (hint[0] == '\0')
		return;
	text_put(text, "; ");
	if (report->stage == STAGE_USER && service->plan.has_ids &&
	    same_ids_put_difference(&service->plan, text))
		text_put(text, "; ");
	if (report->stage != STAGE_PROGRAM || !isolation_doubt_program(service, text))
		text_put(text, hint);
}

/* The line that ends it: which stage, and which setting asked for it. */
static int
trial_fail(const struct prong_service *service, const struct report *report,
    struct text *message)
{
	enum measure measure = trial_measure(&service->isolation.measures, report);

	text_printf(message,
	    "%s: a program could not be started: stage \"%s\": ", service->name,
	    child_stage_name(report->stage));
	if (measure != MEASURE_COUNT && measure != MEASURE_USER &&
	    measure != MEASURE_LIMITS)
		text_printf(message, "%s: ", measure_settings(measure));
	put_why(message, service, report);
	text_put_char(message, '\n');
	return -report->error;
}

/* ---- rounds ---------------------------------------------------------------------- */

/* True: what the stage was for is done without; then it is worth another try. */
static bool
trial_strike(struct prong_service *service, const struct report *report)
{
	struct measures *measures = &service->isolation.measures;
	enum measure measure = trial_measure(measures, report);
	char why[sizeof(measures->of[0].why)];
	struct text text = TEXT_ON(why);

	if (measure == MEASURE_COUNT && report->stage == STAGE_RULES &&
	    !measures->is_unenclosed && !isolation_is_passing(report->error)) {
		measures->is_unenclosed = true;
		return true;
	}
	if (measure == MEASURE_COUNT || measures->of[measure].wish != WISH_PRESET ||
	    isolation_is_passing(report->error))
		return false;
	put_why(&text, service, report);
	measures_strike(measures, measure, why);
	return true;
}

static int
trial_rounds(struct prong_service *service, struct text *message)
{
	for (int i = 0; i <= MEASURE_COUNT; i++) {
		struct report report = { 0 };
		int rc = trial_once(service, &report);

		if (rc < 0) {
			text_printf(
			    message, "cannot start a process: %s\n", text_errno(-rc));
			return rc;
		}
		if (report.stage == STAGE_NONE)
			return 0;
		if (!trial_strike(service, &report))
			return trial_fail(service, &report, message);
		rc = prepare_again(service, message);
		if (rc < 0)
			return rc;
	}
	return -ELOOP;
}

/* All that is missing at once, and not one after another. */
static int
trial_require(const struct prong_service *service, struct text *message)
{
	size_t before = message->used;

	isolation_put_missing_lines(message, service, "isolation-required: ");
	return message->used == before ? 0 : -EOPNOTSUPP;
}

int
trial_run(struct prong_service *service, struct text *message)
{
	int rc;

	service->is_tried = is_tried(service);
	rc = service->is_tried ? 0 : trial_rounds(service, message);
	if (rc == 0 && service->settings.isolation_required)
		rc = trial_require(service, message);
	if (rc == 0) {
		isolation_what(service);
		isolation_doubt(service);
	}
	service->is_tried = rc == 0;
	return rc;
}
