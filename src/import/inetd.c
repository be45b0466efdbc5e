/* Lines and words; what a line means is in inetd_line.c. */
#include "inetd.h"

#include <string.h>

#include "inetd_line.h"
#include "words.h"

#define BLANKS " \t\r\v\f"
#define MAX_WORDS 4096

struct reader {
	struct draft *draft;
	const char *path, *rest; /* what is not read yet */
	unsigned number;         /* of the line read last */
	const char *default_host;
};

static const char *
next_line(struct reader *reader)
{
	const char *at = reader->rest;
	size_t length = strcspn(at, "\n");

	if (*at == '\0')
		return NULL;
	reader->rest = at + length + (at[length] == '\n');
	reader->number++;
	return store_copy(&reader->draft->store, at, length);
}

/* A word that begins with a quotation mark goes on to the next one, in all dialects but
 * OpenBSD's. */
static void
add_words(struct reader *reader, struct words *words, const char *line)
{
	struct store *store = &reader->draft->store;

	for (line += strspn(line, BLANKS); *line != '\0'; line += strspn(line, BLANKS)) {
		bool is_quoted = *line == '"' || *line == '\'';
		const char mark[2] = { is_quoted ? *line : '\0', '\0' };
		size_t length;

		line += is_quoted;
		length = is_quoted ? strcspn(line, mark) : strcspn(line, BLANKS);
		if (is_quoted)
			draft_remark(reader->draft,
			    "quotation marks were taken off, as FreeBSD, NetBSD and GNU "
			    "inetd do; OpenBSD's passes them to the program",
			    false);
		if (is_quoted && line[length] == '\0')
			draft_complain(reader->draft, reader->path, reader->number,
			    "the quotation mark is never closed");
		if (words->count < MAX_WORDS)
			words_add(words, store, store_copy(store, line, length));
		line += length;
		line += is_quoted && *line != '\0';
	}
}

/* A line that begins with a blank belongs to the one before. */
static void
add_continuation(struct reader *reader, struct words *words)
{
	while (*reader->rest == ' ' || *reader->rest == '\t') {
		const char *line = next_line(reader);

		if (line[strspn(line, BLANKS)] != '#') {
			add_words(reader, words, line);
			continue;
		}
		draft_complain(reader->draft, reader->path, reader->number,
		    "taken for a comment; to inetd an indented # continues the line "
		    "before");
	}
}

/* The length of the mark that switched a line off: "#<off># ", "#<name># ", "## "; 0 if
 * it is a comment as people write them. */
static size_t
off_mark(const char *line)
{
	if (strncmp(line, "## ", 3) == 0)
		return 3;
	if (line[0] != '#' || line[1] != '<')
		return 0;

	size_t length = strcspn(line, ">");

	return line[length] == '>' && line[length + 1] == '#' ? length + 2 : 0;
}

static void
read_policy(struct reader *reader, const char *line)
{
	struct store *store = &reader->draft->store;

	draft_remark(reader->draft,
	    store_printf(store,
		_("%s:%u: %s: IPsec policy is the kernel's, see ip-xfrm(8)"),
		reader->path, reader->number, line),
	    true);
}

/* "10.0.0.1:" alone: the host of all lines from here on that name none. */
static bool
read_default_host(struct reader *reader, const struct words *words)
{
	const char *word = words->at[0];
	size_t length = strlen(word);

	if (words->count != 1 || length < 2 || word[length - 1] != ':')
		return false;
	reader->default_host = store_copy(&reader->draft->store, word, length - 1);
	return true;
}

static void
read_line(struct reader *reader, const char *line)
{
	struct inetd_line parts = { .path = reader->path, .number = reader->number };
	size_t off = off_mark(line);

	if (strncmp(line, "#@", 2) == 0) {
		read_policy(reader, line);
		return;
	}
	if (line[0] == '#' && off == 0)
		return;
	add_words(reader, &parts.words, line + off);
	if (off == 0 && parts.words.count > 0)
		add_continuation(reader, &parts.words);
	if (parts.words.count == 0 || read_default_host(reader, &parts.words))
		return;
	parts.is_off = off > 0;
	parts.default_host = reader->default_host;
	inetd_line_read(reader->draft, &parts);
}

void
inetd_read(struct draft *draft, const char *path, const char *text)
{
	struct reader reader = { .draft = draft, .path = path, .rest = text };
	const char *line;

	draft_remark(draft,
	    "error output went to the client; here it goes to the log, unless you set "
	    "stderr: client",
	    false);
	while ((line = next_line(&reader)) != NULL)
		read_line(&reader, line);
}
