#include "procfs.h"

#include "say.h"
#include "trace.h"

#define STATUS_BYTES 4096

void
proc_path(char *path, size_t size, int pid, const char *name, int number)
{
	struct say say = say_begin(path, size);

	say_text(&say, "/proc/");
	say_number(&say, (uint64_t)pid);
	say_text(&say, "/");
	say_text(&say, name);
	if (number < 0)
		return;
	say_text(&say, "/");
	say_number(&say, (uint64_t)number);
}

long
proc_read(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	long fd, got = 1;
	size_t used = 0;

	proc_path(path, sizeof(path), pid, name, -1);
	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	while (got > 0 && used + 1 < size) {
		got = sys_read((int)fd, text + used, size - 1 - used);
		if (got > 0)
			used += (size_t)got;
	}
	(void)sys_close((int)fd);
	text[used] = '\0';
	return got < 0 ? got : (long)used;
}

long
proc_link(int pid, int fd, char *text, size_t size)
{
	char path[64];
	long got;

	proc_path(path, sizeof(path), pid, "fd", fd);
	got = trace_readlink(path, text, size - 1);
	text[got < 0 ? 0 : got] = '\0';
	return got;
}

static const char *
find(const char *text, const char *key)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (key[i] != '\0' && text[i] == key[i])
			i++;
		if (key[i] == '\0')
			return text + i;
	}
	return NULL;
}

int64_t
proc_number(const char *text, const char *key, int base)
{
	const char *at = find(text, key);
	int64_t value = 0;

	if (at == NULL)
		return -1;
	while (*at == ' ' || *at == '\t')
		at++;
	if (*at < '0' || *at > '9')
		return -1;
	for (; *at >= '0' && *at < '0' + base; at++)
		value = value * base + (*at - '0');
	return value;
}

static int
hex_digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

unsigned long
proc_caught(int pid)
{
	char text[STATUS_BYTES];
	const char *at;
	unsigned long mask = 0;

	if (proc_read(pid, "status", text, sizeof(text)) < 0)
		return ~0UL;
	at = find(text, "SigCgt:\t");
	if (at == NULL)
		return ~0UL;
	for (; hex_digit(*at) >= 0; at++)
		mask = mask << 4 | (unsigned long)hex_digit(*at);
	return mask;
}

/* getdents64(2) */
struct entry {
	uint64_t ino;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static long
each_entry(const char *bytes, long got, proc_fd_fn *each, void *context)
{
	long rc = 0;

	for (long at = 0; at < got && rc >= 0;) {
		const struct entry *entry = (const struct entry *)(bytes + at);

		if (entry->name[0] != '.')
			rc = each((int)proc_number(entry->name, "", 10), context);
		at += entry->length;
	}
	return rc;
}

long
proc_each_fd(int pid, proc_fd_fn *each, void *context)
{
	char path[64], bytes[1024] __attribute__((aligned(8)));
	long fd, got, rc = 0;

	proc_path(path, sizeof(path), pid, "fd", -1);
	fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	do {
		got = trace_getdents((int)fd, bytes, sizeof(bytes));
		if (got > 0)
			rc = each_entry(bytes, got, each, context);
	} while (got > 0 && rc >= 0);
	(void)sys_close((int)fd);
	return got < 0 ? got : rc;
}
