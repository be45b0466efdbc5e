/*
 * What a program could do if it were taken over, told from settings and measures.
 */
#include "unit.h"

#include "explain.h"
#include "explain_preset.h"
#include "explain_rows.h"
#include "explain_table.h"
#include "settings.h"
#include "text.h"

#define WIDTH 80

/* "NAME=VALUE NAME=VALUE" as settings, "NAME:WHAT|NAME!WHY|NAME~WHAT" as measures in
 * force, missing, and missing but for that. */
struct told {
	struct explain_service service;
	const char *values[200];
	struct explain_measure measures[32];
	char words[1024], said[1024];
};

static void
tell_settings(struct told *told, const char *settings)
{
	char *rest = told->words, *word;

	for (size_t i = 0; i < settings_count; i++)
		told->values[i] = settings_table[i].preset;
	(void)snprintf(told->words, sizeof(told->words), "%s", settings);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (value == NULL)
			continue;
		*value = '\0';
		/* A list has blanks between its words, which part settings here. */
		for (char *plus = value + 1; (plus = strchr(plus, '+')) != NULL;)
			*plus = ' ';
		told->values[settings_find(word) - settings_table] = value + 1;
	}
}

static void
tell(struct told *told, const char *settings, const char *measures)
{
	static const char *const always[] = { "user", "capabilities", "syscalls" };
	char *rest = told->said, *word;
	size_t count = 0;

	tell_settings(told, settings);
	(void)snprintf(told->said, sizeof(told->said), "%s", measures);
	while ((word = strsep(&rest, "|")) != NULL) {
		char *what = strpbrk(word, ":!~");

		if (what == NULL)
			continue;
		told->measures[count++] = (struct explain_measure){ word, "preset",
			*what == ':' ? "in-force" : "missing",
			*what != '!' ? what + 1 : "", *what == '!' ? what + 1 : "" };
		*what = '\0';
	}
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (strstr(measures, always[i]) == NULL)
			told->measures[count++] =
			    (struct explain_measure){ always[i], "", "off", "", "" };
	told->service = (struct explain_service){ .name = "echo",
		.values = told->values,
		.measures = told->measures,
		.measure_count = count };
}

static const struct {
	const char *settings, *measures, *action, *now, *by;
} rows[] = {
	{ "", "", "read", "what its user may", "(files)" },
	{ "", "user:uid 0, as prong", "read", "everything: it is root", "(files)" },
	{ "read=/srv", "files:x", "read", "itself, /srv", "files" },
	{ "read=/srv write=/var", "files:x", "read", "itself, /srv, /var", "files" },
	{ "isolation=strict", "files:x", "read", "the system, itself", "files" },
	{ "isolation=strict", "files!no", "read", "what its user may", "files: missing" },
	{ "isolation=strict", "files:x", "write", "nothing", "files" },
	{ "isolation=strict", "files:x|mount:y", "write", "its own /tmp", "files" },
	{ "isolation=strict private-tmp=0", "files:x|mount:y", "write", "nothing",
	    "files" },
	{ "isolation=strict", "mount:y", "write", "its own /tmp", "mount" },
	{ "read-only=yes write=/v", "mount:y", "write", "/v", "mount" },
	{ "root=/srv", "root:x", "execute", "what its user may, below /srv", "root" },
	{ "", "", "connect", "anywhere", "(network)" },
	{ "isolation=strict read=none+/a+/b", "files:", "read", "itself, /a, /b",
	    "files" },
	{ "isolation=strict execute=none", "files:", "execute", "itself", "files" },
	{ "network=none", "network:", "connect", "nowhere: it has none", "network" },
	{ "connect=443", "ports:", "connect", "TCP: 443; UDP is open", "ports" },
	{ "connect=443", "ports:", "listen", "on every port from 1024", "(network)" },
	{ "isolation=strict", "ports:|network!no", "listen", "TCP: nowhere; UDP is open",
	    "ports" },
	{ "isolation=strict", "ports:|syscalls:5 of 6: @default", "connect",
	    "nowhere: it can make no socket", "syscalls" },
	{ "isolation=strict", "syscalls:@default @network-client", "connect", "anywhere",
	    "(network)" },
	{ "", "pid:", "see", "all of the machine", "(pid)" },
	{ "", "pid:|mount:", "see", "those of its session", "pid" },
	{ "", "scope:", "signal", "those of its session", "scope" },
	{ "scope=abstract-sockets", "scope:", "signal", "all of its user", "(pid)" },
	{ "uid-range=1000-2000", "user:x", "trace", "those of its session", "user" },
	{ "", "user:x", "trace", "all of its user", "(scope)" },
	{ "", "user:uid 0, as prong", "trace", "all of the machine: it is root",
	    "(scope)" },
	{ "", "user:uid 0, as prong|capabilities:none", "trace", "all of its user",
	    "(scope)" },
	{ "", "pid:", "trace", "all of its user, by /proc alone", "(scope)" },
	{ "", "pid:|mount:", "trace", "those of its session", "pid" },
	{ "", "user-namespace:", "trace", "those of its service", "user-namespace" },
	{ "", "scope:", "trace", "those of its session", "scope" },
	{ "", "scope~tracing", "trace", "those of its session", "scope" },
	{ "", "files:", "trace", "those of its session", "files" },
	{ "", "ports:", "trace", "those of its session", "ports" },
	/* The call alone is not all of it. */
	{ "", "syscalls:@basic", "trace", "all of its user, by /proc alone", "(scope)" },
	{ "", "syscalls:@basic|scope!no Landlock", "trace",
	    "all of its user, by /proc alone", "scope: missing" },
	{ "", "syscalls:@basic|user:uid 0, as prong", "trace",
	    "all of the machine, by /proc alone", "(scope)" },
	{ "", "syscalls:@basic|pid:", "trace", "all of its user, by /proc alone",
	    "(scope)" },
	{ "", "syscalls:@basic|user-namespace:", "trace", "those of its service",
	    "user-namespace" },
	{ "", "syscalls:@basic|scope:", "trace", "none: the call is forbidden",
	    "syscalls" },
	{ "", "syscalls:@basic|scope~tracing", "trace", "none: the call is forbidden",
	    "syscalls" },
	{ "", "syscalls:@basic|files:", "trace", "none: the call is forbidden",
	    "syscalls" },
	{ "", "syscalls:@basic|ports:", "trace", "none: the call is forbidden",
	    "syscalls" },
	{ "", "syscalls:@basic|pid:|mount:", "trace", "none: the call is forbidden",
	    "syscalls" },
	{ "uid-range=1000-2000", "syscalls:@basic|user:x", "trace",
	    "none: the call is forbidden", "syscalls" },
	{ "syscalls=@default+ptrace", "syscalls:@default ptrace", "trace",
	    "all of its user", "(scope)" },
	{ "syscalls=@default+ptrace", "syscalls:@default ptrace|scope:", "trace",
	    "those of its session", "scope" },
	{ "syscalls=read,ptrace", "syscalls:read ptrace|scope:", "trace",
	    "those of its session", "scope" },
	{ "syscalls=-ptrace", "syscalls:@default -ptrace|scope:", "trace",
	    "none: the call is forbidden", "syscalls" },
	{ "", "user:games, uid 5", "be", "games, uid 5", "user" },
	{ "", "capabilities:none", "have", "no capabilities", "capabilities" },
	{ "", "capabilities:chown kept", "have", "chown kept", "capabilities" },
	{ "", "", "gain", "what set-user-id programs give", "(no-new-privileges)" },
	{ "", "", "call", "every system call", "(syscalls)" },
	{ "memory-max=5M", "cgroup:", "memory", "5M in all", "cgroup" },
	{ "memory=5M", "", "memory", "each process: 5M", "(cgroup)" },
	{ "isolation=strict", "limits:", "memory", "each process: 1G", "limits" },
	{ "isolation=strict limit=data=7M", "limits:", "memory", "each process: 7M",
	    "limits" },
	{ "", "", "disk", "each file: as prong itself", "(limits)" },
	{ "", "cgroup:", "stays", "no process: they end with it", "cgroup" },
};

static void
each_row_has_the_first_measure_that_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct explain_row row;
		struct told told;
		bool is_found = false;

		tell(&told, rows[i].settings, rows[i].measures);
		for (size_t k = 0; explain_row(&told.service, k, &row); k++) {
			if (strcmp(row.action, rows[i].action) != 0)
				continue;
			is_found = true;
			assert_string_equal(row.now, rows[i].now);
			assert_string_equal(row.by, rows[i].by);
		}
		assert_row(is_found, rows[i].action);
	}
}

static void
what_a_preset_puts_in_the_place_of_a_setting(void **state)
{
	static const struct {
		const char *settings, *measures, *setting, *value; /* NULL: nothing */
	} presets[] = {
		{ "isolation=strict", "user:nobody, uid 5, gid 5", "user", "nobody" },
		{ "", "user!no", "user", NULL },
		{ "isolation=strict", "files:x", "read", "@system" },
		{ "isolation=strict", "files!no", "read", NULL },
		{ "isolation=basic write=/a", "files:x", "read", NULL },
		{ "isolation=strict", "limits:core 0, data 1.0 GB", "limit", "data=1G" },
		{ "isolation=strict", "limits:core 0, data 1.0 GB", "files", NULL },
		{ "isolation=basic", "limits:core 0", "core", "0" },
		{ "isolation=strict", "pid:|uts:|mount!no", "namespaces", "pid uts" },
		{ "isolation=strict", "mount:x", "private-tmp", "64M" },
		{ "isolation=strict namespaces=none", "mount:x", "read-only", NULL },
		{ "isolation=basic", "syscalls:3 of 4: @basic; others fail", "syscalls",
		    "@basic" },
		{ "isolation=basic", "", "max", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
		char put[128] = "";
		struct text text = TEXT_ON(put);
		struct told told;
		bool is_put;

		tell(&told, presets[i].settings, presets[i].measures);
		is_put = explain_preset_put(&text, &told.service, presets[i].setting);
		assert_row(is_put == (presets[i].value != NULL), presets[i].setting);
		if (presets[i].value != NULL)
			assert_string_equal(put, presets[i].value);
	}
}

static char *
printed(const struct explain_service *service)
{
	char *said = NULL;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	explain_table_print(out, service);
	assert_int_equal(fclose(out), 0);
	return said;
}

static void
the_table_fits_a_terminal(void **state)
{
	struct told told;
	char *said;

	(void)state;
	tell(&told,
	    "isolation=strict read=/a/folder/with/a/name /another/one /and/one/more",
	    "files:x|syscalls:87 of 360 system calls: @default @network-client; others "
	    "end the session|pid!a reason that is so long that it has to be continued on "
	    "the next line of the table|mount!a reason that is so long that it has to be "
	    "continued on the next line of the table|scope!another");
	said = printed(&told.service);
	assert_non_null(said);
	bug_if(said == NULL);
	for (const char *line = said; line != NULL; line = strchr(line, '\n')) {
		line += line[0] == '\n';
		assert_row(strcspn(line, "\n") <= WIDTH, line);
	}
	assert_non_null(strstr(said, "\n  missing: pid, mount\n      a reason that "));
	assert_non_null(strstr(said, "\n  missing: scope\n      another\n"));
	free(said);
}

static void
without_measures_there_is_no_table(void **state)
{
	struct told told;
	char *said;

	(void)state;
	tell(&told, "", "");
	told.service.measure_count = 0;
	said = printed(&told.service);
	assert_string_equal(said, "");
	free(said);
}

static void
what_could_not_be_tried_is_said(void **state)
{
	struct told told;
	char *said;

	(void)state;
	tell(&told, "", "");
	told.service.untried = "user: there is none";
	said = printed(&told.service);
	assert_non_null(strstr(said, "  nothing could be tried: user: there is none\n"));
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_the_first_measure_that_holds),
		cmocka_unit_test(what_a_preset_puts_in_the_place_of_a_setting),
		cmocka_unit_test(the_table_fits_a_terminal),
		cmocka_unit_test(without_measures_there_is_no_table),
		cmocka_unit_test(what_could_not_be_tried_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
