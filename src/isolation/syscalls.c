/* Sets, names and numbers. */
#include <seccomp.h>
#include <string.h>

#include "base.h"
#include "filter.h"

const struct syscall_set syscall_sets[] = {
#define SET(name, what, words) { name, what, words },
#include "syscall_sets.def"
#undef SET
};

const size_t syscall_set_count = ARRAY_SIZE(syscall_sets);

/* Calls that the running libseccomp may be too old for: their numbers are the same on all
 * machines. */
static const struct {
	const char *name;
	int number;
} newer[] = {
	{ "cachestat", 451 },
	{ "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },
	{ "futex_wake", 454 },
	{ "futex_wait", 455 },
	{ "futex_requeue", 456 },
	{ "statmount", 457 },
	{ "listmount", 458 },
	{ "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },
	{ "mseal", 462 },
	{ "setxattrat", 463 },
	{ "getxattrat", 464 },
	{ "listxattrat", 465 },
	{ "removexattrat", 466 },
	{ "open_tree_attr", 467 },
	{ "file_getattr", 468 },
	{ "file_setattr", 469 },
};

static bool
is_of_that_kind(void)
{
#if defined(__x86_64__) || defined(__aarch64__) || defined(__riscv)
	return true;
#else
	return false;
#endif
}

int
syscall_number(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number >= 0 || !is_of_that_kind())
		return number < FILTER_CALLS_MAX ? number : -1;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (strcmp(newer[i].name, name) == 0)
			return newer[i].number;
	return -1;
}

/* The call of that number among the words of a set. */
static bool
put_word(struct text *text, const char *words, uint32_t arch, int number)
{
	char name[64];

	while (*words != '\0') {
		size_t length = strcspn(words, " ?");
		bool is_name =
		    words[0] != '@' && words[0] != '-' && length < sizeof(name);

		if (is_name) {
			memcpy(name, words, length);
			name[length] = '\0';
		}
		if (is_name && seccomp_syscall_resolve_name_arch(arch, name) == number) {
			text_put(text, name);
			return true;
		}
		words += length;
		words += strspn(words, " ?");
	}
	return false;
}

/* Each call is in a set; libseccomp's own way from the number allocates. */
void
syscall_put_name(struct text *text, uint32_t arch, int number)
{
	for (size_t i = 0; number >= 0 && i < syscall_set_count; i++)
		if (put_word(text, syscall_sets[i].words, arch, number))
			return;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (newer[i].number == number) {
			text_put(text, newer[i].name);
			return;
		}
	text_printf(text, "call %d", number);
}
