#include "alarms.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "child.h"
#include "conn.h"
#include "engine.h"

/* Linux 5.19: a signal does not interrupt who waits for our answer. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define BLOCK 64

struct alarm_block {
	struct alarm_block *next;
	struct alarm alarms[];
};

static void alarms_ready(struct watch *, uint32_t events);
static void alarms_come(struct watch *, uint32_t events);

bool
alarms_are_wanted(const struct prong_service *service)
{
	const struct plan_isolation *isolation = service->plan.isolation;

	return isolation != NULL && isolation->filter_flags != 0;
}

/* ---- are there any? -------------------------------------------------------------- */

/* Without a program the kernel looks at the flags and no further (seccomp(2)). */
static bool
knows_flags(unsigned long flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 &&
	       errno == EFAULT;
}

/* Only one listener can be above a process. */
static bool
can_have(struct prong *server, unsigned flags)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct plan_isolation isolation = { .user_fd = -1,
		.network_fd = -1,
		.ruleset_fd = -1,
		.has_no_new_privileges = true,
		.filter = all,
		.filter_length = ARRAY_SIZE(all),
		.filter_flags = flags };
	const struct plan plan = {
		.image_fd = -1, .umask = 022, .isolation = &isolation
	};
	struct report report = { 0 };
	struct spawn_request request = { .plan = &plan, .report = &report };

	return spawn_trial(&server->nursery, &request) == 0 && report.stage == STAGE_NONE;
}

static int
pair_open(struct prong *server)
{
	struct alarms *alarms = &server->alarms;
	int fds[2], rc = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	if (dup3(fds[1], server->nursery.low_tell, O_CLOEXEC) < 0)
		rc = -errno;
	close_fd(&fds[1]);
	alarms->watch = (struct watch){ .ready = alarms_come, .fd = -1 };
	if (rc == 0)
		rc = loop_add(&server->loop, &alarms->watch, fds[0], EPOLLIN);
	if (rc < 0)
		close_fd(&fds[0]);
	else
		alarms->fd = fds[0];
	return rc;
}

static bool
alarms_open(struct prong *server)
{
	struct alarms *alarms = &server->alarms;

	alarms->flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if (!knows_flags(alarms->flags))
		return false;
	if (knows_flags(alarms->flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV))
		alarms->flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	return can_have(server, alarms->flags) && pair_open(server) == 0;
}

bool
alarms_are_here(struct prong *server)
{
	struct alarms *alarms = &server->alarms;

	if (alarms->state == ALARMS_UNASKED) {
		alarms->state = alarms_open(server) ? ALARMS_HERE : ALARMS_MISSING;
		if (alarms->state == ALARMS_MISSING)
			engine_tell(server, EVENT_NOTE, NULL,
			    "forbidden system calls fail as they should, but are not "
			    "logged: the kernel has no listeners for us (seccomp_unotify(2); "
			    "in a container there may be another one above)");
	}
	return alarms->state == ALARMS_HERE;
}

/* ---- records --------------------------------------------------------------------- */

static int
block_add(struct alarms *alarms, uint32_t count)
{
	struct alarm_block *block =
	    calloc(1, sizeof(*block) + count * sizeof(block->alarms[0]));

	if (block == NULL)
		return -ENOMEM;
	block->next = alarms->blocks;
	alarms->blocks = block;
	alarms->capacity += count;
	for (uint32_t i = 0; i < count; i++)
		LIST_INSERT_HEAD(&alarms->free, &block->alarms[i], link);
	return 0;
}

int
alarms_grow(struct prong *server, uint32_t capacity)
{
	struct alarms *alarms = &server->alarms;

	return capacity <= alarms->capacity
		   ? 0
		   : block_add(alarms, capacity - alarms->capacity);
}

struct alarm *
alarms_take(struct prong_service *service)
{
	struct alarms *alarms = &service->server->alarms;
	struct alarm *alarm = LIST_FIRST(&alarms->free);

	/* More than was reckoned with: of sessions that are over, with processes left. */
	if (alarm == NULL && block_add(alarms, BLOCK) == 0)
		alarm = LIST_FIRST(&alarms->free);
	if (alarm == NULL)
		return NULL;
	LIST_REMOVE(alarm, link);
	*alarm = (struct alarm){ .service = service,
		.number = ++alarms->numbered,
		.fd = -1,
		.watch = { .ready = alarms_ready, .fd = -1 } };
	LIST_INSERT_HEAD(&alarms->used, alarm, link);
	alarms->awaited++;
	return alarm;
}

void
alarms_join(struct alarm *alarm, struct conn *conn)
{
	if (alarm != NULL)
		alarm->conn = conn;
}

static void
alarms_close(struct alarm *alarm)
{
	loop_remove(&alarm->service->server->loop, &alarm->watch);
	close_fd(&alarm->fd);
}

static void
alarms_free(struct alarm *alarm)
{
	struct alarms *alarms = &alarm->service->server->alarms;

	if (alarm->number != 0)
		alarms->awaited--;
	alarms_close(alarm);
	LIST_REMOVE(alarm, link);
	LIST_INSERT_HEAD(&alarms->free, alarm, link);
}

void
alarms_shut(struct alarm *alarm)
{
	if (alarm->is_left)
		alarms_free(alarm);
	else
		alarms_close(alarm);
}

void
alarms_give(struct alarm *alarm)
{
	if (alarm == NULL)
		return;
	if (alarm->conn == NULL && alarm->fd >= 0)
		alarm->is_left = true;
	else
		alarms_free(alarm);
}

int
alarms_fd(const struct alarm *alarm)
{
	return alarm == NULL ? -1 : alarm->fd;
}

struct alarm *
alarms_adopt(struct prong_service *service, struct conn *conn, int fd)
{
	struct prong *server = service->server;
	struct alarm *alarm = alarms_take(service);

	if (alarm == NULL)
		return NULL;
	alarm->number = 0;
	server->alarms.awaited--;
	alarm->conn = conn;
	alarm->is_left = conn == NULL;
	if (loop_add(&server->loop, &alarm->watch, fd, EPOLLIN) < 0) {
		alarms_free(alarm);
		return NULL;
	}
	alarm->fd = fd;
	return alarm;
}

void
alarms_forget(struct prong_service *service)
{
	struct alarm *next;

	for (struct alarm *at = LIST_FIRST(&service->server->alarms.used); at != NULL;
	     at = next) {
		next = LIST_NEXT(at, link);
		if (at->service == service && at->is_left)
			alarms_free(at);
	}
}

void
alarms_done(struct prong *server)
{
	struct alarms *alarms = &server->alarms;
	struct alarm *alarm;

	while ((alarm = LIST_FIRST(&alarms->used)) != NULL) {
		LIST_REMOVE(alarm, link);
		loop_remove(&server->loop, &alarm->watch);
		close_fd(&alarm->fd);
	}
	if (alarms->state == ALARMS_HERE) {
		loop_remove(&server->loop, &alarms->watch);
		close_fd(&alarms->fd);
	}
	while (alarms->blocks != NULL) {
		struct alarm_block *next = alarms->blocks->next;

		free(alarms->blocks);
		alarms->blocks = next;
	}
	*alarms = (struct alarms){ .state = ALARMS_MISSING };
}

/* ---- listeners ------------------------------------------------------------------- */

static void
alarms_ready(struct watch *watch, uint32_t events)
{
	struct alarm *alarm = container_of(watch, struct alarm, watch);

	if ((events & EPOLLIN) != 0)
		forbidden_read(alarm);
	else /* nobody has the filter any more */
		alarms_shut(alarm);
}

/* Of a session that is over already nobody wants to know. */
static void
alarms_arrive(struct prong *server, uint64_t number, int fd)
{
	struct alarm *alarm;

	LIST_FOREACH(alarm, &server->alarms.used, link)
	if (alarm->number == number && number != 0)
		break;
	if (alarm != NULL) {
		alarm->number = 0;
		server->alarms.awaited--;
		if (loop_add(&server->loop, &alarm->watch, fd, EPOLLIN) == 0)
			alarm->fd = take_fd(&fd);
	}
	close_fd(&fd);
}

static bool
alarms_receive(struct prong *server)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	uint64_t number = 0;
	struct iovec part = { &number, sizeof(number) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	int fd = -1;
	ssize_t got;

	do
		got =
		    recvmsg(server->alarms.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return false;
	head = CMSG_FIRSTHDR(&message);
	if (head != NULL && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	alarms_arrive(server, number, fd);
	return got > 0;
}

void
alarms_collect(struct prong *server)
{
	while (server->alarms.state == ALARMS_HERE && server->alarms.awaited > 0 &&
	       alarms_receive(server))
		;
}

/* Handlers' come when they like. */
static void
alarms_come(struct watch *watch, uint32_t events)
{
	struct prong *server = container_of(watch, struct prong, alarms.watch);

	(void)events;
	(void)alarms_receive(server);
}
