#include "steer.h"

#include <string.h>

/* The longest pause or grace that can be asked for. */
#define TIME_MOST ((msec)30 * 24 * 3600 * 1000)

/* A time, "now" (0), or nothing (-1); false, with an error, if it is none of them. */
static bool
read_time(struct answer *answer, const char *word, int64_t *ret_time)
{
	char quoted[100] = "";
	struct text text = TEXT_ON(quoted);
	msec time;

	*ret_time = word == NULL ? -1 : 0;
	if (word == NULL || strcmp(word, "now") == 0)
		return true;
	if (text_parse_time(word, 0, TIME_MOST, &time) == 0) {
		*ret_time = time;
		return true;
	}
	text_put_quoted(&text, word, strlen(word));
	answer_set_error(
	    answer, "'%s' is not a time up to 30d, such as 500ms, 5s or 2m", quoted);
	return false;
}

void
steer_kill(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	char quoted[100] = "";
	struct text text = TEXT_ON(quoted);
	int64_t grace;
	int ended;

	(void)asker;
	if (request->count < 2) {
		answer_set_error(
		    answer, "kill what? an id, an address, a network, or all");
		return;
	}
	if (!read_time(answer, request->words[2], &grace))
		return;
	ended = prong_end(answer->means->prong, request->words[1], grace);
	if (ended >= 0) {
		answer->sessions = ended;
		return;
	}
	if (strpbrk(request->words[1], ".:") != NULL) {
		answer_set_error(answer, "%s", prong_error(answer->means->prong));
		return;
	}
	text_put_quoted(&text, request->words[1], strlen(request->words[1]));
	answer_set_error(
	    answer, "'%s' is not a session's id, an address, a network, or all", quoted);
}

void
steer_clear(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	struct means *means = answer->means;
	const char *what = request->words[2];
	int cleared;

	(void)asker;
	if (what == NULL) {
		answer_set_error(answer,
		    "whose penalties? an address, a network, uid:N, cid:N, or all");
		return;
	}
	if (!answer_set_service(answer, request->words[3]))
		return;
	cleared = prong_penalties_clear(
	    means->prong, answer->service[0] == '\0' ? NULL : answer->service, what);
	if (cleared < 0)
		answer_set_error(answer, "%s", prong_error(means->prong));
	else
		answer->sources = cleared;
}

/* ---- pause and resume -------------------------------------------------------------- */

static size_t
count_services(const struct prong *prong)
{
	const struct prong_service *service = NULL;
	size_t count = 0;

	while ((service = prong_service_next(prong, service)) != NULL)
		count++;
	return count;
}

/* Each by its own name, so that one that is paused again for good stays so. */
static void
pause_until(struct answer *answer, const char *name, msec due)
{
	struct means *means = answer->means;
	struct prong_service *service = NULL;
	struct prong_service_facts facts;

	while ((service = prong_service_next(means->prong, service)) != NULL) {
		prong_service_facts(service, &facts, sizeof(facts));
		if (name[0] != '\0' && strcmp(name, facts.name) != 0)
			continue;
		if (prong_pause(means->prong, facts.name) < 0)
			answer_set_error(answer, "%s", prong_error(means->prong));
		else
			(void)timed_add(&means->timed, facts.name, due);
	}
}

static void
pause_for_good(struct answer *answer)
{
	struct means *means = answer->means;
	const char *name = answer->service[0] == '\0' ? NULL : answer->service;

	timed_remove(&means->timed, name);
	if (prong_pause(means->prong, name) < 0)
		answer_set_error(answer, "%s", prong_error(means->prong));
}

void
steer_pause(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	struct means *means = answer->means;
	size_t count;
	int64_t time;

	(void)asker;
	if (!answer_set_service(answer, request->words[1]) ||
	    !read_time(answer, request->words[2], &time))
		return;
	if (time < 0) {
		pause_for_good(answer);
		return;
	}
	count = answer->service[0] == '\0' ? count_services(means->prong) : 1;
	if (count > timed_room(&means->timed))
		answer_set_error(
		    answer, "at most %d services can be paused for a time", TIMED_ROWS);
	else
		pause_until(answer, answer->service, means->now + time);
}

void
steer_resume(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	struct means *means = answer->means;
	const char *name;

	(void)asker;
	if (!answer_set_service(answer, request->words[1]))
		return;
	name = answer->service[0] == '\0' ? NULL : answer->service;
	timed_remove(&means->timed, name);
	if (prong_resume(means->prong, name) < 0)
		answer_set_error(answer, "%s", prong_error(means->prong));
}

void
steer_resume_due(struct means *means)
{
	char name[64];

	while (timed_take(&means->timed, means->now, name))
		(void)prong_resume(means->prong, name);
}

/* ---- what the command does --------------------------------------------------------- */

void
steer_drain(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	const struct means *means = answer->means;
	struct prong_stats stats;
	int64_t timeout;

	(void)asker;
	if (!read_time(answer, request->words[1], &timeout))
		return;
	if (means->host->drain(means->host->context, timeout) < 0) {
		answer_set_error(answer, "%s", prong_error(means->prong));
		return;
	}
	prong_stats(means->prong, &stats, sizeof(stats));
	answer->sessions = stats.live;
}

void
steer_reload(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	const struct control_host *host = answer->means->host;

	(void)request;
	answer->is_waiting = true;
	host->reload(host->context, asker);
}

void
steer_upgrade(struct answer *answer, const struct control_asker *asker,
    const struct request *request)
{
	const struct control_host *host = answer->means->host;

	(void)request;
	answer->is_waiting = true;
	host->upgrade(host->context, asker);
}
