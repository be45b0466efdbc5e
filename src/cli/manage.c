#include "manage.h"

#include <string.h>
#include <time.h>

#include "base.h"
#include "version.h"

static void
say(const struct manage *manage, const char *text)
{
	const struct prong_field field = { .key = "text", .text = text };
	const struct prong_event event = { .name = "note",
		.level = PRONG_NOTICE,
		.sentence = "{text}",
		.fields = &field,
		.field_count = 1 };

	logsink_put(manage->order.log, &event);
}

/* ---- what the socket asks of us
 * ---------------------------------------------------------- */

static void
tell_facts(void *context, struct control_facts *ret_facts)
{
	const struct manage *manage = context;

	*ret_facts = (struct control_facts){
		.name = manage->order.options->name,
		.version = PRONG_VERSION,
		.config = "",
		.state = manage->is_draining ? "draining" : "serving",
		.started_at = manage->started_at,
		.generation = 1,
	};
}

static int
drain(void *context, int64_t timeout_ms)
{
	const struct manage *manage = context;

	return manage->order.drain(manage->order.context, timeout_ms);
}

static void
reload(void *context, const struct control_asker *asker)
{
	const struct manage *manage = context;

	control_answer(
	    manage->control, asker->token, "a command line is not read again", NULL);
}

static void
upgrade(void *context, const struct control_asker *asker)
{
	const struct manage *manage = context;

	control_answer(manage->control, asker->token,
	    "a command-line server cannot be upgraded in place", NULL);
}

static void
note(void *context, const struct control_asker *asker, const char *request)
{
	const struct manage *manage = context;
	const struct prong_field fields[] = {
		{ .key = "request", .text = request },
		{ .key = "uid", .number = (int64_t)asker->uid },
		{ .key = "pid", .number = asker->pid },
	};
	const struct prong_event event = { .name = "control",
		.level = PRONG_NOTICE,
		.sentence = "asked to {request} by uid {uid}, pid {pid}",
		.fields = fields,
		.field_count = ARRAY_SIZE(fields) };

	logsink_put(manage->order.log, &event);
}

/* ---- life
 * -------------------------------------------------------------------------------- */

void
manage_open(struct manage *manage, const struct manage_order *order)
{
	char message[512] = "";

	*manage = (struct manage){
		.order = *order,
		.started_at = time(NULL),
		.host = { .context = manage,
		    .facts = tell_facts,
		    .drain = drain,
		    .reload = reload,
		    .upgrade = upgrade,
		    .note = note },
	};
	if (order->options->control_is_off)
		return;
	manage->control = control_new(order->prong, &manage->host);
	if (manage->control == NULL) {
		(void)snprintf(
		    message, sizeof(message), "no control socket: %s", strerror(errno));
		say(manage, message);
		return;
	}
	if (control_open(
		manage->control, order->options->control, message, sizeof(message)) < 0) {
		say(manage, message);
		manage_close(manage);
	}
}

void
manage_close(struct manage *manage)
{
	control_free(manage->control);
	manage->control = NULL;
}
