/*
 * Configurations in files and directories: what is read, in which order, and what is
 * refused without being waited for.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "config.h"
#include "scratch.h"

struct bench {
	struct scratch scratch;
	struct config config;
	unsigned mistakes, warnings;
	char *said;
};

static int
bench_setup(void **state)
{
	static struct bench bench;

	bench = (struct bench){ 0 };
	scratch_init(&bench.scratch);
	*state = &bench;
	return 0;
}

static int
bench_teardown(void **state)
{
	struct bench *bench = *state;

	scratch_done(&bench->scratch);
	config_free(&bench->config);
	free(bench->said);
	return 0;
}

static void
put_file(struct bench *bench, const char *name, const char *text)
{
	(void)scratch_file(&bench->scratch, name, text, 0600);
}

static void
put_folder(struct bench *bench, const char *name, mode_t mode)
{
	const char *path = scratch_path(&bench->scratch, name);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Takes the directory's name out of what was said: it is another each time. */
static void
shorten(struct bench *bench)
{
	size_t length = strlen(bench->scratch.dir) + 1;
	char *found;

	while ((found = strstr(bench->said, bench->scratch.dir)) != NULL)
		memmove(found, found + length, strlen(found + length) + 1);
}

static int
read_path(struct bench *bench, const char *path)
{
	struct diags diags = { 0 };
	size_t size;
	int failed;

	free(bench->said);
	config_free(&bench->config);
	diags.out = open_memstream(&bench->said, &size);
	failed = config_read(path, &diags, &bench->config);
	(void)fclose(diags.out);
	bench->mistakes = diags.mistakes;
	bench->warnings = diags.warnings;
	return failed;
}

static void
read_name(struct bench *bench, const char *name, int expected)
{
	int failed = read_path(bench, scratch_path(&bench->scratch, name));

	shorten(bench);
	if (failed != expected)
		fail_msg("%s: %d: %s", name, failed, bench->said);
}

static void
assert_service(const struct bench *bench, size_t i, const char *name)
{
	assert_true(i < bench->config.service_count);
	assert_string_equal(bench->config.services[i].name.text, name);
}

static void
assert_use(
    const struct config_service *service, size_t i, const char *name, const char *value)
{
	assert_true(i < service->uses.count);
	assert_string_equal(service->uses.items[i].name, name);
	assert_string_equal(service->uses.items[i].value, value);
}

#define SERVICE(name, port) "services: { " name ": { listen: " port ", program: x } }\n"

/* ---- files ----------------------------------------------------------------------- */

static void
a_file_includes_others_by_path_and_pattern(void **state)
{
	struct bench *bench = *state;

	put_folder(bench, "d[1]", 0700);
	put_folder(bench, "d[1]/more", 0700);
	put_file(bench, "d[1]/main.yaml",
	    "include: [more/*.yaml, other.yaml, none*.yaml, '*.yaml']\n" SERVICE(
		"m", "1"));
	put_file(bench, "d[1]/other.yaml", SERVICE("o", "2"));
	put_file(bench, "d[1]/more/b.yaml", SERVICE("b", "3"));
	put_file(bench, "d[1]/more/a.yaml", SERVICE("a", "4"));
	put_file(bench, "d[1]/empty.yaml", "# nothing\n");
	read_name(bench, "d[1]/main.yaml", 0);
	assert_int_equal(bench->config.service_count, 4);
	assert_service(bench, 0, "a");
	assert_service(bench, 1, "b");
	assert_service(bench, 2, "o");
	assert_service(bench, 3, "m");
}

static void
defaults_reach_included_files_which_add_their_own(void **state)
{
	struct bench *bench = *state;
	const struct config_service *service;

	put_file(bench, "main.yaml",
	    "include: [a.yaml, b.yaml]\n"
	    "defaults: { max: 1, user: u, env: [A=1], groups: [g, h] }\n");
	put_file(bench, "a.yaml",
	    "services: { a: { listen: 1, program: x, env: [C=1], groups: i } }\n"
	    "defaults: { max: 2, env: [B=1] }\n");
	put_file(bench, "b.yaml", SERVICE("b", "2"));
	read_name(bench, "main.yaml", 0);
	service = config_find(&bench->config, "a");
	assert_int_equal(service->uses.count, 6);
	assert_use(service, 0, "user", "u");
	assert_use(service, 1, "env", "A=1");
	assert_use(service, 2, "max", "2");
	assert_use(service, 3, "env", "B=1");
	assert_use(service, 4, "env", "C=1");
	assert_use(service, 5, "groups", "i");
	service = config_find(&bench->config, "b");
	assert_int_equal(service->uses.count, 5);
	assert_use(service, 0, "max", "1");
	assert_use(service, 4, "groups", "h");
}

static void
mistakes_of_all_files_are_told_at_once(void **state)
{
	struct bench *bench = *state;

	put_file(bench, "main.yaml",
	    "log: json\ninclude: [a.yaml, b.yaml, gone.yaml]\n" SERVICE("m", "1"));
	put_file(bench, "a.yaml", "log: text\n" SERVICE("m", "2"));
	put_file(bench, "b.yaml", "services: { b: { listen: ':1', program: x }\n");
	read_name(bench, "main.yaml", -EINVAL);
	assert_string_equal(bench->said,
	    "a.yaml:1:6: log: another file says it already\n"
	    "    log: text\n"
	    "         ^~~~\n"
	    "main.yaml:1:6: log is said here\n"
	    "    log: json\n"
	    "         ^~~~\n"
	    "b.yaml:1:11: did not find expected ',' or '}' while parsing a flow mapping\n"
	    "    services: { b: { listen: ':1', program: x }\n"
	    "              ^\n"
	    "    the pairs of a mapping in braces are separated by ',' and end with '}'\n"
	    "main.yaml:2:27: include: 'gone.yaml' does not exist\n"
	    "    include: [a.yaml, b.yaml, gone.yaml]\n"
	    "                              ^~~~~~~~~\n"
	    "main.yaml:3:13: the service m exists already\n"
	    "    services: { m: { listen: 1, program: x } }\n"
	    "                ^\n"
	    "a.yaml:2:13: m is here\n"
	    "    services: { m: { listen: 2, program: x } }\n"
	    "                ^\n");
}

static void
an_address_twice_names_both_files(void **state)
{
	struct bench *bench = *state;

	put_file(bench, "a.yaml", "include: b.yaml\n" SERVICE("a", "80"));
	put_file(bench, "b.yaml", SERVICE("b", "':80'"));
	read_name(bench, "a.yaml", -EINVAL);
	assert_string_equal(bench->said,
	    "a.yaml:2:26: listen: 80 is listened on already\n"
	    "    services: { a: { listen: 80, program: x } }\n"
	    "                             ^~\n"
	    "b.yaml:1:26: :80 is said here\n"
	    "    services: { b: { listen: ':80', program: x } }\n"
	    "                             ^~~~~\n");
}

static void
circles_and_towers_come_to_an_end(void **state)
{
	struct bench *bench = *state;
	char name[32], text[64];

	put_file(bench, "a.yaml", "include: b.yaml\n" SERVICE("a", "1"));
	put_file(bench, "b.yaml", "include: ./a.yaml\n" SERVICE("b", "2"));
	read_name(bench, "a.yaml", -EINVAL);
	assert_non_null(strstr(bench->said,
	    "b.yaml:1:10: include: './a.yaml' is being read: a circle of includes\n"));
	assert_int_equal(bench->mistakes, 1);

	put_file(bench, "twice.yaml", "include: [c.yaml, c.yaml]\n");
	put_file(bench, "c.yaml", SERVICE("c", "1"));
	read_name(bench, "twice.yaml", -EINVAL);
	assert_non_null(
	    strstr(bench->said, "twice.yaml:1:19: include: 'c.yaml' was read already\n"));

	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "t%d.yaml", i);
		(void)snprintf(text, sizeof(text), "include: t%d.yaml\n", i + 1);
		put_file(bench, name, text);
	}
	read_name(bench, "t0.yaml", -EINVAL);
	assert_int_equal(bench->mistakes, 1);
	assert_non_null(strstr(bench->said, "more than 16 files include one another"));
}

static void
a_directory_is_all_its_yaml_files_in_order(void **state)
{
	struct bench *bench = *state;

	put_folder(bench, "d", 0700);
	read_name(bench, "d", -EINVAL);
	assert_string_equal(bench->said, "d: no *.yaml or *.yml is in it\n");
	put_file(bench, "d/2.yaml", SERVICE("two", "2"));
	put_file(bench, "d/1.yml", "defaults: { max: 3 }\n" SERVICE("one", "1"));
	put_file(bench, "d/3.yaml~", "not: yaml: at all");
	put_file(bench, "d/.4.yaml", "not: yaml: at all");
	put_file(bench, "d/5.yaml", "log: text\n");
	read_name(bench, "d", 0);
	assert_int_equal(bench->config.service_count, 2);
	assert_service(bench, 0, "one");
	assert_service(bench, 1, "two");
	assert_int_equal(bench->config.services[0].uses.count, 1);
	assert_int_equal(bench->config.services[1].uses.count, 0);
	assert_string_equal(bench->config.log.text, "text");
	put_file(bench, "d/0.yaml", "include: 1.yml\n");
	put_file(bench, "d/00.yaml", "---\n");
	read_name(bench, "d", 0);
	assert_int_equal(bench->config.service_count, 2);
	put_file(bench, "d/6.yaml", SERVICE("one", "6"));
	read_name(bench, "d", -EINVAL);
	assert_non_null(
	    strstr(bench->said, "d/6.yaml:1:13: the service one exists already"));
	assert_non_null(strstr(bench->said, "d/1.yml:2:13: one is here"));
}

/* ---- what is no file ------------------------------------------------------------- */

static void
only_regular_files_are_read(void **state)
{
	struct bench *bench = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(mkfifo(scratch_path(&bench->scratch, "pipe.yaml"), 0600), 0);
	read_name(bench, "pipe.yaml", -EINVAL);
	assert_string_equal(
	    bench->said, "pipe.yaml: is a pipe; a configuration is a regular file\n");
	put_file(bench, "a.yaml", "include: pipe.yaml\n");
	read_name(bench, "a.yaml", -EINVAL);
	assert_non_null(
	    strstr(bench->said, "a.yaml:1:10: include: 'pipe.yaml' is a pipe"));

	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s/socket", bench->scratch.dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	read_name(bench, "socket", -EINVAL);
	assert_string_equal(
	    bench->said, "socket: is a socket; a configuration is a regular file\n");
	(void)close(fd);

	assert_int_equal(read_path(bench, "/dev/null"), -EINVAL);
	assert_string_equal(
	    bench->said, "/dev/null: is a device; a configuration is a regular file\n");
	read_name(bench, "gone", -EINVAL);
	assert_string_equal(bench->said, "gone: does not exist\n");
	put_folder(bench, "folder", 0700);
	put_file(bench, "b.yaml", "include: folder\n");
	read_name(bench, "b.yaml", -EINVAL);
	assert_non_null(strstr(bench->said, "include: 'folder' is a directory"));
}

static void
an_unreadable_file_says_why(void **state)
{
	struct bench *bench = *state;

	bool is_root = geteuid() == 0;

	(void)scratch_file(&bench->scratch, "a.yaml", SERVICE("a", "1"), 0);
	assert_int_equal(chmod(bench->scratch.dir, 0711), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	read_name(bench, "a.yaml", -EINVAL);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(bench->said, "a.yaml: cannot be opened: Permission denied\n");
}

static void
other_encodings_and_sizes_are_refused(void **state)
{
	struct bench *bench = *state;

	put_file(bench, "utf16.yaml", "\xff\xfe{}");
	read_name(bench, "utf16.yaml", -EINVAL);
	assert_string_equal(
	    bench->said, "utf16.yaml: is UTF-16; a configuration is UTF-8\n");
	put_file(bench, "large.yaml", "");
	assert_int_equal(
	    truncate(scratch_path(&bench->scratch, "large.yaml"), INPUT_MAX + 1), 0);
	read_name(bench, "large.yaml", -EINVAL);
	assert_string_equal(bench->said, "large.yaml: is larger than 4 MB\n");
}

/* ---- whom to believe ------------------------------------------------------------- */

static void
a_file_that_everybody_may_write_is_warned_of(void **state)
{
	struct bench *bench = *state;

	(void)scratch_file(&bench->scratch, "a.yaml", SERVICE("a", "1"), 0602);
	put_file(bench, "b.yaml", "include: a.yaml\n" SERVICE("b", "2"));
	read_name(bench, "b.yaml", 0);
	assert_int_equal(bench->warnings, 1);
	assert_string_equal(
	    bench->said, "a.yaml: warning: everybody may write this file (chmod o-w)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_includes_others_by_path_and_pattern),
		TEST(defaults_reach_included_files_which_add_their_own),
		TEST(mistakes_of_all_files_are_told_at_once),
		TEST(an_address_twice_names_both_files),
		TEST(circles_and_towers_come_to_an_end),
		TEST(a_directory_is_all_its_yaml_files_in_order),
		TEST(only_regular_files_are_read),
		TEST(an_unreadable_file_says_why),
		TEST(other_encodings_and_sizes_are_refused),
		TEST(a_file_that_everybody_may_write_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
