#include "keep.h"

#include <fcntl.h>
#include <string.h>

#include "base.h"
#include "server.h"
#include "text.h"

int
keep_one(int fd, bool is_kept)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return -errno;
	flags = is_kept ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
	return fcntl(fd, F_SETFD, flags) < 0 ? -errno : 0;
}

/* Every LISTEN word there is, from 0 on; NULL behind the last. */
static const char *
word_at(const struct server *server, size_t i)
{
	const struct options *options = server->options;
	const struct config *config = &server->config;

	if (i < options->listen_count)
		return options->listens[i];
	i -= options->listen_count;
	for (size_t k = 0; k < config->service_count; k++) {
		const struct config_words *listens = &config->services[k].listens;

		if (i < listens->count)
			return listens->items[i].text;
		i -= listens->count;
	}
	return NULL;
}

/* A descriptor that is nobody's any more is no loss. */
static int
keep_word(const char *word, size_t length, bool is_kept)
{
	char number[16];
	uint64_t fd;
	int rc;

	if (length <= 3 || length - 3 >= sizeof(number) || strncmp(word, "fd:", 3) != 0)
		return 0;
	memcpy(number, word + 3, length - 3);
	number[length - 3] = '\0';
	if (text_parse_number(number, 3, INT32_MAX, &fd) < 0)
		return 0;
	rc = keep_one((int)fd, is_kept);
	return rc == -EBADF ? 0 : rc;
}

/* What the program before had for words, as long as nothing else is known. */
static int
keep_carried(const struct server *server, bool is_kept)
{
	const char *at = server->carried_words;
	int rc = 0;

	while (rc == 0 && *at != '\0') {
		size_t length = strcspn(at, " ");

		rc = keep_word(at, length, is_kept);
		at += length + (at[length] == ' ');
	}
	return rc;
}

int
keep_inherited(const struct server *server, bool is_kept)
{
	const char *word;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < server->inherit->count; i++)
		rc = keep_one(INHERIT_FIRST_FD + (int)i, is_kept);
	for (size_t i = 0; rc == 0 && (word = word_at(server, i)) != NULL; i++)
		rc = keep_word(word, strlen(word), is_kept);
	return rc < 0 ? rc : keep_carried(server, is_kept);
}

void
keep_words(const struct server *server, char *words, size_t size)
{
	struct text text = { .at = words, .size = size };
	const char *word;

	words[0] = '\0';
	text_put(&text, server->carried_words);
	for (size_t i = 0; (word = word_at(server, i)) != NULL; i++)
		if (strncmp(word, "fd:", 3) == 0 && text.size - text.used > 16)
			text_printf(&text, "%s%.14s", text.used > 0 ? " " : "", word);
}
