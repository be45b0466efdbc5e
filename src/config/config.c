#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "base.h"
#include "reader.h"
#include "words.h"

const struct config_service *
config_find(const struct config *config, const char *service)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name.text, service) == 0)
			return &config->services[i];
	return NULL;
}

void
config_free(struct config *config)
{
	for (size_t i = 0; i < config->service_count; i++) {
		free(config->services[i].listens.items);
		free(config->services[i].program.items);
		free(config->services[i].uses.items);
	}
	free(config->services);
	while (config->inputs != NULL) {
		struct input *input = config->inputs;

		config->inputs = input->next;
		input_free(input);
	}
	arena_done(&config->arena);
	*config = (struct config){ 0 };
}

/* ---- a directory ----------------------------------------------------------------- */

static int
is_wanted(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int
compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static void
read_entry(struct reader *reader, const char *path, const char *name)
{
	char joined[PATH_MAX];
	size_t length = strlen(path);
	const char *slash = length > 0 && path[length - 1] == '/' ? "" : "/";

	if (snprintf(joined, sizeof(joined), "%s%s%s", path, slash, name) >=
	    (int)sizeof(joined))
		diag_mistake(reader->diags, NULL, "%s: the path is too long", path);
	else if (!config_file_is_known(reader, joined))
		config_file_open(reader, joined, NULL, NULL);
}

static void
read_directory(struct reader *reader, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_wanted, compare_names);

	if (count < 0) {
		diag_mistake(reader->diags, NULL, "%s: cannot be read: %s", path,
		    words_error(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		read_entry(reader, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (count == 0)
		diag_mistake(
		    reader->diags, NULL, "%s: no *.yaml or *.yml is in it", path);
}

/* ---- the whole ------------------------------------------------------------------- */

static int
finish(struct reader *reader, const char *path, struct config *ret_config)
{
	struct diags *diags = reader->diags;

	config_overlap_check(reader);
	if (reader->is_out_of_memory)
		diag_mistake(diags, NULL, "%s: out of memory", path);
	else if (diags->mistakes == reader->mistakes &&
		 reader->config->service_count == 0) {
		diag_mistake(diags, NULL, "%s: there is no service in it", path);
		config_explain_minimum(diags);
	}
	diag_end(diags);
	if (diags->mistakes == reader->mistakes) {
		*ret_config = *reader->config;
		return 0;
	}
	config_free(reader->config);
	return reader->is_out_of_memory ? -ENOMEM : -EINVAL;
}

int
config_read(const char *path, struct diags *diags, struct config *ret_config)
{
	struct config config = { 0 };
	struct reader reader = {
		.config = &config, .diags = diags, .mistakes = diags->mistakes
	};
	struct stat facts;

	if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
		read_directory(&reader, path);
	else
		config_file_open(&reader, path, NULL, NULL);
	return finish(&reader, path, ret_config);
}

int
config_read_text(const char *name, const char *text, size_t length, struct diags *diags,
    struct config *ret_config)
{
	struct config config = { 0 };
	struct reader reader = { .config = &config,
		.diags = diags,
		.mistakes = diags->mistakes,
		.is_in_memory = true };
	struct input *input;

	if (length > INPUT_MAX)
		diag_mistake(diags, NULL, "%s: is larger than 4 MB", name);
	else if (input_make(name, text, length, &input) < 0)
		reader.is_out_of_memory = true;
	else {
		config.inputs = input;
		config_file_read(&reader, input, NULL);
	}
	return finish(&reader, name, ret_config);
}
