/*
 * What the kernel starts in the place of a file: of scripts, of ELF programs, and of
 * files that only look like one.
 */
#include "unit.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>

#include "loader.h"

static char found[PATH_MAX];

/* A file with that in it. */
static bool
find(const void *bytes, size_t length)
{
	cleanup_(close_fd) int fd = memfd_create("loader", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(write(fd, bytes, length) == (ssize_t)length);
	memset(found, '#', sizeof(found));
	return loader_find(fd, found, sizeof(found));
}

static void
a_script_has_its_interpreter(void **state)
{
	static const struct {
		const char *text, *interpreter; /* NULL: none */
	} rows[] = {
		{ "#!/bin/sh\necho", "/bin/sh" },
		{ "#! \t/usr/bin/env -S python3\n", "/usr/bin/env" },
		{ "#!/bin/sh", "/bin/sh" },
		{ "#!sh\n", NULL },
		{ "#!\n", NULL },
		{ "#!", NULL },
		{ "#", NULL },
		{ "", NULL },
		{ "echo /bin/sh and quite a lot of other words\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool is_found = find(rows[i].text, strlen(rows[i].text));

		assert_row(is_found == (rows[i].interpreter != NULL), rows[i].text);
		if (is_found)
			assert_string_equal(found, rows[i].interpreter);
	}
}

/* This test is one that has it. */
static void
a_program_has_its_loader(void **state)
{
	cleanup_(close_fd) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_true(loader_find(fd, found, sizeof(found)));
	assert_true(found[0] == '/');
	assert_int_equal(access(found, X_OK), 0);
}

/* The least that has a header and a segment, of either class. */
struct wide {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	char path[16];
};
struct narrow {
	Elf32_Ehdr head;
	Elf32_Phdr segments[2];
	char path[16];
};

static struct wide
wide(void)
{
	struct wide file = {
		.head = { .e_phoff = offsetof(struct wide, segments), .e_phnum = 2 },
		.segments = { { .p_type = PT_PHDR },
		    { .p_type = PT_INTERP,
			.p_offset = offsetof(struct wide, path),
			.p_filesz = 8 } },
		.path = "/lib/ld",
	};

	memcpy(file.head.e_ident, ELFMAG, SELFMAG);
	file.head.e_ident[EI_CLASS] = ELFCLASS64;
	return file;
}

static void
both_classes_are_known(void **state)
{
	struct wide file = wide();
	struct narrow small = {
		.head = { .e_phoff = offsetof(struct narrow, segments), .e_phnum = 2 },
		.segments = { { .p_type = PT_LOAD },
		    { .p_type = PT_INTERP,
			.p_offset = offsetof(struct narrow, path),
			.p_filesz = 8 } },
		.path = "/lib/l2",
	};

	(void)state;
	memcpy(small.head.e_ident, ELFMAG, SELFMAG);
	small.head.e_ident[EI_CLASS] = ELFCLASS32;
	assert_true(find(&file, sizeof(file)));
	assert_string_equal(found, "/lib/ld");
	assert_true(find(&small, sizeof(small)));
	assert_string_equal(found, "/lib/l2");
}

static void
a_file_that_lies_has_none(void **state)
{
	struct wide file = wide();

	(void)state;
	for (size_t length = 0; length < offsetof(struct wide, path) + 8; length++)
		assert_false(find(&file, length));
	file.head.e_phoff = UINT64_MAX;
	assert_false(find(&file, sizeof(file)));
	file.head.e_phoff = INT64_MAX;
	assert_false(find(&file, sizeof(file)));
	file = wide();
	file.segments[1].p_offset = UINT64_MAX - 1;
	assert_false(find(&file, sizeof(file)));
	file = wide();
	file.segments[1].p_filesz = UINT64_MAX;
	assert_false(find(&file, sizeof(file)));
	file = wide();
	file.segments[1].p_filesz = 7; /* not ended by a NUL */
	assert_false(find(&file, sizeof(file)));
	file = wide();
	file.segments[1].p_type = PT_LOAD; /* static */
	assert_false(find(&file, sizeof(file)));
	file = wide();
	memcpy(file.path, "lib/ld!", 8); /* not absolute */
	assert_false(find(&file, sizeof(file)));
}

static void
there_must_be_room_for_it(void **state)
{
	struct wide file = wide();
	char small[8];
	cleanup_(close_fd) int fd = memfd_create("loader", MFD_CLOEXEC);

	(void)state;
	assert_true(write(fd, "#!/bin/shell\n", 13) == 13);
	assert_false(loader_find(fd, small, sizeof(small)));
	assert_false(loader_find(-1, found, sizeof(found)));
	assert_true(pwrite(fd, &file, sizeof(file), 0) == sizeof(file));
	assert_false(loader_find(fd, small, 7));
	assert_true(loader_find(fd, small, 8));
	file.segments[1].p_filesz = 7;
	assert_true(pwrite(fd, &file, sizeof(file), 0) == sizeof(file));
	assert_false(loader_find(fd, small, 7)); /* no NUL, and no room for one */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_has_its_interpreter),
		cmocka_unit_test(a_program_has_its_loader),
		cmocka_unit_test(both_classes_are_known),
		cmocka_unit_test(a_file_that_lies_has_none),
		cmocka_unit_test(there_must_be_room_for_it),
	};

	return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
