/*
 * config_file -- one file: its facts, defaults, services, and what it includes
 */
#include "reader.h"

#include <string.h>

#include "base.h"
#include "settings.h"
#include "words.h"

/* ---- defaults -------------------------------------------------------------------- */

static void
read_default(struct file *file, const struct pair *pair, struct settings *scratch,
    struct config_uses *own)
{
	char message[512];

	if (settings_find(pair->key.text) != NULL) {
		config_setting_read(file, pair, scratch, own);
		return;
	}
	(void)settings_set(scratch, pair->key.text, "", message, sizeof(message));
	config_explain_default(file, pair, message);
}

static void
read_defaults(struct file *file, const yaml_node_t *mapping)
{
	struct config_uses own = { 0 }, inherited = file->defaults;
	struct settings scratch;
	struct pair pair;

	if (!reader_is_mapping(file, mapping, "defaults"))
		return;
	if (settings_init(&scratch) < 0) {
		file->reader->is_out_of_memory = true;
		return;
	}
	scratch.tongue = words_get;
	reader_check_keys(file, mapping);
	for (size_t i = 0; reader_pair(file, mapping, i, &pair); i++)
		if (pair.key.text != NULL)
			read_default(file, &pair, &scratch, &own);
	config_setting_merge(file->reader, &inherited, &own, &file->defaults);
	settings_done(&scratch);
	free(inherited.items);
	free(own.items);
}

/* ---- services -------------------------------------------------------------------- */

static bool
is_nothing(const yaml_node_t *node)
{
	return (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0) ||
	       (node->type == YAML_MAPPING_NODE &&
		   node->data.mapping.pairs.start == node->data.mapping.pairs.top);
}

static void
read_services(struct file *file, const struct pair *services)
{
	struct diags *diags = file->reader->diags;
	struct pair pair;

	if (is_nothing(services->value)) {
		diag_mistake(diags, &services->key.mark, "services: there is none");
		config_explain_minimum(diags);
		return;
	}
	if (!reader_is_mapping(file, services->value, "services")) {
		config_explain_minimum(diags);
		return;
	}
	reader_check_words(file, services->value);
	for (size_t i = 0; reader_pair(file, services->value, i, &pair); i++)
		if (pair.key.text != NULL)
			config_service_read(file, &pair);
}

/* ---- the top level --------------------------------------------------------------- */

/* Defaults hold for services before them too, so there are two rounds. */
static void
read_first(struct file *file, const struct pair *pair)
{
	if (strcmp(pair->key.text, "defaults") == 0)
		read_defaults(file, pair->value);
	else if (strcmp(pair->key.text, "services") != 0 &&
		 strcmp(pair->key.text, "include") != 0 && !config_fact_read(file, pair))
		config_explain_top(file, pair);
}

static void
read_second(struct file *file, const struct pair *pair)
{
	if (strcmp(pair->key.text, "services") == 0)
		read_services(file, pair);
	else if (strcmp(pair->key.text, "include") == 0)
		config_include_read(file, pair->value);
}

static void
read_top(struct file *file, const yaml_node_t *root)
{
	struct pair pair;

	if (!reader_is_mapping(file, root, _("the file"))) {
		config_explain_minimum(file->reader->diags);
		return;
	}
	reader_check_keys(file, root);
	for (size_t i = 0; reader_pair(file, root, i, &pair); i++)
		if (pair.key.text != NULL)
			read_first(file, &pair);
	for (size_t i = 0; reader_pair(file, root, i, &pair); i++)
		if (pair.key.text != NULL)
			read_second(file, &pair);
}

void
config_file_read(
    struct reader *reader, const struct input *input, const struct file *includer)
{
	struct file file = { .reader = reader, .input = input, .includer = includer };
	const struct config_uses none = { 0 };
	int failed = document_init(&file.document, input, reader->diags);
	const yaml_node_t *root;

	if (failed < 0) {
		reader->is_out_of_memory |= failed == -ENOMEM;
		return;
	}
	config_setting_merge(reader, includer == NULL ? &none : &includer->defaults,
	    &none, &file.defaults);
	root = document_root(&file.document);
	if (root != NULL && !is_nothing(root))
		read_top(&file, root);
	document_done(&file.document);
	free(file.defaults.items);
}

/* ---- by its path ----------------------------------------------------------------- */

static const struct input *
find_known(const struct reader *reader, const struct stat *facts)
{
	for (const struct input *input = reader->config->inputs; input != NULL;
	     input = input->next)
		if (input->facts.st_dev == facts->st_dev &&
		    input->facts.st_ino == facts->st_ino)
			return input;
	return NULL;
}

bool
config_file_is_known(const struct reader *reader, const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 && find_known(reader, &facts) != NULL;
}

/* A file that cannot be read is told where it is named. */
static void
tell_file(
    struct reader *reader, const char *path, const struct mark *mark, const char *message)
{
	struct diag_word word;

	if (mark == NULL)
		diag_mistake(reader->diags, NULL, "%s: %s", path, message);
	else
		diag_mistake(reader->diags, mark, "include: '%s' %s",
		    diag_word(&word, path), message);
}

static bool
is_circle(const struct file *includer, const struct input *known)
{
	for (; includer != NULL; includer = includer->includer)
		if (includer->input == known)
			return true;
	return false;
}

/* What speaks against reading one more file; NULL: nothing. */
static const char *
objection(struct reader *reader, const struct input *input, const struct file *includer)
{
	const struct input *known = find_known(reader, &input->facts);
	unsigned depth = 0;

	for (const struct file *at = includer; at != NULL; at = at->includer)
		depth++;
	if (known != NULL)
		return is_circle(includer, known)
			   ? N_("is being read: a circle of includes")
			   : N_("was read already");
	if (depth > READER_DEPTH_MAX)
		return N_("is not read: more than 16 files include one another");
	if (++reader->files > READER_FILES_MAX)
		return N_("is not read: it is one file too many, there may be 1000");
	return NULL;
}

/* Takes over the input. */
static void
add_input(struct reader *reader, struct input *input)
{
	const char *doubt = input_doubt(input, geteuid() == 0);
	struct mark mark = { .input = input };

	input->next = reader->config->inputs;
	reader->config->inputs = input;
	if (doubt != NULL)
		diag_warning(reader->diags, &mark, "%s", words_get(doubt));
}

void
config_file_open(struct reader *reader, const char *path, const struct mark *mark,
    const struct file *includer)
{
	struct input *input;
	char message[256];
	const char *wrong;
	int failed = input_read(path, &input, message, sizeof(message));

	if (failed < 0) {
		if (failed == -ENOMEM)
			reader->is_out_of_memory = true;
		else
			tell_file(reader, path, mark, message);
		return;
	}
	wrong = objection(reader, input, includer);
	if (wrong != NULL) {
		tell_file(reader, path, mark, words_get(wrong));
		input_free(input);
		return;
	}
	add_input(reader, input);
	config_file_read(reader, input, includer);
}
