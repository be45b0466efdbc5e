/* Entries and assignments; what an entry means is in xinetd_entry.c. */
#include "xinetd.h"

#include <string.h>

#include "xinetd_entry.h"

#define BLANKS " \t\r\v\f"

struct reader {
	struct xinetd *xinetd;
	const char *path, *rest;
	unsigned number;
};

/* The next line with something on it, without the blanks before; NULL: none. */
static const char *
next_line(struct reader *reader)
{
	while (*reader->rest != '\0') {
		const char *at = reader->rest + strspn(reader->rest, BLANKS);
		size_t length = strcspn(at, "\n");

		reader->rest = at + length + (at[length] == '\n');
		reader->number++;
		while (length > 0 && strchr(BLANKS, at[length - 1]) != NULL)
			length--;
		if (length > 0 && at[0] != '#')
			return store_copy(&reader->xinetd->draft->store, at, length);
	}
	return NULL;
}

/* "name = a b", "name += a", "name -= a". */
static void
read_assignment(struct reader *reader, struct xinetd_entry *entry, const char *line)
{
	struct draft *draft = reader->xinetd->draft;
	struct xinetd_assignment *one = store_take(&draft->store, sizeof(*one));
	size_t length = strcspn(line, "=+- \t");
	const char *operator= line + length + strspn(line + length, " \t");

	if (one == NULL)
		return;
	if (*operator== '+' || * operator== '-') {
		one->operator= * operator== '+' ? XINETD_ADD : XINETD_REMOVE;
		operator++;
	}
	if (*operator!= '=' || length == 0) {
		draft_complain(draft, reader->path, reader->number,
		    "not an assignment: ATTRIBUTE = VALUE ...");
		return;
	}
	one->name = store_copy(&draft->store, line, length);
	one->path = reader->path;
	one->line = reader->number;
	words_split(&one->values, &draft->store, operator+ 1);
	if (entry->last == NULL)
		entry->first = one;
	else
		entry->last->next = one;
	entry->last = one;
}

static void
read_body(struct reader *reader, struct xinetd_entry *entry)
{
	struct draft *draft = reader->xinetd->draft;
	const char *line;

	while ((line = next_line(reader)) != NULL && strcmp(line, "}") != 0)
		read_assignment(reader, entry, line);
	if (line == NULL)
		draft_complain(draft, reader->path, reader->number,
		    "the entry of line %u is never closed", entry->line);
}

/* xinetd wants the brace on a line of its own; we take it on this one as well. */
static bool
read_brace(struct reader *reader, const struct words *words, size_t place)
{
	struct draft *draft = reader->xinetd->draft;
	unsigned number = reader->number;
	const char *line;

	if (words->count > place && strcmp(words->at[place], "{") == 0) {
		draft_complain(
		    draft, reader->path, number, "xinetd wants { on a line of its own");
		return true;
	}
	line = next_line(reader);
	if (line != NULL && strcmp(line, "{") == 0)
		return true;
	draft_complain(draft, reader->path, number, "no { after this line");
	return false;
}

static struct xinetd_entry *
add_service(struct reader *reader, const char *name)
{
	struct xinetd *xinetd = reader->xinetd;
	struct xinetd_entry *entry = store_take(&xinetd->draft->store, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->name = name;
	entry->path = reader->path;
	entry->line = reader->number;
	if (xinetd->last == NULL)
		xinetd->first = entry;
	else
		xinetd->last->next = entry;
	xinetd->last = entry;
	return entry;
}

static void
read_include(struct reader *reader, const struct words *words)
{
	struct xinetd *xinetd = reader->xinetd;
	bool is_directory = strcmp(words->at[0], "includedir") == 0;

	if (words->count < 2)
		draft_complain(xinetd->draft, reader->path, reader->number, "%s of what?",
		    words->at[0]);
	else if (xinetd->include == NULL)
		draft_complain(xinetd->draft, reader->path, reader->number,
		    "%s %s was not followed", words->at[0], words->at[1]);
	else
		xinetd->include(xinetd, words->at[1], is_directory);
}

static void
read_entry(struct reader *reader, const char *line)
{
	struct xinetd *xinetd = reader->xinetd;
	struct words words = { .count = 0 };
	struct xinetd_entry *entry;

	words_split(&words, &xinetd->draft->store, line);
	if (words.count == 0)
		return;
	if (strcmp(words.at[0], "include") == 0 ||
	    strcmp(words.at[0], "includedir") == 0) {
		read_include(reader, &words);
	} else if (strcmp(words.at[0], "defaults") == 0) {
		xinetd->defaults.line = reader->number;
		if (read_brace(reader, &words, 1))
			read_body(reader, &xinetd->defaults);
	} else if (strcmp(words.at[0], "service") == 0 && words.count > 1) {
		entry = add_service(reader, words.at[1]);
		if (entry != NULL && read_brace(reader, &words, 2))
			read_body(reader, entry);
	} else {
		draft_complain(xinetd->draft, reader->path, reader->number,
		    "not service NAME, defaults, include or includedir: %s", line);
	}
}

void
xinetd_read(struct xinetd *xinetd, const char *path, const char *text)
{
	struct reader reader = { .xinetd = xinetd, .rest = text };
	const char *line;

	reader.path = store_copy(&xinetd->draft->store, path, strlen(path));
	if (words_have(&xinetd->paths, path)) {
		draft_complain(xinetd->draft, path, 0, "was read before");
		return;
	}
	words_add(&xinetd->paths, &xinetd->draft->store, reader.path);
	while ((line = next_line(&reader)) != NULL)
		read_entry(&reader, line);
}

void
xinetd_finish(struct xinetd *xinetd)
{
	draft_remark(xinetd->draft,
	    "error output went to the client; here it goes to the log, unless you set "
	    "stderr: client",
	    false);
	if (xinetd->first != NULL)
		draft_remark(xinetd->draft,
		    "xinetd asks /etc/hosts.allow and /etc/hosts.deny if it is built so, "
		    "as Debian's is; their rules are not asked here",
		    true);
	xinetd_entry_check_defaults(xinetd);
	for (const struct xinetd_entry *entry = xinetd->first; entry; entry = entry->next)
		xinetd_entry_read(xinetd, entry);
}
