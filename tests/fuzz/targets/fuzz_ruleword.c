/*
 * Any lines as networks, as rules that allow or deny, and as words.
 */
#include "fuzz.h"
#include "network.h"
#include "ruleword.h"
#include "text.h"

/* As it is written, not as it is said: "uid:5". */
static void
check_read_back(const struct addr_key *network)
{
	char place[128] = "", wrong[256];
	struct text written = TEXT_ON(place), why = TEXT_ON(wrong);
	struct addr_key again;

	network_put(&written, network);
	must(!written.is_cut && fuzz_is_harmless(place, written.used));
	if (place[3] == ' ')
		place[3] = ':';
	must(network_parse(place, &again, &why) == 0);
	must(addr_key_compare(network, &again) == 0);
	must(network_covers(network, &again));
	must(network_covers(&NETWORK_ALL, network));
}

static void
check_network(const char *word)
{
	char place[256] = "";
	struct text wrong = TEXT_ON(place);
	struct addr_key network;

	if (network_parse(word, &network, &wrong) == 0) {
		must(place[0] == '\0');
		check_read_back(&network);
		return;
	}
	must(wrong.used > 0 && !wrong.is_cut && fuzz_is_harmless(place, wrong.used));
}

/* Whether the line is a rule. */
static bool
check_line(const char *line, bool is_allow)
{
	char place[1024] = "";
	struct text wrong = TEXT_ON(place);
	struct ruleword rule;
	size_t column = 0;

	if (ruleword_parse(line, is_allow, &rule, &wrong, &column) < 0) {
		must(wrong.used > 0 && !wrong.is_cut);
		must(fuzz_is_harmless(place, wrong.used));
		must(column > 0 && column <= strlen(line) + 1);
		return false;
	}
	must(place[0] == '\0' && column == 0);
	check_read_back(&rule.network);
	for (size_t i = 0; i < rule.options.count; i++)
		must(strchr(rule.options.words[i], '=') != NULL);
	ruleword_done(&rule);
	return true;
}

static void
check_words(const char *line)
{
	struct setting_list words = { 0 };
	size_t length = 0;

	if (ruleword_split(line, &words) == 0)
		for (size_t i = 0; i < words.count; i++)
			length += strlen(words.words[i]);
	must(length <= strlen(line));
	setting_list_done(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_(free_text) char *lines = fuzz_string(data, size);

	for (char *next = lines; next != NULL && *next != '\0';) {
		char *line = strsep(&next, "\n");
		bool is_denied = check_line(line, false);

		must(check_line(line, true) || !is_denied);
		check_words(line);
		check_network(line);
	}
	return 0;
}
