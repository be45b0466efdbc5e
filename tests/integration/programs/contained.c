/*
 * contained [--user N] COMMAND... -- as a container runtime starts its command
 *
 * With the capabilities that Docker gives, and under a filter that refuses what its
 * default profile does: namespaces by unshare, setns and clone, clone3 (ENOSYS), mounts,
 * keyrings and the rest that needs a capability that is not there.  Landlock, seccomp and
 * ptrace are let through.  Needs root.
 */
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMESPACES                                                                       \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |      \
	    CLONE_NEWNET | CLONE_NEWCGROUP)
#define LOAD(field)                                                                      \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE(number) IS(number, 0, 1), RETURN(SECCOMP_RET_ERRNO | EPERM)

static const unsigned char kept[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,
	CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW,
	CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP };

static void
fail(const char *what)
{
	perror(what);
	exit(99);
}

static void
refuse_calls(void)
{
	struct sock_filter rules[] = {
		LOAD(nr),
		REFUSE(SYS_unshare),
		REFUSE(SYS_setns),
		REFUSE(SYS_mount),
		REFUSE(SYS_umount2),
		REFUSE(SYS_pivot_root),
		REFUSE(SYS_fsopen),
		REFUSE(SYS_fsmount),
		REFUSE(SYS_open_tree),
		REFUSE(SYS_move_mount),
		REFUSE(SYS_mount_setattr),
		REFUSE(SYS_keyctl),
		REFUSE(SYS_add_key),
		REFUSE(SYS_request_key),
		REFUSE(SYS_bpf),
		REFUSE(SYS_perf_event_open),
		REFUSE(SYS_userfaultfd),
		REFUSE(SYS_io_uring_setup),
		REFUSE(SYS_kexec_load),
		REFUSE(SYS_init_module),
		REFUSE(SYS_finit_module),
		REFUSE(SYS_delete_module),
		REFUSE(SYS_reboot),
		REFUSE(SYS_swapon),
		REFUSE(SYS_settimeofday),
		REFUSE(SYS_sethostname),
		REFUSE(SYS_acct),
		REFUSE(SYS_syslog),
		REFUSE(SYS_quotactl),
		REFUSE(SYS_fanotify_init),
		REFUSE(SYS_open_by_handle_at),
		REFUSE(SYS_personality),
		REFUSE(SYS_move_pages),
		IS(SYS_clone3, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | ENOSYS),
		IS(SYS_clone, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		fail("seccomp");
}

static unsigned long long
kept_mask(void)
{
	unsigned long long mask = 0;

	for (size_t i = 0; i < sizeof(kept); i++)
		mask |= 1ULL << kept[i];
	return mask;
}

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version =
						       _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	unsigned long long mask = kept_mask();

	for (int bit = 0; bit <= CAP_LAST_CAP; bit++)
		if ((mask >> bit & 1) == 0 && prctl(PR_CAPBSET_DROP, bit) < 0 &&
		    errno != EINVAL)
			fail("bounding set");
	for (int i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){ .effective =
							       (unsigned)(mask >> 32 * i),
			.permitted = (unsigned)(mask >> 32 * i) };
	if (syscall(SYS_capset, &header, data) < 0)
		fail("capset");
}

int
main(int argc, char *argv[])
{
	unsigned id;

	if (argc < 2)
		return 99;
	refuse_calls();
	drop_capabilities();
	if (strcmp(argv[1], "--user") == 0 && argc > 3) {
		id = (unsigned)strtoul(argv[2], NULL, 10);
		if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
		    setresuid(id, id, id) < 0)
			fail("user");
		argv += 2;
	}
	(void)execv(argv[1], argv + 1);
	fail(argv[1]);
}
