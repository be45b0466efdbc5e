#include "refuse.h"

#include <string.h>
#include <sys/socket.h>

#include "penaltyrule.h"

#define DRAIN_BYTES (64 * 1024)
#define TEXT_MOST 4096
#define TEXT_GROWTH 1024 /* by what stands for the placeholders */

/* ---- why -------------------------------------------------------------------------- */

enum refusal
refuse_reason(enum verdict verdict)
{
	static const enum refusal refusals[] = {
		[REFUSE_DENIED] = REFUSAL_DENIED,
		[REFUSE_PENALTY] = REFUSAL_PENALTY,
		[REFUSE_UNKNOWN] = REFUSAL_SOURCES_FULL,
		[REFUSE_SERVICE_FULL] = REFUSAL_SERVICE_FULL,
		[REFUSE_SOURCE_FULL] = REFUSAL_SOURCE_FULL,
		[REFUSE_EARLY] = REFUSAL_EARLY_DROP,
		[REFUSE_SOURCE_RATE] = REFUSAL_SOURCE_RATE,
		[REFUSE_RATE] = REFUSAL_RATE,
	};

	return refusals[verdict];
}

static void
put_count(struct text *text, uint32_t live, uint32_t limit)
{
	text_put_number(text, live);
	text_put(text, " of ");
	text_put_number(text, limit);
	text_put(text, limit == 1 ? " session" : " sessions");
}

static void
put_denied(struct text *text, const struct application *application)
{
	const struct rules *rules = &application->door->rules;

	if (application->rule != NULL) {
		rules_put(text, rules, application->rule);
		if (application->rule->file > 0) {
			text_put(text, " (");
			rules_put_origin(text, rules, application->rule);
			text_put_char(text, ')');
		}
	} else if (application->client.family == AF_UNIX &&
		   application->door->uid_count + application->door->gid_count > 0) {
		addr_key_put(text, &application->client);
		text_put(text, " is neither in allow-uid nor in allow-gid");
	} else {
		text_put(text, "no 'allow' speaks of ");
		addr_key_put(text, &application->client);
	}
}

static void
put_penalty(
    struct text *text, const struct application *application, const struct ruling *ruling)
{
	const struct penalty *penalty = &application->applicant.source->penalty;

	addr_key_put(text, &application->key);
	text_put(text, " is shut out for ");
	text_put_time(text, ruling->wait);
	text_put(text, " more: ");
	text_put(text, penaltyrule_name((enum offence)penalty->last));
}

static void
put_rate(struct text *text, const struct setting_rate *rate)
{
	text_put(text, "more than ");
	text_put_number(text, rate->count);
	text_put(text, " in ");
	text_put_time(text, rate->per);
}

void
refuse_put_why(
    struct text *text, const struct application *application, const struct ruling *ruling)
{
	const struct prong_service *service = application->service;
	const struct gate *gate = &service->ledger->gate;
	const struct applicant *applicant = &application->applicant;

	switch (ruling->verdict) {
	case ADMIT:
	case ADMIT_LATER:
		return;
	case REFUSE_DENIED:
		put_denied(text, application);
		return;
	case REFUSE_PENALTY:
		put_penalty(text, application, ruling);
		return;
	case REFUSE_UNKNOWN:
		text_put_number(text, service->ledger->memory.most);
		text_put(text, " sources are shut out, more cannot be remembered "
			       "(sources-max)");
		return;
	case REFUSE_SERVICE_FULL:
		put_count(text, gate->live, gate->max);
		if (gate->live < gate->max)
			text_put(text, ", the rest is reserved");
		return;
	case REFUSE_SOURCE_FULL:
		put_count(text, applicant->source->live + applicant->source->waiting,
		    applicant->allowance.max_per_source);
		text_put(text, " from ");
		addr_key_put(text, &application->key);
		return;
	case REFUSE_EARLY:
		text_put(text, "early-drop: ");
		put_count(text, gate->live, gate->max);
		return;
	case REFUSE_SOURCE_RATE:
		put_rate(text, &applicant->allowance.rate_per_source);
		text_put(text, " from ");
		addr_key_put(text, &application->key);
		return;
	case REFUSE_RATE:
		put_rate(text, &gate->rate);
		return;
	}
}

void
refuse_softly(int fd)
{
	(void)shutdown(fd, SHUT_WR);
	(void)!recv(fd, NULL, DRAIN_BYTES, MSG_TRUNC | MSG_DONTWAIT);
}

/* ---- what the client is told ------------------------------------------------------ */

struct facts {
	enum refusal refusal;
	msec wait;
	const char *id;
	const struct addr *peer;
	uint32_t uid; /* of a Unix socket's client; UINT32_MAX: not known */
	const char *said;
};

/* A Unix socket's client seldom has an address, and is known by its user. */
static void
put_source(struct text *text, const struct facts *facts)
{
	struct addr_key user = addr_key_of_id(AF_UNIX, facts->uid);

	if (facts->peer->sa.sa_family != AF_UNIX)
		addr_put_host(text, facts->peer);
	else if (facts->uid != UINT32_MAX)
		addr_key_put(text, &user);
	else
		addr_put(text, facts->peer);
}

static void
put_seconds(struct text *text, msec wait)
{
	text_put_number(text, wait <= 0 ? 1 : (uint64_t)(wait + 999) / 1000);
}

/* Puts what stands for the placeholder that `at` begins with and tells how long that is;
 * 0: it is none. */
static size_t
put_placeholder(struct text *text, const char *at, const struct facts *facts)
{
	static const char *const names[] = { "{reason}", "{seconds}", "{id}", "{source}",
		"{said}" };
	size_t i = 0;

	while (i < ARRAY_SIZE(names) && strncmp(at, names[i], strlen(names[i])) != 0)
		i++;
	switch (i) {
	case 0:
		text_put(text, refusal_name(facts->refusal));
		break;
	case 1:
		put_seconds(text, facts->wait);
		break;
	case 2:
		text_put(text, facts->id);
		break;
	case 3:
		put_source(text, facts);
		break;
	case 4:
		text_put(text, facts->said);
		break;
	default:
		return 0;
	}
	return strlen(names[i]);
}

/* Text may hold NUL bytes; it ends with one that does not count. */
static void
put_filled(
    struct text *text, const struct setting_text *pattern, const struct facts *facts)
{
	for (size_t i = 0; i < pattern->length;) {
		size_t taken = pattern->text[i] == '{'
				   ? put_placeholder(text, pattern->text + i, facts)
				   : 0;

		if (taken == 0)
			text_put_bytes(text, pattern->text + i, 1);
		i += taken == 0 ? 1 : taken;
	}
}

/* An empty one for the reason is one too: nothing is said. */
static const struct setting_text *
pattern_for(const struct prong_service *service, enum refusal refusal)
{
	const struct door *door = door_of(service);

	if (door != NULL && door->texts[refusal].text != NULL)
		return &door->texts[refusal];
	return &service->settings.refuse_text;
}

bool
refuse_has_text(const struct prong_service *service, enum refusal refusal)
{
	return pattern_for(service, refusal)->length > 0;
}

static void
send_text(const struct prong_service *service, int fd, const struct facts *facts)
{
	const struct setting_text *pattern = pattern_for(service, facts->refusal);
	char filled[TEXT_MOST + TEXT_GROWTH];
	struct text text = TEXT_ON(filled);

	if (pattern->length == 0 || fd < 0)
		return;
	put_filled(&text, pattern, facts);
	(void)!send(fd, filled, text.used, MSG_NOSIGNAL | MSG_DONTWAIT);
	refuse_softly(fd);
}

void
refuse_say(const struct conn *conn, enum refusal refusal, msec wait, const char *said)
{
	send_text(conn->service, conn->client_fd,
	    &(struct facts){
		refusal, wait, conn->id, &conn->peer, conn->peer_uid, said });
}

void
refuse_stranger(struct prong_service *service, int fd, const struct addr *peer,
    enum refusal refusal, const char *why)
{
	send_text(service, fd, &(struct facts){ refusal, 0, "", peer, UINT32_MAX, "" });
	(void)close(fd);
	service_refused(service, refusal, peer, NULL, why);
}
