#include "capabilities.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#define PREFIX "cap_"
#define BITS 64

/* A table of our own: libcap-ng, which has one, reads /proc and asks to be told of every
 * fork in whatever program it is loaded, and none of that is a library's to do. */
static const char *const names[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf",
	[CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
};

/* -1: no capability is called so. */
static int
number_of(const char *name)
{
	if (strncasecmp(name, PREFIX, strlen(PREFIX)) == 0)
		name += strlen(PREFIX);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int
wrong(const char *word, const char *why, struct text *message)
{
	text_put(message, "capabilities: '");
	text_put_quoted(message, word, strlen(word));
	text_printf(message, "' %s\n", why);
	return -EINVAL;
}

int
capabilities_parse(
    const struct setting_list *list, uint64_t *ret_bits, struct text *message)
{
	uint64_t bits = 0;
	int rc = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->words[i];
		int number = number_of(word);

		if (strcmp(word, "all") == 0)
			rc = wrong(word,
			    "is not offered: name what the program needs, such as "
			    "net_bind_service",
			    message);
		else if (number >= 0)
			bits |= CAPABILITY_BIT(number);
		else if (strcmp(word, "none") != 0)
			rc = wrong(word,
			    "is not a capability; capabilities(7) has their names, such "
			    "as net_bind_service, and 'none' stands for none of them",
			    message);
	}
	if (rc == 0)
		*ret_bits = bits;
	return rc;
}

void
capabilities_put(struct text *text, uint64_t bits)
{
	const char *between = "";

	if (bits == 0)
		text_put(text, "none");
	for (unsigned i = 0; i < BITS; i++) {
		if ((bits & CAPABILITY_BIT(i)) == 0)
			continue;
		text_put(text, between);
		if (i < ARRAY_SIZE(names))
			text_put(text, names[i]);
		else
			text_printf(text, "%u", i);
		between = ", ";
	}
}
