/* Who gets in, and who owes something for what it did. */
#include "look.h"

#include <string.h>

/* ---- why --------------------------------------------------------------------------- */

static void
put_truth(struct object *object, const char *key, bool value)
{
	if (value)
		object_bool(object, key, true);
}

static void
put_counts(struct object *object, const struct prong_why *why)
{
	object_number(object, "source_live", why->source_live);
	if (why->source_max > 0)
		object_number(object, "source_max", why->source_max);
	object_number(object, "live", why->live);
	object_number(object, "max", why->max);
	if (why->reserve > 0)
		object_number(object, "reserve", why->reserve);
	if (why->drop_percent > 0)
		object_number(object, "drop_percent", why->drop_percent);
	if (why->source_burst > 0) {
		object_number(object, "source_tokens", why->source_tokens);
		object_number(object, "source_burst", why->source_burst);
	}
	if (why->burst > 0) {
		object_number(object, "tokens", why->tokens);
		object_number(object, "burst", why->burst);
	}
}

static void
put_why(struct text *line, const char *service, const struct prong_why *why)
{
	struct object object;

	object_begin(&object, line);
	object_text(&object, "service", service);
	object_bool(&object, "admitted", why->is_admitted);
	if (why->reason[0] != '\0')
		object_text(&object, "reason", why->reason);
	object_text(&object, "text", why->text);
	object_number(&object, "wait_ms", why->wait_ms);
	object_text(&object, "source", why->source);
	if (why->rule[0] != '\0') {
		object_text(&object, "rule", why->rule);
		object_text(&object, "rule_from", why->rule_from);
	}
	put_truth(&object, "exempt", why->is_exempt);
	put_truth(&object, "proxy_from", why->is_proxy);
	put_truth(&object, "policy", why->asks_policy);
	put_counts(&object, why);
	if (why->penalty_ms > 0)
		object_number(&object, "penalty_ms", why->penalty_ms);
	if (why->owes_ms > 0)
		object_number(&object, "owes_ms", why->owes_ms);
	if (why->penalty_offences > 0)
		object_number(&object, "offences", why->penalty_offences);
	object_end(&object);
}

/* The next service that is asked about, and its name. */
static struct prong_service *
take_service(struct answer *answer, const char **ret_name)
{
	struct prong_service *service;

	while ((service = answer_service_at(answer)) != NULL) {
		struct prong_service_facts facts;

		answer->step++;
		prong_service_facts(service, &facts, sizeof(facts));
		*ret_name = facts.name;
		if (answer->service[0] == '\0' ||
		    strcmp(answer->service, facts.name) == 0)
			return service;
	}
	return NULL;
}

static bool
next_why(struct answer *answer, struct text *line)
{
	const char *name = "";
	struct prong_service *service = take_service(answer, &name);
	struct prong_why why = { .reason = "" };

	if (service == NULL)
		return false;
	if (prong_why(service, answer->address, &why, sizeof(why)) < 0) {
		answer_set_error(answer, "%s", prong_error(answer->means->prong));
		return false;
	}
	put_why(line, name, &why);
	return true;
}

void
look_why(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	const char *address = request->words[1];

	(void)asker;
	if (address == NULL) {
		answer_set_error(answer, "which client? why ADDRESS [SERVICE]");
		return;
	}
	(void)snprintf(answer->address, sizeof(answer->address), "%s", address);
	if (strlen(address) >= sizeof(answer->address))
		answer_set_error(answer, "no address is that long");
	else if (answer_set_service(answer, request->words[2]))
		answer->next = next_why;
}

/* ---- penalties --------------------------------------------------------------------- */

static void
put_penalty(struct text *line, const struct prong_penalty *penalty)
{
	struct object object;

	object_begin(&object, line);
	object_text(&object, "service", penalty->service);
	object_text(&object, "source", penalty->source);
	object_text(&object, "last", penalty->last);
	object_number(&object, "owes_ms", penalty->owes_ms);
	put_truth(&object, "shut_out", penalty->is_shut_out);
	object_number(&object, "offences", penalty->offences);
	object_end(&object);
}

static bool
next_penalty(struct answer *answer, struct text *line)
{
	struct prong_penalty penalty;

	while (prong_penalty_next(
	    answer->means->prong, &answer->cursor, &penalty, sizeof(penalty))) {
		if (answer->service[0] != '\0' &&
		    strcmp(answer->service, penalty.service) != 0)
			continue;
		put_penalty(line, &penalty);
		return true;
	}
	return false;
}

void
look_penalties(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	(void)asker;
	if (answer_set_service(answer, request->words[1]))
		answer->next = next_penalty;
}
