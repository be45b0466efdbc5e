#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

/* The whole file as a string; NULL: errno says why. */
static char *
read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL)
		return NULL;
	errno = 0;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = errno == 0 ? strdup("") : NULL;
	}
	(void)fclose(file);
	return text;
}

/* Takes a line apart, in place.  False: it has a name and no value. */
static bool
add_line(struct config *config, char *line, unsigned number)
{
	struct config_line *added = &config->lines[config->count];
	size_t length;

	line += strspn(line, BLANKS);
	if (*line == '\0' || *line == '#')
		return true;
	added->name = line;
	line += strcspn(line, BLANKS);
	if (*line == '\0')
		return false;
	*line++ = '\0';
	line += strspn(line, BLANKS);
	for (length = strlen(line);
	     length > 0 && strchr(BLANKS, line[length - 1]) != NULL;)
		line[--length] = '\0';
	added->value = line;
	added->number = number;
	config->count++;
	return length > 0;
}

bool
config_read(struct config *config, const char *path, char *why, size_t size)
{
	char *next;

	*config = (struct config){ .text = read_text(path) };
	if (config->text == NULL) {
		(void)snprintf(why, size, "%s: %s", path, strerror(errno));
		return false;
	}
	next = config->text;
	for (unsigned number = 1; next != NULL; number++) {
		char *line = strsep(&next, "\n");

		if (config->count < CONFIG_LINES && add_line(config, line, number))
			continue;
		(void)snprintf(why, size, "%s:%u: %s", path, number,
		    config->count < CONFIG_LINES ? "a value is missing"
						 : "too many lines");
		config_done(config);
		return false;
	}
	return true;
}

void
config_done(struct config *config)
{
	free(config->text);
	*config = (struct config){ 0 };
}

const char *
config_get(const struct config *config, const char *name, const char *instead)
{
	for (size_t i = config->count; i > 0; i--)
		if (strcmp(config->lines[i - 1].name, name) == 0)
			return config->lines[i - 1].value;
	return instead;
}

bool
config_has(const struct config *config, const char *name)
{
	return config_get(config, name, NULL) != NULL;
}
