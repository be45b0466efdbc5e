#include "isolation_doubt.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine.h"
#include "loader.h"
#include "path.h"
#include "prepare_env.h"
#include "presets.h"
#include "program.h"

static bool
is_wanted(const struct prong_service *service, enum measure measure)
{
	return measure_is_wanted(&service->isolation.measures, measure);
}

static void
warn(const struct prong_service *service, const char *text)
{
	engine_tell(service->server, EVENT_WARNING, service->name, text);
}

/* ---- where it lies --------------------------------------------------------------- */

/* May what lies beside it be read as well?  The file itself always may. */
static bool
is_reached(const struct prong_service *service, const char *path)
{
	const struct plan_ruleset *ruleset = &service->isolation.access.ruleset;

	for (size_t i = 0; i < ruleset->rule_count; i++) {
		cleanup_(free_text) char *folder = realpath(ruleset->rules[i].path, NULL);

		if (folder != NULL && strcmp(folder, path) != 0 &&
		    path_is_within(path, folder))
			return true;
	}
	return false;
}

/* The first line of a script behind "#!"; false: it is none. */
static bool
first_line(const char *path, char *line, size_t size)
{
	cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, line, size - 1);

	if (length < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	memmove(line, line + 2, strlen(line + 2) + 1);
	return true;
}

/* What reads it, through env(1) as well; NULL: it is no script, or that is not to be
 * found. */
static char *
interpreter_of(const struct prong_service *service)
{
	const char *search = prepare_env_value(&service->settings, "PATH");
	char line[256], *rest = line, *word, why[256];
	cleanup_(free_text) char *found = NULL;
	struct text nobody = TEXT_ON(why);

	if (!first_line(service->path, line, sizeof(line)))
		return NULL;
	rest += strspn(rest, " \t");
	word = strsep(&rest, " \t");
	if (rest == NULL || strcmp(basename(word), "env") != 0)
		return realpath(word, NULL);
	word = strsep(&rest, " \t");
	if (program_find(word, search == NULL ? PREPARE_PATH : search, &found, &nobody) <
	    0)
		return NULL;
	return realpath(found, NULL);
}

static void
doubt_interpreter(const struct prong_service *service)
{
	cleanup_(free_text) char *path = interpreter_of(service);
	char line[PATH_MAX + 256];
	struct text text = TEXT_ON(line);

	if (path == NULL || is_reached(service, path))
		return;
	text_put(&text, "the program is read by ");
	text_put_quoted(&text, path, strlen(path));
	text_put(&text, ", and what lies there may not be read: it will hardly run; "
			"'execute' allows a folder");
	warn(service, line);
}

/* Libraries lie beside the dynamic loader, wherever it is. */
static void
doubt_libraries(const struct prong_service *service)
{
	char path[PATH_MAX], line[PATH_MAX + 256];
	cleanup_(close_fd) int fd = open(service->path, O_RDONLY | O_CLOEXEC);
	cleanup_(free_text) char *loader = NULL;
	struct text text = TEXT_ON(line);

	if (fd < 0 || first_line(service->path, path, sizeof(path)) ||
	    !loader_find(fd, path, sizeof(path)))
		return;
	loader = realpath(path, NULL);
	if (loader == NULL || is_reached(service, loader))
		return;
	text_put(&text, "the program's libraries are where ");
	text_put_quoted(&text, loader, strlen(loader));
	text_put(&text,
	    " is, and may not be read: it will hardly run; 'read: @system' allows "
	    "what the system is made of");
	warn(service, line);
}

/* ---- whose it is ----------------------------------------------------------------- */

static bool
may_enter(const struct stat *info, const struct plan *plan)
{
	mode_t bit = info->st_uid == plan->uid   ? S_IXUSR
		     : info->st_gid == plan->gid ? S_IXGRP
						 : S_IXOTH;

	return (info->st_mode & bit) != 0;
}

/* Of all that leads to the program the first that its user may not go through. */
static bool
find_closed(const struct prong_service *service, char path[static PATH_MAX])
{
	char *end = path;
	struct stat info;

	if (realpath(service->path, path) == NULL)
		return false;
	while (end != NULL) {
		end = strchr(end + 1, '/');
		if (end != NULL)
			*end = '\0';
		if (stat(path, &info) == 0 && !may_enter(&info, &service->plan))
			return true;
		if (end != NULL)
			*end = '/';
	}
	return false;
}

bool
isolation_doubt_program(const struct prong_service *service, struct text *text)
{
	char path[PATH_MAX];

	if (service->path == NULL || service->settings.root != NULL ||
	    service->isolation.measures.of[MEASURE_USER].wish != WISH_PRESET ||
	    !is_wanted(service, MEASURE_USER) || !find_closed(service, path))
		return false;
	text_put(text, "'");
	text_put_quoted(text, path, strlen(path));
	text_printf(text,
	    "' is closed to '%s', whom isolation makes it; 'user' names "
	    "another",
	    presets_user(&service->settings));
	return true;
}

void
isolation_doubt(const struct prong_service *service)
{
	const struct settings *settings = &service->settings;

	if (settings->isolation_required && settings->isolation == ISOLATION_NONE &&
	    service->plan.isolation == NULL)
		warn(service, "isolation-required: nothing is asked for that could be "
			      "missing; 'isolation' asks for much at once");
	if (service->path != NULL && settings->root == NULL &&
	    is_wanted(service, MEASURE_FILES)) {
		doubt_interpreter(service);
		doubt_libraries(service);
	}
}
