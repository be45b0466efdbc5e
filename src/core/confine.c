#include "confine.h"

#include "cells.h"
#include "cgroups.h"
#include "engine.h"

int
confine_take(
    struct prong_service *service, struct confinement *confinement, struct report *report)
{
	int rc = 0;

	*confinement = (struct confinement){ 0 };
	if (cells_are_wanted(service))
		confinement->cell = cells_take(&service->cells, report, &rc);
	if (rc == 0 && service->own_range != NULL) {
		confinement->own_id = own_ids_take(service->own_range);
		rc = confinement->own_id == 0 ? -EUSERS : 0;
	}
	if (rc == 0 && alarms_are_wanted(service)) {
		confinement->alarm = alarms_take(service);
		rc = confinement->alarm == NULL ? -ENOMEM : 0;
	}
	if (rc == 0)
		rc = cgroups_take(service, &confinement->cgroup);
	if (rc < 0)
		confine_release(service, confinement);
	return rc;
}

void
confine_request(const struct confinement *confinement, struct spawn_request *request,
    struct birth_isolation *birth)
{
	if (confinement->cgroup != NULL)
		request->cgroup_fd = confinement->cgroup->fd;
	if (request->plan->isolation == NULL)
		return;
	*birth = (struct birth_isolation){
		.cell_fd = confinement->cell == NULL ? -1 : confinement->cell->pidfd,
		.ruleset_fd =
		    confinement->cell == NULL ? -1 : confinement->cell->ruleset_fd,
		.own_id = confinement->own_id,
		.tell_fd = -1,
	};
	if (confinement->alarm != NULL) {
		birth->tell_fd = confinement->alarm->service->server->nursery.low_tell;
		birth->tell_number = confinement->alarm->number;
	}
	request->isolation = birth;
}

void
confine_move(struct confinement *to, struct confinement *from)
{
	*to = *from;
	*from = (struct confinement){ 0 };
}

bool
confine_clear(const struct confinement *confinement)
{
	return confinement->cgroup != NULL && cgroups_clear(confinement->cgroup);
}

void
confine_release(struct prong_service *service, struct confinement *confinement)
{
	if (confinement->cgroup != NULL)
		cgroups_give(service->server, confinement->cgroup);
	if (confinement->own_id != 0)
		own_ids_give(service->own_range, confinement->own_id);
	if (confinement->cell != NULL)
		cells_give(confinement->cell);
	alarms_give(confinement->alarm);
	*confinement = (struct confinement){ 0 };
}
