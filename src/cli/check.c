#include "check.h"

#include <string.h>

#include "base.h"
#include "check_start.h"
#include "load.h"
#include "process.h"
#include "serve.h"
#include "text.h"
#include "words.h"

static const char usage[] = N_(
    "prong check -f FILE|DIR\n"
    "prong check [OPTIONS] [LISTEN ...] [-- PROGRAM [ARG ...]]\n"
    "\n"
    "Finds every mistake, and whether this machine has what is asked for: addresses,\n"
    "files, users, descriptors, memory.  Then says what it takes at the limits.  Nothing\n"
    "is served.  An address that prong itself holds is no mistake: a reload takes it over.\n"
    "\n"
    "Exit status: 0 it can be served, 1 this machine cannot have it, 2 there are mistakes.\n");

struct check {
	struct prong *prong;
	struct setup_order order;
	unsigned held; /* addresses that a prong which runs holds */
};

/* What is worth knowing although nothing is wrong. */
static void
on_event(const struct prong_event *event, void *context)
{
	struct prong_event told = *event;
	char line[1024];

	(void)context;
	if (event->level > PRONG_NOTICE)
		return;
	told.sentence = words_get(event->sentence);
	(void)prong_event_text(&told, line, sizeof(line));
	(void)fprintf(stderr, "%s%s\n",
	    event->level == PRONG_NOTICE ? _("note: ") : _("warning: "), line);
}

/* ---- what the engine found --------------------------------------------------------- */

static bool
is_held_by_us(const char *line)
{
	return strstr(line, ": listen: ") != NULL &&
	       strstr(line, "Address already in use by prong (pid ") != NULL;
}

static void
tell_line(const struct check *check, const char *line)
{
	struct diags diags = { .out = stderr };

	if (check->order.config != NULL)
		config_tell(check->order.config, &diags, line);
	else
		(void)fprintf(stderr, "prong: %s\n", line);
}

/* How many lines are about something that cannot be had. */
static unsigned
tell_problems(struct check *check)
{
	cleanup_(free_text) char *lines = strdup(prong_error(check->prong));
	char *rest = lines, *line;
	unsigned problems = 0;

	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		char marked[4096];

		(void)snprintf(marked, sizeof(marked), ": %s", line);
		if (is_held_by_us(marked)) {
			(void)fprintf(
			    stderr, _("note: %s, which a reload takes over\n"), line);
			check->held++;
			continue;
		}
		tell_line(check, line);
		problems++;
	}
	return problems;
}

/* ---- what it takes ----------------------------------------------------------------- */

static void
print_name(const char *what)
{
	const size_t used = text_columns(what);

	(void)printf("  %s%*s ", what, used < 12 ? (int)(12 - used) : 0, "");
}

static void
print_row(const char *what, uint64_t needed, uint64_t allowed)
{
	print_name(what);
	(void)printf("%10llu", (unsigned long long)needed);
	if (allowed != UINT64_MAX)
		(void)printf(_(" of %llu%s"), (unsigned long long)allowed,
		    needed > allowed ? _(": too few, the rest of the clients would wait")
				     : "");
	(void)putchar('\n');
}

static void
print_memory(const struct prong_needs *needs)
{
	char own[32], rest[32];
	struct text text = TEXT_ON(own), free = TEXT_ON(rest);

	text_put_bytes_amount(&text, needs->memory);
	text_put_bytes_amount(&free, needs->memory_available);
	print_name(_("memory"));
	(void)printf(_("%10s for prong itself"), own);
	if (needs->memory_available != UINT64_MAX)
		(void)printf(_("; %s are free, programs come on top"), rest);
	(void)putchar('\n');
}

static void
print_needs(const struct check *check)
{
	struct prong_needs needs;
	unsigned services = 0;

	for (const struct prong_service *at = prong_service_next(check->prong, NULL);
	     at != NULL; at = prong_service_next(check->prong, at))
		services++;
	prong_needs(check->prong, &needs, sizeof(needs));
	(void)printf(words_count("%u service can be served; ",
			 "%u services can be served; ", services),
	    services);
	(void)printf(words_count("at most %llu session at once take\n",
			 "at most %llu sessions at once take\n", (int64_t)needs.sessions),
	    (unsigned long long)needs.sessions);
	print_row(_("descriptors"), needs.files, needs.files_allowed);
	print_row(_("processes"), needs.processes, needs.processes_allowed);
	print_memory(&needs);
}

/* ---- what is started before its client comes ------------------------------------- */

/* The words of a service's program, all but the first as they were said. */
static const char **
words_of(const struct setup_order *order, const char *name)
{
	const struct config_service *service =
	    order->config == NULL ? NULL : config_find(order->config, name);
	const char *const *said = order->options->program;
	size_t count = 0;
	const char **words;

	if (service != NULL)
		count = service->program.count;
	else
		while (said[count] != NULL)
			count++;
	words = calloc(count + 1, sizeof(*words));
	for (size_t i = 0; words != NULL && i < count; i++)
		words[i] = service != NULL ? service->program.items[i].text : said[i];
	return words;
}

/* How many of the service may wait at once. */
static uint64_t
say_start(const struct check *check, const struct prong_service *service)
{
	char start[16] = "", pty[16] = "", dir[4096] = "", most[32] = "0";
	char user[256] = "", processes[32] = "";
	struct prong_service_facts facts;
	const char **words;

	prong_service_facts(service, &facts, sizeof(facts));
	(void)prong_get(service, "start", start, sizeof(start));
	(void)prong_get(service, "pty", pty, sizeof(pty));
	(void)prong_get(service, "dir", dir, sizeof(dir));
	(void)prong_get(service, "user", user, sizeof(user));
	(void)prong_get(service, "processes", processes, sizeof(processes));
	(void)prong_get(service, "spares-max", most, sizeof(most));
	if (strcmp(start, "fresh") == 0 || facts.program == NULL)
		return 0;
	words = words_of(&check->order, facts.name);
	if (words != NULL)
		check_start_say(&(struct check_start){ .out = stderr,
		    .config = check->order.config,
		    .service = facts.name,
		    .start = start,
		    .program = facts.program,
		    .dir = dir,
		    .user = user,
		    .processes = processes,
		    .most = most,
		    .has_terminal = strcmp(pty, "no") != 0,
		    .argv = words });
	free(words);
	return strtoull(most, NULL, 10);
}

static void
say_starts(const struct check *check)
{
	struct prong_needs needs;
	uint64_t spares = 0;

	for (const struct prong_service *at = prong_service_next(check->prong, NULL);
	     at != NULL; at = prong_service_next(check->prong, at))
		spares += say_start(check, at);
	prong_needs(check->prong, &needs, sizeof(needs));
	check_start_say_limits(
	    stderr, spares, needs.files_allowed, needs.processes_allowed);
}

/* ---- what this machine has not --------------------------------------------------- */

/* Those of one reason together; false: it was among those of an earlier one. */
static bool
put_names(struct text *names, const struct prong_service *service,
    const struct prong_measure *first)
{
	struct prong_measure at;
	uint32_t cursor = 0;

	while (prong_measure_next(service, &cursor, &at, sizeof(at))) {
		if (strcmp(at.why, first->why) != 0 ||
		    strcmp(at.state, first->state) != 0)
			continue;
		if (names->used == 0 && strcmp(at.name, first->name) != 0)
			return false;
		text_printf(names, "%s%s", names->used > 0 ? ", " : "", at.name);
	}
	return true;
}

/* Of a preset, which does without. */
static void
say_missing(const struct prong_service *service)
{
	struct prong_service_facts facts;
	struct prong_measure measure;
	uint32_t cursor = 0;

	prong_service_facts(service, &facts, sizeof(facts));
	while (prong_measure_next(service, &cursor, &measure, sizeof(measure))) {
		char names[512] = "";
		struct text text = TEXT_ON(names);

		if (measure.why[0] == '\0' || !put_names(&text, service, &measure))
			continue;
		(void)fprintf(stderr,
		    strcmp(measure.state, "missing") == 0
			? _("note: %s: missing of its isolation: %s: %s\n")
			: _("note: %s: in force in part only: %s: %s\n"),
		    facts.name, names, measure.why);
	}
}

/* ---- the command ------------------------------------------------------------------- */

static int
check_engine(struct check *check)
{
	int failed = setup_services(check->prong, &check->order);

	if (failed == 0)
		failed = prong_check(check->prong);
	if (failed < 0 && tell_problems(check) > 0)
		return failed == -EINVAL || failed == -ERANGE ? SERVE_USAGE
							      : SERVE_FAILED;
	for (const struct prong_service *at = prong_service_next(check->prong, NULL);
	     at != NULL; at = prong_service_next(check->prong, at))
		say_missing(at);
	say_starts(check);
	print_needs(check);
	return SERVE_STOPPED;
}

static int
check_services(struct check *check, struct mistakes *mistakes)
{
	struct config config = { 0 };
	int status = SERVE_USAGE;

	load_all(&check->order, &config, mistakes);
	if (mistakes->count == 0)
		status = check_engine(check);
	config_free(&config);
	return status;
}

static int
check_options(const struct options *options, struct mistakes *mistakes)
{
	struct inherit inherit;
	struct check check = { .prong = prong_new() };
	int status = SERVE_SYSTEM;

	inherit_init(&inherit);
	check.order = (struct setup_order){ .options = options,
		.inherit = &inherit,
		.is_only_looking = true,
		/* A free port, which anybody can have. */
		.stand_in = "127.0.0.1:0" };
	(void)process_raise_files();
	if (check.prong != NULL) {
		prong_on_event(check.prong, on_event, NULL);
		status = check_services(&check, mistakes);
	}
	prong_free(check.prong);
	inherit_done(&inherit);
	return status;
}

int
check_run(int argc, char *argv[])
{
	struct mistakes mistakes = { .out = stderr };
	struct options options = { 0 };
	int status;

	process_reset_signals();
	if (process_cloexec_fds() < 0 ||
	    options_init(&options, argc, argv, &mistakes) < 0) {
		(void)fputs(_("prong check: out of memory\n"), stderr);
		return SERVE_SYSTEM;
	}
	if (options.wants_help) {
		(void)fputs(words_get(usage), stdout);
		status = SERVE_STOPPED;
	} else {
		status = check_options(&options, &mistakes);
	}
	options_done(&options);
	return status;
}
