#include "names.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For one entry of passwd or group, which may have many members. */
#define ROOM_FIRST 1024
#define ROOM_LAST (16 * 1024 * 1024)

/* More than there was; an errno value. */
static int
room_grow(char **room, size_t *size)
{
	free_text(room);
	*size = *size == 0 ? ROOM_FIRST : *size * 2;
	if (*size <= ROOM_LAST)
		*room = malloc(*size);
	return *room == NULL ? ENOMEM : 0;
}

/* By name, or with NULL by number.  What it found lies in *entry and *room. */
static const struct passwd *
user_find(const char *name, uid_t uid, struct passwd *entry, char **room)
{
	struct passwd *found = NULL;
	size_t size = 0;
	int rc;

	do {
		rc = room_grow(room, &size);
		if (rc == 0 && name != NULL)
			rc = getpwnam_r(name, entry, *room, size, &found);
		else if (rc == 0)
			rc = getpwuid_r(uid, entry, *room, size, &found);
	} while (rc == ERANGE);
	return found;
}

static bool
group_find(const char *name, gid_t *ret_gid)
{
	cleanup_(free_text) char *room = NULL;
	struct group entry, *found = NULL;
	size_t size = 0;
	int rc;

	do {
		rc = room_grow(&room, &size);
		if (rc == 0)
			rc = getgrnam_r(name, &entry, room, size, &found);
	} while (rc == ERANGE);
	if (found != NULL)
		*ret_gid = found->gr_gid;
	return found != NULL;
}

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
	cleanup_(free_text) char *room = NULL;
	struct passwd place;
	const struct passwd *entry = user_find(word, 0, &place, &room);
	uint32_t id;

	*ret = (struct names_user){ 0 };
	if (entry == NULL && id_parse(word, &id)) {
		entry = user_find(NULL, id, &place, &room);
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
	uint32_t id;

	if (group_find(word, ret_gid))
		return 0;
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

/* ---- numbers that are somebody's already
 * ------------------------------------------------
 */

static bool
is_between(uint32_t number, uint32_t first, uint32_t last)
{
	return number >= first && number <= last;
}

static void
put_who(struct text *who, const char *what, const char *name)
{
	text_printf(who, "%s '", what);
	text_put_quoted(who, name, strlen(name));
	text_put_char(who, '\'');
}

static bool
have_user(uint32_t first, uint32_t last, uint32_t *ret_number, struct text *who)
{
	const struct passwd *entry;

	setpwent();
	while ((entry = getpwent()) != NULL && !is_between(entry->pw_uid, first, last))
		;
	if (entry != NULL) {
		*ret_number = entry->pw_uid;
		put_who(who, "user", entry->pw_name);
	}
	endpwent();
	return entry != NULL;
}

static bool
have_group(uint32_t first, uint32_t last, uint32_t *ret_number, struct text *who)
{
	const struct group *entry;

	setgrent();
	while ((entry = getgrent()) != NULL && !is_between(entry->gr_gid, first, last))
		;
	if (entry != NULL) {
		*ret_number = entry->gr_gid;
		put_who(who, "group", entry->gr_name);
	}
	endgrent();
	return entry != NULL;
}

/* "NAME:FIRST:COUNT" (subuid(5)) */
static bool
have_subordinate(uint32_t first, uint32_t last, uint32_t *ret_number, struct text *who)
{
	FILE *file = fopen("/etc/subuid", "re");
	char line[256], name[64];
	unsigned long from, count;
	bool is_found = false;

	while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%63[^:]:%lu:%lu", name, &from, &count) != 3 ||
		    count == 0 || from > last || from + count - 1 < first)
			continue;
		is_found = true;
		*ret_number = from > first ? (uint32_t)from : first;
		put_who(who, "/etc/subuid for", name);
	}
	if (file != NULL)
		(void)fclose(file);
	return is_found;
}

bool
names_have_between(
    uint32_t first, uint32_t last, uint32_t *ret_number, struct text *ret_who)
{
	return have_user(first, last, ret_number, ret_who) ||
	       have_group(first, last, ret_number, ret_who) ||
	       have_subordinate(first, last, ret_number, ret_who);
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
