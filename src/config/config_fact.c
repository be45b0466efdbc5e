/*
 * config_fact -- what a configuration says about the command itself
 */
#include "reader.h"

#include <string.h>

#include "base.h"
#include "words.h"

/* The word as it is kept; NULL: it will not do. */
static const char *
accept_log(const char *word)
{
	static const char *const formats[] = { "text", "json", "journald" };

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(word, formats[i]) == 0)
			return formats[i];
	return NULL;
}

static const char *
accept_quiet(const char *word)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return words[i % 2];
	return NULL;
}

static const char *
accept_control(const char *word)
{
	return word[0] == '/' || strcmp(word, "off") == 0 ? word : NULL;
}

static const char *
accept_name(const char *word)
{
	return reader_is_name(word) ? word : NULL;
}

static const struct {
	const char *key;
	size_t field;
	const char *(*accept)(const char *word);
	const char *wanted;
} facts[] = {
	{ "log", offsetof(struct config, log), accept_log, N_("text, json or journald") },
	{ "quiet", offsetof(struct config, quiet), accept_quiet, N_("yes or no") },
	{ "control", offsetof(struct config, control), accept_control,
	    N_("a path that begins with /, or off") },
	{ "name", offsetof(struct config, name), accept_name,
	    N_("a name: 1 to 63 letters, digits and any of - _ . @") },
};

static void
read_fact(struct file *file, const struct pair *pair, size_t which)
{
	struct diags *diags = file->reader->diags;
	struct config_word *fact =
	    (void *)((char *)file->reader->config + facts[which].field);
	const char *key = facts[which].key, *accepted;
	struct config_word word;
	struct diag_word quoted;

	if (!reader_word(file, pair->value, key, &word))
		return;
	accepted = facts[which].accept(word.text);
	if (accepted == NULL) {
		diag_mistake(diags, &word.mark, "%s: '%s' is not %s", key,
		    diag_word(&quoted, word.text), words_get(facts[which].wanted));
		return;
	}
	if (fact->text != NULL && fact->mark.input != word.mark.input) {
		diag_mistake(diags, &word.mark, "%s: another file says it already", key);
		diag_note(diags, &fact->mark, "%s is said here", key);
		return;
	}
	*fact = (struct config_word){ accepted, word.mark };
}

bool
config_fact_read(struct file *file, const struct pair *pair)
{
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		if (strcmp(pair->key.text, facts[i].key) == 0) {
			read_fact(file, pair, i);
			return true;
		}
	return false;
}
