#include "instances.h"

#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "base.h"
#include "text.h"
#include "words.h"

/* ---- one server -------------------------------------------------------------------- */

static int
read_server(const json_t *object, void *context)
{
	struct seen_server *server = context;

	if (json_object_get(object, "instance") != NULL)
		seen_server_read(server, object);
	return 0;
}

static int
ask_who(struct instance *instance, bool is_quiet)
{
	static const char *const words[] = { "status", NULL };
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_HELLO_MS,
		.each = read_server,
		.context = &instance->server };
	json_t *last = NULL;
	const char *error = NULL;
	int failed = wire_run(&instance->wire, &question, &last);

	if (failed == 0 && wire_is_last(last, &error) && error != NULL) {
		failed = -EACCES;
		if (!is_quiet)
			(void)fprintf(
			    stderr, "prong: %s: %s\n", instance->path, words_get(error));
	}
	json_decref(last);
	(void)getsockopt(instance->wire.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	instance->uid = peer.uid;
	return failed;
}

static bool
is_named(const struct seen_server *server, const char *name)
{
	uint64_t pid;

	return name == NULL || strcmp(server->name, name) == 0 ||
	       (text_parse_number(name, 1, INT_MAX, &pid) == 0 &&
		   (pid_t)pid == server->pid);
}

static int
add(struct instances *found, const struct instance *instance)
{
	void *grown = reallocarray(found->all, found->count + 1, sizeof(*found->all));

	if (grown == NULL)
		return -ENOMEM;
	found->all = grown;
	found->all[found->count++] = *instance;
	return 0;
}

/* What does not listen any more is passed over. */
static int
try_path(struct instances *found, const struct args *args, const char *path)
{
	struct instance instance = { .wire = { .fd = -1 } };
	int failed = wire_open(&instance.wire, path);

	(void)snprintf(instance.path, sizeof(instance.path), "%s", path);
	if (failed == 0)
		failed = ask_who(&instance, args->is_quiet);
	if (failed == -EACCES || failed == -EPERM)
		found->forbidden++;
	if (failed == 0 && is_named(&instance.server, args->instance))
		failed = add(found, &instance);
	else if (failed == 0)
		failed = -ESRCH;
	if (failed < 0)
		wire_close(&instance.wire);
	return failed;
}

/* ---- all of them ------------------------------------------------------------------- */

/* The i-th place to look.  Those of root are among them. */
static bool
place_at(unsigned i, char *pattern, size_t size)
{
	const bool is_root = geteuid() == 0;

	if (i == 0)
		(void)snprintf(pattern, size, "/run/prong");
	else if (i == 1 && is_root)
		(void)snprintf(pattern, size, "/run/user/*/prong");
	else if (i == 1)
		(void)snprintf(pattern, size, "/run/user/%ld/prong", (long)geteuid());
	else if (i == 2 && is_root)
		(void)snprintf(pattern, size, "/tmp/prong-*");
	else
		return !is_root && sockdir_candidate(i - 2, pattern, size);
	return true;
}

static bool
has(const struct instances *found, const char *path)
{
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->all[i].path, path) == 0)
			return true;
	return false;
}

static int
look_in(struct instances *found, const struct args *args, const char *folder)
{
	char pattern[SOCKDIR_PATH_BYTES + 16];
	glob_t paths = { 0 };
	int failed = 0;

	(void)snprintf(pattern, sizeof(pattern), "%s/*.sock", folder);
	if (glob(pattern, 0, NULL, &paths) == 0)
		for (size_t i = 0; i < paths.gl_pathc && failed != -ENOMEM; i++)
			if (!has(found, paths.gl_pathv[i]))
				failed = try_path(found, args, paths.gl_pathv[i]);
	globfree(&paths);
	return failed == -ENOMEM ? failed : 0;
}

static int
by_pid(const void *one, const void *other)
{
	const struct instance *a = one, *b = other;

	return (a->server.pid > b->server.pid) - (a->server.pid < b->server.pid);
}

int
instances_find(struct instances *found, const struct args *args)
{
	char folder[SOCKDIR_PATH_BYTES];
	int failed = 0;

	*found = (struct instances){ 0 };
	if (args->control != NULL) {
		failed = try_path(found, args, args->control);
		if (failed < 0 && failed != -ESRCH && failed != -ENOMEM &&
		    !args->is_quiet)
			(void)fprintf(stderr, "prong %s: %s: %s\n", args->name,
			    args->control, wire_mistake(failed));
		return failed == -ENOMEM ? failed : 0;
	}
	for (unsigned i = 0; failed == 0 && place_at(i, folder, sizeof(folder)); i++)
		failed = look_in(found, args, folder);
	if (found->count > 1)
		qsort(found->all, found->count, sizeof(*found->all), by_pid);
	return failed;
}

void
instances_done(struct instances *found)
{
	for (size_t i = 0; i < found->count; i++)
		wire_close(&found->all[i].wire);
	free(found->all);
	*found = (struct instances){ 0 };
}

/* ---- none, or too many ------------------------------------------------------------- */

static void
say_places(void)
{
	char folder[SOCKDIR_PATH_BYTES];
	const char *between = _("    looked in ");

	for (unsigned i = 0; place_at(i, folder, sizeof(folder)); i++) {
		(void)fprintf(stderr, "%s%s", between, folder);
		between = ", ";
	}
	(void)fputs(_("; --control PATH names another socket\n"), stderr);
}

/* Up to that column, with blanks on the left or on the right. */
static void
put_cell(const char *words, size_t width, bool is_right)
{
	const size_t used = text_columns(words);
	const int left = used < width ? (int)(width - used) : 0;

	(void)fprintf(
	    stderr, "%*s%s%*s", is_right ? left : 0, "", words, is_right ? 0 : left, "");
}

static void
put_row(const char *const cells[5])
{
	(void)fputs("    ", stderr);
	put_cell(cells[0], 8, true);
	put_cell(" ", 1, false);
	put_cell(cells[1], 16, false);
	put_cell(" ", 1, false);
	put_cell(cells[2], 10, false);
	put_cell(" ", 1, false);
	put_cell(cells[3], 8, true);
	(void)fprintf(stderr, "  %s\n", cells[4]);
}

static void
list(const struct instances *found)
{
	put_row((const char *const[]){
	    "PID", _("INSTANCE"), _("STATE"), _("SESSIONS"), _("CONFIGURATION") });
	for (size_t i = 0; i < found->count; i++) {
		const struct seen_server *server = &found->all[i].server;

		char pid[24], live[24];

		(void)snprintf(pid, sizeof(pid), "%ld", (long)server->pid);
		(void)snprintf(
		    live, sizeof(live), "%lld", (long long)server->numbers.live);
		put_row((const char *const[]){ pid, server->name,
		    seen_state(server->state), live,
		    server->config[0] == '\0' ? _("(command line)") : server->config });
	}
}

/* Which ones there would be without --instance. */
static void
list_others(const struct args *args)
{
	struct args all = *args;
	struct instances found;

	all.instance = NULL;
	if (instances_find(&found, &all) == 0 && found.count > 0)
		list(&found);
	instances_done(&found);
}

int
instances_need_some(const struct instances *found, const struct args *args)
{
	if (found->count > 0)
		return 0;
	if (args->instance != NULL) {
		(void)fprintf(stderr,
		    _("prong %s: no server that answers here is called '%s' or has that pid\n"),
		    args->name, args->instance);
		list_others(args);
		return -ESRCH;
	}
	if (args->control != NULL)
		return -ESRCH;
	(void)fprintf(stderr, _("prong %s: no server runs here that would answer you\n"),
	    args->name);
	if (found->forbidden > 0)
		(void)fprintf(stderr,
		    _("    %zu of another user may not be asked: try as root\n"),
		    found->forbidden);
	say_places();
	return -ESRCH;
}

struct instance *
instances_need_one(const struct instances *found, const struct args *args)
{
	struct instance *ours = NULL;
	size_t count = 0;

	if (instances_need_some(found, args) < 0)
		return NULL;
	if (found->count == 1)
		return &found->all[0];
	for (size_t i = 0; i < found->count; i++)
		if (found->all[i].uid == geteuid()) {
			ours = &found->all[i];
			count++;
		}
	if (count == 1)
		return ours;
	(void)fprintf(stderr,
	    _("prong %s: %zu servers are meant; say which one: --instance NAME or PID\n"),
	    args->name, found->count);
	list(found);
	return NULL;
}
