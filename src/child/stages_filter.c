#include "stages.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The listener goes to the supervisor, whose descriptor table is not ours any more; with
 * nobody there to have it a forbidden call fails all the same.  It may be asleep until
 * our exec, so nothing here waits for it.  From here on the filter holds for us too:
 * filter.c knows what is called until exec. */
static int
filter_tell(const struct birth_isolation *isolation, int listener)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint64_t number = isolation->tell_number;
	struct iovec part = { &number, sizeof(number) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &listener, sizeof(listener));
	if (syscall(SYS_sendmsg, isolation->tell_fd, &message,
		MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	    errno != EPIPE && errno != ECONNRESET && errno != EAGAIN)
		return -errno;
	return 0;
}

int
stage_filter(const struct plan *plan, const struct birth *birth)
{
	const struct plan_isolation *isolation = plan->isolation;
	struct sock_fprog program;
	int rc = 0, fd;

	if (isolation == NULL || isolation->filter_length == 0)
		return 0;
	if (isolation->has_no_new_privileges &&
	    syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	program.len = isolation->filter_length;
	program.filter = (struct sock_filter *)isolation->filter;
	fd = (int)syscall(
	    SYS_seccomp, SECCOMP_SET_MODE_FILTER, isolation->filter_flags, &program);
	if (fd < 0)
		return -errno;
	if ((isolation->filter_flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0)
		return 0;
	if (birth->isolation != NULL && birth->isolation->tell_fd >= 0) {
		rc = filter_tell(birth->isolation, fd);
		(void)syscall(SYS_close, birth->isolation->tell_fd);
	}
	(void)syscall(SYS_close, fd);
	return rc;
}
