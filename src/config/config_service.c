/*
 * config_service -- one service: where it listens, what it runs, its settings
 */
#include "reader.h"

#include <string.h>

#include "base.h"
#include "listenword.h"
#include "settings.h"
#include "words.h"

/* A service while it is read. */
struct work {
	struct file *file;
	struct config_service *service;
	struct config_uses own;
	struct settings scratch;
	bool has_listen, has_program; /* said, rightly or wrongly */
};

/* ---- listen, program ------------------------------------------------------------- */

static void
read_listen(struct work *work, const yaml_node_t *list)
{
	struct reader *reader = work->file->reader;
	const yaml_node_t *item;
	struct config_word word;
	struct diag_word quoted;
	const char *wrong;

	if (!reader_fits(work->file, list, "listen"))
		return;
	for (size_t i = 0; (item = reader_item(work->file, list, i)) != NULL; i++) {
		if (!reader_word(work->file, item, "listen", &word))
			continue;
		wrong = listenword_mistake(word.text);
		if (wrong == NULL)
			(void)reader_add_word(reader, &work->service->listens, &word);
		else
			diag_mistake(reader->diags, &word.mark,
			    "listen: '%s' is not an address: %s",
			    diag_word(&quoted, word.text), words_get(wrong));
	}
}

static void
check_program(struct work *work, const yaml_node_t *list)
{
	const struct config_words *program = &work->service->program;
	if (program->count == 0)
		return;
	if (*program->items[0].text == '\0')
		diag_mistake(work->file->reader->diags, &program->items[0].mark,
		    "program: the first word is empty");
	else if (list->type == YAML_SCALAR_NODE &&
		 strpbrk(program->items[0].text, " \t\n") != NULL)
		config_explain_program(work->file, &program->items[0]);
}

static void
read_program(struct work *work, const yaml_node_t *list)
{
	const yaml_node_t *item;
	struct config_word word;

	if (!reader_fits(work->file, list, "program"))
		return;
	for (size_t i = 0; (item = reader_item(work->file, list, i)) != NULL; i++)
		if (reader_word(work->file, item, "program", &word))
			(void)reader_add_word(
			    work->file->reader, &work->service->program, &word);
	check_program(work, list);
}

static bool
is_empty_list(const yaml_node_t *node)
{
	return node->type == YAML_SEQUENCE_NODE &&
	       node->data.sequence.items.start == node->data.sequence.items.top;
}

/* ---- the whole ------------------------------------------------------------------- */

/* A misspelt `program` is one mistake, not also a missing one. */
static void
read_unknown(struct work *work, const struct pair *pair)
{
	const char *meant;
	char message[512];

	(void)settings_set(&work->scratch, pair->key.text, "", message, sizeof(message));
	meant = config_explain_key(work->file, pair, message);
	if (meant == NULL)
		return;
	work->has_listen |= strcmp(meant, "listen") == 0;
	work->has_program |= strcmp(meant, "program") == 0;
}

static void
read_key(struct work *work, const struct pair *pair)
{
	if (strcmp(pair->key.text, "listen") == 0) {
		work->has_listen |= !is_empty_list(pair->value);
		read_listen(work, pair->value);
	} else if (strcmp(pair->key.text, "program") == 0) {
		work->has_program |= !is_empty_list(pair->value);
		read_program(work, pair->value);
	} else if (settings_find(pair->key.text) != NULL) {
		config_setting_read(work->file, pair, &work->scratch, &work->own);
	} else {
		read_unknown(work, pair);
	}
}

static void
check_complete(struct work *work)
{
	struct diags *diags = work->file->reader->diags;
	const struct config_word *name = &work->service->name;
	struct diag_word word;

	(void)diag_word(&word, name->text);
	if (!work->has_listen) {
		diag_mistake(diags, &name->mark,
		    "the service %s does not say where it listens", word.text);
		diag_hint(diags, "for example: listen: 9999");
	}
	if (!work->has_program) {
		diag_mistake(diags, &name->mark,
		    "the service %s does not say which program serves", word.text);
		diag_hint(diags, "for example: program: [\"@echo\"]");
	}
}

static void
read_mapping(struct work *work, const yaml_node_t *mapping)
{
	struct pair pair;

	reader_check_keys(work->file, mapping);
	for (size_t i = 0; reader_pair(work->file, mapping, i, &pair); i++)
		if (pair.key.text != NULL)
			read_key(work, &pair);
	check_complete(work);
}

/* The new service; NULL: out of memory. */
static struct config_service *
add_service(struct reader *reader, const struct config_word *name)
{
	struct config *config = reader->config;

	if (!arena_grow(
		&config->services, config->service_count, sizeof(*config->services))) {
		reader->is_out_of_memory = true;
		return NULL;
	}
	config->services[config->service_count] =
	    (struct config_service){ .name = *name };
	return &config->services[config->service_count++];
}

static bool
check_name(struct file *file, const struct config_word *name)
{
	const struct config_service *other =
	    config_find(file->reader->config, name->text);
	struct diags *diags = file->reader->diags;
	struct diag_word word;

	(void)diag_word(&word, name->text);
	if (!reader_is_name(name->text)) {
		diag_mistake(diags, &name->mark,
		    "'%s' is not a name for a service: 1 to %d letters, digits and any of "
		    "- _ . @",
		    word.text, READER_NAME_MAX);
		return false;
	}
	if (other != NULL) {
		diag_mistake(
		    diags, &name->mark, "the service %s exists already", word.text);
		diag_note(diags, &other->name.mark, "%s is here", word.text);
		return false;
	}
	if (file->reader->config->service_count < READER_ITEMS_MAX)
		return true;
	diag_mistake(diags, &name->mark, "this is one service too many: there may be %d",
	    READER_ITEMS_MAX);
	return false;
}

void
config_service_read(struct file *file, const struct pair *pair)
{
	struct work work = { .file = file };
	struct config_service unnamed = { .name = pair->key };
	bool is_named;

	if (!config_explain_is_service(file, pair)) {
		config_explain_service(file, pair);
		return;
	}
	if (!reader_fits(file, pair->value, pair->key.text))
		return;
	is_named = check_name(file, &pair->key);
	work.service = is_named ? add_service(file->reader, &pair->key) : &unnamed;
	if (work.service == NULL || settings_init(&work.scratch) < 0) {
		file->reader->is_out_of_memory = true;
		return;
	}
	work.scratch.tongue = words_get;
	read_mapping(&work, pair->value);
	config_setting_merge(
	    file->reader, &file->defaults, &work.own, &work.service->uses);
	settings_done(&work.scratch);
	free(work.own.items);
	free(unnamed.listens.items);
	free(unnamed.program.items);
	free(unnamed.uses.items);
}
