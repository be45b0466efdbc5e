#include "kinds.h"

#include <sys/socket.h>

const struct kind kinds[] = {
	{ .name = "program", .program = { "sh", "-c", "exit 3" }, .status = 3 },
	{ .name = "killed", .program = { "sh", "-c", "kill -9 $$" }, .signal = 9 },
	{ .name = "built-in", .program = { "@hello" } },
	{ .name = "handler", .status = 7 },
	{ .name = "spare-handler",
	    .settings = { { "start", "spare" } },
	    .is_ahead = true,
	    .status = 7 },
	{ .name = "spare",
	    .program = { "sh", "-c", "exit 3" },
	    .settings = { { "start", "spare" } },
	    .is_ahead = true,
	    .status = 3 },
	{ .name = "warm",
	    .program = { "cat" },
	    .settings = { { "start", "warm" } },
	    .is_ahead = true },
	{ .name = "clone",
	    .program = { "cat" },
	    .settings = { { "start", "clone" } },
	    .is_ahead = true },
	{ .name = "asked",
	    .program = { "sh", "-c", "exit 3" },
	    .settings = { { "policy", "/bin/true" } },
	    .status = 3 },
	{ .name = "strict",
	    .program = { "sh", "-c", "exit 3" },
	    .settings = { { "isolation", "strict" } },
	    .status = 3 },
	{ .name = "strict-spare",
	    .program = { "sh", "-c", "exit 3" },
	    .settings = { { "isolation", "strict" }, { "start", "spare" } },
	    .is_ahead = true,
	    .status = 3 },
	{ .name = "noisy",
	    .program = { "sh", "-c", "echo noise >&2; exit 3" },
	    .settings = { { "stderr", "log" }, { "idle-timeout", "1h" } },
	    .status = 3 },
};
const size_t kinds_count = ARRAY_SIZE(kinds);

static int
return_seven(const struct prong_birth *birth, void *context)
{
	(void)birth;
	(void)context;
	return 7;
}

struct prong_service *
kind_add(struct embed *embed, const struct kind *kind)
{
	struct prong_service *service =
	    kind->program[0] != NULL
		? embed_program(embed, kind->name, kind->program)
		: embed_handler(embed, kind->name, return_seven, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(kind->settings); i++)
		if (kind->settings[i][0] != NULL)
			assert_int_equal(prong_set(service, kind->settings[i][0],
					     kind->settings[i][1]),
			    0);
	return service;
}

struct prong_service *
kind_start(struct embed *embed, const struct kind *kind)
{
	struct prong_service *service = kind_add(embed, kind);

	embed_start(embed);
	return service;
}

const struct told *
kind_visit(
    struct embed *embed, const struct prong_service *service, const struct kind *kind)
{
	const struct told *end;
	int client;

	embed_forget(embed);
	if (kind->is_ahead)
		embed_wait_ready(embed, service, 1);
	client = client_open(prong_bound(service, 0));
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	end = embed_wait(embed, "session-end");
	close_fd(&client);
	return end;
}

void
kind_assert_ending(const struct kind *kind, const struct told *end)
{
	const char *ending = kind->signal != 0 ? "killed" : "exited";

	if (strcmp(told_text(end, "ending"), ending) != 0 ||
	    told_number(end, "status") != kind->signal + kind->status)
		fail_msg("%s: %s", kind->name, end->sentence);
}
