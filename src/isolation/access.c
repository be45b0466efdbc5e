#include "access.h"

#include <string.h>

#include "landlock.h"
#include "presets.h"

/* ---- what each ABI knows --------------------------------------------------------- */

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Not among it: making devices. */
#define WRITE                                                                            \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |          \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |               \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                 \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |                 \
	    LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE |                     \
	    LANDLOCK_ACCESS_FS_IOCTL_DEV)

static const uint64_t rights[] = {
	[ACCESS_READ] = READ,
	[ACCESS_WRITE] = WRITE,
	[ACCESS_EXECUTE] = READ | LANDLOCK_ACCESS_FS_EXECUTE,
};

/* Of those that came later; the first thirteen are ABI 1. */
static const struct {
	int abi;
	uint64_t right;
	const char *missing;
} later[] = {
	/* Before, to move a file to another directory is forbidden always. */
	{ 2, LANDLOCK_ACCESS_FS_REFER, NULL },
	{ 3, LANDLOCK_ACCESS_FS_TRUNCATE, "truncate(2) (Linux 6.2)" },
	{ 5, LANDLOCK_ACCESS_FS_IOCTL_DEV, "ioctl(2) of devices (Linux 6.10)" },
};
#define FIRST ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#define ABI_REFER 2
#define ABI_PORTS 4
#define ABI_SCOPE 6

bool
access_has_ports(int abi)
{
	return abi >= ABI_PORTS;
}

bool
access_has_scope(int abi)
{
	return abi >= ABI_SCOPE;
}

static uint64_t
known_to(int abi)
{
	uint64_t known = FIRST;

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (abi >= later[i].abi)
			known |= later[i].right;
	return known;
}

void
access_put_missing(struct text *text, int abi)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		if (abi >= later[i].abi || later[i].missing == NULL)
			continue;
		if (count++ == 0)
			text_printf(text, "Landlock ABI %d leaves ", abi);
		else
			text_put(text, " and ");
		text_put(text, later[i].missing);
	}
	text_put(text, count > 0 ? " alone" : "");
}

/* ---- files ----------------------------------------------------------------------- */

void
access_init(struct access *access, int abi)
{
	*access = (struct access){ .abi = abi };
}

void
access_done(struct access *access)
{
	for (size_t i = 0; i < access->ruleset.rule_count; i++)
		free((char *)(uintptr_t)access->rules[i].path);
	free(access->rules);
	free(access->ports);
	*access = (struct access){ 0 };
}

int
access_add(
    struct access *access, enum access_kind kind, const char *path, bool is_optional)
{
	struct plan_ruleset *ruleset = &access->ruleset;
	size_t count = ruleset->rule_count;
	struct plan_rule *rules =
	    reallocarray(access->rules, count + 1, sizeof(*access->rules));
	char *copy;

	if (rules == NULL)
		return -ENOMEM;
	access->rules = rules;
	ruleset->rules = rules;
	copy = strdup(path);
	if (copy == NULL)
		return -ENOMEM;
	rules[count] = (struct plan_rule){
		.path = copy,
		.access = rights[kind] & ruleset->files,
		.is_optional = is_optional,
	};
	ruleset->rule_count++;
	return 0;
}

static enum access_kind
kind_of(enum preset_access access)
{
	switch (access) {
	case PRESET_READ:
		return ACCESS_READ;
	case PRESET_WRITE:
		return ACCESS_WRITE;
	case PRESET_EXECUTE:
		return ACCESS_EXECUTE;
	}
	return ACCESS_READ;
}

/* `@system` in `read`: all of it, for reading, and the devices; in `execute`: what there
 * is to execute. */
static int
add_system(struct access *access, enum access_kind wanted)
{
	struct preset_path paths[PRESET_PATHS];
	size_t count = presets_system(paths);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		enum access_kind kind = kind_of(paths[i].access);

		if (wanted == ACCESS_READ && kind == ACCESS_EXECUTE)
			kind = ACCESS_READ;
		if (wanted == ACCESS_READ || kind == wanted)
			rc = access_add(access, kind, paths[i].path, true);
	}
	return rc;
}

static int
add_words(struct access *access, enum access_kind kind, const struct setting_list *list)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->count; i++) {
		const char *word = list->words[i];

		if (word[0] == '/')
			rc = access_add(access, kind, word, false);
		else if (strcmp(word, "@system") == 0)
			rc = add_system(access, kind);
	}
	return rc;
}

static int
add_preset(struct access *access, const struct settings *settings)
{
	struct preset_path paths[PRESET_PATHS];
	size_t count = presets_paths(settings, paths);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = access_add(access, kind_of(paths[i].access), paths[i].path, true);
	return rc;
}

int
access_files(struct access *access, const struct settings *settings)
{
	int rc;

	access->ruleset.files = known_to(access->abi);
	rc = add_preset(access, settings);
	if (rc == 0)
		rc = add_words(access, ACCESS_READ, &settings->read);
	if (rc == 0)
		rc = add_words(access, ACCESS_WRITE, &settings->write);
	return rc < 0 ? rc : add_words(access, ACCESS_EXECUTE, &settings->execute);
}

/* ---- ports ----------------------------------------------------------------------- */

static int
add_port(struct access *access, uint64_t right, uint16_t port)
{
	size_t count = access->ruleset.port_count;
	struct plan_port *ports =
	    reallocarray(access->ports, count + 1, sizeof(*access->ports));

	if (ports == NULL)
		return -ENOMEM;
	ports[count] = (struct plan_port){ .port = port, .access = right };
	access->ports = ports;
	access->ruleset.port_rules = ports;
	access->ruleset.port_count++;
	return 0;
}

static int
add_ports(struct access *access, uint64_t right, const struct setting_list *list)
{
	int rc = 0;

	access->ruleset.ports |= right;
	for (size_t i = 0; rc == 0 && i < list->count; i++) {
		uint64_t port;

		if (text_parse_number(list->words[i], 1, UINT16_MAX, &port) == 0)
			rc = add_port(access, right, (uint16_t)port);
	}
	return rc;
}

int
access_ports(struct access *access, const struct settings *settings)
{
	int rc = 0;

	if (presets_restrict_connect(settings))
		rc = add_ports(
		    access, LANDLOCK_ACCESS_NET_CONNECT_TCP, &settings->connect);
	if (rc == 0 && presets_restrict_bind(settings))
		rc = add_ports(access, LANDLOCK_ACCESS_NET_BIND_TCP, &settings->bind);
	return rc;
}

/* ---- scope ----------------------------------------------------------------------- */

void
access_scope(struct access *access, const struct settings *settings)
{
	if (presets_scope_signals(settings))
		access->ruleset.scoped |= LANDLOCK_SCOPE_SIGNAL;
	if (presets_scope_sockets(settings))
		access->ruleset.scoped |= LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
}

/* To move files between directories is what each ruleset forbids that does not name it.
 */
int
access_enclose(struct access *access)
{
	if (access->abi < ABI_REFER || access->ruleset.files != 0)
		return 0;
	access->ruleset.files = LANDLOCK_ACCESS_FS_REFER;
	return access_add(access, ACCESS_WRITE, "/", false);
}
