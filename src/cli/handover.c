#include "handover.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base.h"
#include "text.h"

#define PREFIX "PRONG_UPGRADE"
#define ADDED_MOST 24

static const char *const kinds[] = {
	[HANDOVER_NONE] = "",
	[HANDOVER_TRIAL] = "trial",
	[HANDOVER_TAKE] = "take",
	[HANDOVER_BACK] = "back",
};

static const char *const said_names[HANDOVER_SAID] = {
	PREFIX "_SAID_LOG",
	PREFIX "_SAID_QUIET",
	PREFIX "_SAID_CONTROL",
	PREFIX "_SAID_NAME",
};

static const char *
variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : value;
}

/* A descriptor that is open; -1: none is named, -2: nonsense. */
static int
descriptor(const char *name)
{
	const char *value = getenv(name);
	uint64_t number;

	if (value == NULL)
		return -1;
	if (text_parse_number(value, 0, INT_MAX, &number) < 0 ||
	    fcntl((int)number, F_GETFD) < 0)
		return -2;
	return (int)number;
}

static bool
read_kind(struct handover *handover, const char *word)
{
	for (size_t i = HANDOVER_TRIAL; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i], word) == 0)
			handover->kind = (enum handover_kind)i;
	return handover->kind != HANDOVER_NONE;
}

static bool
is_complete(const struct handover *handover)
{
	switch (handover->kind) {
	case HANDOVER_NONE:
	case HANDOVER_BACK:
		break;
	case HANDOVER_TRIAL:
		return handover->state >= 0 && handover->answer >= 0;
	case HANDOVER_TAKE:
		return handover->state >= 0 && handover->old >= 0;
	}
	return handover->state >= 0;
}

static void
clear_all(void)
{
	static const char *const names[] = { PREFIX, PREFIX "_STATE", PREFIX "_ANSWER",
		PREFIX "_OLD", PREFIX "_LISTEN", PREFIX "_LISTENNAMES", PREFIX "_PATH",
		PREFIX "_CONTROL", PREFIX "_REASON", PREFIX "_STARTED",
		PREFIX "_GENERATION", PREFIX "_WORDS", PREFIX "_LOG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unsetenv(names[i]);
	for (size_t i = 0; i < HANDOVER_SAID; i++)
		(void)unsetenv(said_names[i]);
}

bool
handover_read(struct handover *handover)
{
	const char *word = getenv(PREFIX);
	uint64_t sockets = 0, started = 0;
	bool is_good;

	*handover = (struct handover){ .state = -1, .answer = -1, .old = -1, .log = -1 };
	if (word == NULL)
		return true;
	handover->state = descriptor(PREFIX "_STATE");
	handover->answer = descriptor(PREFIX "_ANSWER");
	handover->old = descriptor(PREFIX "_OLD");
	handover->names = getenv(PREFIX "_LISTENNAMES");
	handover->path = getenv(PREFIX "_PATH");
	handover->log = descriptor(PREFIX "_LOG");
	for (size_t i = 0; i < HANDOVER_SAID; i++)
		handover->said[i] = getenv(said_names[i]);
	handover->words = variable(PREFIX "_WORDS", "");
	handover->control = variable(PREFIX "_CONTROL", "");
	handover->reason = variable(PREFIX "_REASON", "");
	is_good = text_parse_number(variable(PREFIX "_LISTEN", "0"), 0, INHERIT_MAX_FDS,
		      &sockets) == 0 &&
		  text_parse_number(
		      variable(PREFIX "_STARTED", "0"), 0, INT64_MAX, &started) == 0 &&
		  text_parse_number(variable(PREFIX "_GENERATION", "1"), 1, UINT64_MAX,
		      &handover->generation) == 0 &&
		  read_kind(handover, word) && is_complete(handover);
	handover->sockets = (unsigned)sockets;
	handover->started_at = (int64_t)started;
	clear_all();
	return is_good;
}

void
handover_put_said(struct handover *handover, const struct config *config)
{
	const struct config_word *words[HANDOVER_SAID] = { &config->log, &config->quiet,
		&config->control, &config->name };

	for (size_t i = 0; i < HANDOVER_SAID; i++)
		handover->said[i] = words[i]->text;
}

void
handover_get_said(const struct handover *handover, struct config *config)
{
	struct config_word *words[HANDOVER_SAID] = { &config->log, &config->quiet,
		&config->control, &config->name };

	for (size_t i = 0; i < HANDOVER_SAID; i++)
		words[i]->text = handover->said[i];
}

/* ---- the other side --------------------------------------------------------------- */

struct maker {
	char **words;
	size_t count;
	bool is_out_of_memory;
};

static void maker_add(struct maker *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
maker_add(struct maker *maker, const char *format, ...)
{
	va_list words;
	char *word;

	va_start(words, format);
	if (vasprintf(&word, format, words) < 0)
		maker->is_out_of_memory = true;
	else
		maker->words[maker->count++] = word;
	va_end(words);
}

static void
maker_add_fd(struct maker *maker, const char *name, int fd)
{
	if (fd >= 0)
		maker_add(maker, "%s=%d", name, fd);
}

static void
maker_add_text(struct maker *maker, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		maker_add(maker, "%s=%s", name, text);
}

static void
maker_fill(
    struct maker *maker, const struct handover *handover, const struct notify *notify)
{
	maker_add_text(maker, PREFIX, kinds[handover->kind]);
	maker_add_fd(maker, PREFIX "_STATE", handover->state);
	maker_add_fd(maker, PREFIX "_ANSWER", handover->answer);
	maker_add_fd(maker, PREFIX "_OLD", handover->old);
	maker_add(maker, PREFIX "_LISTEN=%u", handover->sockets);
	maker_add_text(maker, PREFIX "_LISTENNAMES", handover->names);
	maker_add_text(maker, PREFIX "_PATH", handover->path);
	maker_add_text(maker, PREFIX "_CONTROL", handover->control);
	maker_add_text(maker, PREFIX "_WORDS", handover->words);
	maker_add_fd(maker, PREFIX "_LOG", handover->log);
	for (size_t i = 0; i < HANDOVER_SAID; i++)
		maker_add_text(maker, said_names[i], handover->said[i]);
	maker_add_text(maker, PREFIX "_REASON", handover->reason);
	maker_add(maker, "%s_STARTED=%lld", PREFIX, (long long)handover->started_at);
	maker_add(maker, "%s_GENERATION=%llu", PREFIX,
	    (unsigned long long)handover->generation);
	/* A trial has nothing to say to the service manager. */
	if (handover->kind == HANDOVER_TRIAL || notify->fd < 0)
		return;
	maker_add_text(maker, "NOTIFY_SOCKET", notify->path);
	if (notify->watchdog_usec > 0)
		maker_add(maker, "WATCHDOG_USEC=%llu",
		    (unsigned long long)notify->watchdog_usec);
}

char **
handover_env(const struct handover *handover, const struct notify *notify)
{
	struct maker maker = { 0 };
	size_t before = 0;

	while (environ[before] != NULL)
		before++;
	maker.words = calloc(before + ADDED_MOST + 1, sizeof(*maker.words));
	if (maker.words == NULL)
		return NULL;
	maker_fill(&maker, handover, notify);
	for (size_t i = 0; i < before && !maker.is_out_of_memory; i++)
		maker_add(&maker, "%s", environ[i]);
	if (!maker.is_out_of_memory)
		return maker.words;
	handover_env_free(maker.words);
	return NULL;
}

void
handover_env_free(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}
