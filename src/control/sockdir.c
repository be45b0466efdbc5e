#include "sockdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A folder with more sockets than this is not looked through to its end. */
#define SWEEP_MOST 1024

bool
sockdir_candidate(unsigned i, char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const bool is_root = geteuid() == 0;
	const bool has_runtime = !is_root && runtime != NULL && runtime[0] == '/';

	if (is_root && i == 0)
		(void)snprintf(path, size, "/run/prong");
	else if (has_runtime && i == 0)
		(void)snprintf(path, size, "%s/prong", runtime);
	else if (i == (is_root || has_runtime))
		(void)snprintf(path, size, "/tmp/prong-%ld", (long)geteuid());
	else
		return false;
	return true;
}

/* ---- the folder -------------------------------------------------------------------- */

static int
check_folder(const char *path, struct text *message)
{
	cleanup_(close_fd) int fd =
	    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		const int failed = -errno;

		text_printf(message, "'%s': %s", path,
		    failed == -ELOOP || failed == -ENOTDIR ? "is not a folder"
							   : strerror(-failed));
		return failed;
	}
	if (st.st_uid != geteuid()) {
		text_printf(message, "'%s' belongs to uid %ld", path, (long)st.st_uid);
		return -EPERM;
	}
	if ((st.st_mode & 022) != 0) {
		text_printf(message, "'%s' can be written by others", path);
		return -EPERM;
	}
	return 0;
}

/* Below /run everybody may see who is there; elsewhere nobody has to. */
static int
make_folder(const char *path, struct text *message)
{
	const mode_t mode = strcmp(path, "/run/prong") == 0 ? 0755 : 0700;

	if (mkdir(path, mode) < 0 && errno != EEXIST) {
		const int failed = -errno;

		text_printf(message, "making '%s': %s", path, strerror(-failed));
		return failed;
	}
	return check_folder(path, message);
}

/* ---- what is left of others -------------------------------------------------------- */

static int
address_of(struct sockaddr_un *address, const char *path)
{
	const size_t length = strlen(path);

	if (length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, path, length + 1);
	return 0;
}

/* 0: somebody listens there; -ECONNREFUSED: nobody does. */
static int
try_to_connect(const char *path)
{
	struct sockaddr_un address;
	cleanup_(close_fd) int fd = -1;

	if (address_of(&address, path) < 0)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	return -errno;
}

static void
read_comm(const char *pid, char comm[32])
{
	char path[64];
	cleanup_(close_fd) int fd = -1;
	ssize_t got = -1;

	(void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		got = read(fd, comm, 31);
	comm[got < 0 ? 0 : got] = '\0';
}

/* A living server of the same name is not disturbed: being connected to wakes it. */
static bool
is_alive(pid_t pid)
{
	char ours[32], theirs[32], digits[16];

	if (kill(pid, 0) < 0 && errno == ESRCH)
		return false;
	(void)snprintf(digits, sizeof(digits), "%ld", (long)pid);
	read_comm("self", ours);
	read_comm(digits, theirs);
	return ours[0] != '\0' && strcmp(ours, theirs) == 0;
}

/* The pid of "PID.sock", or of "PID.sock~" that was never moved there; else 0. */
static pid_t
pid_of(const char *name)
{
	const char *dot = strchr(name, '.');
	char digits[16];
	uint64_t pid;

	if (dot == NULL || (strcmp(dot, ".sock") != 0 && strcmp(dot, ".sock~") != 0) ||
	    (size_t)(dot - name) >= sizeof(digits))
		return 0;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)(dot - name), name);
	return text_parse_number(digits, 1, INT32_MAX, &pid) == 0 ? (pid_t)pid : 0;
}

static void
sweep_one(const char *folder, const char *name)
{
	char path[SOCKDIR_PATH_BYTES];
	const pid_t pid = pid_of(name);
	struct stat st;

	if (pid == 0 || pid == getpid() ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return;
	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) || is_alive(pid))
		return;
	if (try_to_connect(path) == -ECONNREFUSED)
		(void)unlink(path);
}

static void
sweep(const char *folder)
{
	DIR *names = opendir(folder);
	const struct dirent *entry;

	if (names == NULL)
		return;
	for (int i = 0; i < SWEEP_MOST && (entry = readdir(names)) != NULL; i++)
		sweep_one(folder, entry->d_name);
	(void)closedir(names);
}

int
sockdir_find(char *path, size_t size, struct text *message)
{
	char folder[SOCKDIR_PATH_BYTES];
	int failed = -ENOENT;

	for (unsigned i = 0; sockdir_candidate(i, folder, sizeof(folder)); i++) {
		if (i > 0)
			text_put(message, "; ");
		failed = make_folder(folder, message);
		if (failed < 0)
			continue;
		sweep(folder);
		if ((size_t)snprintf(path, size, "%s/%ld.sock", folder, (long)getpid()) <
		    size)
			return 0;
		text_printf(message, "'%s' is too long", folder);
		failed = -ENAMETOOLONG;
	}
	return failed;
}

/* ---- the socket -------------------------------------------------------------------- */

static int
check_path(const char *path)
{
	struct stat st;
	int found;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	found = try_to_connect(path);
	return found == -ECONNREFUSED || found == -ENOENT ? 0 : -EADDRINUSE;
}

/*
 * Bound beside its path and moved there when it listens: nobody who tries it in between
 * takes it for one that was left over.  The permissions of the descriptor become those
 * of the path.
 */
static int
listen_at(int fd, const char *path)
{
	char beside[SOCKDIR_PATH_BYTES];
	struct sockaddr_un address;
	struct stat st;

	if ((size_t)snprintf(beside, sizeof(beside), "%s~", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	if (lstat(beside, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(beside);
	if (address_of(&address, beside) < 0)
		return -ENAMETOOLONG;
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (listen(fd, SOMAXCONN) < 0 || rename(beside, path) < 0) {
		const int failed = -errno;

		(void)unlink(beside);
		return failed;
	}
	return 0;
}

static int
open_socket(struct sockdir_socket *ret_socket, const char *path)
{
	cleanup_(close_fd) int fd = -1;
	struct stat st;
	int failed = check_path(path);

	if (failed < 0)
		return failed;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	failed = listen_at(fd, path);
	if (failed == 0 && lstat(path, &st) < 0)
		failed = -errno;
	if (failed < 0)
		return failed;
	*ret_socket = (struct sockdir_socket){ .dev = st.st_dev, .ino = st.st_ino };
	(void)snprintf(ret_socket->path, sizeof(ret_socket->path), "%s", path);
	ret_socket->fd = take_fd(&fd);
	return 0;
}

int
sockdir_open(struct sockdir_socket *ret_socket, const char *path, struct text *message)
{
	const int failed = open_socket(ret_socket, path);

	if (failed < 0)
		text_printf(message, "'%s': %s", path,
		    failed == -EEXIST       ? "is there, and is not a socket"
		    : failed == -EADDRINUSE ? "somebody listens there"
					    : strerror(-failed));
	return failed;
}

void
sockdir_close(struct sockdir_socket *socket)
{
	struct stat st;

	if (socket->fd >= 0 && lstat(socket->path, &st) == 0 &&
	    st.st_dev == socket->dev && st.st_ino == socket->ino)
		(void)unlink(socket->path);
	close_fd(&socket->fd);
}
