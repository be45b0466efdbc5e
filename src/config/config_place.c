/*
 * config_place -- where the engine's words belong in the configuration
 */
#include "config.h"

#include <string.h>

#include "text.h"

/* The listen that the text speaks of: the longest one found in it, or the first. */
static const struct config_word *
find_listen(const struct config_service *service, const char *text)
{
	const struct config_word *found = NULL;

	for (size_t i = 0; i < service->listens.count; i++) {
		const struct config_word *word = &service->listens.items[i];

		if (strstr(text, word->text) != NULL &&
		    (found == NULL || strlen(word->text) > strlen(found->text)))
			found = word;
	}
	if (found == NULL && service->listens.count > 0)
		found = &service->listens.items[0];
	return found;
}

static struct mark
find_mark(const struct config_service *service, const char *setting, const char *text)
{
	const struct config_word *word = &service->name;

	for (size_t i = service->uses.count; i > 0; i--)
		if (strcmp(service->uses.items[i - 1].name, setting) == 0)
			return service->uses.items[i - 1].mark;
	if (strcmp(setting, "listen") == 0)
		word = find_listen(service, text);
	else if (strcmp(setting, "program") == 0 && service->program.count > 0)
		word = &service->program.items[0];
	return word == NULL ? service->name.mark : word->mark;
}

bool
config_place(const struct config *config, const char *service, const char *setting,
    struct mark *ret_mark)
{
	const struct config_service *found = config_find(config, service);

	if (found == NULL)
		return false;
	*ret_mark = find_mark(found, setting, "");
	return true;
}

/* The word before ": ", which `line` is then moved behind; false: there is none. */
static bool
take_prefix(const char **line, char *word, size_t size)
{
	const char *end = strstr(*line, ": ");

	if (end == NULL || (size_t)(end - *line) >= size)
		return false;
	memcpy(word, *line, (size_t)(end - *line));
	word[end - *line] = '\0';
	*line = end + 2;
	return true;
}

static void
tell_line(const struct config *config, struct diags *diags, const char *line)
{
	const struct config_service *service;
	const char *rest = line;
	char name[128], setting[128];
	struct mark mark;

	if (*line == ' ' || *line == '\t') {
		diag_hint(diags, "%s", line + strspn(line, " \t"));
		return;
	}
	service =
	    take_prefix(&rest, name, sizeof(name)) ? config_find(config, name) : NULL;
	/* Of the only one there is the engine does not say the name. */
	if (service == NULL) {
		rest = line;
		service = config->service_count == 1 ? &config->services[0] : NULL;
	}
	if (service == NULL) {
		diag_mistake(diags, NULL, "%s", line);
		return;
	}
	if (!take_prefix(&rest, setting, sizeof(setting)))
		setting[0] = '\0';
	mark = find_mark(service, setting, rest);
	diag_mistake(diags, &mark, "%s", line);
}

void
config_tell(const struct config *config, struct diags *diags, const char *message)
{
	cleanup_(free_text) char *lines = strdup(message);
	char *next = lines;

	if (lines == NULL) {
		diag_mistake(diags, NULL, "%s", message);
		return;
	}
	while (next != NULL) {
		const char *line = strsep(&next, "\n");

		if (*line != '\0')
			tell_line(config, diags, line);
	}
}
