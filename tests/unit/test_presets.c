/*
 * What a preset puts in the place of settings.
 */
#include "settings_said.h"

#include <sys/resource.h>

#include "presets.h"
#include "text.h"

static void
put_words(struct text *text, const struct settings *settings)
{
	const char *words[PRESET_SYSCALLS + 1];
	size_t count = presets_syscalls(settings, words);

	assert_null(words[count]);
	for (size_t i = 0; i < count; i++)
		text_printf(text, " %s", words[i]);
}

/* All answers that are not of a list, in one line. */
static void
put_answers(struct text *text, const struct settings *settings)
{
	const struct {
		const char *name;
		bool is_so;
	} answers[] = {
		{ "connect", presets_restrict_connect(settings) },
		{ "bind", presets_restrict_bind(settings) },
		{ "signals", presets_scope_signals(settings) },
		{ "sockets", presets_scope_sockets(settings) },
		{ "no-network", presets_network_none(settings) },
		{ "read-only", presets_read_only(settings) },
		{ "tmp", presets_private_tmp(settings) > 0 },
		{ "noroot", (presets_securebits(settings) & SECUREBIT_NOROOT) != 0 },
		{ "nobody", presets_user(settings) != NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i].is_so)
			text_printf(text, " %s", answers[i].name);
}

static void
a_preset_stands_in_for_what_no_setting_says(void **state)
{
	static const struct {
		const char *said, *answers;
	} rows[] = {
		{ "", "" },
		{ "syscalls=read", "" },
		{ "syscalls=-ptrace", " @default" },
		{ "isolation=basic", " @basic signals sockets noroot" },
		{ "isolation=basic syscalls=-ptrace", " @basic signals sockets noroot" },
		{ "isolation=basic syscalls=@default", " signals sockets noroot" },
		{ "isolation=strict",
		    " @default connect bind signals sockets no-network read-only tmp noroot "
		    "nobody" },
		{ "isolation=strict group=users groups=none",
		    " @default connect bind signals sockets no-network read-only tmp noroot "
		    "nobody" },
		{ "isolation=strict connect=443",
		    " @default @network-client connect bind signals sockets read-only tmp "
		    "noroot nobody" },
		{ "isolation=strict bind=8080 scope=signals user=games",
		    " @default @network-server connect bind signals read-only tmp noroot" },
		{ "isolation=strict network=host read-only=no private-tmp=0",
		    " @default @network-client @network-server signals sockets noroot "
		    "nobody" },
		{ "isolation=strict network=none connect=none",
		    " @default connect bind signals sockets no-network read-only tmp noroot "
		    "nobody" },
		{ "isolation=strict namespaces=pid",
		    " @default connect bind signals sockets no-network noroot nobody" },
		{ "read-only=yes private-tmp=1M network=none scope=signals",
		    " connect bind signals no-network read-only tmp" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings settings;
		char line[512] = "";
		struct text text = TEXT_ON(line);

		say(&settings, rows[i].said);
		put_words(&text, &settings);
		put_answers(&text, &settings);
		if (strcmp(line, rows[i].answers) != 0)
			print_error("%s\n", rows[i].said);
		assert_string_equal(line, rows[i].answers);
		settings_done(&settings);
	}
}

static void
a_limit_of_a_preset_gives_way_to_a_setting(void **state)
{
	static const struct {
		const char *said, *limits;
	} rows[] = {
		{ "", "" },
		{ "isolation=basic", " core=0" },
		{ "isolation=basic core=1M", "" },
		{ "isolation=strict",
		    " core=0 data=1073741824 nproc=1024 nofile=1024 fsize=1073741824" },
		{ "isolation=strict limit=data=2G limit=nofile=5:6 processes=9",
		    " core=0 fsize=1073741824" },
		{ "isolation=strict limit=core=1 file-size=1 files=7",
		    " data=1073741824 nproc=1024" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct preset_limit limits[PRESET_LIMITS];
		struct settings settings;
		char line[512] = "";
		struct text text = TEXT_ON(line);
		size_t count;

		say(&settings, rows[i].said);
		count = presets_limits(&settings, limits);
		for (size_t k = 0; k < count; k++)
			text_printf(&text, " %s=%llu", limits[k].name,
			    (unsigned long long)limits[k].value);
		assert_string_equal(line, rows[i].limits);
		settings_done(&settings);
	}
}

/* "r/etc w/dev/null x/usr": is it among them? */
static bool
has_path(const struct settings *settings, const char *word)
{
	static const char letters[] = {
		[PRESET_READ] = 'r', [PRESET_WRITE] = 'w', [PRESET_EXECUTE] = 'x'
	};
	struct preset_path paths[PRESET_PATHS];
	size_t count = presets_paths(settings, paths);

	for (size_t i = 0; i < count; i++)
		if (letters[paths[i].access] == word[0] &&
		    strcmp(paths[i].path, word + 1) == 0)
			return true;
	return false;
}

static void
strict_reads_the_system_unless_none_is_said(void **state)
{
	static const struct {
		const char *said, *path;
		bool has_it;
	} rows[] = {
		{ "isolation=basic", "r/etc", false },
		{ "read=/srv", "r/etc", false },
		{ "isolation=strict", "r/etc", true },
		{ "isolation=strict", "x/usr", true },
		{ "isolation=strict", "w/dev/null", true },
		{ "isolation=strict", "w/tmp", false },
		{ "isolation=strict", "x/etc", false },
		{ "isolation=strict", "w/dev/pts", false },
		{ "isolation=strict pty=raw", "w/dev/pts", true },
		{ "isolation=strict", "r/run/systemd/resolve", false },
		{ "isolation=strict connect=443", "r/run/systemd/resolve", true },
		{ "isolation=strict read=/srv", "r/etc", true },
		{ "isolation=strict read=none read=/srv", "r/etc", false },
		{ "isolation=strict read=none", "x/usr", true },
		{ "isolation=strict execute=none", "x/usr", false },
		{ "isolation=strict write=none", "w/dev/null", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings settings;

		say(&settings, rows[i].said);
		assert_row(
		    has_path(&settings, rows[i].path) == rows[i].has_it, rows[i].said);
		settings_done(&settings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preset_stands_in_for_what_no_setting_says),
		cmocka_unit_test(a_limit_of_a_preset_gives_way_to_a_setting),
		cmocka_unit_test(strict_reads_the_system_unless_none_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
