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

/* Where the text has the word in '...', or begins with it, as with the path of a file
 * that has a mistake; NULL: nowhere. */
static const char *
find_quoted(const char *text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(text, word, length) == 0 && text[length] == ':')
		return text;
	for (const char *at = strchr(text, '\''); at != NULL; at = strchr(at + 1, '\''))
		if (strncmp(at + 1, word, length) == 0 && at[1 + length] == '\'')
			return at;
	return NULL;
}

/* The value of a setting that the text speaks of: the one that it quotes first, or the
 * last one said. */
static const struct config_use *
find_use(const struct config_service *service, const char *setting, const char *text)
{
	const struct config_use *found = NULL;
	const char *first = NULL;

	for (size_t i = 0; i < service->uses.count; i++) {
		const struct config_use *use = &service->uses.items[i];
		const char *at;

		if (strcmp(use->name, setting) != 0)
			continue;
		at = find_quoted(text, use->value);
		if (first == NULL || (at != NULL && at < first)) {
			found = use;
			first = at;
		}
	}
	return found;
}

static struct mark
find_mark(const struct config_service *service, const char *setting, const char *text)
{
	const struct config_use *use = find_use(service, setting, text);
	const struct config_word *word = &service->name;

	if (use != NULL)
		return use->mark;
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

/* Whose line it is, which is then moved behind the name; where there is one service only,
 * it need not be named.  NULL: nobody's. */
static const struct config_service *
take_service(const struct config *config, const char **line)
{
	const struct config_service *service;
	const char *rest = *line;
	char name[128];

	if (take_prefix(&rest, name, sizeof(name)) &&
	    (service = config_find(config, name)) != NULL) {
		*line = rest;
		return service;
	}
	return config->service_count == 1 ? &config->services[0] : NULL;
}

static void
tell_line(const struct config *config, struct diags *diags, const char *line)
{
	const struct config_service *service;
	const char *rest = line;
	char setting[128];
	struct mark mark;

	if (*line == ' ' || *line == '\t') {
		diag_hint(diags, "%s", line + strspn(line, " \t"));
		return;
	}
	service = take_service(config, &rest);
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
