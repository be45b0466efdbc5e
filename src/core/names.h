/*
 * names -- users and groups, looked up once, at start
 *
 * Names or numbers.  Each failure is one line: which setting, what it said, why not.
 */
#pragma once

#include <sys/types.h>

#include "text.h"

struct names_user {
	uid_t uid;
	gid_t gid;
	bool has_entry; /* known to the user database: the texts below are set */
	char name[64], home[256], shell[128];
};

/* 0 or -ENOENT with a message. */
int names_user(const char *setting, const char *word, struct names_user *ret_user,
    struct text *message);
int names_group(
    const char *setting, const char *word, gid_t *ret_gid, struct text *message);

/* "USER", "USER:GROUP" or ":GROUP"; what is not said stays as it is. */
int names_owner(const char *setting, const char *word, uid_t *ret_uid, gid_t *ret_gid,
    struct text *message);

/* Is one of these numbers a user's or a group's, or one that newuidmap(1) gives to a
 * user? Then *ret_number is it, and `ret_who` says whose: "user 'www'". */
bool names_have_between(
    uint32_t first, uint32_t last, uint32_t *ret_number, struct text *ret_who);

/* The groups a user belongs to, its primary one included; *ret_groups is the caller's
 * to free.  -ENOMEM. */
int names_groups_of(
    const struct names_user *, gid_t primary, gid_t **ret_groups, size_t *ret_count);
