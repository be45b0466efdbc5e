#include "check.h"

#include <string.h>

#include "base.h"
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
	prong_needs(check->prong, &needs);
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
