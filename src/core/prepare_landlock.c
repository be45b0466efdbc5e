#include "prepare_isolation.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "engine.h"
#include "landlock.h"
#include "loader.h"
#include "path.h"
#include "version.h"

/* A script's interpreter may be a script again: the kernel follows as many. */
#define INTERPRETERS 5

static const enum measure all[] = { MEASURE_FILES, MEASURE_PORTS, MEASURE_SCOPE };

static bool
is_wanted(const struct prong_service *service, enum measure measure)
{
	return measure_is_wanted(&service->isolation.measures, measure);
}

/* ---- whether there is Landlock --------------------------------------------------- */

static int
miss_one(struct prong_service *service, enum measure measure, const char *why,
    struct text *message)
{
	return is_wanted(service, measure)
		   ? isolation_miss(service, measure, why, message)
		   : 0;
}

static int
miss_all(struct prong_service *service, int error, struct text *message)
{
	char why[160];
	int rc, worst = 0;

	if (error == ENOSYS)
		(void)snprintf(why, sizeof(why),
		    "the kernel has no Landlock, or hides it: Linux 5.13 with "
		    "CONFIG_SECURITY_LANDLOCK has it");
	else if (error == EOPNOTSUPP)
		(void)snprintf(why, sizeof(why),
		    "Landlock was left out when the kernel was booted: lsm=landlock,... "
		    "on its command line");
	else
		(void)snprintf(
		    why, sizeof(why), "Landlock cannot be used: %s", text_errno(error));
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if ((rc = miss_one(service, all[i], why, message)) < 0)
			worst = rc;
	return worst;
}

static int
miss_later(struct prong_service *service, int abi, struct text *message)
{
	char why[160];
	int rc, worst = 0;

	if (!access_has_ports(abi)) {
		(void)snprintf(why, sizeof(why),
		    "Landlock ABI %d knows no ports: Linux 6.7 does", abi);
		worst = miss_one(service, MEASURE_PORTS, why, message);
	}
	if (!access_has_scope(abi)) {
		(void)snprintf(why, sizeof(why),
		    "Landlock ABI %d knows no scope: Linux 6.12 does", abi);
		if ((rc = miss_one(service, MEASURE_SCOPE, why, message)) < 0)
			worst = rc;
	}
	return worst;
}

/* ---- the program itself ---------------------------------------------------------- */

/* Where the paths of the settings begin, as they are seen from here. */
static const char *
root_of(const struct prong_service *service)
{
	return service->settings.root;
}

static int
open_to_read(const char *root, const char *path)
{
	char name[64];
	cleanup_(close_fd) int fd = landlock_open(root, path);

	if (fd < 0)
		return fd;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* The file, and each that the kernel starts in its place. */
static int
allow_program(struct prong_service *service, const char *path)
{
	char names[2][PATH_MAX];
	int rc = 0;

	for (int i = 0; rc == 0 && i < INTERPRETERS; i++) {
		cleanup_(close_fd) int fd = open_to_read(root_of(service), path);

		rc = access_add(&service->isolation.access, ACCESS_EXECUTE, path, true);
		if (fd < 0 || !loader_find(fd, names[i % 2], sizeof(names[0])))
			return rc;
		path = names[i % 2];
	}
	return rc;
}

/* Where there are no executable memfds the built-ins are a file; and of @qotd's words one
 * is a file to read. */
static int
allow_builtin(struct prong_service *service)
{
	static const char image[] = PRONG_LIBEXECDIR "/prong-builtin";
	struct access *access = &service->isolation.access;
	const struct setting_list *words = &service->settings.program;
	int rc = 0;

	if (service->plan.image_fd >= 0 || service->settings.start != START_FRESH)
		rc = access_add(access, ACCESS_EXECUTE, image, true);
	if (rc == 0 && service->is_builtin && words->count > 1)
		rc = access_add(access, ACCESS_READ, words->words[1], true);
	return rc;
}

/* ---- paths of this machine ------------------------------------------------------- */

/* In a small file system of the session's own, that is empty when it begins? */
static bool
is_private(const struct prong_service *service, const char *path)
{
	const struct plan_mounts *mounts = service->isolation.cell_plan.mounts;

	for (size_t i = 0; mounts != NULL && i < mounts->count; i++)
		if (mounts->all[i].kind == MOUNT_PRIVATE &&
		    path_is_within(path, mounts->all[i].path))
			return true;
	return false;
}

static int
check_paths(const struct prong_service *service, const char *setting,
    const struct setting_list *list, struct text *message)
{
	int worst = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->words[i];
		cleanup_(close_fd) int fd = -1;

		if (word[0] != '/' || is_private(service, word))
			continue;
		fd = landlock_open(root_of(service), word);
		if (fd >= 0)
			continue;
		worst = fd;
		text_printf(message, "%s: '", setting);
		text_put_quoted(message, word, strlen(word));
		text_printf(message, "'%s%s: %s\n",
		    root_of(service) != NULL ? " in " : "",
		    root_of(service) != NULL ? root_of(service) : "", text_errno(-fd));
	}
	return worst;
}

static int
allow_private(struct prong_service *service)
{
	const struct plan_mounts *mounts = service->isolation.cell_plan.mounts;
	struct access *access = &service->isolation.access;
	int rc = 0;

	for (size_t i = 0; i < access->ruleset.rule_count; i++)
		if (is_private(service, access->rules[i].path))
			access->rules[i].is_optional = true;
	for (size_t i = 0; rc == 0 && mounts != NULL && i < mounts->count; i++)
		if (mounts->all[i].kind == MOUNT_PRIVATE)
			rc = access_add(access, ACCESS_WRITE, mounts->all[i].path, true);
	return rc;
}

/* What needs no word: the preset knows neither the program nor its directory. */
static int
allow_own(struct prong_service *service)
{
	const struct settings *settings = &service->settings;
	int rc = allow_builtin(service);

	if (rc == 0 && service->path != NULL)
		rc = allow_program(service, service->path);
	if (rc == 0 && settings->isolation == ISOLATION_STRICT && settings->dir != NULL)
		rc = access_add(
		    &service->isolation.access, ACCESS_EXECUTE, settings->dir, true);
	return rc < 0 ? rc : allow_private(service);
}

static int
prepare_files(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	const struct {
		const char *name;
		const struct setting_list *list;
	} lists[] = {
		{ "read", &settings->read },
		{ "write", &settings->write },
		{ "execute", &settings->execute },
	};
	struct access *access = &service->isolation.access;
	struct text why = TEXT_ON(service->isolation.measures.of[MEASURE_FILES].why);
	int rc, worst = access_files(access, settings);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if ((rc = check_paths(service, lists[i].name, lists[i].list, message)) <
		    0)
			worst = rc;
	access_put_missing(&why, access->abi);
	rc = allow_own(service);
	return rc < 0 ? rc : worst;
}

/* ---- the ruleset ----------------------------------------------------------------- */

static int
make_ruleset(struct prong_service *service, struct text *message)
{
	struct isolation *isolation = &service->isolation;
	struct plan_ruleset *ruleset = &isolation->access.ruleset;
	int rc;

	if (ruleset->files == 0 && ruleset->ports == 0 && ruleset->scoped == 0)
		return 0;
	isolation->plan.ruleset = ruleset;
	if (isolation->cell_plan.mounts != NULL) {
		isolation->cell_plan.ruleset = ruleset;
		return 0;
	}
	ruleset->root = root_of(service);
	rc = landlock_make(ruleset, &isolation->plan.ruleset_fd);
	if (rc < 0)
		text_printf(
		    message, "a Landlock ruleset cannot be made: %s\n", text_errno(-rc));
	return rc;
}

/* A preset's scope, struck out before or not: what is left of it where it is missing. */
static bool
may_enclose(const struct prong_service *service)
{
	const struct measures *measures = &service->isolation.measures;

	return measures->of[MEASURE_SCOPE].wish == WISH_PRESET &&
	       !measures->is_unenclosed;
}

/* What is left of a scope that is missing: who is in a domain of its own traces nobody
 * outside, nor opens what /proc has for those who may. */
static void
tell_left(struct prong_service *service)
{
	struct measure_state *scope = &service->isolation.measures.of[MEASURE_SCOPE];

	if (scope->standing == STANDING_MISSING)
		(void)snprintf(scope->what, sizeof(scope->what), "%s",
		    service->isolation.access.ruleset.files != 0 ? "tracing" : "");
}

int
prepare_landlock(struct prong_service *service, struct text *message)
{
	struct access *access = &service->isolation.access;
	int rc, worst, abi;

	tell_left(service);
	if (!is_wanted(service, MEASURE_FILES) && !is_wanted(service, MEASURE_PORTS) &&
	    !is_wanted(service, MEASURE_SCOPE) && !may_enclose(service))
		return 0;
	abi = landlock_abi();
	if (abi < 0)
		return miss_all(service, -abi, message);
	access_init(access, abi);
	worst = miss_later(service, abi, message);
	if (is_wanted(service, MEASURE_FILES) &&
	    (rc = prepare_files(service, message)) < 0)
		worst = rc;
	if (is_wanted(service, MEASURE_PORTS) &&
	    (rc = access_ports(access, &service->settings)) < 0)
		worst = rc;
	if (is_wanted(service, MEASURE_SCOPE))
		access_scope(access, &service->settings);
	else if (!access_has_scope(abi) && may_enclose(service) &&
		 (rc = access_enclose(access)) < 0)
		worst = rc;
	tell_left(service);
	return worst < 0 ? worst : make_ruleset(service, message);
}

void
prepare_landlock_done(struct prong_service *service)
{
	struct isolation *isolation = &service->isolation;

	if (isolation->access.abi == 0) /* never made: the plan is all zero, or empty */
		return;
	isolation->plan.ruleset = NULL;
	isolation->cell_plan.ruleset = NULL;
	close_fd(&isolation->plan.ruleset_fd);
	access_done(&isolation->access);
}
