#include "prepare_rules.h"

#include <string.h>

#include "network.h"
#include "rulefile.h"
#include "ruleset.h"
#include "ruleword.h"

#define MISTAKES_TOLD 20

/* Rules while they are made. */
struct making {
	struct ruleset set;
	bool is_full; /* of choices, and that was told */
	struct text *message, nowhere;
	uint32_t mistakes;
	int rc; /* the first error */
};

/* Where something stands. */
struct spot {
	bool is_allow;
	uint16_t file;
	uint32_t line;
	size_t column; /* 0: of the whole line */
};

/* Begins the line of a mistake; its end is the caller's. */
static struct text *
mistake_at(struct making *making, const struct spot *spot, int rc)
{
	struct text *text =
	    making->mistakes < MISTAKES_TOLD ? making->message : &making->nowhere;
	const char *file = making->set.rules.files.words[spot->file];

	making->mistakes++;
	if (making->rc == 0)
		making->rc = rc;
	text_put(text, spot->is_allow ? "allow: " : "deny: ");
	if (spot->file == 0)
		return text;
	text_put_quoted(text, file, strlen(file));
	text_put(text, spot->line > 0 ? ":" : " ");
	if (spot->line > 0)
		text_printf(text, "%u:", spot->line);
	if (spot->column > 0)
		text_printf(text, "%zu:", spot->column);
	if (spot->line > 0)
		text_put_char(text, ' ');
	return text;
}

static void
mistake(struct making *making, const struct spot *spot, int rc, const char *what)
{
	struct text *text = mistake_at(making, spot, rc);

	text_put(text, what);
	text_put_char(text, '\n');
}

/* ---- lines ----------------------------------------------------------------------- */

/* Returns what would be said of every line to come as well. */
static int
take_rule(struct making *making, const struct spot *spot, struct ruleword *word)
{
	struct rule rule = { word->network, !spot->is_allow, spot->file, spot->line, 0 };
	int rc = ruleset_add(&making->set, &rule, &word->options);

	if (rc == -E2BIG)
		mistake(making, spot, rc, "there are more than 10000000 rules");
	if (rc != -ENOSPC)
		return rc;
	if (!making->is_full)
		mistake(making, spot, rc,
		    "there are more than 1000 different sets of options, each of which "
		    "is a variant of the service");
	making->is_full = true;
	return 0;
}

static int
take_line(struct making *making, struct spot *spot, const char *line)
{
	char place[1024] = "";
	struct text wrong = TEXT_ON(place);
	struct ruleword word;
	int rc = ruleword_parse(line, spot->is_allow, &word, &wrong, &spot->column);

	if (rc == -EINVAL) {
		mistake(making, spot, rc, place);
		return 0;
	}
	if (rc < 0)
		return rc;
	spot->column = 0;
	rc = take_rule(making, spot, &word);
	ruleword_done(&word);
	return rc;
}

static bool
is_comment(const char *line)
{
	line += strspn(line, " \t\r");
	return *line == '\0' || *line == '#' || *line == ';';
}

/* `bytes` end with NUL. */
static int
take_lines(struct making *making, struct spot *spot, char *bytes, size_t count)
{
	char *at = bytes, *end = bytes + count;
	int rc = 0;

	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (rc == 0 && at < end) {
		char *line = at, *line_end = memchr(at, '\n', (size_t)(end - at));

		if (line_end == NULL)
			line_end = end;
		*line_end = '\0';
		at = line_end + 1;
		spot->line++;
		if (strlen(line) < (size_t)(line_end - line)) {
			spot->column = strlen(line) + 1;
			mistake(making, spot, -EINVAL, "a NUL byte: this is no text");
			return 0;
		}
		if (!is_comment(line))
			rc = take_line(making, spot, line);
	}
	return rc;
}

static int
take_file(struct making *making, struct spot *spot, const char *path)
{
	cleanup_(free_text) char *bytes = NULL;
	char place[256] = "";
	struct text wrong = TEXT_ON(place);
	size_t count;
	int rc;

	*spot = (struct spot){ .is_allow = spot->is_allow };
	rc = ruleset_add_file(&making->set, path, &spot->file);
	if (rc == -E2BIG)
		mistake(making, spot, rc, "there are more than 65535 files");
	if (rc < 0)
		return rc;
	rc = rulefile_read(path, &bytes, &count, &wrong);
	if (rc == 0)
		return take_lines(making, spot, bytes, count);
	if (rc == -ENOMEM)
		return rc;
	mistake(making, spot, rc, place);
	return 0;
}

static int
take_list(struct making *making, const struct setting_list *words, bool is_allow)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < words->count; i++) {
		struct spot spot = { is_allow, 0, (uint32_t)i + 1, 0 };

		rc = ruleword_is_file(words->words[i])
			 ? take_file(making, &spot, words->words[i])
			 : take_line(making, &spot, words->words[i]);
	}
	return rc;
}

/* ---- all together ---------------------------------------------------------------- */

static void
complain_conflict(void *context, const struct rule *first, const struct rule *second)
{
	struct making *making = context;
	struct spot spot = { !second->is_denied, second->file, second->line, 0 };
	struct text *text = mistake_at(making, &spot, -EINVAL);

	text_put_char(text, '\'');
	network_put(text, &second->network);
	text_put(text, first->is_denied == second->is_denied
			   ? "' has other options as well, in "
			   : "' is allowed as well, in ");
	rules_put_origin(text, &making->set.rules, first);
	text_put_char(text, '\n');
}

/* "all" sorts first. */
static void
check_way_in(struct making *making)
{
	const struct rules *rules = &making->set.rules;
	struct spot spot = { .is_allow = false };

	if (rules->has_allow || rules->count == 0 ||
	    rules->all[0].network.family != AF_UNSPEC)
		return;
	spot.file = rules->all[0].file;
	spot.line = rules->all[0].line;
	mistake(making, &spot, -EINVAL,
	    "all are denied and nobody is allowed; allow those who may come in, or pause "
	    "the service (prong pause)");
}

static int
make(struct making *making, const struct settings *settings)
{
	int rc = ruleset_init(&making->set);

	/* An empty file of friends lets nobody in, not everybody. */
	making->set.rules.has_allow = settings->allow.count > 0;
	if (rc == 0)
		rc = take_list(making, &settings->allow, true);
	if (rc == 0)
		rc = take_list(making, &settings->deny, false);
	if (rc == -ENOMEM)
		return rc;
	ruleset_join(&making->set, complain_conflict, making);
	check_way_in(making);
	if (making->mistakes > MISTAKES_TOLD)
		text_printf(
		    making->message, "and %u more\n", making->mistakes - MISTAKES_TOLD);
	return making->rc;
}

int
prepare_rules(
    const struct settings *settings, struct rules *ret_rules, struct text *message)
{
	struct making *making;
	int rc;

	if (settings->allow.count + settings->deny.count == 0) {
		*ret_rules = (struct rules){ .networks.all = NETWORKS_NONE };
		return 0;
	}
	making = calloc(1, sizeof(*making));
	rc = making == NULL ? -ENOMEM : 0;
	if (rc == 0) {
		making->message = message;
		rc = make(making, settings);
	}
	if (rc == 0)
		rc = ruleset_settle(&making->set, ret_rules);
	if (rc == -ENOMEM)
		text_put(message, "allow, deny: out of memory\n");
	if (making != NULL)
		ruleset_done(&making->set);
	free(making);
	return rc;
}
