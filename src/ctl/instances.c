#include "instances.h"

#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base.h"
#include "text.h"
#include "words.h"

/* ---- one server -------------------------------------------------------------------- */

/* Until it has said so itself: whose it is, and its process id. */
static void
read_path(struct instance *instance)
{
	const char *name = strrchr(instance->path, '/');
	struct stat st;

	if (stat(instance->path, &st) == 0)
		instance->uid = st.st_uid;
	if (name != NULL)
		instance->server.pid = (pid_t)strtol(name + 1, NULL, 10);
}

/* Asks who it is; the answer comes to hear(). */
static int
greet(struct instance *instance)
{
	static const char *const words[] = { "status", NULL };
	int failed = wire_open(&instance->wire, instance->path);
	pid_t pid;

	read_path(instance);
	if (failed < 0)
		return failed == -EAGAIN ? -ETIMEDOUT : failed;
	pid = wire_peer(&instance->wire, &instance->uid);
	if (pid > 0)
		instance->server.pid = pid;
	failed = wire_ask(&instance->wire, words);
	/* One who is turned away finds the reason behind the end. */
	return failed == 0 || failed == -EPIPE ? -EINPROGRESS : failed;
}

/* One object of the answer.  -EINPROGRESS: it was not the last one. */
static int
take(struct instance *instance, const json_t *object, bool is_quiet)
{
	const char *error = NULL;

	if (!wire_is_last(object, &error)) {
		if (json_object_get(object, "instance") != NULL)
			seen_server_read(&instance->server, object);
		return -EINPROGRESS;
	}
	if (error == NULL)
		return 0;
	if (!is_quiet)
		(void)fprintf(
		    stderr, "prong: %s: %s\n", instance->path, words_get(error));
	return -EACCES;
}

/* What has arrived.  -EINPROGRESS: more is to come. */
static int
hear(struct instance *instance, bool is_quiet)
{
	int failed = wire_read(&instance->wire);

	while (failed == 0) {
		json_t *object;

		failed = wire_take(&instance->wire, &object);
		if (failed < 0 || object == NULL)
			return failed < 0 ? failed : -EINPROGRESS;
		failed = take(instance, object, is_quiet);
		json_decref(object);
		if (failed != -EINPROGRESS)
			return failed;
		failed = 0;
	}
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

/* ---- all of them ------------------------------------------------------------------- */

bool
instances_place(unsigned i, char *pattern, size_t size)
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

/* What does not listen any more is passed over, unless it is asked for by its path. */
static int
add(struct instances *found, const struct args *args, const char *path)
{
	struct instance instance = { .uid = (uid_t)-1, .wire = { .fd = -1 } };
	void *grown;

	if (has(found, path))
		return 0;
	(void)snprintf(instance.path, sizeof(instance.path), "%s", path);
	instance.failed = greet(&instance);
	if (instance.failed == -EACCES || instance.failed == -EPERM)
		found->forbidden++;
	if (instance.failed != -EINPROGRESS && instance.failed != -ETIMEDOUT &&
	    args->control == NULL)
		return 0;
	grown = reallocarray(found->all, found->count + 1, sizeof(*found->all));
	if (grown == NULL) {
		wire_close(&instance.wire);
		return -ENOMEM;
	}
	found->all = grown;
	found->all[found->count++] = instance;
	return 0;
}

/* A socket in a folder of its own user, as sockdir_open() makes it: no link by which
 * somebody else's would be taken for his. */
static bool
is_genuine(const char *path)
{
	char folder[SOCKDIR_PATH_BYTES + 32];
	struct stat socket, holder;
	char *end;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	end = strrchr(folder, '/');
	if (end == NULL)
		return false;
	*end = '\0';
	return lstat(path, &socket) == 0 && S_ISSOCK(socket.st_mode) &&
	       lstat(folder, &holder) == 0 && S_ISDIR(holder.st_mode) &&
	       socket.st_uid == holder.st_uid;
}

static int
look_in(struct instances *found, const struct args *args, const char *pattern)
{
	glob_t paths = { 0 };
	int failed = 0;

	if (glob(pattern, 0, NULL, &paths) == 0)
		for (size_t i = 0; i < paths.gl_pathc && failed == 0; i++)
			if (is_genuine(paths.gl_pathv[i]))
				failed = add(found, args, paths.gl_pathv[i]);
	globfree(&paths);
	return failed;
}

/* Sockets of that name. */
static int
look_for(struct instances *found, const struct args *args, const char *name)
{
	char folder[SOCKDIR_PATH_BYTES], pattern[SOCKDIR_PATH_BYTES + 32];
	int failed = 0;

	for (unsigned i = 0; failed == 0 && instances_place(i, folder, sizeof(folder));
	     i++) {
		(void)snprintf(pattern, sizeof(pattern), "%s/%s.sock", folder, name);
		failed = look_in(found, args, pattern);
	}
	return failed;
}

/* A process id is a socket's name: of others nothing is asked then. */
static int
look(struct instances *found, const struct args *args)
{
	uint64_t pid;
	int failed = 0;

	if (args->control != NULL)
		return add(found, args, args->control);
	if (args->instance != NULL &&
	    text_parse_number(args->instance, 1, INT_MAX, &pid) == 0)
		failed = look_for(found, args, args->instance);
	return failed == 0 && found->count == 0 ? look_for(found, args, "*") : failed;
}

/* ---- their answers ----------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whom there is still something to come from; false: from nobody. */
static bool
who_is_asked(const struct instances *found, struct pollfd *asked)
{
	bool is_any = false;

	for (size_t i = 0; i < found->count; i++) {
		const struct instance *instance = &found->all[i];
		const bool is_asked = instance->failed == -EINPROGRESS;

		asked[i].fd = is_asked ? instance->wire.fd : -1;
		asked[i].events = POLLIN;
		asked[i].revents = 0;
		is_any = is_any || is_asked;
	}
	return is_any;
}

static bool
is_meant(const struct instance *instance, const struct args *args)
{
	return instance->failed == 0 && is_named(&instance->server, args->instance);
}

/* All together, so that one that hangs costs no more than many that hang; longer where
 * nobody else is meant. */
static int
patience_ms(const struct instances *found, const struct args *args)
{
	for (size_t i = 0; i < found->count; i++)
		if (is_meant(&found->all[i], args))
			return WIRE_HELLO_MS;
	return WIRE_QUIET_MS;
}

static void
hear_all(struct instances *found, const struct args *args, struct pollfd *asked)
{
	const int64_t begun = now_ms();

	while (who_is_asked(found, asked)) {
		const int64_t left = begun + patience_ms(found, args) - now_ms();
		const int ready = poll(asked, found->count, left > 0 ? (int)left : 0);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			return;
		for (size_t i = 0; ready > 0 && i < found->count; i++)
			if (asked[i].revents != 0)
				found->all[i].failed =
				    hear(&found->all[i], args->is_quiet);
		if (left <= 0) /* somebody talks and talks */
			return;
	}
}

static int
by_answer_and_pid(const void *one, const void *other)
{
	const struct instance *a = one, *b = other;

	if ((a->failed == 0) != (b->failed == 0))
		return a->failed == 0 ? -1 : 1;
	return (a->server.pid > b->server.pid) - (a->server.pid < b->server.pid);
}

static void
complain(const struct args *args, const struct instance *instance)
{
	if (args->control != NULL && !args->is_quiet)
		(void)fprintf(stderr, "prong %s: %s: %s\n", args->name, args->control,
		    wire_mistake(instance->failed));
}

/* Those that are meant, then those that are silent, who may be; the others go. */
static void
sort_out(struct instances *found, const struct args *args)
{
	size_t kept = 0, silent = 0;

	for (size_t i = 0; i < found->count; i++) {
		struct instance *instance = &found->all[i];

		if (instance->failed == -EINPROGRESS)
			instance->failed = -ETIMEDOUT;
		if (instance->failed == -EACCES)
			found->forbidden++;
		if (instance->failed < 0)
			complain(args, instance);
		if (is_meant(instance, args) || instance->failed == -ETIMEDOUT) {
			silent += instance->failed != 0;
			found->all[kept++] = *instance;
		} else {
			wire_close(&instance->wire);
		}
	}
	if (kept > 1)
		qsort(found->all, kept, sizeof(*found->all), by_answer_and_pid);
	found->count = kept - silent;
	found->silent = silent;
}

int
instances_find(struct instances *found, const struct args *args)
{
	struct pollfd *asked = NULL;
	int failed;

	*found = (struct instances){ 0 };
	failed = look(found, args);
	if (failed == 0 && found->count > 0) {
		asked = calloc(found->count, sizeof(*asked));
		failed = asked == NULL ? -ENOMEM : 0;
	}
	if (failed == 0 && asked != NULL)
		hear_all(found, args, asked);
	free(asked);
	sort_out(found, args);
	return failed;
}

void
instances_done(struct instances *found)
{
	for (size_t i = 0; i < found->count + found->silent; i++)
		wire_close(&found->all[i].wire);
	free(found->all);
	*found = (struct instances){ 0 };
}
