#include "check_script.h"

#include <string.h>

#include "base.h"
#include "words.h"

static const struct check_language languages[] = {
	{ .name = "python",
	    .flags = "c",
	    .copies = true,
	    .peer = "socket.socket(fileno=os.dup(0)).getpeername()",
	    .words = { "random" },
	    .reseed = "random.seed()" },
	{ .name = "perl",
	    .flags = "eE",
	    .copies = true,
	    .peer = "getpeername(STDIN)",
	    .words = { "rand", "shuffle" },
	    .reseed = "srand()" },
	{ .name = "bash",
	    .flags = "c",
	    .copies = true,
	    .peer = "/proc/self/environ",
	    .words = { "RANDOM" },
	    .reseed = "RANDOM=$SRANDOM" },
	{ .name = "dash", .flags = "c" },
	{ .name = "ash", .flags = "c" },
	{ .name = "busybox", .flags = "c" },
	{ .name = "lua",
	    .flags = "e",
	    .words = { "math.random" },
	    .reseed = "math.randomseed(string.unpack(\"I8\", io.open(\"/dev/urandom\", "
		      "\"rb\"):read(8)))" },
	{ .name = "php",
	    .flags = "r",
	    .copies = true,
	    .peer = "stream_socket_get_name(STDIN, true)",
	    .words = { "mt_rand", "rand", "shuffle" },
	    .reseed = "random_int()" },
	{ .name = "ruby",
	    .flags = "e",
	    .copies = true,
	    .peer = "BasicSocket.for_fd(0).remote_address",
	    .uncopied = N_("a timer") },
	{ .name = "node", .flags = "e", .uncopied = N_("threads") },
	{ .name = "nodejs", .flags = "e", .uncopied = N_("threads") },
};

/* Those of src/core/environment.c that are another one for every client.  Our own end is
 * mostly known beforehand. */
static const char *const variables[] = { "PRONG_ID", "PRONG_DEADLINE", "TCPREMOTEIP",
	"TCPREMOTEPORT", "TCPCONNNUM", "TCPCONCURRENCY", "TCPREMOTEADDR", "REMOTE_ADDR",
	"REMOTE_PORT", "REMOTE_HOST", "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT",
	"SOCAT_PEERADDR", "SOCAT_PEERPORT", "IPCREMOTEEUID", "IPCREMOTEEGID",
	"IPCREMOTEPATH", "IPCCONNNUM", "VSOCKREMOTECID", "VSOCKREMOTEPORT" };

/* ---- languages --------------------------------------------------------------------- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* "python3.11" is python, "pythonic" is not. */
const struct check_language *
check_script_language(const char *program)
{
	const char *name = base_name(program);

	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		const size_t length = strlen(languages[i].name);

		if (strncmp(name, languages[i].name, length) == 0 &&
		    strspn(name + length, "0123456789.-") == strlen(name + length))
			return &languages[i];
	}
	return NULL;
}

/* The next word of a line; false: there is none. */
static bool
take_word(const char **at, char *word, size_t size)
{
	const char *begin = *at + strspn(*at, " \t");
	const size_t length = strcspn(begin, " \t\r\n");

	if (length == 0 || length >= size)
		return false;
	memcpy(word, begin, length);
	word[length] = '\0';
	*at = begin + length;
	return true;
}

const struct check_language *
check_script_hashbang(const char *text)
{
	const char *at = text + 2;
	char word[256];

	if (strncmp(text, "#!", 2) != 0 || !take_word(&at, word, sizeof(word)))
		return NULL;
	if (strcmp(base_name(word), "env") == 0)
		do {
			if (!take_word(&at, word, sizeof(word)))
				return NULL;
		} while (word[0] == '-');
	return check_script_language(word);
}

struct check_script
check_script_find(const struct check_language *language, const char *const *argv)
{
	size_t i = 1;

	if (strcmp(language->name, "busybox") == 0 && argv[0] != NULL && argv[1] != NULL)
		i++;
	for (; argv[0] != NULL && argv[i] != NULL; i++) {
		const size_t length = strlen(argv[i]);

		if (argv[i][0] != '-' || length < 2)
			return (struct check_script){ .path = argv[i] };
		if (argv[i][1] == 'm' && strcmp(language->name, "python") == 0)
			break;
		if (argv[i][1] != '-' &&
		    strchr(language->flags, argv[i][length - 1]) != NULL)
			return (struct check_script){ .text = argv[i + 1] };
	}
	return (struct check_script){ 0 };
}

/* ---- words ------------------------------------------------------------------------- */

static bool
is_letter(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* The word by itself, and not as a part of another; or NULL. */
static const char *
find_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if ((at == text || !is_letter(at[-1])) && !is_letter(at[length]))
			return at;
	return NULL;
}

/* Is all of the line before it a comment?  '#' is one in most of the languages. */
static bool
is_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at[strspn(at, " \t")] == '#';
}

static unsigned
line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* The first of the words that is not in a comment; of several the first in the text. */
static struct check_place
find_any(const char *text, const char *const *words, size_t count)
{
	const char *first = NULL;
	struct check_place place = { 0 };

	for (size_t i = 0; i < count && words[i] != NULL; i++) {
		const char *at = find_word(text, words[i]);

		while (at != NULL && is_comment(text, at))
			at = find_word(at + 1, words[i]);
		if (at == NULL || (first != NULL && first < at))
			continue;
		first = at;
		(void)strncpy(place.word, words[i], sizeof(place.word) - 1);
	}
	if (first != NULL)
		place.line = line_of(text, first);
	return place;
}

struct check_place
check_script_variable(const char *text)
{
	return find_any(text, variables, ARRAY_SIZE(variables));
}

struct check_place
check_script_random(const struct check_language *language, const char *text)
{
	return find_any(text, language->words, ARRAY_SIZE(language->words));
}
