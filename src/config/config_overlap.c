/*
 * config_overlap -- the same address, listened on twice
 *
 * Compares how an address is meant, not how it is spelt: 9999 and :9999 are one.  That a
 * port on every address shuts out the same port on one of them is found by the kernel.
 */
#include "reader.h"

#include <ctype.h>
#include <string.h>

#include "addr.h"

struct entry {
	const char *meant;
	const struct config_word *word;
	size_t number;
};

static void
put_meant(struct text *text, const char *word)
{
	const char *colon = strrchr(word, ':');
	size_t length = colon == NULL ? 0 : (size_t)(colon - word);
	bool has_brackets = length > 2 && word[0] == '[' && colon[-1] == ']';
	char host[128];
	struct addr addr;
	uint64_t port;

	if (strncmp(word, "vsock::", 7) == 0) {
		text_put(text, "vsock:any:");
		text_put(text, word + 7);
		return;
	}
	if (length > 0 && length < sizeof(host)) {
		length -= has_brackets ? 2 : 0;
		memcpy(host, word + has_brackets, length);
		host[length] = '\0';
		if (addr_parse_ip(host, 0, &addr) == 0 &&
		    text_parse_number(colon + 1, 0, UINT16_MAX, &port) == 0) {
			addr_set_port(&addr, (uint16_t)port);
			addr_put(text, &addr);
			return;
		}
	}
	text_put(text, word + (word[0] == ':'));
}

/* A port of 0 is another one each time. */
static bool
is_any_port(const char *word)
{
	const char *colon = strrchr(word, ':');

	if (strncmp(word, "unix:", 5) == 0 || strncmp(word, "fd:", 3) == 0)
		return false;
	return strcmp(colon == NULL ? word : colon + 1, "0") == 0;
}

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->meant, b->meant);

	return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static bool
fill_entry(struct reader *reader, struct entry *entry, const struct config_word *word)
{
	char meant[512] = "";
	struct text text = TEXT_ON(meant);

	put_meant(&text, word->text);
	entry->word = word;
	entry->meant = arena_text(
	    &reader->config->arena, meant, text.used < sizeof(meant) ? text.used : 0);
	return entry->meant != NULL;
}

/* How many entries were made; none when memory is short. */
static size_t
collect(struct reader *reader, struct entry **ret_entries)
{
	const struct config *config = reader->config;
	struct entry entry, *entries = NULL;
	size_t count = 0;

	for (size_t i = 0; i < config->service_count; i++)
		for (size_t k = 0; k < config->services[i].listens.count; k++) {
			const struct config_word *word =
			    &config->services[i].listens.items[k];

			if (is_any_port(word->text))
				continue;
			entry.number = count;
			if (!fill_entry(reader, &entry, word) ||
			    !arena_grow(&entries, count, sizeof(entry))) {
				reader->is_out_of_memory = true;
				break;
			}
			entries[count++] = entry;
		}
	*ret_entries = entries;
	return count;
}

void
config_overlap_check(struct reader *reader)
{
	struct entry *entries;
	size_t count = collect(reader, &entries);
	struct diag_word word;

	if (count > 0)
		qsort(entries, count, sizeof(*entries), compare_entries);
	for (size_t i = 1; i < count; i++) {
		const struct config_word *here = entries[i].word;
		const struct config_word *there = entries[i - 1].word;

		if (strcmp(entries[i - 1].meant, entries[i].meant) != 0)
			continue;
		diag_mistake(reader->diags, &here->mark,
		    "listen: %s is listened on already", diag_word(&word, here->text));
		diag_note(reader->diags, &there->mark, "%s is said here",
		    diag_word(&word, there->text));
	}
	free(entries);
}
