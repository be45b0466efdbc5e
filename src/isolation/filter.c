#include "filter.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

#define NAME_MAX_LENGTH 64

static const struct syscall_set *
set_find(const char *name)
{
	for (size_t i = 0; i < syscall_set_count; i++)
		if (strcmp(syscall_sets[i].name, name) == 0)
			return &syscall_sets[i];
	return NULL;
}

/* Known somewhere, if not on this machine. */
static bool
is_call(const char *name)
{
	return syscall_number(name) >= 0 ||
	       seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

/* ---- tables ---------------------------------------------------------------------- */

static void
grant(struct filter_calls *calls, const char *name, enum filter_grant what)
{
	int number = syscall_number(name);

	if (number >= 0 && calls->of[number] < what)
		calls->of[number] = (uint8_t)what;
}

static void
calls_add(struct filter_calls *to, const struct filter_calls *calls)
{
	for (size_t i = 0; i < FILTER_CALLS_MAX; i++)
		if (to->of[i] < calls->of[i])
			to->of[i] = calls->of[i];
}

static void
calls_remove(struct filter_calls *from, const struct filter_calls *calls)
{
	for (size_t i = 0; i < FILTER_CALLS_MAX; i++)
		if (calls->of[i] > FILTER_FORBIDDEN && from->of[i] > FILTER_FORBIDDEN)
			from->of[i] = FILTER_FORBIDDEN;
}

static void calls_of_words(struct filter_calls *, const char *words);

/* The calls of a set, or one call, with its ?. */
static void
calls_of(struct filter_calls *calls, const char *word)
{
	const struct syscall_set *set = word[0] == '@' ? set_find(word) : NULL;
	char name[NAME_MAX_LENGTH];
	size_t length = strcspn(word, "?");

	if (set != NULL && strcmp(set->name, "@known") == 0) {
		for (size_t i = 0; i < syscall_set_count; i++)
			if (syscall_sets[i].words[0] != '@')
				calls_of_words(calls, syscall_sets[i].words);
		return;
	}
	if (set != NULL) {
		calls_of_words(calls, set->words);
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)length, word);
	grant(calls, name, word[length] == '?' ? FILTER_GUARDED : FILTER_ALLOWED);
}

static void
calls_remove_word(struct filter_calls *from, const char *word)
{
	struct filter_calls some = { { 0 } };

	calls_of(&some, word);
	calls_remove(from, &some);
}

/* One after the other: a - takes out of what came before. */
static void
calls_of_words(struct filter_calls *calls, const char *words)
{
	struct filter_calls sum = { { 0 } };

	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		char word[NAME_MAX_LENGTH];

		(void)snprintf(word, sizeof(word), "%.*s", (int)length, words);
		if (word[0] == '-')
			calls_remove_word(&sum, word + 1);
		else
			calls_of(&sum, word);
		words += length + strspn(words + length, " ");
	}
	calls_add(calls, &sum);
}

static void
calls_forbid(struct filter_calls *calls)
{
	calls_of(calls, "@known");
	for (size_t i = 0; i < FILTER_CALLS_MAX; i++)
		if (calls->of[i] != FILTER_UNKNOWN)
			calls->of[i] = FILTER_FORBIDDEN;
}

/* ---- words of people ------------------------------------------------------------- */

static const char *
nearest_set(const char *name)
{
	const char *names[64];
	size_t count = 0;

	for (size_t i = 0; i < syscall_set_count && count < ARRAY_SIZE(names); i++)
		names[count++] = syscall_sets[i].name;
	return text_nearest(name, names, count);
}

/* Of all sets together. */
static bool
nearest_call(const char *name, char *ret, size_t size)
{
	bool is_found = false;

	for (size_t i = 0; i < syscall_set_count; i++)
		for (const char *at = syscall_sets[i].words; *at != '\0';) {
			size_t length = strcspn(at, " ");
			char word[NAME_MAX_LENGTH];
			const char *words[2] = { word, is_found ? ret : word };
			const char *nearest;

			(void)snprintf(
			    word, sizeof(word), "%.*s", (int)strcspn(at, " ?"), at);
			at += length + strspn(at + length, " ");
			if (word[0] == '@' || word[0] == '-')
				continue;
			nearest = text_nearest(name, words, is_found ? 2 : 1);
			if (nearest != word)
				continue;
			(void)snprintf(ret, size, "%s", word);
			is_found = true;
		}
	return is_found;
}

static int
word_wrong(const char *name, struct text *wrong)
{
	char call[NAME_MAX_LENGTH];
	const char *nearest = call;

	text_put(wrong, "'");
	text_put_quoted(wrong, name, strlen(name));
	text_printf(
	    wrong, "' is no %s that is known", name[0] == '@' ? "set" : "system call");
	if (name[0] == '@')
		nearest = nearest_set(name);
	else if (!nearest_call(name, call, sizeof(call)))
		nearest = NULL;
	if (nearest != NULL)
		text_printf(wrong, "; '%s' is", nearest);
	else if (name[0] == '@')
		text_put(wrong, "; @default, @network-client and @basic are");
	else
		text_put(
		    wrong, "; it is a name as in syscalls(2), or a set such as @default");
	return -EINVAL;
}

static int
word_read(struct filter_calls *calls, const char *word, struct text *wrong)
{
	bool is_out = word[0] == '-';
	const char *name = is_out ? word + 1 : word;

	if (strcmp(name, "@no-exec") == 0) {
		name = "@exec";
		is_out = !is_out;
	}
	if (strchr(name, '?') != NULL ||
	    (name[0] == '@' ? set_find(name) == NULL : !is_call(name)))
		return word_wrong(name, wrong);
	if (is_out)
		calls_remove_word(calls, name);
	else
		calls_of(calls, name);
	return 0;
}

int
filter_read(struct filter_calls *calls, const char *const *words, size_t count,
    struct text *wrong)
{
	memset(calls, 0, sizeof(*calls));
	calls_forbid(calls);
	for (size_t i = 0; i < count; i++)
		for (const char *at = words[i]; *at != '\0';) {
			size_t length = strcspn(at, ",");
			char word[NAME_MAX_LENGTH];
			int rc;

			(void)snprintf(word, sizeof(word), "%.*s", (int)length, at);
			rc = word_read(calls, word, wrong);
			if (rc < 0)
				return rc;
			at += length + (at[length] == ',');
		}
	return 0;
}

/* ---- what must be possible whatever was said ------------------------------------- */

/* exec is not among them: filter_secret.  A waiter's are those of src/warm: of what
 * waits, of the code that is put into a program, and of what the program is made to call.
 */
static const char *const of_start[] = {
	[FILTER_OF_PROGRAM] = "sendmsg? close exit exit_group restart_syscall",
	[FILTER_OF_HANDLER] =
	    "sendmsg? close exit exit_group restart_syscall munmap rt_sigprocmask write "
	    "recvmsg sendto? dup2 dup3 fcntl fstat newfstatat clone? setsid prctl getppid "
	    "gettid read shutdown get_robust_list set_robust_list rseq",
	[FILTER_OF_WAITER] =
	    "sendmsg? close exit exit_group restart_syscall recvmsg sendto? dup3 statx clone? "
	    "setsid prctl getppid rt_sigprocmask mmap mprotect openat lseek gettid "
	    "set_robust_list futex rt_sigreturn sigaltstack",
};

void
filter_allow_start(struct filter_calls *calls, enum filter_start start)
{
	calls_of_words(calls, of_start[start]);
	calls->makes_copies = start != FILTER_OF_PROGRAM;
}

void
filter_allow_limits(struct filter_calls *calls)
{
	calls_of_words(calls, "prlimit64?");
}

bool
filter_may_exec(const struct filter_calls *calls)
{
	return calls->of[syscall_number("execve")] >= FILTER_GUARDED;
}
