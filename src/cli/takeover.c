#include "takeover.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base.h"
#include "choose.h"
#include "closing.h"
#include "manage.h"
#include "process.h"
#include "reread.h"
#include "serve.h"
#include "server.h"
#include "upgrade.h"
#include "version.h"
#include "words.h"

#define REASON_MOST 4096

/* ---- a trial ----------------------------------------------------------------------- */

static int
try_services(
    struct prong *prong, const struct handover *handover, const struct setup_order *order)
{
	int failed = prong_thaw(prong, handover->state, PRONG_TRIAL);

	if (failed == 0)
		failed = prong_reload_begin(prong);
	if (failed == 0)
		failed = setup_services(prong, order);
	return failed == 0 ? prong_check(prong) : failed;
}

/* At its place in the configuration, if it has one. */
static void
put_problem(FILE *out, const struct setup_order *order, const char *problem)
{
	if (order->config == NULL)
		(void)fprintf(out, "%s\n", problem);
	else
		config_tell(order->config, &(struct diags){ .out = out }, problem);
}

/* Nobody could be told afterwards that it cannot be opened. */
static bool
can_log(const struct setup_order *order)
{
	struct logsink *log = calloc(1, sizeof(*log));
	bool can = log != NULL && logsink_init(log, choose_format(order), true) == 0;

	if (can)
		logsink_done(log);
	free(log);
	return can;
}

int
takeover_try(const struct handover *handover, const struct setup_order *order,
    const char *problems)
{
	cleanup_(close_file) FILE *out = fdopen(handover->answer, "w");
	struct prong *prong = prong_new();
	int status = SERVE_FAILED;

	/* Nobody waits for the answer of a trial whose server is gone. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out == NULL || prong == NULL)
		return SERVE_SYSTEM;
	if (problems != NULL)
		(void)fputs(problems, out);
	else if (!can_log(order))
		(void)fputs(_("the log cannot be opened (is there a journal?)\n"), out);
	else if (try_services(prong, handover, order) < 0)
		put_problem(out, order, prong_error(prong));
	else
		status = SERVE_STOPPED;
	prong_free(prong);
	if (status == SERVE_STOPPED)
		(void)fputs(UPGRADE_GOOD_ANSWER, out);
	return status;
}

/* ---- back to the old program ------------------------------------------------------- */

void
takeover_back(const struct handover *handover, const struct notify *notify,
    char *const argv[], const char *reason)
{
	struct handover back = *handover;
	char words[REASON_MOST];
	char **env;

	if (handover->kind != HANDOVER_TAKE)
		return;
	(void)snprintf(words, sizeof(words), "%s", reason);
	back.kind = HANDOVER_BACK;
	back.reason = words;
	back.old = -1;
	(void)fcntl(handover->old, F_SETFD, FD_CLOEXEC);
	env = handover_env(&back, notify);
	if (env != NULL)
		(void)syscall(SYS_execveat, handover->old, "", argv, env, AT_EMPTY_PATH);
	handover_env_free(env);
}

/* ---- in its place ------------------------------------------------------------------ */

static int
take_services(struct server *server, const struct handover *handover, char **ret_text)
{
	const bool is_back = handover->kind == HANDOVER_BACK;
	int failed = prong_thaw(server->prong, handover->state, is_back ? PRONG_SAME : 0);

	if (failed == 0 && !is_back)
		return reread_commit(server, ret_text);
	if (failed == 0)
		failed = prong_reload_commit(server->prong);
	if (failed < 0)
		*ret_text = strdup(prong_error(server->prong));
	return failed;
}

static void
tell_upgraded(struct server *server)
{
	struct prong_stats stats;
	int64_t services = 0;

	for (const struct prong_service *at = prong_service_next(server->prong, NULL);
	     at != NULL; at = prong_service_next(server->prong, at))
		services++;
	prong_stats(server->prong, &stats, sizeof(stats));
	{
		const struct prong_field fields[] = {
			{ .key = "version", .text = PRONG_VERSION },
			{ .key = "from", .text = prong_thawed_from(server->prong) },
			{ .key = "services", .number = services },
			{ .key = "live", .number = stats.live },
		};
		const struct prong_event event = { .name = "upgraded",
			.level = PRONG_NOTICE,
			.sentence = "took over as version {version} from version {from}: "
				    "{services} service{services:s}, {live} "
				    "session{live:s} taken along",
			.fields = fields,
			.field_count = ARRAY_SIZE(fields) };

		logsink_put(&server->log, &event);
	}
}

static void
tell_all(struct server *server, const struct handover *handover)
{
	uint64_t token = manage_adopt(server, handover->control);

	if (handover->kind == HANDOVER_TAKE) {
		tell_upgraded(server);
		manage_answer(server, token, NULL, NULL);
		return;
	}
	server->failed = "upgrade";
	server_say_lines(server, PRONG_ERR, "upgrade-failed",
	    "this program goes on: {text}", handover->reason);
	manage_answer(server, token, N_("the upgrade was not done"), handover->reason);
}

int
takeover_take(struct server *server, const struct handover *handover, char *const argv[])
{
	cleanup_(free_text) char *text = NULL;
	int failed = take_services(server, handover, &text);

	if (failed < 0) {
		takeover_back(handover, server->notify, argv,
		    text == NULL ? strerror(-failed) : text);
		logsink_fail(&server->log, text == NULL ? strerror(-failed) : text);
		return -1;
	}
	/* From here on nothing of it is to outlive an exec. */
	(void)process_cloexec_fds();
	(void)close(handover->state);
	if (handover->old >= 0)
		(void)close(handover->old);
	if (handover->log >= 0)
		(void)close(handover->log);
	tell_all(server, handover);
	server_notify_ready(server);
	/* What ended in between was told to the program before. */
	server->saw_child_end = true;
	return 0;
}
