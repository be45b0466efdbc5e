#include "answer.h"

#include <stdarg.h>
#include <string.h>

#include "known.h"
#include "look.h"
#include "steer.h"

/* One row: what is asked, in which words, and how the answer begins. */
struct row {
	const char *name; /* one word, or two */
	size_t most;      /* words, its name included */
	bool changes;     /* something: it is noted */
	void (*begin)(
	    struct answer *, const struct control_asker *, const struct request *);
	const char *usage, *help;
};

static const struct row rows[];
static const size_t row_count;

void
answer_set_error(struct answer *answer, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	(void)vsnprintf(answer->error, sizeof(answer->error), format, words);
	va_end(words);
}

static void
set_unknown(struct answer *answer, const char *name)
{
	const struct prong *prong = answer->means->prong;
	struct text text = TEXT_ON(answer->error);
	struct prong_service_facts facts;
	struct known known;

	known_init(&known, name);
	for (const struct prong_service *at = prong_service_next(prong, NULL); at != NULL;
	     at = prong_service_next(prong, at)) {
		prong_service_facts(at, &facts, sizeof(facts));
		known_add(&known, facts.name);
	}
	known_put_missing(&known, &text, "service");
}

bool
answer_set_service(struct answer *answer, const char *name)
{
	answer->service[0] = '\0';
	if (name == NULL || strcmp(name, ANSWER_ALL) == 0)
		return true;
	if (prong_service_find(answer->means->prong, name) == NULL) {
		set_unknown(answer, name);
		return false;
	}
	(void)snprintf(answer->service, sizeof(answer->service), "%s", name);
	return true;
}

struct prong_service *
answer_service_at(const struct answer *answer)
{
	struct prong_service *service = prong_service_next(answer->means->prong, NULL);

	for (size_t i = 0; i < answer->step && service != NULL; i++)
		service = prong_service_next(answer->means->prong, service);
	return service;
}

/* ---- help -------------------------------------------------------------------------- */

static bool
next_help(struct answer *answer, struct text *line)
{
	struct object object;

	if (answer->step >= row_count)
		return false;
	object_begin(&object, line);
	object_text(&object, "request", rows[answer->step].usage);
	object_text(&object, "help", rows[answer->step].help);
	object_end(&object);
	answer->step++;
	return true;
}

static void
begin_help(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	(void)request;
	answer->next = next_help;
}

static const struct row rows[] = {
	{ "status", 1, false, look_status, "status", "the server, and each service" },
	{ "stats", 1, false, look_stats, "stats", "the numbers of status alone" },
	{ "ps", 2, false, look_ps, "ps [SERVICE]", "live sessions" },
	{ "settings", 2, false, look_settings, "settings SERVICE",
	    "the values in force" },
	{ "isolation", 2, false, look_isolation, "isolation SERVICE",
	    "what is taken from its programs, and what could not be" },
	{ "why", 3, false, look_why, "why ADDRESS [SERVICE]",
	    "what would become of a client that came now, and which rule says so" },
	{ "penalties clear", 4, true, steer_clear, "penalties clear WHAT [SERVICE]",
	    "forget what an address, a network, or all owe" },
	{ "penalties", 2, false, look_penalties, "penalties [SERVICE]",
	    "sources that owe something" },
	{ "kill", 3, true, steer_kill, "kill WHAT [GRACE]",
	    "end sessions: of an id, an address, a network, or all; GRACE is a time or now" },
	{ "pause", 3, true, steer_pause, "pause [SERVICE [TIME]]",
	    "stop accepting; resumed by itself after TIME; SERVICE * is every one" },
	{ "resume", 2, true, steer_resume, "resume [SERVICE]", "accept again" },
	{ "drain", 2, true, steer_drain, "drain [TIMEOUT]",
	    "stop when sessions have ended; TIMEOUT is a time or now" },
	{ "reload", 1, true, steer_reload, "reload", "read the configuration again" },
	{ "upgrade", 1, true, steer_upgrade, "upgrade",
	    "go on as the program that is installed now" },
	{ "help", 1, false, begin_help, "help", "this list" },
};
static const size_t row_count = ARRAY_SIZE(rows);

/* ---- all of them ------------------------------------------------------------------- */

static void
clear(struct answer *answer)
{
	answer->next = NULL;
	answer->is_active = true;
	answer->is_waiting = false;
	answer->step = 0;
	answer->cursor = 0;
	answer->service[0] = '\0';
	answer->sessions = answer->sources = -1;
	answer->error[0] = '\0';
}

void
answer_fail(struct answer *answer, const char *error)
{
	clear(answer);
	answer_set_error(answer, "%s", error);
}

/* Of the two that begin with the same word the longer one comes first. */
static const struct row *
find_row(const struct request *request)
{
	const char *const *words = request->words;
	char both[64] = "";

	if (request->count > 1)
		(void)snprintf(both, sizeof(both), "%s %s", words[0], words[1]);
	for (size_t i = 0; i < row_count; i++)
		if (strcmp(rows[i].name, words[0]) == 0 ||
		    strcmp(rows[i].name, both) == 0)
			return &rows[i];
	return NULL;
}

static void
fail_unknown(struct answer *answer, const char *word)
{
	char quoted[200] = "";
	struct text text = TEXT_ON(quoted);

	text_put_quoted(&text, word, strlen(word));
	answer_set_error(answer, "'%s' is not a request; 'help' lists them", quoted);
}

void
answer_begin(
    struct answer *answer, const struct control_asker *asker, char *line, size_t length)
{
	const struct control_host *host = answer->means->host;
	char whole[REQUEST_BYTES + 1];
	struct request request;
	const struct row *row;
	int failed;

	clear(answer);
	(void)snprintf(whole, sizeof(whole), "%.*s", (int)length, line);
	failed = request_init(&request, line, length);
	if (failed < 0) {
		answer_set_error(answer, "%s", request_mistake(failed));
		return;
	}
	row = find_row(&request);
	if (row == NULL) {
		fail_unknown(answer, request.words[0]);
		return;
	}
	if (request.count > row->most) {
		answer_set_error(answer, "too many words: %s", row->usage);
		return;
	}
	if (row->changes)
		host->note(host->context, asker, whole);
	row->begin(answer, asker, &request);
}

static bool
next_message(struct answer *answer, struct text *line)
{
	const char *at = answer->messages + answer->step;
	char words[OBJECT_BYTES / 2];
	size_t length = strcspn(at, "\n");
	struct object object;

	if (*at == '\0')
		return false;
	(void)snprintf(words, sizeof(words), "%.*s", (int)length, at);
	answer->step += length + (at[length] == '\n');
	object_begin(&object, line);
	object_text(&object, "message", words);
	object_end(&object);
	return true;
}

void
answer_resume(struct answer *answer, const char *error, const char *messages)
{
	clear(answer);
	(void)snprintf(answer->messages, sizeof(answer->messages), "%s",
	    messages == NULL ? "" : messages);
	answer->next = next_message;
	if (error != NULL)
		answer_set_error(answer, "%s", error);
}

static void
put_last(struct answer *answer, struct text *line)
{
	struct object object;

	object_begin(&object, line);
	if (answer->sessions >= 0)
		object_number(&object, "sessions", answer->sessions);
	if (answer->sources >= 0)
		object_number(&object, "sources", answer->sources);
	if (answer->error[0] != '\0')
		object_text(&object, "error", answer->error);
	else
		object_bool(&object, "done", true);
	object_end(&object);
}

void
answer_next(struct answer *answer, struct text *line)
{
	bug_if(!answer->is_active || answer->is_waiting);
	if (answer->next != NULL && answer->next(answer, line))
		return;
	put_last(answer, line);
	answer->is_active = false;
}
