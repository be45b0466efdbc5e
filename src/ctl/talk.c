#include "talk.h"

#include <string.h>
#include <time.h>

#include "base.h"
#include "words.h"

int64_t
talk_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
talk_init(struct talk *talk, const struct args *args, struct instance *instance)
{
	*talk = (struct talk){ .args = args, .wire = instance->wire };
	(void)snprintf(talk->path, sizeof(talk->path), "%s", instance->path);
	(void)snprintf(talk->name, sizeof(talk->name), "%s", instance->server.name);
	instance->wire = (struct wire){ .fd = -1 };
	talk->ps[0] = "ps";
	talk->ps[1] = args->words[0];
	snapshot_init(&talk->now);
	snapshot_init(&talk->next);
	talk->now.server = instance->server;
}

void
talk_done(struct talk *talk)
{
	wire_close(&talk->wire);
	snapshot_done(&talk->now);
	snapshot_done(&talk->next);
}

static void
lose(struct talk *talk)
{
	wire_close(&talk->wire);
	talk->phase = TALK_NOTHING;
}

static void
ask(struct talk *talk, enum talk_phase phase, const char *const words[])
{
	talk->phase = phase;
	if (wire_ask(&talk->wire, words) < 0)
		lose(talk);
}

void
talk_refresh(struct talk *talk)
{
	static const char *const words[] = { "status", NULL };

	if (talk->wire.fd < 0 || talk->phase != TALK_NOTHING)
		return;
	snapshot_done(&talk->next);
	ask(talk, TALK_STATUS, words);
}

bool
talk_act(struct talk *talk, const char *const words[])
{
	if (talk->wire.fd < 0 || talk->phase != TALK_NOTHING)
		return false;
	(void)snprintf(talk->result, sizeof(talk->result), "%s %s: ", words[0], words[1]);
	ask(talk, TALK_ACTION, words);
	return true;
}

/* ---- answers ----------------------------------------------------------------------- */

static void
finish_snapshot(struct talk *talk)
{
	snapshot_finish(&talk->next, &talk->now, talk_now_ms());
	snapshot_done(&talk->now);
	talk->now = talk->next;
	snapshot_init(&talk->next);
	talk->is_fresh = true;
}

/* "kill: 1 session", or "kill: what went wrong". */
static void
finish_action(struct talk *talk, const json_t *last, const char *error)
{
	const json_t *sessions = json_object_get(last, "sessions");
	char clean[128];
	const size_t used = strlen(talk->result);

	if (error != NULL)
		seen_copy(clean, sizeof(clean), words_get(error));
	else if (json_is_integer(sessions))
		(void)snprintf(clean, sizeof(clean),
		    words_count(
			"%lld session", "%lld sessions", json_integer_value(sessions)),
		    (long long)json_integer_value(sessions));
	else
		(void)snprintf(clean, sizeof(clean), "%s", _("done"));
	(void)snprintf(talk->result + used, sizeof(talk->result) - used, "%s", clean);
}

static void
end_answer(struct talk *talk, const json_t *last, const char *error)
{
	const enum talk_phase phase = talk->phase;

	talk->phase = TALK_NOTHING;
	if (phase == TALK_ACTION)
		finish_action(talk, last, error);
	else if (error != NULL)
		seen_copy(talk->result, sizeof(talk->result), words_get(error));
	else if (phase == TALK_STATUS)
		ask(talk, TALK_PS, talk->ps);
	else
		finish_snapshot(talk);
}

static int
take(struct talk *talk, const json_t *object)
{
	const char *error;

	if (wire_is_last(object, &error)) {
		end_answer(talk, object, error);
		return 0;
	}
	return talk->phase == TALK_ACTION ? 0 : snapshot_add(&talk->next, object);
}

void
talk_turn(struct talk *talk)
{
	json_t *object = NULL;
	int failed;

	if (talk->wire.fd < 0)
		return;
	failed = wire_read(&talk->wire);
	while (failed == 0 && talk->wire.fd >= 0 && talk->phase != TALK_NOTHING) {
		failed = wire_take(&talk->wire, &object);
		if (failed < 0 || object == NULL)
			break;
		failed = take(talk, object);
		json_decref(object);
	}
	if (failed < 0)
		lose(talk);
}

/* ---- again ------------------------------------------------------------------------- */

/* The only one of that name, or the only one. */
static bool
find_again(struct talk *talk)
{
	struct args args = *talk->args;
	struct instances found;
	bool is_found = false;

	args.is_quiet = true;
	if (args.instance == NULL)
		args.instance = talk->name;
	if (instances_find(&found, &args) == 0 && found.count == 1) {
		talk->wire = found.all[0].wire;
		found.all[0].wire = (struct wire){ .fd = -1 };
		(void)snprintf(talk->path, sizeof(talk->path), "%s", found.all[0].path);
		is_found = true;
	}
	instances_done(&found);
	return is_found;
}

bool
talk_reconnect(struct talk *talk)
{
	if (talk->wire.fd >= 0)
		return true;
	if (wire_open(&talk->wire, talk->path) == 0)
		return true;
	return talk->args->control == NULL && find_again(talk);
}
