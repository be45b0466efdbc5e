#include "systemd_keys.h"

#include <string.h>

#include "words.h"

#define OPTION N_("an option of the socket that is no setting")
#define RATE N_("rates are no setting; a flood never stops a service here")
#define ISOLATION N_("isolation comes as settings of its own")
#define CGROUP                                                                            \
	N_("control groups are no setting; memory, processes and cpu-time are limits of " \
	   "a process")
#define MANAGER N_("order, dependencies and conditions are the service manager's")
#define COMMANDS N_("one program is started for a client, nothing before or after it")
#define RLIMIT N_("a limit that is no setting")
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
	{ "Socket", "Trigger*", SYSTEMD_LOST, RATE },
	{ "Socket", "PollLimit*", SYSTEMD_LOST, RATE },
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
	{ "Service", "LimitNOFILE", SYSTEMD_LIMIT, "files" },
	{ "Service", "LimitNPROC", SYSTEMD_LIMIT, "processes" },
	{ "Service", "LimitAS", SYSTEMD_SIZE, "memory" },
	{ "Service", "LimitFSIZE", SYSTEMD_SIZE, "file-size" },
	{ "Service", "LimitCORE", SYSTEMD_SIZE, "core" },
	{ "Service", "LimitCPU", SYSTEMD_SECONDS, "cpu-time" },
	{ "Service", "Limit*", SYSTEMD_LOST, RLIMIT },
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
	{ "Service", "IPAddress*", SYSTEMD_LOST,
	    N_("rules by address are no setting: WITHOUT IT EVERYBODY IS LET IN; keep it in "
	       "the firewall") },
	{ "Service", "Slice", SYSTEMD_LOST, CGROUP },
	{ "Service", "Delegate*", SYSTEMD_LOST, CGROUP },
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
	{ "Service", "Protect*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Private*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Restrict*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "SystemCall*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Capability*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Ambient*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "NoNewPrivileges", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Root*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Mount*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Read*", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Inaccessible*", SYSTEMD_LOST, ISOLATION },
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
