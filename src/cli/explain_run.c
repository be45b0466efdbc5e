/* prong explain, the command: where the values come from. */
#include <string.h>

#include "asked.h"
#include "base.h"
#include "explain.h"
#include "known.h"
#include "load.h"
#include "process.h"
#include "serve.h"
#include "words.h"

static const char usage[] =
    N_("prong explain [--instance NAME|PID] [SERVICE]       of a server that runs\n"
       "prong explain --control PATH [SERVICE]              of the one with that socket\n"
       "prong explain -f FILE|DIR [SERVICE]                 of a configuration\n"
       "prong explain [OPTIONS] LISTEN ... [-- PROGRAM ...] of a command line\n"
       "\n"
       "Shows what happens to a connection, stage by stage, with the values in force.\n"
       "\n"
       "Exit status: 0 done, 1 no such service or server, 2 there are mistakes.\n");

#define MEASURES_MOST 64

struct values {
	char **all; /* settings_count of them */
	char *service, *listen, *program, *now, *counts, *untried;
	struct explain_measure measures[MEASURES_MOST]; /* texts are owned */
	size_t measure_count;
	bool is_first;
};

static void
measure_forget(struct explain_measure *measure)
{
	free((char *)measure->name);
	free((char *)measure->asked);
	free((char *)measure->state);
	free((char *)measure->what);
	free((char *)measure->why);
}

static void
values_forget(struct values *values)
{
	for (size_t i = 0; i < settings_count; i++)
		free_text(&values->all[i]);
	free_text(&values->service);
	free_text(&values->listen);
	free_text(&values->program);
	free_text(&values->now);
	free_text(&values->counts);
	free_text(&values->untried);
	while (values->measure_count > 0)
		measure_forget(&values->measures[--values->measure_count]);
}

static void
values_begin(const char *service, void *context)
{
	struct values *values = context;

	values_forget(values);
	values->service = strdup(service);
}

static void
values_take(const char *name, const char *value, void *context)
{
	struct values *values = context;
	const struct setting *setting = settings_find(name);

	if (value == NULL)
		return;
	if (setting != NULL)
		values->all[setting - settings_table] = strdup(value);
	else if (strcmp(name, "listen") == 0)
		values->listen = strdup(value);
	else if (strcmp(name, "program") == 0)
		values->program = strdup(value);
}

static void
values_take_ahead(const char *now, const char *counts, void *context)
{
	struct values *values = context;

	values->now = strdup(now);
	values->counts = strdup(counts);
}

/* One without memory for all of its texts is left out. */
static void
values_take_measure(const struct asked_measure *said, void *context)
{
	struct values *values = context;
	struct explain_measure own = { strdup(said->name), strdup(said->asked),
		strdup(said->state), strdup(said->what), strdup(said->why) };

	if (values->measure_count < MEASURES_MOST && own.name != NULL &&
	    own.asked != NULL && own.state != NULL && own.what != NULL && own.why != NULL)
		values->measures[values->measure_count++] = own;
	else
		measure_forget(&own);
}

static void
values_end(void *context)
{
	struct values *values = context;
	const struct explain_service service = { .name = values->service,
		.listen = values->listen,
		.program = values->program,
		.now = values->now,
		.counts = values->counts,
		.values = (const char *const *)values->all,
		.measures = values->measures,
		.measure_count = values->measure_count,
		.untried = values->untried };

	if (!values->is_first)
		(void)putchar('\n');
	values->is_first = false;
	if (values->service != NULL)
		explain_print(stdout, &service);
}

/* ---- of what was said -------------------------------------------------------------- */

static void
take_value(const struct prong_service *service, const char *name, struct values *values)
{
	char value[16384];

	if (prong_get(service, name, value, sizeof(value)) == 0)
		values_take(name, value, values);
}

static void
take_measures(const struct prong_service *service, struct values *values)
{
	struct prong_measure said;
	uint32_t cursor = 0;

	while (prong_measure_next(service, &cursor, &said, sizeof(said)))
		values_take_measure(&(struct asked_measure){ said.name, said.asked,
					said.state, said.what, said.why },
		    values);
}

static void
explain_said(const struct prong_service *service, const char *name, const char *untried,
    struct values *values)
{
	values_begin(name, values);
	take_value(service, "listen", values);
	take_value(service, "program", values);
	for (size_t i = 0; i < settings_count; i++)
		take_value(service, settings_table[i].name, values);
	take_measures(service, values);
	values->untried = untried[0] == '\0' ? NULL : strdup(untried);
	values_end(values);
}

/* In the words of known_put_missing(), but in the reader's language. */
static void
say_unknown(const struct known *known)
{
	char line[KNOWN_SHOWN * 66 + 1] = "";
	struct text names = TEXT_ON(line);
	const size_t rest = known_rest(known);

	known_put_names(known, &names);
	(void)fprintf(stderr, _("prong explain: there is no service '%s' in it, only %s"),
	    known->wanted, line);
	if (rest > 0)
		(void)fprintf(stderr,
		    words_count(" and %zu more", " and %zu more", (int64_t)rest), rest);
	if (known->nearest != NULL)
		(void)fprintf(stderr, _("; did you mean %s?"), known->nearest);
	(void)fputc('\n', stderr);
}

static int
explain_all(const struct setup_order *order, const char *wanted, struct values *values)
{
	struct prong *prong = prong_new();
	bool is_found = wanted == NULL;
	struct known known;
	int failed = prong == NULL ? -ENOMEM : setup_services(prong, order);
	const char *untried =
	    failed == 0 && prong_try(prong) < 0 ? prong_error(prong) : "";

	known_init(&known, wanted);
	for (const struct prong_service *at =
		 failed == 0 ? prong_service_next(prong, NULL) : NULL;
	     at != NULL; at = prong_service_next(prong, at)) {
		struct prong_service_facts facts;

		prong_service_facts(at, &facts, sizeof(facts));
		if (wanted != NULL) {
			known_add(&known, facts.name);
			if (strcmp(facts.name, wanted) != 0)
				continue;
		}
		is_found = true;
		explain_said(at, facts.name, untried, values);
	}
	if (failed < 0)
		(void)fprintf(stderr, "prong explain: %s\n",
		    prong == NULL ? _("out of memory") : prong_error(prong));
	else if (!is_found)
		say_unknown(&known);
	prong_free(prong);
	return failed < 0 || !is_found ? SERVE_FAILED : SERVE_STOPPED;
}

static int
explain_options(const struct options *options, const char *wanted,
    struct mistakes *mistakes, struct values *values)
{
	struct inherit inherit;
	struct config config = { 0 };
	struct setup_order order = {
		.options = options, .inherit = &inherit, .is_only_looking = true
	};
	int status = SERVE_USAGE;

	inherit_init(&inherit);
	load_all(&order, &config, mistakes);
	if (mistakes->count == 0)
		status = explain_all(&order, wanted, values);
	config_free(&config);
	inherit_done(&inherit);
	return status;
}

/* ---- the command ------------------------------------------------------------------- */

/* With -f a last word that is no option names a service: the others are the command
 * line's. */
static const char *
take_service(int *argc, char *argv[])
{
	bool has_file = false;
	const char *last = argv[*argc - 1];

	for (int i = 1; i < *argc; i++)
		if (strncmp(argv[i], "-f", 2) == 0 ||
		    strncmp(argv[i], "--config", 8) == 0)
			has_file = true;
	if (!has_file || *argc < 4 || last[0] == '-')
		return NULL;
	argv[--*argc] = NULL;
	return last;
}

static int
explain_line(int argc, char *argv[], struct values *values)
{
	struct mistakes mistakes = { .out = stderr };
	struct options options = { 0 };
	const char *wanted = take_service(&argc, argv);
	int status = SERVE_SYSTEM;

	process_reset_signals();
	if (process_cloexec_fds() < 0 ||
	    options_init(&options, argc, argv, &mistakes) < 0)
		(void)fputs(_("prong explain: out of memory\n"), stderr);
	else if (options.wants_help)
		status =
		    fputs(words_get(usage), stdout) < 0 ? SERVE_FAILED : SERVE_STOPPED;
	else
		status = explain_options(&options, wanted, &mistakes, values);
	options_done(&options);
	return status;
}

/* "explain", "explain SERVICE", "explain --instance NAME SERVICE", and with --control. */
static bool
means_a_server(int argc, char *argv[], struct asked *asked)
{
	int at = 1;

	if (at + 1 < argc && strcmp(argv[at], "--instance") == 0) {
		asked->instance = argv[at + 1];
		at += 2;
	} else if (at + 1 < argc && strcmp(argv[at], "--control") == 0) {
		asked->control = argv[at + 1];
		at += 2;
	}
	if (at < argc && at + 1 == argc && argv[at][0] != '-' &&
	    strpbrk(argv[at], ":/[") == NULL &&
	    argv[at][strspn(argv[at], "0123456789")] != '\0')
		asked->service = argv[at++];
	return at == argc;
}

int
explain_run(int argc, char *argv[])
{
	struct values values = { .is_first = true };
	struct asked asked = { .begin = values_begin,
		.each = values_take,
		.ahead = values_take_ahead,
		.measure = values_take_measure,
		.end = values_end,
		.context = &values };
	int status;

	values.all = calloc(settings_count, sizeof(*values.all));
	if (values.all == NULL)
		return SERVE_SYSTEM;
	status = means_a_server(argc, argv, &asked) ? asked_settings(&asked)
						    : explain_line(argc, argv, &values);
	values_forget(&values);
	free(values.all);
	return status;
}
