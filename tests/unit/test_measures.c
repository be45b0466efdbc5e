/*
 * What is asked for, by settings and by presets.
 */
#include "asking.h"
#include "settings_said.h"

#include <sched.h>

#include "measures.h"
#include "text.h"

/* "files:setting pid:preset ..." of all that is not out, in their order. */
static void
put(struct text *text, const struct measures *measures)
{
	static const char *const wishes[] = { "none", "preset", "setting" };

	for (int i = 0; i < MEASURE_COUNT; i++)
		if (measures->of[i].standing != STANDING_OUT)
			text_printf(text, "%s%s%s:%s", text->used > 0 ? " " : "",
			    measures->of[i].standing == STANDING_MISSING ? "!" : "",
			    measure_name(i), wishes[measures->of[i].wish]);
}

#define BASIC                                                                            \
	"capabilities:preset no-new-privileges:preset securebits:preset "                \
	"limits:preset scope:preset syscalls:preset"
#define STRICT                                                                           \
	"user:preset capabilities:preset no-new-privileges:preset securebits:preset "    \
	"limits:preset files:preset ports:preset scope:preset syscalls:preset "          \
	"network:preset pid:preset mount:preset ipc:preset uts:preset "                  \
	"cgroup-namespace:preset"

static const struct {
	const char *said;
	struct measures_facts facts;
	const char *wishes;
} wishes_rows[] = {
	{ "", ROOT, "" },
	{ "isolation=basic", ROOT, BASIC },
	{ "isolation=strict", ROOT, STRICT },
	{ "isolation=basic", OTHER,
	    "capabilities:preset no-new-privileges:preset limits:preset "
	    "scope:preset syscalls:preset" },
	{ "isolation=strict", OTHER,
	    "capabilities:preset no-new-privileges:preset limits:preset "
	    "files:preset ports:preset scope:preset syscalls:preset "
	    "network:preset pid:preset mount:preset ipc:preset uts:preset "
	    "cgroup-namespace:preset user-namespace:preset" },
	{ "isolation=strict namespaces=none network=host", PLAIN_ROOT,
	    "user:preset capabilities:preset no-new-privileges:preset "
	    "securebits:preset limits:preset files:preset scope:preset "
	    "syscalls:preset" },
	{ "isolation=strict namespaces=mount connect=443 user=games", ROOT,
	    "user:setting capabilities:preset no-new-privileges:setting "
	    "securebits:preset limits:preset files:preset ports:setting "
	    "scope:preset syscalls:preset mount:setting" },
	{ "isolation=basic scope=none syscalls=none no-new-privileges=no core=0", OTHER,
	    "capabilities:preset" },
	{ "isolation=strict namespaces=none network=host scope=none", HANDLER,
	    "user:preset capabilities:preset no-new-privileges:preset "
	    "securebits:preset limits:preset files:preset syscalls:preset" },
	{ "isolation=strict syscalls=none connect=none", HANDLER,
	    "user:preset capabilities:preset no-new-privileges:setting "
	    "securebits:preset limits:preset files:preset ports:setting "
	    "scope:preset network:preset mount:preset ipc:preset uts:preset "
	    "cgroup-namespace:preset" },
	{ "read=/srv", ROOT, "no-new-privileges:setting files:setting" },
	{ "write=none", ROOT, "no-new-privileges:setting files:setting" },
	{ "syscalls=-ptrace", OTHER, "no-new-privileges:setting syscalls:setting" },
	{ "network=none", ROOT, "no-new-privileges:preset ports:preset network:setting" },
	{ "network=none", OTHER,
	    "no-new-privileges:preset ports:preset network:setting user-namespace:setting" },
	{ "namespaces=user", ROOT, "user-namespace:setting" },
	{ "namespaces=ipc namespaces=uts namespaces=cgroup", ROOT,
	    "ipc:setting uts:setting cgroup-namespace:setting" },
	{ "read-only=yes", ROOT, "mount:setting" },
	{ "private-tmp=8M", ROOT, "mount:setting" },
	{ "private-tmp=0", ROOT, "" },
	{ "hide=/etc/shadow", ROOT, "mount:setting" },
	{ "root=/srv", ROOT, "root:setting" },
	{ "root=/srv read-only=yes", ROOT, "mount:setting" },
	{ "capabilities=none", ROOT, "capabilities:setting" },
	{ "securebits=noroot", OTHER, "securebits:setting" },
	{ "pids-max=10", ROOT, "cgroup:setting" },
	{ "cgroup=auto", ROOT, "" },
	{ "cgroup=/sys/fs/cgroup/x", ROOT, "cgroup:setting" },
	{ "limit=stack=8M", ROOT, "" },
	{ "group=users", ROOT, "user:setting" },
};

static void
settings_and_presets_become_wishes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wishes_rows); i++) {
		struct measures measures = { 0 };
		struct settings settings;
		char line[1024] = "";
		struct text text = TEXT_ON(line);

		say(&settings, wishes_rows[i].said);
		measures_want(&measures, &settings, &wishes_rows[i].facts);
		put(&text, &measures);
		if (strcmp(line, wishes_rows[i].wishes) != 0)
			print_error("%s\n  is       %s\n  not      %s\n",
			    wishes_rows[i].said, line, wishes_rows[i].wishes);
		assert_string_equal(line, wishes_rows[i].wishes);
		settings_done(&settings);
	}
}

static void
what_was_struck_stays_missing_and_takes_along_what_needs_it(void **state)
{
	static const struct measures_facts facts = { 0 };
	struct measures measures = { 0 };
	struct settings settings;
	char line[1024] = "";
	struct text text = TEXT_ON(line);

	(void)state;
	say(&settings, "isolation=strict root=/srv");
	measures_want(&measures, &settings, &facts);
	assert_int_equal(measures.of[MEASURE_ROOT].standing, STANDING_OUT);
	assert_int_equal(measures_namespaces(&measures),
	    CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
		CLONE_NEWCGROUP | CLONE_NEWUSER);
	measures_strike(&measures, MEASURE_USER_NAMESPACE, "no: Operation not permitted");
	measures_want(&measures, &settings, &facts);
	put(&text, &measures);
	assert_string_equal(line,
	    "capabilities:preset no-new-privileges:preset limits:preset files:preset "
	    "ports:preset scope:preset syscalls:preset !network:preset !pid:preset "
	    "!mount:preset !ipc:preset !uts:preset !cgroup-namespace:preset "
	    "root:setting");
	assert_string_equal(measures.of[MEASURE_PIDS].why, "no: Operation not permitted");
	assert_int_equal(measures_namespaces(&measures), 0);
	settings_done(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_and_presets_become_wishes),
		cmocka_unit_test(
		    what_was_struck_stays_missing_and_takes_along_what_needs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
