#include "inherit.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "text.h"
#include "words.h"

/* Names are given for all descriptors or, if the count is not right, for none. */
static void
read_names(struct inherit *in, const char *names)
{
	char *rest;
	unsigned i = 0;

	if (names == NULL || (in->names_owned = strdup(names)) == NULL ||
	    (in->given = strdup(names)) == NULL)
		return;
	rest = in->names_owned;
	while (i < in->count && rest != NULL)
		in->names[i++] = strsep(&rest, ":");
	if (i < in->count || rest != NULL)
		memset(in->names, 0, sizeof(in->names));
}

static void
read_sockets(struct inherit *in, const char *pid, const char *fds)
{
	uint64_t number, count;

	if (pid == NULL || fds == NULL) {
		(void)snprintf(in->problem, sizeof(in->problem),
		    _("no sockets were handed over: LISTEN_PID and LISTEN_FDS are not both set"));
		return;
	}
	if (text_parse_number(pid, 1, INT_MAX, &number) < 0 ||
	    number != (uint64_t)getpid()) {
		(void)snprintf(in->problem, sizeof(in->problem),
		    _("LISTEN_PID is '%.40s', the sockets are not meant for this process (%ld)"),
		    pid, (long)getpid());
		return;
	}
	if (text_parse_number(fds, 1, INHERIT_MAX_FDS, &count) < 0) {
		(void)snprintf(in->problem, sizeof(in->problem),
		    _("LISTEN_FDS is '%.40s', not a number from 1 to %d"), fds,
		    INHERIT_MAX_FDS);
		return;
	}
	for (int fd = INHERIT_FIRST_FD; fd < INHERIT_FIRST_FD + (int)count; fd++)
		if (fcntl(fd, F_GETFD) < 0) {
			(void)snprintf(in->problem, sizeof(in->problem),
			    _("LISTEN_FDS is %s, but descriptor %d is not open"), fds,
			    fd);
			return;
		}
	in->count = (unsigned)count;
}

void
inherit_init(struct inherit *in)
{
	static const char *const variables[] = { "LISTEN_PID", "LISTEN_FDS",
		"LISTEN_FDNAMES", "LISTEN_PIDFDID" };

	memset(in, 0, sizeof(*in));
	read_sockets(in, getenv("LISTEN_PID"), getenv("LISTEN_FDS"));
	if (in->count > 0)
		read_names(in, getenv("LISTEN_FDNAMES"));
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
}

void
inherit_done(struct inherit *in)
{
	free_text(&in->names_owned);
	free_text(&in->given);
}

void
inherit_adopt(struct inherit *in, unsigned count, const char *names)
{
	inherit_done(in);
	memset(in, 0, sizeof(*in));
	(void)snprintf(
	    in->problem, sizeof(in->problem), _("no sockets were handed over"));
	in->count = count;
	read_names(in, names);
}

int
inherit_next(const struct inherit *in, const char *name, int after)
{
	int fd = after < INHERIT_FIRST_FD ? INHERIT_FIRST_FD : after + 1;

	for (; fd < INHERIT_FIRST_FD + (int)in->count; fd++) {
		const char *given = in->names[fd - INHERIT_FIRST_FD];

		if (name == NULL || (given != NULL && strcmp(given, name) == 0))
			return fd;
	}
	return -1;
}

bool
inherit_wants(const char *word, const char **ret_name)
{
	if (strcmp(word, "systemd") != 0 && strncmp(word, "systemd:", 8) != 0)
		return false;
	*ret_name = word[7] == ':' ? word + 8 : NULL;
	return true;
}

bool
inherit_means(const struct inherit *in, const char *word, int fd)
{
	const char *name;
	char by_number[16];

	if (inherit_wants(word, &name))
		return inherit_next(in, name, fd - 1) == fd;
	(void)snprintf(by_number, sizeof(by_number), "fd:%d", fd);
	return strcmp(word, by_number) == 0;
}

bool
inherit_is_missing(
    const struct inherit *in, const char *word, struct inherit_missing *ret_missing)
{
	const char *name;

	if (!inherit_wants(word, &name) || inherit_next(in, name, -1) >= 0)
		return false;
	if (in->count == 0) {
		(void)snprintf(
		    ret_missing->why, sizeof(ret_missing->why), "%s", in->problem);
		ret_missing->hint = N_(
		    "start prong from a systemd .socket unit, or try it with systemd-socket-activate");
		return true;
	}
	(void)snprintf(ret_missing->why, sizeof(ret_missing->why),
	    _("none of the %u sockets handed over has that name"), in->count);
	ret_missing->hint = N_("the name is FileDescriptorName= of the .socket unit");
	return true;
}
