/*
 * Who would get in, and why not: asked, and nothing is done.
 *
 * The facts come from apply() and the answer from admit_check(), as for those who come.
 */
#include <string.h>

#include "apply.h"
#include "engine.h"
#include "extend.h"
#include "names.h"
#include "network.h"
#include "refuse.h"

PRONG_API const char *
prong_refusals(const struct prong_service *service)
{
	struct prong *server = service->server;
	struct text text = TEXT_ON(server->look);

	server->look[0] = '\0';
	for (int i = 0; i < REFUSAL_COUNT; i++) {
		uint64_t count = service->ledger->refusals[i];

		if (count == 0)
			continue;
		text_put(&text, text.used > 0 ? ", " : "");
		text_put(&text, refusal_name((enum refusal)i));
		text_put_char(&text, ' ');
		text_put_number(&text, count);
	}
	return server->look;
}

/* ---- who is meant ----------------------------------------------------------------- */

struct asked {
	struct addr peer;
	struct apply_ids ids;
	gid_t *groups; /* owned */
	bool is_unix;
};

/* As the user database has it: what a process of that user may have given up or won is
 * not known. */
static void
asked_user(struct asked *asked, uid_t uid)
{
	char word[16], line[256];
	struct text number = TEXT_ON(word), message = TEXT_ON(line);
	struct names_user user;

	asked->is_unix = true;
	asked->ids = (struct apply_ids){ .uid = uid, .gid = (gid_t)-1 };
	text_put_number(&number, uid);
	if (names_user("", word, &user, &message) < 0 || !user.has_entry)
		return;
	asked->ids.gid = user.gid;
	if (names_groups_of(&user, user.gid, &asked->groups, &asked->ids.group_count) < 0)
		asked->ids.group_count = 0;
	asked->ids.groups = asked->groups;
}

static uint32_t
id_of(const struct addr_key *key)
{
	uint32_t id;

	memcpy(&id, key->bytes, sizeof(id));
	return ntohl(id);
}

static void
asked_address(struct asked *asked, const struct addr_key *key)
{
	struct addr *peer = &asked->peer;

	peer->sa.sa_family = key->family;
	if (key->family == AF_INET) {
		memcpy(&peer->in.sin_addr, key->bytes, sizeof(peer->in.sin_addr));
		peer->len = sizeof(peer->in);
	} else if (key->family == AF_INET6) {
		memcpy(&peer->in6.sin6_addr, key->bytes, sizeof(peer->in6.sin6_addr));
		peer->len = sizeof(peer->in6);
	} else {
		peer->vm.svm_cid = id_of(key);
		peer->len = sizeof(peer->vm);
	}
}

static bool
is_single(const struct addr_key *key)
{
	switch (key->family) {
	case AF_INET:
		return key->prefix == 32;
	case AF_INET6:
		return key->prefix == 128;
	default:
		return key->family != AF_UNSPEC;
	}
}

static int
asked_parse(struct prong *server, const char *word, struct asked *asked)
{
	char why[256] = "";
	struct text wrong = TEXT_ON(why);
	struct addr_key key;
	int rc = network_parse(word, &key, &wrong);

	*asked = (struct asked){ .is_unix = false };
	if (rc == 0 && !is_single(&key)) {
		text_put(&wrong, "is more than one address");
		rc = -EINVAL;
	}
	if (rc < 0)
		return engine_fail_word(server, rc, word, why);
	if (key.family == AF_UNIX)
		asked_user(asked, id_of(&key));
	else
		asked_address(asked, &key);
	return 0;
}

/* ---- the answer ------------------------------------------------------------------- */

/* Texts of one answer, one behind the other. */
static const char *
kept(struct prong *server, struct text *place, size_t from)
{
	text_put_char(place, '\0');
	return server->answer + from;
}

static void
why_put_rule(struct prong *server, const struct application *application,
    struct text *place, struct prong_why *ret)
{
	const struct rules *rules = &application->door->rules;
	size_t from = place->used;

	ret->rule = ret->rule_from = "";
	if (application->rule == NULL)
		return;
	rules_put(place, rules, application->rule);
	ret->rule = kept(server, place, from);
	from = place->used;
	rules_put_origin(place, rules, application->rule);
	ret->rule_from = kept(server, place, from);
}

static void
why_put_counts(const struct application *application, struct prong_why *ret)
{
	const struct gate *gate = &application->service->ledger->gate;
	const struct applicant *applicant = &application->applicant;
	const struct source *source = applicant->source;
	const struct setting_rate *rate = &applicant->allowance.rate_per_source;
	const struct penalty penalty = source->penalty;

	ret->source_live = source->live + source->waiting;
	ret->source_max = applicant->allowance.max_per_source;
	ret->live = gate->live;
	ret->max = gate->max;
	ret->reserve = gate->reserve;
	ret->drop_percent =
	    applicant->is_exempt ? 0 : admit_drop_percent(&gate->drop, gate->live);
	ret->source_burst = rate->count > 0 ? rate->burst : 0;
	ret->burst = gate->rate.count > 0 ? gate->rate.burst : 0;
	if (ret->source_burst > 0)
		ret->source_tokens = bucket_left(&source->bucket, rate, applicant->now);
	if (ret->burst > 0)
		ret->tokens = bucket_left(&gate->bucket, &gate->rate, applicant->now);
	ret->penalty_ms = penalty_left(&penalty, applicant->now);
	ret->owes_ms =
	    penalty.until > applicant->now ? penalty.until - applicant->now : 0;
	ret->penalty_offences = penalty_level(
	    &penalty, &application->service->ledger->memory.limits, applicant->now);
}

static void
why_put_text(struct text *place, const struct application *application,
    const struct ruling *ruling)
{
	if (ruling->verdict == ADMIT) {
		text_put(place, "would be let in");
		return;
	}
	if (ruling->verdict == ADMIT_LATER) {
		text_put(place, "would be let in after ");
		text_put_time(place, ruling->wait);
		text_put(place, ", when its turn comes");
		return;
	}
	text_put(place, "would be refused: ");
	refuse_put_why(place, application, ruling);
}

/* Where a full service does not refuse, the kernel's queue keeps the client. */
static bool
waits_for_room(const struct gate *gate, enum verdict verdict)
{
	return verdict == REFUSE_SERVICE_FULL && !gate->refuses_when_full &&
	       gate->live >= gate->max;
}

static void
why_put_verdict(struct prong *server, const struct application *application,
    const struct ruling *ruling, struct text *place, struct prong_why *ret)
{
	const struct gate *gate = &application->service->ledger->gate;
	size_t from = place->used;

	ret->wait_ms = ruling->wait;
	ret->is_admitted = ruling->verdict == ADMIT || ruling->verdict == ADMIT_LATER;
	ret->reason =
	    ret->is_admitted ? "" : refusal_name(refuse_reason(ruling->verdict));
	if (waits_for_room(gate, ruling->verdict)) {
		ret->is_admitted = true;
		ret->reason = "";
		text_put(place, "would wait until another session ends: ");
		refuse_put_why(place, application, ruling);
	} else {
		why_put_text(place, application, ruling);
	}
	ret->text = kept(server, place, from);
}

/* Of those that are not known nothing is remembered. */
static const struct source *
source_of(const struct prong_service *service, const struct addr_key *key,
    const struct source *nobody)
{
	const struct source *source =
	    sources_find(&service->server->sources, &service->ledger->memory, key);

	if (source != NULL)
		return source;
	return sources_have_place(&service->server->sources, &service->ledger->memory,
		   key, engine_now(service->server))
		   ? nobody
		   : NULL;
}

/* Early-drop is told as a chance: no client is drawn for a question. */
#define NEVER_DROPPED 99

PRONG_API int
prong_why(struct prong_service *service, const char *address, struct prong_why *ret,
    size_t size)
{
	struct prong *server = service->server;
	const struct source nobody = { 0 };
	struct text place = TEXT_ON(server->answer);
	struct application application;
	struct ruling ruling;
	struct prong_why why;
	struct asked asked;
	int rc;

	if (service->door == NULL)
		return engine_fail(server, -EINVAL,
		    "cannot say who gets in: the service does not serve; prong_start(), or "
		    "prong_reload_commit(), has it do so");
	rc = asked_parse(server, address == NULL ? "" : address, &asked);
	if (rc < 0)
		return rc;
	(void)loop_update_now(&server->loop);
	apply(&application, service, &asked.peer, asked.is_unix ? &asked.ids : NULL);
	application.applicant.source = source_of(service, &application.key, &nobody);
	application.applicant.chance = NEVER_DROPPED;
	free(asked.groups);
	ruling = admit_check(&service->ledger->gate, &application.applicant);
	why = (struct prong_why){
		.is_exempt = application.applicant.is_exempt,
		.is_proxy = apply_is_proxy(service, &application.client),
		.asks_policy = application.door->asker != NULL || service->admit != NULL,
	};
	why_put_rule(server, &application, &place, &why);
	why_put_verdict(server, &application, &ruling, &place, &why);
	if (application.applicant.source == NULL)
		application.applicant.source = &nobody;
	why_put_counts(&application, &why);
	why.source = server->answer + place.used;
	addr_key_put(&place, &application.key);
	extend(ret, size, &why, sizeof(why));
	return 0;
}
