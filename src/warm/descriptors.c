#include "descriptors.h"

#include "io.h"
#include "procfs.h"
#include "say.h"

#include <linux/kcmp.h>

/* fdinfo of a descriptor of ours, but for one with a thousand locks. */
#define FDINFO_SIZE 1024
#define LINK_SIZE 64

/* Flags that matter to the first open alone; the last is part of O_TMPFILE. */
#define OPENING (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | __O_TMPFILE)

/* linux/stat.h leaves these to libc where the headers of one were seen. */
enum {
	KIND_MASK = 0170000,
	KIND_REGULAR = 0100000,
	KIND_DIRECTORY = 0040000,
	KIND_CHARACTER = 0020000,
};

struct look {
	int pid;
	struct parasite_shared *shared;
	const char *placeholder;
	struct say refusal;
};

static long
info_read(int pid, int fd, char *text, size_t size)
{
	char name[LINK_SIZE];
	struct say say = say_begin(name, sizeof(name));

	say_text(&say, "fdinfo/");
	say_number(&say, (uint64_t)fd);
	return proc_read(pid, name, text, size);
}

/* ---- aliases --------------------------------------------------------------------- */

static long
alias_look(int fd, void *context)
{
	struct look *look = context;
	struct parasite_shared *shared = look->shared;
	char text[FDINFO_SIZE];
	int64_t flags;
	long rc = proc_link(look->pid, fd, text, sizeof(text));

	if (rc < 0)
		return rc;
	if (!io_is_same(text, look->placeholder))
		return 0;
	if (shared->alias_count == PARASITE_ALIASES_MAX)
		return -E2BIG;
	rc = info_read(look->pid, fd, text, sizeof(text));
	flags = rc < 0 ? -1 : proc_number(text, "flags:", 8);
	if (flags < 0)
		return rc < 0 ? rc : -EINVAL;
	shared->aliases[shared->alias_count].fd = fd;
	shared->aliases[shared->alias_count].flags = (int32_t)(flags & O_CLOEXEC);
	shared->alias_count++;
	return 0;
}

static long
placeholder_find(int pid, char *text, size_t size)
{
	for (int fd = SYS_INPUT; fd <= SYS_OUTPUT; fd++)
		if (proc_link(pid, fd, text, size) > 0 && say_begins(text, "socket:"))
			return 0;
	return -ENOENT;
}

long
descriptors_aliases(int pid, const char *placeholder, struct parasite_shared *shared)
{
	char found[LINK_SIZE];
	struct look look = { .pid = pid, .shared = shared, .placeholder = placeholder };
	long rc = 0;

	shared->alias_count = 0;
	if (placeholder == NULL) {
		look.placeholder = found;
		rc = placeholder_find(pid, found, sizeof(found));
	}
	if (rc == 0)
		rc = proc_each_fd(pid, alias_look, &look);
	if (rc == 0 && shared->alias_count == 0)
		rc = -ENOENT;
	return rc;
}

/* ---- everything else ------------------------------------------------------------- */

static bool
is_alias(const struct parasite_shared *shared, int fd)
{
	for (uint32_t i = 0; i < shared->alias_count; i++)
		if (shared->aliases[i].fd == fd)
			return true;
	return false;
}

static long
kind_of(int pid, int fd, uint32_t *ret_kind)
{
	struct statx facts;
	char path[LINK_SIZE];
	long rc;

	proc_path(path, sizeof(path), pid, "fd", fd);
	rc = sys_call6(__NR_statx, AT_FDCWD, (long)path, 0, STATX_TYPE, (long)&facts, 0);
	*ret_kind = rc < 0 ? 0 : facts.stx_mode & KIND_MASK;
	return rc;
}

/* A file that was opened once and duplicated has one offset. */
static int32_t
same_offset(const struct look *look, int fd)
{
	for (uint32_t i = 0; i < look->shared->file_count; i++) {
		int other = look->shared->files[i].fd;

		if (sys_call6(__NR_kcmp, look->pid, look->pid, KCMP_FILE, other, fd, 0) ==
		    0)
			return other;
	}
	return -1;
}

static void
file_path(struct parasite_file *file)
{
	struct say say = say_begin(file->path, sizeof(file->path));

	say_text(&say, "/proc/self/fd/");
	say_number(&say, (uint64_t)file->fd);
}

static long
file_add(struct look *look, int fd, const char *info)
{
	struct parasite_shared *shared = look->shared;
	int64_t flags = proc_number(info, "flags:", 8);
	int64_t offset = proc_number(info, "pos:", 10);

	if (flags < 0 || offset < 0)
		return -EINVAL;
	if ((flags & O_PATH) != 0)
		return 0;
	if (shared->file_count == PARASITE_FILES_MAX) {
		_Static_assert(PARASITE_FILES_MAX == 32, "the text");
		say_text(&look->refusal, "it has more than 32 files open");
		return 0;
	}
	shared->files[shared->file_count] = (struct parasite_file){
		.fd = fd,
		.flags = (int32_t)(flags & ~OPENING),
		.offset = offset,
		.same_as = same_offset(look, fd),
	};
	file_path(&shared->files[shared->file_count++]);
	return 0;
}

static void
refuse(struct look *look, const char *before, int fd, const char *after)
{
	say_text(&look->refusal, before);
	say_number(&look->refusal, (uint64_t)fd);
	say_text(&look->refusal, after);
}

/* In the words of who knows descriptors. */
static void
refuse_kind(struct look *look, int fd)
{
	static const struct {
		char begin[24], name[24];
	} kinds[] = {
		{ "pipe:", "a pipe" },
		{ "socket:", "a socket" },
		{ "anon_inode:[eventfd]", "an eventfd" },
		{ "anon_inode:[eventpoll]", "an epoll set" },
		{ "anon_inode:[timerfd]", "a timerfd" },
		{ "anon_inode:[signalfd]", "a signalfd" },
		{ "anon_inode:inotify", "an inotify instance" },
	};
	char text[LINK_SIZE];
	const char *name = text;

	(void)proc_link(look->pid, fd, text, sizeof(text));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (say_begins(text, kinds[i].begin))
			name = kinds[i].name;
	refuse(look, "descriptor ", fd, " is ");
	say_text(&look->refusal, name);
}

static long
file_look(int fd, void *context)
{
	struct look *look = context;
	char info[FDINFO_SIZE];
	uint32_t kind;
	long rc;

	if (look->refusal.used > 0 || fd == SYS_ERROR || is_alias(look->shared, fd))
		return 0;
	rc = kind_of(look->pid, fd, &kind);
	if (rc == 0)
		rc = info_read(look->pid, fd, info, sizeof(info));
	if (rc < 0)
		return rc;
	if (proc_number(info, "lock:", 10) >= 0)
		refuse(look, "a lock is held on descriptor ", fd, "");
	else if (kind == KIND_REGULAR)
		return file_add(look, fd, info);
	else if (kind != KIND_DIRECTORY && kind != KIND_CHARACTER)
		refuse_kind(look, fd);
	return 0;
}

long
descriptors_files(int pid, struct parasite_shared *shared, char *refusal, size_t size)
{
	struct look look = { .pid = pid, .shared = shared };

	look.refusal = say_begin(refusal, size);
	shared->file_count = 0;
	return proc_each_fd(pid, file_look, &look);
}
