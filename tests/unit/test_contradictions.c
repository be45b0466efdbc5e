/*
 * Settings of isolation that contradict one another, and what is said of them.
 */
#include "asking.h"
#include "settings_said.h"

#include "contradictions.h"
#include "text.h"

static void
what_contradicts_itself_is_said(void **state)
{
	static const struct {
		const char *said;
		struct measures_facts facts;
		const char *message;
	} rows[] = {
		{ "isolation=strict", ROOT, "" },
		{ "isolation=strict connect=443 hide=/srv pids-max=5", OTHER, "" },
		{ "isolation=strict orphans=keep", ROOT,
		    "orphans: keep, but a pid namespace (isolation: strict) ends with "
		    "prong; leave one of them out, or say which namespaces it has\n" },
		{ "isolation=strict orphans=keep namespaces=mount", ROOT, "" },
		{ "isolation=strict orphans=keep", HANDLER, "" },
		{ "namespaces=pid orphans=keep", ROOT,
		    "orphans: keep, but a pid namespace (namespaces) ends with prong; leave "
		    "one of them out\n" },
		{ "namespaces=pid", HANDLER,
		    "namespaces: a handler can have no pid namespace; leave pid out\n" },
		{ "network=none connect=443", ROOT,
		    "network: none leaves nothing that the ports of connect could be "
		    "reached through; leave one of them out\n" },
		{ "network=none bind=80", ROOT,
		    "network: none leaves nothing that the ports of bind could be reached "
		    "through; leave one of them out\n" },
		{ "network=none connect=none", ROOT, "" },
		{ "namespaces=none read-only=yes", ROOT,
		    "namespaces: none, but read-only needs a mount namespace; leave one of "
		    "them out\n" },
		{ "namespaces=none hide=/etc", ROOT,
		    "namespaces: none, but hide needs a mount namespace; leave one of them "
		    "out\n" },
		{ "namespaces=none private-tmp=1M", ROOT,
		    "namespaces: none, but private-tmp needs a mount namespace; leave one "
		    "of them out\n" },
		{ "namespaces=none private-tmp=0", ROOT, "" },
		{ "namespaces=none network=none", ROOT, "" },
		{ "namespaces=none network=none", OTHER,
		    "namespaces: none, but network: none needs a user namespace where prong "
		    "has no CAP_SYS_ADMIN; leave one of them out\n" },
		{ "cgroup=off memory-max=1M", ROOT,
		    "cgroup: off, but memory-max needs one for each session; leave one of "
		    "them out\n" },
		{ "cgroup=off cpu-max=5", ROOT,
		    "cgroup: off, but cpu-max needs one for each session; leave one of them "
		    "out\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings settings;
		char line[1024] = "";
		struct text text = TEXT_ON(line);

		say(&settings, rows[i].said);
		assert_row(contradictions_check(&settings, &rows[i].facts, &text) ==
			       (rows[i].message[0] == '\0' ? 0 : -EINVAL),
		    rows[i].said);
		assert_string_equal(line, rows[i].message);
		settings_done(&settings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_contradicts_itself_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
