#include "loader.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

/* So much of a script's first line the kernel reads. */
#define LINE 256
/* As many headers as the kernel takes: a page of them, at least. */
#define HEADERS 64

static bool
read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX &&
	       pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

/* With the NUL that must be its last byte, and no other. */
static bool
is_path(const char *bytes, size_t size)
{
	return size > 2 && bytes[0] == '/' && strnlen(bytes, size) == size - 1;
}

static bool
script_interpreter(const char *line, char *ret_path, size_t size)
{
	const char *word = line + 2 + strspn(line + 2, " \t");
	size_t length = strcspn(word, " \t\n");

	if (length >= size || word[0] != '/')
		return false;
	memcpy(ret_path, word, length);
	ret_path[length] = '\0';
	return true;
}

struct segment {
	uint32_t type;
	uint64_t offset, size;
};

/* One program header, of 32 or 64 bits. */
static bool
read_segment(int fd, bool is_64, uint64_t at, struct segment *ret)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;

	if (is_64 && read_at(fd, &wide, sizeof(wide), at)) {
		*ret = (struct segment){ wide.p_type, wide.p_offset, wide.p_filesz };
		return true;
	}
	if (!is_64 && read_at(fd, &narrow, sizeof(narrow), at)) {
		*ret =
		    (struct segment){ narrow.p_type, narrow.p_offset, narrow.p_filesz };
		return true;
	}
	return false;
}

static bool
elf_loader(int fd, bool is_64, char *ret_path, size_t size)
{
	Elf64_Ehdr wide = { 0 };
	Elf32_Ehdr narrow = { 0 };
	struct segment segment;
	uint64_t at;
	size_t count, each = is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (!read_at(fd, is_64 ? (void *)&wide : &narrow,
		is_64 ? sizeof(wide) : sizeof(narrow), 0))
		return false;
	at = is_64 ? wide.e_phoff : narrow.e_phoff;
	count = is_64 ? wide.e_phnum : narrow.e_phnum;
	for (size_t i = 0; i < count && i < HEADERS; i++) {
		if (at > INT64_MAX || !read_segment(fd, is_64, at + i * each, &segment))
			return false;
		if (segment.type != PT_INTERP)
			continue;
		if (segment.size > size ||
		    !read_at(fd, ret_path, segment.size, segment.offset))
			return false;
		return is_path(ret_path, segment.size);
	}
	return false;
}

/* Of the other endianness nothing here could be executed. */
bool
loader_find(int fd, char *ret_path, size_t size)
{
	char head[LINE] = "";
	ssize_t length = pread(fd, head, sizeof(head) - 1, 0);

	if (length < EI_NIDENT && strncmp(head, "#!", 2) != 0)
		return false;
	if (strncmp(head, "#!", 2) == 0)
		return script_interpreter(head, ret_path, size);
	if (memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	return elf_loader(fd, head[EI_CLASS] == ELFCLASS64, ret_path, size);
}
