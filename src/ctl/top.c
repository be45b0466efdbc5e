#include "top.h"

#include <langinfo.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "ctl.h"
#include "instances.h"
#include "screen.h"
#include "talk.h"
#include "words.h"

#define REFRESH_MS 1000

/* Between the two looks of --once: shares of a processor need both. */
#define ONCE_MS 500
#define ONCE_COLUMNS 132

struct top {
	struct talk talk;
	struct view view;
	struct plot rate, live;
	int64_t refresh_at;
	const char *pending[4]; /* what the user asked for and is not sent yet */
};

/* ---- the picture ------------------------------------------------------------------- */

static void
draw(struct top *top)
{
	struct frame frame = { .rate = &top->rate, .live = &top->live };

	if (top->talk.wire.fd < 0)
		frame.trouble = _("the server is gone; trying again every second");
	if (top->talk.result[0] != '\0') {
		(void)snprintf(
		    top->view.message, sizeof(top->view.message), "%s", top->talk.result);
		if (top->talk.phase != TALK_ACTION)
			top->talk.result[0] = '\0';
	}
	screen_draw(&frame, &top->view, &top->talk.now);
}

static int
take_snapshot(struct top *top)
{
	const struct snapshot *now = &top->talk.now;

	top->talk.is_fresh = false;
	plot_add(&top->rate, now->new_milli);
	plot_add(&top->live, now->server.numbers.live);
	return view_update(&top->view, now);
}

/* ---- turns ------------------------------------------------------------------------- */

static void
refresh_if_due(struct top *top)
{
	const int64_t now = talk_now_ms();

	if (now < top->refresh_at)
		return;
	top->refresh_at = now + REFRESH_MS;
	if (talk_reconnect(&top->talk) && !top->view.is_frozen)
		talk_refresh(&top->talk);
}

/* A kill is followed by a look at what came of it. */
static void
send_pending(struct top *top)
{
	if (top->pending[0] == NULL)
		return;
	if (top->talk.wire.fd >= 0 && !talk_act(&top->talk, top->pending))
		return;
	top->pending[0] = NULL;
	top->refresh_at = talk_now_ms() + REFRESH_MS / 4;
}

/* False: the user wants to leave. */
static bool
press_keys(struct top *top)
{
	int key;

	while ((key = screen_key()) != SCREEN_NO_KEY) {
		enum view_act act;

		if (key == SCREEN_RESIZED)
			continue;
		act = view_press(&top->view, key, &top->talk.now);
		if (act == VIEW_QUIT)
			return false;
		if (act == VIEW_SEND)
			memcpy(top->pending, top->view.request, sizeof(top->pending));
	}
	return true;
}

static void
wait_for_anything(struct top *top)
{
	struct pollfd ready[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = top->talk.wire.fd, .events = POLLIN },
	};
	const int64_t left = top->refresh_at - talk_now_ms();

	(void)poll(ready, ARRAY_SIZE(ready), left > 0 ? (int)left : 0);
	if (ready[1].revents != 0)
		talk_turn(&top->talk);
}

/* Without its terminal it would turn for ever. */
static bool
has_terminal(void)
{
	struct pollfd ready = { .fd = STDIN_FILENO };

	return poll(&ready, 1, 0) <= 0 || (ready.revents & (POLLHUP | POLLERR)) == 0;
}

static int
run_screen(struct top *top)
{
	int failed = 0;

	while (failed == 0 && has_terminal()) {
		refresh_if_due(top);
		send_pending(top);
		if (top->talk.is_fresh)
			failed = take_snapshot(top);
		draw(top);
		wait_for_anything(top);
		if (!press_keys(top))
			break;
	}
	return failed;
}

static int
run_full(struct top *top)
{
	const char *why = "";
	struct screen screen;
	int failed;

	if (screen_open(&screen, &why) < 0) {
		(void)fprintf(stderr,
		    _("prong top: %s\n    prong top --once prints the view once\n"), why);
		return CTL_FAILED;
	}
	failed = run_screen(top);
	screen_close(&screen);
	if (failed == 0)
		return CTL_DONE;
	(void)fprintf(stderr, _("prong top: out of memory\n"));
	return CTL_FAILED;
}

/* ---- once -------------------------------------------------------------------------- */

static int
take_once(struct top *top)
{
	struct talk *talk = &top->talk;

	talk->is_fresh = false;
	talk_refresh(talk);
	while (!talk->is_fresh && talk->phase != TALK_NOTHING) {
		struct pollfd ready = { .fd = talk->wire.fd, .events = POLLIN };

		if (poll(&ready, 1, WIRE_QUIET_MS) == 0)
			return -ETIMEDOUT;
		talk_turn(talk);
	}
	return talk->is_fresh ? view_update(&top->view, &talk->now) : -EPIPE;
}

static void
print_line(void *context, enum frame_style style, const char *line)
{
	(void)context;
	(void)style;
	(void)puts(line);
}

static void
print_once(struct top *top)
{
	struct winsize size = { 0 };
	struct frame frame = { .width = ONCE_COLUMNS, .put = print_line };

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		frame.width = size.ws_col;
	frame.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	frame_draw(&frame, &top->view, &top->talk.now);
}

static int
fail_once(const struct top *top, int failed)
{
	(void)fprintf(stderr, "prong top: %s\n",
	    top->talk.result[0] != '\0' ? top->talk.result : wire_mistake(failed));
	return CTL_FAILED;
}

static int
run_once(struct top *top)
{
	int failed = take_once(top);

	if (failed == 0) {
		(void)poll(NULL, 0, ONCE_MS);
		failed = take_once(top);
	}
	if (failed < 0)
		return fail_once(top, failed);
	print_once(top);
	return CTL_DONE;
}

/* ---- for programs ------------------------------------------------------------------ */

struct collected {
	json_t *server, *services, *sessions;
};

static int
collect(const json_t *object, void *context)
{
	struct collected *collected = context;
	json_t *copy = json_copy((json_t *)(uintptr_t)object);

	if (json_object_get(object, "instance") != NULL)
		return json_object_update_new(collected->server, copy);
	return json_array_append_new(json_object_get(object, "id") != NULL
					 ? collected->sessions
					 : collected->services,
	    copy);
}

static int
run_json(struct talk *talk)
{
	static const char *const status[] = { "status", NULL };
	const char *const *const requests[] = { status, talk->ps };
	struct collected collected = { json_object(), json_array(), json_array() };
	const char *error = NULL;
	json_t *last = NULL;
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(requests) && failed == 0 && error == NULL;
	     i++) {
		const struct wire_question question = { .words = requests[i],
			.quiet_ms = WIRE_QUIET_MS,
			.each = collect,
			.context = &collected };

		json_decref(last);
		last = NULL;
		failed = wire_run(&talk->wire, &question, &last);
		if (failed == 0)
			(void)wire_is_last(last, &error);
	}
	if (failed < 0 || error != NULL)
		(void)fprintf(stderr, "prong top: %s\n",
		    error != NULL ? words_get(error) : wire_mistake(failed));
	json_decref(last);
	(void)json_object_set_new(collected.server, "services", collected.services);
	(void)json_object_set_new(collected.server, "sessions", collected.sessions);
	if (failed == 0 && error == NULL) {
		(void)json_dumpf(
		    collected.server, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		(void)putchar('\n');
	}
	json_decref(collected.server);
	return failed == 0 && error == NULL ? CTL_DONE : CTL_FAILED;
}

/* ---- all --------------------------------------------------------------------------- */

static int
run(struct top *top, const struct args *args, struct instance *instance)
{
	int status;

	talk_init(&top->talk, args, instance);
	view_init(&top->view);
	top->view.shows_services = true;
	status = args->json   ? run_json(&top->talk)
		 : args->once ? run_once(top)
			      : run_full(top);
	view_done(&top->view);
	talk_done(&top->talk);
	return status;
}

int
top_run(const struct args *args)
{
	struct top top = { .refresh_at = 0 };
	struct instances found;
	struct instance *instance = NULL;
	int status = CTL_FAILED;

	if (instances_find(&found, args) < 0)
		(void)fprintf(stderr, _("prong top: out of memory\n"));
	else
		instance = instances_need_one(&found, args);
	if (instance != NULL)
		status = run(&top, args, instance);
	instances_done(&found);
	return status;
}
