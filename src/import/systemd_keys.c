#include "systemd_keys.h"

#include <string.h>

#define OPTION "an option of the socket that is no setting"
#define RATE "rates are no setting; a flood never stops a service here"
#define ISOLATION "isolation comes as settings of its own"
#define CGROUP                                                                           \
	"control groups are no setting; memory, processes and cpu-time are limits of a process"
#define MANAGER "order, dependencies and conditions are the service manager's"
#define COMMANDS "one program is started for a client, nothing before or after it"
#define RLIMIT "a limit that is no setting"
#define NO_STREAM "not a stream of bytes"
#define SCHEDULER "nice is the only setting of the scheduler"

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
	{ "Socket", "ListenDatagram", SYSTEMD_LOST, "datagrams are no connections" },
	{ "Socket", "Listen*", SYSTEMD_LOST, NO_STREAM },
	{ "Socket", "SocketProtocol", SYSTEMD_LOST, "TCP only" },
	{ "Socket", "KeepAlive*", SYSTEMD_LOST,
	    "keepalive: is when probes begin; how many and how far apart is fixed" },
	{ "Socket", "Trigger*", SYSTEMD_LOST, RATE },
	{ "Socket", "PollLimit*", SYSTEMD_LOST, RATE },
	{ "Socket", "DirectoryMode", SYSTEMD_LOST,
	    "folders of a socket's path are not made" },
	{ "Socket", "FileDescriptorName", SYSTEMD_TOLD,
	    "names only what is passed by LISTEN_FDS" },
	{ "Socket", "ReusePort", SYSTEMD_LOST, OPTION },
	{ "Socket", "RemoveOnStop", SYSTEMD_TOLD,
	    "a socket's path is removed at the end" },
	{ "Socket", "Symlinks", SYSTEMD_LOST, "no links are made to a socket" },
	{ "Socket", "Exec*", SYSTEMD_LOST, COMMANDS },
	{ "Socket", "TimeoutSec", SYSTEMD_LOST, COMMANDS },
	{ "Socket", "X-*", SYSTEMD_TOLD, "not systemd's" },
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
	    "files are not read: write env: NAME=VALUE" },
	{ "Service", "UnsetEnvironment", SYSTEMD_TOLD, "nothing is passed unasked" },
	{ "Service", "ExecPaths", SYSTEMD_LOST, ISOLATION },
	{ "Service", "Exec*", SYSTEMD_LOST, COMMANDS },
	{ "Service", "Restart*", SYSTEMD_TOLD,
	    "a client's program ends with the client" },
	{ "Service", "SuccessExitStatus", SYSTEMD_TOLD, "the log has each status" },
	{ "Service", "CollectMode", SYSTEMD_TOLD, "nothing is left to collect" },
	{ "Service", "KillMode", SYSTEMD_LOST,
	    "TERM and KILL go to the program's process group" },
	{ "Service", "KillSignal", SYSTEMD_LOST, "it is TERM" },
	{ "Service", "SendSIG*", SYSTEMD_LOST, "CONT goes with TERM, and KILL follows" },
	{ "Service", "Timeout*", SYSTEMD_LOST, "a program has no start to wait for" },
	{ "Service", "Watchdog*", SYSTEMD_LOST, "a client's program has no watchdog" },
	{ "Service", "NotifyAccess", SYSTEMD_LOST,
	    "a client's program has no NOTIFY_SOCKET" },
	{ "Service", "PIDFile", SYSTEMD_LOST, "a client's program has no such file" },
	{ "Service", "RemainAfterExit", SYSTEMD_LOST, "a session ends with its program" },
	{ "Service", "Syslog*", SYSTEMD_LOST, "the log has the service's name" },
	{ "Service", "Log*", SYSTEMD_LOST, "there is one log, see --log" },
	{ "Service", "TTY*", SYSTEMD_LOST, "pty: gives a terminal" },
	{ "Service", "PAMName", SYSTEMD_LOST, "PAM is the program's" },
	{ "Service", "IPAddress*", SYSTEMD_LOST,
	    "rules by address are no setting: WITHOUT IT EVERYBODY IS LET IN; keep it in "
	    "the firewall" },
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
	{ "Service", "OOM*", SYSTEMD_LOST, "the kernel's choice is left as it is" },
	{ "Service", "IgnoreSIGPIPE", SYSTEMD_LOST,
	    "signals have their default actions, PIPE too" },
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
	{ "Service", "*Directory", SYSTEMD_LOST, "folders are not made" },
	{ "Service", "*DirectoryMode", SYSTEMD_LOST, "folders are not made" },
	{ "Service", "X-*", SYSTEMD_TOLD, "not systemd's" },
	{ "Service", "*", SYSTEMD_LOST, "not a setting" },

	{ "Unit", "Description", SYSTEMD_TOLD, "" },
	{ "Unit", "Documentation", SYSTEMD_TOLD, "" },
	{ "Unit", "X-*", SYSTEMD_TOLD, "not systemd's" },
	{ "Unit", "*", SYSTEMD_LOST, MANAGER },
	{ "Install", "*", SYSTEMD_LOST, MANAGER },
	{ "*", "*", SYSTEMD_LOST, "a section of no meaning here" },
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
