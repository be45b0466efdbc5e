/*
 * config_setting -- the settings of a service, or of defaults
 */
#include "reader.h"

#include <string.h>

#include "settings.h"

/* Later ones add to what was said before, even by defaults. */
static bool
is_added(const char *name)
{
	return strcmp(name, "env") == 0 || strcmp(name, "pass-env") == 0;
}

static void
read_one(struct file *file, const char *name, const struct config_word *word,
    struct settings *scratch, struct config_uses *uses)
{
	struct config_use use = { name, word->text, word->mark };
	char message[512];
	int failed = settings_set(scratch, name, word->text, message, sizeof(message));

	if (failed == -ENOMEM)
		file->reader->is_out_of_memory = true;
	else if (failed < 0)
		diag_mistake(file->reader->diags, &word->mark, "%s", message);
	else
		(void)reader_add_use(file->reader, uses, &use);
}

static void
read_list(struct file *file, const char *name, const yaml_node_t *list,
    struct settings *scratch, struct config_uses *uses)
{
	const yaml_node_t *item;
	struct config_word word;

	if (!reader_fits(file, list, name))
		return;
	for (size_t i = 0; (item = reader_item(file, list, i)) != NULL; i++)
		if (reader_word(file, item, name, &word))
			read_one(file, name, &word, scratch, uses);
}

/* Words of these are NAME=VALUE, which a mapping says as well. */
static bool
is_of_pairs(const char *name)
{
	return strcmp(name, "env") == 0 || strcmp(name, "refuse-text-for") == 0 ||
	       strcmp(name, "limit") == 0;
}

/* NAME: VALUE becomes "NAME=VALUE". */
static void
read_named(struct file *file, const char *name, const struct pair *pair,
    struct settings *scratch, struct config_uses *uses)
{
	struct config_word value;
	char *joined;
	int length;

	if (pair->key.text == NULL || !reader_word(file, pair->value, name, &value))
		return;
	if (strchr(pair->key.text, '=') != NULL) {
		diag_mistake(file->reader->diags, &pair->key.mark,
		    "%s: what stands before the colon has no '=' in it", name);
		return;
	}
	length = asprintf(&joined, "%s=%s", pair->key.text, value.text);
	if (length < 0) {
		file->reader->is_out_of_memory = true;
		return;
	}
	value.text = arena_text(&file->reader->config->arena, joined, (size_t)length);
	value.mark = pair->key.mark;
	free(joined);
	if (value.text == NULL)
		file->reader->is_out_of_memory = true;
	else
		read_one(file, name, &value, scratch, uses);
}

static void
read_mapping(struct file *file, const char *name, const yaml_node_t *mapping,
    struct settings *scratch, struct config_uses *uses)
{
	struct pair pair;

	if (!reader_fits(file, mapping, name))
		return;
	reader_check_keys(file, mapping);
	for (size_t i = 0; reader_pair(file, mapping, i, &pair); i++)
		read_named(file, name, &pair, scratch, uses);
}

/* `env-style: [ucspi, cgi]` is one word here. */
static void
refuse_list(struct file *file, const char *name, const yaml_node_t *list)
{
	struct mark mark = reader_mark(file, list);

	diag_mistake(file->reader->diags, &mark,
	    "%s: this is a list, where one word belongs", name);
	if (settings_find(name)->kind == KIND_FLAGS)
		diag_hint(file->reader->diags,
		    "the words are separated by commas: %s: %s", name,
		    settings_find(name)->preset);
}

void
config_setting_read(struct file *file, const struct pair *pair, struct settings *scratch,
    struct config_uses *uses)
{
	const struct setting *setting = settings_find(pair->key.text);
	struct config_word word;

	if (setting == NULL)
		return;
	if (is_of_pairs(setting->name) && pair->value->type == YAML_MAPPING_NODE)
		read_mapping(file, setting->name, pair->value, scratch, uses);
	else if (setting->kind == KIND_LIST)
		read_list(file, setting->name, pair->value, scratch, uses);
	else if (pair->value->type == YAML_SEQUENCE_NODE)
		refuse_list(file, setting->name, pair->value);
	else if (reader_word(file, pair->value, setting->name, &word))
		read_one(file, setting->name, &word, scratch, uses);
}

/* Whether `own` says it anew. */
static bool
is_replaced(const struct config_use *use, const struct config_uses *own)
{
	if (is_added(use->name))
		return false;
	for (size_t i = 0; i < own->count; i++)
		if (strcmp(own->items[i].name, use->name) == 0)
			return true;
	return false;
}

void
config_setting_merge(struct reader *reader, const struct config_uses *base,
    const struct config_uses *own, struct config_uses *ret_uses)
{
	*ret_uses = (struct config_uses){ 0 };
	for (size_t i = 0; i < base->count; i++)
		if (!is_replaced(&base->items[i], own))
			(void)reader_add_use(reader, ret_uses, &base->items[i]);
	for (size_t i = 0; i < own->count; i++)
		(void)reader_add_use(reader, ret_uses, &own->items[i]);
}
