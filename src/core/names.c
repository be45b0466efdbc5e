#include "names.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

static int
names_fail(const char *setting, const char *word, const char *what, struct text *message)
{
	text_printf(message, "%s: '", setting);
	text_put_quoted(message, word, strlen(word));
	text_printf(message, "' is not a %s of this machine", what);
	return -ENOENT;
}

static bool
id_parse(const char *word, uint32_t *ret_id)
{
	uint64_t number;

	/* 2^32 - 1 means "unchanged" to the kernel. */
	if (text_parse_number(word, 0, UINT32_MAX - 1, &number) < 0)
		return false;
	*ret_id = (uint32_t)number;
	return true;
}

int
names_user(
    const char *setting, const char *word, struct names_user *ret, struct text *message)
{
	struct passwd *entry = getpwnam(word);
	uint32_t id;

	*ret = (struct names_user){ 0 };
	if (entry == NULL && id_parse(word, &id)) {
		entry = getpwuid(id);
		ret->uid = id;
		ret->gid = id;
		if (entry == NULL)
			return 0;
	}
	if (entry == NULL)
		return names_fail(setting, word, "user", message);
	ret->uid = entry->pw_uid;
	ret->gid = entry->pw_gid;
	ret->has_entry = true;
	if (strlen(entry->pw_name) >= sizeof(ret->name))
		return names_fail(
		    setting, word, "user with a name under 64 characters", message);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", entry->pw_name);
	(void)snprintf(ret->home, sizeof(ret->home), "%s", entry->pw_dir);
	(void)snprintf(ret->shell, sizeof(ret->shell), "%s", entry->pw_shell);
	return 0;
}

int
names_group(const char *setting, const char *word, gid_t *ret_gid, struct text *message)
{
	struct group *entry = getgrnam(word);
	uint32_t id;

	if (entry != NULL) {
		*ret_gid = entry->gr_gid;
		return 0;
	}
	if (!id_parse(word, &id))
		return names_fail(setting, word, "group", message);
	*ret_gid = id;
	return 0;
}

int
names_owner(const char *setting, const char *word, uid_t *ret_uid, gid_t *ret_gid,
    struct text *message)
{
	const char *colon = strchr(word, ':');
	size_t length = colon == NULL ? strlen(word) : (size_t)(colon - word);
	char name[64];
	struct names_user user;
	int rc;

	if (length >= sizeof(name))
		return names_fail(setting, word, "user", message);
	memcpy(name, word, length);
	name[length] = '\0';
	if (length > 0) {
		rc = names_user(setting, name, &user, message);
		if (rc < 0)
			return rc;
		*ret_uid = user.uid;
	}
	if (colon != NULL && colon[1] != '\0')
		return names_group(setting, colon + 1, ret_gid, message);
	return 0;
}

int
names_groups_of(
    const struct names_user *user, gid_t primary, gid_t **ret_groups, size_t *ret_count)
{
	int count = user->has_entry ? 64 : 1;
	gid_t *groups = calloc((size_t)count, sizeof(*groups));

	if (groups == NULL)
		return -ENOMEM;
	groups[0] = primary;
	if (user->has_entry && getgrouplist(user->name, primary, groups, &count) < 0) {
		gid_t *larger = reallocarray(groups, (size_t)count, sizeof(*groups));

		if (larger == NULL) {
			free(groups);
			return -ENOMEM;
		}
		groups = larger;
		(void)getgrouplist(user->name, primary, groups, &count);
	}
	*ret_groups = groups;
	*ret_count = (size_t)count;
	return 0;
}
