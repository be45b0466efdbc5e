#include "tracer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "group.h"
#include "pass.h"
#include "spawn.h"

static void
tracer_reap(struct tracer *tracer)
{
	while (waitid(P_PIDFD, (id_t)tracer->pidfd, &(siginfo_t){ 0 }, WEXITED) < 0 &&
	       errno == EINTR)
		;
	close_fd(&tracer->pidfd);
	close_fd(&tracer->report_fd);
	tracer->pid = 0;
}

static int
tracer_spawn(struct nursery *nursery, int theirs, int channel,
    const struct tracer_ids *ids, struct tracer *tracer)
{
	char name[] = "prong-hold";
	char *argv[] = { name, NULL }, *environment[] = { NULL };
	struct plan plan = { .image_fd = nursery->image_fd,
		.argv = argv,
		.umask = 022,
		.dir = "/",
		.bound_to = getpid() };
	struct report report = { 0 };
	struct spawn_request request = { .plan = &plan,
		.environment = environment,
		.client_fd = theirs,
		.error_fd = channel,
		.report = &report };
	struct spawned child = { .pidfd = -1 };
	int rc;

	if (ids != NULL) {
		plan.has_ids = true;
		plan.uid = ids->uid;
		plan.gid = ids->gid;
	}
	rc = spawn_program(nursery, &request, &child);

	spawn_let_go(nursery);
	if (rc < 0)
		return rc;
	tracer->pid = child.pid;
	tracer->pidfd = child.pidfd;
	if (report.stage == STAGE_NONE)
		return 0;
	tracer_reap(tracer);
	return -report.error;
}

int
tracer_start(struct nursery *nursery, const struct hold_order *order, int channel,
    const struct tracer_ids *ids, struct tracer *ret)
{
	struct tracer tracer = { .pidfd = -1, .report_fd = -1 };
	cleanup_(close_fd) int theirs = -1;
	int rc = pass_pair(&tracer.report_fd, &theirs);

	if (rc < 0)
		return rc;
	if (send(tracer.report_fd, order, sizeof(*order), MSG_NOSIGNAL) < 0)
		rc = -errno;
	else
		rc = tracer_spawn(nursery, theirs, channel, ids, &tracer);
	if (rc < 0) {
		close_fd(&tracer.report_fd);
		return rc;
	}
	*ret = tracer;
	return 0;
}

void
tracer_finish(struct tracer *tracer, struct hold_report *ret)
{
	ssize_t got = recv(tracer->report_fd, ret, sizeof(*ret), MSG_DONTWAIT);

	if (got != (ssize_t)sizeof(*ret)) {
		*ret = (struct hold_report){ .result = HOLD_FAILED };
		(void)snprintf(ret->detail, sizeof(ret->detail), "the tracer was ended");
	}
	ret->call[sizeof(ret->call) - 1] = '\0';
	ret->detail[sizeof(ret->detail) - 1] = '\0';
	ret->copy_refusal[sizeof(ret->copy_refusal) - 1] = '\0';
	tracer_reap(tracer);
}

void
tracer_forget(struct tracer *tracer)
{
	close_fd(&tracer->pidfd);
	close_fd(&tracer->report_fd);
	tracer->pid = 0;
}

void
tracer_kill(struct tracer *tracer)
{
	if (tracer->pid == 0)
		return;
	(void)group_signal_leader(tracer->pidfd, SIGKILL);
	tracer_reap(tracer);
}
