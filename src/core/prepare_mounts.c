#include "prepare_isolation.h"

#include <limits.h>
#include <string.h>

#include "path.h"
#include "presets.h"
#include "program.h"
#include "rooted.h"

static const char *const private_places[] = { "/tmp", "/var/tmp", "/dev/shm" };

/* A directory entry costs memory of the kernel that no size counts. */
#define BYTES_PER_ENTRY 4096
#define ENTRIES_LEAST 256

/* ---- what cannot be meant -------------------------------------------------------- */

static int
path_wrong(struct text *message, const char *setting, const char *path, const char *why)
{
	text_printf(message, "%s: '", setting);
	text_put_quoted(message, path, strlen(path));
	text_printf(message, "' %s\n", why);
	return -EINVAL;
}

static int
check_hidden(const struct prong_service *service, const char *path, struct text *message)
{
	const struct settings *settings = &service->settings;

	if (path[strspn(path, "/")] == '\0')
		return path_wrong(message, "hide", path, "is all there is");
	if (service->path != NULL && path_is_within(service->path, path))
		return path_wrong(message, "hide", path, "has the program in it");
	if (settings->dir != NULL && path_is_within(settings->dir, path))
		return path_wrong(
		    message, "hide", path, "has the directory of dir in it");
	for (size_t i = 0; i < settings->write.count; i++) {
		if (path_is_within(settings->write.words[i], path))
			return path_wrong(message, "hide", path,
			    "has something in it that write names: leave one of them out");
		if (path_is_within(path, settings->write.words[i]))
			return path_wrong(message, "hide", path,
			    "is in what write names, where a session could move it for "
			    "the next one: leave one of them out");
	}
	return 0;
}

/* The place itself is there, another one. */
static bool
is_lost(const struct settings *settings, const char *path)
{
	if (presets_private_tmp(settings) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(private_places); i++)
		if (path_is_within(path, private_places[i]) &&
		    !path_is_within(private_places[i], path))
			return true;
	return false;
}

static int
check_lost(const struct settings *settings, const char *setting, const char *path,
    struct text *message)
{
	if (!is_lost(settings, path))
		return 0;
	return path_wrong(message, setting, path,
	    "will not be there, for a private one takes the place of the directory: say "
	    "private-tmp: 0");
}

/* Behind its links, if it is not in another root. */
static int
check_program(const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	char seen[PATH_MAX], real[PATH_MAX], interpreter[256];
	const char *path = service->path;
	int rc;

	if (path == NULL)
		return 0;
	rc = check_lost(settings, "program", path, message);
	if (rc == 0 && settings->root == NULL && realpath(path, real) != NULL)
		rc = check_lost(settings, "program", real, message);
	if (rc == 0 && program_interpreter(rooted_path(settings->root, path, seen),
			   interpreter, sizeof(interpreter)))
		rc = check_lost(settings, "program", interpreter, message);
	return rc;
}

static int
check_mounts(const struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	int rc, worst = 0;

	for (size_t i = 0; i < settings->hide.count; i++)
		if ((rc = check_hidden(service, settings->hide.words[i], message)) < 0)
			worst = rc;
	if ((rc = check_program(service, message)) < 0)
		worst = rc;
	if (settings->dir != NULL &&
	    (rc = check_lost(settings, "dir", settings->dir, message)) < 0)
		worst = rc;
	for (size_t i = 0; i < settings->write.count; i++)
		if ((rc = check_lost(
			 settings, "write", settings->write.words[i], message)) < 0)
			worst = rc;
	return worst;
}

/* ---- the list -------------------------------------------------------------------- */

static void
list_add(struct isolation *isolation, enum plan_mount_kind kind, const char *path)
{
	isolation->mount_list[isolation->mounts.count++] = (struct plan_mount){
		.kind = kind, .is_optional = kind == MOUNT_PRIVATE, .path = path
	};
}

/* Words that are no paths ("none", "@system") name nothing that may be written to; what
 * the session has of its own is writable anyway. */
static bool
is_kept(const struct settings *settings, const char *word)
{
	if (word[0] != '/')
		return false;
	for (size_t i = 0;
	     presets_private_tmp(settings) > 0 && i < ARRAY_SIZE(private_places); i++)
		if (path_is_within(word, private_places[i]))
			return false;
	return true;
}

static int
list_fill_writable(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	size_t count = 0;

	for (size_t i = 0; i < settings->write.count; i++) {
		if (!is_kept(settings, settings->write.words[i]))
			continue;
		if (++count > PLAN_WRITABLE_MOST) {
			text_printf(message,
			    "write: with read-only at most %d paths can stay writable\n",
			    PLAN_WRITABLE_MOST);
			return -E2BIG;
		}
		list_add(&service->isolation, MOUNT_WRITABLE, settings->write.words[i]);
	}
	return 0;
}

static int
list_fill(struct prong_service *service, struct text *message)
{
	const struct settings *settings = &service->settings;
	struct isolation *isolation = &service->isolation;

	for (size_t i = 0; i < settings->hide.count; i++)
		list_add(isolation, MOUNT_HIDDEN, settings->hide.words[i]);
	for (size_t i = 0;
	     presets_private_tmp(settings) > 0 && i < ARRAY_SIZE(private_places); i++)
		list_add(isolation, MOUNT_PRIVATE, private_places[i]);
	return presets_read_only(settings) ? list_fill_writable(service, message) : 0;
}

static void
private_describe(struct isolation *isolation, uint64_t bytes)
{
	struct text text = TEXT_ON(isolation->private_options);
	uint64_t entries = bytes / BYTES_PER_ENTRY;

	text_printf(&text, "mode=1777,size=%llu,nr_inodes=%llu",
	    (unsigned long long)bytes,
	    (unsigned long long)(entries < ENTRIES_LEAST ? ENTRIES_LEAST : entries));
}

int
prepare_mounts(struct prong_service *service, bool has_pids, struct text *message)
{
	const struct settings *settings = &service->settings;
	struct isolation *isolation = &service->isolation;
	int rc = check_mounts(service, message);

	if (rc < 0)
		return rc;
	isolation->mount_list = calloc(
	    settings->write.count + settings->hide.count + ARRAY_SIZE(private_places),
	    sizeof(*isolation->mount_list));
	if (isolation->mount_list == NULL)
		return -ENOMEM;
	isolation->mounts = (struct plan_mounts){
		.root = settings->root,
		.is_read_only = presets_read_only(settings),
		.has_proc = has_pids,
		.private_size = isolation->private_options,
		.all = isolation->mount_list,
	};
	private_describe(isolation, presets_private_tmp(settings));
	isolation->cell_plan.mounts = &isolation->mounts;
	return list_fill(service, message);
}

void
prepare_mounts_done(struct prong_service *service)
{
	service->isolation.cell_plan.mounts = NULL;
	free(service->isolation.mount_list);
	service->isolation.mount_list = NULL;
}
