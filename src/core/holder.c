#include "holder.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "closing.h"

#define TCP_LISTEN_STATE 0x0a

/* The inode of the listening socket in a line of /proc/net/tcp or tcp6 if its port is
 * the one; else 0. */
static unsigned long
tcp_line_inode(const char *line, unsigned wanted_port)
{
	unsigned port, state;
	unsigned long inode;

	if (sscanf(line,
		" %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
		&port, &state, &inode) != 3)
		return 0;
	return port == wanted_port && state == TCP_LISTEN_STATE ? inode : 0;
}

static unsigned long
tcp_inode(const char *table, unsigned port)
{
	cleanup_(close_file) FILE *file = fopen(table, "re");
	char line[512];
	unsigned long inode = 0;

	while (inode == 0 && file != NULL && fgets(line, sizeof(line), file) != NULL)
		inode = tcp_line_inode(line, port);
	return inode;
}

/* "0000...: 00000002 00000000 00010000 0001 01 12345 /run/x" */
static unsigned long
unix_inode(const char *path)
{
	cleanup_(close_file) FILE *file = fopen("/proc/net/unix", "re");
	char line[512], name[256];
	unsigned long inode;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%*x: %*x %*x %*x %*x %*x %lu %255s", &inode, name) ==
			2 &&
		    strcmp(name, path) == 0)
			return inode;
	return 0;
}

static unsigned long
holder_inode(const struct addr *addr)
{
	struct text path = { 0 };
	char name[ADDR_TEXT_MAX];
	unsigned long inode;

	if (addr_is_ip(addr)) {
		inode = tcp_inode("/proc/net/tcp", addr_port(addr));
		return inode != 0 ? inode : tcp_inode("/proc/net/tcp6", addr_port(addr));
	}
	if (addr->sa.sa_family != AF_UNIX)
		return 0;
	path = TEXT_ON(name);
	addr_put_host(&path, addr);
	return unix_inode(name);
}

/* Does one of the process's descriptors lead to the socket? */
static bool
process_has(const char *pid, const char *wanted)
{
	char path[300], target[64];
	cleanup_(close_folder) DIR *dir = NULL;
	struct dirent *entry;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		ssize_t n =
		    readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, wanted) == 0)
			return true;
	}
	return false;
}

static void
put_process(struct text *text, const char *pid)
{
	char path[300], name[64] = "";
	cleanup_(close_file) FILE *file = NULL;

	if (strtol(pid, NULL, 10) == (long)getpid()) {
		text_put(text, " by another address of this process");
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file != NULL && fgets(name, sizeof(name), file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	text_put(text, " by ");
	text_put_quoted(text, name[0] == '\0' ? "a process" : name,
	    strlen(name[0] == '\0' ? "a process" : name));
	text_put(text, " (pid ");
	text_put(text, pid);
	text_put_char(text, ')');
}

void
holder_put(struct text *text, const struct addr *addr)
{
	unsigned long inode = holder_inode(addr);
	cleanup_(close_folder) DIR *proc = NULL;
	struct dirent *entry;
	char wanted[64];

	if (inode == 0)
		return;
	(void)snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	proc = opendir("/proc");
	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (process_has(entry->d_name, wanted)) {
			put_process(text, entry->d_name);
			return;
		}
	}
	text_put(text, " by a process of another user");
}
