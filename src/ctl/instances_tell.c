#include "instances.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base.h"
#include "text.h"
#include "words.h"

/* ---- none, or too many ------------------------------------------------------------- */

static void
say_places(void)
{
	char folder[SOCKDIR_PATH_BYTES];
	const char *between = _("    looked in ");

	for (unsigned i = 0; instances_place(i, folder, sizeof(folder)); i++) {
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
put_instance(const struct instance *instance)
{
	const struct seen_server *server = &instance->server;
	const char *config =
	    server->config[0] == '\0' ? _("(command line)") : server->config;
	char pid[24], live[24];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)server->pid);
	(void)snprintf(live, sizeof(live), "%lld", (long long)server->numbers.live);
	if (instance->failed == 0)
		put_row((const char *const[]){
		    pid, server->name, seen_state(server->state), live, config });
	else
		put_row((const char *const[]){ pid, "", _("no answer"), "", "" });
}

static void
list(const struct instances *found)
{
	put_row((const char *const[]){
	    "PID", _("INSTANCE"), _("STATE"), _("SESSIONS"), _("CONFIGURATION") });
	for (size_t i = 0; i < found->count + found->silent; i++)
		put_instance(&found->all[i]);
}

bool
instances_tell_silent(const struct instances *found, const struct args *args)
{
	bool is_ours = false;

	for (size_t i = 0; i < found->silent; i++) {
		const struct instance *instance = &found->all[found->count + i];

		(void)fprintf(stderr, "prong %s: %s (pid %ld): %s\n", args->name,
		    instance->path, (long)instance->server.pid, wire_mistake(-ETIMEDOUT));
		is_ours = is_ours || instance->uid == geteuid();
	}
	return is_ours;
}

/* Which ones there would be without --instance. */
static void
list_others(const struct args *args)
{
	struct args all = *args;
	struct instances found;

	all.instance = NULL;
	all.is_quiet = true;
	if (instances_find(&found, &all) == 0 && found.count + found.silent > 0)
		list(&found);
	instances_done(&found);
}

static void
say_nobody(const struct instances *found, const struct args *args)
{
	(void)fprintf(stderr, _("prong %s: no server runs here that would answer you\n"),
	    args->name);
	if (found->forbidden > 0)
		(void)fprintf(stderr,
		    _("    %zu of another user may not be asked: try as root\n"),
		    found->forbidden);
	say_places();
}

static bool
is_silent(const struct instances *found, const char *word)
{
	uint64_t pid;

	if (text_parse_number(word, 1, INT_MAX, &pid) < 0)
		return false;
	for (size_t i = 0; i < found->silent; i++)
		if (found->all[found->count + i].server.pid == (pid_t)pid)
			return true;
	return false;
}

int
instances_need_some(const struct instances *found, const struct args *args)
{
	if (found->count > 0)
		return 0;
	if (args->control != NULL && args->instance == NULL)
		return -ESRCH;
	if (args->instance == NULL) {
		if (found->silent == 0)
			say_nobody(found, args);
		(void)instances_tell_silent(found, args);
		return -ESRCH;
	}
	if (is_silent(found, args->instance)) {
		(void)instances_tell_silent(found, args);
		return -ESRCH;
	}
	(void)fprintf(stderr,
	    _("prong %s: no server that answers here is called '%s' or has that pid\n"),
	    args->name, args->instance);
	if (args->control == NULL)
		list_others(args);
	return -ESRCH;
}

/* A silent one may be meant as well, unless a name was said and another one has it. */
struct instance *
instances_need_one(const struct instances *found, const struct args *args)
{
	const size_t all = found->count + (args->instance == NULL ? found->silent : 0);
	struct instance *ours = NULL;
	size_t count = 0;

	if (instances_need_some(found, args) < 0)
		return NULL;
	if (all == 1)
		return &found->all[0];
	for (size_t i = 0; i < all; i++)
		if (found->all[i].uid == geteuid()) {
			ours = &found->all[i];
			count++;
		}
	if (count == 1 && ours->failed == 0)
		return ours;
	(void)fprintf(stderr,
	    _("prong %s: %zu servers are meant; say which one: --instance NAME or PID\n"),
	    args->name, all);
	list(found);
	return NULL;
}
