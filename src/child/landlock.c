#include "landlock.h"

#include <linux/openat2.h>

/* struct landlock_ruleset_attr of ABI 6.  An older kernel takes the longer one if what it
 * does not know is zero. */
struct handled {
	uint64_t files, ports, scoped;
};

/* struct landlock_net_port_attr, ABI 4. */
struct port_rule {
	uint64_t access, port;
};
#define RULE_PORT 2

int
landlock_abi(void)
{
	long abi = syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

/* Below a root absolute links are those of the program: openat2(2), older than
 * Landlock. */
static int
open_below(const char *root, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int rc, fd, at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	rc = fd < 0 ? -errno : fd;
	(void)close(at);
	return rc;
}

int
landlock_open(const char *root, const char *path)
{
	int fd;

	if (root != NULL)
		return open_below(root, path);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
add_opened(int ruleset_fd, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = fd,
	};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= LANDLOCK_FILE_RIGHTS;
	if (rule.allowed_access == 0) /* which would be ENOMSG */
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH,
		   &rule, 0) < 0
		   ? -errno
		   : 0;
}

static int
add_path(int ruleset_fd, const char *root, const struct plan_rule *rule)
{
	int rc, fd = landlock_open(root, rule->path);

	if (fd < 0)
		return rule->is_optional ? 0 : fd;
	rc = add_opened(ruleset_fd, fd, rule->access);
	(void)close(fd);
	/* A socket or a pipe of the kernel's own needs none: EBADFD. */
	return rc == -EBADFD && rule->is_optional ? 0 : rc;
}

static int
add_port(int ruleset_fd, const struct plan_port *port)
{
	const struct port_rule rule = { .access = port->access, .port = port->port };

	return syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PORT, &rule, 0) < 0
		   ? -errno
		   : 0;
}

static int
add_all(int ruleset_fd, const struct plan_ruleset *ruleset)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ruleset->rule_count; i++)
		rc = add_path(ruleset_fd, ruleset->root, &ruleset->rules[i]);
	for (size_t i = 0; rc == 0 && i < ruleset->port_count; i++)
		rc = add_port(ruleset_fd, &ruleset->port_rules[i]);
	return rc;
}

int
landlock_make(const struct plan_ruleset *ruleset, int *ret_fd)
{
	const struct handled handled = {
		.files = ruleset->files,
		.ports = ruleset->ports,
		.scoped = ruleset->scoped,
	};
	int rc,
	    fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);

	if (fd < 0)
		return -errno;
	rc = add_all(fd, ruleset);
	if (rc < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return rc;
}

int
landlock_restrict(int ruleset_fd)
{
	return syscall(SYS_landlock_restrict_self, ruleset_fd, 0) < 0 ? -errno : 0;
}
