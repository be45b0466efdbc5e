/*
 * config_explain -- what may have been meant by a word that stands in the wrong place
 */
#include "reader.h"

#include <string.h>

#include "settings.h"
#include "text.h"
#include "words.h"

static const char *const top_names[] = { "services", "defaults", "include", "log",
	"quiet", "control", "name" };
static const char *const service_names[] = { "listen", "program" };

static bool
is_one_of(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

#define IS_ONE_OF(word, names) is_one_of(word, names, ARRAY_SIZE(names))

static bool
is_of_service(const char *word)
{
	return settings_find(word) != NULL || IS_ONE_OF(word, service_names);
}

void
config_explain_minimum(struct diags *diags)
{
	diag_hint(diags, "the smallest configuration is");
	diag_hint(diags, "    services:");
	diag_hint(diags, "      echo:");
	diag_hint(diags, "        listen: 9999");
	diag_hint(diags, "        program: [\"@echo\"]");
}

/* ---- at the top level ------------------------------------------------------------ */

/* It has a key that only services have. */
static bool
is_like_service(struct file *file, const yaml_node_t *node)
{
	struct pair pair;

	if (node->type != YAML_MAPPING_NODE)
		return false;
	for (size_t i = 0; i < READER_ITEMS_MAX && reader_pair(file, node, i, &pair); i++)
		if (pair.key.text != NULL && IS_ONE_OF(pair.key.text, service_names))
			return true;
	return false;
}

void
config_explain_top(struct file *file, const struct pair *pair)
{
	struct diags *diags = file->reader->diags;
	const struct mark *mark = &pair->key.mark;
	const char *nearest =
	    text_nearest(pair->key.text, top_names, ARRAY_SIZE(top_names));
	struct diag_word word;

	(void)diag_word(&word, pair->key.text);
	if (is_of_service(pair->key.text)) {
		diag_mistake(diags, mark, "%s belongs to a service", word.text);
		diag_hint(diags, "it stands below the service's name, indented%s",
		    settings_find(pair->key.text) == NULL
			? ""
			: _("; for all services, below defaults"));
		return;
	}
	if (is_like_service(file, pair->value)) {
		diag_mistake(
		    diags, mark, "the service %s belongs below services", word.text);
		diag_hint(diags, "indent it below the line 'services:'");
		return;
	}
	if (nearest != NULL)
		diag_mistake(diags, mark, "%s is not known here; did you mean %s?",
		    word.text, nearest);
	else
		diag_mistake(diags, mark, "%s is not known here", word.text);
	diag_hint(diags,
	    "at the top level stand services, defaults, include, log, quiet, "
	    "control and name");
}

/* ---- in a service, in defaults --------------------------------------------------- */

/* What a foreign or misspelt word stands for; NULL: settings.c knows more. */
static const char *
find_meant(const char *word)
{
	const char *synonym = settings_synonym(word);

	return synonym != NULL
		   ? synonym
		   : text_nearest(word, service_names, ARRAY_SIZE(service_names));
}

static void
tell_top(struct diags *diags, const struct pair *pair)
{
	diag_mistake(diags, &pair->key.mark, "%s belongs to the top level of the file",
	    pair->key.text);
	diag_hint(diags, "it begins in the first column");
}

const char *
config_explain_key(struct file *file, const struct pair *pair, const char *message)
{
	struct diags *diags = file->reader->diags;
	const struct mark *mark = &pair->key.mark;
	const char *key = pair->key.text, *meant = find_meant(key);
	struct diag_word word;

	if (strcmp(key, "<<") == 0) {
		diag_mistake(diags, mark, "merge keys are not known here");
		diag_hint(diags, "what services have in common stands below defaults");
	} else if (strcmp(key, "name") == 0) {
		diag_mistake(diags, mark, "name is not a setting");
		diag_hint(diags, "the name of a service is the key it stands below");
	} else if (IS_ONE_OF(key, top_names)) {
		tell_top(diags, pair);
	} else if (meant != NULL) {
		diag_mistake(diags, mark, "%s is not a setting; did you mean %s?",
		    diag_word(&word, key), meant);
	} else {
		diag_mistake(diags, mark, "%s", message);
	}
	return meant;
}

void
config_explain_default(struct file *file, const struct pair *pair, const char *message)
{
	struct diags *diags = file->reader->diags;

	if (!IS_ONE_OF(pair->key.text, service_names)) {
		(void)config_explain_key(file, pair, message);
		return;
	}
	diag_mistake(diags, &pair->key.mark, "%s belongs to a service", pair->key.text);
	diag_hint(diags, "each service says its own; it has no default");
}

bool
config_explain_is_service(struct file *file, const struct pair *pair)
{
	if (IS_ONE_OF(pair->key.text, top_names))
		return is_like_service(file, pair->value);
	return pair->value->type == YAML_MAPPING_NODE;
}

void
config_explain_service(struct file *file, const struct pair *pair)
{
	struct diags *diags = file->reader->diags;
	struct mark mark = reader_mark(file, pair->value);
	struct diag_word word;

	(void)diag_word(&word, pair->key.text);
	if (is_of_service(pair->key.text)) {
		diag_mistake(diags, &pair->key.mark,
		    "%s is a setting, where the name of a service belongs", word.text);
		diag_hint(diags,
		    "below services stand names, and below each name what the "
		    "service is, indented");
		return;
	}
	if (IS_ONE_OF(pair->key.text, top_names)) {
		tell_top(diags, pair);
		return;
	}
	if (pair->value->type == YAML_SCALAR_NODE && pair->value->data.scalar.length == 0)
		diag_mistake(
		    diags, &pair->key.mark, "the service %s says nothing", word.text);
	else
		diag_mistake(diags, &mark, "the service %s is not a mapping", word.text);
	diag_hint(diags, "below its name stand listen, program and settings, indented");
}

/* ---- a program in one line ------------------------------------------------------- */

static bool
is_plain(const char *word, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+-";

	if (word[0] == '-' && (length < 2 || word[1] == '.'))
		return false;
	return strspn(word, letters) >= length;
}

/* As YAML would have it in a list in brackets. */
static void
put_item(struct text *text, const char *word, size_t length)
{
	if (is_plain(word, length)) {
		text_put_bytes(text, word, length);
		return;
	}
	text_put_char(text, '"');
	for (size_t i = 0; i < length; i++) {
		if (word[i] == '\n') {
			text_put(text, "\\n");
			continue;
		}
		if (word[i] == '"' || word[i] == '\\')
			text_put_char(text, '\\');
		text_put_char(text, word[i]);
	}
	text_put_char(text, '"');
}

void
config_explain_program(struct file *file, const struct config_word *program)
{
	static const char blanks[] = " \t\n";
	const char *at = program->text;
	char list[512] = "";
	struct text text = TEXT_ON(list);

	diag_mistake(file->reader->diags, &program->mark,
	    "program: a program with arguments is written as a list");
	if (at[strcspn(at, "'\"\\$`|&;<>()")] != '\0') {
		text_put(&text, "sh, -c, ");
		put_item(&text, at, strlen(at));
		at = "";
	}
	for (at += strspn(at, blanks); *at != '\0'; at += strspn(at, blanks)) {
		size_t length = strcspn(at, blanks);

		if (text.used > 0)
			text_put(&text, ", ");
		put_item(&text, at, length);
		at += length;
	}
	if (!text.is_cut)
		diag_hint(file->reader->diags, "program: [%s]", list);
}
