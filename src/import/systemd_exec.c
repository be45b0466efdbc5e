#include "systemd_exec.h"

#include <string.h>

#include "argv.h"
#include "systemd_value.h"
#include "words.h"

#define VARIABLE_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

struct command {
	struct draft_service *service;
	const struct systemd_exec *exec;
	struct store *store;
	struct words words; /* argv[0] and the rest, when done */
};

/* What stands before the path. */
struct prefix {
	bool has_name, is_verbatim, is_root;
};

static const char *
read_prefix(const char *line, struct prefix *prefix)
{
	for (;; line++) {
		if (*line == '@')
			prefix->has_name = true;
		else if (*line == ':')
			prefix->is_verbatim = true;
		else if (*line == '+' || (*line == '!' && line[1] != '!'))
			prefix->is_root = true;
		else if (*line == '!')
			line++; /* !!: the same as nothing where ambient capabilities are
				 */
		else if (*line != '-')
			return line;
	}
}

/* ---- variables -------------------------------------------------------------------- */

/* NULL: Environment= does not say. */
static const char *
variable(const struct command *command, const char *name, size_t length)
{
	const struct words *environment = command->exec->environment;

	for (size_t i = environment->count; i-- > 0;)
		if (strncmp(environment->at[i], name, length) == 0 &&
		    environment->at[i][length] == '=')
			return environment->at[i] + length + 1;
	return NULL;
}

/* The length of the name behind "${", if it is one that is closed. */
static size_t
braced_length(const char *at)
{
	size_t length = strspn(at, VARIABLE_BYTES);

	return at[length] == '}' ? length : 0;
}

static void
miss(const struct command *command, const char *word, bool is_alone)
{
	struct store *store = command->store;
	const char *theirs = store_printf(store, "ExecStart %s", word);

	if (is_alone && command->exec->is_file_read)
		draft_lose(command->service, theirs,
		    "its words stand in EnvironmentFile; write them into program");
	else
		draft_hold(command->service,
		    store_printf(store,
			_("%s: variables are not expanded; start a shell that does it"),
			theirs));
}

/* "${NAME}" and "$$" inside of a word. */
static void
add_expanded(struct command *command, const char *word)
{
	struct words parts = { .count = 0 };
	struct store *store = command->store;
	const char *at = word, *dollar;
	char *joined, *end;
	size_t size = 1;

	while ((dollar = strchr(at, '$')) != NULL) {
		size_t length = dollar[1] == '{' ? braced_length(dollar + 2) : 0;
		const char *value =
		    length > 0 ? variable(command, dollar + 2, length) : "$";

		words_add(&parts, store, store_copy(store, at, (size_t)(dollar - at)));
		if (value == NULL) {
			value = store_copy(store, dollar, length + 3);
			miss(command, value, false);
		}
		words_add(&parts, store, value);
		at = dollar + (length > 0 ? length + 3 : dollar[1] == '$' ? 2 : 1);
	}
	words_add(&parts, store, at);
	for (size_t i = 0; i < parts.count; i++)
		size += strlen(parts.at[i]);
	end = joined = store_take(store, size);
	for (size_t i = 0; joined != NULL && i < parts.count; i++)
		end = stpcpy(end, parts.at[i]);
	words_add(&command->words, store, joined == NULL ? "" : joined);
}

/* "$NAME" alone becomes as many words as its value has. */
static void
add_word(struct command *command, const char *word)
{
	size_t length = word[0] == '$' ? strspn(word + 1, VARIABLE_BYTES) : 0;
	const char *value;

	if (length == 0 || word[length + 1] != '\0') {
		add_expanded(command, word);
		return;
	}
	value = variable(command, word + 1, length);
	if (value == NULL)
		miss(command, word, true);
	else if (systemd_value_split(&command->words, command->store, value) < 0)
		draft_hold(command->service,
		    store_printf(command->store, _("ExecStart %s: not words"), word));
}

/* ---- the line --------------------------------------------------------------------- */

static void
add_words(struct command *command, const struct words *raw, const struct prefix *prefix)
{
	const struct systemd_exec *exec = command->exec;

	for (size_t i = 0; i < raw->count; i++) {
		const char *word = raw->at[i];
		const char *known =
		    systemd_value_expand(command->store, word, exec->name);

		if (strcmp(word, ";") == 0) {
			draft_hold(
			    command->service, "ExecStart has more than one command");
			return;
		}
		if (known == NULL) {
			draft_hold(command->service,
			    store_printf(command->store,
				_("ExecStart %s: a specifier that is another for each "
				  "client"),
				word));
			known = word;
		}
		if (strcmp(known, "\\;") == 0)
			words_add(&command->words, command->store, ";");
		else if (prefix->is_verbatim || i == 0)
			words_add(&command->words, command->store, known);
		else
			add_word(command, known);
	}
}

void
systemd_exec_read(struct draft_service *service, const struct systemd_exec *exec,
    const char *line, bool *ret_is_root)
{
	struct command command = {
		.service = service,
		.exec = exec,
		.store = &service->draft->store,
	};
	struct prefix prefix = { .has_name = false };
	struct words raw = { .count = 0 };

	line = read_prefix(line, &prefix);
	*ret_is_root = prefix.is_root;
	if (systemd_value_split(&raw, command.store, line) < 0) {
		draft_leave_out(
		    service, "ExecStart: a quotation mark or an escape is wrong");
		return;
	}
	add_words(&command, &raw, &prefix);
	if (command.words.count == 0)
		return;

	const char *path = command.words.at[0];

	if (prefix.has_name)
		argv_set(service, path, &command.words, 1);
	else
		argv_set(service, path, &command.words, 0);
}
