#include "desk.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

static void
tell_facts(void *context, struct control_facts *ret_facts)
{
	(void)context;
	*ret_facts = (struct control_facts){ .name = "night",
		.version = "1.2",
		.config = "/etc/prong.yaml",
		.state = "serving",
		.started_at = 1000,
		.generation = 3 };
}

static int
drain(void *context, int64_t timeout_ms)
{
	struct desk *desk = context;

	desk->drained = timeout_ms;
	return 0;
}

static void
remember(void *context, const struct control_asker *asker)
{
	struct desk *desk = context;

	desk->asked = asker->token;
}

static void
note(void *context, const struct control_asker *asker, const char *request)
{
	struct desk *desk = context;

	assert_int_equal(asker->uid, geteuid());
	assert_int_equal(asker->pid, getpid());
	(void)snprintf(desk->noted, sizeof(desk->noted), "%s", request);
}

void
desk_init(struct desk *desk, uint32_t sessions)
{
	struct scratch scratch = { .dir = "" };
	char message[256] = "";

	scratch_init(&scratch);
	*desk = (struct desk){ .scratch = scratch };
	fake_init(&desk->prong, sessions);
	desk->drained = -2;
	desk->host = (struct control_host){ .context = desk,
		.facts = tell_facts,
		.drain = drain,
		.reload = remember,
		.upgrade = remember,
		.note = note };
	(void)snprintf(desk->path, sizeof(desk->path), "%s/c.sock", desk->scratch.dir);
	desk->control = control_new(&desk->prong, &desk->host);
	assert_non_null(desk->control);
	if (control_open(desk->control, desk->path, message, sizeof(message)) < 0)
		fail_msg("%s", message);
}

void
desk_done(struct desk *desk)
{
	control_free(desk->control);
	assert_int_equal(fake_watched(&desk->prong), 0);
	scratch_done(&desk->scratch);
}

int
desk_connect(struct desk *desk)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", desk->path);
	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)fake_turn(&desk->prong);
	return fd;
}

void
desk_say(int fd, const char *words)
{
	assert_int_equal(
	    send(fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL), strlen(words));
}

const char *
desk_hear(struct desk *desk, int fd)
{
	static char answer[DESK_ANSWER_BYTES];
	size_t used = 0;
	bool more = true;

	while (more) {
		ssize_t got =
		    recv(fd, answer + used, sizeof(answer) - 1 - used, MSG_DONTWAIT);

		more = got > 0;
		if (got > 0)
			used += (size_t)got;
		more |= fake_turn(&desk->prong);
	}
	answer[used] = '\0';
	return answer;
}

const char *
desk_ask(struct desk *desk, int fd, const char *words)
{
	desk_say(fd, words);
	return desk_hear(desk, fd);
}

bool
desk_is_over(struct desk *desk, int fd)
{
	char byte;

	(void)fake_turn(&desk->prong);
	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

size_t
desk_lines(const char *answer)
{
	size_t lines = 0;

	for (; *answer != '\0'; answer++)
		lines += *answer == '\n';
	return lines;
}

void
desk_expect(struct desk *desk, int fd, const struct desk_row rows[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		desk->prong.calls[0] = '\0';
		assert_string_equal(desk_ask(desk, fd, rows[i].request), rows[i].answer);
		assert_string_equal(desk->prong.calls, rows[i].calls);
	}
}
