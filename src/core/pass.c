#include "pass.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int
pass_pair(int *ret_ours, int *ret_theirs)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*ret_ours = fds[0];
	*ret_theirs = fds[1];
	return 0;
}

/* Where the texts end; SIZE_MAX: there is no room for them. */
static size_t
texts_put(const struct pass_texts *texts, char *bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < texts->count; i++) {
		size_t size = strlen(texts->all[i]) + 1;

		if (used + size > texts->most)
			return SIZE_MAX;
		memcpy(bytes + used, texts->all[i], size);
		used += size;
	}
	return used;
}

static size_t
fds_put(struct msghdr *message, const int fds[2])
{
	size_t count = fds[0] < 0 ? 0 : fds[1] < 0 ? 1 : 2;
	struct cmsghdr *head = message->msg_control;

	if (count == 0) {
		message->msg_control = NULL;
		message->msg_controllen = 0;
		return 0;
	}
	message->msg_controllen = CMSG_SPACE(count * sizeof(int));
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(head), fds, count * sizeof(int));
	return count;
}

int
pass_order(int channel, const struct warm_order *order, const struct pass_texts *texts,
    const int fds[2])
{
	char bytes[WARM_TEXTS_MAX];
	struct warm_order head = *order;
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct iovec parts[] = { { &head, sizeof(head) }, { bytes, 0 } };
	struct msghdr message = {
		.msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts), .msg_control = &control
	};

	parts[1].iov_len = texts_put(texts, bytes);
	if (parts[1].iov_len > sizeof(bytes))
		return -E2BIG;
	head.text_count = (uint32_t)texts->count;
	(void)fds_put(&message, fds);
	return sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

bool
pass_answer(int channel, struct warm_answer *ret, bool *ret_is_over)
{
	ssize_t got;

	do
		got = recv(channel, ret, sizeof(*ret), MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	*ret_is_over = got == 0 || (got < 0 && errno != EAGAIN);
	return got == (ssize_t)sizeof(*ret);
}

enum pass_outcome
pass_outcome(int channel, int *ret_error)
{
	enum pass_outcome outcome = PASS_LOST;
	struct warm_answer answer;
	bool is_over;

	while (pass_answer(channel, &answer, &is_over)) {
		if (answer.kind == WARM_TAKEN)
			outcome = PASS_TAKEN;
		if (answer.kind != WARM_FAILED)
			continue;
		*ret_error = -answer.value;
		return PASS_FAILED;
	}
	return outcome;
}
