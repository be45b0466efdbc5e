#include "reader.h"

#include <string.h>

#include "base.h"
#include "words.h"

struct mark
reader_mark(const struct file *file, const yaml_node_t *node)
{
	return document_mark(&file->document, node);
}

/* False: it was too much, which is told once. */
static bool
spend(struct reader *reader, const struct mark *mark, size_t amount)
{
	bool was_over = reader->spent > READER_SPENT_MAX;

	reader->spent += amount;
	if (reader->is_out_of_memory || was_over)
		return false;
	if (reader->spent <= READER_SPENT_MAX)
		return true;
	diag_mistake(reader->diags, mark,
	    "here the configuration has become too large, each use of an alias and of "
	    "defaults counted");
	return false;
}

static bool
look(struct file *file, const yaml_node_t *node)
{
	struct mark mark = reader_mark(file, node);

	return spend(file->reader, &mark, 1);
}

/* Tags are for other programs; those of YAML itself change nothing here. */
static bool
has_foreign_tag(const yaml_node_t *node)
{
	static const char own[] = "tag:yaml.org,2002:";
	const char *tag = (const char *)node->tag;

	return tag != NULL && strcmp(tag, "!") != 0 &&
	       strncmp(tag, own, sizeof(own) - 1) != 0;
}

/* What keeps the node from being a word; NULL: nothing. */
static const char *
objection(const yaml_node_t *node)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return N_("this is a list, where one word belongs");
	if (node->type == YAML_MAPPING_NODE)
		return N_("this is a mapping, where one word belongs");
	if (has_foreign_tag(node))
		return N_("the tag before it means nothing here");
	if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
		return N_("a NUL byte cannot be part of it");
	return NULL;
}

static const char *
key_objection(const yaml_node_t *key)
{
	if (key->type == YAML_SCALAR_NODE && key->data.scalar.length == 0)
		return N_("it is empty");
	return objection(key);
}

static bool
keep_word(struct file *file, const yaml_node_t *node, struct config_word *ret_word)
{
	struct mark mark = reader_mark(file, node);
	size_t length = node->data.scalar.length;
	const char *text;

	if (!spend(file->reader, &mark, length / READER_WORD))
		return false;
	text = arena_text(
	    &file->reader->config->arena, (const char *)node->data.scalar.value, length);
	if (text == NULL) {
		file->reader->is_out_of_memory = true;
		return false;
	}
	*ret_word = (struct config_word){ text, mark };
	return true;
}

bool
reader_word(struct file *file, const yaml_node_t *node, const char *what,
    struct config_word *ret_word)
{
	const char *wrong = objection(node);
	struct mark mark = reader_mark(file, node);
	struct diag_word word;

	if (wrong == NULL)
		return keep_word(file, node, ret_word);
	diag_mistake(file->reader->diags, &mark, "%s: %s", diag_word(&word, what),
	    words_get(wrong));
	return false;
}

const yaml_node_t *
reader_item(struct file *file, const yaml_node_t *list, size_t i)
{
	const yaml_node_item_t *item;

	if (list->type != YAML_SEQUENCE_NODE)
		return i == 0 && look(file, list) ? list : NULL;
	item = list->data.sequence.items.start + i;
	if (item >= list->data.sequence.items.top || !look(file, list))
		return NULL;
	return document_node(&file->document, *item);
}

bool
reader_pair(
    struct file *file, const yaml_node_t *mapping, size_t i, struct pair *ret_pair)
{
	const yaml_node_pair_t *at = mapping->data.mapping.pairs.start + i;
	const yaml_node_t *key;

	if (at >= mapping->data.mapping.pairs.top || !look(file, mapping))
		return false;
	key = document_node(&file->document, at->key);
	*ret_pair = (struct pair){ .value = document_node(&file->document, at->value) };
	if (key_objection(key) == NULL)
		(void)keep_word(file, key, &ret_pair->key);
	return true;
}

bool
reader_fits(struct file *file, const yaml_node_t *node, const char *what)
{
	struct mark mark = reader_mark(file, node);
	struct diag_word word;
	size_t count = 1;

	if (node->type == YAML_SEQUENCE_NODE)
		count = (size_t)(node->data.sequence.items.top -
				 node->data.sequence.items.start);
	else if (node->type == YAML_MAPPING_NODE)
		count = (size_t)(node->data.mapping.pairs.top -
				 node->data.mapping.pairs.start);
	if (count <= READER_ITEMS_MAX)
		return true;
	diag_mistake(file->reader->diags, &mark, "%s: these are %zu, more than %u",
	    diag_word(&word, what), count, READER_ITEMS_MAX);
	return false;
}

bool
reader_is_mapping(struct file *file, const yaml_node_t *node, const char *what)
{
	struct mark mark = reader_mark(file, node);
	struct diag_word word;

	if (node->type == YAML_MAPPING_NODE)
		return reader_fits(file, node, what);
	diag_mistake(file->reader->diags, &mark,
	    "%s: this is %s, where a mapping belongs", diag_word(&word, what),
	    node->type == YAML_SEQUENCE_NODE ? _("a list") : _("one word"));
	return false;
}

/* ---- keys said twice ------------------------------------------------------------- */

struct key {
	const char *text;
	const yaml_node_t *node;
};

static int
compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order = strcmp(a->text, b->text);

	if (order != 0)
		return order;
	return (a->node->start_mark.index > b->node->start_mark.index) -
	       (a->node->start_mark.index < b->node->start_mark.index);
}

static void
tell_twice(struct file *file, const struct key *first, const struct key *again)
{
	struct mark here = reader_mark(file, again->node);
	struct mark there = reader_mark(file, first->node);
	struct diag_word word;

	(void)diag_word(&word, again->text);
	diag_mistake(file->reader->diags, &here, "%s is said twice", word.text);
	diag_note(file->reader->diags, &there, "%s is said here first", word.text);
}

void
reader_check_words(struct file *file, const yaml_node_t *mapping)
{
	const yaml_node_pair_t *at = mapping->data.mapping.pairs.start;

	for (; at < mapping->data.mapping.pairs.top; at++) {
		const yaml_node_t *key = document_node(&file->document, at->key);
		const char *wrong = key_objection(key);
		struct mark mark = reader_mark(file, key);

		if (wrong != NULL)
			diag_mistake(
			    file->reader->diags, &mark, "the key: %s", words_get(wrong));
	}
}

void
reader_check_keys(struct file *file, const yaml_node_t *mapping)
{
	struct key keys[READER_ITEMS_MAX];
	const yaml_node_pair_t *at = mapping->data.mapping.pairs.start;
	size_t count = 0;

	reader_check_words(file, mapping);
	for (; at < mapping->data.mapping.pairs.top && count < READER_ITEMS_MAX; at++) {
		const yaml_node_t *key = document_node(&file->document, at->key);

		if (key_objection(key) == NULL)
			keys[count++] =
			    (struct key){ (const char *)key->data.scalar.value, key };
	}
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++)
		if (strcmp(keys[i - 1].text, keys[i].text) == 0)
			tell_twice(file, &keys[i - 1], &keys[i]);
}

/* ---- what is kept ---------------------------------------------------------------- */

bool
reader_add_word(
    struct reader *reader, struct config_words *words, const struct config_word *word)
{
	if (!arena_grow(&words->items, words->count, sizeof(*words->items))) {
		reader->is_out_of_memory = true;
		return false;
	}
	words->items[words->count++] = *word;
	return true;
}

bool
reader_add_use(
    struct reader *reader, struct config_uses *uses, const struct config_use *use)
{
	if (!spend(reader, &use->mark, 1))
		return false;
	if (!arena_grow(&uses->items, uses->count, sizeof(*uses->items))) {
		reader->is_out_of_memory = true;
		return false;
	}
	uses->items[uses->count++] = *use;
	return true;
}

bool
reader_is_name(const char *word)
{
	size_t length = strlen(word);

	return length > 0 && length <= READER_NAME_MAX &&
	       strspn(word, READER_NAME_LETTERS) == length;
}
