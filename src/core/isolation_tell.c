#include "isolation_tell.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "capabilities.h"
#include "conn.h"
#include "engine.h"
#include "isolation_what.h"

void
isolation_tell(struct prong_service *service)
{
	struct event event;
	struct text text;

	if (!isolation_is_told(service))
		return;
	event_begin(&event, EVENT_ISOLATION, service->name, NULL);
	text = event_open(&event);
	isolation_put_asked(&text, service);
	event_close(&event, "asked", &text);
	text = event_open(&event);
	isolation_put_in_force(&text, service);
	if (text.used == 0)
		text_put(&text, "nothing");
	event_close(&event, "in_force", &text);
	text = event_open(&event);
	isolation_put_missing(&text, service);
	if (text.used > 0)
		event_close(&event, "missing", &text);
	if (!engine_is_told(&service->ledger->told_isolation, &event))
		event_send(&event, &service->server->sink);
}

/* ---- what the kernel says -------------------------------------------------------- */

/* The value behind "NAME:" in /proc/PID/status; "" if it is not there. */
static const char *
value_of(const char *status, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = status; line != NULL; line = strchr(line, '\n')) {
		line += line[0] == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return "";
}

static uint64_t
number_of(const char *status, const char *name, int base)
{
	return strtoull(value_of(status, name), NULL, base);
}

static void
put_status(struct text *text, const char *status)
{
	uint64_t effective = number_of(status, "CapEff", 16);
	uint64_t filters = number_of(status, "Seccomp_filters", 10);

	text_printf(text, "uid %llu", (unsigned long long)number_of(status, "Uid", 10));
	if (effective == 0)
		text_printf(text, ", no capabilities%s",
		    number_of(status, "CapBnd", 16) == 0 ||
			    number_of(status, "NoNewPrivs", 10) == 1
			? " and none to be had"
			: "");
	else
		text_printf(text, ", capabilities %llx", (unsigned long long)effective);
	if (number_of(status, "NoNewPrivs", 10) == 1)
		text_put(text, ", no new privileges");
	if (number_of(status, "Seccomp", 10) == 2 && filters == 0)
		text_put(text, ", system calls filtered"); /* before Linux 5.9 */
	else if (filters > 0)
		text_printf(text, ", %llu system call filter%s",
		    (unsigned long long)filters, filters == 1 ? "" : "s");
}

static bool
is_own_namespace(pid_t pid, const char *kind)
{
	char path[64], its[64] = "", ours[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	if (readlink(path, its, sizeof(its) - 1) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	return readlink(path, ours, sizeof(ours) - 1) > 0 && strcmp(its, ours) != 0;
}

static void
put_namespaces(struct text *text, pid_t pid)
{
	static const char *const kinds[] = { "pid", "mnt", "net", "ipc", "uts", "user",
		"cgroup" };
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_own_namespace(pid, kinds[i]))
			text_printf(
			    text, "%s%s", count++ == 0 ? ", own " : " ", kinds[i]);
	if (count > 0)
		text_put(text, count == 1 ? " namespace" : " namespaces");
}

/* 0 bytes: it is gone already, or /proc is not there. */
static size_t
status_read(pid_t pid, char *status, size_t size)
{
	cleanup_(close_fd) int fd = -1;
	char path[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, status, size - 1);
	if (length < 0)
		return 0;
	status[length] = '\0';
	return (size_t)length;
}

/* A handler's stages may not be over yet, and nobody says when they are. */
void
isolation_tell_session(struct conn *conn)
{
	struct prong_service *service = conn->service;
	struct event event;
	struct text text;
	char status[4096];

	if (service->is_confinement_told || service->handler != NULL ||
	    !isolation_is_told(service))
		return;
	/* Of one that is over already nothing can be seen: the next one will do. */
	if (status_read(conn->pid, status, sizeof(status)) == 0 ||
	    value_of(status, "State")[0] == 'Z')
		return;
	service->is_confinement_told = true;
	event_begin(&event, EVENT_CONFINED, service->name, conn->id);
	event_number(&event, "pid", conn->pid);
	text = event_open(&event);
	put_status(&text, status);
	put_namespaces(&text, conn->pid);
	event_close(&event, "text", &text);
	event_send(&event, &service->server->sink);
}
