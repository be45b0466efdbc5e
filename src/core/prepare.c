#include "prepare.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "engine.h"
#include "environment.h"
#include "listener.h"
#include "names.h"
#include "prepare_admission.h"
#include "prepare_doubt.h"
#include "prepare_env.h"
#include "prepare_isolation.h"
#include "prepare_limits.h"
#include "prepare_own_ids.h"
#include "prepare_preset.h"
#include "prepare_spare.h"
#include "prepare_vain.h"
#include "program.h"
#include "rooted.h"
#include "same_ids.h"

static int
prepare_groups(
    struct prong_service *service, const struct names_user *user, struct text *message)
{
	const struct setting_list *words = &service->settings.groups;
	struct plan *plan = &service->plan;
	int rc;

	if (words->count == 0) {
		rc = names_groups_of(
		    user, plan->gid, &service->groups, &plan->group_count);
		plan->groups = service->groups;
		return rc;
	}
	service->groups = calloc(words->count, sizeof(*service->groups));
	if (service->groups == NULL)
		return -ENOMEM;
	plan->groups = service->groups;
	if (words->count == 1 && strcmp(words->words[0], "none") == 0)
		return 0;
	for (size_t i = 0; i < words->count; i++) {
		rc = names_group("groups", words->words[i], &service->groups[i], message);
		if (rc < 0)
			return rc;
		plan->group_count++;
	}
	return 0;
}

/* Ids that are asked for are set whole: real, effective and saved, with exactly these
 * supplementary groups. */
static int
prepare_ids(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	struct plan *plan = &service->plan;
	struct names_user user = { .uid = geteuid(), .gid = getegid() };
	int rc = prepare_own_ids(service, message);

	if (rc < 0)
		return rc;
	if (!prepare_preset_user(service, &user) && settings->user == NULL &&
	    settings->group == NULL && settings->groups.count == 0)
		return 0;
	if (settings->user != NULL) {
		rc = names_user("user", settings->user, &user, message);
		if (rc < 0)
			return rc;
	}
	plan->has_ids = true;
	plan->uid = user.uid;
	plan->gid = user.gid;
	if (settings->group != NULL) {
		rc = names_group("group", settings->group, &plan->gid, message);
		if (rc < 0)
			return rc;
	}
	rc = prepare_env_user(service, &user);
	if (rc == 0)
		rc = prepare_groups(service, &user, message);
	plan->is_prongs_own = rc == 0 && same_ids_are(plan);
	return rc;
}

static int
argv_copy(struct prong_service *service)
{
	const struct setting_list *words = &service->settings.program;

	for (size_t i = 0; i < words->count; i++) {
		int rc = setting_list_add(&service->argv, words->words[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The relay gets the program's path and whole argv behind its own mode. */
static int
argv_begin_relay(struct prong_service *service)
{
	static const char *const modes[] = { [PTY_RAW] = "raw", [PTY_COOKED] = "cooked" };
	const char *words[] = { "prong-pty", modes[service->settings.pty],
		service->path };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		int rc = setting_list_add(&service->argv, words[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
prepare_builtin(struct prong_service *service, struct text *message)
{
	int rc = program_check_builtin(&service->settings.program, message);

	if (rc < 0)
		return rc;
	if (service->settings.pty != PTY_NO) {
		text_put(message, "pty: a built-in needs no terminal; leave it out\n");
		return -EINVAL;
	}
	service->plan.image_fd = service->server->nursery.image_fd;
	service->is_builtin = true;
	if (service->settings.stderr_to == STDERR_LOG &&
	    program_is_silent(service->settings.program.words[0]))
		service->stderr_to = STDERR_NULL;
	return argv_copy(service);
}

static int
prepare_file(struct prong_service *service, struct text *message)
{
	const char *search = prepare_env_value(&service->settings, "PATH");
	const char *root = service->settings.root;
	char seen[PATH_MAX];
	int rc = program_find_below(root, service->settings.program.words[0],
	    search == NULL ? PREPARE_PATH : search, &service->path, message);

	if (rc < 0)
		return rc;
	if (!program_has_format(rooted_path(root, service->path, seen)))
		engine_tell(service->server, EVENT_WARNING, service->name,
		    "the program is neither ELF nor a script that begins with #!: the kernel "
		    "will probably refuse to run it; a shell script needs a first line "
		    "#!/bin/sh");
	if (service->settings.pty != PTY_NO) {
		service->plan.image_fd = service->server->nursery.image_fd;
		rc = argv_begin_relay(service);
		if (rc < 0)
			return rc;
	}
	service->plan.path = service->path;
	return argv_copy(service);
}

/* Found as any program, but it is another setting that names it. */
static int
prepare_policy(struct prong_service *service, struct text *message)
{
	static const char before[] = "program: ";
	char lines[1024] = "";
	struct text own = TEXT_ON(lines);
	int rc = prepare_file(service, &own);

	if (strncmp(lines, before, strlen(before)) == 0) {
		text_put(message, "policy: ");
		text_put(message, lines + strlen(before));
	}
	return rc;
}

static int
prepare_program(struct prong_service *service, struct text *message)
{
	struct setting_list *words = &service->settings.program;
	int rc;

	if (service->handler != NULL)
		return 0;
	if (words->count == 0 && (rc = setting_list_add(words, "@echo")) < 0)
		return rc;
	rc = service->is_asker           ? prepare_policy(service, message)
	     : words->words[0][0] == '@' ? prepare_builtin(service, message)
					 : prepare_file(service, message);
	service->plan.argv = service->argv.words;
	return rc;
}

/* Raw, for libc hides the two signals it uses itself, which may be ignored as well. */
static bool
is_ignored(int number)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = { 0 };

	return syscall(SYS_rt_sigaction, number, NULL, &action, sizeof(uint64_t)) == 0 &&
	       action.handler == (void *)SIG_IGN;
}

uint64_t
prepare_ignored_signals(void)
{
	uint64_t ignored = 0;

	for (int i = 1; i <= 64; i++)
		if (is_ignored(i))
			ignored |= 1ULL << (i - 1);
	return ignored;
}

static int
prepare_banner(const struct prong_service *service, struct text *message)
{
	if (service->settings.banner.length <= 4096 &&
	    service->settings.refuse_text.length <= 4096)
		return 0;
	text_put(message,
	    "banner, refuse-text: at most 4096 bytes, so that sending cannot block\n");
	return -E2BIG;
}

/* What an earlier try, that failed, has left. */
static void
prepare_forget(struct prong_service *service)
{
	setting_list_done(&service->argv);
	setting_list_done(&service->environment);
	free_text(&service->path);
	free(service->groups);
	service->groups = NULL;
}

int
prepare_service(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	int rc, worst = 0;

	service->plan = (struct plan){
		.image_fd = -1,
		.ignored_signals = service->server->ignored_signals,
		.umask = settings->umask,
		.dir = settings->dir,
		.has_nice = settings->nice.is_set,
		.nice = settings->nice.value,
		.bound_to = settings->orphans == ORPHANS_KILL ? getpid() : 0,
	};
	service->is_builtin = false;
	service->stderr_to = (enum stderr_to)settings->stderr_to;
	prepare_forget(service);
	service->isolation.measures = (struct measures){ 0 };
	if ((rc = isolation_want(service, message)) < 0)
		worst = rc;
	if ((rc = prepare_limits(service, message)) < 0)
		worst = rc;
	prepare_preset_limits(service);
	if ((rc = prepare_env(service)) < 0)
		worst = rc;
	if (settings->env.count > ENVIRONMENT_OWN_MOST) {
		text_printf(message, "env: %zu variables are more than %d\n",
		    settings->env.count, ENVIRONMENT_OWN_MOST);
		worst = -E2BIG;
	}
	if ((rc = prepare_program(service, message)) < 0)
		worst = rc;
	if ((rc = prepare_ids(service, message)) < 0) {
		worst = rc;
		text_put_char(message, '\n');
	}
	if ((rc = prepare_isolation(service, message)) < 0)
		worst = rc;
	if ((rc = prepare_banner(service, message)) < 0)
		worst = rc;
	if ((rc = prepare_spare_check(service, message)) < 0)
		worst = rc;
	if (service->base == NULL) {
		if ((rc = door_prepare(service, message)) < 0)
			worst = rc;
		else
			prepare_doubt(service);
		prepare_vain(service);
	}
	if (service->base == NULL && (rc = prepare_admission_check(service, message)) < 0)
		worst = rc;
	return worst;
}

/* As far as it depends on measures: of the user also what the environment says. */
int
prepare_again(struct prong_service *service, struct text *message)
{
	const struct measures *measures = &service->isolation.measures;
	struct plan *plan = &service->plan;
	int rc = isolation_want(service, message);

	plan->limit_count = 0;
	if (rc == 0)
		rc = prepare_limits(service, message);
	prepare_preset_limits(service);
	if (rc == 0 && measures->of[MEASURE_USER].standing == STANDING_MISSING &&
	    plan->has_ids) {
		plan->has_ids = false;
		setting_list_done(&service->environment);
		rc = prepare_env(service);
	}
	return rc < 0 ? rc : prepare_isolation(service, message);
}

static bool
are_limits_alike(const struct plan *a, const struct plan *b)
{
	if (a->limit_count != b->limit_count)
		return false;
	for (size_t i = 0; i < a->limit_count; i++)
		if (a->limits[i].resource != b->limits[i].resource ||
		    a->limits[i].value.rlim_cur != b->limits[i].value.rlim_cur ||
		    a->limits[i].value.rlim_max != b->limits[i].value.rlim_max)
			return false;
	return true;
}

static bool
are_ids_alike(const struct plan *a, const struct plan *b)
{
	return a->has_ids == b->has_ids && a->uid == b->uid && a->gid == b->gid &&
	       a->group_count == b->group_count &&
	       (a->group_count == 0 || memcmp(a->groups, b->groups,
					   a->group_count * sizeof(*a->groups)) == 0);
}

static bool
are_dirs_alike(const struct plan *a, const struct plan *b)
{
	if (a->dir == NULL || b->dir == NULL)
		return a->dir == b->dir;
	return strcmp(a->dir, b->dir) == 0;
}

bool
prepare_is_alike(const struct plan *a, const struct plan *b)
{
	/* What takes hold is found out by trying, for each service. */
	return a->isolation == NULL && b->isolation == NULL && are_limits_alike(a, b) &&
	       are_ids_alike(a, b) && are_dirs_alike(a, b) &&
	       a->has_nice == b->has_nice && a->nice == b->nice && a->umask == b->umask &&
	       a->bound_to == b->bound_to && a->ignored_signals == b->ignored_signals &&
	       (a->image_fd < 0) == (b->image_fd < 0);
}

int
prepare_check_listeners(const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	const char *name = settings->idle_timeout > 0         ? "idle-timeout"
			   : settings->first_byte_timeout > 0 ? "first-byte-timeout"
							      : NULL;

	for (size_t i = 0; name != NULL && i < service->listener_count; i++) {
		const struct listener *listener = &service->listeners[i];

		if (addr_is_ip(&listener->bound.addr))
			continue;
		text_printf(message,
		    "%s: cannot be had on %s: only of TCP does the kernel count bytes; "
		    "session-timeout works everywhere\n",
		    name, listener->name);
		return -EOPNOTSUPP;
	}
	prepare_doubt_listeners(service);
	return prepare_admission_check_listeners(service, message);
}
