#include "bind_unix.h"

#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "holder.h"
#include "names.h"
#include "patience.h"

#define LOCK_TRIES 50
#define LOCK_PAUSE_MS 20

static int
unix_fail(struct text *message, const struct addr *addr, const char *doing, int rc)
{
	text_printf(message, "listen: cannot %s ", doing);
	addr_put(message, addr);
	text_printf(message, ": %s", text_errno(-rc));
	if (rc == -EADDRINUSE)
		holder_put(message, addr);
	return rc;
}

static int
unix_socket(int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*ret_fd = fd;
	return fd < 0 ? -errno : 0;
}

/* Two servers that start at once must not both find the other's socket stale: whoever
 * looks and replaces holds the directory. */
static int
directory_lock(const char *path, int *ret_fd)
{
	char copy[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd;

	memcpy(copy, path, strlen(path) + 1);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	/* Anybody who can read the directory can hold it: not for ever. */
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		patience_pause(LOCK_PAUSE_MS);
	}
	return -EBUSY;
}

/* Nobody listens when connecting is refused (unix(7)). */
static bool
is_stale(const struct addr *addr)
{
	cleanup_(close_fd) int fd = -1;

	if (unix_socket(&fd) < 0)
		return false;
	return connect(fd, &addr->sa, addr->len) < 0 && errno == ECONNREFUSED;
}

static int
path_clear(const struct addr *addr)
{
	struct stat st;

	if (lstat(addr->un.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (!is_stale(addr))
		return -EADDRINUSE;
	return unlink(addr->un.sun_path) < 0 ? -errno : 0;
}

static int
path_give(int fd, const char *path, const struct settings *settings, struct text *message)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	int rc;

	if (settings->unix_owner == NULL)
		return 0;
	rc = names_owner("unix-owner", settings->unix_owner, &uid, &gid, message);
	if (rc < 0)
		return rc;
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0)
		return 0;
	rc = -errno;
	text_printf(message, "unix-owner: cannot give '%s' to %s: %s", path,
	    settings->unix_owner, text_errno(-rc));
	return rc;
}

/*
 * Before listen(2): until then nobody can connect, whatever the permissions are.  Held
 * by a descriptor, so that whoever may write to the directory cannot have another file's
 * owner and permissions changed by putting a link in its place.
 */
static int
path_protect(const char *path, const struct settings *settings, const struct bound *bound,
    struct text *message)
{
	cleanup_(close_fd) int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char held[32];
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = -errno;
		text_printf(
		    message, "listen: cannot open '%s': %s", path, text_errno(-rc));
		return rc;
	}
	if (st.st_dev != bound->dev || st.st_ino != bound->ino) {
		text_printf(message, "listen: '%s' was replaced while it was made", path);
		return -ESTALE;
	}
	rc = path_give(fd, path, settings, message);
	if (rc < 0)
		return rc;
	(void)snprintf(held, sizeof(held), "/proc/self/fd/%d", fd);
	if (chmod(held, settings->unix_mode) < 0) {
		rc = -errno;
		text_printf(message, "unix-mode: cannot set %o on '%s': %s",
		    settings->unix_mode, path, text_errno(-rc));
	}
	return rc;
}

static int
path_bind(int fd, const struct addr *addr, const struct settings *settings,
    struct bound *bound, struct text *message)
{
	const char *path = addr->un.sun_path;
	struct stat st = { 0 };
	int rc = path_clear(addr);

	if (rc == -EEXIST)
		return unix_fail(message, addr, "replace what is not a socket at", rc);
	if (rc < 0)
		return unix_fail(message, addr, "listen on", rc);
	if (bind(fd, &addr->sa, addr->len) < 0)
		return unix_fail(message, addr, "listen on", -errno);
	bound->addr = *addr;
	bound->has_path = lstat(path, &st) == 0;
	bound->dev = st.st_dev;
	bound->ino = st.st_ino;
	rc = path_protect(path, settings, bound, message);
	if (rc < 0)
		bind_remove(bound);
	return rc;
}

static int
abstract_bind(int fd, const struct addr *addr, struct text *message)
{
	if (bind(fd, &addr->sa, addr->len) < 0)
		return unix_fail(message, addr, "listen on", -errno);
	return 0;
}

int
bind_unix(const struct addr *addr, const struct settings *settings, int backlog,
    struct bound *bound, struct text *message)
{
	cleanup_(close_fd) int fd = -1;
	cleanup_(close_fd) int lock = -1;
	bool has_path = addr->un.sun_path[0] != '\0';
	int rc = unix_socket(&fd);

	if (rc < 0)
		return unix_fail(message, addr, "make a socket for", rc);
	if (has_path && (rc = directory_lock(addr->un.sun_path, &lock)) < 0)
		return unix_fail(message, addr,
		    rc == -EBUSY ? "lock (somebody else holds it) the directory of"
				 : "use the directory of",
		    rc);
	rc = has_path ? path_bind(fd, addr, settings, bound, message)
		      : abstract_bind(fd, addr, message);
	if (rc < 0)
		return rc;
	bound->addr = *addr;
	if (listen(fd, backlog) < 0) {
		rc = -errno;
		bind_remove(bound);
		return unix_fail(message, addr, "listen on", rc);
	}
	bound->fd = take_fd(&fd);
	return 1;
}

int
bind_unix_adapt(
    const struct bound *bound, const struct settings *settings, struct text *message)
{
	return path_protect(bound->addr.un.sun_path, settings, bound, message);
}

bool
bind_has_path(const struct bound *bound)
{
	struct stat st;

	return bound->has_path && lstat(bound->addr.un.sun_path, &st) == 0 &&
	       st.st_dev == bound->dev && st.st_ino == bound->ino;
}

void
bind_remove(const struct bound *bound)
{
	if (bind_has_path(bound))
		(void)unlink(bound->addr.un.sun_path);
}
