/*
 * config_include -- other files, by path or by pattern
 */
#include "reader.h"

#include <glob.h>
#include <limits.h>
#include <string.h>

#include "text.h"

static bool
is_pattern(const char *word)
{
	return strpbrk(word, "*?[") != NULL;
}

/* The directory of the including file stands for itself in a pattern. */
static void
put_directory(struct text *path, const char *name, bool is_escaped)
{
	const char *slash = strrchr(name, '/');

	for (; slash != NULL && name <= slash; name++) {
		if (is_escaped && strchr("*?[\\", *name) != NULL)
			text_put_char(path, '\\');
		text_put_char(path, *name);
	}
}

static void
read_pattern(struct file *file, const char *path, const struct config_word *word)
{
	glob_t found;
	int failed = glob(path, 0, NULL, &found);

	if (failed == GLOB_NOSPACE)
		file->reader->is_out_of_memory = true;
	if (failed != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!config_file_is_known(file->reader, found.gl_pathv[i]))
			config_file_open(
			    file->reader, found.gl_pathv[i], &word->mark, file);
	globfree(&found);
}

static void
include_one(struct file *file, const struct config_word *word)
{
	char place[PATH_MAX];
	struct text path = TEXT_ON(place);

	if (*word->text == '\0') {
		diag_mistake(
		    file->reader->diags, &word->mark, "include: the path is empty");
		return;
	}
	place[0] = '\0';
	if (*word->text != '/')
		put_directory(&path, file->input->name, is_pattern(word->text));
	text_put(&path, word->text);
	if (path.is_cut)
		diag_mistake(
		    file->reader->diags, &word->mark, "include: the path is too long");
	else if (is_pattern(word->text))
		read_pattern(file, place, word);
	else
		config_file_open(file->reader, place, &word->mark, file);
}

void
config_include_read(struct file *file, const yaml_node_t *value)
{
	const yaml_node_t *item;
	struct config_word word;
	struct mark mark = reader_mark(file, value);

	if (!reader_fits(file, value, "include"))
		return;
	if (file->reader->is_in_memory) {
		diag_mistake(file->reader->diags, &mark,
		    "include: nothing can be included where there is no file");
		return;
	}
	for (size_t i = 0; (item = reader_item(file, value, i)) != NULL; i++)
		if (reader_word(file, item, "include", &word))
			include_one(file, &word);
}
