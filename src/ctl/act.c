#include "act.h"

#include <errno.h>
#include <poll.h>

#include "base.h"
#include "ctl.h"
#include "instances.h"
#include "units.h"
#include "words.h"

/* How often a server that is to end is looked at. */
#define WAIT_PAUSE_MS 200

/* A request, and what came of it. */
struct act {
	const struct args *args;
	const char *const *words;
	int quiet_ms;
	struct instances instances;
	struct instance *instance; /* the one that was asked */
	int process;               /* its pidfd, if it is waited for; or -1 */
	json_t *last;              /* NULL: it did not answer */
	int64_t sessions, sources; /* in it; -1: none were spoken of */
};

static int
print_message(const json_t *object, void *context)
{
	const char *message = json_string_value(json_object_get(object, "message"));
	char clean[2048];

	(void)context;
	if (message != NULL) {
		seen_copy(clean, sizeof(clean), message);
		(void)fprintf(stderr, "%s\n", clean);
	}
	return 0;
}

static int
fail(const struct act *act, const char *why)
{
	char clean[1024];

	seen_copy(clean, sizeof(clean), words_get(why));
	(void)fprintf(stderr, "prong %s: %s\n", act->args->name, clean);
	return CTL_FAILED;
}

static int
ask(struct act *act)
{
	const struct wire_question question = {
		.words = act->words, .quiet_ms = act->quiet_ms, .each = print_message
	};
	const char *error;
	int failed = wire_run(&act->instance->wire, &question, &act->last);

	if (failed < 0)
		return fail(act, wire_mistake(failed));
	act->sessions = seen_number(act->last, "sessions");
	act->sources = seen_number(act->last, "sources");
	if (wire_is_last(act->last, &error) && error != NULL)
		return fail(act, error);
	return CTL_DONE;
}

static int
run(struct act *act, const struct args *args, const char *const words[], int quiet_ms)
{
	*act = (struct act){
		.args = args, .words = words, .quiet_ms = quiet_ms, .process = -1
	};
	if (instances_find(&act->instances, args) < 0)
		return fail(act, N_("out of memory"));
	act->instance = instances_need_one(&act->instances, args);
	if (act->instance == NULL)
		return CTL_FAILED;
	/* As long as its number is surely its own. */
	if (args->wait)
		act->process = wire_process(&act->instance->wire);
	return ask(act);
}

/* Prints the answer, or for people what it means; then all is over. */
static int
finish(struct act *act, int status, const char *meaning)
{
	if (act->args->json && act->last != NULL) {
		(void)json_dumpf(act->last, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		(void)putchar('\n');
	} else if (status == CTL_DONE) {
		(void)printf("%s: %s\n", act->instance->server.name, meaning);
	}
	json_decref(act->last);
	close_fd(&act->process);
	instances_done(&act->instances);
	return status;
}

int
act_kill(const struct args *args)
{
	const char *grace = args->now ? "now" : args->grace;
	const char *const words[] = { "kill", args->words[0], grace, NULL };
	char place[128] = "";
	struct text meaning = TEXT_ON(place);
	struct act act;
	int status = run(&act, args, words, WIRE_QUIET_MS);

	if (status == CTL_DONE && act.sessions <= 0) {
		status = CTL_FAILED;
		(void)fprintf(stderr, _("prong kill: no live session is meant by '%s'\n"),
		    args->words[0]);
	}
	text_printf(&meaning,
	    args->now
		? words_count("%lld session killed", "%lld sessions killed", act.sessions)
		: words_count("%lld session told to end", "%lld sessions told to end",
		      act.sessions),
	    (long long)act.sessions);
	return finish(&act, status, place);
}

/* args->words[0] is "clear" itself. */
int
act_clear(const struct args *args)
{
	const char *what = args->words[1];
	const char *const words[] = { "penalties", "clear", what, args->service, NULL };
	char place[128] = "";
	struct text meaning = TEXT_ON(place);
	struct act act;
	int status = run(&act, args, words, WIRE_QUIET_MS);

	if (status == CTL_DONE && act.sources <= 0) {
		status = CTL_FAILED;
		(void)fprintf(stderr,
		    _("prong penalties clear: nobody who is meant by '%s' owes anything\n"),
		    what);
	}
	text_printf(&meaning,
	    words_count("%lld source owes nothing any more",
		"%lld sources owe nothing any more", act.sources),
	    (long long)act.sources);
	return finish(&act, status, place);
}

/* "echo" or "all services" */
static const char *
services_meant(const struct args *args)
{
	return args->count > 0 ? args->words[0] : _("all services");
}

int
act_pause(const struct args *args)
{
	const char *service = args->count > 0 ? args->words[0] : "*";
	const char *const words[] = { "pause", service, args->time, NULL };
	char meaning[256];
	struct act act;
	int status = run(&act, args, words, WIRE_QUIET_MS);

	if (args->time == NULL)
		(void)snprintf(
		    meaning, sizeof(meaning), _("%s paused"), services_meant(args));
	else
		(void)snprintf(meaning, sizeof(meaning), _("%s paused for %s"),
		    services_meant(args), args->time);
	return finish(&act, status, meaning);
}

int
act_resume(const struct args *args)
{
	const char *const words[] = { "resume", args->words[0], NULL };
	char meaning[256];
	struct act act;
	int status = run(&act, args, words, WIRE_QUIET_MS);

	(void)snprintf(meaning, sizeof(meaning), _("%s resumed"), services_meant(args));
	return finish(&act, status, meaning);
}

/* ---- drain ------------------------------------------------------------------------- */

/* Its log is written to the end after nobody listens any more. */
static int
wait_for_process(const struct act *act)
{
	struct pollfd ended = { .fd = act->process, .events = POLLIN };
	int rc;

	if (act->process < 0)
		return CTL_DONE;
	while ((rc = poll(&ended, 1, WIRE_QUIET_MS)) < 0 && errno == EINTR)
		;
	return rc > 0 ? CTL_DONE : fail(act, wire_mistake(rc == 0 ? -ETIMEDOUT : -errno));
}

/* Asked again and again, for one who is silent for long is sent away; when nobody listens
 * any more it only has to end. */
static int
wait_until_over(struct act *act)
{
	static const char *const words[] = { "status", NULL };
	const struct wire_question question = { .words = words,
		.quiet_ms = WIRE_QUIET_MS };
	struct wire *wire = &act->instance->wire;
	json_t *last = NULL;
	int failed;

	while ((failed = wire_run(wire, &question, &last)) == 0) {
		json_decref(last);
		last = NULL;
		(void)poll(NULL, 0, WAIT_PAUSE_MS);
	}
	if (failed == -ETIMEDOUT)
		return fail(act, wire_mistake(failed));
	wire_close(wire);
	while (
	    (failed = wire_open(wire, act->instance->path)) == 0 || failed == -EAGAIN) {
		wire_close(wire);
		(void)poll(NULL, 0, WAIT_PAUSE_MS);
	}
	return wait_for_process(act);
}

int
act_drain(const struct args *args)
{
	const char *const words[] = { "drain", args->now ? "now" : args->timeout, NULL };
	char place[128] = "";
	struct text meaning = TEXT_ON(place);
	struct act act;
	int status = run(&act, args, words, WIRE_QUIET_MS);

	if (status == CTL_DONE && args->wait)
		status = wait_until_over(&act);
	if (args->wait)
		text_put(&meaning, _("stopped"));
	else
		text_printf(&meaning,
		    args->now ? words_count("stopping, %lld session told to end",
				    "stopping, %lld sessions told to end", act.sessions)
			      : words_count("stopping, %lld session may go on",
				    "stopping, %lld sessions may go on", act.sessions),
		    (long long)act.sessions);
	return finish(&act, status, place);
}

/* ---- reload and upgrade ------------------------------------------------------------ */

int
act_reload(const struct args *args)
{
	static const char *const words[] = { "reload", NULL };
	struct act act;
	int status = run(&act, args, words, WIRE_WORK_MS);

	return finish(&act, status, _("reloaded"));
}

static int
read_server(const json_t *object, void *context)
{
	if (json_object_get(object, "instance") != NULL)
		seen_server_read(context, object);
	return 0;
}

/* The one who answers after an upgrade is the new program. */
int
act_upgrade(const struct args *args)
{
	static const char *const words[] = { "upgrade", NULL };
	static const char *const status_words[] = { "status", NULL };
	struct seen_server server = { 0 };
	const struct wire_question question = { .words = status_words,
		.quiet_ms = WIRE_QUIET_MS,
		.each = read_server,
		.context = &server };
	char meaning[128];
	json_t *last = NULL;
	struct act act;
	int status = run(&act, args, words, WIRE_WORK_MS);

	if (status == CTL_DONE)
		(void)wire_run(&act.instance->wire, &question, &last);
	json_decref(last);
	(void)snprintf(meaning, sizeof(meaning), _("now version %s, pid %ld"),
	    server.version, (long)server.pid);
	return finish(&act, status, meaning);
}
