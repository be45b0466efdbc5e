#include "systemd_keys.h"

#include <string.h>

#include "words.h"

#define OPTION N_("an option of the socket that is no setting")
#define ISOLATION N_("no setting of its own; see what isolation: basic and strict take")
#define CGROUP                                                                           \
	N_("of control groups there are memory-max, pids-max and cpu-max, of each session")
#define KERNEL N_("isolation: basic forbids the calls that it is about")
#define MANAGER N_("order, dependencies and conditions are the service manager's")
#define COMMANDS N_("one program is started for a client, nothing before or after it")
#define NO_STREAM N_("not a stream of bytes")
#define SCHEDULER N_("nice is the only setting of the scheduler")

static const struct systemd_key keys[] = {
	{ "Socket", "ListenStream", SYSTEMD_READ, NULL },
	{ "Socket", "Accept", SYSTEMD_READ, NULL },
	{ "Socket", "Service", SYSTEMD_READ, NULL },
	{ "Socket", "BindIPv6Only", SYSTEMD_READ, NULL },
	{ "Socket", "SocketUser", SYSTEMD_READ, NULL },
	{ "Socket", "SocketGroup", SYSTEMD_READ, NULL },
	{ "Socket", "MaxConnections", SYSTEMD_READ, NULL },
	{ "Socket", "KeepAlive", SYSTEMD_READ, NULL },
	{ "Socket", "KeepAliveTimeSec", SYSTEMD_READ, NULL },
	{ "Socket", "Backlog", SYSTEMD_READ, NULL },
	{ "Socket", "MaxConnectionsPerSource", SYSTEMD_COUNT, "max-per-source" },
	{ "Socket", "NoDelay", SYSTEMD_BOOL, "no-delay" },
	{ "Socket", "BindToDevice", SYSTEMD_WORD, "bind-device" },
	{ "Socket", "SocketMode", SYSTEMD_WORD, "unix-mode" },
	{ "Socket", "ListenDatagram", SYSTEMD_LOST, N_("datagrams are no connections") },
	{ "Socket", "Listen*", SYSTEMD_LOST, NO_STREAM },
	{ "Socket", "SocketProtocol", SYSTEMD_LOST, N_("TCP only") },
	{ "Socket", "KeepAlive*", SYSTEMD_LOST,
	    N_("keepalive: is when probes begin; how many and how far apart is fixed") },
	{ "Socket", "Trigger*", SYSTEMD_READ, NULL },
	{ "Socket", "PollLimit*", SYSTEMD_READ, NULL },
	{ "Socket", "IPAddressAllow", SYSTEMD_READ, NULL },
	{ "Socket", "IPAddressDeny", SYSTEMD_READ, NULL },
	{ "Socket", "DirectoryMode", SYSTEMD_LOST,
	    N_("folders of a socket's path are not made") },
	{ "Socket", "FileDescriptorName", SYSTEMD_TOLD,
	    N_("names only what is passed by LISTEN_FDS") },
	{ "Socket", "ReusePort", SYSTEMD_LOST, OPTION },
	{ "Socket", "RemoveOnStop", SYSTEMD_TOLD,
	    N_("a socket's path is removed at the end") },
	{ "Socket", "Symlinks", SYSTEMD_LOST, N_("no links are made to a socket") },
	{ "Socket", "Exec*", SYSTEMD_LOST, COMMANDS },
	{ "Socket", "TimeoutSec", SYSTEMD_LOST, COMMANDS },
	{ "Socket", "X-*", SYSTEMD_TOLD, N_("not systemd's") },
	{ "Socket", "*", SYSTEMD_LOST, OPTION },

	{ "Service", "ExecStart", SYSTEMD_READ, NULL },
	{ "Service", "User", SYSTEMD_READ, NULL },
	{ "Service", "Group", SYSTEMD_READ, NULL },
	{ "Service", "SupplementaryGroups", SYSTEMD_READ, NULL },
	{ "Service", "DynamicUser", SYSTEMD_READ, NULL },
	{ "Service", "WorkingDirectory", SYSTEMD_READ, NULL },
	{ "Service", "Environment", SYSTEMD_READ, NULL },
	{ "Service", "StandardInput", SYSTEMD_READ, NULL },
	{ "Service", "StandardOutput", SYSTEMD_READ, NULL },
	{ "Service", "StandardError", SYSTEMD_READ, NULL },
	{ "Service", "Type", SYSTEMD_READ, NULL },
	{ "Service", "PassEnvironment", SYSTEMD_WORDS, "pass-env" },
	{ "Service", "UMask", SYSTEMD_WORD, "umask" },
	{ "Service", "Nice", SYSTEMD_WORD, "nice" },
	{ "Service", "LimitAS", SYSTEMD_LIMIT, "as" },
	{ "Service", "LimitCORE", SYSTEMD_LIMIT, "core" },
	{ "Service", "LimitCPU", SYSTEMD_LIMIT, "cpu" },
	{ "Service", "LimitDATA", SYSTEMD_LIMIT, "data" },
	{ "Service", "LimitFSIZE", SYSTEMD_LIMIT, "fsize" },
	{ "Service", "LimitLOCKS", SYSTEMD_LIMIT, "locks" },
	{ "Service", "LimitMEMLOCK", SYSTEMD_LIMIT, "memlock" },
	{ "Service", "LimitMSGQUEUE", SYSTEMD_LIMIT, "msgqueue" },
	{ "Service", "LimitNICE", SYSTEMD_LIMIT, "nice" },
	{ "Service", "LimitNOFILE", SYSTEMD_LIMIT, "nofile" },
	{ "Service", "LimitNPROC", SYSTEMD_LIMIT, "nproc" },
	{ "Service", "LimitRSS", SYSTEMD_LIMIT, "rss" },
	{ "Service", "LimitRTPRIO", SYSTEMD_LIMIT, "rtprio" },
	{ "Service", "LimitRTTIME", SYSTEMD_LIMIT, "rttime" },
	{ "Service", "LimitSIGPENDING", SYSTEMD_LIMIT, "sigpending" },
	{ "Service", "LimitSTACK", SYSTEMD_LIMIT, "stack" },
	{ "Service", "RuntimeMaxSec", SYSTEMD_TIME, "session-timeout" },
	{ "Service", "TimeoutStopSec", SYSTEMD_TIME, "term-grace" },
	{ "Service", "TimeoutSec", SYSTEMD_TIME, "term-grace" },
	{ "Service", "EnvironmentFile", SYSTEMD_LOST,
	    N_("files are not read: write env: NAME=VALUE") },
	{ "Service", "UnsetEnvironment", SYSTEMD_TOLD, N_("nothing is passed unasked") },
	{ "Service", "ExecPaths", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Exec*", SYSTEMD_LOST, COMMANDS },
	{ "Service", "Restart*", SYSTEMD_TOLD,
	    N_("a client's program ends with the client") },
	{ "Service", "SuccessExitStatus", SYSTEMD_TOLD, N_("the log has each status") },
	{ "Service", "CollectMode", SYSTEMD_TOLD, N_("nothing is left to collect") },
	{ "Service", "KillMode", SYSTEMD_LOST,
	    N_("TERM and KILL go to the program's process group") },
	{ "Service", "KillSignal", SYSTEMD_LOST, N_("it is TERM") },
	{ "Service", "SendSIG*", SYSTEMD_LOST,
	    N_("CONT goes with TERM, and KILL follows") },
	{ "Service", "Timeout*", SYSTEMD_LOST, N_("a program has no start to wait for") },
	{ "Service", "Watchdog*", SYSTEMD_LOST,
	    N_("a client's program has no watchdog") },
	{ "Service", "NotifyAccess", SYSTEMD_LOST,
	    N_("a client's program has no NOTIFY_SOCKET") },
	{ "Service", "PIDFile", SYSTEMD_LOST, N_("a client's program has no such file") },
	{ "Service", "RemainAfterExit", SYSTEMD_LOST,
	    N_("a session ends with its program") },
	{ "Service", "Syslog*", SYSTEMD_LOST, N_("the log has the service's name") },
	{ "Service", "Log*", SYSTEMD_LOST, N_("there is one log, see --log") },
	{ "Service", "TTY*", SYSTEMD_LOST, N_("pty: gives a terminal") },
	{ "Service", "PAMName", SYSTEMD_LOST, N_("PAM is the program's") },
	{ "Service", "IPAddressDeny", SYSTEMD_LOST,
	    N_("it is for sockets that the program makes itself: network: none leaves it "
	       "nothing but its client, connect: names ports; for clients the unit of the "
	       "socket has it, and deny: here") },
	{ "Service", "IPAddress*", SYSTEMD_LOST,
	    N_("it is for sockets that the program makes itself: connect: names ports, not "
	       "addresses; for clients the unit of the socket has it, and allow: here") },
	{ "Service", "Slice", SYSTEMD_LOST, CGROUP },
	{ "Service", "Delegate*", SYSTEMD_LOST, CGROUP },
	{ "Service", "MemoryMax", SYSTEMD_READ, NULL },
	{ "Service", "TasksMax", SYSTEMD_READ, NULL },
	{ "Service", "CPUQuota", SYSTEMD_READ, NULL },
	{ "Service", "MemoryDenyWriteExecute", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Memory*", SYSTEMD_LOST, CGROUP },
	{ "Service", "Tasks*", SYSTEMD_LOST, CGROUP },
	{ "Service", "CPUQuota*", SYSTEMD_LOST, CGROUP },
	{ "Service", "CPUWeight", SYSTEMD_LOST, CGROUP },
	{ "Service", "IOSched*", SYSTEMD_LOST, SCHEDULER },
	{ "Service", "CPUSched*", SYSTEMD_LOST, SCHEDULER },
	{ "Service", "CPUAffinity", SYSTEMD_LOST, SCHEDULER },
	{ "Service", "IO*", SYSTEMD_LOST, CGROUP },
	{ "Service", "OOM*", SYSTEMD_LOST, N_("the kernel's choice is left as it is") },
	{ "Service", "IgnoreSIGPIPE", SYSTEMD_LOST,
	    N_("signals have their default actions, PIPE too") },
	{ "Service", "NoNewPrivileges", SYSTEMD_READ, NULL },
	{ "Service", "CapabilityBoundingSet", SYSTEMD_READ, NULL },
	{ "Service", "AmbientCapabilities", SYSTEMD_READ, NULL },
	{ "Service", "SecureBits", SYSTEMD_READ, NULL },
	{ "Service", "PrivateTmp", SYSTEMD_READ, NULL },
	{ "Service", "PrivateNetwork", SYSTEMD_READ, NULL },
	{ "Service", "PrivateIPC", SYSTEMD_READ, NULL },
	{ "Service", "PrivateUsers", SYSTEMD_READ, NULL },
	{ "Service", "PrivatePIDs", SYSTEMD_READ, NULL },
	{ "Service", "ProtectHostname", SYSTEMD_READ, NULL },
	{ "Service", "ProtectSystem", SYSTEMD_READ, NULL },
	{ "Service", "ProtectHome", SYSTEMD_READ, NULL },
	{ "Service", "ReadWritePaths", SYSTEMD_READ, NULL },
	{ "Service", "InaccessiblePaths", SYSTEMD_READ, NULL },
	{ "Service", "RootDirectory", SYSTEMD_READ, NULL },
	{ "Service", "SystemCallFilter", SYSTEMD_READ, NULL },
	{ "Service", "SystemCallErrorNumber", SYSTEMD_READ, NULL },
	{ "Service", "ReadOnlyPaths", SYSTEMD_LOST,
	    N_("read-only: yes makes all of it read-only, but for what write: names") },
	{ "Service", "RestrictAddressFamilies", SYSTEMD_LOST,
	    N_("@network-client and @network-server of syscalls: have sockets of IP, Unix and "
	       "netlink's routes; network: none has nothing to reach") },
	{ "Service", "RestrictNamespaces", SYSTEMD_LOST, KERNEL },
	{ "Service", "ProtectKernelModules", SYSTEMD_LOST, KERNEL },
	{ "Service", "ProtectKernelLogs", SYSTEMD_LOST, KERNEL },
	{ "Service", "ProtectClock", SYSTEMD_LOST, KERNEL },
	{ "Service", "ProtectProc", SYSTEMD_LOST,
	    N_("namespaces: pid shows a program no process but its own") },
	{ "Service", "SystemCallArchitectures", SYSTEMD_TOLD,
	    N_("with syscalls: only this machine's own") },
	{ "Service", "Protect*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Private*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Restrict*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "SystemCall*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Root*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Mount*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Read*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Temporary*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Bind*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "NoExec*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Lock*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Device*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Proc*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "RemoveIPC", SYSTEMD_LOST, ISOLATION },
	{ "Service", "*Directory", SYSTEMD_LOST, N_("folders are not made") },
	{ "Service", "*DirectoryMode", SYSTEMD_LOST, N_("folders are not made") },
	{ "Service", "X-*", SYSTEMD_TOLD, N_("not systemd's") },
	{ "Service", "*", SYSTEMD_LOST, N_("not a setting") },

	{ "Unit", "Description", SYSTEMD_TOLD, "" },
	{ "Unit", "Documentation", SYSTEMD_TOLD, "" },
	{ "Unit", "X-*", SYSTEMD_TOLD, N_("not systemd's") },
	{ "Unit", "*", SYSTEMD_LOST, MANAGER },
	{ "Install", "*", SYSTEMD_LOST, MANAGER },
	{ "*", "*", SYSTEMD_LOST, N_("a section of no meaning here") },
};

static bool
is_match(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t before = star == NULL ? 0 : (size_t)(star - pattern);
	size_t after = star == NULL ? 0 : strlen(star + 1), length = strlen(name);

	if (star == NULL)
		return strcmp(pattern, name) == 0;
	return length >= before + after && memcmp(pattern, name, before) == 0 &&
	       strcmp(name + length - after, star + 1) == 0;
}

const struct systemd_key *
systemd_keys_find(const char *section, const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(keys) - 1 &&
	       !(is_match(keys[i].section, section) && is_match(keys[i].name, name)))
		i++;
	return &keys[i];
}
