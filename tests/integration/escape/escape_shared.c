/* What two processes can share without a file of either: made by one, found by the other.
 */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By its key. */
static int
try_make_shm(const char *key)
{
	return outcome(shmget((key_t)number(key), 4096, IPC_CREAT | 0600));
}

static int
try_shm(const char *key)
{
	int id = shmget((key_t)number(key), 0, 0);
	void *memory;

	if (id < 0)
		return -errno;
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		return -errno;
	return outcome(shmdt(memory));
}

static int
try_remove_shm(const char *key)
{
	int id = shmget((key_t)number(key), 0, 0);

	return id < 0 ? -errno : outcome(shmctl(id, IPC_RMID, NULL));
}

static int
try_make_mq(const char *name)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };

	return outcome_fd(mq_open(name, O_RDWR | O_CREAT, 0600, &attr));
}

static int
try_mq(const char *name)
{
	return outcome_fd(mq_open(name, O_RDWR));
}

static int
try_remove_mq(const char *name)
{
	return outcome(mq_unlink(name));
}

/* In the keyring that a session inherits of its server. */
static int
try_make_key(const char *name)
{
	return outcome(syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_USER_KEYRING));
}

static int
try_key(const char *name)
{
	long key =
	    syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);

	return outcome(key);
}

static int
try_remove_key(const char *name)
{
	long key =
	    syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);

	if (key < 0)
		return -errno;
	return outcome(syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING));
}

/* Its number, without making one. */
static int
try_session_keyring(const char *unused)
{
	(void)unused;
	return outcome(
	    syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

const struct attempt escape_shared[] = {
	{ "make-shm", try_make_shm },
	{ "shm", try_shm },
	{ "remove-shm", try_remove_shm },
	{ "make-mq", try_make_mq },
	{ "mq", try_mq },
	{ "remove-mq", try_remove_mq },
	{ "make-key", try_make_key },
	{ "key", try_key },
	{ "remove-key", try_remove_key },
	{ "session-keyring", try_session_keyring },
	{ NULL, NULL },
};
