/*
 * prepare_preset -- what a preset puts into a plan besides its isolation: user and limits
 */
#pragma once

#include "service.h"

/* Limits that no setting sets, after those that are set; and once more when it is known
 * how many sessions there can be: all of them are the user's, whose processes are counted
 * together. */
void prepare_preset_limits(struct prong_service *);

/* Its user, where prong is root and no setting names one; false: there is none. */
struct names_user;
bool prepare_preset_user(const struct prong_service *, struct names_user *ret_user);
