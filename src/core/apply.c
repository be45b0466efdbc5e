#include "apply.h"

#include "door.h"
#include "engine.h"

#define WHOLE_V4 32
#define WHOLE_V6 128

struct addr_key
apply_client(const struct addr *peer, const struct apply_ids *ids)
{
	if (ids != NULL)
		return addr_key_of_id(AF_UNIX, ids->uid);
	if (addr_is_ip(peer))
		return addr_key_of(peer, WHOLE_V4, WHOLE_V6);
	return addr_key_of_id(AF_VSOCK, peer->vm.svm_cid);
}

bool
apply_is_proxy(const struct prong_service *base, const struct addr_key *client)
{
	return base->door->has_proxies &&
	       networks_find(&base->door->proxies, client) != NETWORKS_NONE;
}

static bool
is_member(const struct door *door, gid_t gid)
{
	for (size_t i = 0; i < door->gid_count; i++)
		if (door->gids[i] == gid)
			return true;
	return false;
}

/* `allow-uid` and `allow-gid`: one of either will do. */
static bool
are_ids_allowed(const struct door *door, const struct apply_ids *ids)
{
	for (size_t i = 0; i < door->uid_count; i++)
		if (door->uids[i] == ids->uid)
			return true;
	if (is_member(door, ids->gid))
		return true;
	for (size_t i = 0; i < ids->group_count; i++)
		if (is_member(door, ids->groups[i]))
			return true;
	return false;
}

/* Where ids are listed they speak of every client of a Unix socket that no rule names. */
static bool
is_denied(const struct door *door, const struct rule *rule, const struct apply_ids *ids)
{
	if (rule == NULL && ids != NULL && door->uid_count + door->gid_count > 0)
		return !are_ids_allowed(door, ids);
	return rules_deny(&door->rules, rule);
}

void
apply(struct application *application, struct prong_service *base,
    const struct addr *peer, const struct apply_ids *ids)
{
	const struct setting_prefix *prefix = &base->settings.source_prefix;
	const struct door *door = base->door;
	struct prong_service *service = base;
	struct addr_key client = apply_client(peer, ids);
	const struct rule *rule = rules_find(&door->rules, &client);

	if (rule != NULL && rule->choice > 0)
		service = door->variants[rule->choice];
	*application = (struct application){
		.service = service,
		.door = door,
		.client = client,
		.key = ids == NULL && addr_is_ip(peer)
			   ? addr_key_of(peer, prefix->v4, prefix->v6)
			   : client,
		.rule = rule,
		.applicant = {
			.allowance = { service->settings.max_per_source,
			    service->settings.rate_per_source },
			.is_denied = is_denied(door, rule, ids),
			.is_exempt = networks_find(&door->exempt, &client) !=
				     NETWORKS_NONE,
			.now = engine_now(base->server),
		},
	};
}
