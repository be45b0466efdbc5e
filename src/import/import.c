#include "import.h"

#include <string.h>

#include "import_file.h"
#include "inetd.h"
#include "systemd.h"
#include "xinetd.h"
#include "words.h"

/* One run. */
struct run {
	struct draft draft;
	char *const *paths;
	size_t count;
	bool is_unread; /* some file could not be read, or had nothing in it */
	bool is_read;   /* some could */
};

/* What somebody has named and that is empty is hardly the file that was meant. */
static const char *
read_text(struct run *run, const char *path, bool is_named)
{
	const char *text = import_file_read(&run->draft, path);

	if (text != NULL && is_named && !run->draft.store.is_exhausted &&
	    text[strspn(text, " \t\r\n\f\v")] == '\0') {
		draft_complain(&run->draft, path, 0, "the file is empty");
		text = NULL;
	}
	if (text == NULL)
		run->is_unread = true;
	else
		run->is_read = true;
	return text;
}

static void
complain_of_empty(struct run *run, const char *path)
{
	draft_complain(&run->draft, path, 0, "no file to be read is in this directory");
	run->is_unread = true;
}

/* ---- inetd ------------------------------------------------------------------------ */

static void
read_inetd_file(struct run *run, const char *path, bool is_named)
{
	const char *text = read_text(run, path, is_named);

	if (text != NULL)
		inetd_read(&run->draft, path, text);
}

static void
run_inetd(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct words names = { .count = 0 };

		if (!import_file_list(&run->draft, run->paths[i], &names)) {
			read_inetd_file(run, run->paths[i], true);
			continue;
		}
		for (size_t j = 0; j < names.count; j++)
			read_inetd_file(run, names.at[j], false);
		if (names.count == 0)
			complain_of_empty(run, run->paths[i]);
	}
}

/* ---- xinetd ----------------------------------------------------------------------- */

static void
read_xinetd_file(struct xinetd *xinetd, const char *path, bool is_named)
{
	const char *text = read_text(xinetd->context, path, is_named);

	if (text != NULL)
		xinetd_read(xinetd, path, text);
}

/* Names with a dot or a ~ at the end are none of xinetd's.  False: there is no other. */
static bool
read_xinetd_files(struct xinetd *xinetd, const struct words *names)
{
	bool is_any = false;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = strrchr(names->at[i], '/') + 1;

		if (strchr(name, '.') != NULL || name[strlen(name) - 1] == '~')
			continue;
		is_any = true;
		read_xinetd_file(xinetd, names->at[i], false);
	}
	return is_any;
}

static void
include_xinetd(struct xinetd *xinetd, const char *path, bool is_directory)
{
	struct run *run = xinetd->context;
	struct words names = { .count = 0 };

	if (import_file_list(&run->draft, path, &names)) {
		(void)read_xinetd_files(xinetd, &names);
		return;
	}
	if (!is_directory) {
		read_xinetd_file(xinetd, path, false);
		return;
	}
	draft_complain(&run->draft, path, 0, "not a directory that can be read");
	run->is_unread = true;
}

static void
run_xinetd(struct run *run)
{
	struct xinetd xinetd = {
		.draft = &run->draft,
		.include = include_xinetd,
		.context = run,
	};

	for (size_t i = 0; i < run->count; i++) {
		struct words names = { .count = 0 };

		if (!import_file_list(&run->draft, run->paths[i], &names))
			read_xinetd_file(&xinetd, run->paths[i], true);
		else if (!read_xinetd_files(&xinetd, &names))
			complain_of_empty(run, run->paths[i]);
	}
	xinetd_finish(&xinetd);
}

/* ---- sockets ---------------------------------------------------------------------- */

static bool
read_unit(struct run *run, const char *path, bool is_named, struct unit_file *unit)
{
	struct words drop_ins = { .count = 0 };
	const char *text = read_text(run, path, is_named);
	const char *folder = store_printf(&run->draft.store, "%s.d", path);

	if (text == NULL)
		return false;
	unit_file_read(unit, &run->draft, path, text);
	if (!import_file_list(&run->draft, folder, &drop_ins))
		return true;
	for (size_t i = 0; i < drop_ins.count; i++) {
		size_t length = strlen(drop_ins.at[i]);

		if (length < 5 || strcmp(drop_ins.at[i] + length - 5, ".conf") != 0)
			continue;
		text = read_text(run, drop_ins.at[i], false);
		if (text != NULL)
			unit_file_read(unit, &run->draft, drop_ins.at[i], text);
	}
	return true;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void
read_socket(struct run *run, const char *path)
{
	static const char suffix[] = ".socket";
	struct unit_file socket = { .path = NULL }, service = { .path = NULL };
	const char *base = base_name(path), *name, *service_path;
	size_t length = strlen(base);

	if (length < sizeof(suffix) ||
	    strcmp(base + length - (sizeof(suffix) - 1), suffix) != 0) {
		draft_complain(&run->draft, path, 0,
		    "not a .socket unit; its service is found by itself");
		run->is_unread = true;
		return;
	}
	if (!read_unit(run, path, true, &socket))
		return;
	name = store_copy(&run->draft.store, base, length - (sizeof(suffix) - 1));
	service_path = import_file_find(
	    &run->draft, path, systemd_service_name(&run->draft, name, &socket));
	if (service_path != NULL && !read_unit(run, service_path, false, &service))
		service_path = NULL;
	systemd_read(&run->draft, name, &socket, service_path == NULL ? NULL : &service);
}

static void
run_socket(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		read_socket(run, run->paths[i]);
}

/* ---- all -------------------------------------------------------------------------- */

enum import_status
import_run(const char *kind, char *const paths[], size_t count, FILE *out, FILE *messages)
{
	static const struct {
		const char *name, *title;
		void (*run)(struct run *);
	} kinds[] = {
		{ "inetd", "inetd.conf", run_inetd },
		{ "xinetd", "xinetd.conf", run_xinetd },
		{ "socket", N_("systemd's units"), run_socket },
	};
	struct run run = { .paths = paths, .count = count };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kind == NULL || strcmp(kinds[i].name, kind) != 0 || count == 0)
			continue;
		draft_init(&run.draft, kinds[i].title, messages);
		kinds[i].run(&run);
		if (run.is_read)
			r = draft_print(&run.draft, out);
		draft_done(&run.draft);
		if (r < 0)
			(void)fprintf(messages, _("prong: import: out of memory\n"));
		if (fflush(out) != 0 || ferror(out)) {
			(void)fprintf(
			    messages, "prong: import: %s\n", words_error(errno));
			r = -EIO;
		}
		return r < 0 || run.is_unread ? IMPORT_FAILED : IMPORT_DONE;
	}
	(void)fprintf(messages, _("usage: prong import %s FILE...\n"), IMPORT_KINDS);
	return IMPORT_USAGE;
}
